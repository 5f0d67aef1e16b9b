"""Pages of a shard: read once, filtered, divided into lanes, kept for as long as slower lanes may want them. Pure."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from stratolite.core.ports.streams import StreamRecord
from stratolite.services.lambda_.sources.filter import Matches
from stratolite.services.lambda_.sources.record_form import RecordForm
from stratolite.services.lambda_.sources.stream_event import Item

RECORDS_MAX = 1000
"""How many records one read asks for, as GetRecords has it."""
PAGES_MAX = 4
"""How many pages are kept for the other lanes; a lane that is further behind reads for itself."""


@dataclass(frozen=True, slots=True)
class Page:
    """Records after one sequence number and up to another."""

    after: str
    last: str
    lanes: tuple[list[Item], ...]
    """Of each lane those that match, in order."""

    def items(self, lane: int, after: str) -> list[Item]:
        """A lane's records after a sequence number."""
        found = self.lanes[lane]
        return found if after == self.after else [item for item in found if item.sequence > after]


class Pages:
    """The pages of one shard that were read last."""

    def __init__(self, form: RecordForm, lanes: int, matches: Matches | None) -> None:
        self._form = form
        self._lanes = lanes
        self._matches = matches
        # A single lane never comes back to a page.
        self._kept: deque[Page] = deque(maxlen=PAGES_MAX if lanes > 1 else 0)
        self.end: str | None = None
        """The sequence number after which there was nothing when somebody looked last, unless there is news."""

    def find(self, after: str) -> Page | None:
        """A page that was read and has the record that follows a sequence number."""
        return next((page for page in self._kept if page.after <= after < page.last), None)

    def add(self, after: str, records: Sequence[StreamRecord]) -> Page:
        """What was read after a sequence number; at least one record."""
        lanes: tuple[list[Item], ...] = tuple([] for _ in range(self._lanes))
        for record in records:
            event = self._form.shown(record)
            if self._matches is None or self._matches(event):
                item = Item(record.sequence_number, record.created_ms, msgspec.json.encode(event))
                lanes[self._form.lane_of(event, self._lanes)].append(item)
        page = Page(after, records[-1].sequence_number, lanes)
        self._kept.append(page)
        return page
