"""What a lane of a shard does, step by step. Expectations: the pages and recordings that stream_lane.py names."""

import json

from stratolite.services.lambda_.sources.batch import Answer
from stratolite.services.lambda_.sources.stream_event import AGE_EXCEEDED, RETRIES_EXHAUSTED, Item, Window
from stratolite.services.lambda_.sources.stream_lane import (
    RETENTION_MS,
    STATE_BYTES_MAX,
    Discard,
    Done,
    Invoke,
    Lane,
    Read,
    Settings,
    Step,
    Wait,
)

NOW = 1_700_000_000_000
OK = Answer("ok")
FAILED = Answer("failed", b'{"errorMessage":"no"}', "Unhandled")


def item(number: int, created_ms: int = NOW, size: int = 2) -> Item:
    return Item(f"{number:021d}", created_ms, b'"' + b"x" * (size - 2) + b'"')


def reports(*numbers: int) -> Answer:
    failures = [{"itemIdentifier": f"{number:021d}"} for number in numbers]
    return Answer("partial", json.dumps({"batchItemFailures": failures}).encode())


def lane_with(
    settings: Settings, *numbers: int, now_ms: int = NOW, created_ms: int = NOW, is_closed: bool = False
) -> Lane:
    lane = Lane(settings)
    items = [item(number, created_ms) for number in numbers]
    lane.took(items, f"{numbers[-1]:021d}" if numbers else "", now_ms, is_at_end=True, is_closed=is_closed)
    return lane


def numbers(step: Step) -> list[int]:
    """The records that go to the function."""
    assert isinstance(step, Invoke), step
    return [int(one.sequence) for one in step.batch.items]


def place(lane: Lane) -> int:
    return int(lane.position or 0)


# Batches ----------------------------------------------------------------------------------------------------------


def test_reading_begins_after_the_checkpoint_and_waits_at_the_end() -> None:
    lane = Lane(Settings(), position="7")
    assert lane.step(NOW) == Read("7")
    lane.took([], "9", NOW, is_at_end=True)
    assert lane.position == "9", "what matched no filter is behind us"
    assert lane.step(NOW) == Wait(None)
    lane.woken()
    assert lane.step(NOW) == Read("9")


def test_a_batch_goes_at_once_without_a_window() -> None:
    lane = lane_with(Settings(batch_size=10), 1, 2, 3)
    assert numbers(lane.step(NOW)) == [1, 2, 3]
    assert place(lane) == 0, "nothing is done before the function has answered"
    assert lane.answered(OK, NOW) is None
    assert place(lane) == 3
    assert lane.step(NOW) == Wait(None)


def test_a_batch_has_no_more_than_its_size() -> None:
    lane = lane_with(Settings(batch_size=2), 1, 2, 3)
    assert numbers(lane.step(NOW)) == [1, 2]
    lane.answered(OK, NOW)
    assert place(lane) == 2
    assert numbers(lane.step(NOW)) == [3]


def test_a_window_waits_for_more_records() -> None:
    lane = lane_with(Settings(batch_size=3, window_s=5), 1)
    assert lane.step(NOW) == Wait(NOW + 5000)
    lane.woken()
    assert isinstance(lane.step(NOW + 1000), Read)
    lane.took([item(2)], f"{2:021d}", NOW + 1000, is_at_end=True)
    assert lane.step(NOW + 1000) == Wait(NOW + 5000), "the window began with the first record"
    assert numbers(lane.step(NOW + 5000)) == [1, 2]


def test_a_full_batch_waits_for_no_window() -> None:
    lane = lane_with(Settings(batch_size=2, window_s=300), 1, 2, 3)
    assert numbers(lane.step(NOW)) == [1, 2]
    lane.answered(OK, NOW + 1000)
    assert lane.step(NOW + 1000) == Wait(NOW + 301_000), "the next window begins when the execution is over"


def test_a_batch_has_no_more_than_six_megabytes() -> None:
    lane = Lane(Settings(batch_size=100, window_s=300))
    lane.took([item(n, size=2_500_000) for n in (1, 2, 3)], "3", NOW, is_at_end=True)
    assert numbers(lane.step(NOW)) == [1, 2]


def test_reading_goes_on_until_a_batch_is_full() -> None:
    lane = Lane(Settings(batch_size=3))
    lane.took([item(1), item(2)], "2", NOW, is_at_end=False)
    assert lane.step(NOW) == Read("2")
    lane.took([item(3), item(4)], "4", NOW, is_at_end=False)
    assert numbers(lane.step(NOW)) == [1, 2, 3]


def test_a_closed_shard_is_worked_off_at_once_and_then_done() -> None:
    lane = lane_with(Settings(window_s=300), 1, is_closed=True)
    assert numbers(lane.step(NOW)) == [1]
    lane.answered(OK, NOW)
    assert lane.step(NOW) == Done()


# Retries ----------------------------------------------------------------------------------------------------------


def test_a_failed_batch_is_tried_again_later_and_later() -> None:
    lane = lane_with(Settings(), 1, 2)
    now_ms, waits = NOW, []
    for _ in range(9):
        assert numbers(lane.step(now_ms)) == [1, 2]
        assert lane.answered(FAILED, now_ms) is None
        step = lane.step(now_ms)
        assert isinstance(step, Wait)
        assert step.until_ms is not None
        assert not step.for_records, "new records do not hasten it"
        waits.append((step.until_ms - now_ms) / 1000)
        now_ms = step.until_ms
    assert waits == [0.5, 1, 2, 4, 8, 16, 32, 60, 60]
    assert place(lane) == 0


def test_retries_end_and_the_next_batch_follows() -> None:
    """Recorded: ``approximateInvokeCount`` is 2 where MaximumRetryAttempts is 1."""
    lane = lane_with(Settings(batch_size=2, retries=1), 1, 2, 3)
    lane.step(NOW)
    assert lane.answered(FAILED, NOW) is None
    later = NOW + 500
    assert numbers(lane.step(later)) == [1, 2]
    given_up = lane.answered(FAILED, later)
    assert given_up == Discard([item(1), item(2)], RETRIES_EXHAUSTED, 2, FAILED)
    assert place(lane) == 2
    assert numbers(lane.step(later)) == [3]


def test_no_retries_give_up_at_once() -> None:
    lane = lane_with(Settings(retries=0), 1)
    lane.step(NOW)
    assert lane.answered(FAILED, NOW) == Discard([item(1)], RETRIES_EXHAUSTED, 1, FAILED)


def test_a_refused_execution_counts_as_no_attempt() -> None:
    lane = lane_with(Settings(retries=0), 1)
    now_ms = NOW
    for _ in range(5):
        assert numbers(lane.step(now_ms)) == [1]
        lane.refused(now_ms)
        step = lane.step(now_ms)
        assert isinstance(step, Wait)
        assert step.until_ms is not None
        now_ms = step.until_ms
    lane.step(now_ms)
    given_up = lane.answered(FAILED, now_ms)
    assert given_up is not None
    assert given_up.invokes == 1


def test_a_refused_batch_can_be_hurried() -> None:
    lane = lane_with(Settings(), 1)
    lane.step(NOW)
    lane.refused(NOW)
    assert lane.refused_until_ms == NOW + 500
    lane.hurry()
    assert numbers(lane.step(NOW)) == [1]
    lane.answered(FAILED, NOW)
    assert lane.step(NOW) == Wait(NOW + 1000, for_records=False), "a failed one waits for its time"


def test_records_that_grow_too_old_while_they_are_tried_are_given_up() -> None:
    """Recorded: test_kinesis_maximum_record_age_exceeded[expire-while-retrying], age 60 s: the count is 8."""
    lane = lane_with(Settings(age_s=60), 1)
    now_ms = NOW
    while isinstance(lane.step(now_ms), Invoke):
        lane.answered(FAILED, now_ms)
        step = lane.step(now_ms)
        assert isinstance(step, Wait)
        assert step.until_ms is not None
        now_ms = step.until_ms
        if now_ms - NOW > 60_000:
            break
    assert lane.step(now_ms) == Discard([item(1)], AGE_EXCEEDED, 8, FAILED)
    assert place(lane) == 1
    assert lane.step(now_ms) == Wait(None)


def test_records_that_come_too_old_are_given_up_alone() -> None:
    """Recorded: test_kinesis_maximum_record_age_exceeded_discard_records: the count is 1, the others are executed."""
    lane = Lane(Settings(age_s=60, retries=0))
    lane.took([item(1, NOW - 60_001), item(2, NOW - 60_000)], f"{2:021d}", NOW, is_at_end=True)
    assert lane.step(NOW) == Discard([item(1, NOW - 60_001)], AGE_EXCEEDED, 1)
    assert place(lane) == 1
    assert numbers(lane.step(NOW)) == [2]


def test_no_record_outlives_its_stream() -> None:
    lane = lane_with(Settings(), 1)
    lane.step(NOW)
    lane.answered(FAILED, NOW)
    assert isinstance(lane.step(NOW + RETENTION_MS + 1), Discard)


# Bisection --------------------------------------------------------------------------------------------------------


def test_a_failed_batch_is_split_without_counting() -> None:
    """services-dynamodb-errors: splitting batches does not consume the retry quota."""
    lane = lane_with(Settings(is_bisecting=True, retries=1), 1, 2, 3, 4, 5)
    executed = []
    now_ms, given_up = NOW, []
    while not isinstance(step := lane.step(now_ms), Wait) or step.until_ms is not None:
        if isinstance(step, Wait):
            now_ms = step.until_ms or now_ms
            continue
        batch = numbers(step)
        executed.append(batch)
        discard = lane.answered(FAILED if 3 in batch else OK, now_ms)
        if discard is not None:
            given_up.append(discard)
    assert executed == [[1, 2, 3, 4, 5], [1, 2], [3, 4, 5], [3], [3], [4, 5]]
    assert given_up == [Discard([item(3)], RETRIES_EXHAUSTED, 2, FAILED)]
    assert place(lane) == 5


def test_a_partial_success_is_split_where_it_failed_and_not_in_half() -> None:
    """services-ddb-batchfailurereporting: the batch is bisected at the returned sequence number."""
    lane = lane_with(Settings(is_bisecting=True, is_partial=True), 1, 2, 3, 4, 5)
    lane.step(NOW)
    lane.answered(reports(2), NOW)
    assert place(lane) == 1
    assert numbers(lane.step(NOW + 500)) == [2, 3, 4, 5]
    lane.answered(reports(2), NOW + 500)
    assert numbers(lane.step(NOW + 1500)) == [2, 3, 4, 5]
    lane.answered(FAILED, NOW + 1500)
    assert numbers(lane.step(NOW + 1500)) == [2, 3]


# Partial successes ------------------------------------------------------------------------------------------------


def test_the_lowest_failed_record_is_the_checkpoint() -> None:
    lane = lane_with(Settings(is_partial=True), 1, 2, 3, 4)
    lane.step(NOW)
    lane.answered(reports(4, 3), NOW)
    assert place(lane) == 2
    assert numbers(lane.step(NOW + 500)) == [3, 4]


def test_the_rest_of_a_batch_has_all_its_attempts() -> None:
    """Recorded: test_dynamodb_report_batch_item_failures: with 3 retries, the failing record is executed with the
    others of its batch and then four times, and the count is 4."""
    lane = lane_with(Settings(batch_size=3, retries=3, is_partial=True), 1, 2, 3, 4, 5, 6)
    executed: list[int] = []
    now_ms, given_up = NOW, None
    while given_up is None:
        step = lane.step(now_ms)
        if isinstance(step, Wait):
            assert step.until_ms is not None
            now_ms = step.until_ms
            continue
        batch = numbers(step)
        executed += batch
        given_up = lane.answered(reports(6) if 6 in batch else OK, now_ms)
    assert executed == [1, 2, 3, 4, 5, 6, 6, 6, 6, 6]
    assert given_up == Discard([item(6)], RETRIES_EXHAUSTED, 4, reports(6))


def test_an_answer_that_names_no_record_of_the_batch_fails_them_all() -> None:
    lane = lane_with(Settings(is_partial=True, retries=0), 1, 2)
    lane.step(NOW)
    given_up = lane.answered(reports(2, 9), NOW)
    assert given_up is not None
    assert len(given_up.items) == 2


# Tumbling windows -------------------------------------------------------------------------------------------------

START = 1_700_000_000_000 // 60_000 * 60_000


def state(text: str) -> Answer:
    return Answer("state", b'{"state":' + text.encode() + b"}")


def in_windows(*created_s: int, batch_size: int = 100, retries: int = -1) -> Lane:
    lane = Lane(Settings(tumbling_s=60, batch_size=batch_size, retries=retries))
    items = [item(n, START + second * 1000) for n, second in enumerate(created_s, 1)]
    lane.took(items, items[-1].sequence, START, is_at_end=True)
    return lane


def test_a_state_is_handed_on_within_a_window() -> None:
    lane = in_windows(0, 1, batch_size=1)
    first = lane.step(START)
    assert isinstance(first, Invoke)
    assert first.batch.window == Window(START, START + 60_000)
    lane.answered(state('{"n":1}'), START)
    second = lane.step(START)
    assert isinstance(second, Invoke)
    assert second.batch.window == Window(START, START + 60_000, b'{"n":1}')


def test_a_window_ends_with_its_time() -> None:
    lane = in_windows(0)
    lane.step(START)
    lane.answered(state("1"), START)
    assert lane.step(START + 10_000) == Wait(START + 60_000)
    final = lane.step(START + 60_000)
    assert isinstance(final, Invoke)
    assert final.batch.is_final
    assert final.batch.window == Window(START, START + 60_000, b"1")
    lane.answered(OK, START + 60_000)
    assert lane.window is None
    assert lane.step(START + 60_000) == Wait(None)


def test_a_window_ends_with_the_first_record_of_the_next() -> None:
    lane = in_windows(0, 59, 60)
    assert numbers(lane.step(START)) == [1, 2], "a batch is of one window"
    lane.answered(state("2"), START)
    final = lane.step(START)
    assert isinstance(final, Invoke)
    assert final.batch.is_final
    lane.answered(OK, START)
    following = lane.step(START)
    assert numbers(following) == [3]
    assert lane.window == Window(START + 60_000, START + 120_000), "it begins with no state"


def test_an_answer_without_state_has_failed() -> None:
    lane = in_windows(0, retries=0)
    lane.step(START)
    given_up = lane.answered(OK, START)
    assert given_up is not None
    assert given_up.condition == RETRIES_EXHAUSTED


def test_a_final_execution_is_tried_until_it_succeeds() -> None:
    lane = in_windows(0, retries=0)
    lane.step(START)
    lane.answered(state("1"), START)
    now_ms = START + 60_000
    for _ in range(12):
        final = lane.step(now_ms)
        assert isinstance(final, Invoke)
        assert final.batch.is_final
        assert lane.answered(FAILED, now_ms) is None
        now_ms += 60_000
    assert isinstance(lane.step(now_ms + RETENTION_MS), Wait), "but not for longer than a day"


def test_a_state_over_its_limit_ends_the_window_early() -> None:
    lane = in_windows(0, 1, batch_size=1)
    lane.step(START)
    large = '"' + "x" * STATE_BYTES_MAX + '"'
    lane.answered(state(large), START)
    kept = lane.window
    final = lane.step(START)
    assert isinstance(final, Invoke)
    assert final.batch.is_final
    assert final.batch.window is not None
    assert final.batch.window.is_early
    lane.answered(OK, START)
    assert lane.window == Window(START, START + 60_000), "the window goes on with nothing"
    assert numbers(lane.step(START)) == [2]
    revived = Lane(Settings(tumbling_s=60), position=item(1).sequence, window=kept)
    again = revived.step(START)
    assert isinstance(again, Invoke)
    assert again.batch.is_final, "also when the process was killed meanwhile"


def test_a_window_ends_early_with_its_shard() -> None:
    lane = Lane(Settings(tumbling_s=60))
    lane.took([item(1, START)], item(1).sequence, START, is_at_end=True, is_closed=True)
    lane.step(START)
    lane.answered(state("1"), START)
    final = lane.step(START)
    assert isinstance(final, Invoke)
    assert final.batch.window == Window(START, START + 60_000, b"1", is_early=True)
    lane.answered(OK, START)
    assert lane.window is None
    assert lane.step(START) == Done()


def test_a_state_of_a_partial_success_is_kept() -> None:
    lane = Lane(Settings(tumbling_s=60, is_partial=True))
    lane.took([item(1, START), item(2, START)], item(2).sequence, START, is_at_end=True)
    lane.step(START)
    payload = {"state": {"n": 1}, "batchItemFailures": [{"itemIdentifier": item(2).sequence}]}
    lane.answered(Answer("partial", json.dumps(payload).encode()), START)
    assert place(lane) == 1
    assert lane.window == Window(START, START + 60_000, b'{"n":1}')
