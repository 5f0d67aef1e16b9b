"""Who owns objects, and access control lists, which the default ownership leaves no room for.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
"""

from collections.abc import Mapping
from typing import Any

from stratolite.core.call import Call
from stratolite.services.s3 import api, grants, public_access, rules
from stratolite.services.s3.domain import Bucket

ENFORCED, PREFERRED = "BucketOwnerEnforced", "BucketOwnerPreferred"
OWNERSHIPS = frozenset({ENFORCED, PREFERRED, "ObjectWriter"})
_FOR_BUCKET_OWNER = "bucket-owner-full-control"
_ACLS = frozenset({"private", "public-read", "public-read-write", "authenticated-read", "aws-exec-read"})
BUCKET_ACLS = _ACLS | {"log-delivery-write"}
OBJECT_ACLS = _ACLS | {"bucket-owner-read", _FOR_BUCKET_OWNER}
PUBLIC_ACCESS_SWITCHES = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def of_new_bucket(request: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a new bucket. Raises InvalidArgument, InvalidBucketAclWithObjectOwnership and
    InvalidBucketAclWithBlockPublicAccessError."""
    ownership = request.get("ObjectOwnership")
    if ownership is not None and ownership not in OWNERSHIPS:
        text = f"Invalid x-amz-object-ownership header: {ownership}"
        raise rules.invalid(text, "x-amz-object-ownership")
    acl = request.get("ACL")
    canned(acl, BUCKET_ACLS)
    _check_one_form(request)
    settings: dict[str, Any] = {
        "ownership": ownership or ENFORCED,
        "public_access_block": dict.fromkeys(PUBLIC_ACCESS_SWITCHES, True),
    }
    granted = grants.of_headers(request)
    if acl not in (None, "private") or granted:
        if settings["ownership"] == ENFORCED:
            raise api.InvalidBucketAclWithObjectOwnership
        settings["acl"] = grants.packed(granted) if granted else acl
        if public_access.is_public(str(settings["acl"])):
            # A new bucket blocks all public access.
            raise api.InvalidBucketAclWithBlockPublicAccessError
    return settings


def of_upload(bucket: Bucket, request: Mapping[str, Any]) -> str:
    """The list of a new object, as it is kept. Raises InvalidArgument, AccessControlListNotSupported."""
    acl = request.get("ACL")
    is_granted = grants.are_given(request)
    if acl is None and not is_granted:
        return "private"
    canned(acl, OBJECT_ACLS)
    _check_one_form(request)
    if bucket.settings.get("ownership") == ENFORCED and acl != _FOR_BUCKET_OWNER:
        raise api.AccessControlListNotSupported
    return grants.packed(grants.of_headers(request)) if is_granted else str(acl)


def of_writer(call: Call, bucket: Bucket, request: Mapping[str, Any]) -> str:
    """The account whose a new object is; empty for the bucket owner's, as that of nobody in particular is."""
    if call.account == bucket.account or not call.access_key_id:
        return ""
    ownership = bucket.settings.get("ownership")
    is_given = ownership == PREFERRED and request.get("ACL") == _FOR_BUCKET_OWNER
    return "" if ownership == ENFORCED or is_given else call.account


def account_of(bucket: Bucket, owner: str) -> str:
    """The account whose an object is now, as its bucket's owner may have taken all since it was written."""
    return bucket.account if not owner or bucket.settings.get("ownership") == ENFORCED else owner


def _check_one_form(request: Mapping[str, Any]) -> None:
    """Raises InvalidRequest for a list by name and by grants."""
    if request.get("ACL") is not None and grants.are_given(request):
        raise api.InvalidRequest("Specifying both Canned ACLs and Header Grants is not allowed")


def canned(acl: str | None, known: frozenset[str]) -> None:
    """Raises InvalidArgument for an unknown canned ACL."""
    if acl is not None and acl not in known:
        raise rules.invalid("", "x-amz-acl", acl)
