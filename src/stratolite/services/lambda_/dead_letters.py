"""Dead-letter queues and topics: the events that a function could not process, as they were, with three attributes.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq
"""

import logging

import msgspec

from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.services.lambda_ import Lambda, metrics, rules
from stratolite.services.lambda_.domain import FunctionName

MESSAGE_LENGTH_MAX = 1024

log = logging.getLogger("stratolite.lambda")


def send(call: Call, lambda_: Lambda, name: FunctionName, payload: bytes, status: int, reason: str) -> None:
    """Send an event to the dead-letter target of the version that it was for, if that has one.

    ``status`` is the HTTP status of the invoke, ``reason`` the function's answer or the service's.
    """
    target = _target(lambda_, name)
    if not target:
        return
    text = payload.decode()
    attributes = {
        "RequestID": {"DataType": "String", "StringValue": call.request_id},
        "ErrorCode": {"DataType": "Number", "StringValue": str(status)},
        "ErrorMessage": {"DataType": "String", "StringValue": _message(reason)},
    }
    ports = lambda_.world.ports

    def put() -> None:
        if ":sns:" in target:
            ports.topic.publish(call, target, text, attributes=attributes)
        else:
            ports.queue.send(call, target, text, attributes=attributes)

    try:
        lambda_.world.database.nested(put)
    except AwsError as error:
        metrics.count(lambda_, name, "DeadLetterErrors")
        log.warning("%s took no dead letter of %s: %s", target, name.qualified_arn, error)


def _target(lambda_: Lambda, name: FunctionName) -> str:
    number = rules.version_number(name.qualifier)
    if number is None:
        alias = lambda_.store.alias(name, name.qualifier)
        number = rules.version_number(alias.version) if alias else -1
    version = lambda_.store.version(name.with_qualifier(""), -1 if number is None else number)
    return version.settings.get("DeadLetterConfig", {}).get("TargetArn", "") if version else ""


def _message(reason: str) -> str:
    """The function's own message where it gave one, cut to a kilobyte as AWS does."""
    try:
        decoded = msgspec.json.decode(reason)
    except msgspec.DecodeError:
        decoded = None
    text = decoded.get("errorMessage", "") if isinstance(decoded, dict) else ""
    return (str(text) or reason or "unknown")[:MESSAGE_LENGTH_MAX]
