"""Asynchronous invokes: accepted with their cause, executed at least once.

A function's error is tried again after one and two minutes (``MaximumRetryAttempts`` can make it fewer); throttles and
faults of the service back off from a second to five minutes and count as no attempt, until the event is six hours old
(``MaximumEventAgeInSeconds``). How an event ended is told to the function's destinations and dead-letter target, in the
transaction that ends it. Follows https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from collections.abc import Callable
from dataclasses import replace

import msgspec

from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.delivery.outbox import Entry
from stratolite.delivery.retry import DeliveryFailed, RetryPolicy, delays
from stratolite.delivery.worker import Kind
from stratolite.engine.model import Outcome
from stratolite.services.lambda_ import Lambda, api, dead_letters, destinations, metrics, recursion, rules
from stratolite.services.lambda_.destinations import Ending
from stratolite.services.lambda_.domain import LATEST, EventInvokeConfig, FunctionName
from stratolite.services.lambda_.invocation import Event, execute
from stratolite.services.lambda_.names import function_of_arn

KIND = "lambda_.invoke"
LOOP = "RecursiveInvocation"
"""The condition of an event that ends a loop. AWS documents no word for it; this is its error's own."""
BACKOFF_S_MAX = 300.0
RECORD_DELAYS_S = (1, 10, 60)
"""When a bucket is tried again that could not take a record by a fault of its service; not when there is no bucket."""
RUNNING_MAX = 16
"""How many asynchronous executions of one function run at the same time; the others wait for their turn."""


class Accepted(msgspec.Struct, array_like=True):
    """What the outbox keeps of an asynchronous invoke. The request id stays the same over all attempts."""

    request_id: str
    payload: bytes
    client_context: str = ""


class InvokeFailed(DeliveryFailed):
    """An event was not processed. ``condition``: why it ends here, where that is not a matter of counting."""

    def __init__(
        self,
        reason: str,
        *,
        status: int,
        condition: str = "",
        outcome: Outcome | None = None,
        trace_id: str = "",
        delay_s: float | None = None,
    ) -> None:
        super().__init__(reason, retry=not condition, delay_s=delay_s)
        self.status = status
        self.condition = condition
        self.outcome = outcome
        self.trace_id = trace_id


def accept(call: Call, lambda_: Lambda, name: FunctionName, event: Event, source: str = "") -> None:
    """Take an asynchronous invoke into the current transaction."""
    kept = Accepted(event.request_id, event.payload, event.client_context)
    place = call.within(name.account, name.region)
    lambda_.world.outbox.put(place, KIND, msgspec.msgpack.encode(kept), source=source, target=name.qualified_arn)
    metrics.count(lambda_, name, "AsyncEventsReceived")


def kinds(lambda_: Lambda) -> tuple[Kind, ...]:
    """``lambda_.invoke``: one row an accepted event. ``lambda_.record``: one row an ending that a bucket is told of."""

    async def invoke(entry: Entry) -> Callable[[], None] | None:
        return await _deliver(lambda_, entry)

    async def store(entry: Entry) -> None:
        await destinations.store(lambda_, entry)

    return (
        Kind(
            KIND,
            invoke,
            retry=lambda entry: _policy(lambda_, entry),
            dead=lambda entry, failure: _give_up(lambda_, entry, failure),
            target_in_flight_max=RUNNING_MAX,
        ),
        Kind(destinations.OBJECT_KIND, store, retry=RetryPolicy(delays(*RECORD_DELAYS_S))),
    )


async def _deliver(lambda_: Lambda, entry: Entry) -> Callable[[], None] | None:
    """Execute an event; what is to happen in the transaction that ends it."""
    name = _target(entry)
    kept = msgspec.msgpack.decode(entry.payload, type=Accepted)
    age_s = (lambda_.world.clock.now_ms() - entry.created_ms) / 1000
    if age_s > _policy(lambda_, entry).age_s_max:
        # It grew old while nothing ran here. What is known of the last attempt, if there was one, is what it said.
        last = Outcome(entry.error.encode(), "Unhandled") if entry.attempts else None
        raise InvokeFailed(
            entry.error or "The event is too old.",
            status=200 if entry.attempts else 429,
            condition="EventAgeExceeded",
            outcome=last,
        )
    event = Event(kept.request_id, kept.payload, kept.client_context, trace_id=entry.trace_id)
    metrics.count(lambda_, name, "AsyncEventAge", age_s * 1000, "Milliseconds")
    outcome = await _executed(lambda_, name, event, age_s)
    if outcome.error:
        reason = outcome.payload.decode(errors="replace")
        raise InvokeFailed(reason, status=200, outcome=outcome, trace_id=event.trace_id)
    config = _config(lambda_, name)
    if config is None or not config.on_success:
        return None
    target = config.on_success
    ending = _ending(name, kept, "Success", entry.attempts + 1, outcome)
    return lambda: destinations.send(_call(lambda_, entry, kept, event.trace_id), lambda_, target, ending)


async def _executed(lambda_: Lambda, name: FunctionName, event: Event, age_s: float) -> Outcome:
    try:
        if lambda_.runnables.known(name.with_qualifier(""), name.qualifier).reserved == 0:
            # Nothing is tried again: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
            raise InvokeFailed("Rate Exceeded.", status=429, condition="ZeroReservedConcurrency")
        return await execute(lambda_, name, event)
    except (api.ResourceNotFoundException, api.RecursiveInvocationException) as error:
        condition = error.code.removesuffix("Exception")
        raise InvokeFailed(error.message, status=error.status, condition=condition) from error
    except AwsError as error:
        # Waiting as long again as it has waited doubles the age at each attempt: 1 s, 2 s, 4 s ...
        wait_s = min(BACKOFF_S_MAX, max(1.0, age_s))
        raise InvokeFailed(f"{error.code}: {error.message}", status=error.status, delay_s=wait_s) from error


def _target(entry: Entry) -> FunctionName:
    name = function_of_arn(entry.target)
    assert name is not None, f"{entry.target} is no function"
    return name


def _config(lambda_: Lambda, name: FunctionName) -> EventInvokeConfig | None:
    return lambda_.store.event_invoke_config(name.with_qualifier(name.qualifier or LATEST))


def _retries(config: EventInvokeConfig | None) -> int:
    return rules.RETRIES_DEFAULT if config is None or config.retries is None else config.retries


def _policy(lambda_: Lambda, entry: Entry) -> RetryPolicy:
    config = _config(lambda_, _target(entry))
    age_s = rules.EVENT_AGE_S_DEFAULT if config is None or config.age_s is None else config.age_s
    # An event that would be just as old as it may be is not tried again (recorded: test_maxeventage).
    return RetryPolicy(delays(*rules.RETRY_DELAYS_S[: _retries(config)]), age_s_max=age_s - 0.001)


def _give_up(lambda_: Lambda, entry: Entry, failure: DeliveryFailed) -> None:
    """Tell the destination and the dead-letter target of an event that no further attempt will be made for."""
    name, config = _target(entry), _config(lambda_, _target(entry))
    kept = msgspec.msgpack.decode(entry.payload, type=Accepted)
    failed = failure if isinstance(failure, InvokeFailed) else InvokeFailed(failure.reason, status=500)
    is_attempt = not failed.condition and failed.delay_s is None
    count = entry.attempts + is_attempt
    condition = failed.condition or ("RetriesExhausted" if count > _retries(config) else "EventAgeExceeded")
    call = _call(lambda_, entry, kept, failed.trace_id)
    metrics.count(lambda_, name, "AsyncEventsDropped")
    if config is not None and config.on_failure:
        ending = _ending(name, kept, condition, count, failed.outcome)
        destinations.send(call, lambda_, config.on_failure, ending)
    dead_letters.send(call, lambda_, name, kept.payload, failed.status, failed.reason)


def stopped(call: Call, lambda_: Lambda, name: FunctionName, event: Event) -> None:
    """Tell what a function has for events that it could not process of one that an event source brought round again.

    In the current transaction. https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
    """
    config = _config(lambda_, name)
    call = replace(call, request_id=event.request_id, trace_id=event.trace_id)
    if config is not None and config.on_failure:
        kept = Accepted(event.request_id, event.payload)
        destinations.send(call, lambda_, config.on_failure, _ending(name, kept, LOOP, 0, None))
    status = api.RecursiveInvocationException.status
    dead_letters.send(call, lambda_, name, event.payload, status, recursion.STOPPED)


def _ending(name: FunctionName, kept: Accepted, condition: str, count: int, outcome: Outcome | None) -> Ending:
    function = name.with_qualifier(name.qualifier or LATEST).qualified_arn
    if outcome is None:
        return Ending(function, kept.request_id, condition, count, kept.payload)
    return Ending(
        function,
        kept.request_id,
        condition,
        count,
        kept.payload,
        executed_version=outcome.executed_version,
        function_error=outcome.error,
        response_payload=outcome.payload,
    )


def _call(lambda_: Lambda, entry: Entry, kept: Accepted, trace_id: str) -> Call:
    """The call in whose name an ending is told: the function's, in the trace of what it did."""
    return replace(entry.call(lambda_.world.clock.now_ms(), kept.request_id), trace_id=trace_id or entry.trace_id)
