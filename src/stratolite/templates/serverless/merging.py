"""Lists of parts as one map: ``functions`` and ``resources`` may be written as lists, whose elements are merged.

Later parts win; maps are merged key by key and lists element by element, as lodash's ``merge`` does.
"""

from typing import Any

from stratolite.core.errors import UserError
from stratolite.templates.document import List, Map, copied, mark_of

MERGED = ("resources", "functions")


def merge_parts(document: Map) -> None:
    """Merge the lists that a document writes for MERGED, in place. Raises UserError where a part is no map."""
    for name in MERGED:
        parts = document.get(name)
        if not isinstance(parts, List):
            continue
        merged = Map(parts.at)
        for index, part in enumerate(parts):
            if part in (None, "", False, 0):
                continue
            if not isinstance(part, Map):
                raise UserError(
                    f"a part of the list '{name}' is {part!r}, not a map",
                    where=str(mark_of(parts, index)),
                    todo=f"Each part of '{name}' is a map, often from a file: ${{file(./{name}.yml)}}.",
                )
            merge(merged, part)
        document.put(name, merged, document.marks[name])


def merge(target: Any, source: Any) -> None:
    """Merge ``source`` into ``target``, both maps or both lists, in place."""
    if isinstance(source, Map):
        for key, value in source.items():
            target.put(key, _merged(target.get(key), value), mark_of(source, key))
        return
    for index, value in enumerate(source):
        if index < len(target):
            target[index] = _merged(target[index], value)
        else:
            target.put(copied(value), mark_of(source, index))


def _merged(old: Any, new: Any) -> Any:
    if (isinstance(old, Map) and isinstance(new, Map)) or (isinstance(old, List) and isinstance(new, List)):
        merge(old, new)
        return old
    return copied(new)
