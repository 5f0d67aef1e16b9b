"""Who else may use a version of a layer. Functions of other accounts need a statement for theirs."""

from collections.abc import Mapping
from typing import Any

import msgspec

from stratolite.core.arn import partition_of
from stratolite.core.call import Call
from stratolite.services.lambda_ import Lambda, api, rules
from stratolite.services.lambda_.domain import LayerVersion
from stratolite.services.lambda_.names import layer_name, not_found


def add_layer_version_permission(
    call: Call, lambda_: Lambda, request: api.AddLayerVersionPermissionRequest
) -> api.AddLayerVersionPermissionResponse:
    """Add a statement to the policy of a version."""
    layer = _require(call, lambda_, request["LayerName"], request["VersionNumber"])
    statements, revision_id = lambda_.layers.policy(layer)
    sid = request["StatementId"]
    rules.check_new_statement(sid, statements)
    rules.check_revision(request.get("RevisionId"), revision_id, "GetLayerPolicy")
    statement: dict[str, Any] = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": _principal(call, request["Principal"]),
        "Action": request["Action"],
        "Resource": layer.arn,
    }
    if "OrganizationId" in request:
        statement["Condition"] = {"StringEquals": {"aws:PrincipalOrgID": request["OrganizationId"]}}
    rules.check_policy_size(_policy({**statements, sid: statement}))
    revision_id = lambda_.world.entropy.uuid()
    lambda_.layers.put_policy(layer, {**statements, sid: statement}, revision_id)
    return {"Statement": msgspec.json.encode(statement).decode(), "RevisionId": revision_id}


def remove_layer_version_permission(
    call: Call, lambda_: Lambda, request: api.RemoveLayerVersionPermissionRequest
) -> None:
    """Remove a statement."""
    layer = _require(call, lambda_, request["LayerName"], request["VersionNumber"])
    statements, revision_id = lambda_.layers.policy(layer)
    sid = request["StatementId"]
    if sid not in statements:
        raise not_found(f"Statement {sid} is not found in resource policy.")
    rules.check_revision(request.get("RevisionId"), revision_id, "GetLayerPolicy")
    left = {other: statement for other, statement in statements.items() if other != sid}
    lambda_.layers.put_policy(layer, left, lambda_.world.entropy.uuid())


def get_layer_version_policy(
    call: Call, lambda_: Lambda, request: api.GetLayerVersionPolicyRequest
) -> api.GetLayerVersionPolicyResponse:
    """The policy as JSON text."""
    layer = _require(call, lambda_, request["LayerName"], request["VersionNumber"])
    statements, revision_id = lambda_.layers.policy(layer)
    if not statements:
        raise not_found("No policy is associated with the given resource.")
    return {"Policy": _policy(statements), "RevisionId": revision_id}


def _policy(statements: Mapping[str, Any]) -> str:
    policy = {"Version": "2012-10-17", "Id": "default", "Statement": list(statements.values())}
    return msgspec.json.encode(policy).decode()


def _require(call: Call, lambda_: Lambda, text: str, number: int) -> LayerVersion:
    """Recorded: ``test_layer_policy_exceptions``."""
    account, region, name, _ = layer_name(call, text)
    layer = lambda_.layers.version(account, region, name, number)
    if layer is None:
        arn = f"arn:{partition_of(region)}:lambda:{region}:{account}:layer:{name}:{number}"
        raise not_found(f"Layer version {arn} does not exist.")
    return layer


def _principal(call: Call, text: str) -> Any:
    if text.isdigit():
        return {"AWS": f"arn:{partition_of(call.region)}:iam::{text}:root"}
    return text if text == "*" else {"AWS": text}
