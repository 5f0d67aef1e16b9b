"""The tables of alarms, their history and dashboards."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stratolite.core.call import Call
from stratolite.services.cloudwatch.domain import NEVER_MS, Alarm, State
from stratolite.storage.database import Database, Row

_ALARM = (
    "arn, name, settings, tags, updated_ms, state, reason, reason_data, state_updated_ms, state_changed_ms, next_ms"
    " FROM cloudwatch_alarm"
)


@dataclass(frozen=True, slots=True)
class HistoryItem:
    """What happened to an alarm. ``type``: ``ConfigurationUpdate``, ``StateUpdate`` or ``Action``."""

    id: int
    alarm: str
    type: str
    at_ms: int
    summary: str
    data: str
    alarm_type: str


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard: a document that is kept as it was put."""

    name: str
    body: str
    tags: Mapping[str, str]
    modified_ms: int


class AlarmStore:
    """Rows of alarms. Writes belong inside a transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # Alarms ----------------------------------------------------------------------------------------------------

    def alarm(self, arn: str) -> Alarm | None:
        row = self._database.one(f"SELECT {_ALARM} WHERE arn = ?", (arn,))
        return _alarm(row) if row else None

    def alarms(self, call: Call, *, prefix: str = "", after: str = "") -> list[Alarm]:
        """Alarms in order of name whose names begin with a prefix, those after a name."""
        rows = self._database.query(
            f"SELECT {_ALARM} WHERE account = ? AND region = ? AND name > ? AND substr(name, 1, ?) = ? ORDER BY name",
            (call.account, call.region, after, len(prefix), prefix),
        )
        return [_alarm(row) for row in rows]

    def alarms_of(self, call: Call, metric: str) -> list[Alarm]:
        """The alarms on a metric, by its key."""
        rows = self._database.query(
            f"SELECT {_ALARM} WHERE account = ? AND region = ? AND metric = ? ORDER BY name",
            (call.account, call.region, metric),
        )
        return [_alarm(row) for row in rows]

    def put(self, call: Call, alarm: Alarm) -> None:
        """Write an alarm, a new one or one that is known."""
        self._database.write(
            "INSERT OR REPLACE INTO cloudwatch_alarm (account, region, metric, arn, name, settings, tags, updated_ms,"
            " state, reason, reason_data, state_updated_ms, state_changed_ms, next_ms)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                call.account,
                call.region,
                "" if alarm.is_composite else alarm.watched.key,
                alarm.arn,
                alarm.name,
                json.dumps(alarm.settings),
                json.dumps(alarm.tags),
                alarm.updated_ms,
                alarm.state.value,
                alarm.state.reason,
                alarm.state.reason_data,
                alarm.state.updated_ms,
                alarm.state.changed_ms,
                alarm.next_ms,
            ),
        )

    def delete(self, arn: str) -> None:
        self._database.write("DELETE FROM cloudwatch_alarm WHERE arn = ?", (arn,))
        self._database.write("DELETE FROM cloudwatch_alarm_child WHERE parent = ?", (arn,))

    def set_tags(self, arn: str, tags: Mapping[str, str]) -> None:
        self._database.write("UPDATE cloudwatch_alarm SET tags = ? WHERE arn = ?", (json.dumps(tags), arn))

    # Evaluation ------------------------------------------------------------------------------------------------

    def due(self, now_ms: int, limit: int) -> list[Alarm]:
        """The alarms whose evaluation has come."""
        rows = self._database.query(
            f"SELECT {_ALARM} WHERE next_ms <= ? ORDER BY next_ms, arn LIMIT ?", (now_ms, limit)
        )
        return [_alarm(row) for row in rows]

    def set_next(self, arn: str, next_ms: int) -> None:
        self._database.write("UPDATE cloudwatch_alarm SET next_ms = ? WHERE arn = ?", (next_ms, arn))

    def next_ms(self) -> int | None:
        """When the next alarm is to be evaluated; None when there is none."""
        row = self._database.one("SELECT min(next_ms) FROM cloudwatch_alarm WHERE next_ms < ?", (NEVER_MS,))
        return row[0] if row else None

    # Composite alarms ------------------------------------------------------------------------------------------

    def set_children(self, parent: str, children: Sequence[str]) -> None:
        """The alarms that a composite alarm depends on, by their ARNs."""
        self._database.write("DELETE FROM cloudwatch_alarm_child WHERE parent = ?", (parent,))
        self._database.write_many(
            "INSERT INTO cloudwatch_alarm_child (parent, child) VALUES (?, ?)", [(parent, child) for child in children]
        )

    def children(self, parent: str) -> list[str]:
        rows = self._database.query(
            "SELECT child FROM cloudwatch_alarm_child WHERE parent = ? ORDER BY child", (parent,)
        )
        return [row[0] for row in rows]

    def parents(self, child: str) -> list[str]:
        """The composite alarms that depend on an alarm, by their ARNs."""
        rows = self._database.query(
            "SELECT parent FROM cloudwatch_alarm_child WHERE child = ? ORDER BY parent", (child,)
        )
        return [row[0] for row in rows]

    # History ---------------------------------------------------------------------------------------------------

    def tell(self, call: Call, alarm: Alarm, kind: str, summary: str, data: str) -> None:
        """Add an item to the history."""
        self._database.insert(
            "INSERT INTO cloudwatch_alarm_history (account, region, alarm, type, at_ms, summary, data, alarm_type)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (call.account, call.region, alarm.name, kind, call.now_ms, summary, data, alarm.type),
        )

    def history(
        self,
        call: Call,
        *,
        alarm: str,
        kind: str,
        start_ms: int,
        end_ms: int,
        descending: bool,
        limit: int,
    ) -> list[HistoryItem]:
        """Items of an alarm and a type, or of all where these are empty, in order of time."""
        order = "DESC" if descending else "ASC"
        rows = self._database.query(
            "SELECT id, alarm, type, at_ms, summary, data, alarm_type FROM cloudwatch_alarm_history"
            " WHERE account = ? AND region = ? AND (? = '' OR alarm = ?) AND (? = '' OR type = ?)"
            f" AND at_ms >= ? AND at_ms <= ? ORDER BY at_ms {order}, id {order} LIMIT ?",
            (call.account, call.region, alarm, alarm, kind, kind, start_ms, end_ms, limit),
        )
        return [HistoryItem(*row) for row in rows]

    def forget_history(self, before_ms: int) -> None:
        self._database.write("DELETE FROM cloudwatch_alarm_history WHERE at_ms < ?", (before_ms,))

    # Dashboards ------------------------------------------------------------------------------------------------

    def dashboard(self, call: Call, name: str) -> Dashboard | None:
        row = self._database.one(
            "SELECT name, body, tags, modified_ms FROM cloudwatch_dashboard WHERE account = ? AND name = ?",
            (call.account, name),
        )
        return _dashboard(row) if row else None

    def dashboards(self, call: Call, prefix: str) -> list[Dashboard]:
        """Dashboards in order of name: they belong to the account, not to a region."""
        rows = self._database.query(
            "SELECT name, body, tags, modified_ms FROM cloudwatch_dashboard"
            " WHERE account = ? AND substr(name, 1, ?) = ? ORDER BY name",
            (call.account, len(prefix), prefix),
        )
        return [_dashboard(row) for row in rows]

    def put_dashboard(self, call: Call, dashboard: Dashboard) -> None:
        self._database.write(
            "INSERT OR REPLACE INTO cloudwatch_dashboard (account, name, body, tags, modified_ms)"
            " VALUES (?, ?, ?, ?, ?)",
            (call.account, dashboard.name, dashboard.body, json.dumps(dashboard.tags), dashboard.modified_ms),
        )

    def delete_dashboard(self, call: Call, name: str) -> None:
        self._database.write("DELETE FROM cloudwatch_dashboard WHERE account = ? AND name = ?", (call.account, name))


def _alarm(row: Row) -> Alarm:
    arn, name, settings, tags, updated_ms, *state, next_ms = row
    loaded: dict[str, Any] = json.loads(settings)
    return Alarm(arn, name, loaded, json.loads(tags), updated_ms, State(*state), next_ms)


def _dashboard(row: Row) -> Dashboard:
    name, body, tags, modified_ms = row
    return Dashboard(name, body, json.loads(tags), modified_ms)
