"""Log streams."""

import base64
import binascii

from stratolite.core.call import Call
from stratolite.services.logs import Logs, api, rules
from stratolite.services.logs.domain import Group, Stream

DESCRIBED_DEFAULT = 50


def create_log_stream(call: Call, logs: Logs, request: api.CreateLogStreamRequest) -> None:
    """Make a stream in a group."""
    rules.check_names(request["logGroupName"], request["logStreamName"])
    group = logs.store.require_group(call, request["logGroupName"])
    if not logs.store.add_stream(group, request["logStreamName"], call.now_ms):
        raise api.ResourceAlreadyExistsException("The specified log stream already exists")


def delete_log_stream(call: Call, logs: Logs, request: api.DeleteLogStreamRequest) -> None:
    """Delete a stream with its events."""
    group = logs.store.require_group(call, request["logGroupName"])
    if group.is_protected:
        raise api.ValidationException("The specified log group has deletion protection enabled.")
    logs.store.delete_stream(logs.store.require_stream(group, request["logStreamName"]))


def describe_log_streams(
    call: Call, logs: Logs, request: api.DescribeLogStreamsRequest
) -> api.DescribeLogStreamsResponse:
    """Streams of a group, in order of name or of their last event, a page at a time."""
    name = rules.group_name(
        request.get("logGroupName"), request.get("logGroupIdentifier"), call, both=api.ValidationException
    )
    prefix = request.get("logStreamNamePrefix", "")
    by_time = request.get("orderBy", "LogStreamName") == "LastEventTime"
    if by_time and prefix:
        raise api.InvalidParameterException("Cannot order by LastEventTime with a logStreamNamePrefix.")
    descending = request.get("descending", False)
    limit = request.get("limit", DESCRIBED_DEFAULT)
    group = logs.store.require_group(call, name)
    token = _decoded(request.get("nextToken"))
    if by_time:
        skip = _skipped(token)
        found = logs.store.streams_by_time(group, skip=skip, descending=descending, limit=limit + 1)
        next_token = str(skip + limit)
    else:
        found = logs.store.streams_by_name(
            group, prefix=prefix, after=token or None, descending=descending, limit=limit + 1
        )
        next_token = found[limit - 1].name if len(found) > limit else ""
    answer: api.DescribeLogStreamsResponse = {"logStreams": [_described(group, stream) for stream in found[:limit]]}
    if len(found) > limit:
        answer["nextToken"] = base64.urlsafe_b64encode(next_token.encode()).decode()
    return answer


def _described(group: Group, stream: Stream) -> api.LogStream:
    shown: api.LogStream = {
        "logStreamName": stream.name,
        "creationTime": stream.created_ms,
        "arn": f"{group.arn}:log-stream:{stream.name}",
        # AWS answers zero for every stream since 2019.
        "storedBytes": 0,
    }
    if stream.first_event_ms is not None and stream.last_event_ms is not None and stream.last_ingestion_ms is not None:
        shown["firstEventTimestamp"] = stream.first_event_ms
        shown["lastEventTimestamp"] = stream.last_event_ms
        shown["lastIngestionTime"] = stream.last_ingestion_ms
        shown["uploadSequenceToken"] = f"{stream.last_ingestion_ms:056d}"
    return shown


def _decoded(token: str | None) -> str:
    try:
        return base64.b64decode(token or "", altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise rules.invalid_token() from None


def _skipped(token: str) -> int:
    if not token:
        return 0
    if not token.isdigit():
        raise rules.invalid_token()
    return int(token)
