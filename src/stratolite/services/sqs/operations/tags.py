"""Tags of queues."""

from stratolite.core.call import Call
from stratolite.services.sqs import Sqs, api, rules
from stratolite.services.sqs.lookup import require_queue


def list_queue_tags(call: Call, sqs: Sqs, request: api.ListQueueTagsRequest) -> api.ListQueueTagsResult:
    """The tags of a queue."""
    queue = require_queue(call, sqs.store, request.get("QueueUrl", ""))
    return {"Tags": dict(queue.tags)} if queue.tags else {}


def tag_queue(call: Call, sqs: Sqs, request: api.TagQueueRequest) -> None:
    """Add tags, or give new values to those that are there."""
    rules.require(request, "Tags")
    queue = require_queue(call, sqs.store, request.get("QueueUrl", ""))
    tags = {**queue.tags, **request["Tags"]}
    if len(tags) > rules.TAGS_MAX:
        raise rules.InvalidParameterValueException(f"Too many tags added for queue {queue.name}.")
    sqs.store.update_queue(queue, queue.modified_ms, queue.attributes, tags)


def untag_queue(call: Call, sqs: Sqs, request: api.UntagQueueRequest) -> None:
    """Remove tags; one that is not there is no error."""
    rules.tag_keys(request.get("TagKeys", []))
    queue = require_queue(call, sqs.store, request.get("QueueUrl", ""))
    tags = {key: value for key, value in queue.tags.items() if key not in request["TagKeys"]}
    sqs.store.update_queue(queue, queue.modified_ms, queue.attributes, tags)
