"""Resource policies: which services may write to the log groups of an account. Kept, not enforced.

What AWS keeps is the policy as it understood it: a document without a version comes back with the oldest one.
"""

import json
from typing import Any

from stratolite.core.call import Call
from stratolite.core.paging import InvalidToken, page
from stratolite.services.logs import Logs, api, rules
from stratolite.services.logs.domain import Group
from stratolite.services.logs.policy_store import ResourcePolicy

ACCOUNT_POLICIES_MAX = 10
DESCRIBED_DEFAULT = 50
VERSION_DEFAULT = "2008-10-17"
CONFLICT = "Multiple concurrent requests to update the same resource were in conflict."


def put_resource_policy(call: Call, logs: Logs, request: api.PutResourcePolicyRequest) -> api.PutResourcePolicyResponse:
    """Create a policy of the account, or of a group by its ARN, or change it.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html
    """
    document = _persistable(_required(request.get("policyDocument"), "policyDocument"))
    if request.get("resourceArn"):
        group = _group(call, logs, request["resourceArn"])
        had = _of_group(call, logs, group)
        _check_revision(had, request.get("expectedRevisionId"))
        name, revision = request.get("policyName", had.name if had else group.name), logs.world.entropy.uuid()
        kept = ResourcePolicy(name, document, revision, call.now_ms, group.name, group.id)
        logs.policies.put(call, kept)
        return {"resourcePolicy": _described(call, kept), "revisionId": revision}
    name = _required(request.get("policyName"), "policyName")
    names = {one.name for one in logs.policies.of_account(call)}
    if name not in names and len(names) >= ACCOUNT_POLICIES_MAX:
        raise api.LimitExceededException("Resource limit exceeded.")
    kept = ResourcePolicy(name, document, "", call.now_ms)
    logs.policies.put(call, kept)
    return {"resourcePolicy": _described(call, kept)}


def describe_resource_policies(
    call: Call, logs: Logs, request: api.DescribeResourcePoliciesRequest
) -> api.DescribeResourcePoliciesResponse:
    """Policies of the account, or of groups, a page at a time."""
    arn = request.get("resourceArn", "")
    if request.get("policyScope", "RESOURCE" if arn else "ACCOUNT") == "ACCOUNT":
        found = logs.policies.of_account(call)
    else:
        group = _group(call, logs, arn) if arn else None
        found = [one for one in logs.policies.of_groups(call) if group is None or one.group_id == group.id]
    try:
        shown, token = page(found, request.get("limit", DESCRIBED_DEFAULT), request.get("nextToken", ""))
    except InvalidToken:
        raise rules.invalid_token() from None
    answer: api.DescribeResourcePoliciesResponse = {"resourcePolicies": [_described(call, one) for one in shown]}
    if token:
        answer["nextToken"] = token
    return answer


def delete_resource_policy(call: Call, logs: Logs, request: api.DeleteResourcePolicyRequest) -> None:
    """Delete a policy of the account by its name, or that of a group by its ARN."""
    if request.get("resourceArn"):
        had = _of_group(call, logs, _group(call, logs, request["resourceArn"]))
        if had is None:
            raise api.ResourceNotFoundException("The specified resource policy does not exist.")
        _check_revision(had, request.get("expectedRevisionId"))
        logs.policies.delete(call, had)
        return
    name = _required(request.get("policyName"), "policyName")
    for one in logs.policies.of_account(call):
        if one.name == name:
            logs.policies.delete(call, one)
            return
    raise api.ResourceNotFoundException(f"Policy with name [{name}] does not exist.")


def _group(call: Call, logs: Logs, arn: str) -> Group:
    return logs.store.require_group(call, rules.group_of_arn(arn, call))


def _of_group(call: Call, logs: Logs, group: Group) -> ResourcePolicy | None:
    return next((one for one in logs.policies.of_groups(call) if one.group_id == group.id), None)


def _check_revision(had: ResourcePolicy | None, expected: str | None) -> None:
    """Whoever changes a group's policy names the revision that they know."""
    if had is not None and expected is None:
        raise api.InvalidParameterException("expectedRevisionId is required for a resource policy that exists.")
    if expected is not None and (had is None or had.revision != expected):
        raise api.OperationAbortedException(CONFLICT)


def _required(given: str | None, member: str) -> str:
    if not given:
        raise api.InvalidParameterException(f"{member} is required.")
    return given


def _persistable(text: str) -> str:
    """The document as it is kept. Raises InvalidParameterException."""
    try:
        document: Any = json.loads(text)
    except ValueError:
        document = None
    statements = document.get("Statement") if isinstance(document, dict) else None
    for statement in statements if isinstance(statements, list) else [statements]:
        if not isinstance(statement, dict) or not statement.keys() & {"Principal", "NotPrincipal"}:
            raise api.InvalidParameterException("Could not convert to persistable policy.")
    if "Version" in document:
        return text
    return json.dumps({"Version": VERSION_DEFAULT, **document}, separators=(",", ":"), ensure_ascii=False)


def _described(call: Call, policy: ResourcePolicy) -> api.ResourcePolicy:
    shown: api.ResourcePolicy = {
        "policyName": policy.name,
        "policyDocument": policy.document,
        "lastUpdatedTime": policy.updated_ms,
        "policyScope": "ACCOUNT" if policy.group_id is None else "RESOURCE",
    }
    if policy.group_id is not None:
        shown["resourceArn"] = call.arn("logs", f"log-group:{policy.group_name}")
        shown["revisionId"] = policy.revision
    return shown
