"""Reading the streams of tables, as tests need it."""

from typing import Any


def streamed(view: str) -> dict[str, Any]:
    """What makes a table one with a stream."""
    return {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": view}}


def arn_of(dynamodb: Any, name: str) -> str:
    """The ARN of a table's latest stream."""
    arn: str = dynamodb.describe_table(TableName=name)["Table"]["LatestStreamArn"]
    return arn


def iterator(streams: Any, arn: str, kind: str = "TRIM_HORIZON", shard: int = -1, **place: Any) -> str:
    """An iterator for a shard of a stream: for the latest one, unless told otherwise."""
    shards = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    text: str = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shards[shard]["ShardId"], ShardIteratorType=kind, **place
    )["ShardIterator"]
    return text


def read_on(streams: Any, text: str, **limits: Any) -> tuple[list[dict[str, Any]], str]:
    """The records from an iterator on until there are no more for now, and the iterator for those to come: empty when
    there will be none."""
    found: list[dict[str, Any]] = []
    while True:
        answer = streams.get_records(ShardIterator=text, **limits)
        found += answer["Records"]
        text = answer.get("NextShardIterator", "")
        if not answer["Records"] or not text:
            return found, text


def everything(streams: Any, arn: str) -> list[dict[str, Any]]:
    """All records of a stream that are kept, in the order of its shards."""
    found: list[dict[str, Any]] = []
    for number in range(len(streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"])):
        found += read_on(streams, iterator(streams, arn, shard=number))[0]
    return found
