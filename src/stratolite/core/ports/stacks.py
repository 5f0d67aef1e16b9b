"""CloudFormation, as ``up`` asks of it beyond its public operations."""

from typing import Protocol

from stratolite.core.call import Call


class StackPort(Protocol):
    """What ``up`` asks of CloudFormation beyond its public operations."""

    def allow_stand_ins(self, call: Call, stack_name: str) -> None:
        """Let a stack have resources that have no effect here, from its next operation on. Holds as long as the
        process, and for the life of a stack that was deployed meanwhile."""
