"""What functions are given: "{ "awslogs": {"data": "BASE64ENCODED_GZIP_COMPRESSED_DATA"} }" (SubscriptionFilters)."""

import base64
import gzip
import json
from typing import Any

from stratolite.core.entropy import SeededEntropy
from stratolite.services.logs.subscription import DATA_BYTES_MAX, function_events

DELIVERY: dict[str, Any] = {"group": "g", "stream": "s", "filter": "f", "destination": "d"}


def messages(event: bytes) -> list[str]:
    document = json.loads(gzip.decompress(base64.b64decode(json.loads(event)["awslogs"]["data"])))
    return [one["message"] for one in document["logEvents"]]


def delivery(*texts: str) -> dict[str, Any]:
    events = [{"id": str(place), "timestamp": 1, "message": text} for place, text in enumerate(texts)]
    return {**DELIVERY, "events": events}


def test_lines_that_fit_are_one_event() -> None:
    [event] = function_events("123456789012", delivery("a", "ü\ud800"))
    assert messages(event)[0] == "a"


def test_what_is_too_large_is_divided_in_order() -> None:
    entropy = SeededEntropy(1)
    texts = [entropy.hexadecimal(300_000) for _ in range(8)]
    events = list(function_events("123456789012", delivery(*texts)))
    assert len(events) > 1
    assert all(len(event) <= DATA_BYTES_MAX + 64 for event in events)
    assert [text for event in events for text in messages(event)] == texts
