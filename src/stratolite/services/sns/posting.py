"""Deliveries to HTTP and HTTPS endpoints: one POST each, and how fast they may follow one another.

A user name and password in an endpoint's URL are sent as Basic authorization.

An endpoint has 15 seconds. What it answers with 2xx is delivered; 429 and 5xx, and no answer at all, are tried again as
the delivery policy says; any other answer is the endpoint's last word.

Sources: https://docs.aws.amazon.com/sns/latest/dg/http-header.html and .../sns-message-and-json-formats.html
"""

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from stratolite.delivery.retry import DeliveryFailed
from stratolite.http import client
from stratolite.http.detour import Detour
from stratolite.services.sns import delivery_policy

TIMEOUT_S = 15
USER_AGENT = "Amazon Simple Notification Service Agent"


async def post(delivery: Mapping[str, Any], body: str, detour: Detour) -> None:
    """Send a delivery to its endpoint. Raises DeliveryFailed."""
    try:
        answer = await client.request(
            "POST",
            delivery["endpoint"],
            headers(delivery),
            body.encode(),
            timeout_s=TIMEOUT_S,
            detour=detour,
        )
    except client.RequestFailed as error:
        raise DeliveryFailed(str(error)) from error
    if not 200 <= answer.status < 300:
        may_recover = answer.status >= 500 or answer.status == 429
        raise DeliveryFailed(f"{delivery['endpoint']} answered {answer.status}", retry=may_recover)


def headers(delivery: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The header fields of a delivery. Only notifications have the content type of the delivery policy."""
    is_notification = delivery["type"] == "Notification"
    request = delivery["policy"]["requestPolicy"] if is_notification else delivery_policy.DEFAULT_REQUEST
    fields = [
        ("x-amz-sns-message-type", delivery["type"]),
        ("x-amz-sns-message-id", delivery["message_id"]),
        ("x-amz-sns-topic-arn", delivery["topic_arn"]),
    ]
    if delivery["type"] != "SubscriptionConfirmation":
        fields.append(("x-amz-sns-subscription-arn", delivery["subscription_arn"]))
    if delivery["raw"]:
        fields.append(("x-amz-sns-rawdelivery", "true"))
    parts = urlsplit(delivery["endpoint"])
    if parts.username:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        fields.append(("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}"))
    return [
        *fields,
        ("Content-Type", request["headerContentType"]),
        ("User-Agent", USER_AGENT),
        ("Accept-Encoding", "gzip,deflate"),
    ]


class Pace:
    """Gives the deliveries of a subscription their times under a throttle policy. In memory alone: after a restart the
    first ones go at once."""

    def __init__(self) -> None:
        self._next_ms: dict[str, int] = {}
        """When a subscription's next delivery may go."""
        self._granted: dict[int, int] = {}
        """The times of deliveries that wait for them."""

    def wait(self, delivery: Mapping[str, Any], entry_id: int, now_ms: int) -> None:
        """Return when a delivery may go now. Raises DeliveryFailed with its delay, which counts no attempt."""
        throttle = delivery["policy"]["throttlePolicy"]
        if throttle is None or delivery["type"] != "Notification":
            return
        due_ms = self._granted.pop(entry_id, None)
        if due_ms is None:
            arn = delivery["subscription_arn"]
            due_ms = max(now_ms, self._next_ms.get(arn, 0))
            self._next_ms[arn] = due_ms + -(-1000 // throttle["maxReceivesPerSecond"])
        if due_ms > now_ms:
            self._granted[entry_id] = due_ms
            raise DeliveryFailed("the throttle policy makes it wait", delay_s=(due_ms - now_ms) / 1000)
