"""Records: GetShardIterator and GetRecords."""

from typing import TYPE_CHECKING, Any, cast

from stratolite.core.call import Call
from stratolite.core.ports.streams import Shard
from stratolite.services.dynamodbstreams import api, iterators, rules
from stratolite.services.dynamodbstreams.iterators import Iterator

if TYPE_CHECKING:
    from stratolite.services.dynamodbstreams import DynamodbStreams


def get_shard_iterator(
    call: Call, service: "DynamodbStreams", request: api.GetShardIteratorInput
) -> api.GetShardIteratorOutput:
    """An iterator for a place in a shard, good for 15 minutes.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html
    """
    arn = rules.stream_arn(request["StreamArn"])
    rules.check_position(request, call.now_ms)
    rules.require_stream(service.port, arn)
    shard = _shard(service, arn, request["ShardId"])
    if shard is None:
        raise api.ResourceNotFoundException("Requested resource not found: Shard does not exist")
    at = _place(service, arn, shard, request)
    return {"ShardIterator": str(Iterator(arn, shard.shard_id, at, call.now_ms))}


def get_records(call: Call, service: "DynamodbStreams", request: api.GetRecordsInput) -> api.GetRecordsOutput:
    """Records from a place on, and the iterator for the next ones; none for those of a shard that is closed and read.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html
    """
    iterator = iterators.read(request["ShardIterator"])
    if iterator.is_expired(call.now_ms):
        raise api.ExpiredIteratorException("Shard iterator has expired")
    limit = rules.records(request.get("Limit"))
    arn, shard_id = iterator.stream_arn, iterator.shard_id
    rules.require_stream(service.port, arn)
    shard = _shard(service, arn, shard_id)
    if shard is None:
        raise api.ResourceNotFoundException("Invalid ShardId in ShardIterator")
    rules.require_kept(service.port, arn, iterator.at)
    found = service.port.read(arn, shard_id, str(iterator.at - 1), limit, size_bytes_max=rules.RECORDS_BYTES_MAX)
    answer: dict[str, Any] = {"Records": [record.record for record in found]}
    at = int(found[-1].sequence_number) + 1 if found else iterator.at
    if shard.is_open or service.port.read(arn, shard_id, str(at - 1), 1):
        answer["NextShardIterator"] = str(Iterator(arn, shard_id, at, call.now_ms))
    return cast(api.GetRecordsOutput, answer)


def _shard(service: "DynamodbStreams", arn: str, shard_id: str) -> Shard | None:
    return next((shard for shard in service.port.shards(arn) if shard.shard_id == shard_id), None)


def _place(service: "DynamodbStreams", arn: str, shard: Shard, request: api.GetShardIteratorInput) -> int:
    """The sequence number at which reading begins. Raises ValidationException and TrimmedDataAccessException."""
    kind = request["ShardIteratorType"]
    if "SequenceNumber" in request:
        number = rules.number_in(shard, request["SequenceNumber"])
        at = number if kind == "AT_SEQUENCE_NUMBER" else number + 1
        rules.require_kept(service.port, arn, at)
        return at
    if kind == "LATEST":
        return int(service.port.latest(arn, shard.shard_id)) + 1
    oldest = max(int(shard.first), int(service.port.trimmed(arn) or 0) + 1)
    if kind == "TRIM_HORIZON":
        return oldest
    before_ms = round(request["Timestamp"] * 1000)
    return max(oldest, int(service.port.latest(arn, shard.shard_id, before_ms)) + 1)
