"""Stack policies: set and read."""

from stratolite.core.call import Call
from stratolite.services.cloudformation import Cloudformation, api, rules
from stratolite.services.cloudformation.lookup import require_stack


def set_stack_policy(call: Call, cloudformation: Cloudformation, request: api.SetStackPolicyInput) -> None:
    """Set what updates of a stack's resources are allowed. Raises ValidationError for what is no stack policy."""
    stack = require_stack(call, cloudformation, request["StackName"], "Stack [{name}] does not exist")
    policy = rules.policy_text(call, cloudformation, request, "StackPolicy")
    if policy is not None:
        stack.policy = policy
        cloudformation.store.put_stack(stack)


def get_stack_policy(
    call: Call, cloudformation: Cloudformation, request: api.GetStackPolicyInput
) -> api.GetStackPolicyOutput:
    """The policy in force: while an update runs, the one that it brought for itself."""
    stack = require_stack(call, cloudformation, request["StackName"], "Stack [{name}] does not exist")
    policy = stack.policy_during_update or stack.policy
    return {"StackPolicyBody": policy} if policy else {}
