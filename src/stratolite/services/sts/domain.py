"""A session: temporary credentials, and whom they stand for."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Session:
    """Credentials that were issued."""

    access_key_id: str
    account: str
    principal: str
    """ARN of the caller that the credentials make: an assumed role, or the account's root."""
    user_id: str
    secret_access_key: str
    session_token: str
    is_role: bool
    expires_ms: int
    tags: Mapping[str, str] = field(default_factory=dict)
    transitive_tag_keys: tuple[str, ...] = ()
    source_identity: str = ""
