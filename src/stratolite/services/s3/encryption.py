"""Server-side encryption. Nothing is encrypted on the local disk, which no client can tell; what was asked is answered.

An object that is encrypted by a key of KMS has an entity tag that says nothing of its bytes, as at AWS.
So has one that is encrypted by a key of the customer's (``customer_key.py``).
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from stratolite.core.call import Call
from stratolite.core.entropy import Entropy
from stratolite.services.s3 import api, customer_key, rules
from stratolite.services.s3.domain import Bucket

AES256 = "AES256"
KMS = ("aws:kms", "aws:kms:dsse")
DEFAULT: Mapping[str, Any] = {
    "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": AES256}, "BucketKeyEnabled": False}]
}
_BY_S3: Mapping[str, Any] = {"ServerSideEncryption": AES256}
"""What an upload has that asks for nothing, where its bucket does not either."""
_MEMBERS = ("ServerSideEncryption", "SSEKMSKeyId", "BucketKeyEnabled")
HEADERS = (*_MEMBERS, *customer_key.HEADERS)
_ASKED = frozenset({*_MEMBERS, *customer_key.MEMBERS})
SETTING = "encryption"


def of_upload(call: Call, bucket: Bucket, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """The encryption headers of a new object: what was asked for, else the bucket's default."""
    if _ASKED.isdisjoint(request) and SETTING not in bucket.settings:
        return _BY_S3
    of_customer = customer_key.of_upload(request)
    if of_customer:
        return of_customer
    asked = request.get("ServerSideEncryption")
    key, has_bucket_key = request.get("SSEKMSKeyId"), request.get("BucketKeyEnabled")
    if asked is None:
        if key is not None:
            raise rules.invalid(
                "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : "
                "aws:kms",
                "x-amz-server-side-encryption",
            )
        rule = bucket.settings.get(SETTING, DEFAULT)["Rules"][0]
        default = rule["ApplyServerSideEncryptionByDefault"]
        asked, key = default["SSEAlgorithm"], default.get("KMSMasterKeyID")
        has_bucket_key = rule.get("BucketKeyEnabled") if has_bucket_key is None else has_bucket_key
    elif asked not in (AES256, *KMS):
        raise rules.invalid("The encryption method specified is not supported", "x-amz-server-side-encryption", asked)
    headers: dict[str, Any] = {"ServerSideEncryption": asked}
    if asked in KMS:
        headers["SSEKMSKeyId"] = _key_arn(call, bucket, key)
        if has_bucket_key:
            headers["BucketKeyEnabled"] = True
    elif key is not None:
        raise rules.invalid(
            "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : "
            "aws:kms",
            "x-amz-server-side-encryption",
            asked,
        )
    return headers


def is_keyed(headers: Mapping[str, Any]) -> bool:
    """Whether a key of KMS, or of the customer's, encrypts what has these headers."""
    return headers.get("ServerSideEncryption") in KMS or customer_key.KEY_MD5 in headers


def etag(headers: Mapping[str, Any], md5: bytes, entropy: Entropy) -> str:
    """The entity tag of an upload with these headers."""
    return entropy.token_bytes(len(md5)).hex() if is_keyed(headers) else md5.hex()


def said(headers: Mapping[str, Any]) -> dict[str, Any]:
    """What an object's headers say of its encryption."""
    return {name: value for name, value in headers.items() if name in HEADERS}


def configuration(value: Mapping[str, Any] | None) -> dict[str, Any]:
    """A bucket's encryption, with its defaults. Raises MalformedXML, InvalidArgument."""
    listed = (value or {}).get("Rules", [])
    if len(listed) != 1 or "ApplyServerSideEncryptionByDefault" not in listed[0]:
        raise api.MalformedXML
    rule = listed[0]
    default = rule["ApplyServerSideEncryptionByDefault"]
    if default.get("SSEAlgorithm") not in (AES256, *KMS):
        raise api.MalformedXML
    if default.get("KMSMasterKeyID") and default["SSEAlgorithm"] not in KMS:
        raise rules.invalid(
            "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
            "ApplyServerSideEncryptionByDefault",
        )
    return {"Rules": [{"BucketKeyEnabled": False, **rule}]}


def _key_arn(call: Call, bucket: Bucket, key: str | None) -> str:
    owner = call.within(bucket.account, bucket.region)
    if key is None:
        return owner.arn("kms", f"key/{_managed_key(bucket)}")
    if key.startswith("arn:"):
        return key
    return owner.arn("kms", key if key.startswith("alias/") else f"key/{key}")


def _managed_key(bucket: Bucket) -> str:
    """The id of the key that AWS keeps for S3 in an account and a region: the same one at every use."""
    text = hashlib.sha256(f"aws/s3 {bucket.account} {bucket.region}".encode()).hexdigest()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:32]))
