"""Stacks, resources and change sets as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

IN_PROGRESS = "_IN_PROGRESS"
EXECUTE = "cloudformation.execute"
"""The deliveries that take a stack's operation on."""


@dataclass
class Stack:
    """A stack, with the operation that runs on it. Kept as JSON: every field is a plain value."""

    stack_id: str
    account: str
    region: str
    name: str
    status: str
    created_ms: int
    reason: str = ""
    template: str = ""
    """The text of the template that the stack was last deployed from."""
    processed: str = ""
    """What its transforms made of it; empty where it has none."""
    parameters: dict[str, str] = field(default_factory=dict)
    resolved: dict[str, str] = field(default_factory=dict)
    """What was read of the parameters that Systems Manager keeps."""
    tags: list[dict[str, str]] = field(default_factory=list)
    capabilities: list[str] = field(default_factory=list)
    notification_arns: list[str] = field(default_factory=list)
    role_arn: str = ""
    rollback: dict[str, Any] = field(default_factory=dict)
    """RollbackConfiguration: the alarms that deployments watch, and for how long."""
    outputs: list[dict[str, str]] = field(default_factory=list)
    updated_ms: int = 0
    deleted_ms: int = 0
    began_ms: int = 0
    """When the running operation began, or the latest one did."""
    told_ms: int = 0
    """When the latest event happened: each has a time of its own, by which clients tell old ones from new."""
    change_set_id: str = ""
    """The change set that the deployment came by."""
    disable_rollback: bool = False
    on_failure: str = "ROLLBACK"
    termination_protection: bool = False
    retain_on_delete: list[str] = field(default_factory=list)
    retain_except_on_create: bool = False
    """Whether a rollback deletes what this operation made even where its policy is to retain."""
    may_stand_in: bool = False
    """Whether it may have resources without effect: it was deployed by ``up``."""
    timeout_minutes: int = 0
    policy: str = ""
    """The stack policy: which updates of which resources are allowed."""
    policy_during_update: str = ""
    """What takes the policy's place while the running update lasts."""
    parent_id: str = ""
    """The stack that made this one as a resource of its own; empty for one that somebody made."""
    root_id: str = ""
    """The uppermost of its parents."""
    depth: int = 0
    """How many parents it has."""
    fallback: dict[str, Any] = field(default_factory=dict)
    """The ``template`` that its parent's latest update found it on, and the ``serial`` of that update."""
    serial: int = 0
    """How many operations have begun on the stack."""
    # The running operation.
    phase: str = ""
    """``apply``, ``undo``, ``sweep``, ``cleanup`` or ``delete``; empty when nothing runs."""
    token: str = ""
    principal: str = ""
    """Who asked for the operation, and acts in it."""
    access_key_id: str = ""
    operation: str = ""
    """``CREATE``, ``UPDATE`` or ``DELETE``."""
    target: dict[str, Any] = field(default_factory=dict)
    """What ``apply`` works towards: template, parameters, tags ..."""
    settled: dict[str, Any] = field(default_factory=dict)
    """What a rollback goes back to, while the stack stands on a deployment that failed and was kept."""
    done: list[str] = field(default_factory=list)
    """Logical ids that the present phase has settled."""
    failed: list[str] = field(default_factory=list)
    """Logical ids that the present phase could not settle."""
    watched_until_ms: int = 0
    """When the running deployment, whose resources are all there, has been watched for long enough; 0 before that."""
    looks_next_ms: int = 0
    """When its alarms are looked at again."""
    awaited: str = ""
    """The nested stack whose end the operation waits for."""

    @property
    def is_busy(self) -> bool:
        return bool(self.phase)

    @property
    def exists(self) -> bool:
        return self.status != "DELETE_COMPLETE"


@dataclass
class Resource:
    """A resource of a stack."""

    logical_id: str
    type: str
    status: str
    updated_ms: int
    physical_id: str = ""
    ref: str = ""
    reason: str = ""
    properties: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)
    needs: list[str] = field(default_factory=list)
    deletion_policy: str = "Delete"
    update_replace_policy: str = "Delete"
    metadata: Any = None
    seed: str = ""
    """What generated names of this incarnation end in."""
    stack_tags: list[dict[str, str]] = field(default_factory=list)
    """The stack's tags that it was given with its own."""
    request_id: str = ""
    """The request whose answer made it, for a custom resource."""
    is_pending: bool = False
    """Whether it is made and not ready yet."""
    is_secret: bool = False
    """Whether its attributes are hidden where properties are shown (NoEcho)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What whoever makes a custom resource was asked. ``answer`` is the text that came back, None until then."""

    token: str
    stack_id: str
    logical_id: str
    request_id: str
    overdue_id: int
    is_open: bool = True
    """Whether the stack waits for it."""
    answer: str | None = None


@dataclass
class ChangeSet:
    """A change set: what its execution would do."""

    change_set_id: str
    stack_id: str
    name: str
    created_ms: int
    kind: str
    status: str
    execution_status: str
    reason: str = ""
    description: str = ""
    target: dict[str, Any] = field(default_factory=dict)
    changes: list[dict[str, Any]] = field(default_factory=list)
    valued_changes: list[dict[str, Any]] = field(default_factory=list)
    """The changes as they are shown with the values of properties (IncludePropertyValues)."""
    warning: str = ""
    """Why those values are incomplete."""
    parameters: list[dict[str, str]] = field(default_factory=list)
    on_failure: str = ""
    token: str = ""
    includes_nested: bool = False
    """Whether it was asked to tell of nested stacks as well (of which there are none, then)."""

    @property
    def is_pending(self) -> bool:
        """Whether it is still on its stack's list: an executed one has become the stack's history."""
        return not self.execution_status.startswith("EXECUTE_")


DEPLOYED = ("template", "processed", "parameters", "resolved", "tags", "capabilities", "change_set_id")
"""What of a stack belongs to the deployment that it stands on."""


def deployed(stack: Stack) -> dict[str, Any]:
    """The deployment that a stack stands on."""
    return {name: getattr(stack, name) for name in DEPLOYED}


def adopt(stack: Stack, target: Mapping[str, Any]) -> None:
    """Let a stack stand on a deployment."""
    for name in DEPLOYED:
        if name in target:
            setattr(stack, name, target[name])
