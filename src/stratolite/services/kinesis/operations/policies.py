"""Resource policies of streams and consumers: kept and returned. As everywhere here, every call is allowed."""

import json
from dataclasses import replace

from stratolite.core.call import Call
from stratolite.services.kinesis import Kinesis, api, rules
from stratolite.services.kinesis.lookup import require_resource

NONE = "{}"
"""What a resource without a policy shows (recorded: ``test_resource_policy_crud``)."""


def put_resource_policy(call: Call, kinesis: Kinesis, request: api.PutResourcePolicyInput) -> None:
    """Set the policy of a stream or consumer.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutResourcePolicy.html
    """
    rules.refuse(request)
    try:
        is_policy = isinstance(json.loads(request["Policy"]), dict)
    except ValueError:
        is_policy = False
    if not is_policy:
        raise api.InvalidArgumentException("The policy is no JSON object.")
    _set(call, kinesis, request["ResourceARN"], request["Policy"])


def get_resource_policy(
    call: Call, kinesis: Kinesis, request: api.GetResourcePolicyInput
) -> api.GetResourcePolicyOutput:
    """The policy of a stream or consumer.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetResourcePolicy.html
    """
    rules.refuse(request)
    return {"Policy": require_resource(call, kinesis, request["ResourceARN"]).policy or NONE}


def delete_resource_policy(call: Call, kinesis: Kinesis, request: api.DeleteResourcePolicyInput) -> None:
    """Take the policy off a stream or consumer.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DeleteResourcePolicy.html
    """
    rules.refuse(request)
    _set(call, kinesis, request["ResourceARN"], "")


def _set(call: Call, kinesis: Kinesis, arn: str, policy: str) -> None:
    kinesis.store.set_resource(replace(require_resource(call, kinesis, arn), policy=policy))
