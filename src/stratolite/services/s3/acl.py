"""Access control lists: canned names, grants, and what each says of the other.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl and recorded answers
(test_s3_bucket_acl, test_s3_object_acl_exceptions).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from stratolite.services.s3 import api, rules
from stratolite.services.s3.domain import Bucket
from stratolite.services.s3.grants import (
    ALL_USERS,
    AUTHENTICATED_USERS,
    GROUP,
    LOG_DELIVERY,
    USER,
    Grant,
    are_given,
    of_headers,
    of_policy,
    packed,
    unpacked,
)
from stratolite.services.s3.ownership import ENFORCED, canned

_EC2 = "6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c"
"""The user as whom EC2 fetches images."""
_BEYOND: Mapping[str, tuple[Grant, ...]] = {
    "private": (),
    "public-read": (Grant(GROUP, ALL_USERS, "READ"),),
    "public-read-write": (Grant(GROUP, ALL_USERS, "READ"), Grant(GROUP, ALL_USERS, "WRITE")),
    "authenticated-read": (Grant(GROUP, AUTHENTICATED_USERS, "READ"),),
    "aws-exec-read": (Grant(USER, _EC2, "READ"),),
    "log-delivery-write": (Grant(GROUP, LOG_DELIVERY, "WRITE"), Grant(GROUP, LOG_DELIVERY, "READ_ACP")),
}
"""What a canned list grants beyond the owner's full control."""
_TO_BUCKET_OWNER = {"bucket-owner-read": "READ", "bucket-owner-full-control": "FULL_CONTROL"}
"""What the others grant to the owner of the bucket, when the object is another's."""


def said(kept: str, owner: str, bucket: Bucket) -> list[api.Grant]:
    """A list that is kept, as answers have it; where all is the bucket owner's, no list counts.

    ``owner``: the account whose the bucket or the object is.
    """
    found = _grants("private" if bucket.settings.get("ownership") == ENFORCED else kept, owner)
    if owner != bucket.account and kept in _TO_BUCKET_OWNER:
        found.append(Grant(USER, rules.owner(bucket.account)["ID"], _TO_BUCKET_OWNER[kept]))
    return [grant.said() for grant in found]


def is_shared(bucket: Bucket) -> bool:
    """Whether a bucket's list grants something to others than its owner."""
    owner = rules.owner(bucket.account)["ID"]
    return any(grant.who != owner for grant in _grants(bucket.settings.get("acl", "private"), bucket.account))


def _grants(kept: str, account: str) -> list[Grant]:
    if kept.startswith("["):
        return unpacked(kept)
    return [Grant(USER, rules.owner(account)["ID"], "FULL_CONTROL"), *_BEYOND.get(kept, ())]


def requested(bucket: Bucket, request: Mapping[str, Any], known: frozenset[str], owner: str) -> str:
    """The list that a request asks for, as it is kept. ``owner``: the account whose the bucket or the object is.

    Raises AWS's errors for a request that is none, and AccessControlListNotSupported.
    """
    name, policy = request.get("ACL"), request.get("AccessControlPolicy")
    if name is not None and are_given(request):
        raise api.InvalidRequest("Specifying both Canned ACLs and Header Grants is not allowed")
    if policy is not None and (name is not None or are_given(request)):
        raise api.UnexpectedContent
    if name is None and policy is None and not are_given(request):
        raise api.MissingSecurityHeader(MissingHeaderName="x-amz-acl")
    canned(name, known)
    kept = str(name) if name is not None else _kept(of_headers(request) if policy is None else of_policy(policy), owner)
    if bucket.settings.get("ownership") == ENFORCED and not _is_owners(kept, is_policy=policy is not None):
        raise api.AccessControlListNotSupported
    return kept


def _is_owners(kept: str, *, is_policy: bool) -> bool:
    """Whether a list says that everything is the bucket owner's, by the one name for it or as a document."""
    return kept == "bucket-owner-full-control" or (is_policy and kept == "private")


def _kept(found: Sequence[Grant], owner: str) -> str:
    for name in _BEYOND:
        if sorted(found) == sorted(_grants(name, owner)):
            return name
    return packed(found)
