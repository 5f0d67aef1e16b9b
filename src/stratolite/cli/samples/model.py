"""What a sample event is: its kind, its settings, and where and when it happens."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from stratolite.core.errors import UserError

REQUEST_ID = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
ADDRESS = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when an event happens. ``now_ms``: wall time."""

    account: str
    region: str
    now_ms: int

    def arn(self, service: str, resource: str) -> str:
        """An ARN in this place."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    @property
    def iso(self) -> str:
        """``2026-01-02T03:04:05Z``."""
        return datetime.fromtimestamp(self.now_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def iso_ms(self) -> str:
        """``2026-01-02T03:04:05.678Z``."""
        return f"{self.iso[:-1]}.{self.now_ms % 1000:03d}Z"

    @property
    def common_log(self) -> str:
        """``02/Jan/2026:03:04:05 +0000``."""
        return datetime.fromtimestamp(self.now_ms // 1000, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")


Values = Mapping[str, str]
Make = Callable[[Place, Values], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Sample:
    """A kind of event: its settings with their defaults, and how it is made of them."""

    make: Make
    settings: Mapping[str, str]


def parsed(name: str, text: str) -> Any:
    """The value of a setting that is JSON. Raises UserError."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise UserError(f"the setting {name} is not JSON: {error}") from error
