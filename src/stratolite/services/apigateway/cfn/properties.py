"""How CloudFormation's properties become requests and patches of the operations."""

from collections.abc import Iterable, Mapping
from typing import Any

from stratolite.core.resource_types import Work

Properties = Mapping[str, Any]


def given(properties: Properties, names: Mapping[str, str]) -> dict[str, Any]:
    """The request members whose property is set: ``{"Description": "description"}``."""
    return {member: properties[name] for name, member in names.items() if properties.get(name) is not None}


def tags(properties: Properties) -> dict[str, str]:
    """A list of ``{"Key": ..., "Value": ...}`` as a map."""
    return {tag["Key"]: tag["Value"] for tag in properties.get("Tags") or ()}


def replacement(path: str, value: Any) -> dict[str, Any]:
    """One ``replace``; values of patches are text, absence is the empty text."""
    if isinstance(value, bool):
        value = "true" if value else "false"
    return {"op": "replace", "path": path, "value": "" if value is None else str(value)}


def changed(work: Work, paths: Mapping[str, str]) -> list[dict[str, Any]]:
    """A ``replace`` for each property that differs from before."""
    return [
        replacement(path, work.properties.get(name))
        for name, path in paths.items()
        if work.properties.get(name) != work.previous.get(name)
    ]


def pointer(text: str) -> str:
    """One part of a JSON pointer."""
    return text.replace("~", "~0").replace("/", "~1")


def listed(field: str, before: Iterable[str], after: Iterable[str]) -> list[dict[str, Any]]:
    """``add`` and ``remove`` that turn one list of texts into another."""
    old, new = list(before), list(after)
    removed = [{"op": "remove", "path": f"/{field}/{pointer(each)}"} for each in old if each not in new]
    return removed + [{"op": "add", "path": f"/{field}/{pointer(each)}"} for each in new if each not in old]


def retag(work: Work, arn_path: str) -> None:
    """Bring the tags of a resource up to date."""
    before, after = tags(work.previous), tags(work.properties)
    arn = f"arn:aws:apigateway:{work.call.region}::{arn_path}"
    gone = [key for key in before if key not in after]
    if gone:
        work.operate("UntagResource", {"resourceArn": arn, "tagKeys": gone})
    if after and after != before:
        work.operate("TagResource", {"resourceArn": arn, "tags": after})


def delete(work: Work, operation: str, request: Mapping[str, Any]) -> None:
    """Run a Delete operation; what is gone already is no error."""
    work.unless_gone(operation, request, ("NotFoundException",))
