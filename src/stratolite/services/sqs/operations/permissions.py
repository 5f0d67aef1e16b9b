"""Statements of a queue's policy, added and removed by their label. Policies are kept and returned, not enforced."""

import json
from typing import Any

from stratolite.core.call import Call
from stratolite.services.sqs import Sqs, api, rules
from stratolite.services.sqs.domain import Queue
from stratolite.services.sqs.lookup import require_queue

LABEL_LENGTH_MAX = 80
ACTIONS_MAX = 7
OWNER_ONLY = frozenset(
    {
        "AddPermission",
        "CancelMessageMoveTask",
        "CreateQueue",
        "DeleteQueue",
        "ListMessageMoveTasks",
        "ListQueues",
        "ListQueueTags",
        "RemovePermission",
        "SetQueueAttributes",
        "StartMessageMoveTask",
        "TagQueue",
        "UntagQueue",
    }
)


def add_permission(call: Call, sqs: Sqs, request: api.AddPermissionRequest) -> None:
    """Allow actions to accounts, under a label (``test_sqs_permission_lifecycle``)."""
    rules.require(request, "Label", "Actions")
    rules.principals(request.get("AWSAccountIds", []))
    queue = require_queue(call, sqs.store, request.get("QueueUrl", ""))
    label, actions = request["Label"], request["Actions"]
    for action in actions:
        if action in OWNER_ONLY:
            raise rules.invalid("ActionName", f"SQS:{action}", "Only the queue owner is allowed to invoke this action.")
    if len(actions) > ACTIONS_MAX:
        raise api.OverLimit(f"{len(actions)} Actions were found, maximum allowed is {ACTIONS_MAX}.")
    policy = _policy(queue)
    if any(statement.get("Sid") == label for statement in policy["Statement"]):
        raise rules.invalid("Label", label, "Already exists.")
    partition = queue.arn.split(":")[1]
    principals = [f"arn:{partition}:iam::{account}:root" for account in request["AWSAccountIds"]]
    allowed = [f"SQS:{action}" for action in actions]
    policy["Statement"].append(
        {
            "Sid": label,
            "Effect": "Allow",
            "Principal": {"AWS": principals[0] if len(principals) == 1 else principals},
            "Action": allowed[0] if len(allowed) == 1 else allowed,
            "Resource": queue.arn,
        }
    )
    _keep(call, sqs, queue, policy)


def remove_permission(call: Call, sqs: Sqs, request: api.RemovePermissionRequest) -> None:
    """Remove the statement with a label."""
    rules.require(request, "Label")
    queue = require_queue(call, sqs.store, request.get("QueueUrl", ""))
    policy = _policy(queue)
    kept = [statement for statement in policy["Statement"] if statement.get("Sid") != request["Label"]]
    if len(kept) == len(policy["Statement"]):
        raise rules.invalid("Label", request["Label"], "can't find label.")
    _keep(call, sqs, queue, {**policy, "Statement": kept})


def _policy(queue: Queue) -> dict[str, Any]:
    text = queue.attributes.get("Policy")
    if text:
        policy: dict[str, Any] = json.loads(text)
        statements = policy.get("Statement", [])
        return {**policy, "Statement": statements if isinstance(statements, list) else [statements]}
    return {"Version": "2008-10-17", "Id": f"{queue.arn}/SQSDefaultPolicy", "Statement": []}


def _keep(call: Call, sqs: Sqs, queue: Queue, policy: dict[str, Any]) -> None:
    attributes = dict(queue.attributes)
    if policy["Statement"]:
        attributes["Policy"] = json.dumps(policy, separators=(",", ":"))
    else:
        attributes.pop("Policy", None)
    sqs.store.update_queue(queue, call.now_ms, attributes, queue.tags)
