"""Who owns objects, and access control lists, which the default ownership leaves no room for.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
"""

from collections.abc import Mapping
from typing import Any

from stratolite.services.s3 import api, rules
from stratolite.services.s3.domain import Bucket

ENFORCED = "BucketOwnerEnforced"
OWNERSHIPS = frozenset({ENFORCED, "BucketOwnerPreferred", "ObjectWriter"})
BUCKET_ACLS = frozenset({"private", "public-read", "public-read-write", "authenticated-read"})
OBJECT_ACLS = BUCKET_ACLS | {"aws-exec-read", "bucket-owner-read", "bucket-owner-full-control"}
PUBLIC_ACCESS_SWITCHES = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
GRANTS = ("GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP")


def of_new_bucket(request: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a new bucket. Raises InvalidArgument, InvalidBucketAclWithObjectOwnership."""
    rules.refuse(request, *GRANTS)
    ownership = request.get("ObjectOwnership")
    if ownership is not None and ownership not in OWNERSHIPS:
        text = f"Invalid x-amz-object-ownership header: {ownership}"
        raise rules.invalid(text, "x-amz-object-ownership")
    acl = request.get("ACL")
    canned(acl, BUCKET_ACLS)
    settings: dict[str, Any] = {
        "ownership": ownership or ENFORCED,
        "public_access_block": dict.fromkeys(PUBLIC_ACCESS_SWITCHES, True),
    }
    if acl not in (None, "private"):
        if settings["ownership"] == ENFORCED:
            raise api.InvalidBucketAclWithObjectOwnership
        settings["acl"] = acl
    return settings


def of_upload(bucket: Bucket, request: Mapping[str, Any]) -> str:
    """The canned ACL of a new object. Raises InvalidArgument, AccessControlListNotSupported."""
    rules.refuse(request, *GRANTS)
    acl = request.get("ACL")
    canned(acl, OBJECT_ACLS)
    if acl is None:
        return "private"
    if bucket.settings.get("ownership") == ENFORCED and acl != "bucket-owner-full-control":
        raise api.AccessControlListNotSupported
    return str(acl)


def canned(acl: str | None, known: frozenset[str]) -> None:
    """Raises InvalidArgument for an unknown canned ACL."""
    if acl is not None and acl not in known:
        raise rules.invalid("", "x-amz-acl", acl)
