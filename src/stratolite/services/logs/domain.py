"""What groups, streams and events are, and where in a sequence of events one stands. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from stratolite.core.arn import Arn, partition_of

DAY_MS = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Group:
    """A log group. ``retention_days`` 0: events are kept for ever."""

    id: int
    account: str
    region: str
    name: str
    created_ms: int
    group_class: str
    kms_key_id: str
    is_protected: bool
    retention_days: int
    sweep_entry: int
    tags: Mapping[str, str]

    @property
    def arn(self) -> str:
        resource = f"log-group:{self.name}"
        return str(Arn("logs", self.region, self.account, resource, partition_of(self.region)))

    def oldest_ms(self, now_ms: int) -> int:
        """Events before this time have expired: they are gone for every reader, swept or not."""
        return now_ms - self.retention_days * DAY_MS if self.retention_days else 0


@dataclass(frozen=True, slots=True)
class Stream:
    """A log stream and the times of its events; None where it has none."""

    id: int
    group_id: int
    name: str
    created_ms: int
    first_event_ms: int | None
    last_event_ms: int | None
    last_ingestion_ms: int | None


class Place(NamedTuple):
    """Where an event stands among all events: ordered by time, then by arrival."""

    timestamp_ms: int
    batch_id: int
    position: int

    def digits(self) -> str:
        """56 digits, as event ids and tokens of AWS have."""
        return f"{self.timestamp_ms:020d}{self.batch_id:026d}{self.position:010d}"

    @staticmethod
    def parse(digits: str) -> "Place":
        """Raises ValueError when they are not 56 digits."""
        if len(digits) != 56 or not digits.isascii() or not digits.isdigit():
            raise ValueError(f"not a place: {digits!r}")
        return Place(int(digits[:20]), int(digits[20:46]), int(digits[46:]))


FIRST = Place(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Event:
    """One event as readers get it."""

    place: Place
    stream_id: int
    ingested_ms: int
    message: str

    @property
    def timestamp_ms(self) -> int:
        return self.place.timestamp_ms
