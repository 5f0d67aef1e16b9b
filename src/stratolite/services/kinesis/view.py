"""Streams, shards, records and consumers as answers show them."""

from stratolite.services.kinesis import api
from stratolite.services.kinesis.domain import Consumer, Record, Shard, Stream, shard_name

ACTIVE = "ACTIVE"
"""What streams and consumers are from the moment on that they were made."""


def mode(stream: Stream) -> api.StreamModeDetails:
    return {"StreamMode": stream.mode}


def encryption(stream: Stream) -> dict[str, str]:
    """How a stream's next records are encrypted."""
    return {"EncryptionType": "KMS", "KeyId": stream.key_id} if stream.key_id else {"EncryptionType": "NONE"}


def shard(stream: Stream, one: Shard) -> api.Shard:
    """One shard."""
    numbers: api.SequenceNumberRange = {"StartingSequenceNumber": stream.sequence_number(one.first)}
    if one.last is not None:
        numbers["EndingSequenceNumber"] = stream.sequence_number(one.last)
    shown: api.Shard = {"ShardId": one.name, "HashKeyRange": _range(one), "SequenceNumberRange": numbers}
    parents = parent_names(one)
    if parents:
        shown["ParentShardId"] = parents[0]
    if len(parents) > 1:
        shown["AdjacentParentShardId"] = parents[1]
    return shown


def _range(one: Shard) -> api.HashKeyRange:
    return {"StartingHashKey": str(one.hash_first), "EndingHashKey": str(one.hash_last)}


def parent_names(one: Shard) -> list[str]:
    """The names of a shard's parents: none, one or two."""
    return [shard_name(number) for number in (one.parent, one.adjacent_parent) if number is not None]


def children(shards: list[Shard], parent: Shard) -> list[api.ChildShard]:
    """Those of a stream's shards that go on where one ends."""
    return [
        {"ShardId": one.name, "ParentShards": parent_names(one), "HashKeyRange": _range(one)}
        for one in shards
        if parent.number in (one.parent, one.adjacent_parent)
    ]


def record(stream: Stream, one: Record) -> api.Record:
    """One record."""
    shown: api.Record = {
        "SequenceNumber": stream.sequence_number(one.number),
        "ApproximateArrivalTimestamp": one.created_ms / 1000,
        "Data": one.data,
        "PartitionKey": one.partition_key,
    }
    if one.is_encrypted:
        shown["EncryptionType"] = "KMS"
    return shown


def consumer(stream: Stream, one: Consumer, status: str = ACTIVE) -> api.Consumer:
    """One consumer."""
    return {
        "ConsumerName": one.name,
        "ConsumerARN": one.arn(stream),
        "ConsumerStatus": status,
        "ConsumerCreationTimestamp": one.created_ms / 1000,
    }
