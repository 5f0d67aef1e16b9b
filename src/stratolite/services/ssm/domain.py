"""A parameter in one of its versions."""

from dataclasses import dataclass, field
from typing import Any

SECURE = "SecureString"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One version. Names are in the namespace of an account and region."""

    account: str
    region: str
    name: str
    version: int
    type: str
    """``String``, ``StringList`` or ``SecureString``."""
    value: str
    tier: str = "Standard"
    data_type: str = "text"
    description: str = ""
    key_id: str = ""
    allowed_pattern: str = ""
    modified_ms: int = 0
    modified_by: str = ""
    """ARN of whoever made the version."""
    labels: tuple[str, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)
    """Of the parameter, whichever version this is."""

    @property
    def arn(self) -> str:
        return f"arn:aws:ssm:{self.region}:{self.account}:parameter/{self.name.removeprefix('/')}"

    def body(self) -> dict[str, Any]:
        """What is kept of a version beside its key and labels."""
        return {
            "type": self.type,
            "value": self.value,
            "tier": self.tier,
            "data_type": self.data_type,
            "description": self.description,
            "key_id": self.key_id,
            "allowed_pattern": self.allowed_pattern,
            "modified_ms": self.modified_ms,
            "modified_by": self.modified_by,
        }
