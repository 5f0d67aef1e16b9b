"""Grants of access control lists: read from headers and from documents, and kept as one text.

A list that a canned one stands for is kept by its name; every other one as JSON. E-mail addresses are granted nothing
any more: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html and recorded answers
(test_s3_bucket_acl_exceptions, test_s3_object_acl_exceptions).
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stratolite.services.s3 import api, rules

USER, GROUP = "CanonicalUser", "Group"
ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED_USERS = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"
GROUPS = frozenset({ALL_USERS, AUTHENTICATED_USERS, LOG_DELIVERY})
PERMISSIONS = frozenset({"FULL_CONTROL", "WRITE", "WRITE_ACP", "READ", "READ_ACP"})
HEADERS: Mapping[str, tuple[str, str]] = {
    "GrantFullControl": ("FULL_CONTROL", "x-amz-grant-full-control"),
    "GrantRead": ("READ", "x-amz-grant-read"),
    "GrantReadACP": ("READ_ACP", "x-amz-grant-read-acp"),
    "GrantWrite": ("WRITE", "x-amz-grant-write"),
    "GrantWriteACP": ("WRITE_ACP", "x-amz-grant-write-acp"),
}
"""The permission that a member of a request grants, and its header."""
_GRANTEES = frozenset({USER, GROUP, "AmazonCustomerByEmail"})
_ID = re.compile(r"[0-9a-f]{64}")
_GRANTED = re.compile(r'\s*(\w+)\s*=\s*"?([^",]*)"?\s*')


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """``who``: the id of a canonical user, or the URI of a group."""

    kind: str
    who: str
    permission: str

    def said(self) -> api.Grant:
        """As answers have it."""
        grantee: api.Grantee = {"Type": self.kind, "ID" if self.kind == USER else "URI": self.who}  # type: ignore[misc]
        return {"Grantee": grantee, "Permission": self.permission}


def are_given(request: Mapping[str, Any]) -> bool:
    """Whether a request grants something by its headers."""
    return not HEADERS.keys().isdisjoint(request) and any(request.get(member) for member in HEADERS)


def of_headers(request: Mapping[str, Any]) -> list[Grant]:
    """The grants of ``x-amz-grant-read`` and the like. Raises InvalidArgument, and MethodNotAllowed for addresses."""
    found: list[Grant] = []
    for member, (permission, header) in HEADERS.items():
        for text in (request.get(member) or "").split(","):
            if not text.strip():
                continue
            said = _GRANTED.fullmatch(text)
            name = said[1] if said is not None else ""
            if said is None or name not in ("uri", "id", "emailAddress"):
                raise rules.invalid("Argument format not recognized", header, text.strip())
            if name == "uri":
                _check_group(said[2], "uri")
            elif name == "id":
                _check_id(said[2], "id")
            else:
                raise api.MethodNotAllowed
            found.append(Grant(USER if name == "id" else GROUP, said[2], permission))
    return found


def of_policy(policy: Mapping[str, Any]) -> list[Grant]:
    """The grants of a document. Raises MalformedACLError, InvalidArgument, and MethodNotAllowed for addresses."""
    listed, owner = policy.get("Grants"), policy.get("Owner", {}).get("ID")
    if listed is None or not owner:
        raise api.MalformedACLError
    _check_id(owner, "CanonicalUser/ID")
    found: list[Grant] = []
    for one in listed:
        grantee, permission = one.get("Grantee", {}), one.get("Permission")
        kind = grantee.get("Type")
        if permission not in PERMISSIONS or kind not in _GRANTEES:
            raise api.MalformedACLError
        who = grantee.get("ID" if kind == USER else "URI")
        if kind == USER and who:
            _check_id(who, "CanonicalUser/ID")
        elif kind == GROUP and who:
            _check_group(who, "Group/URI")
        elif kind in (USER, GROUP):
            raise api.MalformedACLError
        else:
            raise api.MethodNotAllowed
        found.append(Grant(kind, who, permission))
    return found


def packed(found: Sequence[Grant]) -> str:
    """Grants as a text that is kept."""
    return json.dumps([[grant.kind, grant.who, grant.permission] for grant in found])


def unpacked(text: str) -> list[Grant]:
    """Grants that were kept."""
    return [Grant(*grant) for grant in json.loads(text)]


def _check_id(text: str, name: str) -> None:
    if not _ID.fullmatch(text):
        raise rules.invalid("Invalid id", name, text)


def _check_group(text: str, name: str) -> None:
    if text not in GROUPS:
        raise rules.invalid("Invalid group uri", name, text)
