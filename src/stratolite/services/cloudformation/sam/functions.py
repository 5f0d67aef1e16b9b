"""AWS::Serverless::Function: a function, and what stands beside it.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html and
sam-specification-generated-resources-function.html
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stratolite.services.cloudformation.language import TransformError
from stratolite.services.cloudformation.sam import http_apis, publishing, pushes, rest_paths, role, sources
from stratolite.services.cloudformation.sam.expansion import Expansion, Resource, invalid, not_done
from stratolite.services.cloudformation.sam.locations import content_of

KEPT = (
    "Architectures",
    "CodeSigningConfigArn",
    "Description",
    "Environment",
    "EphemeralStorage",
    "FileSystemConfigs",
    "FunctionName",
    "Handler",
    "ImageConfig",
    "KmsKeyArn",
    "Layers",
    "LoggingConfig",
    "MemorySize",
    "PackageType",
    "RecursiveLoop",
    "ReservedConcurrentExecutions",
    "Runtime",
    "RuntimeManagementConfig",
    "SnapStart",
    "Timeout",
    "VpcConfig",
)
"""Properties that a function has as they are given."""
ACTS = frozenset(
    [
        "AssumeRolePolicyDocument",
        "AutoPublishAlias",
        "AutoPublishAliasAllProperties",
        "AutoPublishCodeSha256",
        "CodeUri",
        "DeadLetterQueue",
        "DeploymentPreference",
        "EventInvokeConfig",
        "Events",
        "FunctionUrlConfig",
        "ImageUri",
        "InlineCode",
        "PermissionsBoundary",
        "Policies",
        "PropagateTags",
        "ProvisionedConcurrencyConfig",
        "Role",
        "RolePath",
        "Tags",
        "Tracing",
        "VersionDescription",
    ]
)
"""Properties that say what stands beside it."""
_LETTERS = {"SQS": "sqs:SendMessage", "SNS": "sns:Publish"}


@dataclass
class Function:
    """A function in the making. ``target``: what calls it name, itself or its alias."""

    name: str
    resource: Resource
    target: dict[str, Any]
    managed: list[Any] = field(default_factory=list)
    """Policies that its role has for what causes it, by name or ARN."""
    inline: list[dict[str, Any]] = field(default_factory=list)

    @property
    def condition(self) -> dict[str, Any]:
        return self.resource.condition

    @property
    def arn(self) -> dict[str, Any]:
        """What names the ARN of its target."""
        return {"Fn::GetAtt": [self.name, "Arn"]} if self.target == {"Ref": self.name} else self.target

    def wrong(self, event: str, reason: str) -> TransformError:
        """What says that an event of it is none."""
        return invalid(self.name, f"Event with id [{event}] is invalid. {reason}")

    def required(self, event: str, given: Mapping[str, Any], name: str) -> Any:
        """What an event has to say. Raises TransformError where it does not."""
        if name not in given:
            raise self.wrong(event, f"Missing required property '{name}'.")
        return given[name]

    def known(self, event: str, given: Mapping[str, Any], names: Iterable[str]) -> None:
        """Raises NotImplementedHere for a property of an event that is none of these."""
        unknown = sorted(set(given) - set(names))
        if unknown:
            raise not_done(self.name, f"{unknown[0]} of the event {event}")

    def permit(self, expansion: Expansion, name: str, principal: str, **given: Any) -> str:
        """Let somebody call it; the permission's logical id."""
        properties = {"Action": "lambda:InvokeFunction", "FunctionName": self.target, "Principal": principal, **given}
        return expansion.add(name, "AWS::Lambda::Permission", properties, **self.condition)


Make = Callable[[Expansion, Function, str, Mapping[str, Any]], None]
EVENTS: dict[str, Make] = {
    **pushes.EVENTS,
    **sources.EVENTS,
    "Api": rest_paths.event,
    "HttpApi": http_apis.event,
}


def function(expansion: Expansion, name: str, resource: Resource) -> None:
    """A function with its role, its events, and whatever else it says."""
    given = resource.properties
    unknown = sorted(set(given) - ACTS - set(KEPT))
    if unknown:
        raise not_done(name, unknown[0])
    alias = publishing.alias_name(expansion, name, given)
    made = Function(name, resource, {"Ref": f"{name}Alias{alias}"} if alias else {"Ref": name})
    properties = _properties(name, given)
    if given.get("DeadLetterQueue"):
        letters = given["DeadLetterQueue"]
        action = _LETTERS.get(str(letters.get("Type")))
        if action is None or "TargetArn" not in letters:
            raise invalid(name, "'DeadLetterQueue' requires Type and TargetArn properties to be specified.")
        properties["DeadLetterConfig"] = {"TargetArn": letters["TargetArn"]}
        made.inline.append(role.allowing("DeadLetterQueuePolicy", action, letters["TargetArn"]))
    if "Role" in given:
        properties["Role"] = given["Role"]
    else:
        properties["Role"] = {"Fn::GetAtt": [f"{name}Role", "Arn"]}
    expansion.add(name, "AWS::Lambda::Function", properties, **resource.own)
    if alias:
        publishing.publish(expansion, made, alias, properties)
    if given.get("FunctionUrlConfig"):
        publishing.url(expansion, made, given["FunctionUrlConfig"])
    if given.get("EventInvokeConfig"):
        publishing.invocations(expansion, made, given["EventInvokeConfig"], alias)
    for event, one in (given.get("Events") or {}).items():
        _event(expansion, made, str(event), one)
    if "Role" not in given:
        role.add(expansion, made, tags_of(given))


def _event(expansion: Expansion, made: Function, event: str, one: Any) -> None:
    if not isinstance(one, dict) or "Type" not in one:
        raise made.wrong(event, "Missing required property 'Type'.")
    make = EVENTS.get(str(one["Type"]))
    if make is None:
        raise not_done(made.name, f"events of the type {one['Type']}")
    make(expansion, made, event, one.get("Properties") or {})


def tags_of(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The tags of a function, with the one that says who made it."""
    own = [{"Key": key, "Value": value} for key, value in (given.get("Tags") or {}).items()]
    return own if own and given.get("PropagateTags") else [{"Key": "lambda:createdBy", "Value": "SAM"}, *own]


def _properties(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {"Code": _code(name, given)}
    if given.get("PackageType") != "Image":
        for required in ("Handler", "Runtime"):
            if required not in given:
                raise invalid(name, f"Missing required property '{required}'.")
    properties |= {key: given[key] for key in KEPT if key in given}
    properties["Tags"] = tags_of(given)
    if given.get("Tracing") and given["Tracing"] != "Disabled":
        properties["TracingConfig"] = {"Mode": given["Tracing"]}
    return properties


def _code(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    if "InlineCode" in given:
        return {"ZipFile": given["InlineCode"]}
    if "ImageUri" in given or given.get("PackageType") == "Image":
        if "ImageUri" not in given:
            raise invalid(name, "'ImageUri' must be set.")
        return {"ImageUri": given["ImageUri"]}
    if "CodeUri" not in given:
        raise invalid(name, "'InlineCode' or 'CodeUri' must be set.")
    return content_of(name, "CodeUri", given["CodeUri"])
