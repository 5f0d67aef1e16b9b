"""A function's answer, a quota's period, token buckets, refusals: the pure parts of the data plane."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.core.clock import MovableClock
from stratolite.core.throttle import BUCKETS_MAX, Buckets
from stratolite.services.apigateway import api, failure, patch, reply, rules
from stratolite.services.apigateway.failure import Failure
from stratolite.services.apigateway.gate import first_day

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"])


@given(st.dictionaries(NAMES, JSON) | JSON)
def test_any_answer_is_a_response_or_malformed(answer: Any) -> None:
    """Whatever a function returns: a sendable response, or 502."""
    try:
        read = reply.read(json.dumps(answer).encode())
    except Failure as refusal:
        assert refusal.status == 502
        return
    assert 100 <= read.status <= 599
    for name, value in reply.remapped(read.fields):
        assert name.isascii()
        assert "\n" not in value
        value.encode("latin-1")


@given(st.binary(max_size=60))
def test_any_bytes_are_a_response_or_malformed(payload: bytes) -> None:
    try:
        reply.read(payload)
    except Failure as refusal:
        assert refusal.status == 502


DAY_MS = 86_400_000
# 2026-01-15 was a Thursday, day 20468 of the epoch.
THURSDAY_MS = 20468 * DAY_MS + 3600_000


@pytest.mark.parametrize(
    ("period", "offset", "day"),
    [
        ("DAY", 0, 20468),
        ("WEEK", 0, 20464),
        ("WEEK", 5, 20462),
        ("MONTH", 0, 20454),
        ("MONTH", 14, 20468),
        ("MONTH", 20, 20443),
    ],
)
def test_quota_periods(period: str, offset: int, day: int) -> None:
    """Weeks begin on Sunday and months on the first, ``offset`` days later (QuotaSettings in the API reference)."""
    assert first_day({"period": period, "offset": offset}, THURSDAY_MS) == day


def test_buckets_fill_with_time() -> None:
    clock = MovableClock()
    buckets = Buckets(clock)
    assert [buckets.take("a", 2.0, 3) for _ in range(4)] == [True, True, True, False]
    clock.advance(0.5)
    assert [buckets.take("a", 2.0, 3) for _ in range(2)] == [True, False]
    for name in range(BUCKETS_MAX + 1):
        buckets.take(name, 1.0, 1)
    assert len(buckets) <= BUCKETS_MAX


def test_refusals_substitute_variables() -> None:
    template = '{"message":$context.error.messageString,"x":"${context.stage}","none":"$context.nothing"}'
    known = {"context.stage": "dev", "context.error.messageString": '"no"'}
    assert failure.render(template, known.get) == '{"message":"no","x":"dev","none":""}'


def test_own_gateway_response_of_a_class() -> None:
    own = {"DEFAULT_5XX": {"statusCode": "599"}, "THROTTLED": {"statusCode": "420"}}
    assert failure.chosen(failure.malformed(), own) == {"statusCode": "599"}
    assert failure.chosen(failure.throttled(), own) == {"statusCode": "420"}
    assert failure.chosen(failure.forbidden(), own) is None


@given(st.lists(st.fixed_dictionaries({"op": st.text(max_size=7)}, optional={"path": st.text(), "value": st.text()})))
def test_any_patch_is_applied_or_refused(operations: list[dict[str, str]]) -> None:
    kept: list[str] = []
    try:
        patch.replace_only(operations, {"/name": kept.append})
    except api.BadRequestException as error:
        assert error.message.startswith("Invalid patch path")


def test_patches_have_a_limit() -> None:
    with pytest.raises(api.BadRequestException, match=str(patch.PATCHES_MAX)):
        patch.checked([{}] * (patch.PATCHES_MAX + 1))


@given(st.text(max_size=100))
def test_any_text_is_an_integration_target(uri: str) -> None:
    for text in (uri, f"arn:aws:apigateway:us-east-1:lambda:path/{uri}"):
        try:
            rules.integration("AWS_PROXY", "POST", text)
        except api.BadRequestException:
            continue


def test_pages_are_bounded() -> None:
    items = [{"id": str(index)} for index in range(rules.PAGE_MAX + 1)]
    first = rules.page(items, {"limit": rules.PAGE_MAX + 1})
    assert len(first["items"]) == rules.PAGE_MAX
    assert rules.page(items, {"position": first["position"]})["items"] == items[rules.PAGE_MAX :]
    with pytest.raises(api.BadRequestException):
        rules.page(items, {"position": "x"})
