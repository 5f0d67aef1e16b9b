"""Records: put, and read through iterators."""

from typing import cast

from stratolite.core.call import Call
from stratolite.services.kinesis import Kinesis, api, domain, iterators, reading, rules, view
from stratolite.services.kinesis.domain import Shard, Stream
from stratolite.services.kinesis.lookup import require_shard, require_stream

_EXCEEDED = "ProvisionedThroughputExceededException"


def put_record(call: Call, kinesis: Kinesis, request: api.PutRecordInput) -> api.PutRecordOutput:
    """Add a record to the shard that its key leads to. Sequence numbers always grow, as ``SequenceNumberForOrdering``
    asks for.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecord.html
    """
    stream = require_stream(call, kinesis, request)
    shard, size = _shard_of(kinesis, stream, cast(api.PutRecordsRequestEntry, request))
    ordering = request.get("SequenceNumberForOrdering")
    if ordering is not None and (stream.number_of(ordering) or 0) not in range(1, kinesis.streams.last(stream) + 1):
        raise api.InvalidArgumentException(
            f"ExclusiveMinimumSequenceNumber {ordering} used in PutRecord on stream {stream.name} under account "
            f"{stream.account} is invalid."
        )
    if not kinesis.pace.takes(shard.id, size, call.now_ms):
        kinesis.meters.refused_write(stream, shard)
        kinesis.meters.answered(stream, "PutRecord", is_success=False)
        raise api.ProvisionedThroughputExceededException(_exceeded(stream, shard))
    number = kinesis.streams.put(call, stream, shard, request["PartitionKey"], request["Data"])
    kinesis.streams.ring(stream)
    kinesis.meters.took(stream, shard, size)
    kinesis.meters.answered(stream, "PutRecord")
    answer: api.PutRecordOutput = {"ShardId": shard.name, "SequenceNumber": number}
    if stream.key_id:
        answer["EncryptionType"] = "KMS"
    return answer


def put_records(call: Call, kinesis: Kinesis, request: api.PutRecordsInput) -> api.PutRecordsOutput:
    """Add records in their order; those for which their shard has no room fail one by one.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html
    """
    stream = require_stream(call, kinesis, request)
    placed = [(entry, *_shard_of(kinesis, stream, entry)) for entry in request["Records"]]
    if sum(size for _, _, size in placed) > rules.REQUEST_BYTES_MAX:
        raise api.InvalidArgumentException(f"Records size exceeds {rules.REQUEST_BYTES_MAX // 1024**2} MB limit")
    results: list[api.PutRecordsResultEntry] = []
    failed = 0
    for entry, shard, size in placed:
        if kinesis.pace.takes(shard.id, size, call.now_ms):
            number = kinesis.streams.put(call, stream, shard, entry["PartitionKey"], entry["Data"])
            results.append({"SequenceNumber": number, "ShardId": shard.name})
            kinesis.meters.took(stream, shard, size)
        else:
            failed += 1
            results.append({"ErrorCode": _EXCEEDED, "ErrorMessage": _exceeded(stream, shard)})
            kinesis.meters.refused_write(stream, shard)
    kinesis.streams.ring(stream)
    kinesis.meters.answered(stream, "PutRecords", is_success=failed < len(results))
    answer: api.PutRecordsOutput = {"FailedRecordCount": failed, "Records": results}
    if stream.key_id:
        answer["EncryptionType"] = "KMS"
    return answer


def _shard_of(kinesis: Kinesis, stream: Stream, entry: api.PutRecordsRequestEntry) -> tuple[Shard, int]:
    """The shard that a record goes to, and its size."""
    if "PartitionKey" not in entry:
        raise rules.null("partitionKey")
    size = rules.check_record(stream, entry["PartitionKey"], entry["Data"])
    if "ExplicitHashKey" in entry:
        key = rules.explicit_hash_key(entry["ExplicitHashKey"])
    else:
        key = domain.hash_key(entry["PartitionKey"])
    return kinesis.streams.open(stream).shard_of(key), size


def _exceeded(stream: Stream, shard: Shard) -> str:
    return f"Rate exceeded for shard {shard.name} in stream {stream.name} under account {stream.account}."


def get_shard_iterator(call: Call, kinesis: Kinesis, request: api.GetShardIteratorInput) -> api.GetShardIteratorOutput:
    """A place in a shard, good for five minutes.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetShardIterator.html
    """
    stream = require_stream(call, kinesis, request)
    shard = require_shard(kinesis, stream, request["ShardId"], call.now_ms)
    at = reading.place(
        call,
        kinesis,
        stream,
        shard,
        request["ShardIteratorType"],
        request.get("StartingSequenceNumber"),
        request.get("Timestamp"),
    )
    return {"ShardIterator": str(iterators.Iterator(stream.id, stream.name, shard.number, at, call.now_ms))}


def get_records(call: Call, kinesis: Kinesis, request: api.GetRecordsInput) -> api.GetRecordsOutput:
    """Records from a place on, and the next place; where the shard has ended, its children instead.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html
    """
    rules.refuse(request)
    place = iterators.read(request["ShardIterator"], call.now_ms)
    stream = kinesis.store.stream_by_id(place.stream_id)
    if stream is None or request.get("StreamARN", stream.arn) != stream.arn:
        raise api.ResourceNotFoundException(
            f"Shard {domain.shard_name(place.shard)} in stream {place.name} under account {call.account} does not exist"
        )
    shard = require_shard(kinesis, stream, str(place.shard), call.now_ms)
    if not kinesis.pace.gives(shard.id, call.now_ms):
        kinesis.meters.refused_read(stream, shard)
        kinesis.meters.answered(stream, "GetRecords", is_success=False)
        raise api.ProvisionedThroughputExceededException(_exceeded(stream, shard))
    page = reading.page(call, kinesis, stream, shard, place.at, request.get("Limit", rules.READ_RECORDS_MAX))
    size = sum(len(record.data) for record in page.records)
    kinesis.pace.gave(shard.id, size)
    age_ms = call.now_ms - page.records[-1].created_ms if page.records else 0
    kinesis.meters.gave(stream, shard, len(page.records), size, age_ms)
    kinesis.meters.answered(stream, "GetRecords")
    answer: api.GetRecordsOutput = {
        "Records": [view.record(stream, record) for record in page.records],
        "MillisBehindLatest": page.behind_ms,
    }
    if page.next_at is not None:
        following = iterators.Iterator(stream.id, stream.name, shard.number, page.next_at, call.now_ms)
        answer["NextShardIterator"] = str(following)
    else:
        answer["ChildShards"] = view.children(kinesis.store.shards(stream.id), shard)
    return answer
