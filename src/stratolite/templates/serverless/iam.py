"""The role of the functions: the default one with its statements and policies, or the user's own.

Source: https://www.serverless.com/framework/docs-providers-aws-guide-iam.
"""

from typing import Any

from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.lodash import items
from stratolite.templates.serverless.logs import logs_disabled
from stratolite.templates.serverless.service import Function, Service

_LOG_ARN = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:"
_VPC_POLICY = ":iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"


def names_existing_role(role: Any) -> bool:
    """Whether ``iam.role`` names a role (a text, ``Fn::GetAtt`` and the like) rather than describing one."""
    return isinstance(role, str) or (isinstance(role, dict) and any("::" in key for key in role))


def execution_role(service: Service, function: Function) -> Any:
    """The role that the file names for a function; None for the default one."""
    if truthy(function.settings.get("role")):
        return function.settings["role"]
    role = service.setting("iam", "role")
    if names_existing_role(role):
        return role
    return service.provider.get("role") or None


def make_role(work: Compilation) -> None:
    """The default role, unless every function has another."""
    service = work.service
    functions = service.functions.values()
    described = service.setting("iam", "role")
    if names_existing_role(described) or "role" in service.provider:
        return
    if all("role" in function.settings for function in functions):
        return
    settings: dict[str, Any] = described if isinstance(described, dict) else {}
    work.put(naming.ROLE, "AWS::IAM::Role", _role(service, settings))
    _allow_logs(work)
    for statement in _first(settings.get("statements"), service.provider.get("iamRoleStatements")):
        work.allow(statement)
    policies = list(_first(settings.get("managedPolicies"), service.provider.get("iamManagedPolicies")))
    if truthy(service.provider.get("vpc")) or any("vpc" in function.settings for function in functions):
        policies.append(vpc_policy())
    if policies:
        work.resources[naming.ROLE]["Properties"]["ManagedPolicyArns"] = policies


def vpc_policy() -> dict[str, Any]:
    """AWS's managed policy for functions that live in a VPC."""
    return {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, _VPC_POLICY]]}


def _first(*lists: Any) -> list[Any]:
    return next((found for found in lists if truthy(found)), [])


def _role(service: Service, settings: dict[str, Any]) -> dict[str, Any]:
    tags = settings.get("tags")
    default_name = [service.name, service.stage, {"Ref": "AWS::Region"}, "lambdaRole"]
    boundaries = (settings.get("permissionsBoundary"), settings.get("permissionBoundary"))
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": ["lambda.amazonaws.com"]},
        "Action": ["sts:AssumeRole"],
    }
    statements: list[Any] = [
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:CreateLogGroup", "logs:TagResource"],
            "Resource": [],
        },
        {"Effect": "Allow", "Action": ["logs:PutLogEvents"], "Resource": []},
    ]
    policy = {
        "PolicyName": {"Fn::Join": ["-", [service.name, service.stage, "lambda"]]},
        "PolicyDocument": {"Version": "2012-10-17", "Statement": statements},
    }
    return {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": [policy],
        "Path": settings.get("path") or "/",
        "RoleName": settings.get("name") or {"Fn::Join": ["-", default_name]},
        "Tags": [{"Key": key, "Value": value} for key, value in items(tags)] if isinstance(tags, dict) else None,
        "PermissionsBoundary": _boundary(*boundaries, service.provider.get("rolePermissionsBoundary")),
    }


def _boundary(*boundaries: Any) -> Any:
    return next((boundary for boundary in boundaries if truthy(boundary)), None)


def _allow_logs(work: Compilation) -> None:
    """Functions write to their log groups: those named by the framework through one prefix, others one by one."""
    service = work.service
    prefix = f"{service.name}-{service.stage}"
    statements = work.role_statements()
    assert statements is not None
    create, write = statements[0]["Resource"], statements[1]["Resource"]
    silent: list[str] = []
    any_usual = False
    for function in service.functions.values():
        usual, off = function.name.startswith(prefix), logs_disabled(function)
        if usual and off:
            silent.append(function.name)
        elif usual:
            any_usual = True
        elif not off:
            group = _LOG_ARN + naming.log_group_name(function.name)
            create.append({"Fn::Sub": f"{group}:*"})
            write.append({"Fn::Sub": f"{group}:*:*"})
    if not any_usual:
        return
    groups = _LOG_ARN + naming.log_group_name(prefix)
    create.append({"Fn::Sub": f"{groups}*:*"})
    write.append({"Fn::Sub": f"{groups}*:*:*"})
    if silent:
        resources = [{"Fn::Sub": f"{_LOG_ARN}{naming.log_group_name(name)}:*"} for name in silent]
        statements.append({"Effect": "Deny", "Action": "logs:PutLogEvents", "Resource": resources})
