"""Patch operations: how every Update operation of API Gateway names what changes.

Source: https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html
AWS has two wordings for a path that cannot be patched, depending on the resource; both are here.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stratolite.services.apigateway import api

Setter = Callable[[str], None]
PATCHES_MAX = 2000
"""How many patch operations one request may have."""


def segments(path: str) -> list[str]:
    """The parts of a JSON pointer, unescaped."""
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def replace_only(patches: Sequence[Any], setters: Mapping[str, Setter]) -> None:
    """Apply patches to a resource whose every patchable path takes ``replace`` alone.

    Raises BadRequestException in the wording of resources, models, validators and keys.
    """
    for patch in checked(patches):
        op, path = patch.get("op", ""), patch.get("path", "")
        if op != "replace":
            raise api.BadRequestException(
                f"Invalid patch path  '{path}' specified for op '{op}'. Please choose supported operations"
            )
        if path not in setters:
            raise api.BadRequestException(
                f"Invalid patch path  '{path}' specified for op '{op}'. Must be one of: [{', '.join(setters)}]"
            )
        setters[path](patch.get("value", ""))


def checked(patches: Sequence[Any] | None) -> Sequence[Any]:
    """The patches, at most ``PATCHES_MAX`` of them. ``move`` and ``test`` are in the model but no resource has them."""
    found = patches or ()
    if len(found) > PATCHES_MAX:
        raise api.BadRequestException(f"Too many patch operations: {len(found)}. At most {PATCHES_MAX} are allowed.")
    return found


def path_of(patch: Any) -> str:
    """The path, where its absence is an error. Raises BadRequestException."""
    path: str | None = patch.get("path")
    if path is None:
        raise invalid_path("null")
    return path


def invalid_path(path: str) -> api.BadRequestException:
    """The other wording: APIs, methods, integrations, responses."""
    return api.BadRequestException(f"Invalid patch path {path}")


def must_replace(patch: Any) -> None:
    """Raises BadRequestException unless the operation is ``replace``."""
    if patch.get("op") != "replace":
        raise api.BadRequestException("Invalid patch operation specified. Must be one of: [replace]")


def boolean(value: str) -> bool:
    """What AWS reads from a patch's value: anything but ``true`` is false."""
    return value.lower() == "true"


def patch_list(document: dict[str, Any], field: str, op: str, value: str) -> None:
    """Add a text to a list, or remove it. Raises BadRequestException for another operation, or what is not there."""
    entries = list(document.get(field) or ())
    if op not in ("add", "remove") or (op == "remove" and value not in entries):
        raise api.BadRequestException(f"Invalid patch path  '/{field}' specified for op '{op}'.")
    if op == "remove":
        entries.remove(value)
    elif value not in entries:
        entries.append(value)
    if entries:
        document[field] = entries
    else:
        document.pop(field, None)


def patch_map(document: dict[str, Any], field: str, op: str, key: str, value: Any, missing: str) -> None:
    """Add, replace or remove one entry of a map.

    Raises NotFoundException(``missing``) when the entry to replace or remove is not there.
    """
    entries = dict(document.get(field) or {})
    if op in ("remove", "replace") and key not in entries:
        raise api.NotFoundException(missing)
    if op == "remove":
        del entries[key]
    else:
        entries[key] = value
    if entries:
        document[field] = entries
    else:
        document.pop(field, None)
