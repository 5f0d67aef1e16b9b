"""Every checker finds what it is for: a server that is broken on purpose does not pass."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.sim.checkers import all_checkers
from tests.sim.mapping_checkers import mapping_checkers
from tests.sim.simulation import Failure, simulate

from stratolite.delivery.outbox import Outbox
from stratolite.services.lambda_ import background, destinations
from stratolite.services.lambda_.sources import record_form, stream_lane
from stratolite.services.lambda_.sources.stream_verdict import Verdict
from stratolite.services.lambda_.store import Store as LambdaStore
from stratolite.services.sns import fifo
from stratolite.services.sns.store import Store as SnsStore
from stratolite.services.sqs import background as sqs_background
from stratolite.services.sqs import receiving, rules, store
from stratolite.services.sqs.domain import Queue
from stratolite.services.sqs.store import Store as SqsStore

Patch = pytest.MonkeyPatch
Break = Callable[[Patch], None]
SEEDS = range(1, 11)
"""Some breaks need luck to be seen."""
STEPS = {"TopicOrder": 300, "ReservedConcurrency": 300}
STEPS_USUAL = 120


def handed_out(**changes: Any) -> Break:
    """Messages are marked otherwise than they should be when they are handed out."""

    def apply(patch: Patch) -> None:
        right = SqsStore.mark_received
        patch.setattr(
            SqsStore, "mark_received", lambda self, messages: right(self, [replace(one, **changes) for one in messages])
        )

    return apply


def deleted_in_vain(patch: Patch) -> None:
    from stratolite.services.sqs.operations import messages

    patch.setattr(messages, "held", lambda *_: None)


def buried_late(patch: Patch) -> None:
    patch.setattr(
        receiving, "_is_dead", lambda queue, one: queue.redrive is not None and one.receives > queue.redrive[1]
    )


def buried_nowhere(patch: Patch) -> None:
    patch.setattr(receiving, "_bury", lambda call, sqs, queue, message, now_ms: sqs.store.delete_message(message.id))


def groups_unblocked(patch: Patch) -> None:
    blocked = " AND (hidden.first IS NULL OR m.id < hidden.first)"
    assert blocked in store._IN_ORDER
    patch.setattr(store, "_IN_ORDER", store._IN_ORDER.replace(blocked, ""))


def kept_too_long(patch: Patch) -> None:
    patch.setattr(Queue, "retention_ms", property(lambda self: self.number("MessageRetentionPeriod") * 3000))


def deduplicated_briefly(patch: Patch) -> None:
    patch.setattr(rules, "DEDUPLICATION_MS", 20_000)


def unfiltered(patch: Patch) -> None:
    patch.setattr(SnsStore, "accepts", lambda *_: True)


def overtaken(patch: Patch) -> None:
    def deliver(call: Any, sns: Any, delivery: Any) -> None:
        payload = json.dumps(dict(delivery)).encode()
        sns.world.outbox.put(call, fifo.DELIVER, payload, source=delivery["topic_arn"], target=delivery["endpoint"])

    patch.setattr(fifo, "deliver_in_order", deliver)


def retried_more(patch: Patch) -> None:
    patch.setattr(background, "_config", lambda *_: None)


def expiry_fails(patch: Patch) -> None:
    async def fail(self: Any, entry: Any) -> None:
        raise RuntimeError("on purpose")

    patch.setattr(sqs_background._Timers, "expire", fail)


def failures_unseen(patch: Patch) -> None:
    patch.setattr(stream_lane, "verdict", lambda answer, items, **_: Verdict(len(items)))


def lanes_mixed(patch: Patch) -> None:
    patch.setattr(record_form, "lane_of", lambda record, lanes: int(record["dynamodb"]["SequenceNumber"]) % lanes)


def unreserved(patch: Patch) -> None:
    right = LambdaStore.function

    def function(self: LambdaStore, name: Any) -> Any:
        found = right(self, name)
        return found and replace(found, reserved=None)

    patch.setattr(LambdaStore, "function", function)


def untold(patch: Patch) -> None:
    patch.setattr(destinations, "send", lambda *_: None)


def rows(kind: str, times: int) -> Break:
    """Of one kind of delivery, the outbox keeps none, or every one twice."""

    def apply(patch: Patch) -> None:
        right = Outbox.put

        def put(self: Outbox, call: Any, of: str, *given: Any, **more: Any) -> int:
            ids = [right(self, call, of, *given, **more) for _ in range(times if of == kind else 1)]
            return ids[0] if ids else 0

        patch.setattr(Outbox, "put", put)

    return apply


BREAKS: list[tuple[str, Break]] = [
    ("Visibility", handed_out(visible_ms=0)),
    ("Deletion", deleted_in_vain),
    ("ReceiveCount", handed_out(receives=0)),
    ("DeadLetters", buried_late),
    ("KeptUntilDeleted", buried_nowhere),
    ("GroupOrder", groups_unblocked),
    ("Retention", kept_too_long),
    ("Deduplication", deduplicated_briefly),
    ("Published", unfiltered),
    ("Published", rows("sns.deliver", 0)),
    ("OncePerCause", rows("sns.deliver", 2)),
    ("TopicOrder", overtaken),
    ("Executions", retried_more),
    ("Executions", rows("lambda_.invoke", 0)),
    ("Endings", untold),
    ("Timers", rows("scheduler.invoke", 0)),
    ("OncePerCause", rows("scheduler.invoke", 2)),
    ("NothingLeft", expiry_fails),
    ("MappedEvents", failures_unseen),
    ("MappedOrder", lanes_mixed),
    ("ReservedConcurrency", unreserved),
]


@pytest.mark.parametrize(("checker", "broken"), BREAKS)
def test_a_broken_server_is_found(checker: str, broken: Break, tmp_path: Path, monkeypatch: Patch) -> None:
    broken(monkeypatch)
    found: list[str] = []
    steps = STEPS.get(checker, STEPS_USUAL)
    for seed in SEEDS:
        try:
            simulate(seed, tmp_path / str(seed), steps)
        except Failure as failure:
            found.append(str(failure))
            if any(text.startswith(f"{checker}: ") for text in found):
                assert f"repeat with: pytest tests/sim --seed {seed} --steps {steps}" in found[-1]
                return
    raise AssertionError([text.splitlines()[0] for text in found])


def test_every_checker_is_shown_to_find_something() -> None:
    named = {checker for checker, _ in BREAKS}
    unshown = {type(checker).__name__ for checker in [*all_checkers(), *mapping_checkers()]} - named
    assert unshown == {"NothingInvented"}, "an invented message needs a server that makes things up"
