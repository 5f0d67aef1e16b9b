"""The event ``cognitoUserPool``: pools that the service makes, or that exist already, with functions that they call.

Source: https://www.serverless.com/framework/docs-providers-aws-events-cognito-user-pool.
"""

from collections.abc import Sequence
from typing import Any

from stratolite.core.warning import Kind
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.existing_pools import make_existing
from stratolite.templates.serverless.kinds import COGNITO_USER_POOL, settings_of
from stratolite.templates.serverless.sender_triggers import SENDERS, VERSION, Keys


def make(work: Compilation, events: Sequence[Event]) -> None:
    """Pools with their triggers, and permissions; custom resources for pools that exist."""
    pools: dict[str, list[Event]] = {}
    for event in events:
        settings = settings_of(event, "cognitoUserPool", COGNITO_USER_POOL, "pool", "trigger")
        if not exists(settings):
            pools.setdefault(str(settings["pool"]), []).append(event)
    for name, triggers in pools.items():
        work.merge(
            naming.user_pool(name),
            "AWS::Cognito::UserPool",
            {"UserPoolName": name, "LambdaConfig": _triggers(name, triggers)},
            depends_on=[each.function.depends_on or each.function.logical_id for each in triggers],
        )
        for event in triggers:
            _permit(work, event, name)
    make_existing(work, [event for event in events if exists(event.settings)])
    if pools:
        made = [event for triggers in pools.values() for event in triggers]
        told = ", ".join(f"{each.settings['trigger']} of {each.function.key}" for each in made)
        what = f"nobody signs up or in here, so that triggers of user pools never fire: {told}"
        work.warn_locally(what, kind=Kind.NO_EFFECT, about="events")


def exists(settings: Any) -> bool:
    """Whether the settings of an event speak of a pool that is made elsewhere."""
    return isinstance(settings, dict) and truthy(settings.get("existing"))


def _triggers(pool: str, events: Sequence[Event]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    keys = Keys()
    for event in events:
        trigger, target = event.settings["trigger"], event.function.target
        if trigger in SENDERS:
            found["KMSKeyID"] = keys.of(event, pool)
            version = event.settings.get("lambdaVersion") or VERSION
            target = {"LambdaArn": target, "LambdaVersion": version}
        found[trigger] = target
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
