"""The table of resource policies: of an account in a region, by name, and of a group, which has one at most."""

from dataclasses import dataclass

from stratolite.core.call import Call
from stratolite.storage.database import Database

_COLUMNS = "p.name, p.document, p.revision, p.updated_ms, coalesce(g.name, ''), p.group_id"
_FROM = "FROM logs_resource_policy p LEFT JOIN logs_group g ON g.id = p.group_id WHERE p.account = ? AND p.region = ?"


@dataclass(frozen=True, slots=True)
class ResourcePolicy:
    """A resource policy. ``group_id`` None: it is the account's."""

    name: str
    document: str
    revision: str
    updated_ms: int
    group_name: str = ""
    group_id: int | None = None


class PolicyStore:
    """Rows of resource policies. Writes belong inside a transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_account(self, call: Call) -> list[ResourcePolicy]:
        """The policies of the caller's account and region, in order of name."""
        return self._found(call, "p.group_id IS NULL")

    def of_groups(self, call: Call) -> list[ResourcePolicy]:
        """The policies of groups, in order of the groups' names."""
        return self._found(call, "p.group_id IS NOT NULL")

    def put(self, call: Call, policy: ResourcePolicy) -> None:
        """Keep a policy in the place of the one before."""
        self.delete(call, policy)
        self._database.insert(
            "INSERT INTO logs_resource_policy (account, region, group_id, name, document, revision, updated_ms)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                call.account,
                call.region,
                policy.group_id,
                policy.name,
                policy.document,
                policy.revision,
                policy.updated_ms,
            ),
        )

    def delete(self, call: Call, policy: ResourcePolicy) -> None:
        if policy.group_id is None:
            self._database.write(
                "DELETE FROM logs_resource_policy WHERE account = ? AND region = ? AND name = ? AND group_id IS NULL",
                (call.account, call.region, policy.name),
            )
        else:
            self._database.write("DELETE FROM logs_resource_policy WHERE group_id = ?", (policy.group_id,))

    def _found(self, call: Call, scope: str) -> list[ResourcePolicy]:
        rows = self._database.query(
            f"SELECT {_COLUMNS} {_FROM} AND {scope} ORDER BY g.name, p.name", (call.account, call.region)
        )
        return [ResourcePolicy(*row) for row in rows]
