"""Access control lists: canned names, and the grants that they stand for.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl and recorded answers
(test_s3_bucket_acl, test_s3_object_acl_exceptions).
"""

from collections.abc import Mapping
from typing import Any

from stratolite.core.errors import NotImplementedHere
from stratolite.services.s3 import api, rules
from stratolite.services.s3.domain import Bucket
from stratolite.services.s3.ownership import ENFORCED, GRANTS, canned

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED_USERS = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
_PERMISSIONS = frozenset({"FULL_CONTROL", "WRITE", "WRITE_ACP", "READ", "READ_ACP"})
_GRANTEES = frozenset({"CanonicalUser", "AmazonCustomerByEmail", "Group"})
_GROUPS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "public-read": ((ALL_USERS, "READ"),),
    "public-read-write": ((ALL_USERS, "READ"), (ALL_USERS, "WRITE")),
    "authenticated-read": ((AUTHENTICATED_USERS, "READ"),),
}
"""What each canned list grants beyond the owner's full control."""


def grants(name: str, account: str) -> list[api.Grant]:
    """The grants of a canned list."""
    owner: api.Grantee = {"Type": "CanonicalUser", "ID": rules.owner(account)["ID"]}
    found: list[api.Grant] = [{"Grantee": owner, "Permission": "FULL_CONTROL"}]
    for uri, permission in _GROUPS.get(name, ()):
        found.append({"Grantee": {"Type": "Group", "URI": uri}, "Permission": permission})
    return found


def requested(bucket: Bucket, request: Mapping[str, Any], known: frozenset[str]) -> str:
    """The canned list that a request asks for.

    Raises AWS's errors for a request that is none, NotImplementedHere for grants, AccessControlListNotSupported.
    """
    name, policy = request.get("ACL"), request.get("AccessControlPolicy")
    given = [member for member in GRANTS if request.get(member)]
    if name is not None and given:
        raise api.InvalidRequest("Specifying both Canned ACLs and Header Grants is not allowed")
    if policy is not None and (name is not None or given):
        raise api.UnexpectedContent
    if name is None and policy is None and not given:
        raise api.MissingSecurityHeader(MissingHeaderName="x-amz-acl")
    canned(name, known)
    rules.refuse(request, *GRANTS)
    if policy is not None:
        name = _of_policy(policy, bucket)
    if bucket.settings.get("ownership") == ENFORCED and not (policy is not None or name == "bucket-owner-full-control"):
        raise api.AccessControlListNotSupported
    return str(name)


def _of_policy(policy: Mapping[str, Any], bucket: Bucket) -> str:
    """The canned list that says the same as a policy. Raises MalformedACLError, NotImplementedHere."""
    listed = policy.get("Grants")
    if listed is None or not policy.get("Owner", {}).get("ID"):
        raise api.MalformedACLError
    for grant in listed:
        grantee = grant.get("Grantee", {})
        if grant.get("Permission") not in _PERMISSIONS or grantee.get("Type") not in _GRANTEES:
            raise api.MalformedACLError
    said = sorted(_signature(grant) for grant in listed)
    for name in ("private", *_GROUPS):
        if said == sorted(_signature(grant) for grant in grants(name, bucket.account)):
            return name
    raise NotImplementedHere("Access control lists that no canned one stands for are not implemented by Stratolite.")


def _signature(grant: Mapping[str, Any]) -> tuple[str, str]:
    grantee = grant["Grantee"]
    return grantee.get("ID") or grantee.get("URI") or grantee.get("EmailAddress", ""), grant["Permission"]
