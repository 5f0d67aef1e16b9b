"""What the clients of a simulated world know: what was acknowledged, what may have happened, and what they saw.

A request that a kill cut off *may* have happened. What is said here of the server's state is therefore said twice:
what is sure, and what is possible.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.sim.mappings import Mapped

DAY_S = 24 * 60 * 60


class Fate(Enum):
    """Whether something is so."""

    NO = auto()
    MAYBE = auto()
    YES = auto()


@dataclass(frozen=True)
class Queue:
    """A queue of the world, as it was made."""

    name: str
    dead: str = ""
    """Its dead-letter queue."""
    receives_max: int = 0
    visibility_s: int = 30
    retention_s: int = 4 * DAY_S

    @property
    def is_fifo(self) -> bool:
        return self.name.endswith(".fifo")


@dataclass
class Message:
    """One message in one queue; in its dead-letter queue it is another one."""

    id: str
    token: str
    sent_ms: int
    group: str = ""
    sequence: int = 0
    deduplication_id: str = ""
    receives: int = 0
    """The last receive count that was seen."""
    seen: int = 0
    """How many receives were answered."""
    lost_before: int = 0
    """How many receives of its queue had been cut off when it was seen last."""
    hidden_until_ms: int = 0
    handle: str = ""
    deleted: Fate = Fate.NO
    deleted_tick: int = 0


@dataclass(frozen=True)
class Receipt:
    """One message of one answer to ReceiveMessage."""

    id: str
    token: str
    handle: str
    receives: int
    sent_ms: int
    sequence: int
    group: str
    deduplication_id: str
    source: str
    """The queue from which it came to this one as a dead letter."""


@dataclass(frozen=True)
class Received:
    """An answer to ReceiveMessage."""

    queue: Queue
    began_tick: int
    now_ms: int
    visibility_s: int
    batch: tuple[Receipt, ...]


@dataclass
class Sending:
    """A message that a client sent."""

    token: str
    queue: Queue
    began_ms: int
    deduplication_id: str = ""
    accepted: Fate = Fate.MAYBE
    id: str = ""


@dataclass
class Subscription:
    """A topic's subscription: what it may accept."""

    endpoint: str
    dead: str
    state: Fate
    policies: list[Mapping[str, Any]]
    """Its filter policy; more than one when a change of it was cut off."""
    arn: str = ""


@dataclass
class Publish:
    """A message that a client published, and where it must and may arrive."""

    token: str
    must: dict[str, str]
    """Endpoints, and the dead-letter queue of each."""
    may: set[str]
    group: str = ""
    arns: dict[str, str] = field(default_factory=dict)
    """The subscriptions of the endpoints where it must arrive."""
    accepted: Fate = Fate.MAYBE
    sequence: int = 0
    """Its number among the messages of a FIFO topic."""


@dataclass
class Timer:
    """A schedule."""

    token: str
    target: str
    due_ms: int
    """When a one-time schedule is due; 0 for one that repeats."""
    dead: str = ""
    """Its dead-letter queue."""
    made: Fate = Fate.MAYBE
    deleted: Fate = Fate.NO


@dataclass
class Invoke:
    """An asynchronous invoke that a client asked for."""

    token: str
    function: str
    began_ms: int
    accepted: Fate = Fate.MAYBE


@dataclass
class Execution:
    """What became of one event (a request id): its executions in order, each with the number of the life it ran in."""

    function: str
    token: str
    outcomes: list[tuple[str, int]] = field(default_factory=list)

    def lives(self, outcome: str) -> list[int]:
        return [life for name, life in self.outcomes if name == outcome]


class History:
    """All that is known, as the clients learn it."""

    def __init__(self, queues: list[Queue], mapped: "Mapped") -> None:
        self.mapped = mapped
        """What is known of event source mappings."""
        self.queues = {queue.name: queue for queue in queues}
        self.messages: dict[str, dict[str, Message]] = {queue.name: {} for queue in queues}
        self.lost: Counter[str] = Counter()
        """How many receives of a queue were cut off."""
        self.sendings: dict[str, Sending] = {}
        self.subscriptions: dict[tuple[str, str], Subscription] = {}
        self.publishes: dict[str, Publish] = {}
        self.timers: dict[str, Timer] = {}
        self.invokes: dict[str, Invoke] = {}
        self.executions: dict[str, Execution] = {}
        self.arrived: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        """By token and place (a queue, or a function): the ids under which it came there."""
        self.deaths = 0
        self.tick = 0
        self.swept_ms = 0
        """When what clients had sent was received and deleted, before the clock was moved to what still waits."""
        self.left: list[str] = []
        """What waits in the outbox at the end."""
        self.faults: list[str] = []

    def received(self, answer: Received) -> None:
        """Messages were handed out."""
        queue = answer.queue
        for one in answer.batch:
            message = self.messages[queue.name].get(one.id)
            if message is None:
                message = self.messages[queue.name][one.id] = Message(one.id, one.token, one.sent_ms)
            message.sent_ms, message.group, message.sequence = one.sent_ms, one.group, one.sequence
            message.deduplication_id = one.deduplication_id
            message.receives, message.seen = one.receives, message.seen + 1
            message.lost_before, message.handle = self.lost[queue.name], one.handle
            message.hidden_until_ms = answer.now_ms + answer.visibility_s * 1000
            self.arrived[one.token][one.source or queue.name].add(one.id)

    def ran(self, function: str, request_id: str, token: str, outcome: str) -> None:
        """A function was executed, or was to be."""
        execution = self.executions.setdefault(request_id, Execution(function, token))
        execution.outcomes.append((outcome, self.deaths))
        if outcome == "begun":
            self.arrived[token][function].add(request_id)

    def is_held(self, queue: Queue, message: Message, now_ms: int) -> bool:
        """Whether the message's last handle surely still holds it."""
        return message.hidden_until_ms > now_ms and message.lost_before == self.lost[queue.name]

    def tokens(self) -> set[str]:
        """Every token that was ever given out."""
        return {*self.sendings, *self.publishes, *self.timers, *self.invokes}
