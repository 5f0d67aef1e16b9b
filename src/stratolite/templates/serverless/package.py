"""What goes into the zips."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stratolite.templates.artefacts import Artefact
from stratolite.templates.serverless.model import Compiled
from stratolite.templates.serverless.variables.resolver import Resolved


@dataclass(frozen=True)
class Packaging:
    """Which artefact holds the code of each function and layer, by their keys in the file."""

    functions: Mapping[str, Artefact]
    layers: Mapping[str, Artefact]
    warnings: tuple[str, ...]


def packaging(resolved: Resolved, key_prefix: str) -> Packaging:
    """The artefacts of a service, named as the Serverless Framework names them; keys are ``key_prefix/name``."""
    raise NotImplementedError


def package(compiled: Compiled, out: Path) -> dict[Artefact, Path]:
    """Writes the artefacts' zips into a folder, those alone that changed; gives where each one is."""
    raise NotImplementedError
