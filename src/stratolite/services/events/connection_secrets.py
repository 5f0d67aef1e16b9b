"""The secrets of connections: Secrets Manager keeps what a connection authorizes with, under a name of EventBridge's.

Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-target-connection-secret.html and the recorded
entries ``test_connection_secrets``.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.services.events import Events

_SERVICE = "secretsmanager"
_ABSENT = "ResourceNotFoundException"
_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


def create(call: Call, events: Events, name: str, parameters: Mapping[str, Any]) -> str:
    """Make the secret of a new connection, in the current transaction; its ARN."""
    request = {"Name": f"events!connection/{name}/{events.world.entropy.uuid()}", **_value(events, parameters)}
    return str(events.world.operations.run(call, _SERVICE, "CreateSecret", request)["ARN"])


def update(call: Call, events: Events, name: str, arn: str, parameters: Mapping[str, Any]) -> str:
    """Give the secret of a connection another value, and make one where there is none (any more); its ARN."""
    try:
        request = {"SecretId": arn, **_value(events, parameters)}
        return str(events.world.operations.run(call, _SERVICE, "UpdateSecret", request)["ARN"])
    except AwsError as error:
        if error.code != _ABSENT:
            raise
    return create(call, events, name, parameters)


def delete(call: Call, events: Events, arn: str) -> None:
    """Delete the secret of a connection; one that is gone already is no error."""
    try:
        request = {"SecretId": arn, "ForceDeleteWithoutRecovery": True}
        events.world.operations.run(call, _SERVICE, "DeleteSecret", request)
    except AwsError as error:
        if error.code != _ABSENT:
            raise


def text(parameters: Mapping[str, Any]) -> str:
    """A connection's parameters as its secret has them: those of its authorization at the top."""
    members: dict[str, Any] = {}
    for name, value in parameters.items():
        if name == "OAuthParameters":
            client = value.get("ClientParameters", {})
            members |= {"client_id": client.get("ClientID", ""), "client_secret": client.get("ClientSecret", "")}
            members |= _named({key: inner for key, inner in value.items() if key != "ClientParameters"})
        elif name in ("BasicAuthParameters", "ApiKeyAuthParameters"):
            members |= _named(value)
        else:
            members |= _named({name: value})
    return json.dumps(members)


def _value(events: Events, parameters: Mapping[str, Any]) -> dict[str, str]:
    """What requests say of a new value."""
    return {"SecretString": text(parameters), "ClientRequestToken": events.world.entropy.uuid()}


def _named(value: Any) -> Any:
    """With names in lower case, their words apart."""
    if isinstance(value, list):
        return [_named(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    return {_WORD.sub("_", key).lower(): _named(inner) for key, inner in value.items()}
