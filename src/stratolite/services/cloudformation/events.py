"""Stack events: kept with the stack, and published to the topics that it names.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackEvent.html
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from stratolite.core.call import Call
from stratolite.core.clock import iso8601
from stratolite.core.errors import AwsError
from stratolite.services.cloudformation.domain import Resource, Stack
from stratolite.services.cloudformation.store import Store
from stratolite.services.world import World

STACK_TYPE = "AWS::CloudFormation::Stack"
SUBJECT = "AWS CloudFormation Notification"
HIDDEN = "*****"

log = logging.getLogger("stratolite.cloudformation")


class Events:
    """Tells what happens to one stack. Every method runs in the transaction of what it tells."""

    def __init__(self, world: World, store: Store, stack: Stack, call: Call) -> None:
        self._world = world
        self._store = store
        self._stack = stack
        self._call = call
        self.secrets: Callable[[], Sequence[str]] = tuple
        """Gives the values that properties are shown without."""

    def of_stack(self, status: str, reason: str = "") -> None:
        """Something happened to the stack as a whole."""
        stack = self._stack
        self._add(self._event(self._world.entropy.uuid(), stack.name, STACK_TYPE, stack.stack_id, status, reason))

    def of_resource(self, resource: Resource, status: str, reason: str = "") -> None:
        """Something happened to a resource; its properties are shown as they are in ``resource``."""
        name, now_ms = resource.logical_id, self._next_ms()
        event_id = f"{name}-{status}-{iso8601(now_ms)}"
        event = self._event(event_id, name, resource.type, resource.physical_id, status, reason)
        if resource.properties:
            event["ResourceProperties"] = json.dumps(_shown(resource.properties, self.secrets()), separators=(",", ":"))
        self._add(event)

    def of_leftover(self, resource: Resource, status: str, reason: str = "") -> None:
        """Something happened to a resource that is no part of the stack any more: AWS tells less of it."""
        event_id = f"{resource.logical_id}-{self._world.entropy.uuid()}"
        self._add(self._event(event_id, resource.logical_id, resource.type, resource.physical_id, status, reason))

    def _next_ms(self) -> int:
        # Clients take an event for new by its time (SAM) or its id (Serverless), which has the time in it.
        return max(self._call.now_ms, self._stack.told_ms + 1)

    def _event(
        self, event_id: str, logical_id: str, kind: str, physical_id: str, status: str, reason: str
    ) -> dict[str, Any]:
        now_ms = self._next_ms()
        event: dict[str, Any] = {
            "StackId": self._stack.stack_id,
            "EventId": event_id,
            "StackName": self._stack.name,
            "LogicalResourceId": logical_id,
            "PhysicalResourceId": physical_id,
            "ResourceType": kind,
            "Timestamp": now_ms / 1000,
            "ResourceStatus": status,
        }
        self._stack.told_ms = now_ms
        if reason:
            event["ResourceStatusReason"] = reason
        if self._stack.token:
            event["ClientRequestToken"] = self._stack.token
        return event

    def _add(self, event: dict[str, Any]) -> None:
        self._store.add_event(self._stack.stack_id, event)
        for arn in self._stack.notification_arns:
            text = notification(event, self._call)
            try:
                self._world.database.nested(partial(self._publish, arn, text))
            except AwsError as error:
                # A topic that is gone does not stop a deployment, on AWS neither.
                log.warning("stack %s cannot tell %s: %s", self._stack.name, arn, error.message)

    def _publish(self, arn: str, text: str) -> None:
        self._world.ports.topic.publish(self._call, arn, text, subject=SUBJECT)


def _shown(value: Any, secrets: Sequence[str]) -> Any:
    """Properties with secrets hidden, wherever they stand."""
    if not secrets:
        return value
    if isinstance(value, dict):
        return {key: _shown(one, secrets) for key, one in value.items()}
    if isinstance(value, list):
        return [_shown(one, secrets) for one in value]
    text = str(value)
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return value if text == str(value) else text


def notification(event: Mapping[str, Any], call: Call) -> str:
    """The text that AWS publishes for an event: one ``Name='value'`` a line."""
    shown = {
        "StackId": event["StackId"],
        "Timestamp": iso8601(round(event["Timestamp"] * 1000)),
        "EventId": event["EventId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "Namespace": call.account,
        "PhysicalResourceId": event["PhysicalResourceId"],
        "ResourceProperties": event.get("ResourceProperties", "null"),
        "ResourceStatus": event["ResourceStatus"],
        "ResourceStatusReason": event.get("ResourceStatusReason", ""),
        "ResourceType": event["ResourceType"],
        "StackName": event["StackName"],
        "ClientRequestToken": event.get("ClientRequestToken", "null"),
    }
    return "".join(f"{name}='{value}'\n" for name, value in shown.items())
