"""API destinations: HTTP endpoints that rules call."""

from dataclasses import replace

from stratolite.core.call import Call
from stratolite.services.events import Events, api, rules
from stratolite.services.events.domain import Connection, Destination


def create_api_destination(
    call: Call, events: Events, request: api.CreateApiDestinationRequest
) -> api.CreateApiDestinationResponse:
    """Make an API destination (``test_api_destinations``)."""
    name = request["Name"]
    connection = _connection(events, request["ConnectionArn"])
    if events.connections.destination(call, name) is not None:
        raise api.ResourceAlreadyExistsException(f"An api-destination '{name}' already exists.")
    destination = Destination(
        call.arn("events", f"api-destination/{name}/{events.world.entropy.uuid()}"),
        call.account,
        call.region,
        name,
        request.get("Description", ""),
        connection.arn,
        request["InvocationEndpoint"],
        request["HttpMethod"],
        request.get("InvocationRateLimitPerSecond", rules.RATE_LIMIT_DEFAULT),
        call.now_ms,
        call.now_ms,
    )
    events.connections.put_destination(destination)
    return _state(events, destination)


def update_api_destination(
    call: Call, events: Events, request: api.UpdateApiDestinationRequest
) -> api.UpdateApiDestinationResponse:
    """Change an API destination."""
    destination = _require(call, events, request["Name"], "update")
    if "ConnectionArn" in request:
        _connection(events, request["ConnectionArn"])
    changed = replace(
        destination,
        description=request.get("Description", destination.description),
        connection_arn=request.get("ConnectionArn", destination.connection_arn),
        endpoint=request.get("InvocationEndpoint", destination.endpoint),
        method=request.get("HttpMethod", destination.method),
        rate_limit=request.get("InvocationRateLimitPerSecond", destination.rate_limit),
        modified_ms=call.now_ms,
    )
    events.connections.put_destination(changed)
    return {**_state(events, changed)}


def describe_api_destination(
    call: Call, events: Events, request: api.DescribeApiDestinationRequest
) -> api.DescribeApiDestinationResponse:
    """An API destination."""
    destination = _require(call, events, request["Name"], "describe")
    shown: api.DescribeApiDestinationResponse = {**_shown(events, destination)}  # type: ignore[typeddict-item]
    if destination.description:
        shown["Description"] = destination.description
    return shown


def delete_api_destination(call: Call, events: Events, request: api.DeleteApiDestinationRequest) -> None:
    """Delete an API destination."""
    destination = _require(call, events, request["Name"], "delete")
    events.connections.delete_destination(destination.arn)
    events.pace.forget(destination.arn)


def list_api_destinations(
    call: Call, events: Events, request: api.ListApiDestinationsRequest
) -> api.ListApiDestinationsResponse:
    """API destinations in order of name, a page at a time."""
    limit = request.get("Limit", rules.PAGE_MAX)
    found = events.connections.destinations(
        call,
        request.get("NamePrefix", ""),
        request.get("ConnectionArn", ""),
        request.get("NextToken", ""),
        limit + 1,
    )
    result: api.ListApiDestinationsResponse = {"ApiDestinations": [_shown(events, one) for one in found[:limit]]}
    if len(found) > limit:
        result["NextToken"] = found[limit - 1].name
    return result


def _require(call: Call, events: Events, name: str, verb: str) -> Destination:
    destination = events.connections.destination(call, name)
    if destination is None:
        raise api.ResourceNotFoundException(
            f"Failed to {verb} the api-destination(s). An api-destination '{name}' does not exist."
        )
    return destination


def _connection(events: Events, arn: str) -> Connection:
    connection = events.connections.connection_by_arn(arn)
    if connection is None:
        raise api.ResourceNotFoundException(f"Connection '{arn}' does not exist.")
    return connection


def _state(events: Events, destination: Destination) -> api.CreateApiDestinationResponse:
    connection = events.connections.connection_by_arn(destination.connection_arn)
    is_active = connection is not None and connection.state == "AUTHORIZED"
    return {
        "ApiDestinationArn": destination.arn,
        "ApiDestinationState": "ACTIVE" if is_active else "INACTIVE",
        "CreationTime": destination.created_ms / 1000,
        "LastModifiedTime": destination.modified_ms / 1000,
    }


def _shown(events: Events, destination: Destination) -> api.ApiDestination:
    return {
        **_state(events, destination),
        "Name": destination.name,
        "ConnectionArn": destination.connection_arn,
        "InvocationEndpoint": destination.endpoint,
        "HttpMethod": destination.method,
        "InvocationRateLimitPerSecond": destination.rate_limit,
    }
