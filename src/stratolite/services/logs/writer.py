"""How lines get into the tables: in order of time, in batches within CloudWatch Logs' limits.

One INSERT a batch; groups and streams are made when they lack.
"""

from collections.abc import Sequence
from operator import itemgetter

from stratolite.core.call import Call
from stratolite.services.logs import rules
from stratolite.services.logs.intake import Intake
from stratolite.services.logs.store import Store


class Writer:
    """Writes lines of other services."""

    def __init__(self, store: Store, intake: Intake) -> None:
        self._store = store
        self._intake = intake

    def append(self, call: Call, group: str, stream: str, events: Sequence[tuple[int, str]]) -> None:
        """Append (milliseconds, message) events in the current transaction. Messages over the limit are cut."""
        if not events:
            return
        events = sorted(events, key=itemgetter(0))
        size_bytes = rules.batch_bytes([message for _, message in events])
        if (
            size_bytes <= min(rules.BATCH_BYTES_MAX, rules.EVENT_BYTES_MAX)
            and len(events) <= rules.BATCH_EVENTS_MAX
            and events[-1][0] - events[0][0] <= rules.BATCH_SPAN_MS_MAX
        ):
            # As nearly all are: looking at each event would be half of what writing them costs.
            self._write(call, group, stream, events, size_bytes)
            return
        batch: list[tuple[int, str]] = []
        size_bytes = 0
        for event in events:
            event_bytes = rules.event_bytes(event[1])
            if event_bytes > rules.EVENT_BYTES_MAX:
                event, event_bytes = _cut(event), rules.EVENT_BYTES_MAX
            if batch and (
                size_bytes + event_bytes > rules.BATCH_BYTES_MAX
                or len(batch) == rules.BATCH_EVENTS_MAX
                or event[0] - batch[0][0] > rules.BATCH_SPAN_MS_MAX
            ):
                self._write(call, group, stream, batch, size_bytes)
                batch, size_bytes = [], 0
            batch.append(event)
            size_bytes += event_bytes
        if batch:
            self._write(call, group, stream, batch, size_bytes)

    def _write(self, call: Call, group: str, stream: str, batch: Sequence[tuple[int, str]], size_bytes: int) -> None:
        group_id, batch_id = self._store.append(call, group, stream, batch, size_bytes)
        self._intake.take(call, group_id, stream, batch_id, batch, size_bytes, of_service=True)


def _cut(event: tuple[int, str]) -> tuple[int, str]:
    room = rules.EVENT_BYTES_MAX - rules.EVENT_OVERHEAD_BYTES
    return event[0], event[1].encode()[:room].decode(errors="ignore")
