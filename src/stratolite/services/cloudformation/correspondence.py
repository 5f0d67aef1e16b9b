"""What is asked of those who make custom resources, and what they answer.

A request goes to a function or a topic (``ServiceToken``) and names an address of ours, to which whoever makes the
resource puts an answer. Until then the stack's operation rests: nothing runs, the request stands in a row, and the
answer (or an outbox entry, when the time is over) sets the operation going again. A stack waits for one at a time.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
"""

import json
from collections.abc import Mapping
from typing import Any

from stratolite.core.call import Call
from stratolite.core.errors import AwsError, ValidationError
from stratolite.services.cloudformation.cfn import SERVICE_TIMEOUT_S_MAX
from stratolite.services.cloudformation.domain import Asked, Resource, Stack
from stratolite.services.cloudformation.store import Store
from stratolite.services.cloudformation.surface import RESPONSE_PREFIX
from stratolite.services.world import World

OVERDUE = "cloudformation.overdue"
SUBJECT = "AWS CloudFormation custom resource request"
ANSWER_BYTES_MAX = 4096
TOKEN_BYTES = 24
PHYSICAL_ID_BYTES_MAX = 1024
MINUTE_MS = 60_000


class Correspondence:
    """The requests of one stack. Every method runs in the transaction of a step."""

    def __init__(self, world: World, store: Store, stack: Stack, call: Call) -> None:
        self._world = world
        self._store = store
        self._stack = stack
        self._call = call

    def open_for(self) -> str:
        """The logical id of the resource that the stack waits for; empty when it waits for none."""
        asked = self._store.open_request(self._stack.stack_id)
        return asked.logical_id if asked is not None else ""

    def hear(self) -> dict[str, Any] | None:
        """The answer that has come, read; None while there is none."""
        asked = self._store.open_request(self._stack.stack_id)
        if asked is None or asked.answer is None:
            return None
        self._close(asked)
        return {**read_answer(asked.answer, asked.request_id), "request_id": asked.request_id}

    def ask(self, verb: str, resource: Resource, previous: Resource | None = None) -> None:
        """Send a request. ``verb``: Create, Update or Delete. Raises ValidationError when nobody can be asked."""
        properties = resource.properties
        if previous is not None and previous.properties.get("ServiceToken") != properties.get("ServiceToken"):
            raise ValidationError("Modifying service token is not allowed.")
        token, request_id = self._world.entropy.base64url(TOKEN_BYTES), self._world.entropy.uuid()
        request: dict[str, Any] = {
            "RequestType": verb,
            "ServiceToken": properties["ServiceToken"],
            "ResponseURL": f"{self._world.settings.endpoint}{RESPONSE_PREFIX}{token}",
            "StackId": self._stack.stack_id,
            "RequestId": request_id,
            "LogicalResourceId": resource.logical_id,
        }
        if verb != "Create":
            request["PhysicalResourceId"] = (previous or resource).physical_id
        request["ResourceType"] = resource.type
        request["ResourceProperties"] = as_texts(properties)
        if previous is not None:
            request["OldResourceProperties"] = as_texts(previous.properties)
        try:
            self._send(str(properties["ServiceToken"]), json.dumps(request))
        except AwsError as error:
            raise ValidationError(error.message) from error
        overdue_id = self._world.outbox.put(
            self._call, OVERDUE, token.encode(), target=self._stack.stack_id, due_ms=self._due_ms(properties)
        )
        stack_id, logical_id = self._stack.stack_id, resource.logical_id
        self._store.put_request(Asked(token, stack_id, logical_id, request_id, overdue_id, True, None))

    def withdraw(self) -> str:
        """Wait no longer; the logical id of the resource that the stack waited for, empty when it waited for none."""
        asked = self._store.open_request(self._stack.stack_id)
        if asked is None:
            return ""
        self._close(asked)
        return asked.logical_id

    def _send(self, service_token: str, text: str) -> None:
        ports = self._world.ports
        service = service_token.split(":")[2] if service_token.count(":") >= 5 else ""
        if service == "lambda":
            ports.function.invoke_later(self._call, service_token, text.encode(), source=self._stack.stack_id)
        elif service == "sns":
            ports.topic.publish(self._call, service_token, text, subject=SUBJECT)
        else:
            raise ValidationError(f"Invalid service token: {service_token}")

    def _due_ms(self, properties: Mapping[str, Any]) -> int:
        stack, now_ms = self._stack, self._call.now_ms
        due_ms = now_ms + int(properties.get("ServiceTimeout", SERVICE_TIMEOUT_S_MAX)) * 1000
        if stack.operation == "CREATE" and stack.phase == "apply" and stack.timeout_minutes:
            return min(due_ms, stack.began_ms + stack.timeout_minutes * MINUTE_MS)
        return due_ms

    def _close(self, asked: Asked) -> None:
        self._store.close_request(asked.token)
        self._world.outbox.end(asked.overdue_id)


def as_texts(value: Any) -> Any:
    """Properties as they are sent: every scalar is a text."""
    if isinstance(value, dict):
        return {key: as_texts(one) for key, one in value.items()}
    if isinstance(value, list):
        return [as_texts(one) for one in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def read_answer(text: str, request_id: str) -> dict[str, Any]:
    """What an answer says: ``problem``, or ``data`` and ``is_secret``; ``physical_id`` where it names one.

    The texts are those that users of AWS report, as for an empty id in
    https://github.com/aws-cloudformation/custom-resource-helper/issues/67
    """
    if not text:
        return {"problem": no_answer(request_id)}
    if len(text.encode("utf-8", "surrogatepass")) > ANSWER_BYTES_MAX:
        return {"problem": "Response object is too long."}
    try:
        answer = json.loads(text)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        return {"problem": "Invalid Response object: it is not a JSON object"}
    status, physical_id = answer.get("Status"), answer.get("PhysicalResourceId")
    if status not in ("SUCCESS", "FAILED"):
        return {"problem": f"Invalid Response object: '{status}' is not a valid ResponseStatus"}
    if not isinstance(physical_id, str) or not 0 < len(physical_id.encode()) <= PHYSICAL_ID_BYTES_MAX:
        return {"problem": "Invalid PhysicalResourceId"}
    data = answer.get("Data")
    read: dict[str, Any] = {
        "physical_id": physical_id,
        "data": data if isinstance(data, dict) else {},
        "is_secret": as_texts(answer.get("NoEcho", False)) == "true",
    }
    if status == "FAILED":
        reason = answer.get("Reason") or ""
        read["problem"] = (
            f"Received response status [FAILED] from custom resource. Message returned: {reason} "
            f"(RequestId: {request_id})"
        )
    return read


def no_answer(request_id: str) -> str:
    """What is told when nobody has answered in time."""
    return (
        f"CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId "
        f"[{request_id}]. If you are using the Python cfn-response module, you may need to update your Lambda function "
        "code so that CloudFormation can attach the updated version."
    )
