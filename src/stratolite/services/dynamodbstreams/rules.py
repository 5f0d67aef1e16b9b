"""Limits, the checks of requests that the model cannot express, and what streams and shards are not there."""

import re

from stratolite.core.errors import ValidationException
from stratolite.core.ports.streams import Shard, Stream, StreamPort
from stratolite.services.dynamodbstreams import api

STREAMS_LISTED_MAX = 100
SHARDS_LISTED_MAX = 100
RECORDS_MAX = 1000
RECORDS_BYTES_MAX = 1024 * 1024
"""How much of images one GetRecords gives."""

INVALID = "One or more parameter values were invalid: "
_ARN = re.compile(r"arn:[a-z-]+:dynamodb:[a-z0-9-]+:[0-9]+:table/[a-zA-Z0-9_.-]+/stream/[^/|]+")
_WITH_NUMBER = ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER")


def stream_arn(text: str) -> str:
    """The ARN, if it can be one of a stream. Raises ValidationException."""
    if not _ARN.fullmatch(text):
        raise ValidationException("Invalid StreamArn")
    return text


def listed(limit: int | None, limit_max: int) -> int:
    """How many streams or shards to list. Raises ValidationException."""
    if limit is None:
        return limit_max
    if limit > limit_max:
        raise ValidationException(
            f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: "
            f"Member must have value less than or equal to {limit_max}"
        )
    return limit


def records(limit: int | None) -> int:
    """How many records to read. Raises ValidationException."""
    if limit is not None and limit > RECORDS_MAX:
        raise ValidationException(f"{INVALID}Limit should be less than or equal to {RECORDS_MAX}")
    return RECORDS_MAX if limit is None else limit


def check_position(request: api.GetShardIteratorInput, now_ms: int) -> None:
    """Check that a sequence number or a time is there if the type of iterator needs it. Raises ValidationException."""
    kind = request["ShardIteratorType"]
    for name, kinds in (("SequenceNumber", _WITH_NUMBER), ("Timestamp", ("AT_TIMESTAMP",))):
        if kind in kinds and name not in request:
            raise ValidationException(f"{INVALID}{name} must be specified when ShardIteratorType is {kind}")
        if kind not in kinds and name in request:
            raise ValidationException(f"{INVALID}{name} must not be specified when ShardIteratorType is {kind}")
    if "Timestamp" in request and round(request["Timestamp"] * 1000) > now_ms:
        raise ValidationException(f"{INVALID}Timestamp must not be in the future")


def number_in(shard: Shard, text: str) -> int:
    """A sequence number that a shard can have. Raises ValidationException."""
    if text.isdecimal():
        number = int(text)
        if int(shard.first) <= number and (not shard.last or number <= int(shard.last)):
            return number
    raise ValidationException("Invalid SequenceNumber for the shard")


def require_stream(port: StreamPort, arn: str) -> Stream:
    """The stream with an ARN. Raises ResourceNotFoundException."""
    stream = port.describe(arn)
    if stream is None:
        raise api.ResourceNotFoundException(f"Requested resource not found: Stream: {arn} not found")
    return stream


def require_kept(port: StreamPort, arn: str, at: int) -> None:
    """Check that nothing is missing from a sequence number on. Raises TrimmedDataAccessException."""
    trimmed = port.trimmed(arn)
    if trimmed and at <= int(trimmed):
        raise api.TrimmedDataAccessException("The data you are trying to access has been trimmed")
