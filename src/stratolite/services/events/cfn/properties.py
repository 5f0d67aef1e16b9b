"""What the resource types share: texts of documents, settings that are there, tags, and deleting what may be gone."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from stratolite.core.resource_types import Work


def text(value: Any) -> str:
    """A document as JSON; templates write it as an object or as its text."""
    return value if isinstance(value, str) else json.dumps(value)


def given(properties: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The properties that a template gives."""
    return {name: properties[name] for name in names if properties.get(name) is not None}


def update_tags(work: Work, arn: str) -> None:
    """Bring a resource's tags to what the template says."""
    wanted, had = work.properties.get("Tags", []), work.previous.get("Tags", [])
    gone = {tag["Key"] for tag in had} - {tag["Key"] for tag in wanted}
    if gone:
        work.operate("UntagResource", {"ResourceARN": arn, "TagKeys": sorted(gone)})
    if wanted and wanted != had:
        work.operate("TagResource", {"ResourceARN": arn, "Tags": wanted})
