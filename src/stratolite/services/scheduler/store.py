"""The rows of groups and schedules."""

import json
from collections.abc import Mapping

from stratolite.core.call import Call
from stratolite.services.scheduler.domain import GROUP_DEFAULT, Group, Schedule
from stratolite.storage.database import Database, Row

_SCHEDULE = "id, account, region, group_name, name, revision, created_ms, modified_ms, client_token, body"


class Store:
    """Reads and writes the service's tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # Groups ----------------------------------------------------------------------------------------------

    def group(self, call: Call, name: str) -> Group | None:
        row = self._database.one(
            "SELECT tags, created_ms FROM scheduler_group WHERE account = ? AND region = ? AND name = ?",
            (call.account, call.region, name),
        )
        if row is None:
            return Group(call.account, call.region, name, {}, 0) if name == GROUP_DEFAULT else None
        return Group(call.account, call.region, name, json.loads(row[0]), row[1])

    def groups(self, call: Call) -> list[Group]:
        """All groups in order of name, the default one among them."""
        rows = self._database.query(
            "SELECT name, tags, created_ms FROM scheduler_group WHERE account = ? AND region = ?",
            (call.account, call.region),
        )
        found = {
            name: Group(call.account, call.region, name, json.loads(tags), created) for name, tags, created in rows
        }
        found.setdefault(GROUP_DEFAULT, Group(call.account, call.region, GROUP_DEFAULT, {}, 0))
        return [found[name] for name in sorted(found)]

    def put_group(self, group: Group, tags: Mapping[str, str]) -> None:
        self._database.write(
            "INSERT OR REPLACE INTO scheduler_group VALUES (?, ?, ?, ?, ?)",
            (group.account, group.region, group.name, json.dumps(dict(tags)), group.created_ms),
        )

    def delete_group(self, call: Call, name: str) -> None:
        """Delete a group and its schedules."""
        space = (call.account, call.region, name)
        self._database.write(
            "DELETE FROM scheduler_schedule WHERE account = ? AND region = ? AND group_name = ?", space
        )
        self._database.write("DELETE FROM scheduler_group WHERE account = ? AND region = ? AND name = ?", space)

    # Schedules -------------------------------------------------------------------------------------------

    def schedule(self, call: Call, group: str, name: str) -> Schedule | None:
        row = self._database.one(
            f"SELECT {_SCHEDULE} FROM scheduler_schedule"
            " WHERE account = ? AND region = ? AND group_name = ? AND name = ?",
            (call.account, call.region, group, name),
        )
        return _schedule(row) if row else None

    def schedule_by_id(self, schedule_id: int) -> Schedule | None:
        row = self._database.one(f"SELECT {_SCHEDULE} FROM scheduler_schedule WHERE id = ?", (schedule_id,))
        return _schedule(row) if row else None

    def schedules(self, call: Call, after: tuple[str, str], limit: int, group: str, prefix: str) -> list[Schedule]:
        """Schedules in order of group and name, after one; of one group, and with a prefix, where those are given."""
        rows = self._database.query(
            f"SELECT {_SCHEDULE} FROM scheduler_schedule WHERE account = ? AND region = ?"
            " AND (group_name, name) > (?, ?) AND (? = '' OR group_name = ?) AND substr(name, 1, ?) = ?"
            " ORDER BY group_name, name LIMIT ?",
            (call.account, call.region, *after, group, group, len(prefix), prefix, limit),
        )
        return [_schedule(row) for row in rows]

    def insert_schedule(self, schedule: Schedule) -> int:
        """Add a schedule; its id."""
        return self._database.insert(
            "INSERT INTO scheduler_schedule (account, region, group_name, name, revision, created_ms, modified_ms,"
            " client_token, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                schedule.account,
                schedule.region,
                schedule.group,
                schedule.name,
                schedule.revision,
                schedule.created_ms,
                schedule.modified_ms,
                schedule.client_token,
                json.dumps(schedule.body),
            ),
        )

    def update_schedule(self, schedule: Schedule) -> None:
        self._database.write(
            "UPDATE scheduler_schedule SET revision = ?, modified_ms = ?, body = ? WHERE id = ?",
            (schedule.revision, schedule.modified_ms, json.dumps(schedule.body), schedule.id),
        )

    def delete_schedule(self, schedule_id: int) -> None:
        self._database.write("DELETE FROM scheduler_schedule WHERE id = ?", (schedule_id,))


def _schedule(row: Row) -> Schedule:
    schedule_id, account, region, group, name, revision, created_ms, modified_ms, token, body = row
    return Schedule(
        schedule_id, account, region, group, name, revision, created_ms, modified_ms, token, json.loads(body)
    )
