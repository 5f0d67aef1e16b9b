"""AWS::Serverless::StateMachine: a state machine of Step Functions with its role, and what starts it by events.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-statemachine.html
"""

from collections.abc import Mapping
from typing import Any

from stratolite.services.cloudformation.sam import role
from stratolite.services.cloudformation.sam.expansion import Expansion, Resource, invalid, not_done

_ACTS = frozenset({"Definition", "DefinitionUri", "Events", "Name", "Policies", "Role", "Tags", "Type"})
_KEPT = {"DefinitionSubstitutions": "DefinitionSubstitutions", "Name": "StateMachineName", "Type": "StateMachineType"}
_KEPT |= {"Logging": "LoggingConfiguration", "Tracing": "TracingConfiguration"}
_CAUSES = {"CloudWatchEvent": "EventPattern", "EventBridgeRule": "EventPattern", "Schedule": "ScheduleExpression"}
_SAYS = {"CloudWatchEvent": "Pattern", "EventBridgeRule": "Pattern", "Schedule": "Schedule"}
_KNOWN = {"Description", "Enabled", "EventBusName", "Input", "InputPath", "Name", "Pattern", "RuleName", "Schedule"}


def machine(expansion: Expansion, name: str, resource: Resource) -> None:
    """A state machine with its role, and rules that start it."""
    given = resource.properties
    unknown = sorted(set(given) - _ACTS - set(_KEPT) - {"PropagateTags"})
    if unknown:
        raise not_done(name, unknown[0])
    properties: dict[str, Any] = {_KEPT[key]: given[key] for key in _KEPT if key in given}
    if "Definition" in given:
        properties["Definition"] = given["Definition"]
    elif isinstance(given.get("DefinitionUri"), dict):
        properties["DefinitionS3Location"] = given["DefinitionUri"]
    else:
        raise invalid(name, "Either 'Definition' or 'DefinitionUri' property must be specified.")
    own = [{"Key": key, "Value": value} for key, value in (given.get("Tags") or {}).items()]
    properties["Tags"] = [{"Key": "stateMachine:createdBy", "Value": "SAM"}, *own]
    if "Role" in given:
        properties["RoleArn"] = given["Role"]
    else:
        policies = given.get("Policies") or []
        policies = list(policies) if isinstance(policies, list) else [policies]
        if (given.get("Tracing") or {}).get("Enabled"):
            policies.append("AWSXrayWriteOnlyAccess")
        made = role.of_policies(name, policies, "states.amazonaws.com")
        expansion.add(f"{name}Role", "AWS::IAM::Role", made, **resource.condition)
        properties["RoleArn"] = {"Fn::GetAtt": [f"{name}Role", "Arn"]}
    expansion.add(name, "AWS::StepFunctions::StateMachine", properties, **resource.own)
    for event, one in (given.get("Events") or {}).items():
        _event(expansion, name, resource, str(event), one)


def _event(expansion: Expansion, name: str, resource: Resource, event: str, one: Mapping[str, Any]) -> None:
    kind, given = str(one.get("Type")), one.get("Properties") or {}
    unknown = sorted(set(given) - _KNOWN)
    if kind not in _CAUSES or unknown:
        raise not_done(name, f"{unknown[0]} of the event {event}" if unknown else f"events of the type {kind}")
    started = {
        "AssumeRolePolicyDocument": role.trust("events.amazonaws.com"),
        "Policies": [role.allowing(f"{name}{event}RoleStartExecutionPolicy", "states:StartExecution", {"Ref": name})],
    }
    starter = expansion.add(f"{name}{event}Role", "AWS::IAM::Role", started, **resource.condition)
    target = {"Arn": {"Ref": name}, "Id": f"{name}{event}StepFunctionsTarget"}
    target |= {"RoleArn": {"Fn::GetAtt": [starter, "Arn"]}}
    target |= {key: given[key] for key in ("Input", "InputPath") if key in given}
    properties: dict[str, Any] = {_CAUSES[kind]: given.get(_SAYS[kind]), "Targets": [target]}
    properties |= {key: given[key] for key in ("Description", "EventBusName") if key in given}
    named = given.get("RuleName", given.get("Name"))
    properties |= {"Name": named} if named is not None else {}
    if "Enabled" in given:
        properties["State"] = "ENABLED" if expansion.value(given["Enabled"]) in (True, "true") else "DISABLED"
    expansion.add(f"{name}{event}", "AWS::Events::Rule", properties, **resource.condition)
