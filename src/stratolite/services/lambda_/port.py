"""How other services invoke functions."""

import contextlib
from collections.abc import Awaitable

from stratolite.core.call import Call
from stratolite.core.ports.functions import Debugged, FunctionResult
from stratolite.services.lambda_ import Lambda, background, rules
from stratolite.services.lambda_.domain import FunctionName
from stratolite.services.lambda_.invocation import Event, event_of, execute
from stratolite.services.lambda_.names import function_name, function_of_arn, invalid
from stratolite.services.lambda_.streaming import Running, begin


class FunctionInvoker:
    """The ``function`` port. Functions are named by ARN, whole or partial, or by name in the caller's namespace."""

    def __init__(self, lambda_: Lambda) -> None:
        self._lambda = lambda_

    def invoke(self, call: Call, function: str, payload: bytes, timeout_s: float | None) -> Awaitable[FunctionResult]:
        """Invoke and wait. Raises Lambda's own errors: too large now, not found or throttled when awaited."""
        rules.check_payload_size(payload, "RequestResponse")
        request_id = call.request_id or self._lambda.world.entropy.uuid()
        event = Event(request_id, payload or b"{}", trace_id=call.trace_id, patience_s=timeout_s)
        return execute(self._lambda, _name(call, function), event)

    async def stream(self, call: Call, function: str, payload: bytes, timeout_s: float) -> Running | None:
        """Invoke and wait until the function begins to answer; None when it failed before."""
        rules.check_payload_size(payload, "RequestResponse")
        event = event_of(call, payload)
        event.patience_s = timeout_s
        running = await begin(self._lambda, _name(call, function), event)
        return running if running.stream.has_begun else None

    def invoke_later(self, call: Call, function: str, payload: bytes, *, source: str) -> str:
        """Accept an asynchronous invoke in the current transaction; its request id."""
        rules.check_payload_size(payload, "Event")
        name = _name(call, function)
        self._lambda.store.require_version(name)
        event = Event(self._lambda.world.entropy.uuid(), payload or b"{}", trace_id=call.trace_id)
        background.accept(call, self._lambda, name, event, source)
        return event.request_id

    def exists(self, function: str) -> bool:
        """Whether there is such a function (and qualifier); ``function`` is an ARN."""
        name = function_of_arn(function)
        if name is None:
            return False
        number = rules.version_number(name.qualifier)
        if number is None:
            return self._lambda.store.alias(name, name.qualifier) is not None
        return self._lambda.store.version(name.with_qualifier(""), number) is not None

    async def settled(self, function: str) -> None:
        """Wait until what is provisioned for a function is there, or has failed; ``function`` is an ARN."""
        name = function_of_arn(function)
        if name is not None:
            await self._lambda.provisioner.settled(name.with_qualifier(""))

    async def debug(self, function: str, port: int | None) -> Debugged:
        """Have a function wait for a debugger at ``port`` (its language's usual one for None) from its next invocation
        on, or, with 0, no more. Time-outs do not count meanwhile.

        Raises ResourceNotFoundException, InvalidParameterValueException for a runtime that nobody can attach to, and
        UserError where debugpy is missing.
        """
        from stratolite.engine import debugger

        lambda_, named = self._lambda, function_of_arn(function)
        if named is None:
            raise invalid(f"{function} is not the ARN of a function.")
        name = named.with_qualifier("")
        settings = lambda_.store.require_version(name).settings
        language = debugger.language_of(settings.get("Runtime", ""))
        if not language:
            raise invalid(f"Functions of the runtime {settings.get('Runtime')} cannot be debugged.")
        port = debugger.PORTS[language] if port is None else port
        if language == "python" and port:
            debugger.debugpy_folder()
        before = lambda_.sandbox.debugged.pop(name, 0)
        if port:
            lambda_.sandbox.debugged[name] = port
        if before != port:
            lambda_.runnables.forget(name)
        known = lambda_.runnables.known(name)
        spec = await lambda_.runnables.specification(known, name, 0, lambda_.world.clock.now_ms())
        return Debugged(name.name, language, str(spec.code.path), port)

    async def prepare(self, runtime: str) -> None:
        """Start what functions of a runtime begin from, ahead of the first; one that does not start is told of then."""
        from stratolite.engine.model import EngineClosed, LaunchFailed, UnsupportedRuntime

        with contextlib.suppress(EngineClosed, LaunchFailed, UnsupportedRuntime):
            await self._lambda.sandbox.engine.prepare(runtime)


def ports(lambda_: Lambda) -> dict[str, object]:
    """What this service offers to the others."""
    return {"function": FunctionInvoker(lambda_)}


def _name(call: Call, function: str) -> FunctionName:
    return function_of_arn(function) or function_name(call, function)
