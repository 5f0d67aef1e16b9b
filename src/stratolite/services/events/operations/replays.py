"""Replays of archives: started, shown, listed, cancelled."""

from dataclasses import replace

from stratolite.core.call import Call
from stratolite.core.errors import ValidationException
from stratolite.services.events import Events, api, archiving, rules
from stratolite.services.events.domain import Replay
from stratolite.services.events.lookup import require_bus

_CANCELLABLE = ("STARTING", "RUNNING")


def start_replay(call: Call, events: Events, request: api.StartReplayRequest) -> api.StartReplayResponse:
    """Give out the events of a span of time again, to the rules of the bus that they came from."""
    name, source_arn = request["ReplayName"], request["EventSourceArn"]
    arn = call.arn("events", f"replay/{name}")
    if ":event-bus/" not in request["Destination"]["Arn"]:
        raise ValidationException("Parameter Destination.Arn is not valid. Reason: Must contain an event bus ARN.")
    bus = require_bus(call, events, request["Destination"]["Arn"])
    if events.archives.replay(arn) is not None:
        raise api.ResourceAlreadyExistsException(f"Replay {name} already exists.")
    archive = events.archives.archive(source_arn)
    if archive is None:
        shown = source_arn.rpartition("/")[2]
        raise ValidationException(f"Parameter EventSourceArn is not valid. Reason: Archive {shown} does not exist.")
    if archive.bus_arn != bus.arn:
        raise ValidationException(
            "Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted."
        )
    from_ms, until_ms = (round(request[key] * 1000) for key in ("EventStartTime", "EventEndTime"))
    if from_ms >= until_ms:
        raise ValidationException(
            "Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime."
        )
    if events.archives.active_replays(call) >= rules.ACTIVE_REPLAYS_MAX:
        raise api.LimitExceededException("The requested resource exceeds the maximum number allowed.")
    replay = Replay(
        arn,
        call.account,
        call.region,
        name,
        archive.arn,
        bus.arn,
        request.get("Description", ""),
        tuple(request["Destination"].get("FilterArns", ())),
        from_ms,
        until_ms,
        "STARTING",
        call.now_ms,
    )
    events.archives.put_replay(replay)
    archiving.plan_replay(call, events, replay)
    return {"ReplayArn": arn, "State": "STARTING", "ReplayStartTime": call.now_ms / 1000}


def describe_replay(call: Call, events: Events, request: api.DescribeReplayRequest) -> api.DescribeReplayResponse:
    """A replay."""
    replay = _require(call, events, request["ReplayName"])
    shown: api.DescribeReplayResponse = {
        "ReplayArn": replay.arn,
        **_shown(replay),  # type: ignore[typeddict-item]
        "Destination": {"Arn": replay.bus_arn},
    }
    if replay.description:
        shown["Description"] = replay.description
    if replay.filters:
        shown["Destination"]["FilterArns"] = list(replay.filters)
    return shown


def list_replays(call: Call, events: Events, request: api.ListReplaysRequest) -> api.ListReplaysResponse:
    """Replays in order of name, a page at a time, by one of: prefix, archive, state."""
    if len(request.keys() & {"NamePrefix", "EventSourceArn", "State"}) > 1:
        raise ValidationException(
            "At most one filter is allowed for ListReplays. Use either : State, EventSourceArn, or NamePrefix."
        )
    limit = request.get("Limit", rules.PAGE_MAX)
    found = events.archives.replays(
        call,
        request.get("NamePrefix", ""),
        request.get("EventSourceArn", ""),
        request.get("State", ""),
        request.get("NextToken", ""),
        limit + 1,
    )
    result: api.ListReplaysResponse = {"Replays": [_shown(replay) for replay in found[:limit]]}
    if len(found) > limit:
        result["NextToken"] = found[limit - 1].name
    return result


def cancel_replay(call: Call, events: Events, request: api.CancelReplayRequest) -> api.CancelReplayResponse:
    """Give out no more; what was given out is delivered."""
    replay = _require(call, events, request["ReplayName"])
    if replay.state not in _CANCELLABLE:
        raise api.IllegalStatusException(f"Replay {replay.name} is not in a valid state for this operation.")
    events.archives.put_replay(replace(replay, state="CANCELLING"))
    return {"ReplayArn": replay.arn, "State": "CANCELLING"}


def _require(call: Call, events: Events, name: str) -> Replay:
    replay = events.archives.replay(call.arn("events", f"replay/{name}"))
    if replay is None:
        raise api.ResourceNotFoundException(f"Replay {name} does not exist.")
    return replay


def _shown(replay: Replay) -> api.Replay:
    shown: api.Replay = {
        "ReplayName": replay.name,
        "EventSourceArn": replay.archive_arn,
        "State": replay.state,
        "EventStartTime": replay.from_ms / 1000,
        "EventEndTime": replay.until_ms / 1000,
        "ReplayStartTime": replay.started_ms / 1000,
    }
    if replay.last_ms:
        shown["EventLastReplayedTime"] = replay.last_ms / 1000
    if replay.ended_ms:
        shown["ReplayEndTime"] = replay.ended_ms / 1000
    return shown
