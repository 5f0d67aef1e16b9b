"""Resources of types that nobody here makes: databases, streams, containers of AWS's, and what others than AWS make.

``up`` refuses them by name. With ``--skip-unsupported`` each becomes a stand-in that says so in its type
(``Skipped::AWS::Kinesis::Stream``; ``services/cloudformation/skipped.py``), and nothing has to be taken out of the
template: whatever refers to one gets values of the right form. What only carries something to or from one is skipped
with it. Works on templates of any front end.
"""

from collections.abc import Collection, Mapping
from typing import Any

from stratolite.services.cloudformation.skipped import PREFIX
from stratolite.templates.unsupported import refers

_CARRIERS: Mapping[str, tuple[str, ...]] = {
    "AWS::Lambda::EventSourceMapping": ("EventSourceArn",),
    "AWS::Logs::SubscriptionFilter": ("DestinationArn",),
    "AWS::Scheduler::Schedule": ("Target", "Arn"),
    "AWS::SNS::Subscription": ("Endpoint",),
}
"""What has no work without what a property of it names, and where that stands."""
_LEFT_OUT: Mapping[str, tuple[str, ...]] = {
    "AWS::DynamoDB::Table": ("KinesisStreamSpecification",),
    "AWS::Lambda::Function": ("FileSystemConfigs",),
}
"""Settings that are left out where they name something that is skipped."""


def skip(template: Mapping[str, Any], unmade: Collection[str]) -> dict[str, Any]:
    """The template with stand-ins for its ``unmade`` resources, which are named by their logical ids."""
    resources, names = template["Resources"], set(unmade)
    names |= {name for name, one in resources.items() if _is_resource(one) and refers(_carried(one), names)}
    made: dict[str, Any] = {}
    for name, one in resources.items():
        if name in names:
            one = {**one, "Type": f"{PREFIX}{one['Type']}"}
        elif _is_resource(one):
            one = {**one, "Properties": _without(one["Type"], one["Properties"], names)}
        made[name] = one
    return {**template, "Resources": made}


def _is_resource(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("Type"), str) and isinstance(value.get("Properties"), dict)


def _carried(resource: Mapping[str, Any]) -> Any:
    """What a resource has no work without; None for one of another kind."""
    path = _CARRIERS.get(resource["Type"], ())
    value: Any = resource["Properties"] if path else None
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _without(kind: str, properties: dict[str, Any], names: set[str]) -> dict[str, Any]:
    """The properties of a resource that is made, without what is about those that are not."""
    targets = properties.get("Targets")
    if kind == "AWS::Events::Rule" and isinstance(targets, list):
        kept = [one for one in targets if not (isinstance(one, dict) and refers(one.get("Arn"), names))]
        return {**properties, "Targets": kept}
    left_out = _LEFT_OUT.get(kind, ())
    return {name: value for name, value in properties.items() if name not in left_out or not refers(value, names)}
