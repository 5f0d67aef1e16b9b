"""The role of a function: what it may do, from its policies and from what causes it.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-policies.html
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from stratolite.services.cloudformation.sam import policies
from stratolite.services.cloudformation.sam.expansion import Expansion, invalid

if TYPE_CHECKING:
    from stratolite.services.cloudformation.sam.functions import Function

_SERVICE_ROLES = frozenset(
    f"AWSLambda{name}"
    for name in (
        "BasicExecutionRole",
        "DynamoDBExecutionRole",
        "ENIManagementAccess",
        "KinesisExecutionRole",
        "MSKExecutionRole",
        "Role",
        "SQSQueueExecutionRole",
        "VPCAccessExecutionRole",
    )
)
"""Policies of AWS that have a path in their ARNs."""


def allowing(name: str, action: str, resource: Any) -> dict[str, Any]:
    """A policy that allows one action."""
    statement = {"Action": action, "Effect": "Allow", "Resource": resource}
    return {"PolicyName": name, "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}


def trust(service: str) -> dict[str, Any]:
    """A document that lets a service have a role."""
    statement = {"Action": ["sts:AssumeRole"], "Effect": "Allow", "Principal": {"Service": [service]}}
    return {"Version": "2012-10-17", "Statement": [statement]}


def managed(name: str) -> Any:
    """The ARN of a policy that AWS manages; of somebody's own, as it is."""
    if name.startswith("arn:"):
        return name
    path = "service-role/" if name in _SERVICE_ROLES else ""
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::aws:policy/{path}{name}"}


def add(expansion: Expansion, function: "Function", tags: list[dict[str, Any]]) -> None:
    """Make the role of a function, once all that causes it is known."""
    given = function.resource.properties
    arns = [managed("AWSLambdaBasicExecutionRole")]
    if given.get("Tracing") == "Active":
        arns.append(managed("AWSXrayWriteOnlyAccess"))
    if given.get("VpcConfig"):
        arns.append(managed("AWSLambdaVPCAccessExecutionRole"))
    inline = list(function.inline)
    for place, (kind, one) in enumerate(_policies(function.name, given.get("Policies"))):
        if kind == "managed":
            arns.append(one)
        else:
            inline.append({"PolicyName": f"{function.name}RolePolicy{place}", "PolicyDocument": one})
    arns += function.managed
    properties: dict[str, Any] = {
        "AssumeRolePolicyDocument": given.get("AssumeRolePolicyDocument") or trust("lambda.amazonaws.com"),
        "ManagedPolicyArns": [one for place, one in enumerate(arns) if one not in arns[:place]],
    }
    if inline:
        properties["Policies"] = inline
    if given.get("RolePath"):
        properties["Path"] = given["RolePath"]
    if given.get("PermissionsBoundary"):
        properties["PermissionsBoundary"] = given["PermissionsBoundary"]
    properties["Tags"] = tags
    expansion.add(f"{function.name}Role", "AWS::IAM::Role", properties, **function.condition)


def of_policies(name: str, given: Any, service: str) -> dict[str, Any]:
    """Properties of a role that a service has, and that does what policies allow."""
    found = list(_policies(name, given))
    properties: dict[str, Any] = {
        "AssumeRolePolicyDocument": trust(service),
        "ManagedPolicyArns": [one for kind, one in found if kind == "managed"],
        "Tags": [{"Key": "stateMachine:createdBy", "Value": "SAM"}],
    }
    inline = [
        {"PolicyName": f"{name}RolePolicy{place}", "PolicyDocument": one}
        for place, (kind, one) in enumerate(found)
        if kind == "inline"
    ]
    return properties | ({"Policies": inline} if inline else {})


def _policies(name: str, given: Any) -> Iterator[tuple[str, Any]]:
    """``managed`` with an ARN, or ``inline`` with a document, for each policy that is given."""
    for one in given if isinstance(given, list) else [given] if given else []:
        if isinstance(one, str):
            yield "managed", managed(one)
        elif isinstance(one, dict) and "Statement" in one:
            yield "inline", {"Version": "2012-10-17", **one}
        elif isinstance(one, dict) and len(one) == 1 and next(iter(one)) in policies.NAMES:
            template, values = next(iter(one.items()))
            yield "inline", policies.document(name, template, values or {})
        elif isinstance(one, dict) and len(one) == 1 and next(iter(one)).startswith(("Ref", "Fn::")):
            yield "managed", one
        else:
            what = next(iter(one)) if isinstance(one, dict) and one else one
            raise invalid(
                name,
                f"Policy at index {given.index(one) if isinstance(given, list) else 0} in the 'Policies' property is "
                f"not valid: {what} is no policy, and no policy template.",
            )
