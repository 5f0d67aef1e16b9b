"""How CloudFormation's properties become requests of the operations: they have the names that requests have."""

from collections.abc import Iterable, Mapping
from typing import Any

from stratolite.core.resource_types import Work


def given(properties: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The request members whose property is set."""
    return {name: properties[name] for name in names if properties.get(name) is not None}


def changed(work: Work, names: Iterable[str], unset: Mapping[str, Any]) -> dict[str, Any]:
    """The members whose property differs from before; ``unset`` is what a property that is gone means.

    A property that is gone and cannot be unset stays as it was, as on AWS.
    """
    request = {}
    for name in names:
        before, after = work.previous.get(name), work.properties.get(name, unset.get(name))
        if after is not None and after != before:
            request[name] = after
    return request


def delete(work: Work, operation: str, request: Mapping[str, Any]) -> None:
    """Run a Delete operation; what is gone already is no error."""
    work.unless_gone(operation, request, ("NotFoundException",))


def retag(work: Work, path: str) -> None:
    """Bring the tags of a resource up to date."""
    before, after = work.previous.get("Tags") or {}, work.properties.get("Tags") or {}
    arn = f"arn:aws:apigateway:{work.call.region}::{path}"
    gone = [key for key in before if key not in after]
    if gone:
        work.operate("UntagResource", {"ResourceArn": arn, "TagKeys": gone})
    if after and after != before:
        work.operate("TagResource", {"ResourceArn": arn, "Tags": after})
