"""What happens to asynchronous invokes: destinations, retries, age.

Source: https://www.serverless.com/framework/docs-providers-aws-guide-functions (``destinations``).
"""

from dataclasses import dataclass, field
from typing import Any

from stratolite.templates.document import Mark
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.iam import execution_role
from stratolite.templates.serverless.service import Function

_ACTIONS = {
    "function": "lambda:InvokeFunction",
    "sqs": "sqs:SendMessage",
    "sns": "sns:Publish",
    "eventBus": "events:PutEvents",
}
_KINDS = ((":function:", "function"), (":sqs:", "sqs"), (":sns:", "sns"), (":event-bus/", "eventBus"))


@dataclass
class Progress:
    """Functions that are complete, so that their aliases can be named, and destinations that the role may use."""

    complete: set[str] = field(default_factory=set)
    allowed: set[str] = field(default_factory=set)


def configure_invokes(work: Compilation, function: Function, progress: Progress) -> None:
    """AWS::Lambda::EventInvokeConfig, when one of its settings is there."""
    settings = function.settings
    destinations = settings.get("destinations")
    age_s, retries = settings.get("maximumEventAge"), settings.get("maximumRetryAttempts")
    if not truthy(destinations) and not truthy(age_s) and retries is None:
        return
    config: dict[str, Any] = {}
    for key, member in (("onSuccess", "OnSuccess"), ("onFailure", "OnFailure")):
        target = destinations.get(key) if isinstance(destinations, dict) else None
        if truthy(target):
            at = function.mark("destinations", key)
            config[member] = {"Destination": _arn(work, target, at, progress)}
            if execution_role(work.service, function) is None:
                _allow(work, target, at, progress)
    work.put(
        naming.event_invoke_config(function.key),
        "AWS::Lambda::EventInvokeConfig",
        {
            "FunctionName": {"Ref": function.logical_id},
            "DestinationConfig": config,
            "Qualifier": function.alias.name if function.alias else "$LATEST",
            "MaximumEventAgeInSeconds": age_s if truthy(age_s) else None,
            "MaximumRetryAttempts": retries,
        },
        depends_on=function.depends_on,
    )


def _arn(work: Compilation, target: Any, at: Mark, progress: Progress) -> Any:
    if isinstance(target, dict):
        return target.get("arn")
    if str(target).startswith("arn:"):
        return target
    function = work.service.function(str(target), at)
    return function.target if function.key in progress.complete else function.arn


def _allow(work: Compilation, target: Any, at: Mark, progress: Progress) -> None:
    kind = target.get("type") if isinstance(target, dict) else _kind(str(target))
    if kind not in _ACTIONS:
        todo = "Name a function, a queue, a topic or an event bus; an intrinsic function needs 'arn' and 'type'."
        raise refusal(f"the destination {target!r} is of no known kind", at, todo)
    resource = target.get("arn") if isinstance(target, dict) else target
    if isinstance(target, str) and not target.startswith("arn:"):
        # Fn::GetAtt would make the role and the function depend on each other.
        name = work.service.function(target, at).name
        resource = {"Fn::Sub": "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:" + name}
    # A text is allowed once however often it is named; each map is allowed for itself.
    if isinstance(target, dict) or target not in progress.allowed:
        work.allow({"Effect": "Allow", "Action": _ACTIONS[kind], "Resource": resource})
    if isinstance(target, str):
        progress.allowed.add(target)


def _kind(target: str) -> str | None:
    if not target.startswith("arn:"):
        return "function"
    return next((kind for part, kind in _KINDS if part in target), None)
