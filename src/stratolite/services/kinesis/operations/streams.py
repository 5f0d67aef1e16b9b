"""Streams: made, described, listed, deleted, and their settings changed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stratolite.core.call import Call
from stratolite.services.kinesis import Kinesis, api, domain, iterators, rules, view
from stratolite.services.kinesis.domain import ON_DEMAND, PROVISIONED, Stream
from stratolite.services.kinesis.lookup import require_shard, require_stream


def create_stream(call: Call, kinesis: Kinesis, request: api.CreateStreamInput) -> None:
    """Make a stream; it can be used at once.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html
    """
    rules.refuse(request)
    mode, count = rules.mode(request)
    name, store = request["StreamName"], kinesis.store
    if store.stream(call.account, call.region, name) is not None:
        raise api.ResourceInUseException(f"Stream {name} under account {call.account} already exists.")
    if mode == PROVISIONED:
        rules.check_shards(call.account, call.region, store.open_shards(call, PROVISIONED), count)
    elif store.count(call, ON_DEMAND) >= rules.ON_DEMAND_STREAMS_MAX:
        raise api.LimitExceededException(
            f"Account {call.account} has reached its limit of {rules.ON_DEMAND_STREAMS_MAX} on-demand streams."
        )
    stream = Stream(
        0,
        call.account,
        call.region,
        name,
        call.now_ms,
        mode,
        rules.RETENTION_H_MIN,
        request.get("MaxRecordSizeInKiB", rules.RECORD_KIB_MIN),
        tags=rules.tags({}, request.get("Tags", {})),
    )
    stream = replace(stream, id=store.add_stream(stream))
    starts = domain.starts(count)
    for start, end in zip(starts, [*starts[1:], domain.HASH_KEYS], strict=True):
        kinesis.streams.open_shard(call, stream, start, end - 1)
    kinesis.streams.plan_trim(call, stream, call.now_ms + stream.retention_ms)
    # Who watched an earlier stream of this name learns that there is one again.
    kinesis.streams.ring(stream)


def delete_stream(call: Call, kinesis: Kinesis, request: api.DeleteStreamInput) -> None:
    """Delete a stream with its records; with its consumers only when that is asked for.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DeleteStream.html
    """
    stream = require_stream(call, kinesis, request)
    if not request.get("EnforceConsumerDeletion") and kinesis.store.consumers(stream.id, "", 1):
        raise api.ResourceInUseException(
            f"Stream {stream.name} under account {stream.account} has registered consumers. Deregister them, or set "
            "EnforceConsumerDeletion to true."
        )
    shards = [shard.id for shard in kinesis.store.shards(stream.id)]
    kinesis.store.delete_stream(stream)
    kinesis.streams.purge(call, stream.arn, shards)
    kinesis.streams.forget(stream)
    kinesis.streams.ring(stream)


def describe_stream(call: Call, kinesis: Kinesis, request: api.DescribeStreamInput) -> api.DescribeStreamOutput:
    """A stream and its shards, a page of them.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeStream.html
    """
    stream = require_stream(call, kinesis, request)
    limit = min(request.get("Limit", rules.SHARDS_DESCRIBED), rules.SHARDS_DESCRIBED)
    shards = kinesis.store.shards(stream.id, stream.horizon_ms(call.now_ms))
    if "ExclusiveStartShardId" in request:
        after = require_shard(kinesis, stream, request["ExclusiveStartShardId"], call.now_ms).number
        shards = [shard for shard in shards if shard.number > after]
    description: Any = {
        **_shown(stream),
        "Shards": [view.shard(stream, shard) for shard in shards[:limit]],
        "HasMoreShards": len(shards) > limit,
    }
    return {"StreamDescription": description}


def describe_stream_summary(
    call: Call, kinesis: Kinesis, request: api.DescribeStreamSummaryInput
) -> api.DescribeStreamSummaryOutput:
    """A stream without its shards.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeStreamSummary.html
    """
    stream = require_stream(call, kinesis, request)
    summary: Any = {
        **_shown(stream),
        "OpenShardCount": len(kinesis.streams.open(stream).shards),
        "ConsumerCount": len(kinesis.store.consumers(stream.id, "", rules.CONSUMERS_MAX)),
        "MaxRecordSizeInKiB": stream.record_kib_max,
    }
    return {"StreamDescriptionSummary": summary}


def _shown(stream: Stream) -> Mapping[str, Any]:
    return {
        "StreamName": stream.name,
        "StreamARN": stream.arn,
        "StreamStatus": view.ACTIVE,
        "StreamModeDetails": view.mode(stream),
        "RetentionPeriodHours": stream.retention_h,
        "StreamCreationTimestamp": stream.created_ms / 1000,
        "EnhancedMonitoring": [{"ShardLevelMetrics": list(stream.shard_metrics)}],
        **view.encryption(stream),
    }


def list_streams(call: Call, kinesis: Kinesis, request: api.ListStreamsInput) -> api.ListStreamsOutput:
    """Streams in order of name: 100, or as many as asked for.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListStreams.html
    """
    limit = request.get("Limit", rules.STREAMS_LISTED)
    after = request.get("ExclusiveStartStreamName", "")
    if "NextToken" in request:
        (after,) = iterators.read_token(request["NextToken"], call.now_ms, 1)
    found = kinesis.store.streams(call, str(after), limit + 1)
    shown = found[:limit]
    answer: api.ListStreamsOutput = {
        "StreamNames": [stream.name for stream in shown],
        "HasMoreStreams": len(found) > limit,
        "StreamSummaries": [
            {
                "StreamName": stream.name,
                "StreamARN": stream.arn,
                "StreamStatus": view.ACTIVE,
                "StreamModeDetails": view.mode(stream),
                "StreamCreationTimestamp": stream.created_ms / 1000,
            }
            for stream in shown
        ],
    }
    if len(found) > limit:
        answer["NextToken"] = iterators.token(call.now_ms, shown[-1].name)
    return answer


def describe_limits(call: Call, kinesis: Kinesis, request: api.DescribeLimitsInput) -> api.DescribeLimitsOutput:
    """The limits of the account, and what it has.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeLimits.html
    """
    return {
        "ShardLimit": rules.SHARDS_MAX,
        "OpenShardCount": kinesis.store.open_shards(call, PROVISIONED),
        "OnDemandStreamCount": kinesis.store.count(call, ON_DEMAND),
        "OnDemandStreamCountLimit": rules.ON_DEMAND_STREAMS_MAX,
    }
