"""Secrets and their versions. Times are wall time in milliseconds, 0 for never."""

from collections.abc import Mapping
from dataclasses import dataclass, field

CURRENT, PREVIOUS, PENDING = "AWSCURRENT", "AWSPREVIOUS", "AWSPENDING"


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

    @property
    def arn(self) -> str:
        return f"arn:aws:secretsmanager:{self.region}:{self.account}:secret:{self.name}-{self.suffix}"


@dataclass(frozen=True, slots=True)
class Version:
    """One value of a secret. Of ``text`` and ``binary`` (base 64) one is None."""

    id: str
    text: str | None
    binary: str | None
    created_ms: int
    stages: frozenset[str] = field(default_factory=frozenset)
    accessed_ms: int = 0

    @property
    def shown_stages(self) -> list[str]:
        return sorted(self.stages)
