"""Resource types: what a service offers CloudFormation, and what that hands to it.

A type is data and plain functions; ``cfn.py`` of each service makes them, CloudFormation executes them.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.core.ports import Ports

NOT_FOUND = "ResourceNotFoundException"


class Operate(Protocol):
    """Runs one public operation of the resource's own service, validated, inside the current transaction."""

    def __call__(self, operation: str, request: Mapping[str, Any], *, region: str = "") -> dict[str, Any]:
        """The result. Raises the operation's AwsErrors; its writes are undone when it does. ``region``: another one
        than the stack's, for the few resources that reach across."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a resource handler is given. Properties are resolved: no intrinsic function is left in them."""

    call: Call
    operate: Operate
    logical_id: str
    stack_name: str
    stack_id: str
    properties: dict[str, Any]
    previous: dict[str, Any] = field(default_factory=dict)
    """On update: the properties as they were."""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    """On update: the attributes as they were."""
    physical_id: str = ""
    """On update and delete: what ``create`` returned."""
    generated_name: Callable[[int, str], str] = lambda length_max, alphabet: ""
    """``<stack>-<logical id>-<random>`` cut to a length, stable for this resource: ``generated_name(63, "lower")``.
    ``alphabet``: ``any`` or ``lower``."""
    answer: Mapping[str, Any] = field(default_factory=dict)
    """For types that are ``asked``: what came back."""

    def unless_gone(self, operation: str, request: Mapping[str, Any], gone: Collection[str] = (NOT_FOUND,)) -> None:
        """Run an operation on what may be gone already, which is no error. ``gone``: the codes that say so."""
        try:
            self.operate(operation, request)
        except AwsError as error:
            if error.code not in gone:
                raise


@dataclass(frozen=True, slots=True)
class Made:
    """A resource as ``Ref`` and ``Fn::GetAtt`` see it."""

    physical_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    ref: str = ""
    """What ``Ref`` gives, where that is not the physical id."""
    problem: str = ""
    """Why its creation failed all the same: it is there, and has to be deleted."""
    is_secret: bool = False
    """Whether its attributes are hidden where properties are shown."""
    is_pending: bool = False
    """Whether it is there and not ready yet: its type ``looks`` again when it is ``settled``."""


@dataclass(frozen=True)
class ResourceType:
    """One CloudFormation resource type of a service. Handlers are plain functions in one transaction."""

    name: str
    """``AWS::SQS::Queue``."""
    implemented: frozenset[str]
    """Top-level properties that act here. Known to AWS but not in this set: refused by name."""
    create: Callable[[Work], Made]
    update: Callable[[Work], Made]
    """Called when properties changed and none of them needs a replacement."""
    delete: Callable[[Work], None]
    """A resource that is gone already is no error."""
    accepted: Mapping[str, str] = field(default_factory=dict)
    """Harmless properties that are kept and returned, with the reason why they need no effect here."""
    replaces: frozenset[str] = frozenset()
    """Properties whose change needs a replacement beyond the schema's own ``createOnlyProperties``."""
    refuse: Callable[[Mapping[str, Any]], None] = lambda properties: None
    """Checks deeper settings before anything is made; raises AwsError naming what is not implemented."""
    look: Callable[[Work], Made] | None = None
    """For types whose resources may be pending: what one is by now."""
    settled: Callable[[Ports, str], Awaitable[None]] | None = None
    """Waits until looking again is worth it. The second parameter is the physical id."""
    is_gone: Callable[[Work], bool] | None = None
    """For types whose resources are stacks of their own: whether a deleted one is gone by now. Their makers rest while
    they change, and are told when they have ended; raises AwsError where one cannot be deleted."""
    is_told: bool = False
    """Whether what its pending resources wait for comes from outside, as signals do: the operation rests meanwhile."""
    is_asked: bool = False
    """Whether somebody outside makes it: CloudFormation sends a request, and the handlers run when the answer is there
    (custom resources)."""
    stands_in: str = ""
    """Why its resources have no effect here; empty for all that have one. Only ``up`` lets a stack have such."""
