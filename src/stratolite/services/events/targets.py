"""The kinds of targets: how each is given what a delivery has for it.

A target's refusal becomes a DeliveryFailed whose reason begins with the error code that dead letters carry. What is not
there, or not allowed, is not tried again.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
"""

import json
from collections.abc import Callable, Mapping

from stratolite.core.arn import Arn
from stratolite.core.call import Call
from stratolite.core.errors import AwsError, NotImplementedHere
from stratolite.delivery.retry import DeliveryFailed
from stratolite.delivery.worker import Effect
from stratolite.services.events import Events, http_call, lookup, routing, target_input
from stratolite.services.events.domain import Delivery
from stratolite.services.events.rules import target_kind

_THROTTLED = frozenset(
    {"TooManyRequestsException", "ThrottlingException", "ThrottledException", "RequestThrottled"}
    | {"ProvisionedThroughputExceededException"}
)
PARTITION_KEY_CHARS_MAX = 256


async def deliver(call: Call, events: Events, delivery: Delivery) -> Effect | None:
    """Deliver, or give the effect that delivers. Raises DeliveryFailed."""
    if delivery.refused:
        raise DeliveryFailed(f"INVALID_JSON: {delivery.refused}", retry=False)
    kind = target_kind(delivery.target["Arn"])
    if kind == "api-destination":
        await http_call.deliver(events, delivery)
        return None
    send = _SENDERS[kind]

    def effect() -> None:
        try:
            send(call, events, delivery)
        except AwsError as error:
            raise failure(error) from error

    return effect


def failure(error: AwsError) -> DeliveryFailed:
    """What a target's error means for a delivery."""
    if isinstance(error, NotImplementedHere):
        return DeliveryFailed(f"SDK_CLIENT_ERROR: {error.message}", retry=False)
    if error.status == 429 or error.code in _THROTTLED:
        return DeliveryFailed(f"THROTTLING: {error.message}")
    if not error.is_client_fault:
        return DeliveryFailed(f"ERROR_FROM_TARGET: {error.message}")
    is_absent = "NotFound" in error.code or "DoesNotExist" in error.code or "NonExistent" in error.code
    return DeliveryFailed(f"{'NO_RESOURCE' if is_absent else 'INVALID_PARAMETER'}: {error.message}", retry=False)


def _to_function(call: Call, events: Events, delivery: Delivery) -> None:
    function = events.world.ports.function
    function.invoke_later(call, delivery.target["Arn"], delivery.body.encode(), source=delivery.rule_arn)


def _to_queue(call: Call, events: Events, delivery: Delivery) -> None:
    group_id = delivery.target.get("SqsParameters", {}).get("MessageGroupId", "")
    events.world.ports.queue.send(call, delivery.target["Arn"], delivery.body, group_id=group_id)


def _to_topic(call: Call, events: Events, delivery: Delivery) -> None:
    events.world.ports.topic.publish(call, delivery.target["Arn"], delivery.body)


def _to_stream(call: Call, events: Events, delivery: Delivery) -> None:
    """By what a path finds in the event, or by the event's id.

    Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_KinesisParameters.html
    """
    event = json.loads(delivery.event)
    path = delivery.target.get("KinesisParameters", {}).get("PartitionKeyPath", "$.id")
    key = target_input.text_at(event, path)[:PARTITION_KEY_CHARS_MAX] or str(event["id"])
    events.world.ports.kinesis.put(call, delivery.target["Arn"], key, delivery.body.encode())


def _to_log_group(call: Call, events: Events, delivery: Delivery) -> None:
    """One event of a stream of its own name; a template may give its time and message.

    Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html#targets-specifics-cwl
    """
    parsed = Arn.parse(delivery.target["Arn"])
    group = parsed.resource.removeprefix("log-group:").removesuffix(":*")
    time_ms, message = call.now_ms, delivery.body
    if "InputTransformer" in delivery.target:
        given = json.loads(message)
        if isinstance(given, Mapping) and "message" in given:
            message = given["message"] if isinstance(given["message"], str) else json.dumps(given["message"])
            time_ms = int(given.get("timestamp", time_ms))
    event = json.loads(delivery.event)
    events.world.ports.log.append(
        call.within(parsed.account, parsed.region), group, str(event["id"]), [(time_ms, message)]
    )


def _to_bus(call: Call, events: Events, delivery: Delivery) -> None:
    """An event goes on as it is. One that came from another account is not sent on to a third."""
    there = Arn.parse(delivery.target["Arn"])
    here, event = Arn.parse(delivery.rule_arn), json.loads(delivery.event)
    if event["account"] != here.account and here.account != there.account:
        raise DeliveryFailed("THIRD_ACCOUNT_HOP_DETECTED: the event came from another account", retry=False)
    inner = call.within(there.account, there.region)
    bus = lookup.require_bus(inner, events, delivery.target["Arn"])
    routing.route(inner, events, bus, event)


_SENDERS: Mapping[str, Callable[[Call, Events, Delivery], None]] = {
    "lambda": _to_function,
    "sqs": _to_queue,
    "sns": _to_topic,
    "logs": _to_log_group,
    "kinesis": _to_stream,
    "event-bus": _to_bus,
}
