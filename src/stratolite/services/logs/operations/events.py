"""Log events: written in batches, read from one stream, searched in a group."""

from collections.abc import Iterable, Iterator
from itertools import islice

from stratolite.core.call import Call
from stratolite.core.errors import NotImplementedHere
from stratolite.services.logs import Logs, api, rules
from stratolite.services.logs.domain import FIRST, Event, Group, Place
from stratolite.services.logs.filters import matcher

END_MS = 1 << 62
HEAD_ONLY_BEFORE_MS = 1_704_067_200_000
"""2024-01-01: FilterLogEvents reads from the tail only after it."""
SCANNED_EVENTS_MAX = 100_000
"""How many events one FilterLogEvents looks at; the page may then be short, or empty, with a token to go on."""


def put_log_events(call: Call, logs: Logs, request: api.PutLogEventsRequest) -> api.PutLogEventsResponse:
    """Append a batch. The sequence token is ignored, as AWS documents."""
    if "entity" in request:
        raise NotImplementedHere("entity of PutLogEvents is not implemented by this version of Stratolite.")
    events = [(event["timestamp"], event["message"]) for event in request["logEvents"]]
    rules.check_batch(events)
    group = logs.store.require_group(call, request["logGroupName"])
    stream = logs.store.require_stream(group, request["logStreamName"])
    sifted = rules.sift(events, call.now_ms, group.retention_days)
    if sifted.accepted:
        size_bytes = sum(rules.event_bytes(message) for _, message in sifted.accepted)
        batch_id = logs.store.add_batch(group.id, stream.id, sifted.accepted, size_bytes, call.now_ms)
        logs.intake.take(call, group.id, stream.name, batch_id, sifted.accepted, size_bytes, of_service=False)
    answer: api.PutLogEventsResponse = {"nextSequenceToken": f"{call.now_ms:056d}"}
    rejected: api.RejectedLogEventsInfo = {}
    if sifted.too_new_from is not None:
        rejected["tooNewLogEventStartIndex"] = sifted.too_new_from
    if sifted.too_old_until is not None:
        rejected["tooOldLogEventEndIndex"] = sifted.too_old_until
    if sifted.expired_until is not None:
        rejected["expiredLogEventEndIndex"] = sifted.expired_until
    if rejected:
        answer["rejectedLogEventsInfo"] = rejected
    return answer


def get_log_events(call: Call, logs: Logs, request: api.GetLogEventsRequest) -> api.GetLogEventsResponse:
    """A page of one stream. Without a token: its end, or with ``startFromHead`` its beginning.

    ``unmask`` has no effect, since nothing is masked here.
    """
    name = rules.group_name(request.get("logGroupName"), request.get("logGroupIdentifier"), call)
    group = logs.store.require_group(call, name)
    stream = logs.store.require_stream(group, request["logStreamName"])
    after: Place | None = None
    backward = not request.get("startFromHead", False)
    if "nextToken" in request:
        direction, after = rules.place_of_token(request["nextToken"])
        backward = direction == "b"
    start_ms, end_ms = _range(request.get("startTime", 0), request.get("endTime", END_MS), group, call)
    found = logs.store.events(stream, start_ms, end_ms, after=after, descending=backward)
    page = _page(found, request.get("limit", rules.PAGE_EVENTS_MAX))
    if backward:
        page.reverse()
    first, last = (page[0].place, page[-1].place) if page else (after or FIRST, after or FIRST)
    return {
        "events": [
            {"timestamp": event.timestamp_ms, "message": event.message, "ingestionTime": event.ingested_ms}
            for event in page
        ],
        "nextForwardToken": rules.token_of_place("f", last),
        "nextBackwardToken": rules.token_of_place("b", first),
    }


def filter_log_events(call: Call, logs: Logs, request: api.FilterLogEventsRequest) -> api.FilterLogEventsResponse:
    """Events of a group that match a pattern, in order of time, a page at a time.

    ``interleaved`` is ignored as AWS documents; ``unmask`` has no effect, since nothing is masked here.
    """
    name = rules.group_name(request.get("logGroupName"), request.get("logGroupIdentifier"), call)
    is_match = matcher(request.get("filterPattern", ""))
    backward, after = not request.get("startFromHead", True), None
    if backward and request.get("startTime", 0) < HEAD_ONLY_BEFORE_MS:
        raise api.InvalidParameterException(
            "startFromHead can be false only when startTime is on or after Jan 1, 2024 00:00:00 UTC."
        )
    if "nextToken" in request:
        direction, after = rules.place_of_token(request["nextToken"])
        backward = direction == "b"
    group = logs.store.require_group(call, name)
    names = _searched(logs, group, request)
    start_ms, end_ms = _range(request.get("startTime", 0), request.get("endTime", END_MS - 1) + 1, group, call)
    scan = _Scan(logs.store.events(group, start_ms, end_ms, after=after, descending=backward))
    limit = request.get("limit", rules.PAGE_EVENTS_MAX)
    matching = (event for event in scan if event.stream_id in names and is_match(event.message))
    page = _page(matching, limit)
    answer: api.FilterLogEventsResponse = {
        "events": [
            {
                "logStreamName": names[event.stream_id],
                "timestamp": event.timestamp_ms,
                "message": event.message,
                "ingestionTime": event.ingested_ms,
                "eventId": event.place.digits(),
            }
            for event in page
        ],
        "searchedLogStreams": [],
    }
    if not scan.is_done:
        reached = scan.seen if scan.is_cut else page[-1]
        answer["nextToken"] = rules.token_of_place("b" if backward else "f", reached.place)
    return answer


class _Scan:
    """Events one by one, at most ``SCANNED_EVENTS_MAX``; remembers where it stopped and why."""

    seen: Event
    is_done = False
    is_cut = False

    def __init__(self, events: Iterator[Event]) -> None:
        self._events = events

    def __iter__(self) -> Iterator[Event]:
        for event in islice(self._events, SCANNED_EVENTS_MAX):
            self.seen = event
            yield event
        self.is_cut = next(self._events, None) is not None
        self.is_done = not self.is_cut


def _page(events: Iterable[Event], limit: int) -> list[Event]:
    """As many events as one answer may hold."""
    page: list[Event] = []
    left_bytes = rules.PAGE_BYTES_MAX
    if limit <= 0:
        return page
    for event in events:
        left_bytes -= rules.event_bytes(event.message)
        if left_bytes < 0 and page:
            break
        page.append(event)
        if len(page) == limit:
            break
    return page


def _range(start_ms: int, end_ms: int, group: Group, call: Call) -> tuple[int, int]:
    """The wanted time range, without what has expired."""
    return max(start_ms, group.oldest_ms(call.now_ms)), end_ms


def _searched(logs: Logs, group: Group, request: api.FilterLogEventsRequest) -> dict[int, str]:
    """Which streams are searched: names by id."""
    wanted, prefix = request.get("logStreamNames"), request.get("logStreamNamePrefix", "")
    if wanted and prefix:
        raise api.InvalidParameterException("logStreamNames and logStreamNamePrefix are mutually exclusive parameters.")
    if not wanted:
        return logs.store.stream_names(group, prefix)
    streams = [logs.store.require_stream(group, name) for name in wanted]
    return {stream.id: stream.name for stream in streams}
