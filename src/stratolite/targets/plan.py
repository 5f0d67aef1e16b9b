"""A deployment as data: the steps, in order, before any of them is taken."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class MakeStandIn:
    """Make what the application names by ARN but does not make (a topic of another team)."""

    service: str
    arn: str


@dataclass(frozen=True, slots=True)
class MakeBucket:
    """Make the stack with its deployment bucket alone, so that artefacts have a place."""

    stack_name: str
    template: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Upload:
    """Put an artefact into the deployment bucket, under a key that names its content."""

    path: Path
    key: str


@dataclass(frozen=True, slots=True)
class Apply:
    """Create or update the stack from the whole template."""

    stack_name: str
    template: dict[str, Any]
    tags: tuple[tuple[str, str], ...] = ()


Step = MakeStandIn | MakeBucket | Upload | Apply


@dataclass(frozen=True, slots=True)
class Plan:
    """What a deployment will do."""

    steps: tuple[Step, ...]
