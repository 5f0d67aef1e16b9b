"""Resources of types that nobody here makes: databases, streams, containers of AWS's, and what others than AWS make.

``up`` refuses them by name. With ``--skip-unsupported`` each becomes a stand-in that says so in its type
(``Skipped::AWS::RDS::DBInstance``; ``services/cloudformation/skipped.py``), and nothing has to be taken out of the
template: whatever refers to one gets values of the right form. What only carries something to or from one is skipped
with it. Works on templates of any front end.
"""

from collections.abc import Collection, Mapping
from typing import Any

from stratolite.services.cloudformation.skipped import PREFIX
from stratolite.templates.unsupported import refers

_CARRIERS: Mapping[str, tuple[str, ...]] = {
    "AWS::ApiGateway::Method": ("Integration",),
    "AWS::ApiGatewayV2::Integration": ("IntegrationUri", "ConnectionId", "RequestParameters"),
    "AWS::ApiGatewayV2::Route": ("Target",),
    "AWS::Lambda::EventSourceMapping": ("EventSourceArn",),
    "AWS::Logs::SubscriptionFilter": ("DestinationArn",),
    "AWS::Scheduler::Schedule": ("Target.Arn",),
    "AWS::SNS::Subscription": ("Endpoint",),
}
"""What has no work without what properties of it name."""
_LEFT_OUT: Mapping[str, tuple[str, ...]] = {
    "AWS::DynamoDB::Table": ("KinesisStreamSpecification",),
    "AWS::Lambda::Function": ("FileSystemConfigs",),
}
"""Settings that are left out where they name something that is skipped."""
_KEPT = ("Condition", "DependsOn")
"""What a resource keeps that is skipped. Policies would be about what it holds."""
_NAMES = ("Name", "Identifier", "Id", "ARN", "Engine", "Port", "Family")
"""How the properties end that what stands in for a resource is called by, or looks like."""
_ELSEWHERE = ("{{resolve:", "Fn::ImportValue")
"""What asks for values that other stacks and services have."""


def skip(template: Mapping[str, Any], unmade: Collection[str]) -> dict[str, Any]:
    """The template with stand-ins for its ``unmade`` resources, which are named by their logical ids."""
    resources = template["Resources"]
    names = _with_carriers(resources, set(unmade))
    made: dict[str, Any] = {}
    for name, one in resources.items():
        if name in names:
            one = in_place(one)
        elif _is_resource(one):
            one = {**one, "Properties": _without(one["Type"], one["Properties"], names)}
        made[name] = one
    return {**template, "Resources": made}


def _is_resource(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("Type"), str) and isinstance(value.get("Properties"), dict)


def _with_carriers(resources: Mapping[str, Any], names: set[str]) -> set[str]:
    """These logical ids, and those of what has no work without them: a route may be to what carries to one."""
    more = {name for name, one in resources.items() if _is_resource(one) and refers(_carried(one), names)}
    return names if more <= names else _with_carriers(resources, names | more)


def _carried(resource: Mapping[str, Any]) -> list[Any]:
    """What a resource has no work without; nothing for one of another kind."""
    found = []
    for path in _CARRIERS.get(resource["Type"], ()):
        value: Any = resource["Properties"]
        for key in path.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        found.append(value)
    return found


def in_place(resource: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in for a resource."""
    kept = {name: resource[name] for name in _KEPT if name in resource}
    return {"Type": f"{PREFIX}{resource['Type']}", **kept, "Properties": _names_alone(resource.get("Properties"))}


def _names_alone(properties: Any) -> dict[str, Any]:
    """The properties that say what a resource is called; the others are for a maker, and may need what is not there."""
    given = properties if isinstance(properties, dict) else {}
    return {
        name: value
        for name, value in given.items()
        if name.endswith(_NAMES) and not isinstance(value, list) and not any(word in str(value) for word in _ELSEWHERE)
    }


def _without(kind: str, properties: dict[str, Any], names: set[str]) -> dict[str, Any]:
    """The properties of a resource that is made, without what is about those that are not."""
    targets = properties.get("Targets")
    if kind == "AWS::Events::Rule" and isinstance(targets, list):
        kept = [one for one in targets if not (isinstance(one, dict) and refers(one.get("Arn"), names))]
        return {**properties, "Targets": kept}
    left_out = _LEFT_OUT.get(kind, ())
    return {name: value for name, value in properties.items() if name not in left_out or not refers(value, names)}
