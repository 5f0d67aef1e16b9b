"""Versions and aliases of a function, its URL, and what becomes of events that it was handed.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-functionurlconfig.html
and sam-property-function-eventinvokeconfiguration.html
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stratolite.services.cloudformation.sam import rollout
from stratolite.services.cloudformation.sam.expansion import Expansion, digest, invalid
from stratolite.services.cloudformation.sam.role import allowing

if TYPE_CHECKING:
    from stratolite.services.cloudformation.sam.functions import Function

_ACTIONS = {
    "SQS": "sqs:SendMessage",
    "SNS": "sns:publish",
    "Lambda": "lambda:InvokeFunction",
    "EventBridge": "events:PutEvents",
    "S3Bucket": "s3:PutObject",
}
_MADE = {"SQS": "AWS::SQS::Queue", "SNS": "AWS::SNS::Topic"}


def alias_name(expansion: Expansion, name: str, given: Mapping[str, Any]) -> str:
    """The alias that each deployment publishes; empty for none."""
    alias = expansion.value(given.get("AutoPublishAlias"))
    if alias is None:
        return ""
    if not isinstance(alias, str):
        raise invalid(name, "'AutoPublishAlias' must be a string or a Ref to a template parameter")
    return alias


def publish(expansion: Expansion, function: "Function", alias: str, properties: Mapping[str, Any]) -> None:
    """A version that is another one with other code, and the alias that moves to it."""
    given = function.resource.properties
    wide = expansion.value(given.get("AutoPublishAliasAllProperties"))
    code = given.get("AutoPublishCodeSha256") or properties["Code"]
    version = f"{function.name}Version{digest(properties if wide else code)}"
    described = {"Description": given["VersionDescription"]} if "VersionDescription" in given else {}
    own = {"DeletionPolicy": "Retain", **function.condition}
    name = {"Ref": function.name}
    expansion.add(version, "AWS::Lambda::Version", {**described, "FunctionName": name}, **own)
    pointed: dict[str, Any] = {
        "Name": alias,
        "FunctionName": name,
        "FunctionVersion": {"Fn::GetAtt": [version, "Version"]},
    }
    if given.get("ProvisionedConcurrencyConfig"):
        pointed["ProvisionedConcurrencyConfig"] = given["ProvisionedConcurrencyConfig"]
    moved = rollout.policy(expansion, function)
    logical_id = f"{function.name}Alias{alias}"
    expansion.add(logical_id, "AWS::Lambda::Alias", pointed, UpdatePolicy=moved, **function.condition)
    expansion.renamed[f"{function.name}.Version"] = version
    expansion.renamed[f"{function.name}.Alias"] = logical_id


def url(expansion: Expansion, function: "Function", given: Mapping[str, Any]) -> None:
    """A URL; one without signatures is open to all."""
    kind = expansion.value(given.get("AuthType"))
    if kind not in ("NONE", "AWS_IAM"):
        raise invalid(
            function.name, "AuthType is required to configure function property `FunctionUrlConfig`. Please provide "
            "either AWS_IAM or NONE."
        )  # fmt: skip
    kept = {key: given[key] for key in ("AuthType", "Cors", "InvokeMode") if key in given}
    expansion.add(
        f"{function.name}Url", "AWS::Lambda::Url", {"TargetFunctionArn": function.target} | kept, **function.condition
    )
    if kind == "NONE":
        properties = {
            "Action": "lambda:InvokeFunctionUrl",
            "FunctionName": function.target,
            "Principal": "*",
            "FunctionUrlAuthType": "NONE",
        }
        name = f"{function.name}UrlPublicPermissions"
        expansion.add(name, "AWS::Lambda::Permission", properties, **function.condition)
        name = f"{function.name}URLInvokeAllowPublicAccess"
        function.permit(expansion, name, "*", InvokedViaFunctionUrl=True)


def invocations(expansion: Expansion, function: "Function", given: Mapping[str, Any], alias: str) -> None:
    """How often an event is tried, and where it goes."""
    name = f"{function.name}EventInvokeConfig"
    properties: dict[str, Any] = {"FunctionName": {"Ref": function.name}, "Qualifier": alias or "$LATEST"}
    known = ("MaximumEventAgeInSeconds", "MaximumRetryAttempts")
    properties |= {key: given[key] for key in known if key in given}
    goals = given.get("DestinationConfig") or {}
    places = {}
    for event in ("OnSuccess", "OnFailure"):
        if goals.get(event):
            places[event] = {"Destination": _destination(expansion, function, f"{name}{event}", goals[event])}
    if places:
        properties["DestinationConfig"] = places
    needs = {"DependsOn": [f"{function.name}Alias{alias}"]} if alias else {}
    expansion.add(name, "AWS::Lambda::EventInvokeConfig", properties, **needs, **function.condition)


def _destination(expansion: Expansion, function: "Function", name: str, given: Mapping[str, Any]) -> Any:
    kind, destination = given.get("Type"), given.get("Destination")
    if kind is None:
        if destination is None:
            raise invalid(function.name, "'Type: SQS|SNS|EventBridge|Lambda' is required for DestinationConfig.")
        return destination
    if kind not in _ACTIONS:
        raise invalid(function.name, f"'Type: {kind}' is not a destination of events.")
    if destination is None:
        if kind not in _MADE:
            raise invalid(function.name, f"Destination is required if Type is {kind}")
        made = expansion.add(f"{name}{'Queue' if kind == 'SQS' else 'Topic'}", _MADE[kind], {}, **function.condition)
        destination = {"Fn::GetAtt": [made, "Arn"]} if kind == "SQS" else {"Ref": made}
        expansion.renamed[f"{function.name}.Destination{'Queue' if kind == 'SQS' else 'Topic'}"] = made
    function.inline.append(allowing(f"{name}{kind}Policy", _ACTIONS[kind], destination))
    return destination
