"""Retry policies: when the next attempt is due, and when there is none."""

from stratolite.delivery.retry import DAY_S, ONCE, RetryPolicy, delays


def test_a_list_of_waits() -> None:
    policy = RetryPolicy(delays(60, 120))
    assert policy.next_due_ms(0, 1, 1000) == 61_000
    assert policy.next_due_ms(0, 2, 61_000) == 181_000
    assert policy.next_due_ms(0, 3, 181_000) is None


def test_once_is_once() -> None:
    assert ONCE.next_due_ms(0, 1, 0) is None


def test_no_attempt_begins_after_the_maximum_age() -> None:
    policy = RetryPolicy(lambda attempts: 30.0, age_s_max=60)
    assert policy.next_due_ms(0, 1, 20_000) == 50_000
    assert policy.next_due_ms(0, 1, 30_000) == 60_000
    assert policy.next_due_ms(0, 2, 30_001) is None
    assert ONCE.due_ms(0, DAY_S, 0) == DAY_S * 1000
    assert ONCE.due_ms(0, DAY_S, 1) is None
