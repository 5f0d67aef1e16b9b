"""Pages of listings: a marker is the place of the next item."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from stratolite.core.errors import ValidationError
from stratolite.services.iam import rules

T = TypeVar("T")


def page(items: Sequence[T], request: Mapping[str, Any]) -> tuple[Sequence[T], dict[str, Any]]:
    """The items of a page, and the members of the answer that say whether there are more."""
    marker = request.get("Marker", "0")
    if not marker.isdecimal():
        raise ValidationError("Invalid Marker.")
    start = int(marker)
    end = start + request.get("MaxItems", rules.ITEMS_PAGE)
    if end < len(items):
        return items[start:end], {"IsTruncated": True, "Marker": str(end)}
    return items[start:end], {"IsTruncated": False}
