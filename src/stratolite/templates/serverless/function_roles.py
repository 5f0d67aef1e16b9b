"""Roles of single functions: what the plugin serverless-iam-roles-per-function does, done natively.

A function with ``iamRoleStatements`` gets a copy of the default role that allows its logs and these statements.
Source: https://github.com/functionalone/serverless-iam-roles-per-function (version 3.2.0).
"""

from copy import deepcopy
from typing import Any

from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.iam import vpc_policy
from stratolite.templates.serverless.lodash import either
from stratolite.templates.serverless.plugins import named, reads
from stratolite.templates.serverless.service import Function

PLUGIN = "serverless-iam-roles-per-function"
ROLE_NAME_LENGTH_MAX = 64
_LOG_ARN = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:"


def make_function_roles(work: Compilation) -> None:
    """A role for each function that has statements of its own, where the file names the plugin."""
    if PLUGIN not in [name for name, _ in named(work.service.document)]:
        return
    roles = {}
    for function in work.service.functions.values():
        if "iamRoleStatements" in function.settings:
            roles[function.logical_id] = _make_role(work, function)
    _wait(work, roles)


def _make_role(work: Compilation, function: Function) -> str:
    """Make the role of a function; its logical id."""
    default = work.resources.get(naming.ROLE)
    if truthy(function.settings.get("role")) or default is None:
        what = f"the function {function.key!r} has iamRoleStatements and a role that is not made here"
        raise refusal(what, function.mark("iamRoleStatements"), "Leave one of the two out.")
    custom = work.service.document.get("custom")
    options = (custom.get(PLUGIN) if isinstance(custom, dict) else None) or {}
    role = deepcopy(default)
    properties = role["Properties"]
    properties["Policies"][0]["PolicyDocument"]["Statement"] = _statements(work, function, options)
    in_vpc = function.settings.get("vpc") or work.service.provider.get("vpc")
    properties["ManagedPolicyArns"] = [vpc_policy()] if in_vpc else []
    shared = options.get("iamGlobalPermissionsBoundary")
    boundary = either(function.settings.get("iamPermissionsBoundary"), shared)
    if boundary is not None:
        properties["PermissionsBoundary"] = boundary
    if truthy(shared):
        default["Properties"]["PermissionsBoundary"] = shared
    properties["RoleName"] = either(function.settings.get("iamRoleStatementsName")) or _name(work, function)
    logical_id = naming.normalized(function.key) + naming.ROLE
    work.resources[logical_id] = role
    made = work.resources[function.logical_id]
    made["Properties"]["Role"] = {"Fn::GetAtt": [logical_id, "Arn"]}
    made["DependsOn"] = [logical_id, *(each for each in made.get("DependsOn") or () if each != naming.ROLE)]
    return logical_id


def _statements(work: Compilation, function: Function, options: dict[str, Any]) -> list[Any]:
    settings, provider = function.settings, work.service.provider
    group = _LOG_ARN + naming.log_group_name(function.name)
    logs = ["logs:CreateLogStream", "logs:CreateLogGroup", "logs:PutLogEvents"]
    statements: list[Any] = [{"Effect": "Allow", "Action": logs, "Resource": [{"Fn::Sub": f"{group}:*:*"}]}]
    statements += reads.statements(settings)
    if settings.get("onError"):
        statements.append({"Effect": "Allow", "Action": ["sns:Publish"], "Resource": settings["onError"]})
    inherits = settings.get("iamRoleStatementsInherit")
    if truthy(inherits) or (truthy(options.get("defaultInherit")) and inherits is not False):
        of_role = work.service.setting("iam", "role", "statements")
        statements += (of_role if truthy(provider.get("iam")) else provider.get("iamRoleStatements")) or ()
    own = settings["iamRoleStatements"]
    for index, statement in enumerate(own if isinstance(own, list) else ()):
        _check(function, index, statement)
    return [*statements, *(own if isinstance(own, list) else ())]


def _wait(work: Compilation, roles: dict[str, str]) -> None:
    """Have what gives functions the records of streams and queues wait for their roles instead of the default one."""
    for resource in work.resources.values():
        if resource["Type"] == "AWS::Lambda::EventSourceMapping":
            target = resource["Properties"].get("FunctionName")
            attribute = target.get("Fn::GetAtt") if isinstance(target, dict) else None
            if isinstance(attribute, list) and attribute[0] in roles:
                resource["DependsOn"] = roles[attribute[0]]


def _check(function: Function, index: int, statement: Any) -> None:
    given = statement if isinstance(statement, dict) else {}
    missing = [
        names[0]
        for names in (("Effect",), ("Action", "NotAction"), ("Resource", "NotResource"))
        if not any(truthy(given.get(name)) for name in names)
    ]
    if missing:
        at = function.mark("iamRoleStatements", index)
        raise refusal(f"a statement of the function {function.key!r} lacks {', '.join(missing)}", at)


def _name(work: Compilation, function: Function) -> dict[str, Any]:
    """The default role's name with the function's; without ``lambdaRole`` where that would be too long."""
    service = work.service
    parts: list[Any] = [service.name, service.stage, function.key, {"Ref": "AWS::Region"}, "lambdaRole"]
    if truthy(service.setting("iam", "role", "name")):
        at = function.mark("iamRoleStatements")
        raise refusal(f"the role of the function {function.key!r} needs a name", at, "Set 'iamRoleStatementsName'.")
    for shorter in (parts, parts[:-1]):
        written = [service.region if isinstance(part, dict) else str(part) for part in shorter]
        if len("-".join(written)) <= ROLE_NAME_LENGTH_MAX:
            return {"Fn::Join": ["-", shorter]}
    what = f"the name of the role of the function {function.key!r} is longer than {ROLE_NAME_LENGTH_MAX} characters"
    raise refusal(what, function.mark("iamRoleStatements"), "Set 'iamRoleStatementsName'.")
