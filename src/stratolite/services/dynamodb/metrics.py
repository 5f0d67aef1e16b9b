"""What tables publish about themselves: the namespace ``AWS/DynamoDB``.

Consumed units are counted where they are known, an operation's time and its errors around it (``metered``). Nothing is
throttled here, so that there are no metrics of that. Follows
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.core.metering import Metric
from stratolite.services.dynamodb import api

if TYPE_CHECKING:
    from stratolite.core.metering import Derived, Tally
    from stratolite.core.ports.metrics import MetricSeries
    from stratolite.services.dynamodb import Dynamodb
    from stratolite.services.dynamodb.domain import Table
    from stratolite.services.world import World

NAMESPACE = "AWS/DynamoDB"
COUNTERS_MAX = 10_000

Request = TypeVar("Request", bound=Mapping[str, Any])
Answer = TypeVar("Answer")
TENTHS_PER_S = 10_000
Place = tuple[str, str, str, str]
"""Account, region, the table's name as it was given, operation."""


class _Units(NamedTuple):
    """What is counted of one table."""

    read: "MetricSeries"
    written: "MetricSeries"


class Meters:
    """Counts for all tables of one cloud."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._units: dict[int, _Units] = {}
        self._answers: dict[Place, Tally[tuple[int, int]]] = {}

    def read(self, table: "Table", units: float, indexes: Mapping[str, float] | None = None) -> None:
        """Units of reading were consumed, those of indexes apart."""
        self._of(table).read.add(units)
        if indexes:
            self._of_indexes(table, "ConsumedReadCapacityUnits", indexes)

    def wrote(self, table: "Table", units: float, indexes: Mapping[str, float] | None = None) -> None:
        """Units of writing were consumed, those of indexes apart."""
        self._of(table).written.add(units)
        if indexes:
            self._of_indexes(table, "ConsumedWriteCapacityUnits", indexes)

    def expired(self, table: "Table") -> None:
        """Time to live has ended an item."""
        call = Call(account=table.account, region=table.region)
        labels = {"TableName": table.name}
        self._world.ports.metric.count(call, NAMESPACE, "TimeToLiveDeletedItemCount", labels, 1.0, "Count")

    def answered(self, call: Call, table_name: str, operation: str, elapsed_s: float, count: int) -> None:
        """An operation has succeeded. ``count``: how many items it returned, -1 where that is no metric."""
        place = (call.account, call.region, table_name, operation)
        tally = self._answers.get(place)
        if tally is None:
            if len(self._answers) >= COUNTERS_MAX:
                self._answers.clear()
            tally = self._answers[place] = self._world.ports.metric.tally(_derive(place))
        tally.add_at((int(elapsed_s * TENTHS_PER_S), count), call.now_ms)

    def failed(self, call: Call, table_name: str, operation: str, error: AwsError) -> None:
        """An operation was refused, or has failed by a fault of ours."""
        name, labels = "UserErrors", {}
        if isinstance(error, api.ConditionalCheckFailedException):
            name, labels = "ConditionalCheckFailedRequests", {"TableName": _named(table_name)}
        elif not error.is_client_fault:
            name, labels = "SystemErrors", {"TableName": _named(table_name), "Operation": operation}
        self._world.ports.metric.count(call, NAMESPACE, name, labels, 1.0, "Count")

    def _of(self, table: "Table") -> _Units:
        units = self._units.get(table.id)
        if units is None:
            if len(self._units) >= COUNTERS_MAX:
                self._units.clear()
            call, labels = Call(account=table.account, region=table.region), {"TableName": table.name}
            series = self._world.ports.metric.series
            units = self._units[table.id] = _Units(
                series(call, NAMESPACE, "ConsumedReadCapacityUnits", labels, "Count"),
                series(call, NAMESPACE, "ConsumedWriteCapacityUnits", labels, "Count"),
            )
        return units

    def _of_indexes(self, table: "Table", metric: str, indexes: Mapping[str, float]) -> None:
        """Global indexes have metrics of their own, local ones are their table's."""
        call = Call(account=table.account, region=table.region)
        for name, units in indexes.items():
            labels = {"TableName": table.name}
            if table.by_name[name].is_global:
                labels["GlobalSecondaryIndexName"] = name
            self._world.ports.metric.count(call, NAMESPACE, metric, labels, units, "Count")


def metered(
    operation: Callable[[Call, "Dynamodb", Request], Answer],
) -> Callable[[Call, "Dynamodb", Request], Answer]:
    """An operation on one table whose time, errors and returned items are counted."""
    name = "".join(word.capitalize() for word in operation.__name__.split("_"))
    returns_items = name in ("Query", "Scan")

    @wraps(operation)
    def run(call: Call, dynamodb: "Dynamodb", request: Request) -> Answer:
        elapsed_s = dynamodb.world.clock.elapsed_s
        began_s = elapsed_s()
        try:
            answer = operation(call, dynamodb, request)
        except AwsError as error:
            dynamodb.meters.failed(call, request["TableName"], name, error)
            raise
        count: int = answer["Count"] if returns_items else -1  # type: ignore[index]
        dynamodb.meters.answered(call, request["TableName"], name, elapsed_s() - began_s, count)
        return answer

    return run


def _derive(place: Place) -> "Callable[[Mapping[tuple[int, int], float]], Derived]":
    account, region, table_name, operation = place
    labels = (("Operation", operation), ("TableName", _named(table_name)))

    def derive(counted: Mapping[tuple[int, int], float]) -> "Derived":
        latency: dict[float, float] = {}
        returned: dict[float, float] = {}
        for (elapsed, count), times in counted.items():
            latency[elapsed / 10] = latency.get(elapsed / 10, 0.0) + times
            if count >= 0:
                returned[float(count)] = returned.get(float(count), 0.0) + times
        yield Metric(account, region, NAMESPACE, "SuccessfulRequestLatency", labels, "Milliseconds"), latency
        if returned:
            yield Metric(account, region, NAMESPACE, "ReturnedItemCount", labels, "Count"), returned

    return derive


def _named(table_name: str) -> str:
    """The name of a table that may have been named by its ARN."""
    return table_name.rpartition("/")[2]
