"""Types of requests and results, which the type checker alone reads.

At run time they are plain dictionaries. Hundreds of TypedDict classes would take as long to make as all the rest of
loading a service, and megabytes to keep.
"""

from collections.abc import Callable
from typing import Any


def dictionaries(names: str) -> Callable[[str], type[dict[str, Any]]]:
    """A module's ``__getattr__``, to which each of ``names`` (set apart by spaces) is ``dict``."""
    known = frozenset(names.split())

    def get(name: str) -> type[dict[str, Any]]:
        if name in known:
            return dict
        raise AttributeError(f"there is no {name} here")

    return get
