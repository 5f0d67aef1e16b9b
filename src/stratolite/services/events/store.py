"""The rows of buses, rules and targets, and which rules and archives an event of a bus matches."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stratolite.core.call import Call
from stratolite.services.events.domain import Archive, Bus, Rule, Target
from stratolite.services.events.index import Index
from stratolite.storage.database import Database

_BUS = "arn, account, region, name, description, settings, statements, tags, created_ms, modified_ms, version"
_RULE = "arn, bus_arn, name, pattern, schedule, state, description, role_arn, created_by, tags, scheduled_ms, tick"
INDEXES_MAX = 256


class Store:
    """Reads and writes the tables of buses, rules and targets."""

    def __init__(self, database: Database) -> None:
        self._database = database
        row = database.one("SELECT coalesce(max(version), 0) FROM events_bus")
        self._version = int(row[0]) if row else 0
        self._indexes: dict[str, tuple[int, Index[Rule | Archive]]] = {}

    # Buses -----------------------------------------------------------------------------------------------

    def bus(self, arn: str) -> Bus | None:
        row = self._database.one(f"SELECT {_BUS} FROM events_bus WHERE arn = ?", (arn,))
        return _bus(row) if row else None

    def buses(self, call: Call, prefix: str, after: str, limit: int) -> list[Bus]:
        """Buses of the caller's namespace in order of name, after a name."""
        rows = self._database.query(
            f"SELECT {_BUS} FROM events_bus WHERE account = ? AND region = ? AND name > ?"
            " AND substr(name, 1, ?) = ? ORDER BY name LIMIT ?",
            (call.account, call.region, after, len(prefix), prefix, limit),
        )
        return [_bus(row) for row in rows]

    def put_bus(self, bus: Bus) -> None:
        """Insert or replace a bus."""
        self._version += 1
        self._database.write(
            f"INSERT OR REPLACE INTO events_bus ({_BUS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                bus.arn,
                bus.account,
                bus.region,
                bus.name,
                bus.description,
                json.dumps(bus.settings),
                json.dumps(bus.statements),
                json.dumps(bus.tags),
                bus.created_ms,
                bus.modified_ms,
                self._version,
            ),
        )

    def delete_bus(self, arn: str) -> None:
        self._database.write("DELETE FROM events_bus WHERE arn = ?", (arn,))
        self._indexes.pop(arn, None)

    def touch(self, bus_arn: str) -> None:
        """What events of the bus are compared with has changed."""
        self._version += 1
        self._database.write("UPDATE events_bus SET version = ? WHERE arn = ?", (self._version, bus_arn))

    # Rules -----------------------------------------------------------------------------------------------

    def rule(self, arn: str) -> Rule | None:
        row = self._database.one(f"SELECT {_RULE} FROM events_rule WHERE arn = ?", (arn,))
        return _rule(row) if row else None

    def rules(self, bus_arn: str, prefix: str = "", after: str = "", limit: int = -1) -> list[Rule]:
        """Rules of a bus in order of name, after a name."""
        rows = self._database.query(
            f"SELECT {_RULE} FROM events_rule WHERE bus_arn = ? AND name > ? AND substr(name, 1, ?) = ?"
            " ORDER BY name LIMIT ?",
            (bus_arn, after, len(prefix), prefix, limit),
        )
        return [_rule(row) for row in rows]

    def put_rule(self, rule: Rule) -> None:
        """Insert or replace a rule."""
        self._database.write(
            f"INSERT OR REPLACE INTO events_rule ({_RULE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                rule.arn,
                rule.bus_arn,
                rule.name,
                rule.pattern,
                rule.schedule,
                rule.state,
                rule.description,
                rule.role_arn,
                rule.created_by,
                json.dumps(rule.tags),
                rule.scheduled_ms,
                rule.tick,
            ),
        )
        self.touch(rule.bus_arn)

    def set_tick(self, rule_arn: str, tick: int) -> None:
        """Which outbox row fires a rule next."""
        self._database.write("UPDATE events_rule SET tick = ? WHERE arn = ?", (tick, rule_arn))

    def delete_rule(self, rule: Rule) -> None:
        """Delete a rule and its targets."""
        self._database.write("DELETE FROM events_target WHERE rule_arn = ?", (rule.arn,))
        self._database.write("DELETE FROM events_rule WHERE arn = ?", (rule.arn,))
        self.touch(rule.bus_arn)

    def rule_names(self, bus_arn: str, target_arn: str, after: str, limit: int) -> list[str]:
        """Names of a bus's rules that have a target, in order, after a name."""
        rows = self._database.query(
            "SELECT DISTINCT r.name FROM events_target t JOIN events_rule r ON r.arn = t.rule_arn"
            " WHERE t.arn = ? AND r.bus_arn = ? AND r.name > ? ORDER BY r.name LIMIT ?",
            (target_arn, bus_arn, after, limit),
        )
        return [row[0] for row in rows]

    # Targets ---------------------------------------------------------------------------------------------

    def targets(self, rule_arn: str, after: str = "", limit: int = -1) -> list[Target]:
        """Targets of a rule in order of id, after an id."""
        rows = self._database.query(
            "SELECT settings FROM events_target WHERE rule_arn = ? AND id > ? ORDER BY id LIMIT ?",
            (rule_arn, after, limit),
        )
        return [Target(rule_arn, json.loads(row[0])) for row in rows]

    def put_target(self, target: Target) -> None:
        self._database.write(
            "INSERT OR REPLACE INTO events_target (rule_arn, id, arn, settings) VALUES (?, ?, ?, ?)",
            (target.rule_arn, target.id, target.arn, json.dumps(target.settings)),
        )

    def delete_target(self, rule_arn: str, target_id: str) -> bool:
        """Whether there was such a target."""
        return bool(
            self._database.write("DELETE FROM events_target WHERE rule_arn = ? AND id = ?", (rule_arn, target_id))
        )

    # Matching --------------------------------------------------------------------------------------------

    def matching(self, bus: Bus, event: Mapping[str, Any]) -> list[Rule | Archive]:
        """The enabled rules and the archives of a bus that an event matches.

        What they are compared with is kept by the bus's version, which no two states of it share.
        """
        known = self._indexes.get(bus.arn)
        if known is None or known[0] != bus.version:
            if len(self._indexes) >= INDEXES_MAX:
                self._indexes.clear()
            known = self._indexes[bus.arn] = (bus.version, self._index(bus.arn))
        return known[1].matching(event)

    def _index(self, bus_arn: str) -> Index[Rule | Archive]:
        entries: list[tuple[Rule | Archive, str]] = [
            (replace(rule, tags={}), rule.pattern) for rule in self.rules(bus_arn) if rule.is_enabled and rule.pattern
        ]
        rows = self._database.query(f"SELECT {ARCHIVE} FROM events_archive WHERE bus_arn = ?", (bus_arn,))
        entries += [(Archive(*row), row[6]) for row in rows]
        return Index(entries)


ARCHIVE = (
    "arn, account, region, name, bus_arn, description, pattern, retention_days, kms_key, created_ms, events,"
    " size_bytes, expiry"
)


def _bus(row: tuple[Any, ...]) -> Bus:
    arn, account, region, name, description, settings, statements, tags, *rest = row
    return Bus(
        arn,
        account,
        region,
        name,
        description,
        json.loads(settings),
        tuple(json.loads(statements)),
        json.loads(tags),
        *rest,
    )


def _rule(row: tuple[Any, ...]) -> Rule:
    arn, bus_arn, name, pattern, schedule, state, description, role_arn, created_by, tags, *rest = row
    return Rule(
        arn, bus_arn, name, pattern, schedule, state, description, role_arn, created_by, json.loads(tags), *rest
    )
