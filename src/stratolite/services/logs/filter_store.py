"""The tables of metric filters and subscription filters, a group's in order of name.

Whoever remembers what was read of a group is told of changes: before their commit (their own transaction sees them),
and after it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from stratolite.core.call import Call
from stratolite.storage.database import Database, Row

_METRIC = "f.group_id, g.name, f.name, f.pattern, f.transformation, f.created_ms"
_SUBSCRIPTION = "group_id, name, pattern, destination_arn, distribution, created_ms, role_arn"


@dataclass(frozen=True, slots=True)
class MetricFilter:
    """A metric filter of a group. ``transformation``: its MetricTransformation, as the API has it."""

    group_id: int
    group_name: str
    name: str
    pattern: str
    transformation: Mapping[str, Any]
    created_ms: int


@dataclass(frozen=True, slots=True)
class SubscriptionFilter:
    """A subscription filter of a group."""

    group_id: int
    name: str
    pattern: str
    destination_arn: str
    distribution: str
    created_ms: int
    role_arn: str = ""
    """Empty for functions."""


class FilterStore:
    """Rows of filters. Writes belong inside a transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.changed: Callable[[int], None] = lambda group_id: None
        """Called with the group whose filters have changed, at once and after the commit."""

    # Metric filters --------------------------------------------------------------------------------------------

    def put_metric_filter(
        self, group_id: int, name: str, pattern: str, transformation: Mapping[str, Any], now_ms: int
    ) -> None:
        """Make a filter, or change the one of that name."""
        self._database.write(
            "INSERT INTO logs_metric_filter (group_id, name, pattern, transformation, created_ms)"
            " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET pattern = excluded.pattern,"
            " transformation = excluded.transformation",
            (group_id, name, pattern, msgspec.json.encode(transformation).decode(), now_ms),
        )
        self._has_changed(group_id)

    def delete_metric_filter(self, group_id: int, name: str) -> bool:
        """Delete a filter; False when there is none of that name."""
        sql = "DELETE FROM logs_metric_filter WHERE group_id = ? AND name = ?"
        is_deleted = bool(self._database.write(sql, (group_id, name)))
        self._has_changed(group_id)
        return is_deleted

    def metric_filters(self, group_id: int) -> list[MetricFilter]:
        """The filters of a group."""
        rows = self._database.query(
            f"SELECT {_METRIC} FROM logs_metric_filter f JOIN logs_group g ON g.id = f.group_id"
            " WHERE f.group_id = ? ORDER BY f.name",
            (group_id,),
        )
        return [_metric_filter(row) for row in rows]

    def all_metric_filters(self, call: Call) -> list[MetricFilter]:
        """The filters of all groups of the caller's namespace, in order of name."""
        rows = self._database.query(
            f"SELECT {_METRIC} FROM logs_metric_filter f JOIN logs_group g ON g.id = f.group_id"
            " WHERE g.account = ? AND g.region = ? ORDER BY f.name, g.name",
            (call.account, call.region),
        )
        return [_metric_filter(row) for row in rows]

    def metric_filter_count(self, group_id: int) -> int:
        row = self._database.one("SELECT count(*) FROM logs_metric_filter WHERE group_id = ?", (group_id,))
        return int(row[0]) if row else 0

    # Subscription filters --------------------------------------------------------------------------------------

    def put_subscription_filter(self, made: SubscriptionFilter) -> None:
        """Make a filter, or change the one of that name."""
        self._database.write(
            f"INSERT INTO logs_subscription_filter ({_SUBSCRIPTION}) VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET pattern = excluded.pattern, destination_arn = excluded.destination_arn,"
            " distribution = excluded.distribution, role_arn = excluded.role_arn",
            (
                made.group_id,
                made.name,
                made.pattern,
                made.destination_arn,
                made.distribution,
                made.created_ms,
                made.role_arn,
            ),
        )
        self._has_changed(made.group_id)

    def delete_subscription_filter(self, group_id: int, name: str) -> bool:
        """Delete a filter; False when there is none of that name."""
        sql = "DELETE FROM logs_subscription_filter WHERE group_id = ? AND name = ?"
        is_deleted = bool(self._database.write(sql, (group_id, name)))
        self._has_changed(group_id)
        return is_deleted

    def subscription_filters(self, group_id: int) -> list[SubscriptionFilter]:
        """The filters of a group."""
        rows = self._database.query(
            f"SELECT {_SUBSCRIPTION} FROM logs_subscription_filter WHERE group_id = ? ORDER BY name", (group_id,)
        )
        return [SubscriptionFilter(*row) for row in rows]

    # Both --------------------------------------------------------------------------------------------------------

    def patterns(self, group_id: int, *, without_metric: str = "", without_subscription: str = "") -> list[str]:
        """The patterns of all filters of a group but those that are about to be changed."""
        metric = [one.pattern for one in self.metric_filters(group_id) if one.name != without_metric]
        subscribed = [one.pattern for one in self.subscription_filters(group_id) if one.name != without_subscription]
        return metric + subscribed

    def _has_changed(self, group_id: int) -> None:
        self.changed(group_id)
        self._database.after_commit(lambda: self.changed(group_id))


def _metric_filter(row: Row) -> MetricFilter:
    group_id, group_name, name, pattern, transformation, created_ms = row
    return MetricFilter(group_id, group_name, name, pattern, msgspec.json.decode(transformation), created_ms)
