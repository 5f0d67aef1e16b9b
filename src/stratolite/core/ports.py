"""How services meet without knowing each other.

A service that offers something to others implements one of these protocols in its ``port.py``; the composition
root puts it into ``Ports``. Methods that are plain functions run inside the caller's transaction, so that a
state change and what it causes commit together (law 2). Coroutines wait for something and open their own.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from stratolite.core.call import Call
from stratolite.core.errors import NotImplementedHere
from stratolite.core.metering import Derive, Event, Meter, Tally


class FunctionResult(Protocol):
    """What a synchronous invoke gave. ``error`` is empty, ``Handled`` or ``Unhandled``."""

    payload: bytes
    error: str


@dataclass(frozen=True, slots=True)
class Debugged:
    """A function that waits for a debugger. ``language``: ``python`` or ``node``."""

    name: str
    language: str
    root: str
    """The folder that its code runs from."""
    port: int
    """Where it waits, on 127.0.0.1."""


class FunctionStream(Protocol):
    """What a function answers, as it comes."""

    async def read(self) -> bytes:
        """All that has come since the last time, as soon as there is any; empty at the end."""

    def abandon(self) -> None:
        """Nobody reads on: the function must not wait for that."""

    async def has_failed(self) -> bool:
        """Wait for the function's end: whether it failed after it had begun to answer."""


class FunctionPort(Protocol):
    """Lambda functions, as other services invoke them. ``function``: ARN, with or without qualifier."""

    def invoke(self, call: Call, function: str, payload: bytes, timeout_s: float | None) -> Awaitable[FunctionResult]:
        """Invoke and wait, at most ``timeout_s`` unless a debugger holds the function up (None: as long as it may run).

        Raises TimeoutError then, while the function works on, and the service's AwsErrors (not found, throttled ...),
        now or when awaited.
        """

    async def stream(self, call: Call, function: str, payload: bytes, timeout_s: float) -> FunctionStream | None:
        """Invoke and wait, at most ``timeout_s``, until the function begins to answer; None when it failed before.

        Raises TimeoutError then, while the function works on, and the service's AwsErrors.
        """

    def invoke_later(self, call: Call, function: str, payload: bytes, *, source: str) -> str:
        """Accept an asynchronous invoke in the current transaction; its request id. ``source``: ARN of the cause."""

    async def settled(self, function: str) -> None:
        """Wait until what is provisioned for a function is there, or has failed; ``function`` is an ARN."""

    def exists(self, function: str) -> bool:
        """Whether there is such a function (and qualifier)."""

    async def debug(self, function: str, port: int | None) -> Debugged:
        """Have a function (an ARN) wait for a debugger from its next invocation on, at a port or at its language's
        usual one; with 0, no more."""

    async def prepare(self, runtime: str) -> None:
        """Start what functions of a runtime begin from, ahead of the first; one that does not start is told of then."""


class QueuePort(Protocol):
    """SQS queues, as other services send to them."""

    def send(
        self,
        call: Call,
        queue_arn: str,
        body: str,
        *,
        attributes: Mapping[str, Any] = ...,
        group_id: str = "",
        deduplication_id: str = "",
    ) -> str:
        """Send in the current transaction; the message id. ``attributes``: MessageAttributes as SQS has them."""

    def exists(self, queue_arn: str) -> bool:
        """Whether there is such a queue."""

    def attributes(self, queue_arn: str) -> Mapping[str, str] | None:
        """The queue's attributes as GetQueueAttributes names them; None when there is no such queue."""

    def receive(
        self, call: Call, queue_arn: str, count: int, *, visibility_s: int | None = None
    ) -> Sequence[Mapping[str, Any]]:
        """Take up to ``count`` messages in the current transaction, with all their attributes, as ReceiveMessage gives
        them. ``count`` may be over its 10. Raises QueueDoesNotExist."""

    def delete(self, call: Call, queue_arn: str, handles: Sequence[str]) -> None:
        """Delete received messages in the current transaction."""

    def release(self, call: Call, queue_arn: str, handles: Sequence[str], visibility_s: int) -> None:
        """Let received messages be seen again after some time, in the current transaction."""

    def receivable_ms(self, queue_arn: str, now_ms: int) -> int | None:
        """When the next message can be received (wall time, ms): now or earlier, later, or None: none waits."""

    def watch(self, queue_arn: str, wake: Callable[[], None]) -> Callable[[], None]:
        """Call ``wake`` after each commit that may have made something receivable; call what is returned to stop."""


class TopicPort(Protocol):
    """SNS topics, as other services publish to them."""

    def publish(
        self,
        call: Call,
        topic_arn: str,
        message: str,
        *,
        subject: str = "",
        attributes: Mapping[str, Any] = ...,
    ) -> str:
        """Publish in the current transaction; the message id."""


class EventPort(Protocol):
    """EventBridge, as services tell it of themselves."""

    def put(
        self, call: Call, source: str, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str] = ...
    ) -> str:
        """Put an event on the default bus of the call's namespace in the current transaction; its id."""


class MessagePort(Protocol):
    """E-mails and text messages, which are kept instead of being sent."""

    def captured(self, recipient: str = "", limit: int = ...) -> list[dict[str, Any]]:
        """The latest messages in the order in which they were sent; to one address or number unless that is empty."""

    def capture(
        self, call: Call, protocol: str, sender: str, recipient: str, subject: str, body: str, message_id: str
    ) -> None:
        """Keep a message of another service's, in the current transaction. ``protocol``: ``email`` or ``sms``."""

    def reply(self, phone_number: str, text: str) -> bool:
        """What the owner of a phone number answers to those who wrote; whether it is a word that stops messages."""


class ObjectPort(Protocol):
    """S3 objects, as other services read and write them."""

    def read(self, call: Call, bucket: str, key: str, version_id: str = "") -> bytes:
        """The bytes of an object. Raises S3's NoSuchBucket, NoSuchKey, NoSuchVersion."""


@dataclass(frozen=True, slots=True)
class Stream:
    """The changes of a table, from when they were first captured until they no longer are."""

    arn: str
    label: str
    table_name: str
    view: str
    """``KEYS_ONLY``, ``NEW_IMAGE``, ``OLD_IMAGE`` or ``NEW_AND_OLD_IMAGES``."""
    is_enabled: bool
    created_ms: int
    key_schema: Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Shard:
    """A part of a stream in which records are in order."""

    shard_id: str
    parent_id: str = ""
    adjacent_parent_id: str = ""
    """The other one of two that were merged."""
    is_open: bool = True
    """Whether further records may come."""
    first: str = ""
    """The sequence number from which on its records are."""
    last: str = ""
    """That up to which they are, once it is closed."""


@dataclass(frozen=True, slots=True)
class StreamRecord:
    """A change of a table, as the streams API gives it, in its JSON form; or a record of Kinesis, as its API does."""

    sequence_number: str
    """Decimal digits, increasing in a shard, of one length in all shards of a stream."""
    created_ms: int
    record: Mapping[str, Any]


class StreamPort(Protocol):
    """DynamoDB streams, as other services read them. A stream that is not there has no shards and no records."""

    def exists(self, stream_arn: str) -> bool:
        """Whether there is such a stream, on or off."""

    def describe(self, stream_arn: str) -> Stream | None:
        """The stream, on or off; None when there is none, or none any more."""

    def streams(self, call: Call, table_name: str, after_arn: str, limit: int) -> Sequence[Stream]:
        """Streams of the caller's namespace in order, of one table unless ``table_name`` is empty."""

    def shards(self, stream_arn: str) -> Sequence[Shard]:
        """The shards of which records may be kept, parents before their children."""

    def read(
        self, stream_arn: str, shard_id: str, after: str, limit: int, *, size_bytes_max: int = ...
    ) -> Sequence[StreamRecord]:
        """Records after a sequence number, oldest first; from the oldest that is kept when ``after`` is empty.

        Stops before ``size_bytes_max`` in all, though never before the first record."""

    def latest(self, stream_arn: str, shard_id: str, before_ms: int | None = None) -> str:
        """The sequence number after which everything is new; empty when there is no such shard. ``before_ms``: after
        which everything is as new as that."""

    def trimmed(self, stream_arn: str) -> str:
        """The sequence number up to which no records are kept any more; empty while all are."""

    def watch(self, stream_arn: str, wake: Callable[[], None]) -> Callable[[], None]:
        """Call ``wake`` after each commit that added records or closed a shard; call what is returned to stop."""


class KinesisPort(Protocol):
    """Kinesis data streams, by their ARN or that of a consumer, as other services read and write them. A stream that is
    not there has no shards and no records; reading is as with ``StreamPort``."""

    def exists(self, stream_arn: str) -> bool:
        """Whether there is such a stream or consumer."""

    def retention_ms(self, stream_arn: str) -> int:
        """For how long a stream keeps records; 0 when there is none."""

    def put(self, call: Call, stream_arn: str, partition_key: str, data: bytes) -> None:
        """Add a record in the current transaction. Raises PutRecord's AwsErrors."""

    def shards(self, stream_arn: str) -> Sequence[Shard]:
        """The shards of which records may be kept, parents before their children."""

    def read(
        self, stream_arn: str, shard_id: str, after: str, limit: int, *, size_bytes_max: int = ...
    ) -> Sequence[StreamRecord]:
        """Records after a sequence number, oldest first; from the oldest that is kept when ``after`` is empty."""

    def latest(self, stream_arn: str, shard_id: str, before_ms: int | None = None) -> str:
        """The sequence number after which everything is new, or as new as ``before_ms``; empty: no such shard."""

    def watch(self, stream_arn: str, wake: Callable[[], None]) -> Callable[[], None]:
        """Call ``wake`` after each commit that changed the stream; call what is returned to stop."""


class LogPort(Protocol):
    """CloudWatch Logs, as services write to it."""

    def append(self, call: Call, group: str, stream: str, events: Sequence[tuple[int, str]]) -> None:
        """Append (milliseconds, message) events in the current transaction; makes group and stream."""

    def hold(self, call: Call, group: str, stream: str, events: Sequence[tuple[int, str]]) -> None:
        """Take events that need not be durable at once: written with others, soon, and before anyone reads."""

    def collect(self, hand_over: Callable[[], None]) -> None:
        """Before anyone reads, ask for events that somebody still has: they are held then."""

    async def flush(self) -> None:
        """Write what is held."""

    def watch(self, see: Callable[[Call, str, Sequence[tuple[int, str]]], None]) -> None:
        """From now on, tell of the events that services write: the call, the group, the events."""


class MetricSeries(Protocol):
    """One metric, bound once so that adding to it costs well under a microsecond."""

    def add(self, value: float, count: int = ...) -> None:
        """Add a value, which was ``count`` times, at this moment. May be called anywhere, in a transaction or not."""


class MetricPort(Protocol):
    """CloudWatch metrics, as services publish about themselves: counted in memory (``core/metering.py``), written about
    once a second of the clock and before anyone reads; a ``kill -9`` may lose the last second."""

    def series(
        self, call: Call, namespace: str, name: str, dimensions: Mapping[str, str], unit: str = ...
    ) -> MetricSeries:
        """The series of a metric in the call's account and region; get it once and keep it. ``unit``: ``Count``,
        ``Milliseconds`` ... as CloudWatch has them, ``None`` unless given."""

    def shared(
        self, call: Call, namespace: str, name: str, sets: Sequence[Mapping[str, str]], unit: str = ...
    ) -> MetricSeries:
        """One series for a metric's several sets of dimensions, which have all values in common."""

    def tally(self, derive: Derive[Event]) -> Tally[Event]:
        """A tally of events that several metrics are derived from, for where even two additions would be dear."""

    def count(
        self, call: Call, namespace: str, name: str, dimensions: Mapping[str, str], value: float, unit: str = ...
    ) -> None:
        """Add one value to a metric, for those who seldom do (about two microseconds)."""

    def collect(self, hand_over: Callable[[], None]) -> None:
        """Before anyone reads metrics, have somebody hand over, in a transaction, what will be some: held log lines."""


AlarmWatcher = Callable[[Call, str, str, str, str], None]
"""Is told of an alarm that changed its state: the call (its time, account and region), the alarm's name, the old state,
the new one, the reason."""


HintWatcher = Callable[[str], None]
"""Is told what may help a person to understand a call that failed."""


class MeteredPort(Protocol):
    """CloudWatch, as the composition root has it keep what was counted."""

    async def flush(self) -> None:
        """Write what was counted until now."""


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


@dataclass(frozen=True, slots=True)
class Connected:
    """A client of a WebSocket API."""

    account: str
    """Whose API it is."""
    source_ip: str
    user_agent: str
    connected_ms: int
    active_ms: int
    """When something last came from it or went to it."""


class ConnectionPort(Protocol):
    """The clients of WebSocket APIs, by the ids of their connections. Nothing of it is in a transaction: a client that
    has been told something has been told it."""

    def find(self, connection_id: str) -> Connected | None:
        """Who is connected; None for somebody who is gone, or not there yet."""

    def send(self, connection_id: str, text: str) -> bool:
        """Send a message to somebody who is connected; False while he takes none of what was sent before."""

    def close(self, connection_id: str) -> None:
        """End the connection of somebody who is connected."""


class CachePort(Protocol):
    """ElastiCache's caches, as CloudFormation waits for them."""

    async def settled(self, cache: str) -> None:
        """Wait until the server of a cache serves, or cannot: ``replicationgroup:<name>``, as the end of its ARN."""


class StackPort(Protocol):
    """What ``up`` asks of CloudFormation beyond its public operations."""

    def allow_stand_ins(self, call: Call, stack_name: str) -> None:
        """Let a stack have resources that have no effect here, from its next operation on. Holds as long as the
        process, and for the life of a stack that was deployed meanwhile."""


@dataclass
class Ports:
    """What each service offers to the others, wired in ``server/app.py``; loads the offering service on first use."""

    find: Callable[[str], Any]
    """Gives the implementation of a port by name, or None when no service here offers it."""
    metric: MetricPort = field(default_factory=Meter)
    """There without CloudWatch being loaded."""
    alarm_watchers: list[AlarmWatcher] = field(default_factory=list)
    """Who is told of alarms, after the commit."""
    hint_watchers: list[HintWatcher] = field(default_factory=list)
    """Who is told of hints (``server/hints.py``)."""
    _found: dict[str, Any] = field(default_factory=dict)

    def _port(self, name: str) -> Any:
        if name not in self._found:
            self._found[name] = self.find(name)
        port = self._found[name]
        if port is None:
            raise NotImplementedHere(f"No service of this version of Stratolite offers a {name}.")
        return port

    def offers(self, name: str) -> bool:
        """Whether some service here offers this port (``function``, ``queue``, ``topic`` ...)."""
        if name not in self._found:
            self._found[name] = self.find(name)
        return self._found[name] is not None

    @property
    def function(self) -> FunctionPort:
        port: FunctionPort = self._port("function")
        return port

    @property
    def queue(self) -> QueuePort:
        port: QueuePort = self._port("queue")
        return port

    @property
    def topic(self) -> TopicPort:
        port: TopicPort = self._port("topic")
        return port

    @property
    def event(self) -> EventPort:
        port: EventPort = self._port("event")
        return port

    @property
    def messages(self) -> MessagePort:
        port: MessagePort = self._port("messages")
        return port

    @property
    def stack(self) -> StackPort:
        port: StackPort = self._port("stack")
        return port

    @property
    def access_key(self) -> AccessKeyPort:
        port: AccessKeyPort = self._port("access_key")
        return port

    @property
    def connection(self) -> ConnectionPort:
        port: ConnectionPort = self._port("connection")
        return port

    @property
    def cache(self) -> CachePort:
        port: CachePort = self._port("cache")
        return port

    @property
    def object(self) -> ObjectPort:
        port: ObjectPort = self._port("object")
        return port

    @property
    def stream(self) -> StreamPort:
        port: StreamPort = self._port("stream")
        return port

    @property
    def kinesis(self) -> KinesisPort:
        port: KinesisPort = self._port("kinesis")
        return port

    @property
    def log(self) -> LogPort:
        port: LogPort = self._port("log")
        return port

    @property
    def identity(self) -> IdentityPort:
        port: IdentityPort = self._port("identity")
        return port

    @property
    def metered(self) -> MeteredPort:
        port: MeteredPort = self._port("metered")
        return port
