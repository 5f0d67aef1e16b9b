"""Keys that the customer provides with each request (SSE-C): what is stored under one is read with the same one alone.

Nothing is encrypted on the local disk; of a key its MD5 is kept, as AWS answers it, and compared.
Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html and recorded
answers (TestS3SSECEncryption).
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Any

from stratolite.services.s3 import api
from stratolite.services.s3.rules import invalid

ALGORITHM, KEY, KEY_MD5 = "SSECustomerAlgorithm", "SSECustomerKey", "SSECustomerKeyMD5"
MEMBERS = (ALGORITHM, KEY, KEY_MD5)
HEADERS = (ALGORITHM, KEY_MD5)
"""What is kept with an object, and answered."""
_ASKED = frozenset(MEMBERS)
OF_SOURCE = "CopySource"
"""What stands before the members that speak of the source of a copy."""
KEY_BYTES = 32
_AES256 = "AES256"
_ARGUMENT = "x-amz-server-side-encryption"
_STORED = (
    "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve "
    "the object."
)
_MUST = "Requests specifying Server Side Encryption with Customer provided keys must provide"
_PARTS = (
    "The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate "
    "encryption parameters."
)


class InvalidEncryptionAlgorithmError(api.InvalidArgument):
    """An algorithm that is not AES256."""

    code = "InvalidEncryptionAlgorithmError"
    text = "The Encryption request you specified is not valid. Supported value: AES256."


def of_upload(request: Mapping[str, Any]) -> dict[str, str]:
    """The headers of a new object that a customer's key encrypts; none when the request has no key.

    Raises InvalidArgument, InvalidEncryptionAlgorithmError.
    """
    if not _is_given(request):
        return {}
    other = request.get("ServerSideEncryption")
    if other is not None:
        text = "Server Side Encryption with Customer provided key is incompatible with the encryption method specified"
        raise invalid(text, _ARGUMENT, other)
    key_md5 = _checked(request)
    if not request.get(KEY_MD5):
        raise _invalid_key()
    return {ALGORITHM: _AES256, KEY_MD5: key_md5}


def check_reading(request: Mapping[str, Any], headers: Mapping[str, Any], prefix: str = "") -> None:
    """Whether a request has the key of what it reads. ``prefix``: what stands before the names of its members.

    Raises InvalidRequest, AccessDenied, InvalidArgument, InvalidEncryptionAlgorithmError.
    """
    known = headers.get(KEY_MD5)
    if not _is_given(request, prefix):
        if known is not None:
            raise api.InvalidRequest(_STORED)
        return
    key_md5 = _checked(request, prefix)
    if known is None:
        raise api.InvalidRequest("The encryption parameters are not applicable to this object.")
    if key_md5 != known or not request.get(prefix + KEY_MD5):
        raise api.AccessDenied(f"{_MUST} the correct secret key.")


def check_part(request: Mapping[str, Any], headers: Mapping[str, Any]) -> None:
    """Whether a part is encrypted as its upload is to be. Raises InvalidRequest, InvalidArgument."""
    known = headers.get(KEY_MD5)
    if (known is None) == _is_given(request):
        raise api.InvalidRequest(_PARTS)
    if known is not None and _checked(request) != known:
        raise api.InvalidRequest("The provided encryption parameters did not match the ones used originally.")


def check_upload(request: Mapping[str, Any], headers: Mapping[str, Any], *, has_checksums: bool) -> None:
    """Whether whoever completes an upload, or lists its parts, has its key, which only checksums ask for.

    Raises InvalidRequest, InvalidArgument. Source: the parameters of API_CompleteMultipartUpload.html.
    """
    if _is_given(request) or (has_checksums and KEY_MD5 in headers):
        check_part(request, headers)


def _is_given(request: Mapping[str, Any], prefix: str = "") -> bool:
    if not prefix and _ASKED.isdisjoint(request):
        return False
    return any(request.get(prefix + name) is not None for name in MEMBERS)


def _checked(request: Mapping[str, Any], prefix: str = "") -> str:
    """The MD5 of a request's key."""
    algorithm, key, key_md5 = (request.get(prefix + name) for name in MEMBERS)
    if not algorithm:
        raise invalid(f"{_MUST} a valid encryption algorithm.", _ARGUMENT)
    if algorithm != _AES256:
        raise InvalidEncryptionAlgorithmError(ArgumentName=_ARGUMENT, ArgumentValue=algorithm)
    if not key:
        raise invalid(f"{_MUST} an appropriate secret key.", _ARGUMENT)
    try:
        data = base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _invalid_key() from error
    if len(data) != KEY_BYTES:
        raise _invalid_key()
    found = base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
    if key_md5 and key_md5 != found:
        text = "The calculated MD5 hash of the key did not match the hash that was provided."
        raise invalid(text, _ARGUMENT)
    return found


def _invalid_key() -> api.InvalidArgument:
    return invalid("The secret key was invalid for the specified algorithm.", _ARGUMENT)
