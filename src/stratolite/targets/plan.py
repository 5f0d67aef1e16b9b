"""A deployment as data: the steps, in order, before any of them is taken."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stratolite.templates.artefacts import Artefact
from stratolite.templates.serverless.local import CustomDomain, Seed, SyncedFolder

PATCHES_MAX = 80
"""How many patches one request has at most; what sets rates of many routes has found out that more are refused."""


@dataclass(frozen=True, slots=True)
class MakeStandIn:
    """Make what the application names by ARN but does not make (a topic of another team). ``service``: the ARN's."""

    service: str
    arn: str
    timeout_s: int = 0
    """How long a function of the application may run with what it gets from there."""


@dataclass(frozen=True, slots=True)
class MakeBucket:
    """Make the stack with its deployment bucket alone, so that artefacts have a place."""

    template: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Upload:
    """Put an artefact into the deployment bucket, under a key that names its content."""

    artefact: Artefact
    key: str


@dataclass(frozen=True, slots=True)
class Apply:
    """Create or update the stack from the whole template. ``settings``: further members of the request."""

    template: Mapping[str, Any]
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConfigureStage:
    """Set on the stage of the REST API what CloudFormation makes it without: tracing, metrics, logs, tags.

    ``patches`` are those of UpdateStage.
    """

    name: str
    patches: tuple[Mapping[str, str], ...]
    tags: Mapping[str, str]

    @property
    def requests(self) -> Iterator[dict[str, Any]]:
        """Members of UpdateStage beside the API: as many patches at a time as it takes."""
        for start in range(0, len(self.patches), PATCHES_MAX):
            some = self.patches[start : start + PATCHES_MAX]
            yield {"stageName": self.name, "patchOperations": [dict(each) for each in some]}


@dataclass(frozen=True, slots=True)
class Prune:
    """Remove artefacts of earlier deployments. ``prefix``: where artefacts of this application lie."""

    prefix: str
    kept: frozenset[str]
    earlier: int = 0
    """How many earlier deployments keep theirs; a local cloud keeps none."""


@dataclass(frozen=True, slots=True)
class SetPolicy:
    """Set what an update of the stack may do to which resources. ``statements`` are those of SetStackPolicy."""

    statements: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class PutSeeds:
    """Put items into tables that the stack has made."""

    seeds: tuple[Seed, ...]


@dataclass(frozen=True, slots=True)
class SyncFolder:
    """Upload the files of a folder into a bucket."""

    folder: SyncedFolder


@dataclass(frozen=True, slots=True)
class MapDomains:
    """Give names to the stack's APIs, in place of all that they had."""

    domains: tuple[CustomDomain, ...]


Step = (
    MakeStandIn | MakeBucket | Upload | Apply | ConfigureStage | Prune | SetPolicy | PutSeeds | SyncFolder | MapDomains
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a deployment will do to one stack."""

    stack_name: str
    steps: tuple[Step, ...]
    bucket: str | None = None
    """The deployment bucket that exists already; None when the stack makes it."""
