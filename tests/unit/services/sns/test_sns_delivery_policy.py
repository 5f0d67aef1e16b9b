"""Delivery policies: the delays of their four phases, and what is refused.

Source: https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html#creating-delivery-policy
"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.core.errors import NotImplementedHere
from stratolite.services.sns import delivery_policy
from stratolite.services.sns.delivery_policy import DEFAULT_RETRY, DeliveryPolicyError, delays_s

THREE = {"minDelayTarget": 20, "maxDelayTarget": 20, "numRetries": 3}


def healthy(**parts: Any) -> dict[str, Any]:
    return {**DEFAULT_RETRY, **parts}


def test_the_default_is_three_retries_of_twenty_seconds() -> None:
    policy = delivery_policy.retry_policy(DEFAULT_RETRY)
    assert [policy.delay_s(count) for count in (1, 2, 3, 4)] == [20, 20, 20, None]


def test_the_phases_follow_one_another() -> None:
    parts = {"numNoDelayRetries": 2, "numMinDelayRetries": 1, "numMaxDelayRetries": 2, "numRetries": 8}
    assert delays_s(healthy(minDelayTarget=1, maxDelayTarget=9, **parts)) == [0, 0, 1, 1, 5, 9, 9, 9]


@pytest.mark.parametrize(
    ("function", "delays"),
    [
        ("linear", [1, 6, 11, 16]),
        ("arithmetic", [1, 3.5, 8.5, 16]),
        ("geometric", [1, 2.52, 6.35, 16]),
        ("exponential", [1, 3.14, 7.43, 16]),
    ],
)
def test_how_delays_grow(function: str, delays: list[float]) -> None:
    found = delays_s(healthy(minDelayTarget=1, maxDelayTarget=16, numRetries=4, backoffFunction=function))
    assert found == pytest.approx(delays, abs=0.01)


@given(
    st.integers(1, 3600),
    st.integers(1, 3600),
    st.integers(0, 100),
    st.lists(st.integers(0, 30), min_size=3, max_size=3),
    st.sampled_from(["linear", "arithmetic", "geometric", "exponential"]),
)
def test_delays_grow_between_their_bounds(one: int, other: int, retries: int, phases: list[int], function: str) -> None:
    least, most = sorted((one, other))
    at_once, before, after = phases
    policy = healthy(
        minDelayTarget=least,
        maxDelayTarget=most,
        numRetries=max(retries, sum(phases)),
        numNoDelayRetries=at_once,
        numMinDelayRetries=before,
        numMaxDelayRetries=after,
        backoffFunction=function,
    )
    delays = delays_s(policy)
    assert len(delays) == policy["numRetries"]
    assert delays == sorted(delays)
    assert all(least - 1e-6 <= delay <= most + 1e-6 for delay in delays[at_once:])


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        ("[]", "failed to parse JSON"),
        ("{", "failed to parse JSON"),
        ({"other": 1}, "other is not a known property"),
        ({"healthyRetryPolicy": {"numRetries": 5}}, "healthyRetryPolicy.minDelayTarget must be specified"),
        ({"healthyRetryPolicy": THREE | {"x": 1}}, "healthyRetryPolicy.x is not a known property"),
        ({"healthyRetryPolicy": THREE | {"numRetries": 101}}, "numRetries must be less than or equal to 100"),
        ({"healthyRetryPolicy": THREE | {"numRetries": "3"}}, "numRetries must be an integer"),
        ({"healthyRetryPolicy": THREE | {"minDelayTarget": 0}}, "minDelayTarget must be greater than or equal to 1"),
        ({"healthyRetryPolicy": THREE | {"maxDelayTarget": 19}}, "maxDelayTarget must be greater"),
        ({"healthyRetryPolicy": THREE | {"maxDelayTarget": 3601}}, "maxDelayTarget must be less"),
        ({"healthyRetryPolicy": THREE | {"numMaxDelayRetries": 4}}, "numRetries must be greater"),
        ({"healthyRetryPolicy": THREE | {"numRetries": 100, "maxDelayTarget": 90}}, "3600 seconds together"),
        ({"healthyRetryPolicy": THREE | {"backoffFunction": "fast"}}, "backoffFunction must be one of"),
        ({"throttlePolicy": {"maxReceivesPerSecond": 0}}, "maxReceivesPerSecond must be greater"),
        ({"throttlePolicy": {}}, "maxReceivesPerSecond must be an integer"),
        ({"requestPolicy": {"headerContentType": "image/png"}}, "headerContentType must be one of"),
        ({"requestPolicy": {"headerContentType": "text/plain\r\nx: y"}}, "headerContentType must be one of"),
        ({"guaranteed": "x"}, "guaranteed must be true or false"),
    ],
)
def test_what_is_no_policy(policy: Any, reason: str) -> None:
    source = policy if isinstance(policy, str) else json.dumps(policy)
    with pytest.raises(DeliveryPolicyError, match=reason):
        delivery_policy.of_subscription(source)


@pytest.mark.parametrize("policy", [{"guaranteed": True}, {"sicklyRetryPolicy": THREE}])
def test_what_is_refused_by_name(policy: Any) -> None:
    with pytest.raises(NotImplementedHere):
        delivery_policy.of_subscription(json.dumps(policy))


def test_parts_of_the_subscription_win_over_the_topics() -> None:
    of_topic = {
        "http": {
            "defaultHealthyRetryPolicy": THREE | {"numRetries": 1},
            "defaultThrottlePolicy": {"maxReceivesPerSecond": 5},
        }
    }
    topic = {"DeliveryPolicy": json.dumps(delivery_policy.of_topic(json.dumps(of_topic)))}
    own = delivery_policy.of_subscription(json.dumps({"requestPolicy": {"headerContentType": "text/csv"}}))
    found = delivery_policy.effective(topic, {"DeliveryPolicy": json.dumps(own)})
    assert found["healthyRetryPolicy"] == healthy(numRetries=1)
    assert found["throttlePolicy"] == {"maxReceivesPerSecond": 5}
    assert found["requestPolicy"] == {"headerContentType": "text/csv"}
