"""One execution of a function: route, concurrency, engine, outcome."""

import asyncio
from functools import partial

from stratolite.core.call import Call
from stratolite.engine.model import (
    BadZip,
    EngineClosed,
    Invocation,
    LaunchFailed,
    Outcome,
    TooManyEnvironments,
    UnsupportedRuntime,
    UnzippedTooLarge,
)
from stratolite.engine.stream import ResponseStream
from stratolite.services.lambda_ import Lambda, api, metrics
from stratolite.services.lambda_.concurrency import OF_ACCOUNT, Provided, Share, throttled
from stratolite.services.lambda_.domain import LATEST, FunctionName
from stratolite.services.lambda_.recursion import entered


class Event(Invocation):
    """What a function is given, once."""

    is_log_wanted: bool = False
    executed_version: str = ""
    """Known when it is executed."""


async def execute(lambda_: Lambda, name: FunctionName, event: Event, stream: ResponseStream | None = None) -> Outcome:
    """Run a function once and wait for its outcome. ``stream``: where its response goes, if not into the outcome.

    Raises ResourceNotFoundException, TooManyRequestsException at the function's or the account's limit,
    RecursiveInvocationException for one run too many in a chain, ServiceException when a process cannot be started, and
    TimeoutError when the event's patience is at its end.
    ``event`` is afterwards what the function was given.
    """
    world, function = lambda_.world, name.with_qualifier("") if name.qualifier else name
    began_ms = world.clock.now_ms()
    known = lambda_.runnables.known(function, name.qualifier)
    number = lambda_.runnables.route(known, name, world.entropy)
    event.trace_id = entered(event.trace_id or _new_trace(lambda_), known.mark, known.recursive_loop)
    event.executed_version = str(number) if number else LATEST
    share = known.share
    provided = share.enter_provided(number) if share.provided else None
    if provided is None:
        _enter(lambda_, share, name)
    event.invoked_arn, event.stream = name.qualified_arn, stream
    try:
        spec = known.spec(number, began_ms) if provided is None else provided.spec
        if spec is None:
            async with asyncio.timeout(event.patience_s):
                spec = await lambda_.runnables.specification(known, function, number, began_ms)
        outcome = await lambda_.sandbox.engine.invoke(spec, event)
        tallied = known.tallies.get((name.qualifier, number))
        if tallied is None:
            tallied = known.tallies[name.qualifier, number] = metrics.tallies(lambda_, name, number)
        metrics.executed(tallied, share, provided, outcome, began_ms)
        return outcome
    except TooManyEnvironments:
        raise throttled(OF_ACCOUNT) from None
    except UnsupportedRuntime as error:
        raise api.InvalidRuntimeException(str(error)) from error
    except (BadZip, UnzippedTooLarge) as error:
        raise api.InvalidZipFileException(f"Lambda could not unzip the deployment package: {error}") from error
    except (LaunchFailed, EngineClosed) as error:
        raise api.ServiceException(f"{name.arn} could not be run: {error}") from error
    finally:
        leave = share.leave if provided is None else partial(_leave, lambda_, share, function, provided)
        if event.is_running:
            # The caller has gone away; the function works on, and counts, as on AWS.
            event.on_left = leave
        else:
            leave()


def _enter(lambda_: Lambda, share: Share, name: FunctionName) -> None:
    """The beginning of an execution on demand. Raises TooManyRequestsException."""
    try:
        share.enter()
    except api.TooManyRequestsException:
        metrics.count(lambda_, name, "Throttles")
        raise


def _leave(lambda_: Lambda, share: Share, function: FunctionName, provided: Provided) -> None:
    """The end of an execution in an environment that was provided; one that has ended with it is replaced."""
    share.leave_provided(provided)
    lambda_.provisioner.mend(function, provided)


def event_of(call: Call, payload: bytes, client_context: str = "") -> Event:
    """The event of a call; no payload is an empty object, as on AWS."""
    return Event(call.request_id, payload or b"{}", client_context, trace_id=call.trace_id)


def _new_trace(lambda_: Lambda) -> str:
    """A trace header of one's own, where the caller brought none; it is not sampled."""
    entropy = lambda_.world.entropy
    seconds = lambda_.world.clock.now_ms() // 1000
    return f"Root=1-{seconds:08x}-{entropy.hexadecimal(24)};Parent={entropy.hexadecimal(16)};Sampled=0"
