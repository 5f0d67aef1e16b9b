"""Resource policies. They are kept and returned; enforcement is the pipeline's."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from stratolite.core.arn import partition_of
from stratolite.core.call import Call
from stratolite.services.lambda_ import Lambda, api, rules
from stratolite.services.lambda_.domain import LATEST, FunctionName
from stratolite.services.lambda_.names import function_name, invalid, not_found

_SERVICE = re.compile(r"[a-z0-9.-]+\.amazon(aws)?\.com(\.cn)?")
ABSENT = "The resource you requested does not exist."


def add_permission(call: Call, lambda_: Lambda, request: api.AddPermissionRequest) -> api.AddPermissionResponse:
    """Add a statement to the policy of a function, version or alias."""
    name = _target(call, lambda_, request["FunctionName"], request.get("Qualifier", ""))
    statements = lambda_.store.statements(name)
    sid = request["StatementId"]
    rules.check_new_statement(sid, statements)
    statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": _principal(call, request["Principal"]),
        "Action": request["Action"],
        "Resource": name.qualified_arn,
    }
    condition = _condition(request)
    if condition:
        statement["Condition"] = condition
    rules.check_revision(request.get("RevisionId"), _revision(lambda_, name), "GetPolicy")
    rules.check_policy_size(_policy({**statements, sid: statement}))
    lambda_.store.add_statement(name, sid, statement)
    _touch(lambda_, name)
    return {"Statement": msgspec.json.encode(statement).decode()}


def remove_permission(call: Call, lambda_: Lambda, request: api.RemovePermissionRequest) -> None:
    """Remove a statement."""
    name = function_name(call, request["FunctionName"], request.get("Qualifier", ""))
    if lambda_.store.function(name) is None:
        raise not_found(f"No policy found for: {name.arn}")
    name = _target(call, lambda_, request["FunctionName"], request.get("Qualifier", ""))
    statements = lambda_.store.statements(name)
    if not statements:
        raise not_found("No policy is associated with the given resource.")
    sid = request["StatementId"]
    if sid not in statements:
        raise not_found(f"Statement {sid} is not found in resource policy.")
    rules.check_revision(request.get("RevisionId"), _revision(lambda_, name), "GetPolicy")
    lambda_.store.delete_statement(name, sid)
    _touch(lambda_, name)


def get_policy(call: Call, lambda_: Lambda, request: api.GetPolicyRequest) -> api.GetPolicyResponse:
    """The policy as JSON text."""
    name = function_name(call, request["FunctionName"], request.get("Qualifier", ""))
    statements = lambda_.store.statements(name)
    if not statements:
        raise not_found(ABSENT)
    return {"Policy": _policy(statements), "RevisionId": _revision(lambda_, name)}


def _target(call: Call, lambda_: Lambda, text: str, qualifier: str) -> FunctionName:
    """What a policy belongs to (recorded: ``test_permission_exceptions``)."""
    name = function_name(call, text, qualifier)
    if name.qualifier == LATEST:
        raise invalid("We currently do not support adding policies for $LATEST.")
    lambda_.store.require_function(name)
    if name.qualifier and rules.is_alias_name(name.qualifier):
        if lambda_.store.alias(name, name.qualifier) is None:
            raise not_found(f"Cannot find alias arn: {name.qualified_arn}")
    else:
        lambda_.store.require_version(name)
    return name


def _policy(statements: Mapping[str, Mapping[str, Any]]) -> str:
    policy = {"Version": "2012-10-17", "Id": "default", "Statement": list(statements.values())}
    return msgspec.json.encode(policy).decode()


def _revision(lambda_: Lambda, name: FunctionName) -> str:
    alias = lambda_.store.alias(name, name.qualifier) if name.qualifier else None
    return alias.revision_id if alias else lambda_.store.require_version(name).revision_id


def _touch(lambda_: Lambda, name: FunctionName) -> None:
    """A change of the policy is a change of what it belongs to."""
    number = rules.version_number(name.qualifier)
    revision_id = lambda_.world.entropy.uuid()
    if number is not None:
        lambda_.store.set_revision(name, number, revision_id)
    else:
        lambda_.store.set_alias_revision(name, name.qualifier, revision_id)


def _principal(call: Call, text: str) -> str | Mapping[str, str]:
    if text == "*":
        return "*"
    if re.fullmatch(r"\d{12}", text):
        return {"AWS": f"arn:{partition_of(call.region)}:iam::{text}:root"}
    if text.startswith("arn:"):
        return {"AWS": text}
    if _SERVICE.fullmatch(text):
        return {"Service": text}
    raise invalid("The provided principal was invalid. Please check the principal and try again.")


def _condition(request: api.AddPermissionRequest) -> dict[str, Any]:
    equal = {
        key: request[member]  # type: ignore[literal-required]
        for key, member in (
            ("AWS:SourceAccount", "SourceAccount"),
            ("lambda:EventSourceToken", "EventSourceToken"),
            ("lambda:FunctionUrlAuthType", "FunctionUrlAuthType"),
            ("aws:PrincipalOrgID", "PrincipalOrgID"),
        )
        if member in request
    }
    condition: dict[str, Any] = {"StringEquals": equal} if equal else {}
    if "SourceArn" in request:
        condition["ArnLike"] = {"AWS:SourceArn": request["SourceArn"]}
    if "InvokedViaFunctionUrl" in request:
        condition["Bool"] = {"lambda:InvokedViaFunctionUrl": str(request["InvokedViaFunctionUrl"]).lower()}
    return condition
