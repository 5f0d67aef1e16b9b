"""Message move tasks: started, listed, cancelled."""

import base64
import binascii
import json
from dataclasses import replace

from stratolite.core.call import Call
from stratolite.services.sqs import Sqs, api, moving, rules
from stratolite.services.sqs.moving import MoveTask
from stratolite.services.sqs.rules import InvalidParameterValueException

ABSENT = "The resource that you specified for the {name} parameter doesn't exist."


def start_message_move_task(
    call: Call, sqs: Sqs, request: api.StartMessageMoveTaskRequest
) -> api.StartMessageMoveTaskResult:
    """Begin to move the messages of a dead-letter queue (``test_sqs_move_task``)."""
    rules.require(request, "SourceArn")
    source = sqs.store.queue_by_arn(request["SourceArn"])
    if source is None:
        raise api.ResourceNotFoundException(ABSENT.format(name="SourceArn"))
    per_second = rules.number(
        request,
        "MaxNumberOfMessagesPerSecond",
        1,
        moving.PER_SECOND_MAX,
        f"Must be between 1 and {moving.PER_SECOND_MAX}, if provided.",
    )
    if not sqs.store.sources_of(source):
        raise InvalidParameterValueException("Source queue must be configured as a Dead Letter Queue.")
    destination_arn = request.get("DestinationArn", "")
    if destination_arn and sqs.store.queue_by_arn(destination_arn) is None:
        raise api.ResourceNotFoundException(ABSENT.format(name="DestinationArn"))
    if any(task.status == "RUNNING" for task in sqs.store.tasks(source.arn, 1)):
        raise InvalidParameterValueException(
            "There is already a task running. Only one active task is allowed for a source queue arn at a given time."
        )
    visible, _, _ = sqs.store.counts(source, call.now_ms)
    task = MoveTask(
        sqs.world.entropy.uuid(), source.arn, destination_arn, per_second or 0, call.now_ms, "RUNNING", 0, visible
    )
    sqs.store.put_task(task)
    sqs.world.outbox.put(call, moving.MOVE, task.id.encode(), source=source.arn, target=destination_arn)
    return {"TaskHandle": task.handle}


def list_message_move_tasks(
    call: Call, sqs: Sqs, request: api.ListMessageMoveTasksRequest
) -> api.ListMessageMoveTasksResult:
    """The latest tasks of a dead-letter queue."""
    rules.require(request, "SourceArn")
    size = rules.number(request, "MaxResults", 1, moving.TASKS_LISTED_MAX, "Must be between 1 and 10, if provided.")
    if sqs.store.queue_by_arn(request["SourceArn"]) is None:
        raise api.ResourceNotFoundException(ABSENT.format(name="SourceArn"))
    return {"Results": [_shown(task) for task in sqs.store.tasks(request["SourceArn"], size or 1)]}


def cancel_message_move_task(
    call: Call, sqs: Sqs, request: api.CancelMessageMoveTaskRequest
) -> api.CancelMessageMoveTaskResult:
    """Stop a task; what it has moved stays moved."""
    rules.require(request, "TaskHandle")
    try:
        handle = json.loads(base64.b64decode(request["TaskHandle"], validate=True))
        task_id, source_arn = handle["taskId"], handle["sourceArn"]
    except (binascii.Error, ValueError, KeyError, TypeError):
        raise InvalidParameterValueException("Value for parameter TaskHandle is invalid.") from None
    if sqs.store.queue_by_arn(source_arn) is None:
        raise api.ResourceNotFoundException(ABSENT.format(name="SourceArn"))
    task = sqs.store.task(task_id)
    if task is None or task.status != "RUNNING":
        raise api.ResourceNotFoundException("Task does not exist.")
    sqs.store.put_task(replace(task, status="CANCELLED"))
    return {"ApproximateNumberOfMessagesMoved": task.moved}


def _shown(task: MoveTask) -> api.ListMessageMoveTasksResultEntry:
    shown: api.ListMessageMoveTasksResultEntry = {
        "Status": task.status,
        "SourceArn": task.source_arn,
        "ApproximateNumberOfMessagesMoved": task.moved,
        "ApproximateNumberOfMessagesToMove": task.to_move,
        "StartedTimestamp": task.started_ms,
    }
    if task.status == "RUNNING":
        shown["TaskHandle"] = task.handle
    if task.destination_arn:
        shown["DestinationArn"] = task.destination_arn
    if task.per_second:
        shown["MaxNumberOfMessagesPerSecond"] = task.per_second
    if task.failure:
        shown["FailureReason"] = task.failure
    return shown
