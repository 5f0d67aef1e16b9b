"""Buses, rules, targets, archives, replays, connections and API destinations as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DEFAULT = "default"
ENABLED = "ENABLED"
STATES_ENABLED = (ENABLED, "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS")


@dataclass(frozen=True, slots=True)
class Bus:
    """An event bus. ``settings``: KmsKeyIdentifier, DeadLetterConfig and LogConfig as they were set."""

    arn: str
    account: str
    region: str
    name: str
    description: str
    settings: Mapping[str, Any]
    statements: tuple[Mapping[str, Any], ...]
    """The statements of its policy."""
    tags: Mapping[str, str]
    created_ms: int
    modified_ms: int
    version: int = 0
    """Changes with every change of what events of the bus are compared with."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule. ``pattern`` and ``schedule`` are empty when it has none."""

    arn: str
    bus_arn: str
    name: str
    pattern: str
    schedule: str
    state: str
    description: str
    role_arn: str
    created_by: str
    tags: Mapping[str, str]
    scheduled_ms: int = 0
    """From when a rate counts."""
    tick: int = 0
    """The id of the outbox row that fires it next; 0 when there is none."""

    @property
    def is_enabled(self) -> bool:
        return self.state in STATES_ENABLED


@dataclass(frozen=True, slots=True)
class Target:
    """A target of a rule. ``settings`` is the request's ``Target``, Id and Arn included."""

    rule_arn: str
    settings: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.settings["Id"])

    @property
    def arn(self) -> str:
        return str(self.settings["Arn"])


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive of a bus. ``retention_days`` 0: for ever."""

    arn: str
    account: str
    region: str
    name: str
    bus_arn: str
    description: str
    pattern: str
    retention_days: int
    kms_key: str
    created_ms: int
    events: int = 0
    size_bytes: int = 0
    expiry: int = 0
    """The id of the outbox row that forgets its oldest events; 0 when there is none."""


@dataclass(frozen=True, slots=True)
class Replay:
    """A replay of an archive's events of a span of time, in steps: ``last_ms`` and ``last_id`` say how far it is."""

    arn: str
    account: str
    region: str
    name: str
    archive_arn: str
    bus_arn: str
    description: str
    filters: tuple[str, ...]
    """ARNs of the rules to which alone events are given; empty: all."""
    from_ms: int
    until_ms: int
    state: str
    started_ms: int
    ended_ms: int = 0
    last_ms: int = 0
    last_id: int = 0


@dataclass(frozen=True, slots=True)
class Connection:
    """How API destinations authorize. ``parameters`` are AuthParameters, secrets included."""

    arn: str
    account: str
    region: str
    name: str
    description: str
    kind: str
    """``BASIC`` or ``API_KEY``."""
    parameters: Mapping[str, Any]
    secret_arn: str
    kms_key: str
    state: str
    created_ms: int
    modified_ms: int
    authorized_ms: int


@dataclass(frozen=True, slots=True)
class Destination:
    """An API destination: an HTTP endpoint and the connection that authorizes calls to it."""

    arn: str
    account: str
    region: str
    name: str
    description: str
    connection_arn: str
    endpoint: str
    method: str
    rate_limit: int
    """Calls per second."""
    created_ms: int
    modified_ms: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one outbox row delivers: an event, as one target of one rule gets it."""

    rule_arn: str
    target: Mapping[str, Any]
    event: str
    """The event's JSON, which a dead-letter queue gets."""
    input: str
    """What the target gets; empty: the event."""
    refused: str = ""
    """Why nothing can be made of the event for this target, if so."""

    @property
    def body(self) -> str:
        """What the target gets."""
        return self.input or self.event
