"""Shards are split, merged, and brought to a number of equal ones.

As on AWS, equal shards come from splits and merges alone: every shard has one parent or two, and what a partition key's
records were in stays in order. Shards that are made on the way get no records.
Source: https://docs.aws.amazon.com/streams/latest/dev/kinesis-using-sdk-java-resharding.html
"""

from stratolite.core.call import Call
from stratolite.services.kinesis import domain
from stratolite.services.kinesis.domain import Shard, Stream
from stratolite.services.kinesis.streams import Streams


def split(call: Call, streams: Streams, stream: Stream, shard: Shard, at: int) -> tuple[Shard, Shard]:
    """Two shards in the place of one: ``at`` is the first hash key of the second."""
    streams.close_shard(call, stream, shard)
    left = streams.open_shard(call, stream, shard.hash_first, at - 1, shard)
    return left, streams.open_shard(call, stream, at, shard.hash_last, shard)


def merge(call: Call, streams: Streams, stream: Stream, left: Shard, right: Shard) -> Shard:
    """One shard in the place of two neighbours."""
    streams.close_shard(call, stream, left)
    streams.close_shard(call, stream, right)
    return streams.open_shard(call, stream, left.hash_first, right.hash_last, left, right)


def spread(call: Call, streams: Streams, stream: Stream, count: int) -> None:
    """So many shards of equal size."""
    wanted = domain.starts(count)
    pieces: list[Shard] = []
    for shard in streams.open(stream).shards:
        left = shard
        for at in wanted:
            if left.hash_first < at <= left.hash_last:
                done, left = split(call, streams, stream, left, at)
                pieces.append(done)
        pieces.append(left)
    for number, start in enumerate(wanted):
        end = wanted[number + 1] if number + 1 < count else domain.HASH_KEYS
        merged, *others = [piece for piece in pieces if start <= piece.hash_first < end]
        for other in others:
            merged = merge(call, streams, stream, merged, other)
