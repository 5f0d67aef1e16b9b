"""The configuration of a service, as the plugins that change it see it: resolved, and not yet checked or compiled."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stratolite.core.errors import UserError
from stratolite.core.warning import About, Kind, Warning
from stratolite.templates.document import List, Map, Mark, mark_of, value_at
from stratolite.templates.serverless.model import Options
from stratolite.templates.serverless.warned import warned

STAGE_DEFAULT, REGION_DEFAULT = "dev", "us-east-1"


@dataclass
class Configuration:
    """What plugins change, in place; they add to ``warnings`` what they could not do, to ``read`` what they read."""

    document: Map
    folder: Path
    environment: Mapping[str, str]
    options: Options
    warnings: list[Warning] = field(default_factory=list)
    read: list[Path] = field(default_factory=list)

    @property
    def stage(self) -> str:
        """The effective stage."""
        return str(self.options.stage or self.provider.get("stage") or STAGE_DEFAULT)

    @property
    def region(self) -> str:
        """The effective region."""
        return str(self.options.region or self.provider.get("region") or REGION_DEFAULT)

    @property
    def provider(self) -> Map:
        """``provider``, which every file has."""
        return self.section(self.document, "provider")

    @property
    def functions(self) -> Iterator[tuple[str, Map]]:
        """The functions that are maps, by their keys."""
        found = self.document.get("functions")
        for key, function in list(found.items()) if isinstance(found, Map) else ():
            if isinstance(function, Map):
                yield key, function

    def custom(self, name: str) -> Any:
        """A setting below ``custom``; None where there is none."""
        return value_at(self.document, "custom", name)

    def custom_mark(self, name: str) -> Mark:
        """Where a setting below ``custom`` is written."""
        found = self.document.get("custom")
        return mark_of(found, name) if isinstance(found, Map) else self.document.at

    def section(self, parent: Map, name: str) -> Map:
        """A map inside of another one, made where it is not there. Raises UserError for what is no map."""
        found = parent.get(name)
        if found is None:
            found = Map(mark_of(parent, name))
            parent.put(name, found, found.at)
        if not isinstance(found, Map):
            raise UserError(f"the setting {name!r} has to be a map", where=str(mark_of(parent, name)))
        return found

    def warn(
        self, what: str, at: Mark | None = None, kind: Kind = Kind.NOTE, *, about: About = "plugins", todo: str = ""
    ) -> None:
        """Tell the user something that does not stop the compilation."""
        self.warnings.append(warned(what, at, kind, about=about, todo=todo))


def written(value: Any, at: Mark) -> Any:
    """A value as if it were written at one place of a file."""
    if isinstance(value, Map | List):
        return value
    if isinstance(value, dict):
        made = Map(at)
        for key, child in value.items():
            made.put(key, written(child, at), at)
        return made
    if isinstance(value, list):
        row = List(at)
        for child in value:
            row.put(written(child, at), at)
        return row
    return value
