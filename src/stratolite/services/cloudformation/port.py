"""What ``up`` asks for beyond the public operations."""

from stratolite.core.call import Call
from stratolite.services.cloudformation import Cloudformation


class StackPort:
    """The ``stack`` port."""

    def __init__(self, cloudformation: Cloudformation) -> None:
        self._cloudformation = cloudformation

    def allow_stand_ins(self, call: Call, stack_name: str) -> None:
        """Let a stack have resources that have no effect here, from its next operation on."""
        self._cloudformation.standing_in.add((call.account, call.region, stack_name))


def ports(cloudformation: Cloudformation) -> dict[str, object]:
    """What this service offers to the others."""
    return {"stack": StackPort(cloudformation)}
