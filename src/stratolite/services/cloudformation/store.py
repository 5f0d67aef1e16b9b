"""The rows of stacks, resources, events, change sets and exports."""

import hashlib
import json
from dataclasses import asdict
from typing import Any

from stratolite.core.call import Call
from stratolite.services.cloudformation.domain import Asked, ChangeSet, Resource, Stack
from stratolite.storage.database import Database

_HOLDERS = ("target", "settled", "fallback")
"""The fields of a stack that hold templates beside other things."""
_TEXTS = ("template", "processed")


class Store:
    """Reads and writes the service's tables.

    Templates stand in rows of their own: a stack is written at every step of an operation, its template once.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    # Stacks ----------------------------------------------------------------------------------------------

    def stack(self, stack_id: str) -> Stack | None:
        row = self._database.one("SELECT body FROM cloudformation_stack WHERE stack_id = ?", (stack_id,))
        return self._stack(row[0]) if row else None

    def stack_named(self, call: Call, name: str) -> Stack | None:
        """The stack that has a name now; deleted ones are known by their id alone."""
        row = self._database.one(
            "SELECT body FROM cloudformation_stack WHERE account = ? AND region = ? AND name = ?"
            " AND status <> 'DELETE_COMPLETE' ORDER BY created_ms DESC LIMIT 1",
            (call.account, call.region, name),
        )
        return self._stack(row[0]) if row else None

    def stacks(self, call: Call) -> list[Stack]:
        """All stacks, deleted ones too, the newest first."""
        rows = self._database.query(
            "SELECT body FROM cloudformation_stack WHERE account = ? AND region = ? ORDER BY created_ms DESC, name",
            (call.account, call.region),
        )
        return [self._stack(row[0]) for row in rows]

    def put_stack(self, stack: Stack) -> None:
        body = asdict(stack)
        digests = self._put_texts(stack.stack_id, body)
        if not stack.phase:
            self._drop_texts(stack.stack_id, digests)
        self._database.write(
            "INSERT INTO cloudformation_stack VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (stack_id) DO UPDATE SET status = excluded.status, body = excluded.body",
            (
                stack.stack_id,
                stack.account,
                stack.region,
                stack.name,
                stack.status,
                stack.created_ms,
                json.dumps(body),
            ),
        )

    def _stack(self, text: str) -> Stack:
        body = json.loads(text)
        for holder in _holders(body):
            for name in _TEXTS:
                if holder.get(name):
                    holder[name] = self._text(body["stack_id"], holder[name])
        return Stack(**body)

    def _text(self, stack_id: str, digest: str) -> str:
        row = self._database.one(
            "SELECT text FROM cloudformation_template WHERE stack_id = ? AND digest = ?", (stack_id, digest)
        )
        assert row is not None, "a stack's templates are written with it"
        return str(row[0])

    def _put_texts(self, stack_id: str, body: dict[str, Any]) -> set[str]:
        """Put digests in the places of templates; the digests."""
        digests = set()
        for holder in _holders(body):
            for name in _TEXTS:
                text = holder.get(name, "")
                if text:
                    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
                    holder[name] = digest
                    digests.add(digest)
                    self._database.write(
                        "INSERT INTO cloudformation_template VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                        (stack_id, digest, text),
                    )
        return digests

    def _drop_texts(self, stack_id: str, kept: set[str]) -> None:
        rows = self._database.query("SELECT digest FROM cloudformation_template WHERE stack_id = ?", (stack_id,))
        for (digest,) in rows:
            if digest not in kept:
                self._database.write(
                    "DELETE FROM cloudformation_template WHERE stack_id = ? AND digest = ?", (stack_id, digest)
                )

    # Resources -------------------------------------------------------------------------------------------

    def resources(self, stack_id: str) -> dict[str, Resource]:
        rows = self._database.query(
            "SELECT logical_id, body FROM cloudformation_resource WHERE stack_id = ?", (stack_id,)
        )
        return {row[0]: Resource(**json.loads(row[1])) for row in rows}

    def put_resource(self, stack_id: str, resource: Resource) -> None:
        self._database.write(
            "INSERT INTO cloudformation_resource VALUES (?, ?, ?)"
            " ON CONFLICT (stack_id, logical_id) DO UPDATE SET body = excluded.body",
            (stack_id, resource.logical_id, json.dumps(asdict(resource))),
        )

    def drop_resource(self, stack_id: str, logical_id: str) -> None:
        self._database.write(
            "DELETE FROM cloudformation_resource WHERE stack_id = ? AND logical_id = ?", (stack_id, logical_id)
        )

    # What the running update has changed ---------------------------------------------------------------------

    def befores(self, stack_id: str) -> dict[str, Resource | None]:
        """The resources that were changed, as they were, in the order of their change."""
        rows = self._database.query(
            "SELECT logical_id, body FROM cloudformation_before WHERE stack_id = ? ORDER BY position", (stack_id,)
        )
        return {row[0]: Resource(**json.loads(row[1])) if row[1] else None for row in rows}

    def put_before(self, stack_id: str, logical_id: str, resource: Resource | None) -> None:
        body = json.dumps(asdict(resource)) if resource is not None else None
        self._database.write(
            "INSERT INTO cloudformation_before SELECT ?, ?, count(*), ? FROM cloudformation_before WHERE stack_id = ?"
            " ON CONFLICT DO NOTHING",
            (stack_id, logical_id, body, stack_id),
        )

    def drop_before(self, stack_id: str, logical_id: str) -> None:
        self._database.write(
            "DELETE FROM cloudformation_before WHERE stack_id = ? AND logical_id = ?", (stack_id, logical_id)
        )

    def drop_befores(self, stack_id: str) -> None:
        self._database.write("DELETE FROM cloudformation_before WHERE stack_id = ?", (stack_id,))

    # Events ----------------------------------------------------------------------------------------------

    def add_event(self, stack_id: str, event: dict[str, Any]) -> None:
        self._database.write(
            "INSERT INTO cloudformation_event (stack_id, body) VALUES (?, ?)", (stack_id, json.dumps(event))
        )

    def events(self, stack_id: str, before: int, limit: int) -> list[tuple[int, dict[str, Any]]]:
        """Events with their numbers, the newest first, older than a number."""
        rows = self._database.query(
            "SELECT id, body FROM cloudformation_event WHERE stack_id = ? AND id < ? ORDER BY id DESC LIMIT ?",
            (stack_id, before, limit),
        )
        return [(row[0], json.loads(row[1])) for row in rows]

    # Change sets -----------------------------------------------------------------------------------------

    def change_set(self, change_set_id: str) -> ChangeSet | None:
        row = self._database.one("SELECT body FROM cloudformation_change_set WHERE change_set_id = ?", (change_set_id,))
        return ChangeSet(**json.loads(row[0])) if row else None

    def change_sets(self, stack_id: str) -> list[ChangeSet]:
        rows = self._database.query(
            "SELECT body FROM cloudformation_change_set WHERE stack_id = ? ORDER BY created_ms, name", (stack_id,)
        )
        return [ChangeSet(**json.loads(row[0])) for row in rows]

    def put_change_set(self, change_set: ChangeSet) -> None:
        self._database.write(
            "INSERT INTO cloudformation_change_set VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (change_set_id) DO UPDATE SET body = excluded.body",
            (
                change_set.change_set_id,
                change_set.stack_id,
                change_set.name,
                change_set.created_ms,
                json.dumps(asdict(change_set)),
            ),
        )

    def drop_change_set(self, change_set_id: str) -> None:
        self._database.write("DELETE FROM cloudformation_change_set WHERE change_set_id = ?", (change_set_id,))

    # Requests to those who make custom resources -----------------------------------------------------------

    def request(self, token: str) -> Asked | None:
        return self._asked("SELECT * FROM cloudformation_request WHERE token = ?", token)

    def open_request(self, stack_id: str) -> Asked | None:
        """The request that a stack waits for."""
        return self._asked("SELECT * FROM cloudformation_request WHERE stack_id = ? AND is_open = 1", stack_id)

    def _asked(self, sql: str, value: str) -> Asked | None:
        row = self._database.one(sql, (value,))
        if row is None:
            return None
        token, stack_id, logical_id, request_id, overdue_id, is_open, answer = row
        return Asked(token, stack_id, logical_id, request_id, overdue_id, bool(is_open), answer)

    def put_request(self, asked: Asked) -> None:
        self._database.write(
            "INSERT INTO cloudformation_request (token, stack_id, logical_id, request_id, overdue_id)"
            " VALUES (?, ?, ?, ?, ?)",
            (asked.token, asked.stack_id, asked.logical_id, asked.request_id, asked.overdue_id),
        )

    def answer_request(self, token: str, answer: str) -> None:
        self._database.write("UPDATE cloudformation_request SET answer = ? WHERE token = ?", (answer, token))

    def close_request(self, token: str) -> None:
        self._database.write("UPDATE cloudformation_request SET is_open = 0 WHERE token = ?", (token,))

    def drop_closed_requests(self, stack_id: str) -> None:
        self._database.write("DELETE FROM cloudformation_request WHERE stack_id = ? AND is_open = 0", (stack_id,))

    # Exports and imports ----------------------------------------------------------------------------------

    def exports(self, call: Call) -> list[tuple[str, str, str]]:
        """(name, value, stack id) in order of name."""
        rows = self._database.query(
            "SELECT name, value, stack_id FROM cloudformation_export WHERE account = ? AND region = ? ORDER BY name",
            (call.account, call.region),
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def put_export(self, call: Call, name: str, value: str, stack_id: str) -> None:
        self._database.write(
            "INSERT INTO cloudformation_export VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (account, region, name) DO UPDATE SET value = excluded.value, stack_id = excluded.stack_id",
            (call.account, call.region, name, value, stack_id),
        )

    def drop_export(self, call: Call, name: str) -> None:
        self._database.write(
            "DELETE FROM cloudformation_export WHERE account = ? AND region = ? AND name = ?",
            (call.account, call.region, name),
        )

    def importers(self, call: Call, name: str) -> list[str]:
        """The ids of the stacks that import an export."""
        rows = self._database.query(
            "SELECT stack_id FROM cloudformation_import WHERE account = ? AND region = ? AND name = ? ORDER BY 1",
            (call.account, call.region, name),
        )
        return [row[0] for row in rows]

    def set_imports(self, call: Call, stack_id: str, names: set[str]) -> None:
        self._database.write("DELETE FROM cloudformation_import WHERE stack_id = ?", (stack_id,))
        self._database.write_many(
            "INSERT INTO cloudformation_import VALUES (?, ?, ?, ?)",
            [(call.account, call.region, name, stack_id) for name in sorted(names)],
        )


def _holders(body: dict[str, Any]) -> list[dict[str, Any]]:
    # Stacks of an earlier version have not all of them.
    return [body, *(body[name] for name in _HOLDERS if name in body)]
