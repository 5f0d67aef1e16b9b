"""serverless-plugin-custom-roles: a role for each function that names none.

It allows a function its own logs, what ``provider`` allows all, its own ``iamRoleStatements``, and its streams.
Source: https://github.com/AntonBazhal/serverless-plugin-custom-roles (3.1.1).
"""

from typing import Any

from stratolite.templates.document import Map, mark_of
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.plugins import reads
from stratolite.templates.serverless.plugins.configuration import Configuration, written

_VPC_POLICY = [
    {
        "Fn::Join": [
            ":",
            ["arn", {"Ref": "AWS::Partition"}, "iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"],
        ]
    }
]


def make_roles(configuration: Configuration) -> None:
    """Put the roles into ``resources``, and their names into the functions."""
    provider = configuration.provider
    iam = provider.get("iam")
    role = iam.get("role") if isinstance(iam, Map) else None
    role = role if isinstance(role, Map) else {}
    shared = role.get("statements") or provider.get("iamRoleStatements")
    boundary = role.get("permissionsBoundary") or provider.get("rolePermissionsBoundary")
    resources = configuration.section(configuration.section(configuration.document, "resources"), "Resources")
    for key, function in configuration.functions:
        if truthy(function.get("role")):
            continue
        policies = [_policy("logging", _logs(configuration, key, function))]
        policies += [_policy("shared", shared)] if truthy(shared) else []
        own, streams = function.get("iamRoleStatements"), reads.statements(function, ["stream"])
        policies += [_policy("custom", own)] if truthy(own) else []
        policies += [_policy("streams", streams)] if streams else []
        properties: dict[str, Any] = {"AssumeRolePolicyDocument": _trust(), "Policies": policies}
        if truthy(provider.get("vpc")) or truthy(function.get("vpc")):
            properties["ManagedPolicyArns"] = _VPC_POLICY
        if truthy(boundary):
            properties["PermissionsBoundary"] = boundary
        logical_id = f"{naming.lambda_function(key)}Role"
        at = mark_of(configuration.document.get("functions"), key)
        resources.put(logical_id, written({"Type": "AWS::IAM::Role", "Properties": properties}, at), at)
        function.put("role", logical_id, at)


def _policy(name: str, statements: Any) -> dict[str, Any]:
    return {"PolicyName": name, "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}


def _trust() -> dict[str, Any]:
    allowed = {"Effect": "Allow", "Principal": {"Service": ["lambda.amazonaws.com"]}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [allowed]}


def _logs(configuration: Configuration, key: str, function: Map) -> list[Any]:
    name = function.get("name") or f"{configuration.document['service']}-{configuration.stage}-{key}"
    place = ["arn", *({"Ref": f"AWS::{each}"} for each in ("Partition", "Region", "AccountId"))]
    place.insert(2, "logs")
    return [
        {
            "Effect": "Allow",
            "Action": [f"logs:{action}"],
            "Resource": [{"Fn::Join": [":", [*place, f"log-group:/aws/lambda/{name}:{rest}"]]}],
        }
        for action, rest in (("CreateLogStream", "*"), ("PutLogEvents", "*:*"))
    ]
