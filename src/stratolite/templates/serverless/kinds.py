"""Kinds of values that the passes rely on: what has to be a map is one, wherever it is set at all.

The schema only warns of what does not fit, as the Serverless Framework does, which then ends in the middle of its work
with the error of a program. Here such a value is refused before the first pass, with its place.
"""

from typing import Any

from stratolite.templates.document import Map, Mark, mark_of
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless.compilation import refusal
from stratolite.templates.serverless.event import Event

TEXT = "a text"
FLAG = "true or false"
Kind = str | dict[str, Any] | list[Any] | tuple[Any, ...]
"""A text, a flag, a map with the kinds of its members (``*``: of all others), a list of one kind, or one of several."""

_TEXTS: Kind = [TEXT]
_TAGS: Kind = {"*": TEXT}
_STATEMENTS: Kind = [{}]
_PLAN: Kind = {"quota": {}, "throttle": {}}
_KEY: Kind = (TEXT, {"*": (TEXT, FLAG, [(TEXT, {})])})
_MODE: Kind = (TEXT, {"mode": TEXT})
_ROLE: Kind = (TEXT, {"statements": _STATEMENTS, "managedPolicies": [], "tags": _TAGS, "Fn::GetAtt": _TEXTS})

PROVIDER: dict[str, Kind] = {
    "alb": {"authorizers": {"*": {}}, "targetGroupPrefix": TEXT},
    "apiGateway": {
        "apiKeys": [_KEY],
        "apiKeySourceType": TEXT,
        "description": TEXT,
        "request": {"schemas": {"*": {}}},
        "resourcePolicy": _STATEMENTS,
        "restApiResources": ({}, [{"path": TEXT}]),
        "stage": TEXT,
        "usagePlan": (_PLAN, [{"*": _PLAN}]),
    },
    "apiName": TEXT,
    "cloudFront": {"cachePolicies": {"*": {}}},
    "deploymentBucket": (TEXT, {"name": TEXT, "tags": _TAGS}),
    "deploymentPrefix": TEXT,
    "ecr": {"images": {"*": (TEXT, {"uri": TEXT})}},
    "endpointType": TEXT,
    "environment": {},
    "httpApi": {
        "authorizers": {"*": {"audience": (TEXT, {}, []), "identitySource": (TEXT, {}, []), "name": TEXT}},
        "cors": (FLAG, {"allowCredentials": FLAG, "maxAge": TEXT, "*": (TEXT, _TEXTS)}),
        "name": TEXT,
        "payload": TEXT,
    },
    "iam": {"role": _ROLE},
    "iamManagedPolicies": [],
    "iamRoleStatements": _STATEMENTS,
    "kinesis": {},
    "layers": [],
    "logs": {
        "httpApi": (FLAG, {"format": TEXT}),
        "restApi": (FLAG, {}),
        "websocket": (FLAG, {"format": TEXT, "level": TEXT}),
    },
    "notificationArns": _TEXTS,
    "role": (TEXT, {"Fn::GetAtt": _TEXTS}),
    "rollbackConfiguration": {},
    "runtime": TEXT,
    "runtimeManagement": _MODE,
    "s3": {"*": {"name": TEXT, "notificationConfiguration": {}}},
    "stackName": TEXT,
    "stackParameters": [{}],
    "stackPolicy": _STATEMENTS,
    "stackTags": _TAGS,
    "tags": _TAGS,
    "tracing": (FLAG, {}),
    "vpc": {},
    "websocket": {},
    "websocketsApiName": (TEXT, {}),
    "websocketsApiRouteSelectionExpression": (TEXT, {}),
    "websocketsDescription": (TEXT, {}),
}
FUNCTION: dict[str, Kind] = {
    "dependsOn": (TEXT, _TEXTS),
    "destinations": {"*": (TEXT, {"type": TEXT})},
    "environment": {},
    "fileSystemConfig": {},
    "handler": TEXT,
    "httpApi": {"payload": TEXT},
    "iamRoleStatements": _STATEMENTS,
    "image": (TEXT, {"uri": TEXT, "name": TEXT}),
    "layers": [],
    "name": TEXT,
    "role": (TEXT, {"Fn::GetAtt": _TEXTS}),
    "runtime": TEXT,
    "runtimeManagement": _MODE,
    "tags": _TAGS,
    "url": (FLAG, {"cors": (FLAG, {"maxAge": TEXT, "allowCredentials": FLAG, "*": []})}),
    "vpc": (FLAG, {}),
}
LAYER: dict[str, Kind] = {"allowedAccounts": _TEXTS, "name": TEXT, "path": TEXT}
RESOURCES: dict[str, Kind] = {
    "Outputs": {"*": {}},
    "Resources": {"*": {"Properties": {}}},
    "extensions": {"*": {"DependsOn": (TEXT, []), "Metadata": {}, "Properties": {}}},
}
PLUGINS: dict[str, Kind] = {"serverless-iam-roles-per-function": {}}
SERVICE: dict[str, Kind] = {
    "custom": PLUGINS,
    "functions": {"*": FUNCTION},
    "layers": {"*": LAYER},
    "provider": PROVIDER,
    "resources": RESOURCES,
}
HTTP: dict[str, Kind] = {
    "authorizer": (TEXT, {"claims": _TEXTS, "identitySource": TEXT, "name": TEXT, "scopes": [], "type": TEXT}),
    "connectionType": TEXT,
    "cors": (
        FLAG,
        {"headers": (TEXT, _TEXTS), "methods": _TEXTS, "origin": TEXT, "origins": _TEXTS, "*": (TEXT, FLAG)},
    ),
    "integration": TEXT,
    "request": {
        "method": TEXT,
        "parameters": {"querystrings": {}, "paths": {}, "headers": {}},
        "schemas": {"*": (TEXT, {})},
        "template": {"*": TEXT},
    },
    "response": {
        "headers": {"*": TEXT},
        "statusCodes": {"*": {"headers": {"*": TEXT}, "template": (TEXT, {})}},
        "template": TEXT,
    },
}
HTTP_API: dict[str, Kind] = {
    "authorizer": (TEXT, {"id": (TEXT, {}), "name": TEXT, "scopes": _TEXTS, "type": TEXT}),
    "method": TEXT,
    "path": TEXT,
}
SNS: dict[str, Kind] = {
    "displayName": (TEXT, {}),
    "filterPolicy": {},
    "redrivePolicy": {"deadLetterTargetArn": TEXT, "deadLetterTargetRef": TEXT, "deadLetterTargetImport": {}},
    "topicName": TEXT,
}
SQS: dict[str, Kind] = {
    "arn": (TEXT, {}),
    "enabled": FLAG,
    "filterPatterns": [{}],
    "functionResponseType": (TEXT, {}),
}
S3: dict[str, Kind] = {
    "bucket": (TEXT, {}),
    "event": (TEXT, {}),
    "existing": FLAG,
    "forceDeploy": FLAG,
    "rules": [{"*": (TEXT, {})}],
}
_TRANSFORMER: Kind = {"inputPathsMap": {"*": TEXT}, "inputTemplate": TEXT}
SCHEDULE: dict[str, Kind] = {
    "description": TEXT,
    "enabled": FLAG,
    "input": (TEXT, {}),
    "inputPath": TEXT,
    "inputTransformer": _TRANSFORMER,
    "name": TEXT,
    "rate": (TEXT, [(TEXT, {})]),
}
EVENT_BRIDGE: dict[str, Kind] = {
    "deadLetterQueueArn": (TEXT, {}),
    "description": (TEXT, {}),
    "enabled": FLAG,
    "eventBus": (TEXT, {}),
    "input": {},
    "inputPath": (TEXT, {}),
    "inputTransformer": _TRANSFORMER,
    "name": TEXT,
    "pattern": {},
    "retryPolicy": {},
    "schedule": TEXT,
}
CLOUDWATCH_EVENT: dict[str, Kind] = {
    "description": TEXT,
    "enabled": FLAG,
    "event": {},
    "input": (TEXT, {}),
    "inputPath": TEXT,
    "inputTransformer": _TRANSFORMER,
    "name": TEXT,
}
CLOUDWATCH_LOG: dict[str, Kind] = {"filter": TEXT, "logGroup": TEXT}
STREAM: dict[str, Kind] = {
    **SQS,
    "bisectBatchOnFunctionError": FLAG,
    "consumer": (FLAG, TEXT, {}),
    "destinations": {"onFailure": (TEXT, {"arn": (TEXT, {}), "type": TEXT})},
    "startingPosition": (TEXT, {}),
    "type": TEXT,
}
COGNITO_USER_POOL: dict[str, Kind] = {"pool": TEXT, "trigger": TEXT}
WEBSOCKET: dict[str, Kind] = {
    "authorizer": (TEXT, {"arn": (TEXT, {}), "identitySource": [], "name": TEXT}),
    "route": TEXT,
}
_MAPPED: dict[str, Kind] = {"enabled": FLAG, "filterPatterns": [{}]}
KAFKA: dict[str, Kind] = {
    **_MAPPED,
    "accessConfigurations": {"*": _TEXTS},
    "bootstrapServers": ([], {}),
    "consumerGroupId": (TEXT, {}),
    "startingPosition": TEXT,
    "topic": TEXT,
}
MSK: dict[str, Kind] = {
    **_MAPPED,
    "arn": (TEXT, {}),
    "consumerGroupId": (TEXT, {}),
    "saslScram512": (TEXT, {}),
    "startingPosition": TEXT,
    "topic": TEXT,
}
BROKER: dict[str, Kind] = {
    **_MAPPED,
    "arn": (TEXT, {}),
    "basicAuthArn": (TEXT, {}),
    "queue": TEXT,
}
_VALUES: Kind = ([], TEXT, {})
_HEADER: Kind = {"name": TEXT, "values": _VALUES}
ALB: dict[str, Kind] = {
    "authorizer": (_TEXTS, TEXT),
    "conditions": {
        "header": ([_HEADER], _HEADER),
        "host": _VALUES,
        "ip": _VALUES,
        "method": _VALUES,
        "path": _VALUES,
        "query": {"*": (TEXT, {})},
    },
    "healthCheck": (FLAG, {"matcher": {}}),
    "listenerArn": (TEXT, {"Ref": TEXT}),
    "multiValueHeaders": FLAG,
    "priority": TEXT,
    "targetGroupName": (TEXT, {}),
}
ALEXA: dict[str, Kind] = {"appId": TEXT, "enabled": FLAG}
IOT: dict[str, Kind] = {"description": TEXT, "enabled": FLAG, "name": TEXT, "sql": TEXT, "sqlVersion": TEXT}
IOT_FLEET_PROVISIONING: dict[str, Kind] = {"enabled": FLAG, "templateBody": {}, "templateName": (TEXT, {})}
CLOUD_FRONT: dict[str, Kind] = {
    "behavior": {},
    "cachePolicy": {"name": TEXT},
    "eventType": TEXT,
    "includeBody": FLAG,
    "isDefaultOrigin": FLAG,
    "origin": (TEXT, {"DomainName": (TEXT, {}), "OriginPath": TEXT}),
    "pathPattern": TEXT,
}


def settings_of(event: Event, name: str, kind: dict[str, Kind], *needed: str) -> Map:
    """The settings of an event that takes a map. Raises UserError for another value, and where what is needed lacks."""
    listed = " and ".join(f"'{one}'" for one in needed)
    if not isinstance(event.settings, Map):
        raise refusal(f"the event {name!r} takes a map", event.at, f"Set {listed}.")
    check_kind(event.settings, kind, event.at, name)
    for one in needed:
        if not truthy(event.settings.get(one)):
            raise refusal(f"the event {name!r} lacks {one!r}", event.at, f"Set {one!r}.")
    return event.settings


def check_kind(value: Any, kind: Kind, at: Mark, name: str) -> None:
    """Raises UserError for a value that is of another kind, or that holds one. What is not set fits."""
    if value is None:
        return
    kinds = kind if isinstance(kind, tuple) else (kind,)
    fitting = next((each for each in kinds if _is(value, each)), None)
    if fitting is None:
        wanted = " or ".join(dict.fromkeys(_word(each) for each in kinds))
        raise refusal(f"{name} has to be {wanted}", at, f"It is {_word_of(value)}.")
    if isinstance(fitting, dict):
        for key, child in value.items():
            inner = fitting.get(key, fitting.get("*"))
            if inner is not None:
                check_kind(child, inner, mark_of(value, key), f"{name}.{key}" if name else key)
    elif isinstance(fitting, list) and fitting:
        for index, child in enumerate(value):
            if child is None:
                raise refusal(f"{name}.{index} is empty", mark_of(value, index), "Write its value, or leave it out.")
            check_kind(child, fitting[0], mark_of(value, index), f"{name}.{index}")


def _is(value: Any, kind: Kind) -> bool:
    if isinstance(kind, dict):
        return isinstance(value, Map)
    if isinstance(kind, list):
        return isinstance(value, list)
    return isinstance(value, bool) if kind == FLAG else isinstance(value, str | int | float)


def _word(kind: Kind) -> str:
    return "a map" if isinstance(kind, dict) else "a list" if isinstance(kind, list) else str(kind)


def _word_of(value: Any) -> str:
    if isinstance(value, dict | list):
        return "a map" if isinstance(value, dict) else "a list"
    return repr(value)
