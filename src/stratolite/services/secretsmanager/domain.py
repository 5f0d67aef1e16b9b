"""Secrets and their versions. Times are wall time in milliseconds, 0 for never."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CURRENT, PREVIOUS, PENDING = "AWSCURRENT", "AWSPREVIOUS", "AWSPENDING"


@dataclass(frozen=True, slots=True)
class Rotation:
    """How a secret is rotated, and what is under way."""

    function: str
    """ARN of the function that does it."""
    is_on: bool = True
    rules: Mapping[str, Any] = field(default_factory=dict)
    """RotationRules as they were set; empty: by hand alone."""
    days: int = 0
    """Between rotations by the rules, once there was one."""
    rotated_ms: int = 0
    """When the last one was complete."""
    until_ms: int = 0
    """The end of the window of the next one; it stays where it is until that has succeeded."""
    timer: int = 0
    """The delivery that begins the next one."""
    version: str = ""
    """The version that is on its way to be the current one; empty while nothing is under way."""
    token: str = field(default="", repr=False)
    """The RotationToken by which the function proves that it was asked to."""
    delivery: int = 0
    """The delivery that asks the function; another one has nothing to say."""
    step: int = 0
    """How many of its steps are done."""
    attempt: int = 0
    """In which attempt they were."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret without its values."""

    account: str
    region: str
    name: str
    suffix: str
    """Six characters that make its ARN its own, also when its name is used again."""
    created_ms: int
    changed_ms: int
    description: str = ""
    key_id: str = ""
    tags: Mapping[str, str] | None = None
    """None until a tag was first set."""
    policy: str = ""
    accessed_ms: int = 0
    deleted_ms: int = 0
    """When its deletion was asked for."""
    gone_ms: int = 0
    """When it will be deleted."""
    rotation: Rotation | None = None
    """None until it was first set."""

    @property
    def arn(self) -> str:
        return f"arn:aws:secretsmanager:{self.region}:{self.account}:secret:{self.name}-{self.suffix}"


@dataclass(frozen=True, slots=True)
class Version:
    """One value of a secret. Of ``text`` and ``binary`` (base 64) one is None; both while a rotation has not given it
    a value."""

    id: str
    text: str | None
    binary: str | None
    created_ms: int
    stages: frozenset[str] = field(default_factory=frozenset)
    accessed_ms: int = 0

    @property
    def is_empty(self) -> bool:
        return self.text is None and self.binary is None

    @property
    def shown_stages(self) -> list[str]:
        return sorted(self.stages)
