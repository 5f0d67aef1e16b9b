"""Asynchronous invokes: accepted with their cause, executed at least once.

A function's error is tried again after one and two minutes (``MaximumRetryAttempts`` can make it fewer); throttles and
faults of the service back off from a second to five minutes and count as no attempt, until the event is six hours old
(``MaximumEventAgeInSeconds``). Follows https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

import msgspec

from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.delivery.outbox import Entry
from stratolite.delivery.retry import DeliveryFailed, RetryPolicy, delays
from stratolite.delivery.worker import Kind
from stratolite.services.lambda_ import Lambda, api, rules
from stratolite.services.lambda_.domain import LATEST, EventInvokeConfig, FunctionName
from stratolite.services.lambda_.invocation import Event, execute
from stratolite.services.lambda_.names import function_of_arn

KIND = "lambda_.invoke"
BACKOFF_S_MAX = 300.0
RUNNING_MAX = 16
"""How many asynchronous executions of one function run at the same time; the others wait for their turn."""


class Accepted(msgspec.Struct, array_like=True):
    """What the outbox keeps of an asynchronous invoke. The request id stays the same over all attempts."""

    request_id: str
    payload: bytes
    client_context: str = ""


def accept(call: Call, lambda_: Lambda, name: FunctionName, event: Event, source: str = "") -> None:
    """Take an asynchronous invoke into the current transaction."""
    kept = Accepted(event.request_id, event.payload, event.client_context)
    place = call.within(name.account, name.region)
    lambda_.world.outbox.put(place, KIND, msgspec.msgpack.encode(kept), source=source, target=name.qualified_arn)


def kinds(lambda_: Lambda) -> tuple[Kind, ...]:
    """``lambda_.invoke``: one row an accepted event."""

    async def invoke(entry: Entry) -> None:
        await _deliver(lambda_, entry)

    return (
        Kind(
            KIND,
            invoke,
            retry=lambda entry: _policy(lambda_, entry),
            dead=lambda entry, failure: _bury(lambda_, entry, failure),
            target_in_flight_max=RUNNING_MAX,
        ),
    )


async def _deliver(lambda_: Lambda, entry: Entry) -> None:
    kept = msgspec.msgpack.decode(entry.payload, type=Accepted)
    age_s = (lambda_.world.clock.now_ms() - entry.created_ms) / 1000
    if age_s > _policy(lambda_, entry).age_s_max:
        raise DeliveryFailed("the event is older than MaximumEventAgeInSeconds", retry=False)
    event = Event(kept.request_id, kept.payload, kept.client_context, entry.trace_id)
    try:
        outcome = await execute(lambda_, _target(entry), event)
    except api.ResourceNotFoundException as error:
        raise DeliveryFailed(error.message, retry=False) from error
    except AwsError as error:
        # Waiting as long again as it has waited doubles the age at each attempt: 1 s, 2 s, 4 s ...
        wait_s = min(BACKOFF_S_MAX, max(1.0, age_s))
        raise DeliveryFailed(f"{error.code}: {error.message}", delay_s=wait_s) from error
    if outcome.error:
        raise DeliveryFailed(outcome.payload.decode(errors="replace"))


def _target(entry: Entry) -> FunctionName:
    name = function_of_arn(entry.target)
    assert name is not None, f"{entry.target} is no function"
    return name


def _config(lambda_: Lambda, name: FunctionName) -> EventInvokeConfig | None:
    return lambda_.store.event_invoke_config(name.with_qualifier(name.qualifier or LATEST))


def _policy(lambda_: Lambda, entry: Entry) -> RetryPolicy:
    config = _config(lambda_, _target(entry))
    retries = rules.RETRIES_DEFAULT if config is None or config.retries is None else config.retries
    age_s = rules.EVENT_AGE_S_DEFAULT if config is None or config.age_s is None else config.age_s
    return RetryPolicy(delays(*rules.RETRY_DELAYS_S[:retries]), age_s_max=age_s)


def _bury(lambda_: Lambda, entry: Entry, failure: DeliveryFailed) -> None:
    """Send the event to the function's dead-letter target, with AWS's three attributes."""
    name = _target(entry)
    version = lambda_.store.version(name.with_qualifier(""), rules.version_number(name.qualifier) or 0)
    target = version.settings.get("DeadLetterConfig", {}).get("TargetArn", "") if version else ""
    if not target:
        return
    kept = msgspec.msgpack.decode(entry.payload, type=Accepted)
    call = entry.call(lambda_.world.clock.now_ms(), kept.request_id)
    attributes = {
        "RequestID": {"DataType": "String", "StringValue": kept.request_id},
        "ErrorCode": {"DataType": "Number", "StringValue": "200"},
        "ErrorMessage": {"DataType": "String", "StringValue": _message(failure)},
    }
    text = kept.payload.decode()
    if ":sns:" in target:
        lambda_.world.ports.topic.publish(call, target, text, attributes=attributes)
    else:
        lambda_.world.ports.queue.send(call, target, text, attributes=attributes)


def _message(failure: DeliveryFailed) -> str:
    """The function's own message where it gave one, cut to a kilobyte as AWS does."""
    try:
        decoded = msgspec.json.decode(failure.reason)
    except msgspec.DecodeError:
        decoded = None
    text = decoded.get("errorMessage", "") if isinstance(decoded, dict) else ""
    return (str(text) or failure.reason or "unknown")[:1024]
