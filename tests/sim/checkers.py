"""What must never happen, one small class each.

A checker sees every answer to ReceiveMessage before the history takes it in (``received``), and the whole history at
the end, when every queue was emptied and the clock moved until the outbox was empty (``ended``).
"""

from collections import defaultdict
from collections.abc import Iterator

from tests.sim.history import Fate, History, Invoke, Message, Queue, Receipt, Received, Sending

DEDUPLICATION_MS = 5 * 60 * 1000
RETRIES = {"good": 2, "flaky": 2, "bad": 1, "teller": 1}
"""How often a failed event of a function is tried again."""
FUNCTION_DEAD = "functions-dead"
"""The dead-letter queue of ``bad``."""
FUNCTION_TOLD = "told-dead"
"""The destination of ``teller``, for success and for failure."""
EVENT_AGE_MS_MAX = 6 * 60 * 60 * 1000


class Violation(AssertionError):
    """Something happened that must never happen."""


class Checker:
    """Sees what clients see; raises Violation."""

    def received(self, history: History, answer: Received) -> None:
        """Messages were handed out; the history does not know yet."""

    def ended(self, history: History) -> None:
        """Everything is over."""

    def require(self, holds: bool, what: str) -> None:
        if not holds:
            raise Violation(f"{type(self).__name__}: {what}")


class Visibility(Checker):
    """A message that was handed out is not handed out again before its visibility time-out is over."""

    def received(self, history: History, answer: Received) -> None:
        for one, message in known(history, answer):
            self.require(
                message.hidden_until_ms <= answer.now_ms,
                f"{one.token} is hidden for {message.hidden_until_ms - answer.now_ms} ms more in {answer.queue.name}",
            )


class Deletion(Checker):
    """A message that was deleted is not handed out again."""

    def received(self, history: History, answer: Received) -> None:
        for one, message in known(history, answer):
            is_gone = message.deleted is Fate.YES and message.deleted_tick < answer.began_tick
            self.require(not is_gone, f"{one.token} was deleted from {answer.queue.name}")


class ReceiveCount(Checker):
    """Receive counts grow by one with each receive, and by at most one with each receive that was cut off."""

    def received(self, history: History, answer: Received) -> None:
        lost = history.lost[answer.queue.name]
        for one in answer.batch:
            message = history.messages[answer.queue.name].get(one.id)
            before = message.receives if message is not None else 0
            if message is None and one.source:
                before = history.queues[one.source].receives_max
            more = lost - (message.lost_before if message is not None else 0)
            self.require(
                before + 1 <= one.receives <= before + 1 + more,
                f"{one.token} in {answer.queue.name} has count {one.receives} after {before} (and {more} cut off)",
            )


class DeadLetters(Checker):
    """A message goes to the dead-letter queue after exactly maxReceiveCount receives, and only from its own queue."""

    def received(self, history: History, answer: Received) -> None:
        queue = answer.queue
        for one in answer.batch:
            if queue.receives_max:
                self.require(
                    one.receives <= queue.receives_max,
                    f"{one.token} was received {one.receives} times from {queue.name}",
                )
            if one.source and one.id not in history.messages[queue.name]:
                self._arrived(history, queue, one)

    def _arrived(self, history: History, queue: Queue, one: Receipt) -> None:
        source = history.queues[one.source]
        self.require(source.dead == queue.name, f"{one.token} came to {queue.name} from {source.name}")
        message = history.messages[source.name].get(one.id)
        seen = message.seen if message is not None else 0
        lost = history.lost[source.name]
        self.require(
            seen <= source.receives_max <= seen + lost,
            f"{one.token} is dead after {seen} receives (and {lost} cut off), not {source.receives_max}",
        )


class GroupOrder(Checker):
    """Within a group of a FIFO queue, a message is handed out when every earlier one is gone or in the same answer.

    So one in flight holds back those behind it, and not those before it, which may be visible again:
    https://github.com/localstack/localstack/blob/main/tests/aws/services/sqs/test_sqs.py, validated against AWS in
    ``test_fifo_message_group_visibility_after_terminate_visibility_timeout``.
    """

    def received(self, history: History, answer: Received) -> None:
        if not answer.queue.is_fifo:
            return
        batch = [one.id for one in answer.batch]
        for place, one in enumerate(answer.batch):
            for other in history.messages[answer.queue.name].values():
                if other.group != one.group or other.id in batch[:place] or other.id == one.id:
                    continue
                is_left = not may_be_gone(history, answer.queue, other, answer.now_ms)
                is_earlier = 0 < other.sequence < one.sequence
                self.require(not (is_earlier and is_left), f"{one.token} overtook {other.token} in {one.group}")
        sequences = defaultdict(list)
        for one in answer.batch:
            sequences[one.group].append(one.sequence)
        for group, given in sequences.items():
            self.require(given == sorted(given), f"{group} came in the order {given}")


class Retention(Checker):
    """A message past its retention is not handed out."""

    def received(self, history: History, answer: Received) -> None:
        for one in answer.batch:
            age_s = (answer.now_ms - one.sent_ms) / 1000
            self.require(age_s < answer.queue.retention_s, f"{one.token} is {age_s} s old")


class Deduplication(Checker):
    """Two messages of a FIFO queue with one deduplication id were sent at least five minutes apart."""

    def __init__(self) -> None:
        self._sent: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(dict)

    def received(self, history: History, answer: Received) -> None:
        for one in answer.batch:
            if not answer.queue.is_fifo or one.source:
                continue
            sent = self._sent[answer.queue.name, one.deduplication_id]
            for other_id, other_ms in sent.items():
                apart_ms = abs(other_ms - one.sent_ms)
                self.require(
                    other_id == one.id or apart_ms >= DEDUPLICATION_MS,
                    f"{one.token} came twice, sent {apart_ms} ms apart",
                )
            sent[one.id] = one.sent_ms

    def ended(self, history: History) -> None:
        accepted: defaultdict[tuple[str, str], list[Sending]] = defaultdict(list)
        for sending in history.sendings.values():
            if sending.deduplication_id:
                accepted[sending.queue.name, sending.deduplication_id].append(sending)
        for sendings in accepted.values():
            if any(sending.accepted is not Fate.YES for sending in sendings):
                continue
            first = sendings[0]
            for sending in sendings:
                is_same, apart_ms = sending.id == first.id, sending.began_ms - first.began_ms
                self.require(is_same == (apart_ms < DEDUPLICATION_MS), f"{sending.token}, {apart_ms} ms after its twin")
                first = first if is_same else sending


class NothingInvented(Checker):
    """What arrives was sent, to the place where it arrives."""

    def received(self, history: History, answer: Received) -> None:
        tokens = history.tokens()
        for one in answer.batch:
            self.require(one.token in tokens, f"{one.token} was never sent")
            sending = history.sendings.get(one.token)
            place = one.source or answer.queue.name
            self.require(sending is None or sending.queue.name == place, f"{one.token} came to {place}")


class KeptUntilDeleted(Checker):
    """An acknowledged message is received, again and again, until it is deleted or past its retention."""

    def ended(self, history: History) -> None:
        for sending in history.sendings.values():
            if sending.accepted is not Fate.YES:
                continue
            places = [sending.queue, *([history.queues[sending.queue.dead]] if sending.queue.dead else [])]
            found = [history.messages[place.name].get(sending.id) for place in places]
            is_deleted = any(message is not None and message.deleted is not Fate.NO for message in found)
            self.require(
                is_deleted or history.swept_ms >= sending.began_ms + sending.queue.retention_s * 1000,
                f"{sending.token} was acknowledged by {sending.queue.name} and lost",
            )


class Published(Checker):
    """An acknowledged publish reaches every subscription that accepts it, or its dead-letter queue; and no other."""

    def ended(self, history: History) -> None:
        for publish in history.publishes.values():
            places = history.arrived[publish.token]
            for place in places:
                is_burial = place == FUNCTION_DEAD and "bad" in publish.may
                self.require(place in publish.may or is_burial, f"{publish.token} came to {place}, which refuses it")
            if publish.accepted is Fate.YES:
                for endpoint, dead in publish.must.items():
                    self.require(
                        endpoint in places or dead in places,
                        f"{publish.token} was published and never came to {endpoint}",
                    )


class TopicOrder(Checker):
    """What a FIFO topic sends to a FIFO queue comes in the order in which it was published, group by group, however
    often an earlier message has to be tried again."""

    def ended(self, history: History) -> None:
        sequences = {
            (queue.name, message.token): message.sequence
            for queue in history.queues.values()
            if queue.is_fifo
            for message in history.messages[queue.name].values()
        }
        last: dict[tuple[str, str], tuple[int, str]] = {}
        for publish in sorted(history.publishes.values(), key=lambda publish: publish.sequence):
            for endpoint, arn in publish.arns.items() if publish.sequence else ():
                came = sequences.get((endpoint, publish.token))
                if came is not None:
                    before, other = last.get((arn, publish.group), (0, ""))
                    self.require(before < came, f"{publish.token} overtook {other} on its way to {endpoint}")
                    last[arn, publish.group] = came, publish.token


class OncePerCause(Checker):
    """Nothing comes twice to one place without cause: one message, or one event, for each publish, timer or invoke."""

    def ended(self, history: History) -> None:
        for token in {*history.publishes, *history.invokes, *(t.token for t in history.timers.values() if t.due_ms)}:
            for place, ids in history.arrived[token].items():
                self.require(len(ids) <= 1, f"{token} came to {place} {len(ids)} times")


class Executions(Checker):
    """An accepted event runs at least once, and at most 1 + retries times and never after a success, kills apart.

    One that fails as often goes to its function's dead-letter queue.
    """

    def ended(self, history: History) -> None:
        for execution in history.executions.values():
            begun, well = execution.lives("begun"), execution.lives("ok")
            times = 1 + RETRIES[execution.function]
            deaths = begun[-1] - begun[0] if begun else 0
            self.require(len(begun) <= times + deaths, f"{execution.token} ran {len(begun)} times in {execution}")
            if well:
                self.require(begun[-1] <= well[0] + deaths, f"{execution.token} ran after its success")
                again = [life for life in begun if life == well[0]]
                self.require(again.count(well[0]) <= times, f"{execution.token} ran after its success")
            if execution.function == "bad" and begun:
                places = history.arrived[execution.token]
                self.require(FUNCTION_DEAD in places, f"{execution.token} failed and is not in {FUNCTION_DEAD}")
        for invoke in history.invokes.values():
            if invoke.accepted is Fate.YES:
                self._ran(history, invoke)

    def _ran(self, history: History, invoke: Invoke) -> None:
        places = history.arrived[invoke.token]
        throttled = any(
            execution.lives("throttled") for execution in history.executions.values() if execution.token == invoke.token
        )
        is_over = throttled and history.swept_ms - invoke.began_ms > EVENT_AGE_MS_MAX
        self.require(invoke.function in places or is_over, f"{invoke.token} was accepted and never ran")


class Endings(Checker):
    """However an accepted event of ``teller`` ends, its destination is told so: once, whatever is killed."""

    def ended(self, history: History) -> None:
        for invoke in history.invokes.values():
            if invoke.function == "teller":
                told = len(history.arrived[invoke.token].get(FUNCTION_TOLD, ()))
                self.require(told <= 1, f"{FUNCTION_TOLD} was told {told} times of {invoke.token}")
                self.require(
                    told == 1 or invoke.accepted is not Fate.YES, f"{FUNCTION_TOLD} was not told of {invoke.token}"
                )


class Timers(Checker):
    """A one-time schedule comes to its target or its dead-letter queue, and not before its time."""

    def received(self, history: History, answer: Received) -> None:
        for one in answer.batch:
            timer = history.timers.get(one.token)
            if timer is not None:
                early_ms = timer.due_ms - answer.now_ms
                self.require(early_ms <= 0, f"{one.token} came {early_ms} ms before its time")

    def ended(self, history: History) -> None:
        for timer in history.timers.values():
            places = set(history.arrived[timer.token])
            self.require(places <= {timer.target, timer.dead}, f"{timer.token} came to {places}")
            if timer.due_ms and timer.made is Fate.YES and timer.deleted is Fate.NO:
                self.require(len(places) == 1, f"{timer.token} came to {places or 'no place'}")


class NothingLeft(Checker):
    """Nothing waits in the outbox when everything is drained and the clock has been moved, and nothing of the server's
    own failed."""

    def ended(self, history: History) -> None:
        self.require(not history.left, f"left in the outbox: {history.left}")
        self.require(not history.faults, f"the server logged: {history.faults}")


def known(history: History, answer: Received) -> Iterator[tuple[Receipt, Message]]:
    """What was handed out and had been seen in this queue before, with what is known of it."""
    for one in answer.batch:
        message = history.messages[answer.queue.name].get(one.id)
        if message is not None:
            yield one, message


def may_be_gone(history: History, queue: Queue, message: Message, now_ms: int) -> bool:
    """Whether a message may have been deleted, may be dead, or may be past its retention."""
    lost = history.lost[queue.name] - message.lost_before
    may_be_dead = bool(queue.receives_max) and message.receives + lost >= queue.receives_max
    is_dead = may_be_dead and message.hidden_until_ms <= now_ms
    is_old = now_ms - message.sent_ms >= queue.retention_s * 1000
    return message.deleted is not Fate.NO or is_dead or is_old


def all_checkers() -> list[Checker]:
    """One of each."""
    return [
        Visibility(),
        Deletion(),
        ReceiveCount(),
        DeadLetters(),
        GroupOrder(),
        Retention(),
        Deduplication(),
        NothingInvented(),
        KeptUntilDeleted(),
        Executions(),
        Endings(),
        Published(),
        TopicOrder(),
        OncePerCause(),
        Timers(),
        NothingLeft(),
    ]
