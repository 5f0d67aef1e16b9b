"""What is pushed to consumers: the records of a shard as they come, for five minutes.

Source: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SubscribeToShard.html
"""

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from stratolite.core.call import Call
from stratolite.services.kinesis import reading, rules, view
from stratolite.services.kinesis.domain import Consumer, Shard, Stream

if TYPE_CHECKING:
    from stratolite.services.kinesis import Kinesis

_Place = tuple[str, int]


class Subscriptions:
    """Who is subscribed to which shard: a later subscription of a consumer takes an earlier one's place."""

    def __init__(self) -> None:
        self._latest: dict[_Place, object] = {}

    async def events(
        self, kinesis: "Kinesis", stream: Stream, consumer: Consumer, shard: Shard, at: int, until_ms: int
    ) -> AsyncIterator[Any]:
        """The events of one subscription. The first tells where it stands, whether or not there are records."""
        place, me = (consumer.arn(stream), shard.number), object()
        self._latest[place] = me
        news = asyncio.Event()
        news.set()
        unwatch = kinesis.streams.watch(stream.arn, news.set)
        timer = asyncio.ensure_future(kinesis.world.clock.sleep_until(until_ms))
        timer.add_done_callback(lambda _: news.set())
        next_at: int | None = at
        is_told = False
        try:
            while next_at is not None and self._latest.get(place) is me:
                await news.wait()
                news.clear()
                if timer.done():
                    break
                event, reached = await kinesis.world.database.transact(
                    lambda at=next_at: _event(kinesis, stream, consumer, shard.number, at)  # type: ignore[misc]
                )
                if event is None:
                    yield {"ResourceNotFoundException": {"message": f"{consumer.arn(stream)} is gone."}}
                    break
                if reached != next_at or not is_told:
                    is_told, next_at = True, reached
                    # There may be more than one event holds.
                    news.set()
                    yield {"SubscribeToShardEvent": event}
        finally:
            timer.cancel()
            unwatch()
            if self._latest.get(place) is me:
                del self._latest[place]


def _event(
    kinesis: "Kinesis", stream: Stream, consumer: Consumer, number: int, at: int
) -> tuple[dict[str, Any] | None, int | None]:
    """What there is from a number on, and the number at which to go on; no event: shard or consumer are gone."""
    call = Call(account=stream.account, region=stream.region, now_ms=kinesis.world.clock.now_ms())
    shard = kinesis.store.shard(stream.id, number)
    if shard is None or kinesis.store.consumer(stream.id, consumer.name) != consumer:
        return None, None
    found = reading.page(call, kinesis, stream, shard, at, rules.READ_RECORDS_MAX)
    event: dict[str, Any] = {
        "Records": [view.record(stream, record) for record in found.records],
        "MillisBehindLatest": found.behind_ms,
    }
    if found.next_at is not None:
        event["ContinuationSequenceNumber"] = stream.sequence_number(max(found.next_at - 1, shard.first))
    else:
        event["ChildShards"] = view.children(kinesis.store.shards(stream.id), shard)
    return event, found.next_at
