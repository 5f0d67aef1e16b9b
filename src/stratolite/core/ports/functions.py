"""Lambda functions, as other services invoke them."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Protocol

from stratolite.core.call import Call


class FunctionResult(Protocol):
    """What a synchronous invoke gave. ``error`` is empty, ``Handled`` or ``Unhandled``."""

    payload: bytes
    error: str


@dataclass(frozen=True, slots=True)
class Debugged:
    """A function that waits for a debugger. ``language``: ``python`` or ``node``."""

    name: str
    language: str
    root: str
    """The folder that its code runs from."""
    port: int
    """Where it waits, on 127.0.0.1."""


class FunctionStream(Protocol):
    """What a function answers, as it comes."""

    async def read(self) -> bytes:
        """All that has come since the last time, as soon as there is any; empty at the end."""

    def abandon(self) -> None:
        """Nobody reads on: the function must not wait for that."""

    async def failure(self) -> str:
        """Wait for the function's end: which error it met after it had begun to answer; empty when it met none."""


class FunctionPort(Protocol):
    """Lambda functions, as other services invoke them. ``function``: ARN, with or without qualifier."""

    def invoke(self, call: Call, function: str, payload: bytes, timeout_s: float | None) -> Awaitable[FunctionResult]:
        """Invoke and wait, at most ``timeout_s`` unless a debugger holds the function up (None: as long as it may run).

        Raises TimeoutError then, while the function works on, and the service's AwsErrors (not found, throttled ...),
        now or when awaited.
        """

    async def stream(self, call: Call, function: str, payload: bytes, timeout_s: float) -> FunctionStream | None:
        """Invoke and wait, at most ``timeout_s`` unless a debugger holds the function up, until it begins to answer;
        None when it failed before.

        Raises TimeoutError then, while the function works on, and the service's AwsErrors.
        """

    def invoke_later(self, call: Call, function: str, payload: bytes, *, source: str) -> str:
        """Accept an asynchronous invoke in the current transaction; its request id. ``source``: ARN of the cause."""

    async def settled(self, function: str) -> None:
        """Wait until what is provisioned for a function is there, or has failed; ``function`` is an ARN."""

    def exists(self, function: str) -> bool:
        """Whether there is such a function (and qualifier)."""

    async def debug(self, function: str, port: int | None) -> Debugged:
        """Have a function (an ARN) wait for a debugger from its next invocation on, at a port or at its language's
        usual one; with 0, no more."""

    async def prepare(self, runtime: str) -> None:
        """Start what functions of a runtime begin from, ahead of the first; one that does not start is told of then."""
