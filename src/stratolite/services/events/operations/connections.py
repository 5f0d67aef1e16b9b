"""Connections: how API destinations authorize. Their secrets are never shown."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stratolite.core.call import Call
from stratolite.core.errors import NotImplementedHere, ValidationException
from stratolite.services.events import Events, api, connection_secrets, oauth, rules
from stratolite.services.events.domain import Connection

_PARAMETERS = {"BASIC": "BasicAuthParameters", "API_KEY": "ApiKeyAuthParameters", oauth.KIND: "OAuthParameters"}
_SECRETS = {"BasicAuthParameters": "Password", "ApiKeyAuthParameters": "ApiKeyValue"}


def create_connection(call: Call, events: Events, request: api.CreateConnectionRequest) -> api.CreateConnectionResponse:
    """Make a connection; it is authorized at once, but for OAuth's, which asks for a token first."""
    name = request["Name"]
    _check(request["AuthorizationType"], request["AuthParameters"])
    _refuse(request)
    if events.connections.connection(call, name) is not None:
        raise api.ResourceAlreadyExistsException(f"Connection {name} already exists.")
    connection = Connection(
        call.arn("events", f"connection/{name}/{events.world.entropy.uuid()}"),
        call.account,
        call.region,
        name,
        request.get("Description", ""),
        request["AuthorizationType"],
        request["AuthParameters"],
        connection_secrets.create(call, events, name, request["AuthParameters"]),
        request.get("KmsKeyIdentifier", ""),
        _first_state(request["AuthorizationType"]),
        call.now_ms,
        call.now_ms,
        call.now_ms,
    )
    events.connections.put_connection(connection)
    _authorize(call, events, connection)
    return {
        "ConnectionArn": connection.arn,
        "ConnectionState": connection.state,
        "CreationTime": connection.created_ms / 1000,
        "LastModifiedTime": connection.modified_ms / 1000,
    }


def update_connection(call: Call, events: Events, request: api.UpdateConnectionRequest) -> api.UpdateConnectionResponse:
    """Change a connection; it is authorized again."""
    _refuse(request)
    connection = _require(call, events, request["Name"], "update")
    kind = request.get("AuthorizationType", connection.kind)
    parameters = _merged(connection.parameters, request.get("AuthParameters", {}))
    if kind != connection.kind:
        parameters.pop(_PARAMETERS[connection.kind], None)
    _check(kind, parameters)
    changed = replace(
        connection,
        description=request.get("Description", connection.description),
        kind=kind,
        parameters=parameters,
        secret_arn=connection_secrets.update(call, events, connection.name, connection.secret_arn, parameters),
        kms_key=request.get("KmsKeyIdentifier", connection.kms_key),
        state=_first_state(kind),
        modified_ms=call.now_ms,
        authorized_ms=call.now_ms,
    )
    events.connections.put_connection(changed)
    _authorize(call, events, changed)
    return _state(changed)


def deauthorize_connection(
    call: Call, events: Events, request: api.DeauthorizeConnectionRequest
) -> api.DeauthorizeConnectionResponse:
    """Take a connection's authorization away: its destinations are not called until it is updated."""
    connection = _require(call, events, request["Name"], "deauthorize")
    changed = replace(connection, state="DEAUTHORIZED", modified_ms=call.now_ms)
    events.tokens.pop(connection.arn, None)
    events.connections.put_connection(changed)
    return {**_state(changed), "ConnectionState": "DEAUTHORIZING"}


def delete_connection(call: Call, events: Events, request: api.DeleteConnectionRequest) -> api.DeleteConnectionResponse:
    """Delete a connection (``test_delete_connection``)."""
    connection = _require(call, events, request["Name"], "delete")
    events.connections.delete_connection(connection.arn)
    connection_secrets.delete(call, events, connection.secret_arn)
    events.tokens.pop(connection.arn, None)
    return {**_state(connection), "ConnectionState": "DELETING"}


def describe_connection(
    call: Call, events: Events, request: api.DescribeConnectionRequest
) -> api.DescribeConnectionResponse:
    """A connection without its secrets."""
    connection = _require(call, events, request["Name"], "describe")
    shown: api.DescribeConnectionResponse = {
        **_shown(connection),  # type: ignore[typeddict-item]
        "SecretArn": connection.secret_arn,
        "AuthParameters": _without_secrets(connection.parameters),
    }
    if connection.description:
        shown["Description"] = connection.description
    if connection.kms_key:
        shown["KmsKeyIdentifier"] = connection.kms_key
    return shown


def list_connections(call: Call, events: Events, request: api.ListConnectionsRequest) -> api.ListConnectionsResponse:
    """Connections in order of name, a page at a time."""
    limit = request.get("Limit", rules.PAGE_MAX)
    found = events.connections.connections(
        call,
        request.get("NamePrefix", ""),
        request.get("ConnectionState", ""),
        request.get("NextToken", ""),
        limit + 1,
    )
    result: api.ListConnectionsResponse = {"Connections": [_shown(one) for one in found[:limit]]}
    if len(found) > limit:
        result["NextToken"] = found[limit - 1].name
    return result


def _check(kind: str, parameters: Mapping[str, Any]) -> None:
    if "ConnectivityParameters" in parameters:
        raise NotImplementedHere("Private connections are not implemented by this version of Stratolite.")
    if _PARAMETERS[kind] not in parameters:
        raise ValidationException(f"Authorization type {kind} requires {_PARAMETERS[kind]}.")


def _first_state(kind: str) -> str:
    return "AUTHORIZING" if kind == oauth.KIND else "AUTHORIZED"


def _authorize(call: Call, events: Events, connection: Connection) -> None:
    if connection.kind == oauth.KIND:
        oauth.plan(call, events, connection)


def _merged(known: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Changed parameters: members of structures that are not given stay as they are."""
    return {
        **known,
        **{
            name: _merged(known.get(name, {}), value) if isinstance(value, dict) else value
            for name, value in changes.items()
        },
    }


def _refuse(request: Mapping[str, Any]) -> None:
    if "InvocationConnectivityParameters" in request:
        raise NotImplementedHere("Private connections are not implemented by this version of Stratolite.")


def _require(call: Call, events: Events, name: str, verb: str) -> Connection:
    connection = events.connections.connection(call, name)
    if connection is None:
        raise api.ResourceNotFoundException(f"Failed to {verb} the connection(s). Connection '{name}' does not exist.")
    return connection


def _without_secrets(parameters: Mapping[str, Any]) -> Any:
    shown: dict[str, Any] = {}
    for name, value in parameters.items():
        if name in _SECRETS:
            shown[name] = {key: inner for key, inner in value.items() if key != _SECRETS[name]}
        elif name in ("OAuthParameters", "ClientParameters", "OAuthHttpParameters"):
            shown[name] = _without_secrets(value)
        elif isinstance(value, dict):
            shown[name] = {key: [_hidden(one) for one in listed] for key, listed in value.items()}
        elif name != "ClientSecret":
            shown[name] = [_hidden(one) for one in value] if isinstance(value, list) else value
    return shown


def _hidden(parameter: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter of calls, its value left out where it is a secret."""
    return {key: value for key, value in parameter.items() if key != "Value" or not parameter.get("IsValueSecret")}


def _state(connection: Connection) -> api.UpdateConnectionResponse:
    return {
        "ConnectionArn": connection.arn,
        "ConnectionState": connection.state,
        "CreationTime": connection.created_ms / 1000,
        "LastModifiedTime": connection.modified_ms / 1000,
        "LastAuthorizedTime": connection.authorized_ms / 1000,
    }


def _shown(connection: Connection) -> api.Connection:
    return {"Name": connection.name, "AuthorizationType": connection.kind, **_state(connection)}  # type: ignore[typeddict-item]
