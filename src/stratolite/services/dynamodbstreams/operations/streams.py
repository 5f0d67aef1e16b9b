"""Streams and their shards: ListStreams and DescribeStream."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stratolite.core.call import Call
from stratolite.core.ports.streams import Shard
from stratolite.services.dynamodbstreams import api, rules

if TYPE_CHECKING:
    from stratolite.services.dynamodbstreams import DynamodbStreams


def list_streams(call: Call, service: "DynamodbStreams", request: api.ListStreamsInput) -> api.ListStreamsOutput:
    """The streams of a table or of all tables, those among them that ended within a day.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_ListStreams.html
    """
    limit = rules.listed(request.get("Limit"), rules.STREAMS_LISTED_MAX)
    after = rules.stream_arn(request["ExclusiveStartStreamArn"]) if "ExclusiveStartStreamArn" in request else ""
    found = service.port.streams(call, request.get("TableName", ""), after, limit + 1)
    answer: api.ListStreamsOutput = {
        "Streams": [
            {"StreamArn": stream.arn, "TableName": stream.table_name, "StreamLabel": stream.label}
            for stream in found[:limit]
        ]
    }
    if len(found) > limit:
        answer["LastEvaluatedStreamArn"] = found[limit - 1].arn
    return answer


def describe_stream(
    call: Call, service: "DynamodbStreams", request: api.DescribeStreamInput
) -> api.DescribeStreamOutput:
    """A stream and its shards. It is enabled or disabled at once, never on the way.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_DescribeStream.html
    """
    arn = rules.stream_arn(request["StreamArn"])
    limit = rules.listed(request.get("Limit"), rules.SHARDS_LISTED_MAX)
    stream = rules.require_stream(service.port, arn)
    shards = _chosen(service.port.shards(arn), request)
    described: api.StreamDescription = {
        "StreamArn": stream.arn,
        "StreamLabel": stream.label,
        "StreamStatus": "ENABLED" if stream.is_enabled else "DISABLED",
        "StreamViewType": stream.view,
        "CreationRequestDateTime": stream.created_ms / 1000,
        "TableName": stream.table_name,
        "KeySchema": [
            {"AttributeName": element["AttributeName"], "KeyType": element["KeyType"]} for element in stream.key_schema
        ],
        "Shards": [_shown(shard) for shard in shards[:limit]],
    }
    if len(shards) > limit:
        described["LastEvaluatedShardId"] = shards[limit - 1].shard_id
    return {"StreamDescription": described}


def _chosen(shards: Sequence[Shard], request: api.DescribeStreamInput) -> list[Shard]:
    """The shards after that which a request names; of one parent if it names that. Ids are in order of time."""
    after = request.get("ExclusiveStartShardId", "")
    wanted = request.get("ShardFilter", {})
    parent = wanted.get("ShardId") if wanted.get("Type") == "CHILD_SHARDS" else None
    return [shard for shard in shards if shard.shard_id > after and (parent is None or shard.parent_id == parent)]


def _shown(shard: Shard) -> api.Shard:
    numbers: api.SequenceNumberRange = {"StartingSequenceNumber": shard.first}
    if not shard.is_open:
        numbers["EndingSequenceNumber"] = shard.last
    answer: api.Shard = {"ShardId": shard.shard_id, "SequenceNumberRange": numbers}
    if shard.parent_id:
        answer["ParentShardId"] = shard.parent_id
    return answer
