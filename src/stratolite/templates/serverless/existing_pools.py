"""Triggers of user pools that exist already: a custom resource sets them.

CloudFormation cannot change a pool of another stack, so a function that is deployed along does it, when the stack is
made, changed and removed.
"""

from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Any

from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import custom_resources, naming
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.sender_triggers import SENDERS, VERSION, Keys

MAKER = custom_resources.Maker("custom-resource-existing-cup", "cognito-user-pool/handler.handler", "nodejs22.x")
_POOLS = ("cognito-idp:ListUserPools", "cognito-idp:DescribeUserPool", "cognito-idp:UpdateUserPool")


def make_existing(work: Compilation, events: Sequence[Event]) -> None:
    """A custom resource for each function, the function that makes them, and its permissions."""
    statements: list[dict[str, Any]] = []
    made: dict[str, list[str]] = {}
    keys = Keys()
    for _, of_function in groupby(events, key=lambda event: event.function.key):
        triggers = list(of_function)
        first = triggers[0]
        pool = str(first.settings["pool"])
        other = next((event for event in triggers if str(event.settings["pool"]) != pool), None)
        if other is not None:
            todo = "Let another function be called by the other pool."
            raise refusal("a function can be called by one existing pool only", other.mark("pool"), todo)
        configurations = [_configuration(event, pool, keys) for event in triggers]
        made.setdefault(pool, []).append(_make(work, triggers, configurations))
        if "KMSKeyID" in configurations[0]:
            statements.append(_allowed(configurations[0]["KMSKeyID"], "kms:CreateGrant"))
        statements.append(_allowed("*", *_POOLS))
        functions = {"Fn::Sub": f"arn:${{AWS::Partition}}:lambda:*:*:function:{first.function.name}"}
        statements.append(_allowed(functions, "lambda:AddPermission", "lambda:RemovePermission"))
    for names in made.values():
        # Two at once would each undo what the other has set.
        for before, name in pairwise(names):
            work.resources[name]["DependsOn"].append(before)
    if statements:
        statements.append(_allowed({"Fn::Sub": "arn:${AWS::Partition}:iam::*:role/*"}, "iam:PassRole"))
        custom_resources.add(work, MAKER, statements)


def _allowed(resource: Any, *actions: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Resource": resource, "Action": list(actions)}


def _configuration(event: Event, pool: str, keys: Keys) -> dict[str, Any]:
    trigger = event.settings["trigger"]
    if trigger not in SENDERS:
        return {"Trigger": trigger}
    version = event.settings.get("lambdaVersion") or VERSION
    return {"Trigger": trigger, "LambdaVersion": version, "KMSKeyID": keys.of(event, pool)}


def _make(work: Compilation, events: Sequence[Event], configurations: list[dict[str, Any]]) -> str:
    """The custom resource of one function; its logical id."""
    first = events[0]
    properties = {
        "ServiceToken": {"Fn::GetAtt": [MAKER.logical_id, "Arn"]},
        "FunctionName": first.function.name,
        "UserPoolName": first.settings["pool"],
        "UserPoolConfigs": configurations,
    }
    if truthy(first.settings.get("forceDeploy")):
        properties["ForceDeploy"] = work.stamp_ms
    name = naming.existing_user_pool(first.function.key)
    waits = [first.function.logical_id, MAKER.logical_id]
    work.resources[name] = {
        "Type": "Custom::CognitoUserPool",
        "Version": 1,
        "DependsOn": waits,
        "Properties": properties,
    }
    return name
