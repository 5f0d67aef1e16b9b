"""Whose an access key is: STS's temporary ones, IAM's permanent ones."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom temporary credentials stand for."""

    account: str
    principal: str
    """ARN of the assumed role session."""
    expires_ms: int
    user_id: str = ""
    secret_access_key: str = field(default="", repr=False)
    session_token: str = field(default="", repr=False)


class IdentityPort(Protocol):
    """STS credentials, as the pipeline reads them."""

    def resolve(self, access_key_id: str) -> Identity | None:
        """Whom a temporary access key stands for, or stood for until it expired; None when it is unknown."""


@dataclass(frozen=True, slots=True)
class KeyOwner:
    """Whose a permanent access key is."""

    account: str
    principal: str
    """ARN of the user."""
    user_id: str


class AccessKeyPort(Protocol):
    """IAM's access keys of users, as the pipeline reads them."""

    def owner(self, access_key_id: str) -> KeyOwner | None:
        """Whose an active access key is; None when nobody here has it."""
