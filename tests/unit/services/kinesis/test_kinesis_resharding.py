"""Shards split and merged at random: hash keys stay shared, and every shard's parents covered its range."""

from dataclasses import replace
from itertools import pairwise
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from stratolite.core.call import Call
from stratolite.services.kinesis import resharding
from stratolite.services.kinesis.domain import HASH_KEYS, PROVISIONED, Shard, Stream, starts
from stratolite.services.kinesis.streams import Streams

NOW = 1_700_000_000_000
CALL = Call(now_ms=NOW)
STREAM = Stream(1, "1", "r", "s", NOW, PROVISIONED, 24, 1024)


class Kept:
    """Shards as the store keeps them."""

    def __init__(self) -> None:
        self.kept: dict[int, Shard] = {}

    def shards(self, stream_id: int) -> list[Shard]:
        return [self.kept[number] for number in sorted(self.kept)]

    def shard(self, stream_id: int, number: int) -> Shard | None:
        return self.kept.get(number)

    def next_number(self, stream_id: int) -> int:
        return len(self.kept)

    def last_number(self, shard: Shard) -> int:
        return 0

    def add_shard(self, shard: Shard) -> None:
        self.kept[shard.number] = replace(shard, id=shard.number + 1)

    def close_shard(self, shard: Shard, now_ms: int, last: int) -> None:
        self.kept[shard.number] = replace(shard, closed_ms=now_ms, last=last)


def made(count: int) -> tuple[Streams, Kept]:
    store = Kept()
    streams = Streams(cast(Any, None), cast(Any, store))
    first = starts(count)
    for start, end in zip(first, [*first[1:], HASH_KEYS], strict=True):
        streams.open_shard(CALL, STREAM, start, end - 1)
    return streams, store


def check(streams: Streams, store: Kept) -> None:
    shards = streams.open(STREAM).shards
    assert shards[0].hash_first == 0 and shards[-1].hash_last == HASH_KEYS - 1
    assert all(one.hash_last + 1 == other.hash_first for one, other in pairwise(shards))
    for shard in store.shards(1):
        parents = [store.kept[number] for number in (shard.parent, shard.adjacent_parent) if number is not None]
        for parent in parents:
            assert parent.last is not None and parent.last < shard.first and not parent.is_open
        if parents:
            assert min(parent.hash_first for parent in parents) <= shard.hash_first
            assert max(parent.hash_last for parent in parents) >= shard.hash_last
        if shard.last is not None:
            assert shard.first < shard.last, "neither is a record's"


@given(st.integers(1, 6), st.lists(st.integers(1, 12), max_size=4))
@settings(max_examples=60)
def test_any_number_of_shards_comes_from_any_other(count: int, targets: list[int]) -> None:
    streams, store = made(count)
    for target in targets:
        resharding.spread(CALL, streams, STREAM, target)
        assert [shard.hash_first for shard in streams.open(STREAM).shards] == starts(target)
        check(streams, store)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 10**6), st.integers(1, 99)), max_size=30))
@settings(max_examples=60)
def test_splits_and_merges_at_random(steps: list[tuple[bool, int, int]]) -> None:
    streams, store = made(2)
    for is_split, which, percent in steps:
        shards = streams.open(STREAM).shards
        shard = shards[which % len(shards)]
        if is_split:
            at = shard.hash_first + (shard.hash_last - shard.hash_first) * percent // 100
            if shard.hash_first < at:
                resharding.split(CALL, streams, STREAM, shard, at)
        elif shard is not shards[-1]:
            resharding.merge(CALL, streams, STREAM, shard, shards[which % len(shards) + 1])
        check(streams, store)


def test_what_needs_no_change_is_left_alone() -> None:
    streams, store = made(4)
    resharding.spread(CALL, streams, STREAM, 4)
    assert len(store.kept) == 4
