"""The MD5 digests that SDKs compute too, to see that a message arrived whole.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
(Calculating the MD5 message digest for message attributes)
"""

import hashlib
import struct
from collections.abc import Mapping
from typing import Any

_STRING, _BINARY = b"\x01", b"\x02"


def of_body(body: str) -> str:
    """The digest of a message's body."""
    return hashlib.md5(body.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def of_attributes(attributes: Mapping[str, Mapping[str, Any]]) -> str:
    """The digest of message attributes (or system attributes); empty for none."""
    if not attributes:
        return ""
    digest = hashlib.md5(usedforsecurity=False)
    for name in sorted(attributes):
        value = attributes[name]
        for part in (name.encode(), value["DataType"].encode()):
            digest.update(struct.pack("!I", len(part)) + part)
        is_binary = value["DataType"].startswith("Binary")
        data: bytes = value["BinaryValue"] if is_binary else value["StringValue"].encode("utf-8", "surrogatepass")
        digest.update((_BINARY if is_binary else _STRING) + struct.pack("!I", len(data)) + data)
    return digest.hexdigest()


def size_bytes(body: str, attributes: Mapping[str, Mapping[str, Any]]) -> int:
    """What counts towards the largest message size: the body, and names, types and values of attributes."""
    size = len(body.encode("utf-8", "surrogatepass"))
    for name, value in attributes.items():
        size += len(name.encode()) + len(value["DataType"].encode())
        data = value.get("BinaryValue", b"")
        size += len(data) + len(str(value.get("StringValue", "")).encode("utf-8", "surrogatepass"))
    return size
