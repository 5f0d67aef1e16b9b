"""What the resource types share: settings that are there, tags, and deleting what may be gone."""

from collections.abc import Iterable, Mapping
from typing import Any

from stratolite.core.resource_types import Work


def given(properties: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The properties that a template gives."""
    return {name: properties[name] for name in names if properties.get(name) is not None}


def mapping(value: Any) -> Mapping[str, Any]:
    """A value that should be a mapping; an empty one while it is unknown or missing."""
    return value if isinstance(value, Mapping) else {}


def tags(properties: Mapping[str, Any]) -> dict[str, str]:
    """A template's list of tags as Lambda takes them."""
    return {tag["Key"]: tag.get("Value", "") for tag in properties.get("Tags") or []}


def update_tags(work: Work, arn: str) -> None:
    """Bring a resource's tags to what the template says."""
    new, old = tags(work.properties), tags(work.previous)
    gone = sorted(set(old) - set(new))
    if gone:
        work.operate("UntagResource", {"Resource": arn, "TagKeys": gone})
    if new and new != old:
        work.operate("TagResource", {"Resource": arn, "Tags": new})
