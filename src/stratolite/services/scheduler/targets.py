"""What a schedule sends, and whereto.

A function, a queue and a topic are reached by their ports, an event bus by PutEvents; a universal target
(``arn:aws:scheduler:::aws-sdk:dynamodb:putItem``) is any public operation of a service that is here, with ``Input`` as
its request, unless it only reads. Sources: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets.html
and .../managing-targets-universal.html
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from stratolite.core.arn import Arn
from stratolite.core.call import Call
from stratolite.core.clock import iso8601
from stratolite.core.errors import NotImplementedHere
from stratolite.core.ports import Ports
from stratolite.services.scheduler import api
from stratolite.services.scheduler.domain import Schedule

PLACEHOLDER = re.compile(r"<aws\.scheduler\.(schedule-arn|scheduled-time|execution-id|attempt-number)>")
_UNIVERSAL = re.compile(r"arn:aws[a-z-]*:scheduler:::aws-sdk:([a-z0-9]+):([A-Za-z0-9]+)")
_READING = re.compile(
    "get|describe|list|poll|receive|search|scan|query|select|read|lookup|discover|validate|batchGet|batchDescribe|batchRead"
    "|transactGet|adminGet|adminList|testMigration|retrieve|testConnection|translateDocument|isAuthorized|invokeModel"
)
"""How the actions begin that are no targets."""
_SDK_NAMES = {"eventbridge": "events", "cloudwatchlogs": "logs"}
"""Services that SDKs know by another name."""
_KINDS = {"lambda": "function:", "sqs": "", "sns": "", "events": "event-bus/"}


def target_kind(arn: str) -> str:
    """``lambda``, ``sqs``, ``sns``, ``events`` or ``universal``. Raises ValidationException, NotImplementedHere."""
    if _UNIVERSAL.fullmatch(arn):
        return "universal"
    try:
        parts = Arn.parse(arn)
    except ValueError:
        raise api.ValidationException(f"Provided Arn {arn} is not in correct format.") from None
    prefix = _KINDS.get(parts.service)
    if prefix is None or not parts.resource.startswith(prefix):
        raise NotImplementedHere(f"The target {arn} is not of a kind that this version of Stratolite can invoke.")
    return parts.service


def operation(schedule: Schedule, message: str) -> tuple[str, str, dict[str, Any]] | None:
    """The service, operation and request of a target that has no port; None for one that has."""
    target = schedule.body["Target"]
    kind = target_kind(target["Arn"])
    if kind == "universal":
        return *universal(target["Arn"]), json.loads(message)
    if kind != "events":
        return None
    parameters = target["EventBridgeParameters"]
    entry = {
        "Source": parameters["Source"],
        "DetailType": parameters["DetailType"],
        "Detail": message,
        "Resources": [schedule.arn],
        "EventBusName": target["Arn"],
    }
    return "events", "PutEvents", {"Entries": [entry]}


def universal(arn: str) -> tuple[str, str]:
    """The service and the operation of a universal target: ``("dynamodb", "PutItem")``."""
    found = _UNIVERSAL.fullmatch(arn)
    assert found is not None, "asked of universal targets alone"
    return _SDK_NAMES.get(found[1], found[1]), found[2][0].upper() + found[2][1:]


def is_reading(operation_name: str) -> bool:
    """Whether an operation only reads, which no schedule may ask for."""
    return _READING.match(operation_name[0].lower() + operation_name[1:]) is not None


def text(schedule: Schedule, due_ms: int, execution_id: str, attempt: int) -> str:
    """What is sent: the schedule's input with its placeholders filled in, or the event of one that has none."""
    values = {
        "schedule-arn": schedule.arn,
        "scheduled-time": iso8601(due_ms, milliseconds=False),
        "execution-id": execution_id,
        "attempt-number": str(attempt),
    }
    given = schedule.body["Target"].get("Input")
    if given is not None:
        return PLACEHOLDER.sub(lambda found: values[found[1]], given)
    event = {
        "version": "0",
        "id": execution_id,
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": schedule.account,
        "time": values["scheduled-time"],
        "region": schedule.region,
        "resources": [schedule.arn],
        "detail": "{}",
    }
    return json.dumps(event)


def send(call: Call, ports: Ports, schedule: Schedule, message: str) -> None:
    """Send to a target that has a port, in the current transaction. Raises the target's AwsErrors."""
    target: Mapping[str, Any] = schedule.body["Target"]
    arn = target["Arn"]
    kind = target_kind(arn)
    if kind == "lambda":
        if not ports.function.exists(arn):
            raise api.ResourceNotFoundException(f"Function not found: {arn}")
        ports.function.invoke_later(call, arn, message.encode(), source=schedule.arn)
    elif kind == "sqs":
        ports.queue.send(call, arn, message, group_id=target.get("SqsParameters", {}).get("MessageGroupId", ""))
    else:
        assert kind == "sns", "event buses and universal targets are operations"
        ports.topic.publish(call, arn, message)
