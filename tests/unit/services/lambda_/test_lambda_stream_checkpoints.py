"""Checkpoints: one a lane, the slowest where lanes change, none left behind."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stratolite.services.lambda_.sources.checkpoint import Checkpoint, Checkpoints
from stratolite.services.lambda_.sources.stream_event import Window
from stratolite.storage.database import Database
from stratolite.storage.migrations import migrate_all

SCHEMA = Path(__file__).parents[4] / "src/stratolite/services/lambda_/schema.sql"
MAPPING, SHARD = "m-1", "shardId-1"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "database")
    migrate_all(database, {"lambda_": SCHEMA.read_text()})
    yield database
    database.close()


async def saved(database: Database, *checkpoints: Checkpoint) -> Checkpoints:
    store = Checkpoints(database)

    def work() -> None:
        for lane, checkpoint in enumerate(checkpoints):
            store.save(MAPPING, SHARD, lane, len(checkpoints), checkpoint)

    await database.transact(work)
    return store


def opened(store: Checkpoints, lanes: int) -> Callable[[], list[Checkpoint]]:
    return lambda: store.open(MAPPING, SHARD, lanes)


async def test_a_new_shard_has_none(database: Database) -> None:
    assert await database.transact(opened(Checkpoints(database), 2)) == [Checkpoint(), Checkpoint()]


async def test_they_are_kept_with_their_windows(database: Database) -> None:
    window = Window(60_000, 120_000, b'{"n":1}', is_early=True)
    store = await saved(database, Checkpoint("101"), Checkpoint("105", window))
    assert await database.transact(opened(store, 2)) == [Checkpoint("101"), Checkpoint("105", window)]


@pytest.mark.parametrize("lanes", [1, 5])
async def test_other_lanes_begin_at_the_slowest(database: Database, lanes: int) -> None:
    store = await saved(database, Checkpoint("109"), Checkpoint("105", Window(0, 60_000)))
    assert await database.transact(opened(store, lanes)) == [Checkpoint("105")] * lanes
    assert await database.transact(opened(store, lanes)) == [Checkpoint("105")] * lanes


async def test_a_lane_that_never_came_on_is_the_slowest(database: Database) -> None:
    store = Checkpoints(database)
    await database.transact(lambda: store.save(MAPPING, SHARD, 1, 2, Checkpoint("109")))
    assert await database.transact(opened(store, 2)) == [Checkpoint(), Checkpoint("109")]
    assert await database.transact(opened(store, 1)) == [Checkpoint()]


async def test_nothing_is_left_of_what_is_gone(database: Database) -> None:
    store = await saved(database, Checkpoint("101"))
    await database.transact(lambda: store.save(MAPPING, "shardId-2", 0, 1, Checkpoint("103")))
    await database.transact(lambda: store.save("m-2", SHARD, 0, 1, Checkpoint("102")))
    await database.transact(lambda: store.forget_shards(MAPPING, [SHARD]))
    assert store.shards(MAPPING) == {"shardId-2"}
    await database.transact(lambda: store.forget(MAPPING))
    assert store.shards(MAPPING) == set()
    assert store.shards("m-2") == {SHARD}
