"""What is different between two templates, property by property. Sans I/O."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SECTIONS = ("Parameters", "Mappings", "Conditions", "Resources", "Outputs", "Transform", "Description")
TEXT_LENGTH_MAX = 100
_NOTHING = object()


@dataclass(frozen=True, slots=True)
class Difference:
    """One place. ``before`` or ``after`` is None where it is not there; ``path`` begins with the section."""

    path: tuple[str, ...]
    before: Any
    after: Any

    @property
    def sign(self) -> str:
        return "+" if self.before is None else "-" if self.after is None else "~"

    def __str__(self) -> str:
        place = ".".join(self.path)
        if self.before is None:
            return f"+ {place}: {_short(self.after)}"
        if self.after is None:
            return f"- {place}: {_short(self.before)}"
        return f"~ {place}: {_short(self.before)} -> {_short(self.after)}"

    def as_json(self) -> dict[str, Any]:
        return {"path": ".".join(self.path), "before": self.before, "after": self.after}


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Every place where two templates differ, in the order of the second. Order of lists counts, as for AWS."""
    found: list[Difference] = []
    for section in SECTIONS:
        found += _between(before.get(section, _NOTHING), after.get(section, _NOTHING), (section,))
    return tuple(found)


def _between(before: Any, after: Any, path: tuple[str, ...]) -> Iterator[Difference]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys((*after, *before)):
            yield from _between(before.get(key, _NOTHING), after.get(key, _NOTHING), (*path, str(key)))
    elif _is_list(before) and _is_list(after):
        for index in range(max(len(before), len(after))):
            yield from _between(_at(before, index), _at(after, index), (*path, str(index)))
    elif before is _NOTHING or after is _NOTHING or not _are_equal(before, after):
        if before is _NOTHING and after is _NOTHING:
            return
        yield Difference(path, None if before is _NOTHING else before, None if after is _NOTHING else after)


def _are_equal(before: Any, after: Any) -> bool:
    """CloudFormation reads ``"5"`` as 5 and ``"true"`` as true, so these are equal."""
    return bool(before == after) or (_is_scalar(before) and _is_scalar(after) and _plain(before) == _plain(after))


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _at(values: Sequence[Any], index: int) -> Any:
    return values[index] if index < len(values) else _NOTHING


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= TEXT_LENGTH_MAX else f"{text[: TEXT_LENGTH_MAX - 1]}…"
