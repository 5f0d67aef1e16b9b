"""What lines cause as they come in, in the transaction that writes them: metrics and deliveries.

Metric filters and the embedded metric format go to CloudWatch through its own PutMetricData; subscription filters make
deliveries. Lines of a group that has no filters cost one look for the embedded format's mark each (about 50 ns), and
what is counted of a batch; a group's filters are read once, and again when they have changed. Groups of the class
INFREQUENT_ACCESS have none of these, as on AWS.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.core.ports.metrics import MetricSeries
from stratolite.services.logs import embedded, subscription
from stratolite.services.logs.domain import Group, Place
from stratolite.services.logs.filter_store import FilterStore, SubscriptionFilter
from stratolite.services.logs.filters import Matcher, matcher
from stratolite.services.logs.store import Store
from stratolite.services.logs.transformation import Transformation, transformation
from stratolite.services.world import World

GROUPS_WATCHED_MAX = 4096
NAMESPACE = "AWS/Logs"
DATA_MAX = 1000
"""How many MetricDatum one PutMetricData takes."""

Event = tuple[int, str]
log = logging.getLogger("stratolite.logs")


@dataclass(frozen=True)
class Watched:
    """A group, its filters, read, and what is counted of its lines."""

    group: Group
    transformations: Sequence[Transformation]
    subscriptions: Sequence[tuple[SubscriptionFilter, Matcher]]
    """Each with what its pattern matches."""
    lines: MetricSeries
    size: MetricSeries


class Intake:
    """Sees every line once, when it is written."""

    def __init__(self, world: World, store: Store, filters: FilterStore) -> None:
        self._world = world
        self._store = store
        self._filters = filters
        self._watched: dict[int, Watched] = {}
        filters.changed = self._forget

    def take(
        self,
        call: Call,
        group_id: int,
        stream: str,
        batch_id: int,
        events: Sequence[Event],
        size_bytes: int,
        *,
        of_service: bool,
    ) -> None:
        """Lines were written, in order of time, as the batch ``batch_id``. ``of_service``: a service wrote them."""
        watched = self._watched.get(group_id) or self._read(group_id)
        watched.lines.add(len(events))
        watched.size.add(size_bytes)
        self._filter(call, watched, stream, batch_id, events)
        carriers = [message for _, message in events if embedded.MARK in message]
        if carriers and watched.group.group_class == "STANDARD":
            self._take_embedded(call, watched.group, carriers, of_service=of_service)

    def _forget(self, group_id: int) -> None:
        self._watched.pop(group_id, None)

    def _read(self, group_id: int) -> Watched:
        group = self._store.group_of_id(group_id)
        assert group is not None, "lines belong to a group"
        call, meter = Call(account=group.account, region=group.region), self._world.ports.metric
        sets: list[dict[str, str]] = [{}, {"LogGroupName": group.name}]
        watched = Watched(
            group,
            [transformation(one.pattern, one.transformation) for one in self._filters.metric_filters(group_id)],  # type: ignore[arg-type]
            [(one, matcher(one.pattern)) for one in self._filters.subscription_filters(group_id)],
            meter.shared(call, NAMESPACE, "IncomingLogEvents", sets),
            meter.shared(call, NAMESPACE, "IncomingBytes", sets, "Bytes"),
        )
        if len(self._watched) >= GROUPS_WATCHED_MAX:
            self._watched.clear()
        self._watched[group_id] = watched
        return watched

    def _filter(self, call: Call, watched: Watched, stream: str, batch_id: int, events: Sequence[Event]) -> None:
        group = watched.group
        here = call.within(group.account, group.region)
        for one in watched.transformations:
            data = one.data(events)
            for start in range(0, len(data), DATA_MAX):
                self._publish(here, one.namespace, data[start : start + DATA_MAX])
        for subscribed, matches in watched.subscriptions:
            found = [
                {"id": Place(time_ms, batch_id, position).digits(), "timestamp": time_ms, "message": message}
                for position, (time_ms, message) in enumerate(events)
                if matches(message)
            ]
            if found:
                arn = subscribed.destination_arn
                row = subscription.payload(group, stream, subscribed.name, arn, found, subscribed.distribution)
                self._world.outbox.put(here, subscription.DELIVER, row, source=group.arn, target=arn)

    def _take_embedded(self, call: Call, group: Group, messages: Sequence[str], *, of_service: bool) -> None:
        here = call.within(group.account, group.region)
        found = [embedded.read(message, has_prefix=of_service) for message in messages]
        errors = sum((one.errors for one in found), start=type(found[0].errors)())
        for namespace, data in embedded.by_namespace([datum for one in found for datum in one.data], DATA_MAX):
            if not self._publish(here, namespace, data):
                # One by one: those that can be kept are.
                refused = sum(not self._publish(here, namespace, [datum]) for datum in data) if len(data) > 1 else 1
                errors[embedded.VALIDATION_ERRORS] += refused
        for name, count in errors.items():
            self._world.ports.metric.count(here, NAMESPACE, name, {"LogGroupName": group.name}, count)

    def _publish(self, call: Call, namespace: str, data: Sequence[Mapping[str, Any]]) -> bool:
        """Give metrics to CloudWatch in the current transaction; whether it took them."""
        request = {"Namespace": namespace, "MetricData": list(data)}
        try:
            self._world.operations.run(call, "cloudwatch", "PutMetricData", request)
        except AwsError as error:
            log.warning("CloudWatch refused metrics of %s: %s", namespace, error)
            return False
        return True
