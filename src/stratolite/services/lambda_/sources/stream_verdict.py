"""What a function's answer means for a batch of a stream: how many records are behind us, and whether it failed. Pure.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html (which answers are a
success, a partial success, a failure) and services-ddb-windows.html (an answer in a window has a state); recorded: the
``batch_item_success_scenarios`` and ``batch_item_failure_scenarios`` of DynamoDB streams and Kinesis.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from stratolite.services.lambda_.sources.batch import Answer, failed_identifiers
from stratolite.services.lambda_.sources.stream_event import Item


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
    handled = _handled(answer.payload, items) if is_partial else len(items)
    if handled is None:
        return FAILED
    if not has_window:
        return Verdict(handled)
    state = _state(answer.payload)
    # Without one it would be lost: AWS takes this for a failed invocation.
    return FAILED if state is None else Verdict(handled, state=state)


def _handled(payload: bytes, items: Sequence[Item]) -> int | None:
    """How many records are before the first that failed; None: the answer names what is no record of the batch."""
    failures = failed_identifiers(payload)
    if failures is None:
        return None
    known = {item.sequence: number for number, item in enumerate(items)} if failures else {}
    first = len(items)
    for failure in failures:
        number = known.get(failure)
        if number is None:
            return None
        first = min(first, number)
    return first


def _state(payload: bytes) -> bytes | None:
    try:
        response = msgspec.json.decode(payload)
    except msgspec.DecodeError:
        return None
    state = response.get("state") if isinstance(response, dict) else None
    return None if state is None else msgspec.json.encode(state)
