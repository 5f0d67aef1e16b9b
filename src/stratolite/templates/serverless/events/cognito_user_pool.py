"""The event ``cognitoUserPool``: pools that the service makes, with functions that they call.

Source: https://www.serverless.com/framework/docs-providers-aws-events-cognito-user-pool. For pools that exist already
the framework deploys a function that changes them, which is not compiled yet.
"""

from collections.abc import Sequence
from typing import Any

from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.kinds import TEXT, check_kind

SENDERS = frozenset({"CustomSMSSender", "CustomEmailSender"})
"""Triggers that send codes themselves: they are given these encrypted."""
VERSION = "V1_0"
_KIND = {"pool": TEXT, "trigger": TEXT}


def make(work: Compilation, events: Sequence[Event]) -> None:
    """Pools with their triggers, and permissions. Raises UserError for pools that exist already."""
    pools: dict[str, list[Event]] = {}
    for event in events:
        pools.setdefault(_pool_of(event), []).append(event)
    for name, triggers in pools.items():
        work.merge(
            naming.user_pool(name),
            "AWS::Cognito::UserPool",
            {"UserPoolName": name, "LambdaConfig": _triggers(name, triggers)},
            depends_on=[each.function.depends_on or each.function.logical_id for each in triggers],
        )
        for event in triggers:
            _permit(work, event, name)
    if events:
        told = ", ".join(f"{each.settings['trigger']} of {each.function.key}" for each in events)
        work.warn_locally(f"nobody signs up or in here, so that triggers of user pools never fire: {told}")


def exists(settings: Any) -> bool:
    """Whether the settings of an event speak of a pool that is made elsewhere."""
    return isinstance(settings, dict) and truthy(settings.get("existing"))


def _pool_of(event: Event) -> str:
    settings = event.settings
    if not isinstance(settings, dict):
        raise refusal("the event 'cognitoUserPool' takes a map", event.at, "Set 'pool' and 'trigger'.")
    check_kind(settings, _KIND, event.at, "cognitoUserPool")
    for name in ("pool", "trigger"):
        if not truthy(settings.get(name)):
            raise refusal(f"the event 'cognitoUserPool' lacks '{name}'", event.at, f"Set '{name}'.")
    if exists(settings):
        todo = "Take the event out to run the rest of the service."
        raise refusal("a trigger of a pool that exists already is not compiled yet", event.mark("existing"), todo)
    return str(settings["pool"])


def _triggers(pool: str, events: Sequence[Event]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for event in events:
        trigger, target = event.settings["trigger"], event.function.target
        if trigger not in SENDERS:
            found[trigger] = target
            continue
        key = event.settings.get("kmsKeyId")
        if not truthy(key):
            todo = "It is the key that codes are encrypted with."
            raise refusal(f"the trigger {trigger} of the pool {pool} lacks 'kmsKeyId'", event.at, todo)
        if found.setdefault("KMSKeyID", key) != key:
            todo = "Use one for all of its triggers."
            raise refusal(f"the pool {pool} has two keys", event.mark("kmsKeyId"), todo)
        version = event.settings.get("lambdaVersion") or VERSION
        found[trigger] = {"LambdaArn": target, "LambdaVersion": version}
    return found


def _permit(work: Compilation, event: Event, pool: str) -> None:
    function = event.function
    properties = {
        "FunctionName": function.target,
        "Action": "lambda:InvokeFunction",
        "Principal": "cognito-idp.amazonaws.com",
        "SourceArn": {"Fn::GetAtt": [naming.user_pool(pool), "Arn"]},
    }
    name = naming.user_pool_permission(function.key, pool, str(event.settings["trigger"]))
    work.merge(name, "AWS::Lambda::Permission", properties, depends_on=function.depends_on)
