"""Consumers: registered, described, listed, deregistered, and given records as they come."""

from stratolite.core.call import Call
from stratolite.services.kinesis import Kinesis, api, iterators, reading, rules, view
from stratolite.services.kinesis.domain import Consumer
from stratolite.services.kinesis.lookup import absent, require_consumer, require_shard, require_stream


def register_stream_consumer(
    call: Call, kinesis: Kinesis, request: api.RegisterStreamConsumerInput
) -> api.RegisterStreamConsumerOutput:
    """Register a consumer; it can be used at once, though the answer says CREATING as on AWS.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_RegisterStreamConsumer.html
    """
    stream = require_stream(call, kinesis, request)
    name = request["ConsumerName"]
    if kinesis.store.consumer(stream.id, name) is not None:
        raise api.ResourceInUseException(
            f"Consumer {name} under stream {stream.arn} already exists for account {stream.account}."
        )
    if len(kinesis.store.consumers(stream.id, "", rules.CONSUMERS_MAX)) >= rules.CONSUMERS_MAX:
        raise api.LimitExceededException(
            f"Stream {stream.name} under account {stream.account} has {rules.CONSUMERS_MAX} consumers already."
        )
    consumer = Consumer(stream.id, name, call.now_ms, tags=rules.tags({}, request.get("Tags", {})))
    kinesis.store.put_consumer(consumer)
    kinesis.streams.ring(stream)
    return {"Consumer": view.consumer(stream, consumer, "CREATING")}


def deregister_stream_consumer(call: Call, kinesis: Kinesis, request: api.DeregisterStreamConsumerInput) -> None:
    """End a consumer and its subscriptions.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DeregisterStreamConsumer.html
    """
    stream, consumer = require_consumer(call, kinesis, request)
    kinesis.store.delete_consumer(consumer)
    kinesis.streams.ring(stream)


def describe_stream_consumer(
    call: Call, kinesis: Kinesis, request: api.DescribeStreamConsumerInput
) -> api.DescribeStreamConsumerOutput:
    """One consumer.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeStreamConsumer.html
    """
    stream, consumer = require_consumer(call, kinesis, request)
    return {"ConsumerDescription": {**view.consumer(stream, consumer), "StreamARN": stream.arn}}


def list_stream_consumers(
    call: Call, kinesis: Kinesis, request: api.ListStreamConsumersInput
) -> api.ListStreamConsumersOutput:
    """The consumers of a stream, in order of name.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListStreamConsumers.html
    """
    stream = require_stream(call, kinesis, request)
    created_s = request.get("StreamCreationTimestamp")
    if created_s is not None and int(created_s) != stream.created_ms // 1000:
        raise absent(stream.name, stream.account)
    limit, after = min(request.get("MaxResults", rules.CONSUMERS_LISTED), rules.CONSUMERS_LISTED), ""
    if "NextToken" in request:
        (after,) = iterators.read_token(request["NextToken"], call.now_ms, 1)
    found = kinesis.store.consumers(stream.id, str(after), limit + 1)
    answer: api.ListStreamConsumersOutput = {"Consumers": [view.consumer(stream, one) for one in found[:limit]]}
    if len(found) > limit:
        answer["NextToken"] = iterators.token(call.now_ms, found[limit - 1].name)
    return answer


async def subscribe_to_shard(
    call: Call, kinesis: Kinesis, request: api.SubscribeToShardInput
) -> api.SubscribeToShardOutput:
    """Push a shard's records to a consumer for five minutes.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SubscribeToShard.html
    """
    wanted = request["StartingPosition"]

    def begin() -> api.SubscribeToShardOutput:
        stream, consumer = require_consumer(call, kinesis, request)
        shard = require_shard(kinesis, stream, request["ShardId"], call.now_ms)
        at = reading.place(
            call, kinesis, stream, shard, wanted["Type"], wanted.get("SequenceNumber"), wanted.get("Timestamp")
        )
        until_ms = call.now_ms + rules.SUBSCRIPTION_MS
        return {"EventStream": kinesis.subscriptions.events(kinesis, stream, consumer, shard, at, until_ms)}

    return await kinesis.world.database.transact(begin)
