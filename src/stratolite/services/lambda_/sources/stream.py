"""DynamoDB streams and Kinesis streams as event sources: the lanes of a stream's shards, driven.

Each lane does what ``stream_lane.Lane`` says: it reads, has the function executed, waits. Its checkpoint is written in
the transaction that hands what was given up to its destination. A shard begins when its parent is done, so that the
order of an item's changes, or of a key's records, is kept over shards too. Sources:
https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html and with-kinesis.html
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stratolite.core.errors import AwsError
from stratolite.core.ports.kinesis import KinesisPort
from stratolite.core.ports.streams import Shard, StreamPort, StreamRecord
from stratolite.services.lambda_ import metrics
from stratolite.services.lambda_.mapping_store import POLLED, EventSourceMapping
from stratolite.services.lambda_.sources import filter, stream_destination
from stratolite.services.lambda_.sources.checkpoint import Checkpoint, Checkpoints
from stratolite.services.lambda_.sources.poller import OK, PROBLEM, Poller
from stratolite.services.lambda_.sources.record_form import ChangeForm, DataForm, RecordForm
from stratolite.services.lambda_.sources.stream_event import Place, event
from stratolite.services.lambda_.sources.stream_lane import Batch, Discard, Done, Invoke, Lane, Read, Settings, Wait
from stratolite.services.lambda_.sources.stream_pages import RECORDS_MAX, Pages
from stratolite.services.world import World

if TYPE_CHECKING:
    from stratolite.services.lambda_ import Lambda

LATEST, AT_TIMESTAMP = "LATEST", "AT_TIMESTAMP"
KINESIS = "kinesis"


@dataclass(slots=True)
class Work:
    """A lane and what it needs. ``saved`` is its checkpoint as it is stored."""

    place: Place
    pages: Pages
    number: int
    lane: Lane
    saved: Checkpoint
    is_busy: bool = False
    """Whether the function is being executed for it."""

    @property
    def checkpoint(self) -> Checkpoint:
        return Checkpoint(self.lane.position, self.lane.window)


class StreamSource:
    """One stream, polled for one mapping."""

    def __init__(self, poller: Poller) -> None:
        mapping = self._mapping = poller.mapping
        self._poller = poller
        self._world = poller.lambda_.world
        self._checkpoints = Checkpoints(self._world.database)
        self._settings = settings_of(mapping)
        self._lanes = lanes_of(mapping)
        self._port = port_of(self._world, mapping.service)
        criteria = mapping.settings.get("FilterCriteria", {})
        self._matches = filter.of_data(criteria) if mapping.service == KINESIS else filter.of_records(criteria)
        self._destination = mapping.settings.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination", "")
        self._works: dict[tuple[str, int], Work] = {}
        """The lanes at work, by shard and number."""
        self._begun: set[str] = set()
        """Shards that are being read, or are closed and behind us."""
        self._has_news = False

    async def run(self) -> None:
        """Poll until the poller is stopping."""
        unwatch = self._port.watch(self._mapping.source_arn, self._woken)
        try:
            self._look_at_retention()
            await self._begin_shards()
            while not self._poller.is_stopping:
                until_ms = await self._advance()
                await self._poller.wait(until_ms)
                if self._has_news:
                    self._has_news = False
                    self._look_at_retention()
                    for work in self._works.values():
                        work.lane.woken()
                        work.pages.end = None
                    if not self._works:
                        # A stream of Kinesis may have been made again.
                        await self._begin_shards()
        finally:
            unwatch()

    def _woken(self) -> None:
        self._has_news = True
        self._poller.wake()

    def _look_at_retention(self) -> None:
        """A stream of Kinesis may keep its records for another time than before."""
        if self._mapping.service == KINESIS:
            retention_ms = self._world.ports.kinesis.retention_ms(self._mapping.source_arn)
            if retention_ms not in (0, self._settings.retention_ms):
                self._settings = replace(self._settings, retention_ms=retention_ms)
                for work in self._works.values():
                    work.lane.settings = self._settings

    # Shards ------------------------------------------------------------------------------------------------------

    async def _begin_shards(self) -> None:
        """Begin the shards whose parents are behind us."""
        await self._world.database.transact(self._begin_next)

    def _begin_next(self) -> None:
        shards = self._port.shards(self._mapping.source_arn)
        stored = self._checkpoints.shards(self._mapping.uuid)
        if not stored and not self._begun:
            _pin(self._world, self._mapping)
        known, working = {shard.shard_id for shard in shards}, {shard_id for shard_id, _ in self._works}
        self._begun &= known | working
        waited_for = known - (self._begun - working)
        for shard in shards:
            is_next = waited_for.isdisjoint((shard.parent_id, shard.adjacent_parent_id))
            if is_next and shard.shard_id not in self._begun:
                self._begin(shard)
        gone = stored - known
        # Some checkpoint is always kept: without any, the mapping would begin as a new one.
        if gone and gone != stored:
            self._checkpoints.forget_shards(self._mapping.uuid, sorted(gone))

    def _begin(self, shard: Shard) -> None:
        mapping, shard_id = self._mapping, shard.shard_id
        place = Place(mapping.source_arn, shard_id, mapping.function.qualified_arn)
        pages = Pages(self._form(place), self._lanes, self._matches)
        for number, checkpoint in enumerate(self._checkpoints.open(mapping.uuid, shard_id, self._lanes)):
            window = checkpoint.window
            if window is not None and window.length_s != self._settings.tumbling_s:
                # The mapping has other windows now, or none.
                window = None
            lane = Lane(self._settings, checkpoint.position, window)
            self._works[shard_id, number] = Work(place, pages, number, lane, checkpoint)
        self._begun.add(shard_id)

    def _form(self, place: Place) -> RecordForm:
        if self._mapping.service != KINESIS:
            return ChangeForm(self._mapping.source_arn)
        try:
            version = self._poller.lambda_.store.require_version(self._mapping.function)
        except AwsError:
            # There is nobody to see it.
            return DataForm(place, "")
        return DataForm(place, version.settings["Role"])

    # Lanes -------------------------------------------------------------------------------------------------------

    async def _advance(self) -> int | None:
        """Bring every lane as far as it comes now; when the first of them has to go on."""
        times: list[int] = []
        for key, work in list(self._works.items()):
            while not work.is_busy and not self._poller.is_stopping:
                match work.lane.step(self._world.clock.now_ms()):
                    case Read(after):
                        await self._read(work, after)
                    case Discard() as discard:
                        await self._save(work, discard)
                    case Invoke(batch):
                        work.is_busy = True
                        self._poller.start(self._process(work, batch))
                    case Wait(until_ms):
                        times += [] if until_ms is None else [until_ms]
                        break
                    case Done():
                        await self._save(work)
                        del self._works[key]
                        await self._begin_shards()
                        # The lanes of its children begin at once.
                        self._poller.wake()
                        break
        await self._save_idle()
        return min(times, default=None)

    async def _read(self, work: Work, after: str) -> None:
        lane, page = work.lane, work.pages.find(after)
        is_closed = False
        if page is None and work.pages.end != after:
            # In a transaction, so that what is read is durable: a function must not see what a crash may take back.
            records, is_closed = await self._world.database.transact(lambda: self._fetch(work, after))
            page = work.pages.add(after, records) if records else None
            if page is None and not is_closed:
                # The other lanes need not look, until there is news.
                work.pages.end = after
        now_ms = self._world.clock.now_ms()
        if page is None:
            lane.took((), after, now_ms, is_at_end=True, is_closed=is_closed)
        else:
            lane.took(page.items(work.number, after), page.last, now_ms, is_at_end=False)

    def _fetch(self, work: Work, after: str) -> tuple[Sequence[StreamRecord], bool]:
        """Records; or none, and whether none will come."""
        arn, shard_id, stream = self._mapping.source_arn, work.place.shard_id, self._port
        records = stream.read(arn, shard_id, after, RECORDS_MAX)
        if records:
            return records, False
        return (), not any(shard.is_open for shard in stream.shards(arn) if shard.shard_id == shard_id)

    async def _process(self, work: Work, batch: Batch) -> None:
        """Execute the function with a batch, and keep what came of it."""
        lane, clock = work.lane, self._world.clock
        discard = None
        if batch.items:
            age_ms = clock.now_ms() - batch.items[-1].created_ms
            metrics.count(self._poller.lambda_, self._mapping.function, "IteratorAge", age_ms, "Milliseconds")
        try:
            answer = await self._poller.invoke(event(work.place, batch.items, batch.window, is_final=batch.is_final))
        except AwsError:
            # Throttled, gone, not startable: as if it had not been tried.
            lane.refused(clock.now_ms())
        else:
            discard = lane.answered(answer, clock.now_ms())
            self._hurry_one()
        await self._save(work, discard, PROBLEM if lane.is_failing else OK)
        work.is_busy = False

    def _hurry_one(self) -> None:
        """An execution has ended: there is room again for a lane that had none."""
        waiting = [work.lane for work in self._works.values() if not work.is_busy and work.lane.refused_until_ms]
        if waiting:
            min(waiting, key=lambda lane: lane.refused_until_ms or 0).hurry()

    async def _save(self, work: Work, discard: Discard | None = None, result: str = "") -> None:
        """Write what has changed: the checkpoint, what is given up, the last result."""
        mapping, checkpoint = self._mapping, work.checkpoint

        def write() -> None:
            self._write(work, checkpoint)
            if discard is not None and self._destination:
                call = self._poller.call()
                stream_destination.send(call, self._world, mapping.uuid, self._destination, work.place, discard)
            if result:
                self._poller.note(result)

        await self._world.database.transact(write)
        work.saved = checkpoint

    async def _save_idle(self) -> None:
        """Write the checkpoints of the lanes that have passed records without executing anything."""
        moved = [(work, work.checkpoint) for work in self._works.values() if not work.is_busy]
        moved = [(work, checkpoint) for work, checkpoint in moved if checkpoint != work.saved]
        if not moved:
            return

        def write() -> None:
            for work, checkpoint in moved:
                self._write(work, checkpoint)

        await self._world.database.transact(write)
        for work, checkpoint in moved:
            work.saved = checkpoint

    def _write(self, work: Work, checkpoint: Checkpoint) -> None:
        if checkpoint != work.saved:
            shard_id = work.place.shard_id
            self._checkpoints.save(self._mapping.uuid, shard_id, work.number, self._lanes, checkpoint)


def port_of(world: World, service: str) -> StreamPort | KinesisPort:
    """Who has the streams of a service."""
    return world.ports.kinesis if service == KINESIS else world.ports.stream


def settings_of(mapping: EventSourceMapping) -> Settings:
    """What a mapping says of its batches."""
    given = mapping.settings
    return Settings(
        batch_size=given["BatchSize"],
        window_s=given["MaximumBatchingWindowInSeconds"],
        retries=given["MaximumRetryAttempts"],
        age_s=given["MaximumRecordAgeInSeconds"],
        is_bisecting=given["BisectBatchOnFunctionError"],
        is_partial="ReportBatchItemFailures" in given["FunctionResponseTypes"],
        tumbling_s=given["TumblingWindowInSeconds"],
    )


def lanes_of(mapping: EventSourceMapping) -> int:
    """How many batches of a shard are executed at a time."""
    lanes: int = mapping.settings["ParallelizationFactor"]
    return lanes


def begin(lambda_: "Lambda", mapping: EventSourceMapping) -> None:
    """In the transaction that creates a mapping. One that is not polled yet begins when it is."""
    if mapping.state in POLLED:
        _pin(lambda_.world, mapping)


def _pin(world: World, mapping: EventSourceMapping) -> None:
    """A mapping of the latest records begins after those that there are; one of a time, after those from before it."""
    position, before_ms = mapping.settings["StartingPosition"], None
    if position == AT_TIMESTAMP:
        before_ms = round(mapping.settings["StartingPositionTimestamp"] * 1000)
    elif position != LATEST:
        return
    checkpoints, stream = Checkpoints(world.database), port_of(world, mapping.service)
    for shard in stream.shards(mapping.source_arn):
        latest = Checkpoint(stream.latest(mapping.source_arn, shard.shard_id, before_ms))
        checkpoints.begin(mapping.uuid, shard.shard_id, lanes_of(mapping), latest)


def forget(lambda_: "Lambda", mapping: EventSourceMapping) -> None:
    """In the transaction that deletes a mapping: its checkpoints."""
    Checkpoints(lambda_.world.database).forget(mapping.uuid)
