"""Values of properties, and operations on what may be gone."""

import json
from collections.abc import Mapping
from typing import Any

from stratolite.core.resource_types import Work


def text(document: Any) -> str:
    """A policy document as the API has it."""
    return document if isinstance(document, str) else json.dumps(document)


def put_policies(work: Work, noun: str, name: str) -> None:
    """Inline and attached policies of a role, a user or a group, from what was to what is."""
    bearer = {f"{noun}Name": name}
    wanted, had = (
        {one["PolicyName"]: text(one["PolicyDocument"]) for one in source.get("Policies") or ()}
        for source in (work.properties, work.previous)
    )
    for policy, document in wanted.items():
        if had.get(policy) != document:
            work.operate(f"Put{noun}Policy", {**bearer, "PolicyName": policy, "PolicyDocument": document})
    for policy in had:
        if policy not in wanted:
            gone(work, f"Delete{noun}Policy", {**bearer, "PolicyName": policy})
    attached = work.properties.get("ManagedPolicyArns") or ()
    for arn in attached:
        work.operate(f"Attach{noun}Policy", {**bearer, "PolicyArn": arn})
    for arn in work.previous.get("ManagedPolicyArns") or ():
        if arn not in attached:
            gone(work, f"Detach{noun}Policy", {**bearer, "PolicyArn": arn})


def gone(work: Work, operation: str, request: Mapping[str, Any]) -> None:
    """Run an operation on what may be gone already."""
    work.unless_gone(operation, request, ("NoSuchEntity",))
