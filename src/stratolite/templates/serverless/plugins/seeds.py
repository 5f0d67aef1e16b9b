"""serverless-dynamodb-local and serverless-dynamodb: what tables begin with.

``custom.dynamodb.seed`` names sources for each of its categories; ``start.seed`` says which of them are wanted, and
false that none is. Tables themselves are resources like all others. Where ``stages`` is written, other stages are left
alone. Source: https://github.com/raisenational/serverless-dynamodb/blob/main/src/seeder.ts, and index.ts beside it.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from stratolite.core.warning import Kind
from stratolite.templates.document import List, Map, mark_of, value_at
from stratolite.templates.javascript import text_of
from stratolite.templates.serverless.local import Seed
from stratolite.templates.serverless.warned import Warn

NAMES = ("serverless-dynamodb-local", "serverless-dynamodb")
ITEMS_MAX = 100_000


class Seeds:
    """The seeds of one file; ``sources`` are the files that were read."""

    def __init__(self, document: Map, folder: Path, stage: str, warn: Warn) -> None:
        settings = value_at(document, "custom", "dynamodb")
        self._settings = settings if isinstance(settings, Map) else Map(document.at)
        self._folder = folder
        self._stage = stage
        self._warn = warn
        self.sources: list[Path] = []

    def read(self) -> tuple[Seed, ...]:
        """What is to be put into which table; what cannot be read is warned of, and left out."""
        stages = self._settings.get("stages")
        if isinstance(stages, List) and self._stage not in stages:
            return ()
        return tuple(seed for source in self._wanted() if (seed := self._seed(source)) is not None)

    def _wanted(self) -> Iterator[Map]:
        """The sources of the categories that are wanted, in their order."""
        categories = self._settings.get("seed")
        start = self._settings.get("start")
        wanted = start.get("seed") if isinstance(start, Map) else None
        if not isinstance(categories, Map) or wanted is False:
            return
        names = wanted.split(",") if isinstance(wanted, str) and wanted else list(categories)
        for name in names:
            category = categories.get(name)
            sources = category.get("sources") if isinstance(category, Map) else None
            if not isinstance(sources, List):
                what = f"custom.dynamodb.seed has no sources for {name!r}"
                self._warn(what, categories.at, Kind.LEFT_OUT, about="plugins")
                continue
            yield from (source for source in sources if isinstance(source, Map))

    def _seed(self, source: Map) -> Seed | None:
        table = source.get("table")
        if not isinstance(table, str) or not table:
            self._warn("a source of custom.dynamodb.seed names no table", source.at, Kind.LEFT_OUT, about="plugins")
            return None
        items = [attributes(item) for item in self._items(source, "sources")]
        items += [item for item in self._items(source, "rawsources") if isinstance(item, dict)]
        if len(items) > ITEMS_MAX:
            what = f"of the seeds of {table}, the first {ITEMS_MAX} of {len(items)} are put there"
            self._warn(what, source.at, Kind.LEFT_OUT, about="plugins")
        return Seed(table, tuple(items[:ITEMS_MAX]), str(source.at)) if items else None

    def _items(self, source: Map, kind: str) -> Iterator[Any]:
        """What the files of a source hold: a list of items each, or one."""
        names = source.get(kind)
        for index, name in enumerate(names if isinstance(names, List) else ()):
            # The plugin joins them to the folder, also those that begin with a slash.
            file = self._folder / str(name).lstrip("/")
            self.sources.append(file)
            try:
                found = json.loads(file.read_bytes())
            except OSError as error:
                what = f"the seeds {name} cannot be read: {error.strerror}"
                self._warn(what, mark_of(names, index), Kind.ABSENT, about="plugins")
                continue
            except ValueError as error:
                what = (
                    "are JavaScript, which is not run for them" if file.suffix != ".json" else f"are no JSON: {error}"
                )
                self._warn(f"the seeds {name} {what}", mark_of(names, index), Kind.LEFT_OUT, about="plugins")
                continue
            yield from found if isinstance(found, list) else [found]


def attributes(item: Any) -> dict[str, Any]:
    """An item as a map of attribute values. ``{"type": "Buffer", "data": [...]}`` is binary at the first level."""
    values = item if isinstance(item, dict) else {}
    return {name: _value(each, is_member=True) for name, each in values.items()}


def _value(value: Any, *, is_member: bool = False) -> dict[str, Any]:
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int | float):
        return {"N": text_of(value)}
    if isinstance(value, list):
        return {"L": [_value(each) for each in value]}
    if isinstance(value, Mapping):
        if is_member and value.get("type") == "Buffer" and isinstance(value.get("data"), list):
            return {"B": bytes(value["data"])}
        return {"M": {name: _value(each) for name, each in value.items()}}
    return {"S": str(value)}
