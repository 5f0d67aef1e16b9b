"""What functions, versions, aliases and layers are. Pure values."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from stratolite.core.arn import Arn, partition_of

LATEST = "$LATEST"


# Without slots: what is made of a name once is kept with it, as most names are of a few functions.
@dataclass(frozen=True)
class FunctionName:
    """A function as a caller named it; ``qualifier`` is empty when none was given."""

    account: str
    region: str
    name: str
    qualifier: str = ""

    def __hash__(self) -> int:
        return hash(self.qualified_arn)

    @cached_property
    def arn(self) -> str:
        """The ARN without a qualifier."""
        return f"arn:{partition_of(self.region)}:lambda:{self.region}:{self.account}:function:{self.name}"

    @cached_property
    def qualified_arn(self) -> str:
        """The ARN as it was named: with the qualifier if there was one."""
        return f"{self.arn}:{self.qualifier}" if self.qualifier else self.arn

    def with_qualifier(self, qualifier: str) -> "FunctionName":
        return FunctionName(self.account, self.region, self.name, qualifier)


@dataclass(frozen=True, slots=True)
class Function:
    """What belongs to a function as a whole."""

    name: FunctionName
    last_version: int
    reserved: int | None
    tags: Mapping[str, str]
    recursive_loop: str
    """``Allow`` or ``Terminate``."""


@dataclass(frozen=True, slots=True)
class Code:
    """A kept archive: base 64 of its SHA-256, its size, the blob that holds it."""

    sha256: str
    size_bytes: int
    blob: str


@dataclass(frozen=True, slots=True)
class UsedLayer:
    """A layer version as a function uses it."""

    arn: str
    code: Code


@dataclass(frozen=True, slots=True)
class Version:
    """``$LATEST`` (number 0) or a published version. ``settings`` have the names of the API."""

    name: FunctionName
    number: int
    settings: Mapping[str, Any]
    layers: tuple[UsedLayer, ...]
    code: Code
    revision_id: str
    modified_ms: int
    published: int = 0

    @property
    def label(self) -> str:
        return str(self.number) if self.number else LATEST


@dataclass(frozen=True, slots=True)
class Alias:
    """A name for one version, or for two with weights."""

    function: FunctionName
    name: str
    version: str
    description: str
    weights: Mapping[str, float]
    revision_id: str

    @property
    def arn(self) -> str:
        return f"{self.function.arn}:{self.name}"


@dataclass(frozen=True, slots=True)
class EventInvokeConfig:
    """What becomes of asynchronous invokes of a function (and qualifier); None where AWS's default holds."""

    name: FunctionName
    retries: int | None
    age_s: int | None
    modified_ms: int
    on_success: str = ""
    """ARN of what is told of events that were processed; empty for nothing."""
    on_failure: str = ""
    """ARN of what is told of events that were given up."""


@dataclass(frozen=True, slots=True)
class LayerVersion:
    """One version of a layer."""

    account: str
    region: str
    name: str
    number: int
    created_ms: int
    description: str
    license: str
    runtimes: tuple[str, ...]
    architectures: tuple[str, ...]
    code: Code

    @property
    def layer_arn(self) -> str:
        return str(Arn("lambda", self.region, self.account, f"layer:{self.name}", partition_of(self.region)))

    @property
    def arn(self) -> str:
        return f"{self.layer_arn}:{self.number}"
