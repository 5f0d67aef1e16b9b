"""Roles and policies that the file names by ARN and does not make: they are of an account, and this one has none.

A function's role is assumed whether it is there or not; one of another account would have the function act there, far
from its tables, so that the account in it becomes the own one. Policies that roles are bounded by or have attached get
stand-ins, which allow nothing. A role whose name is too long for one, as service, stage and region may make it, is
called by CloudFormation, and one that is named by a logical id of nothing is one of the account. Sans I/O.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from stratolite.core.arn import Arn, partition_of
from stratolite.core.warning import Kind
from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.model import External

_ARN = re.compile(r"(arn:[^:]+:iam::)(\d*):((?:role|policy)/(.+))")
ROLES_SHOWN_MAX = 5
ROLE_NAME_LENGTH_MAX = 64
"""Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""


def find_policies(work: Compilation, resources: dict[str, Any], joined: Callable[[Any], str | None]) -> list[External]:
    """The policies that no resource makes, once each. ``joined`` gives the text of an ARN that is put together."""
    made = {joined((one.get("Properties") or {}).get("ManagedPolicyName")) for one in _of(resources, "ManagedPolicy")}
    found: dict[str, External] = {}
    for role in _of(resources, "Role"):
        for holder, key in _policies(role.get("Properties") or {}):
            arn = joined(holder[key])
            match = _ARN.fullmatch(arn) if arn else None
            if match is None or match[4].rpartition("/")[2] in made:
                continue
            own = f"{match[1]}{work.account}:{match[3]}"
            if arn != own:
                holder[key] = own
            found[own] = External(own, "iam", "", work.account, match[3])
    return list(found.values())


def settle_roles(work: Compilation, resources: dict[str, Any]) -> None:
    """Have functions act in the account that is deployed to, whatever account their roles are written for."""
    changed = []
    for function in resources.values():
        properties = function.get("Properties") if isinstance(function, dict) else None
        role = properties.get("Role") if isinstance(properties, dict) else None
        match = _ARN.fullmatch(role) if isinstance(role, str) and function["Type"] == "AWS::Lambda::Function" else None
        if match is not None and match[2] != work.account:
            assert isinstance(properties, dict)
            properties["Role"] = f"{match[1]}{work.account}:{match[3]}"
            changed.append(role)
    if changed:
        named = list(dict.fromkeys(changed))
        shown = ", ".join(map(str, named[:ROLES_SHOWN_MAX])) + (" ..." if len(named) > ROLES_SHOWN_MAX else "")
        what = f"functions with roles of another account act in {work.account} here: {shown}"
        work.warn_locally(what, about="functions")


def find_missing_roles(work: Compilation, resources: dict[str, Any]) -> None:
    """Have functions act as a role of the account where the file names one by a logical id that nothing makes."""
    missing = []
    for function in resources.values():
        properties = function.get("Properties") if isinstance(function, dict) else None
        role = properties.get("Role") if isinstance(properties, dict) else None
        attribute = role.get("Fn::GetAtt") if isinstance(role, dict) else None
        if not isinstance(attribute, list) or attribute[0] in resources or function["Type"] != "AWS::Lambda::Function":
            continue
        assert isinstance(properties, dict)
        name = str(attribute[0])
        properties["Role"] = str(Arn("iam", "", work.account, f"role/{name}", partition_of(work.service.region)))
        missing.append(name)
    for resource in resources.values() if missing else ():
        waits = resource.get("DependsOn") if isinstance(resource, dict) else None
        if isinstance(waits, list | str):
            resource["DependsOn"] = [
                one for one in ([waits] if isinstance(waits, str) else waits) if one not in missing
            ]
    if missing:
        named = ", ".join(dict.fromkeys(missing))
        what = f"the role that functions have is neither an ARN nor made by the file: {named}"
        work.warn_locally(what, kind=Kind.ABSENT, about="functions")


def settle_role_names(work: Compilation, resources: dict[str, Any], joined: Callable[[Any], str | None]) -> None:
    """Leave the names of roles to CloudFormation where AWS refuses them for their length."""
    for role in _of(resources, "Role"):
        properties = role.get("Properties") or {}
        name = joined(properties.get("RoleName"))
        if name is not None and len(name) > ROLE_NAME_LENGTH_MAX:
            del properties["RoleName"]
            what = f"{name!r} has {len(name)} characters, and AWS allows a role {ROLE_NAME_LENGTH_MAX}"
            what += ": another name is taken here; 'provider.iam.role.name' sets one"
            work.warn_locally(what, kind=Kind.REFUSED_BY_AWS, about="resources")


def _of(resources: dict[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    for resource in resources.values():
        if isinstance(resource, dict) and resource.get("Type") == f"AWS::IAM::{kind}":
            yield resource


def _policies(properties: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Where a role names policies: a container and a key in it."""
    if "PermissionsBoundary" in properties:
        yield properties, "PermissionsBoundary"
    arns = properties.get("ManagedPolicyArns")
    if isinstance(arns, list):
        yield from ((arns, index) for index in range(len(arns)))
