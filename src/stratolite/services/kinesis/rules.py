"""Limits of Kinesis Data Streams, and the checks that the model cannot express.

Sources: https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html and the API reference; texts are
AWS's where users report them.
"""

from collections.abc import Mapping
from typing import Any

from stratolite.core.errors import NotImplementedHere
from stratolite.services.kinesis import api
from stratolite.services.kinesis.domain import HASH_KEYS, ON_DEMAND, PROVISIONED, Stream

SHARDS_MAX = 20_000
"""How many open shards the provisioned streams of an account have in a region."""
ON_DEMAND_STREAMS_MAX = 50
ON_DEMAND_SHARDS = 4
RECORD_KIB_MIN = 1024
REQUEST_BYTES_MAX = 10 * 1024 * 1024
READ_BYTES_MAX = 10 * 1024 * 1024
READ_RECORDS_MAX = 10_000
RETENTION_H_MIN, RETENTION_H_MAX = 24, 8760
SHARDS_LISTED_MAX = 1000
STREAMS_LISTED, SHARDS_DESCRIBED, CONSUMERS_LISTED = 100, 100, 100
TAGS_MAX = 50
CONSUMERS_MAX = 20
TOKEN_MS = 5 * 60 * 1000
"""For how long tokens and shard iterators are good."""
SUBSCRIPTION_MS = 5 * 60 * 1000

_NOT_HERE = ("DryRun", "WarmThroughputMiBps", "RecordDistributionStrategy", "StreamId")


def refuse(request: Mapping[str, Any]) -> None:
    """Refuse by name what is not done here. Raises NotImplementedHere."""
    for name in _NOT_HERE:
        if request.get(name):
            raise NotImplementedHere(f"{name} is not implemented by this version of Stratolite.")


def null(member: str) -> api.ValidationException:
    """The error for a member that is missing, as for one that the model requires."""
    return api.ValidationException(
        f"1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
    )


def mode(request: api.CreateStreamInput) -> tuple[str, int]:
    """The mode of a new stream and its number of shards.

    Recorded: without either it has the four shards of a stream on demand (``test_create_stream_without_shard_count``).
    Raises ValidationException.
    """
    count = request.get("ShardCount")
    chosen = request.get("StreamModeDetails", {}).get("StreamMode", PROVISIONED if count else ON_DEMAND)
    if chosen == ON_DEMAND:
        if count:
            raise api.ValidationException("ShardCount must not be specified for a stream in ON_DEMAND mode.")
        return ON_DEMAND, ON_DEMAND_SHARDS
    if not count:
        raise api.ValidationException("ShardCount must be specified for a stream in PROVISIONED mode.")
    return PROVISIONED, count


def check_provisioned(stream: Stream) -> None:
    """Shards of streams on demand are the service's own. Raises ValidationException."""
    if stream.mode == ON_DEMAND:
        raise api.ValidationException(
            f"Request is invalid. Stream {stream.name} under account {stream.account} is in On-Demand mode."
        )


def check_shards(account: str, region: str, count: int, more: int) -> None:
    """Raises LimitExceededException."""
    if count + more > SHARDS_MAX:
        raise api.LimitExceededException(
            f"This request would exceed the shard limit for the account {account} in {region}. Current shard count for "
            f"the account: {count}. Limit: {SHARDS_MAX}. Number of additional shards that would have resulted from "
            f"this request: {more}. Refer to the AWS Service Limits page "
            "(http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how to "
            "request higher limits."
        )


def check_shard_count(count: int, target: int) -> None:
    """How far one UpdateShardCount goes. Raises LimitExceededException."""
    shown = f"Current open shard count: {count}, Target shard count: {target}"
    if target > count * 2:
        raise api.LimitExceededException(
            f"UpdateShardCount cannot scale up over double your current open shard count. {shown}"
        )
    if target < count / 2:
        raise api.LimitExceededException(
            f"UpdateShardCount cannot scale down below half your current open shard count. {shown}"
        )


def check_retention(stream: Stream, hours: int, *, is_longer: bool) -> None:
    """Raises InvalidArgumentException."""
    if hours < RETENTION_H_MIN:
        raise api.InvalidArgumentException(
            f"Minimum allowed retention period is {RETENTION_H_MIN} hours. Requested retention period ({hours} hours) "
            "is too short."
        )
    if hours > RETENTION_H_MAX:
        raise api.InvalidArgumentException(
            f"Maximum allowed retention period is {RETENTION_H_MAX} hours. Requested retention period ({hours} hours) "
            "is too long."
        )
    if is_longer == (hours > stream.retention_h) or hours == stream.retention_h:
        return
    word, other = ("shorter", "Decrease") if is_longer else ("longer", "Increase")
    raise api.InvalidArgumentException(
        f"Requested retention period ({hours} hours) for stream {stream.name} can not be {word} than existing "
        f"retention period ({stream.retention_h} hours). Use {other}RetentionPeriod API."
    )


def explicit_hash_key(text: str) -> int:
    """Raises InvalidArgumentException."""
    key = int(text)
    if key >= HASH_KEYS:
        raise api.InvalidArgumentException(
            "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was " + text
        )
    return key


def check_record(stream: Stream, partition_key: str, data: bytes) -> int:
    """The size of a record, its partition key included. Raises InvalidArgumentException; what AWS says to one that is
    larger than its stream allows is not known."""
    size = len(data) + len(partition_key.encode())
    if size > stream.record_kib_max * 1024:
        raise api.InvalidArgumentException(
            f"The record of {size} bytes is larger than the maximum record size of stream {stream.name}, "
            f"{stream.record_kib_max} KiB. UpdateMaxRecordSize raises it to at most 10240 KiB."
        )
    return size


def tags(kept: Mapping[str, str], added: Mapping[str, str]) -> dict[str, str]:
    """All tags of a resource. Raises InvalidArgumentException, LimitExceededException."""
    merged = {**kept, **added}
    for key in added:
        if key.startswith("aws:"):
            raise api.InvalidArgumentException("Tag keys starting with 'aws:' are reserved for system use.")
    if len(merged) > TAGS_MAX:
        raise api.LimitExceededException(f"A resource cannot have more than {TAGS_MAX} tags.")
    return merged


def shown_tags(kept: Mapping[str, str]) -> list[api.Tag]:
    """Tags as answers list them."""
    return [{"Key": key, "Value": kept[key]} for key in sorted(kept)]
