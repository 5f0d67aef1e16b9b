"""Finding the queue that a URL or an ARN names, with AWS's errors."""

import re
from urllib.parse import unquote, urlsplit

from stratolite.core.call import Call
from stratolite.http.hosts import aws_host
from stratolite.services.sqs import api, rules
from stratolite.services.sqs.domain import Message, Queue, Receipt
from stratolite.services.sqs.store import Store

_PATH = re.compile(r"(?:.*/)?(?:(\d{12})|queue)/([^/]+)/?")
"""``/123456789012/jobs``, or ``/queue/jobs`` as ElasticMQ has it, whose URLs applications hold for tests."""


def queue_url(call: Call, queue: Queue) -> str:
    """A queue's URL, at the host by which the caller reached the server."""
    return f"{call.endpoint}/{queue.account}/{queue.name}"


def require_queue(call: Call, store: Store, url: str) -> Queue:
    """The queue of a URL: its path counts, whatever the host. Raises QueueDoesNotExist, MissingRequiredParameter.

    A URL of AWS's own is written into the application with the account that it has there: where that account has no
    such queue here, it is the caller's.
    """
    rules.require({"QueueUrl": url}, "QueueUrl")
    parts = urlsplit(url)
    found = _PATH.fullmatch(parts.path)
    # A bare name stands for a queue of the caller's own.
    account, name = (found[1] or call.account, unquote(found[2])) if found else (call.account, unquote(url))
    queue = store.queue(account, call.region, name)
    if queue is None and account != call.account and aws_host(parts.netloc) is not None:
        queue = store.queue(call.account, call.region, name)
    if queue is None:
        raise api.QueueDoesNotExist("The specified queue does not exist.")
    return queue


def receipt(handle: str) -> Receipt:
    """What a receipt handle says. Raises ReceiptHandleIsInvalid."""
    rules.require({"ReceiptHandle": handle}, "ReceiptHandle")
    parsed = Receipt.parse(handle)
    if parsed is None:
        raise api.ReceiptHandleIsInvalid(f'The input receipt handle "{handle}" is not a valid receipt handle.')
    return parsed


def held(store: Store, queue: Queue, handle: str) -> Message | None:
    """The message that a receipt handle holds; None when it is gone or was received again since."""
    parsed = receipt(handle)
    if parsed.queue_id != queue.id:
        raise api.ReceiptHandleIsInvalid(f'The input receipt handle "{handle}" is not a valid receipt handle.')
    message = store.message(queue, parsed.row)
    return message if message is not None and message.receipt == parsed.token else None
