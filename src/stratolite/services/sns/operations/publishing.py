"""Publishing: one outbox row for each subscription that accepts the message, in the transaction of the publish."""

import re

from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.services.sns import Sns, api, envelope, fifo, message, metrics, rules
from stratolite.services.sns.domain import Topic
from stratolite.services.sns.lookup import require_topic
from stratolite.services.sns.message import Message
from stratolite.services.sns.planning import delivery_of, plan, text_of

_ENTRY_ID = re.compile(r"[A-Za-z0-9_-]+")


def publish(call: Call, sns: Sns, request: api.PublishInput) -> api.PublishResponse:
    """Publish to a topic, or to a phone number."""
    if "PhoneNumber" in request:
        return _to_phone(call, sns, request)
    arn = request.get("TopicArn", request.get("TargetArn"))
    if arn is None:
        raise rules.invalid("TopicArn or TargetArn Reason: no value for required parameter")
    parts = rules.arn("TopicArn", arn)
    if parts[5].startswith("endpoint/"):
        raise rules.invalid("TargetArn Reason: No endpoint found for the target arn specified")
    checked = message.read(request)
    topic = require_topic(call, sns.store, arn)
    fifo.check(topic, checked)
    return _publish(call, sns, topic, checked)


def publish_batch(call: Call, sns: Sns, request: api.PublishBatchInput) -> api.PublishBatchResponse:
    """Publish up to ten messages; each succeeds or fails alone."""
    entries = request["PublishBatchRequestEntries"]
    topic = require_topic(call, sns.store, request["TopicArn"])
    _check_batch(entries)
    for entry in entries:
        fifo.check(topic, message.ordering(entry))
    result: api.PublishBatchResponse = {"Successful": [], "Failed": []}
    for entry in entries:
        try:
            published = _publish(call, sns, topic, message.read(entry))
        except api.InvalidParameterValueException:
            # A malformed attribute fails the whole batch, as on AWS.
            raise
        except AwsError as error:
            if "Message Structure" in error.message:
                raise
            failed: api.BatchResultErrorEntry = {
                "Id": entry["Id"],
                "Code": error.code,
                "Message": error.message,
                "SenderFault": error.is_client_fault,
            }
            result["Failed"].append(failed)
        else:
            success: api.PublishBatchResultEntry = {"Id": entry["Id"], "MessageId": published["MessageId"]}
            if "SequenceNumber" in published:
                success["SequenceNumber"] = published["SequenceNumber"]
            result["Successful"].append(success)
    return result


def _check_batch(entries: list[api.PublishBatchRequestEntry]) -> None:
    if not entries:
        raise api.EmptyBatchRequestException("The batch request doesn't contain any entries.")
    if len(entries) > rules.BATCH_ENTRIES_MAX:
        raise api.TooManyEntriesInBatchRequestException("The batch request contains more entries than permissible.")
    ids = [entry["Id"] for entry in entries]
    for entry_id in ids:
        if len(entry_id) > rules.BATCH_ID_LENGTH_MAX:
            raise api.InvalidBatchEntryIdException(
                f"The Id of a batch entry in the batch request is too long: {entry_id}"
            )
        if not _ENTRY_ID.fullmatch(entry_id):
            raise api.InvalidBatchEntryIdException(
                f"The Id of a batch entry in the batch request contains an impermissible character: {entry_id}"
            )
    if len(set(ids)) != len(ids):
        raise api.BatchEntryIdsNotDistinctException("Two or more batch entries in the request have the same Id.")
    size = sum(message.size_bytes(entry["Message"], entry.get("MessageAttributes", {})) for entry in entries)
    if size > rules.MESSAGE_BYTES_MAX:
        raise api.BatchRequestTooLongException("The length of all the messages put together is more than the limit.")


def _publish(call: Call, sns: Sns, topic: Topic, checked: Message) -> api.PublishResponse:
    """Write the deliveries of one message; its id, and its number when the topic is FIFO."""
    message_id, sequence_number = sns.world.entropy.uuid(), ""
    if topic.is_fifo:
        known = fifo.duplicate(call, sns, topic, checked)
        if known is not None:
            return {"MessageId": known[0], "SequenceNumber": known[1]}
        sequence_number = fifo.number(call, sns, topic, checked, message_id)
    _fan_out(call, sns, topic, checked, message_id, sequence_number)
    metrics.count(sns, topic.arn, "NumberOfMessagesPublished")
    size_bytes = message.size_bytes(checked.text, checked.attributes)
    metrics.count(sns, topic.arn, "PublishSize", size_bytes, "Bytes")
    if sequence_number:
        return {"MessageId": message_id, "SequenceNumber": sequence_number}
    return {"MessageId": message_id}


def _fan_out(call: Call, sns: Sns, topic: Topic, checked: Message, message_id: str, sequence_number: str) -> None:
    stored = envelope.stored_attributes(checked.attributes)
    for subscription in sns.store.subscriptions_of(topic.arn):
        if subscription.is_pending:
            continue
        if not sns.store.accepts(subscription, checked.text, checked.attributes):
            metrics.count(sns, topic.arn, "NumberOfNotificationsFilteredOut")
            continue
        delivery = {
            **delivery_of(call, topic, subscription),
            "message_id": message_id,
            "subject": checked.subject,
            "message": checked.for_protocol(subscription.protocol),
            "attributes": stored,
            "group_id": checked.group_id,
            "deduplication_id": fifo.deduplication_id(checked) if topic.is_fifo else "",
            "sequence_number": sequence_number,
        }
        plan(call, sns, delivery)


def _to_phone(call: Call, sns: Sns, request: api.PublishInput) -> api.PublishResponse:
    """Send a text message to a phone number, without a topic."""
    number = request["PhoneNumber"]
    if not rules.is_phone_number(number):
        raise rules.invalid(f"PhoneNumber Reason: {number} is not valid to publish to")
    checked, message_id = message.read(request), sns.world.entropy.uuid()
    plan(call, sns, text_of(call, number, checked, message_id))
    return {"MessageId": message_id}
