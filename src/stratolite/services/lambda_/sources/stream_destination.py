"""Where records go that a mapping has given up: a queue, a topic, or a bucket, which gets the records themselves too.

They are handed over in the transaction in which the lane passes them. A destination that is not there any more is
logged, and the records are gone, as on AWS. A bucket is written by a delivery of its own, which that transaction adds.
Source: https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
"""

import logging

import msgspec

from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.services.lambda_.destinations import OBJECT_KIND, StoredRecord
from stratolite.services.lambda_.sources.batch import Answer
from stratolite.services.lambda_.sources.stream_event import Place, event, failure_record, object_key
from stratolite.services.lambda_.sources.stream_lane import Discard
from stratolite.services.world import World

log = logging.getLogger("stratolite.lambda")


def send(call: Call, world: World, mapping_id: str, target: str, place: Place, discard: Discard) -> None:
    """Tell a destination (its ARN) of records that were given up, in the current transaction."""
    answer = discard.answer or Answer(world.entropy.uuid())
    record = failure_record(place, discard.items, discard.condition, discard.invokes, answer, call.now_ms)

    def put() -> None:
        if ":s3:" in target:
            # As on AWS, the event is a text in the document.
            record["payload"] = event(place, discard.items).decode()
            key = object_key(mapping_id, place.shard_id, call.now_ms, world.entropy.uuid())
            stored = StoredRecord(target.split(":")[5], key, msgspec.json.encode(record))
            world.outbox.put(call, OBJECT_KIND, msgspec.msgpack.encode(stored), source=place.stream_arn, target=target)
        elif ":sns:" in target:
            world.ports.topic.publish(call, target, msgspec.json.encode(record).decode())
        else:
            world.ports.queue.send(call, target, msgspec.json.encode(record).decode())

    try:
        world.database.nested(put)
    except AwsError as error:
        log.warning("%s was not told of records of %s that were given up: %s", target, place.stream_arn, error)
