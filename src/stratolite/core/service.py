"""What a service is, to the composition root: a name, a model, and a folder of one shape."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from stratolite.core.call import Call


@dataclass(frozen=True, slots=True)
class Named:
    """What a service keeps under names, so that a name that was missed can be explained."""

    noun: str
    """``table``."""
    table: str
    """Where they are: a table with the columns ``account``, ``region`` and ``name``."""
    codes: frozenset[str]
    """The errors that say that there is none of a name."""
    members: tuple[str, ...]
    """The members of requests that hold names, ARNs or URLs."""


@dataclass(frozen=True, slots=True)
class Service:
    """One line of ``services/__init__.py``. Everything else is found by the folder's shape, on first use."""

    name: str
    """The folder under ``services/``."""
    model: str
    """The folder of botocore's data that describes it."""
    ports: tuple[str, ...] = ()
    """Which ports its ``port.py`` implements."""
    resource_prefixes: tuple[str, ...] = ()
    """The CloudFormation resource types that its ``cfn.py`` makes: ``AWS::SQS::``."""
    has_surface: bool = False
    """Whether its ``surface.py`` answers HTTP that is no AWS API call."""
    resumes: tuple[str, ...] = ()
    """Tables: when one has rows at start, the service goes on with what they stand for (``resume`` of its state)."""
    named: Named | None = None
    """What it keeps under names that applications know."""
    payload_bytes_max: int = 6 * 1024 * 1024
    """The largest request body, in bytes; larger ones are refused before they are parsed."""


class Operations(Protocol):
    """Public operations by name, for the services themselves (law 5). Requests are validated as from a client."""

    def require(self, service: str, operation: str) -> None:
        """Raises NotImplementedHere or UnknownOperationException unless there is such an operation."""

    def run(self, call: Call, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Run a plain operation inside the current transaction; its writes are undone when it raises AwsError."""

    def perform(
        self, call: Call, service: str, operation: str, request: Mapping[str, Any]
    ) -> Awaitable[dict[str, Any]]:
        """Run any operation in a transaction of its own, and wait for the commit."""


Operation = Callable[..., Any]
"""``def`` (in one transaction) or ``async def`` (opens its own): ``operation(call, state, request)``."""
