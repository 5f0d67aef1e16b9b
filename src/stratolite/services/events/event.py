"""Events as EventBridge delivers them.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from stratolite.core.call import Call
from stratolite.core.clock import iso8601
from stratolite.core.rule_tokens import whole

TIME_BYTES = 14
"""What a time counts.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
"""


def dumps(value: Any) -> str:
    """Compact JSON, as events are delivered."""
    return whole(json.dumps(value, separators=(",", ":"), ensure_ascii=False))


def event(
    call: Call,
    event_id: str,
    source: str,
    detail_type: str,
    detail: Any,
    *,
    resources: Sequence[str] = (),
    time_ms: int | None = None,
) -> dict[str, Any]:
    """An event of the caller's account and region; its time has seconds."""
    return {
        "version": "0",
        "id": event_id,
        "detail-type": detail_type,
        "source": source,
        "account": call.account,
        "time": iso8601(call.now_ms if time_ms is None else time_ms, milliseconds=False),
        "region": call.region,
        "resources": list(resources),
        "detail": detail,
    }


def time_ms(event: Mapping[str, Any]) -> int:
    """The time that an event says, in milliseconds since 1970."""
    return round(datetime.fromisoformat(event["time"]).timestamp() * 1000)


def archived_bytes(original: Mapping[str, Any]) -> int:
    """What an event counts in an archive (``test_list_archive_with_events``: 1590 for ten)."""
    texts = [original["source"], original["detail-type"], original["account"], dumps(original["detail"])]
    return TIME_BYTES + size_bytes([*texts, *original["resources"]])


def size_bytes(texts: Iterable[str]) -> int:
    """The bytes of texts in all; halves of surrogate pairs, which JSON can write, count too."""
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)


def replayed(original: Mapping[str, Any], replay_name: str) -> dict[str, Any]:
    """An event of an archive, as a replay gives it out (``test_start_list_describe_canceled_replay``)."""
    result: dict[str, Any] = {}
    for name, value in original.items():
        result[name] = value
        if name == "region":
            result["replay-name"] = replay_name
    return result
