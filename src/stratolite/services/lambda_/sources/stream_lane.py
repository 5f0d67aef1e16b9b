"""One lane of one shard: which records go to the function, in which batches, again when, and when they are given up.

A pure state machine. Its driver asks ``step`` what to do now, does it, and tells the lane what came of it. A shard has
as many lanes as ``ParallelizationFactor`` says; the records of an item are always in the same lane, and a lane has one
batch at a time in hand, so that the order of each item's changes is kept.

    Read ──> took            records after ``cursor``; the lane gathers them into a batch
    Invoke ─> answered       the batch is done, done in part, split in two, tried again later, or given up
         └──> refused        it never ran (throttled, say): tried again later, which counts as no attempt
    Discard                  records are too old, or were tried too often: they go to the destination
    Wait                     until a time, or until new records are there
    Done                     the shard is closed and everything of it is behind us

``position`` is what may be made durable after each of these: everything up to it is done or given up.

- A batch is full at ``BatchSize`` records or 6 MB; it goes when it is full, or when its window
  (``MaximumBatchingWindowInSeconds`` after its first record was read) has passed and nothing more is there.
- A failed batch is tried again after 0.5 s, 1 s, 2 s ... 60 s (seven executions in the first minute, as recorded:
  ``test_kinesis_maximum_record_age_exceeded[expire-while-retrying]``).
- ``BisectBatchOnFunctionError`` splits a batch that failed as a whole instead of trying it again; a split counts as no
  attempt, and a batch of one is tried as often as any other.
- After a partial success the rest is a batch of its own, with all its attempts (recorded:
  ``test_dynamodb_report_batch_item_failures``), whether or not batches are bisected.
- Records whose age is over ``MaximumRecordAgeInSeconds``, or over the time (mostly 24 hours) for which a stream keeps
  them, are given up before the next attempt; younger ones of their batch are tried again.
- A tumbling window ends when a record of a later one is there, or when its time is over and all that there is was read;
  early, when its state is over a megabyte (it goes on with none), and where its shard ends. Its last execution has no
  records and is tried until it succeeds, for a day at most.

Follows https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html, services-dynamodb-errors.html and
services-ddb-windows.html.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from stratolite.services.lambda_.sources.batch import Answer
from stratolite.services.lambda_.sources.stream_event import AGE_EXCEEDED, RETRIES_EXHAUSTED, Item, Window
from stratolite.services.lambda_.sources.stream_verdict import Verdict, verdict

EVENT_BYTES_MAX = 6 * 1024 * 1024
ENVELOPE_BYTES = 1024
"""What an event has around its records, apart from a window's state."""
STATE_BYTES_MAX = 1024 * 1024
RETENTION_MS = 24 * 60 * 60 * 1000
BACKOFF_MS_MIN = 500
BACKOFF_MS_MAX = 60_000


@dataclass(frozen=True, slots=True)
class Settings:
    """What a mapping says of its batches; -1 is without limit."""

    batch_size: int = 100
    window_s: int = 0
    retries: int = -1
    age_s: int = -1
    is_bisecting: bool = False
    is_partial: bool = False
    tumbling_s: int = 0
    retention_ms: int = RETENTION_MS
    """For how long the stream keeps records."""

    @property
    def age_ms_max(self) -> int:
        return self.retention_ms if self.age_s < 0 else min(self.retention_ms, self.age_s * 1000)


@dataclass(slots=True)
class Batch:
    """Records that go to the function together; without records it is the last execution of a tumbling window."""

    items: list[Item]
    window: Window | None = None
    invokes: int = 0
    failures: int = 0
    """Failed attempts and refusals in a row, for the next wait."""
    due_ms: int = 0
    answer: Answer | None = None
    """What the last execution came to."""
    is_refused: bool = False
    """Whether the function could not be run when it was to be."""

    @property
    def is_final(self) -> bool:
        return not self.items


@dataclass(frozen=True, slots=True)
class Read:
    """Read on after ``cursor``."""

    after: str


@dataclass(frozen=True, slots=True)
class Invoke:
    """Execute the function with a batch."""

    batch: Batch


@dataclass(frozen=True, slots=True)
class Discard:
    """Records that were given up; the lane is past them already."""

    items: list[Item]
    condition: str
    invokes: int
    answer: Answer | None = None
    """What the last execution came to, if there was one."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Until a time (wall, ms; None: no time), or until there are new records where these would change anything."""

    until_ms: int | None
    for_records: bool = True


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing will come any more."""


Step = Read | Invoke | Discard | Wait | Done


@dataclass(slots=True)
class Lane:
    """See the module. ``position``: everything up to it is done. ``window``: the tumbling window that is open."""

    settings: Settings
    position: str = ""
    window: Window | None = None
    cursor: str = field(init=False)
    """Up to where records were read."""
    is_failing: bool = field(default=False, init=False)
    """Whether the last execution did nothing of what it had to do."""
    _gathered: deque[Item] = field(default_factory=deque, init=False)
    _opened_ms: int = field(default=0, init=False)
    """When the batch that is being gathered began."""
    _batches: deque[Batch] = field(default_factory=deque, init=False)
    """Batches that are made, in order; the first is in hand."""
    _is_at_end: bool = field(default=False, init=False)
    _is_closed: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self.cursor = self.position
        if self.window is not None and self.window.is_early:
            self._end_window()

    # What happens ------------------------------------------------------------------------------------------------

    def woken(self) -> None:
        """There may be new records."""
        self._is_at_end = False

    def took(
        self, items: Iterable[Item], cursor: str, now_ms: int, *, is_at_end: bool, is_closed: bool = False
    ) -> None:
        """What was read after the cursor, apart from what is not for this lane or does not match the filters."""
        if not self._gathered:
            self._opened_ms = now_ms
        self._gathered.extend(items)
        self.cursor = cursor
        self._is_at_end = is_at_end
        self._is_closed = is_closed
        self._settle()

    def answered(self, answer: Answer, now_ms: int) -> Discard | None:
        """The function has run with the batch in hand; what is given up, if anything."""
        batch = self._batches[0]
        batch.invokes += 1
        batch.answer, batch.is_refused = answer, False
        if batch.is_final:
            self._final(batch, answer, now_ms)
            return None
        has_window = batch.window is not None
        found = verdict(answer, batch.items, is_partial=self.settings.is_partial, has_window=has_window)
        self.is_failing = not found.handled
        if found.handled:
            self._advance(found)
        if found.handled == len(batch.items):
            self._finish(now_ms)
            return None
        return self._failed(batch, found, answer, now_ms)

    def refused(self, now_ms: int) -> None:
        """The function could not be run: as if it had not been tried, but later."""
        batch = self._batches[0]
        self.is_failing = batch.is_refused = True
        batch.failures += 1
        batch.due_ms = now_ms + backoff_ms(batch.failures)

    @property
    def refused_until_ms(self) -> int | None:
        """Until when the batch in hand waits that could not be run; None when there is none."""
        batch = self._batches[0] if self._batches else None
        return batch.due_ms if batch is not None and batch.is_refused else None

    def hurry(self) -> None:
        """There may be room for the batch that could not be run."""
        self._batches[0].due_ms = 0

    # What to do --------------------------------------------------------------------------------------------------

    def step(self, now_ms: int) -> Step:
        """What to do now."""
        if not self._batches:
            waiting = self._gather(now_ms)
            if waiting is not None:
                return waiting
        batch = self._batches[0]
        if batch.is_final:
            # A batch of a window that nobody could finish in a day: its state is as old as records that are gone.
            if batch.window is not None and now_ms - batch.window.end_ms > RETENTION_MS and batch.failures:
                self._close_window()
                return self.step(now_ms)
        else:
            too_old = self._too_old(batch, now_ms)
            if too_old is not None:
                return too_old
        if batch.due_ms > now_ms:
            return Wait(batch.due_ms, for_records=False)
        if batch.window is not None and not batch.is_final:
            # The batches before it have changed the state.
            batch.window = self.window
        return Invoke(batch)

    def _gather(self, now_ms: int) -> Read | Wait | Done | None:
        """Make the next batch; or what has to happen before that."""
        count, is_full = self._prefix()
        if not count and self._gathered:
            # The next record belongs to a later window.
            self._end_window()
            return None
        if not is_full and not self._is_at_end:
            return Read(self.cursor)
        if count:
            due_ms = self._due_ms()
            if not is_full and not self._is_closed and due_ms > now_ms:
                return Wait(due_ms)
            self._cut(count)
            return None
        if self.window is not None:
            if self._is_closed or self.window.end_ms <= now_ms:
                # What else comes in its time comes to another shard, where the window begins with nothing.
                self._end_window(is_early=now_ms < self.window.end_ms)
                return None
            return Wait(self.window.end_ms)
        return Done() if self._is_closed else Wait(None)

    def _prefix(self) -> tuple[int, bool]:
        """How many of the gathered records the next batch would have, and whether it could have no more."""
        room = EVENT_BYTES_MAX - ENVELOPE_BYTES
        window = self.window
        if window is not None:
            room -= len(window.state)
        count = 0
        for item in self._gathered:
            if self.settings.tumbling_s:
                if window is None:
                    window = Window.of(item.created_ms, self.settings.tumbling_s)
                elif item.created_ms >= window.end_ms:
                    return count, True
            room -= len(item.body) + 1
            if count and room < 0:
                return count, True
            count += 1
            if count == self.settings.batch_size:
                return count, True
        return count, False

    def _due_ms(self) -> int:
        """When a batch goes that is not full."""
        due_ms = self._opened_ms + self.settings.window_s * 1000
        return due_ms if self.window is None else min(due_ms, self.window.end_ms)

    def _cut(self, count: int) -> None:
        items = [self._gathered.popleft() for _ in range(count)]
        if self.settings.tumbling_s and self.window is None:
            self.window = Window.of(items[0].created_ms, self.settings.tumbling_s)
        self._batches.append(Batch(items, self.window))

    def _too_old(self, batch: Batch, now_ms: int) -> Discard | None:
        """Give up the records of a batch that are too old."""
        oldest_ms = now_ms - self.settings.age_ms_max
        if batch.items[0].created_ms >= oldest_ms:
            return None
        count = next((n for n, item in enumerate(batch.items) if item.created_ms >= oldest_ms), len(batch.items))
        gone, batch.items = batch.items[:count], batch.items[count:]
        self.position = gone[-1].sequence
        if not batch.items:
            self._finish(now_ms)
        # Recorded: one more than the executions that there were.
        return Discard(gone, AGE_EXCEEDED, batch.invokes + 1, batch.answer)

    # How batches end ---------------------------------------------------------------------------------------------

    def _advance(self, found: Verdict) -> None:
        batch = self._batches[0]
        self.position = batch.items[found.handled - 1].sequence
        if found.state is not None and self.window is not None:
            is_over = len(found.state) > STATE_BYTES_MAX
            self.window = replace(self.window, state=found.state, is_early=is_over)

    def _failed(self, batch: Batch, found: Verdict, answer: Answer, now_ms: int) -> Discard | None:
        if found.handled:
            batch.items = batch.items[found.handled :]
            batch.invokes, batch.answer = 0, None
            batch.failures = 1
            batch.due_ms = now_ms + backoff_ms(1)
            if self.window is not None and self.window.is_early:
                self._batches.appendleft(Batch([], self.window))
            return None
        if self.settings.is_bisecting and found.is_failure and len(batch.items) > 1:
            half = len(batch.items) // 2
            self._batches.popleft()
            self._batches.extendleft([Batch(batch.items[half:], batch.window), Batch(batch.items[:half], batch.window)])
            return None
        if 0 <= self.settings.retries < batch.invokes:
            self.position = batch.items[-1].sequence
            self._finish(now_ms)
            return Discard(batch.items, RETRIES_EXHAUSTED, batch.invokes, answer)
        batch.failures += 1
        batch.due_ms = now_ms + backoff_ms(batch.failures)
        return None

    def _finish(self, now_ms: int) -> None:
        """The batch in hand is over."""
        self._batches.popleft()
        if self.window is not None and self.window.is_early:
            self._batches.appendleft(Batch([], self.window))
        # The next batch's window begins when this one is over.
        self._opened_ms = now_ms
        self._settle()

    def _settle(self) -> None:
        """Where nothing waits, what was read is done."""
        if not self._batches and not self._gathered:
            self.position = self.cursor

    # Tumbling windows --------------------------------------------------------------------------------------------

    def _end_window(self, *, is_early: bool = False) -> None:
        assert self.window is not None
        self._batches.append(Batch([], replace(self.window, is_early=is_early or self.window.is_early)))

    def _final(self, batch: Batch, answer: Answer, now_ms: int) -> None:
        self.is_failing = bool(answer.error)
        if answer.error:
            batch.failures += 1
            batch.due_ms = now_ms + backoff_ms(batch.failures)
        else:
            self._close_window()

    def _close_window(self) -> None:
        self._batches.popleft()
        window, self.window = self.window, None
        if window is not None and window.is_early:
            # One that has outgrown its limit goes on with nothing; any other is over.
            self.window = Window(window.start_ms, window.end_ms)
        self._settle()


def backoff_ms(failures: int) -> int:
    """How long a batch waits after so many failures in a row (from 1)."""
    return min(BACKOFF_MS_MAX, BACKOFF_MS_MIN << min(failures - 1, 10))
