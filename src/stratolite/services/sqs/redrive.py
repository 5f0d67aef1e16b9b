"""Redrive policies: which queue takes what was received too often, and which queues a dead-letter queue takes from.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
"""

import json
from collections.abc import Mapping
from typing import Any

from stratolite.core.arn import Arn
from stratolite.services.sqs.domain import Queue
from stratolite.services.sqs.rules import RECEIVES_MAX, InvalidParameterValueException, invalid
from stratolite.services.sqs.store import Store

SOURCES_MAX = 10
PERMISSIONS = ("allowAll", "denyAll", "byQueue")


def check(store: Store, queue: Queue, wanted: Mapping[str, str]) -> dict[str, str]:
    """The attributes with redrive policies as they are kept. Raises InvalidParameterValueException."""
    kept = dict(wanted)
    if wanted.get("RedrivePolicy"):
        kept["RedrivePolicy"] = _policy(store, queue, wanted["RedrivePolicy"])
    if wanted.get("RedriveAllowPolicy"):
        _allowance(wanted["RedriveAllowPolicy"])
    return kept


def allows(queue: Queue, source_arn: str) -> bool:
    """Whether a dead-letter queue takes from a source."""
    text = queue.attributes.get("RedriveAllowPolicy")
    policy = json.loads(text) if text else {}
    permission = policy.get("redrivePermission", "allowAll")
    return permission == "allowAll" or (permission == "byQueue" and source_arn in policy.get("sourceQueueArns", []))


def _policy(store: Store, queue: Queue, text: str) -> str:
    policy = _map("RedrivePolicy", text, "Redrive policy")
    for name in ("deadLetterTargetArn", "maxReceiveCount"):
        if name not in policy:
            raise invalid("RedrivePolicy", text, f"Redrive policy does not contain mandatory attribute: {name}.")
    unknown = sorted(set(policy) - {"deadLetterTargetArn", "maxReceiveCount"})
    if unknown:
        raise invalid(
            "RedrivePolicy", text, "Only following attributes are supported: [deadLetterTargetArn, maxReceiveCount]."
        )
    count = str(policy["maxReceiveCount"])
    if not count.isascii() or not count.isdigit() or not 1 <= int(count) <= RECEIVES_MAX:
        raise invalid(
            "RedrivePolicy",
            text,
            f"Invalid value for maxReceiveCount: {count}, valid values are from 1 to {RECEIVES_MAX} both inclusive.",
        )
    arn = str(policy["deadLetterTargetArn"])
    try:
        parts = Arn.parse(arn)
    except ValueError:
        parts = None
    if parts is None or parts.service != "sqs":
        raise invalid("RedrivePolicy", text, "Invalid value for deadLetterTargetArn.")
    target = store.queue_by_arn(arn)
    if target is None:
        raise invalid("RedrivePolicy", text, "Dead letter target does not exist.")
    if target.is_fifo != queue.is_fifo:
        raise InvalidParameterValueException("Dead-letter queue must be same type of queue as the source.")
    if not allows(target, queue.arn):
        raise invalid("RedrivePolicy", text, "Target dead-letter queue does not allow redrive from this queue.")
    kept = {"deadLetterTargetArn": arn, "maxReceiveCount": int(count)}
    return json.dumps(kept, separators=(",", ":"))


def _allowance(text: str) -> None:
    policy = _map("RedriveAllowPolicy", text, "Redrive allow policy")
    permission = policy.get("redrivePermission")
    if permission not in PERMISSIONS:
        reason = "Redrive allow policy does not contain a valid redrivePermission: allowAll, denyAll or byQueue."
        raise invalid("RedriveAllowPolicy", text, reason)
    sources = policy.get("sourceQueueArns")
    if sources is not None and not isinstance(sources, list):
        raise invalid("RedriveAllowPolicy", text, "sourceQueueArns must be a list of ARNs.")
    if (permission == "byQueue") != bool(sources):
        raise invalid("RedriveAllowPolicy", text, "sourceQueueArns goes with the redrivePermission byQueue.")
    if sources and len(sources) > SOURCES_MAX:
        raise invalid("RedriveAllowPolicy", text, f"At most {SOURCES_MAX} sourceQueueArns are allowed.")


def _map(name: str, text: str, what: str) -> dict[str, Any]:
    try:
        policy = json.loads(text)
    except (ValueError, RecursionError):
        policy = None
    if not isinstance(policy, dict):
        raise invalid(name, text, f"{what} is not a valid JSON map.")
    return policy
