"""How fast a shard takes and gives records. In memory, gone with the process; by the wall clock.

Each shard takes 1 MiB and 1,000 records a second, and gives 2 MiB and 5 answers a second to those who share it. What
was not used in a second is not kept for later; a record (or an answer) that is larger than a second's share is let
through when all of the share is there, and is paid for in the seconds that follow.
Source: https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html
"""

WRITE_BYTES_S = 1024 * 1024
WRITE_RECORDS_S = 1000
READ_BYTES_S = 2 * 1024 * 1024
READS_S = 5
SHARDS_MAX = 10_000
"""How many shards are remembered; at the limit all are forgotten."""


class Share:
    """What may be used in a second, filled up as time passes."""

    __slots__ = ("_left", "_rate", "_then_ms")

    def __init__(self, rate: int, now_ms: int) -> None:
        self._rate = rate
        self._left = float(rate)
        self._then_ms = now_ms

    def has(self, amount: int, now_ms: int) -> bool:
        """Whether so much may be used now."""
        if now_ms > self._then_ms:
            self._left = min(self._rate, self._left + self._rate * (now_ms - self._then_ms) / 1000)
            self._then_ms = now_ms
        return self._left >= min(amount, self._rate)

    def use(self, amount: int) -> None:
        """So much was used."""
        self._left -= amount


class Pace:
    """All shards of one cloud, by their ids."""

    def __init__(self) -> None:
        self._writes: dict[int, tuple[Share, Share]] = {}
        self._reads: dict[int, tuple[Share, Share]] = {}

    def takes(self, shard_id: int, size_bytes: int, now_ms: int) -> bool:
        """Whether a shard takes a record now; it counts then."""
        shares = self._writes.get(shard_id)
        if shares is None:
            shares = Share(WRITE_BYTES_S, now_ms), Share(WRITE_RECORDS_S, now_ms)
            _keep(self._writes, shard_id, shares)
        bytes_, records = shares
        if not (records.has(1, now_ms) and bytes_.has(size_bytes, now_ms)):
            return False
        records.use(1)
        bytes_.use(size_bytes)
        return True

    def gives(self, shard_id: int, now_ms: int) -> bool:
        """Whether a shard answers a reader now; the answer counts then."""
        shares = self._reads.get(shard_id)
        if shares is None:
            shares = Share(READ_BYTES_S, now_ms), Share(READS_S, now_ms)
            _keep(self._reads, shard_id, shares)
        bytes_, answers = shares
        if not (answers.has(1, now_ms) and bytes_.has(1, now_ms)):
            return False
        answers.use(1)
        return True

    def gave(self, shard_id: int, size_bytes: int) -> None:
        """How large the answer was."""
        shares = self._reads.get(shard_id)
        if shares is not None:
            shares[0].use(size_bytes)


def _keep(kept: dict[int, tuple[Share, Share]], shard_id: int, shares: tuple[Share, Share]) -> None:
    if len(kept) >= SHARDS_MAX:
        kept.clear()
    kept[shard_id] = shares
