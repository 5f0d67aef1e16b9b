"""Queues: made, found, listed, changed, purged, deleted."""

import base64
import binascii
import json
from collections.abc import Mapping

from stratolite.core.call import Call
from stratolite.services.sqs import Sqs, api, redrive, rules, sending
from stratolite.services.sqs.domain import Queue
from stratolite.services.sqs.lookup import queue_url, require_queue


def create_queue(call: Call, sqs: Sqs, request: api.CreateQueueRequest) -> api.CreateQueueResult:
    """Make a queue; one of the same name and settings is returned as it is."""
    rules.require(request, "QueueName")
    name, wanted = request["QueueName"], dict(request.get("Attributes", {}))
    is_fifo = wanted.get("FifoQueue") == "true"
    rules.queue_name(name, is_fifo=is_fifo)
    if not is_fifo and "FifoQueue" in wanted:
        raise api.InvalidAttributeName("Unknown Attribute FifoQueue.")
    rules.attributes(wanted, is_fifo=is_fifo)
    known = sqs.store.queue(call.account, call.region, name)
    if known is not None:
        _require_same(known, wanted)
        return {"QueueUrl": queue_url(call, known)}
    tags = request.get("tags", {})
    if len(tags) > rules.TAGS_MAX:
        raise rules.InvalidParameterValueException(f"Too many tags added for queue {name}.")
    made = Queue(0, call.account, call.region, name, wanted, tags, call.now_ms, call.now_ms, 0)
    sqs.store.insert_queue(call, name, _kept(redrive.check(sqs.store, made, wanted)), tags)
    # Who watched an earlier queue of this name learns that there is one again.
    sqs.bells.ring(made)
    return {"QueueUrl": queue_url(call, made)}


def get_queue_url(call: Call, sqs: Sqs, request: api.GetQueueUrlRequest) -> api.GetQueueUrlResult:
    """The URL of a queue by its name."""
    rules.require(request, "QueueName")
    account = request.get("QueueOwnerAWSAccountId") or call.account
    queue = sqs.store.queue(account, call.region, request["QueueName"])
    if queue is None:
        raise api.QueueDoesNotExist("The specified queue does not exist.")
    return {"QueueUrl": queue_url(call, queue)}


def list_queues(call: Call, sqs: Sqs, request: api.ListQueuesRequest) -> api.ListQueuesResult:
    """Queues in order of name: the first 1,000, or pages of ``MaxResults``."""
    size = rules.number(request, "MaxResults", 1, rules.LIST_MAX, "MaxResults must be an integer between 1 and 1000.")
    after = _after(request.get("NextToken", ""))
    found = sqs.store.queues(call, request.get("QueueNamePrefix", ""), after, (size or rules.LIST_MAX) + 1)
    shown = found[: size or rules.LIST_MAX]
    result: api.ListQueuesResult = {}
    if shown:
        result["QueueUrls"] = [queue_url(call, queue) for queue in shown]
    if size is not None and len(found) > size:
        result["NextToken"] = base64.b64encode(shown[-1].name.encode()).decode()
    return result


def get_queue_attributes(call: Call, sqs: Sqs, request: api.GetQueueAttributesRequest) -> api.GetQueueAttributesResult:
    """The attributes that are asked for, as texts."""
    names = request.get("AttributeNames", [])
    rules.readable(names)
    queue = require_queue(call, sqs.store, request.get("QueueUrl", ""))
    shown = _shown(call, sqs, queue, has_counts="All" in names or any(name in rules.COUNTS for name in names))
    if "All" not in names:
        shown = {name: value for name, value in shown.items() if name in names}
    return {"Attributes": shown} if shown else {}


def set_queue_attributes(call: Call, sqs: Sqs, request: api.SetQueueAttributesRequest) -> None:
    """Change attributes; an empty text takes one back to its default."""
    queue = require_queue(call, sqs.store, request.get("QueueUrl", ""))
    rules.require(request, "Attributes")
    wanted = request["Attributes"]
    rules.changed_type(wanted, is_fifo=queue.is_fifo)
    merged = {**queue.attributes, **wanted}
    rules.attributes(wanted, is_fifo=queue.is_fifo)
    rules.attributes({key: value for key, value in merged.items() if key in rules.CHOICES}, is_fifo=queue.is_fifo)
    checked = redrive.check(sqs.store, queue, wanted)
    kept = _kept({**queue.attributes, **checked})
    sqs.store.update_queue(queue, call.now_ms, kept, queue.tags)
    changed = sqs.store.queue_by_id(queue.id)
    if changed is not None and changed.retention_ms < queue.retention_ms:
        sending.plan_expiry(call, sqs, changed, call.now_ms)


def delete_queue(call: Call, sqs: Sqs, request: api.DeleteQueueRequest) -> None:
    """Delete a queue and its messages."""
    sqs.store.delete_queue(require_queue(call, sqs.store, request.get("QueueUrl", "")))


def purge_queue(call: Call, sqs: Sqs, request: api.PurgeQueueRequest) -> None:
    """Delete all messages of a queue, at most once a minute."""
    queue = require_queue(call, sqs.store, request.get("QueueUrl", ""))
    if queue.purged_ms and call.now_ms < queue.purged_ms + rules.PURGE_MS:
        raise api.PurgeQueueInProgress(
            f"Only one PurgeQueue operation on {queue.name} is allowed every {rules.PURGE_MS // 1000} seconds."
        )
    sqs.store.purge(queue, call.now_ms)


def list_dead_letter_source_queues(
    call: Call, sqs: Sqs, request: api.ListDeadLetterSourceQueuesRequest
) -> api.ListDeadLetterSourceQueuesResult:
    """The queues whose dead letters a queue takes."""
    size = rules.number(request, "MaxResults", 1, rules.LIST_MAX, "MaxResults must be an integer between 1 and 1000.")
    target = require_queue(call, sqs.store, request.get("QueueUrl", ""))
    after = _after(request.get("NextToken", ""))
    found = [queue for queue in sqs.store.sources_of(target) if queue.name > after]
    shown = found[: size or rules.LIST_MAX]
    result: api.ListDeadLetterSourceQueuesResult = {"queueUrls": [queue_url(call, queue) for queue in shown]}
    if size is not None and len(found) > size:
        result["NextToken"] = base64.b64encode(shown[-1].name.encode()).decode()
    return result


def _require_same(known: Queue, wanted: Mapping[str, str]) -> None:
    for name, value in wanted.items():
        had = known.effective.get(name, "")
        same = had == value
        if not same and name in ("Policy", "RedrivePolicy", "RedriveAllowPolicy") and had and value:
            same = _meaning(had) == _meaning(value)
        if not same:
            raise api.QueueNameExists(
                f"A queue already exists with the same name and a different value for attribute {name}"
            )


def _meaning(text: str) -> object:
    try:
        policy = json.loads(text)
    except ValueError:
        return text
    return {key: str(value) for key, value in policy.items()} if isinstance(policy, dict) else policy


def _kept(attributes: Mapping[str, str]) -> dict[str, str]:
    """Without the attributes that were set to nothing."""
    return {name: value for name, value in attributes.items() if value != ""}


def _shown(call: Call, sqs: Sqs, queue: Queue, *, has_counts: bool) -> dict[str, str]:
    shown = {
        **queue.effective,
        "QueueArn": queue.arn,
        "CreatedTimestamp": str(queue.created_ms // 1000),
        "LastModifiedTimestamp": str(queue.modified_ms // 1000),
    }
    if queue.attributes.get("KmsMasterKeyId"):
        shown.setdefault("KmsDataKeyReusePeriodSeconds", "300")
    if has_counts:
        visible, in_flight, delayed = sqs.store.counts(queue, call.now_ms)
        shown |= dict(zip(rules.COUNTS, (str(visible), str(in_flight), str(delayed)), strict=True))
    return shown


def _after(token: str) -> str:
    if not token:
        return ""
    try:
        return base64.b64decode(token, validate=True).decode()
    except (binascii.Error, ValueError):
        raise rules.InvalidParameterValueException("Invalid NextToken value.") from None
