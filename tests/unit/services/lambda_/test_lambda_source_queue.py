"""How many batches run at once, and how a message is shown."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stratolite.services.lambda_.sources.queue import BATCHES_FIRST, CALM_S, Allowance
from stratolite.services.lambda_.sources.queue_event import event, record

MINUTE_MS = 60_000


def test_three_hundred_more_a_minute() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html"""
    allowance = Allowance(1250, 0)
    assert allowance.allowed == BATCHES_FIRST == 5
    for second in range(1, 61):
        assert allowance.is_due(second * 1000)
        allowance.grow(second * 1000)
    assert allowance.allowed == 305
    allowance.grow(60 * MINUTE_MS)
    assert allowance.allowed == 1250
    assert not allowance.is_due(61 * MINUTE_MS)


def test_time_in_which_not_all_were_busy_does_not_count() -> None:
    allowance = Allowance(1250, 0)
    allowance.rest(MINUTE_MS)
    assert not allowance.is_due(MINUTE_MS)
    allowance.grow(MINUTE_MS + 1000)
    assert allowance.allowed == 10


def test_maximum_concurrency_is_the_most() -> None:
    assert Allowance(2, 0).allowed == 2
    allowance = Allowance(7, 0)
    allowance.grow(MINUTE_MS)
    assert allowance.allowed == 7


def test_failures_take_one_throttles_half_and_then_it_is_calm() -> None:
    allowance = Allowance(1250, 0)
    allowance.shrink(0, is_throttled=False)
    assert allowance.allowed == 4
    allowance.shrink(0, is_throttled=True)
    assert allowance.allowed == 2
    for _ in range(10):
        allowance.shrink(0, is_throttled=True)
    assert allowance.allowed == 1
    allowance.grow(CALM_S * 1000 - 1)
    assert allowance.allowed == 1
    allowance.grow(CALM_S * 1000 + 999)
    assert allowance.allowed == 6


@given(st.lists(st.tuples(st.sampled_from(["grow", "rest", "fail", "throttle"]), st.integers(0, 120_000))))
def test_there_is_always_room_for_one_and_never_for_more_than_the_most(steps: list[tuple[str, int]]) -> None:
    allowance, now_ms = Allowance(20, 0), 0
    for step, passed_ms in steps:
        now_ms += passed_ms
        if step == "grow":
            allowance.grow(now_ms)
        elif step == "rest":
            allowance.rest(now_ms)
        else:
            allowance.shrink(now_ms, is_throttled=step == "throttle")
        assert 1 <= allowance.allowed <= 20


MESSAGE: dict[str, Any] = {
    "MessageId": "m",
    "ReceiptHandle": "h",
    "Body": "b",
    "MD5OfBody": "d",
    "Attributes": {
        "SenderId": "s",
        "SentTimestamp": "1",
        "ApproximateReceiveCount": "1",
        "ApproximateFirstReceiveTimestamp": "2",
        "AWSTraceHeader": "Root=1-2-3;Parent=4;Sampled=0",
    },
}


def test_a_trace_is_shown_where_the_sender_is_traced_or_is_a_function() -> None:
    """Recorded: ``test_message_body_and_attributes_passed_correctly`` shows none for a client of its own."""
    for ending, is_shown in (("Sampled=0", False), ("Sampled=1", True), ("Sampled=0;Lineage=a87bd80c:1", True)):
        header = f"Root=1-2-3;Parent=4;{ending}"
        message = {**MESSAGE, "Attributes": {**MESSAGE["Attributes"], "AWSTraceHeader": header}}
        shown = record(message, "arn", "us-east-1", is_windowed=False)
        assert (shown["attributes"].get("AWSTraceHeader") == header) is is_shown


def test_an_event_is_its_records() -> None:
    assert event([]) == b'{"Records":[]}'
    assert event([b'{"a":1}', b"{}"]) == b'{"Records":[{"a":1},{}]}'
