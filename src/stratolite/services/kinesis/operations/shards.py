"""Shards: listed, split, merged, and brought to a number of them."""

from collections.abc import Callable
from dataclasses import dataclass

from stratolite.core.call import Call
from stratolite.services.kinesis import Kinesis, api, iterators, resharding, rules, view
from stratolite.services.kinesis.domain import PROVISIONED, Shard, Stream
from stratolite.services.kinesis.lookup import absent, require_open_shard, require_shard, require_stream


def list_shards(call: Call, kinesis: Kinesis, request: api.ListShardsInput) -> api.ListShardsOutput:
    """Shards in order of number: those of which records may be kept, or those that a filter names.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListShards.html
    """
    limit = min(request.get("MaxResults", rules.SHARDS_LISTED_MAX), rules.SHARDS_LISTED_MAX)
    asked = _asked(call, kinesis, request)
    stream, passes = asked.stream, _filter(call, asked)
    shards = kinesis.store.shards(stream.id, stream.horizon_ms(call.now_ms))
    found = [shard for shard in shards if shard.number > asked.after and passes(shard)]
    answer: api.ListShardsOutput = {"Shards": [view.shard(stream, shard) for shard in found[:limit]]}
    if len(found) > limit:
        last = found[limit - 1].number
        answer["NextToken"] = iterators.token(call.now_ms, stream.id, last, asked.kind, asked.timestamp_s)
    return answer


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a list is of. ``after``: the number of a shard, -1 for all of them."""

    stream: Stream
    after: int
    kind: str
    timestamp_s: float | None


def _asked(call: Call, kinesis: Kinesis, request: api.ListShardsInput) -> _Asked:
    is_named = "StreamName" in request or "StreamARN" in request
    if "NextToken" in request:
        if is_named:
            raise api.InvalidArgumentException("NextToken and StreamName cannot be provided together.")
        stream_id, after, kind, timestamp_s = iterators.read_token(request["NextToken"], call.now_ms, 4)
        stream = kinesis.store.stream_by_id(stream_id)
        if stream is None:
            raise api.ResourceNotFoundException("The stream that NextToken belongs to does not exist.")
        return _Asked(stream, after, kind, timestamp_s)
    if not is_named:
        raise api.InvalidArgumentException("Either NextToken or StreamName should be provided.")
    stream = require_stream(call, kinesis, request)
    created_s = request.get("StreamCreationTimestamp")
    if created_s is not None and int(created_s) != stream.created_ms // 1000:
        raise absent(stream.name, stream.account)
    wanted = request.get("ShardFilter", api.ShardFilter(Type="FROM_TRIM_HORIZON"))
    kind, after = wanted["Type"], -1
    if (kind == "AFTER_SHARD_ID") != ("ShardId" in wanted):
        raise api.InvalidArgumentException(
            "ShardId is provided if and only if the type of ShardFilter is AFTER_SHARD_ID."
        )
    if kind.endswith("TIMESTAMP") != ("Timestamp" in wanted):
        raise api.InvalidArgumentException(
            "Timestamp is provided if and only if the type of ShardFilter is AT_TIMESTAMP or FROM_TIMESTAMP."
        )
    for name in (request.get("ExclusiveStartShardId"), wanted.get("ShardId")):
        if name is not None:
            after = max(after, require_shard(kinesis, stream, name, call.now_ms).number)
    return _Asked(stream, after, kind, wanted.get("Timestamp"))


def _filter(call: Call, asked: _Asked) -> Callable[[Shard], bool]:
    """Which shards a filter names: those that are or were open at a moment, or at it and after it."""
    if asked.kind == "AT_LATEST":
        return lambda shard: shard.is_open
    if asked.timestamp_s is not None:
        moment_ms = round(asked.timestamp_s * 1000)
    else:
        moment_ms = max(asked.stream.created_ms, asked.stream.horizon_ms(call.now_ms))
    is_moment = asked.kind.startswith("AT_")

    def passes(shard: Shard) -> bool:
        if shard.closed_ms is not None and shard.closed_ms < moment_ms:
            return False
        return not is_moment or shard.opened_ms <= moment_ms

    # Without a time, all that is kept is later than the horizon.
    return passes if is_moment or asked.timestamp_s is not None else lambda shard: True


def split_shard(call: Call, kinesis: Kinesis, request: api.SplitShardInput) -> None:
    """Two shards in the place of one.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SplitShard.html
    """
    stream = require_stream(call, kinesis, request)
    rules.check_provisioned(stream)
    shard = require_open_shard(kinesis, stream, request["ShardToSplit"], call.now_ms)
    rules.check_shards(call.account, call.region, kinesis.store.open_shards(call, PROVISIONED), 1)
    at = int(request["NewStartingHashKey"])
    if not shard.hash_first + 1 < at < shard.hash_last:
        raise api.InvalidArgumentException(
            f"NewStartingHashKey {at} used in SplitShard() on shard {shard.name} in stream {stream.name} under account "
            f"{stream.account} is not both greater than one plus the shard's StartingHashKey {shard.hash_first} and "
            f"less than the shard's EndingHashKey {shard.hash_last}."
        )
    resharding.split(call, kinesis.streams, stream, shard, at)
    kinesis.streams.ring(stream)


def merge_shards(call: Call, kinesis: Kinesis, request: api.MergeShardsInput) -> None:
    """One shard in the place of two neighbours.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_MergeShards.html
    """
    stream = require_stream(call, kinesis, request)
    rules.check_provisioned(stream)
    one, other = (
        require_open_shard(kinesis, stream, request[name], call.now_ms)
        for name in ("ShardToMerge", "AdjacentShardToMerge")
    )
    if one.hash_last + 1 != other.hash_first and other.hash_last + 1 != one.hash_first:
        raise api.InvalidArgumentException(
            f"Shards {one.name} and {other.name} in stream {stream.name} under account {stream.account} are not an "
            "adjacent pair of shards eligible for merging"
        )
    left, right = sorted((one, other), key=lambda shard: shard.hash_first)
    resharding.merge(call, kinesis.streams, stream, left, right)
    kinesis.streams.ring(stream)


def update_shard_count(call: Call, kinesis: Kinesis, request: api.UpdateShardCountInput) -> api.UpdateShardCountOutput:
    """So many shards of equal size, from half to double of those that there are.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateShardCount.html
    """
    stream = require_stream(call, kinesis, request)
    rules.check_provisioned(stream)
    count, target = len(kinesis.streams.open(stream).shards), request["TargetShardCount"]
    rules.check_shard_count(count, target)
    rules.check_shards(call.account, call.region, kinesis.store.open_shards(call, PROVISIONED), target - count)
    resharding.spread(call, kinesis.streams, stream, target)
    kinesis.streams.ring(stream)
    return {
        "StreamName": stream.name,
        "StreamARN": stream.arn,
        "CurrentShardCount": count,
        "TargetShardCount": target,
    }
