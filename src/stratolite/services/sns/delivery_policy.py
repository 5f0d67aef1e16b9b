"""Delivery policies of HTTP and HTTPS subscriptions: when a delivery is tried again, how fast, with which content type.

A topic's policy is the default of its subscriptions; a subscription's own one wins, part by part, unless the topic
forbids that. Retries go through four phases: at once, with the smallest delay, with a growing one, with the largest.
How the delay grows is drawn in AWS's documentation without numbers; here it goes from the smallest to the largest

    linear       in equal steps
    arithmetic   in steps that grow by the same amount
    geometric    by the same factor
    exponential  doubling its distance from the smallest

Source: https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html#creating-delivery-policy
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from stratolite.core.errors import NotImplementedHere
from stratolite.delivery.retry import DAY_S, RetryPolicy

DEFAULT_RETRY: Mapping[str, Any] = {
    "minDelayTarget": 20,
    "maxDelayTarget": 20,
    "numRetries": 3,
    "numMaxDelayRetries": 0,
    "numNoDelayRetries": 0,
    "numMinDelayRetries": 0,
    "backoffFunction": "linear",
}
DEFAULT_REQUEST: Mapping[str, Any] = {"headerContentType": "text/plain; charset=UTF-8"}
RETRIES_MAX = 100
DELAY_S_MAX = 3600
TOTAL_S_MAX = 3600
"""What all delays of a policy may have together."""
AGE_S_MAX = 23 * DAY_S
"""How long a delivery may wait for its turn under a throttle policy."""

_REQUIRED = ("minDelayTarget", "maxDelayTarget", "numRetries")
_LEAST = {"minDelayTarget": 1, "maxDelayTarget": 1}
_MOST = {"minDelayTarget": DELAY_S_MAX, "maxDelayTarget": DELAY_S_MAX, "numRetries": RETRIES_MAX}

_GROWTH: dict[str, Callable[[int, int], float]] = {
    # How far retry k of n (from 0) has come, from 0 to 1. Geometric growth is a matter of the delays themselves.
    "linear": lambda k, n: k / (n - 1),
    "arithmetic": lambda k, n: k * (k + 1) / ((n - 1) * n),
    "geometric": lambda k, n: k / (n - 1),
    "exponential": lambda k, n: (2**k - 1) / (2 ** (n - 1) - 1),
}


class DeliveryPolicyError(ValueError):
    """A text is no delivery policy; the message says why."""


def of_topic(source: str) -> dict[str, Any]:
    """A topic's policy as it is kept. Raises DeliveryPolicyError, NotImplementedHere."""
    policy = _object(source)
    _known(policy, "", {"http"})
    http = policy.get("http") or {}
    _known(
        http,
        "http.",
        {
            "defaultHealthyRetryPolicy",
            "defaultSicklyRetryPolicy",
            "disableSubscriptionOverrides",
            "defaultThrottlePolicy",
            "defaultRequestPolicy",
        },
    )
    _refuse_sickly(http.get("defaultSicklyRetryPolicy"))
    _healthy(http.get("defaultHealthyRetryPolicy"), "http.defaultHealthyRetryPolicy")
    _throttle(http.get("defaultThrottlePolicy"), "http.defaultThrottlePolicy")
    _request(http.get("defaultRequestPolicy"), "http.defaultRequestPolicy")
    kept = {"disableSubscriptionOverrides": _flag(http, "disableSubscriptionOverrides")}
    names = ("defaultHealthyRetryPolicy", "defaultThrottlePolicy", "defaultRequestPolicy")
    return {"http": {name: http[name] for name in names[:1] if http.get(name)} | kept | _set(http, names[1:])}


def of_subscription(source: str) -> dict[str, Any]:
    """A subscription's policy as it is kept. Raises DeliveryPolicyError, NotImplementedHere."""
    policy = _object(source)
    names = ("healthyRetryPolicy", "sicklyRetryPolicy", "throttlePolicy", "requestPolicy")
    _known(policy, "", {*names, "guaranteed"})
    _refuse_sickly(policy.get("sicklyRetryPolicy"))
    if _flag(policy, "guaranteed"):
        raise NotImplementedHere("Guaranteed delivery is not implemented by this version of Stratolite.")
    _healthy(policy.get("healthyRetryPolicy"), "healthyRetryPolicy")
    _throttle(policy.get("throttlePolicy"), "throttlePolicy")
    _request(policy.get("requestPolicy"), "requestPolicy")
    return {**{name: policy.get(name) for name in names}, "guaranteed": False}


def effective_of_topic(attributes: Mapping[str, str]) -> dict[str, Any]:
    """The policy of a topic with these attributes, its defaults filled in."""
    own = _http(attributes)
    throttle = own.get("defaultThrottlePolicy")
    return {
        "http": {
            "defaultHealthyRetryPolicy": {**DEFAULT_RETRY, **(own.get("defaultHealthyRetryPolicy") or {})},
            "disableSubscriptionOverrides": own.get("disableSubscriptionOverrides", False),
            **({"defaultThrottlePolicy": throttle} if throttle else {}),
            "defaultRequestPolicy": own.get("defaultRequestPolicy") or dict(DEFAULT_REQUEST),
        }
    }


def effective(topic_attributes: Mapping[str, str], attributes: Mapping[str, str]) -> dict[str, Any]:
    """The policy of a subscription with these attributes, what it leaves open taken from its topic's."""
    topic = effective_of_topic(topic_attributes)["http"]
    own: Mapping[str, Any] = json.loads(attributes.get("DeliveryPolicy") or "{}")
    if topic["disableSubscriptionOverrides"]:
        own = {}
    healthy = own.get("healthyRetryPolicy")
    return {
        "healthyRetryPolicy": {**DEFAULT_RETRY, **healthy} if healthy else topic["defaultHealthyRetryPolicy"],
        "sicklyRetryPolicy": None,
        "throttlePolicy": own.get("throttlePolicy") or topic.get("defaultThrottlePolicy"),
        "requestPolicy": own.get("requestPolicy") or topic["defaultRequestPolicy"],
        "guaranteed": False,
    }


def retry_policy(healthy: Mapping[str, Any]) -> RetryPolicy:
    """When deliveries are tried again under a healthy retry policy that has all its parts."""
    waits = delays_s(healthy)
    return RetryPolicy(lambda attempts: waits[attempts - 1] if attempts <= len(waits) else None, age_s_max=AGE_S_MAX)


def delays_s(healthy: Mapping[str, Any]) -> list[float]:
    """The delay in seconds before each retry."""
    least, most = healthy["minDelayTarget"], healthy["maxDelayTarget"]
    at_once, before, after = (
        healthy[name] for name in ("numNoDelayRetries", "numMinDelayRetries", "numMaxDelayRetries")
    )
    growing = healthy["numRetries"] - at_once - before - after
    backoff = [_grown_s(healthy["backoffFunction"], least, most, place, growing) for place in range(growing)]
    return [0.0] * at_once + [float(least)] * before + backoff + [float(most)] * after


def _grown_s(function: str, least: int, most: int, place: int, count: int) -> float:
    if count == 1:
        return float(least)
    grown = _GROWTH[function](place, count)
    if function == "geometric":
        return min(float(least * (most / least) ** grown), float(most))
    return least + (most - least) * grown


def _http(attributes: Mapping[str, str]) -> Mapping[str, Any]:
    own: Mapping[str, Any] = json.loads(attributes.get("DeliveryPolicy") or "{}").get("http", {})
    return own


def _set(policy: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: policy[name] for name in names if policy.get(name)}


def _object(source: str) -> Mapping[str, Any]:
    try:
        policy = json.loads(source)
    except (ValueError, RecursionError) as error:
        raise DeliveryPolicyError("failed to parse JSON.") from error
    if not isinstance(policy, dict):
        raise DeliveryPolicyError("failed to parse JSON.")
    return policy


def _known(policy: Any, where: str, names: set[str]) -> None:
    if not isinstance(policy, dict):
        raise DeliveryPolicyError(f"{where.rstrip('.')} must be an object")
    for name in policy:
        if name not in names:
            raise DeliveryPolicyError(f"{where}{name} is not a known property")


def _flag(policy: Mapping[str, Any], name: str) -> bool:
    value = policy.get(name) or False
    if not isinstance(value, bool):
        raise DeliveryPolicyError(f"{name} must be true or false")
    return value


def _refuse_sickly(policy: Any) -> None:
    if policy is not None:
        raise NotImplementedHere("The sickly retry policy is not implemented by this version of Stratolite.")


def _healthy(policy: Any, where: str) -> None:
    if policy is None:
        return
    _known(policy, f"{where}.", set(DEFAULT_RETRY))
    for name in _REQUIRED:
        if policy.get(name) is None:
            raise DeliveryPolicyError(f"{where}.{name} must be specified")
    whole = {**DEFAULT_RETRY, **policy}
    for name in DEFAULT_RETRY:
        if name != "backoffFunction":
            _number(whole[name], f"{where}.{name}", _LEAST.get(name, 0), _MOST.get(name))
    if whole["backoffFunction"] not in _GROWTH:
        raise DeliveryPolicyError(f"{where}.backoffFunction must be one of {', '.join(_GROWTH)}")
    if whole["maxDelayTarget"] < whole["minDelayTarget"]:
        raise DeliveryPolicyError(f"{where}.maxDelayTarget must be greater than or equal to minDelayTarget")
    phases = whole["numNoDelayRetries"] + whole["numMinDelayRetries"] + whole["numMaxDelayRetries"]
    if phases > whole["numRetries"]:
        raise DeliveryPolicyError(f"{where}.numRetries must be greater than or equal to the retries of its phases")
    if sum(delays_s(whole)) > TOTAL_S_MAX:
        raise DeliveryPolicyError(f"{where}: the delays of all retries must be at most {TOTAL_S_MAX} seconds together")


def _throttle(policy: Any, where: str) -> None:
    if policy is not None:
        _known(policy, f"{where}.", {"maxReceivesPerSecond"})
        _number(policy.get("maxReceivesPerSecond"), f"{where}.maxReceivesPerSecond", 1, None)


def _request(policy: Any, where: str) -> None:
    if policy is None:
        return
    _known(policy, f"{where}.", {"headerContentType"})
    value = policy.get("headerContentType")
    kind = value.partition(";")[0].strip().lower() if isinstance(value, str) else ""
    if kind not in CONTENT_TYPES or not str(value).isprintable():
        raise DeliveryPolicyError(f"{where}.headerContentType must be one of {', '.join(sorted(CONTENT_TYPES))}")


def _number(value: Any, where: str, least: int, most: int | None) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise DeliveryPolicyError(f"{where} must be an integer")
    if value < least:
        raise DeliveryPolicyError(f"{where} must be greater than or equal to {least}")
    if most is not None and value > most:
        raise DeliveryPolicyError(f"{where} must be less than or equal to {most}")


CONTENT_TYPES = frozenset(
    {
        "application/atom+xml",
        "application/json",
        "application/octet-stream",
        "application/soap+xml",
        "application/x-www-form-urlencoded",
        "application/xhtml+xml",
        "application/xml",
        "text/css",
        "text/csv",
        "text/html",
        "text/plain",
        "text/xml",
    }
)
