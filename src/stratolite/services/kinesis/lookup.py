"""Streams, shards and consumers by what requests name."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stratolite.core.arn import Arn
from stratolite.core.call import Call
from stratolite.services.kinesis import api, rules
from stratolite.services.kinesis.domain import Consumer, Shard, Stream, shard_name

if TYPE_CHECKING:
    from stratolite.services.kinesis import Kinesis

_STREAM_ARN = re.compile(r"arn:[^:]+:kinesis:[^:]+:\d{12}:stream/([a-zA-Z0-9_.-]+)")
_CONSUMER_ARN = re.compile(r"(arn:[^:]+:kinesis:[^:]+:\d{12}:stream/[a-zA-Z0-9_.-]+)/consumer/([a-zA-Z0-9_.-]+):\d+")
_SHARD = re.compile(r"(?:shardId-)?(\d{1,12})")


def find_stream(kinesis: "Kinesis", arn: str) -> Stream | None:
    """The stream with an ARN."""
    found = _STREAM_ARN.fullmatch(arn)
    if found is None:
        return None
    parsed = Arn.parse(arn)
    return kinesis.store.stream(parsed.account, parsed.region, found[1])


def find_consumer(kinesis: "Kinesis", arn: str) -> tuple[Stream, Consumer] | None:
    """The consumer with an ARN, and its stream."""
    found = _CONSUMER_ARN.fullmatch(arn)
    stream = find_stream(kinesis, found[1]) if found else None
    if found is None or stream is None:
        return None
    consumer = kinesis.store.consumer(stream.id, found[2])
    return (stream, consumer) if consumer is not None and consumer.arn(stream) == arn else None


def require_stream(call: Call, kinesis: "Kinesis", request: Mapping[str, Any]) -> Stream:
    """The stream that a request names, by name or ARN. Raises InvalidArgumentException, ResourceNotFoundException."""
    rules.refuse(request)
    arn, name = request.get("StreamARN", ""), request.get("StreamName", "")
    if not arn and not name:
        raise api.InvalidArgumentException("Either StreamName or StreamARN should be provided.")
    if not arn:
        stream, account = kinesis.store.stream(call.account, call.region, name), call.account
    else:
        found = _STREAM_ARN.fullmatch(arn)
        if found is None or name not in ("", found[1]):
            raise api.InvalidArgumentException(f"StreamARN {arn} is invalid.")
        name, account, stream = found[1], Arn.parse(arn).account, find_stream(kinesis, arn)
    if stream is None:
        raise absent(name, account)
    return stream


def absent(name: str, account: str) -> api.ResourceNotFoundException:
    """Recorded: ``test_cbor_exceptions``."""
    return api.ResourceNotFoundException(f"Stream {name} under account {account} not found.")


def require_shard(kinesis: "Kinesis", stream: Stream, text: str, now_ms: int) -> Shard:
    """A shard by its name, or by its number alone, if its records may be kept. Raises ResourceNotFoundException."""
    found = _SHARD.fullmatch(text)
    place = f"in stream {stream.name} under account {stream.account}"
    if found is None:
        raise api.ResourceNotFoundException(f"Could not find shard {text} {place}.")
    shard = kinesis.store.shard(stream.id, int(found[1]))
    if shard is None or (shard.closed_ms is not None and shard.closed_ms <= stream.horizon_ms(now_ms)):
        raise api.ResourceNotFoundException(f"Shard {shard_name(int(found[1]))} {place} does not exist")
    return shard


def require_open_shard(kinesis: "Kinesis", stream: Stream, text: str, now_ms: int) -> Shard:
    """A shard that may be split or merged. Raises ResourceNotFoundException, InvalidArgumentException."""
    shard = require_shard(kinesis, stream, text, now_ms)
    if not shard.is_open:
        raise api.InvalidArgumentException(
            f"Shard {shard.name} in stream {stream.name} under account {stream.account} has already been merged or "
            "split, and thus is not eligible for merging or splitting."
        )
    return shard


def require_consumer(call: Call, kinesis: "Kinesis", request: Mapping[str, Any]) -> tuple[Stream, Consumer]:
    """The consumer that a request names, by its ARN or by stream and name. Raises InvalidArgumentException,
    ResourceNotFoundException."""
    rules.refuse(request)
    arn = request.get("ConsumerARN", "")
    if arn:
        pair = find_consumer(kinesis, arn)
        if pair is None:
            raise api.ResourceNotFoundException(f"Consumer {arn} under account {call.account} not found.")
        return pair
    if not request.get("StreamARN") or not request.get("ConsumerName"):
        raise api.InvalidArgumentException("Either ConsumerARN or both StreamARN and ConsumerName should be provided.")
    stream = require_stream(call, kinesis, {"StreamARN": request["StreamARN"]})
    name = request["ConsumerName"]
    consumer = kinesis.store.consumer(stream.id, name)
    if consumer is None:
        raise api.ResourceNotFoundException(f"Consumer {name}, account {stream.account} not found.")
    return stream, consumer


def require_resource(call: Call, kinesis: "Kinesis", arn: str) -> Stream | Consumer:
    """What an ARN names: a stream or a consumer. Raises InvalidArgumentException, ResourceNotFoundException."""
    if "/consumer/" in arn:
        return require_consumer(call, kinesis, {"ConsumerARN": arn})[1]
    return require_stream(call, kinesis, {"StreamARN": arn})
