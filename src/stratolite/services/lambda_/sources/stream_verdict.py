"""What a function's answer means for a batch of a stream: how many records are behind us, and whether it failed. Pure.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html (which answers are a
success, a partial success, a failure) and services-ddb-windows.html (an answer in a window has a state); recorded: the
``batch_item_success_scenarios`` and ``batch_item_failure_scenarios`` of DynamoDB streams and Kinesis.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from stratolite.services.lambda_.sources.stream_event import Answer, Item


@dataclass(frozen=True, slots=True)
class Verdict:
    """``handled`` records from the front are done; the rest, if any, has failed."""

    handled: int
    is_failure: bool = False
    """Whether the execution failed as a whole, as opposed to one that names its first failed record."""
    state: bytes | None = None
    """The state of a tumbling window that the function gave (JSON)."""


FAILED = Verdict(0, is_failure=True)


def verdict(answer: Answer, items: Sequence[Item], *, is_partial: bool, has_window: bool) -> Verdict:
    """What an answer means. ``is_partial``: the mapping reports batch item failures."""
    if answer.error:
        return FAILED
    if not is_partial and not has_window:
        return Verdict(len(items))
    try:
        response = msgspec.json.decode(answer.payload)
    except msgspec.DecodeError:
        return FAILED
    handled = _handled(response, items) if is_partial else len(items)
    if handled is None:
        return FAILED
    if not has_window:
        return Verdict(handled)
    state = response.get("state") if isinstance(response, dict) else None
    if state is None:
        # The state would be lost: AWS takes this for a failed invocation.
        return FAILED
    return Verdict(handled, state=msgspec.json.encode(state))


def _handled(response: Any, items: Sequence[Item]) -> int | None:
    """How many records are before the first that failed; None: it names what is no record of the batch."""
    failures = response.get("batchItemFailures") if isinstance(response, dict) else None
    if failures is None:
        # Nothing in it speaks of failures: null, an empty text, an empty list, an empty object.
        return len(items)
    if not isinstance(failures, list):
        return None
    known = {item.sequence: number for number, item in enumerate(items)}
    first = len(items)
    for failure in failures:
        identifier = failure.get("itemIdentifier") if isinstance(failure, dict) else None
        number = known.get(identifier) if isinstance(identifier, str) else None
        if number is None:
            return None
        first = min(first, number)
    return first
