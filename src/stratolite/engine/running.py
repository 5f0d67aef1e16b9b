"""The invocation that an environment has: what it knows of it, and what it tells the runtime."""

import asyncio

from msgspec import Struct

from stratolite.engine.model import Invocation, Outcome
from stratolite.engine.report import Trouble

TIMED_OUT = Trouble("timeout")


class Running(Struct):
    """An invocation under way."""

    invocation: Invocation
    outcome: asyncio.Future[Outcome]
    started_s: float
    init_ms: float | None
    is_answered: bool = False
    is_cut: bool = False
    """Whether the connection ended in the middle of its streamed response."""
    is_patience_short: bool = False
    """Whether the caller will stop waiting before the function's own time is over."""


def event_headers(invocation: Invocation, arn: str, deadline_ms: int) -> str:
    """The headers with which the runtime gets an event; ``arn`` is the function's, unless the caller named another."""
    headers = (
        f"Lambda-Runtime-Aws-Request-Id: {invocation.request_id}\r\n"
        f"Lambda-Runtime-Deadline-Ms: {deadline_ms}\r\n"
        f"Lambda-Runtime-Invoked-Function-Arn: {invocation.invoked_arn or arn}\r\n"
    )
    if invocation.trace_id:
        headers += f"Lambda-Runtime-Trace-Id: {one_line(invocation.trace_id)}\r\n"
    if invocation.client_context:
        headers += f"Lambda-Runtime-Client-Context: {one_line(invocation.client_context)}\r\n"
    if invocation.cognito_identity:
        headers += f"Lambda-Runtime-Cognito-Identity: {one_line(invocation.cognito_identity)}\r\n"
    return headers


def one_line(value: str) -> str:
    """A header is one line; the JSON of a client context may be many."""
    return value if value.isprintable() else " ".join(value.splitlines())
