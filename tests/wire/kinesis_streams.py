"""Streams of Kinesis and reading them, as tests need it."""

from itertools import pairwise
from typing import Any

from tests.conftest import ACCOUNT, REGION

from stratolite.services.kinesis.domain import HASH_KEYS


def arn_of(name: str) -> str:
    return f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{name}"


def made(kinesis: Any, name: str, shards: int = 1, **settings: Any) -> str:
    """A new stream's ARN."""
    kinesis.create_stream(StreamName=name, ShardCount=shards, **settings)
    return arn_of(name)


def put(kinesis: Any, name: str, *texts: str, key: str = "k") -> list[dict[str, Any]]:
    """Put records; what is said of each."""
    records = [{"Data": text.encode(), "PartitionKey": key} for text in texts]
    answers: list[dict[str, Any]] = kinesis.put_records(StreamName=name, Records=records)["Records"]
    return answers


def iterator(kinesis: Any, name: str, shard: int = 0, kind: str = "TRIM_HORIZON", **place: Any) -> str:
    text: str = kinesis.get_shard_iterator(
        StreamName=name, ShardId=f"shardId-{shard:012d}", ShardIteratorType=kind, **place
    )["ShardIterator"]
    return text


def texts(answer: dict[str, Any]) -> list[str]:
    """What the records of an answer hold."""
    return [record["Data"].decode() for record in answer["Records"]]


def held(kinesis: Any, name: str, shard: int = 0, kind: str = "TRIM_HORIZON", **place: Any) -> list[str]:
    """What one read finds in a shard."""
    return texts(kinesis.get_records(ShardIterator=iterator(kinesis, name, shard, kind, **place)))


def ranges(shards: list[dict[str, Any]]) -> list[tuple[int, int]]:
    """The ranges of hash keys of the shards that are open, in order."""
    found = [
        (int(one["HashKeyRange"]["StartingHashKey"]), int(one["HashKeyRange"]["EndingHashKey"]))
        for one in shards
        if "EndingSequenceNumber" not in one["SequenceNumberRange"]
    ]
    found.sort()
    assert found[0][0] == 0 and found[-1][1] == HASH_KEYS - 1
    assert all(one[1] + 1 == other[0] for one, other in pairwise(found))
    return found
