"""The settings: one declaration for development, staging and production.

What is missing is named at start, all at once; what is secret is never printed.
"""

import os
from dataclasses import dataclass

from stratolite_patterns.settings import Reloading, Secret, env, secret, staged

STAGES = ("dev", "staging", "production")
KEYS = os.environ.get("KEYS", "community-keys")


@dataclass(frozen=True)
class Settings:
    """What differs from stage to stage."""

    token_s: int = staged(default=3600, dev=12 * 3600)
    """How long a login is good for."""
    profile_s: int = staged(default=300, dev=30)
    """How long a profile is kept in the cache."""
    redis: str = env("REDIS", default="")
    redis_port: int = env("REDIS_PORT", default=6379)


@dataclass(frozen=True)
class Keys:
    """What nobody may see. Only functions whose role may read the secret ask for it."""

    signing_key: Secret[str] = secret(KEYS, field="signing_key", env="SIGNING_KEY")
    """Signs the tokens of the API, and the tokens of pages."""


settings = Reloading(Settings, stages=STAGES)
keys = Reloading(Keys, stages=STAGES)
