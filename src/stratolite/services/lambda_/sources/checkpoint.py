"""How far each mapping has come in each lane of each shard: what survives ``kill -9``. The table is named here alone.

A checkpoint is written in the transaction in which what it passes is done, or is handed to its destination; so nothing
is ever skipped, and what a crash cuts off is executed again.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from stratolite.services.lambda_.sources.stream_event import Window
from stratolite.storage.database import Database


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """``position``: everything up to it is done. ``window``: the tumbling window that is open."""

    position: str = ""
    window: Window | None = None


class Checkpoints:
    """Reads and writes checkpoints. Writes belong inside a transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def shards(self, mapping_id: str) -> set[str]:
        """The shards in which a mapping has begun."""
        rows = self._database.query(
            "SELECT DISTINCT shard FROM lambda_stream_checkpoint WHERE mapping = ?", (mapping_id,)
        )
        return {shard for (shard,) in rows}

    def open(self, mapping_id: str, shard_id: str, lanes: int) -> list[Checkpoint]:
        """A shard's checkpoints, one a lane; new ones have no position.

        Where the shard was divided otherwise, each lane begins where the slowest was: some records are executed again,
        and none is skipped. Windows that are open are given up then, for they were those of other lanes.
        """
        rows = self._database.query(
            "SELECT lane, lanes, position, window FROM lambda_stream_checkpoint WHERE mapping = ? AND shard = ?",
            (mapping_id, shard_id),
        )
        if not rows:
            return [Checkpoint()] * lanes
        found = {lane: Checkpoint(position, _window(window)) for lane, _, position, window in rows}
        every = [found.get(lane, Checkpoint()) for lane in range(rows[0][1])]
        if len(every) == lanes:
            return every
        slowest = Checkpoint(min(one.position for one in every))
        self.begin(mapping_id, shard_id, lanes, slowest)
        return [slowest] * lanes

    def begin(self, mapping_id: str, shard_id: str, lanes: int, checkpoint: Checkpoint) -> None:
        """All lanes of a shard begin here, whatever there was of it."""
        self._database.write(
            "DELETE FROM lambda_stream_checkpoint WHERE mapping = ? AND shard = ?", (mapping_id, shard_id)
        )
        for lane in range(lanes):
            self.save(mapping_id, shard_id, lane, lanes, checkpoint)

    def save(self, mapping_id: str, shard_id: str, lane: int, lanes: int, checkpoint: Checkpoint) -> None:
        """A lane has come on."""
        window = None if checkpoint.window is None else msgspec.msgpack.encode(checkpoint.window)
        self._database.write(
            "INSERT OR REPLACE INTO lambda_stream_checkpoint (mapping, shard, lane, lanes, position, window)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (mapping_id, shard_id, lane, lanes, checkpoint.position, window),
        )

    def forget_shards(self, mapping_id: str, shard_ids: Iterable[str]) -> None:
        """Shards are no longer part of the stream."""
        self._database.write_many(
            "DELETE FROM lambda_stream_checkpoint WHERE mapping = ? AND shard = ?",
            [(mapping_id, shard_id) for shard_id in shard_ids],
        )

    def forget(self, mapping_id: str) -> None:
        """A mapping is deleted."""
        self._database.write("DELETE FROM lambda_stream_checkpoint WHERE mapping = ?", (mapping_id,))


def _window(kept: bytes | None) -> Window | None:
    return None if kept is None else msgspec.msgpack.decode(kept, type=Window)
