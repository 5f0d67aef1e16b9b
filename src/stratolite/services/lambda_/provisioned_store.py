"""The table of provisioned concurrency, and sums of what is reserved and provisioned."""

from dataclasses import dataclass

from stratolite.services.lambda_.domain import FunctionName
from stratolite.services.lambda_.rules import CONCURRENCY_MAX
from stratolite.storage.database import Database

_OF_FUNCTION = "account = ? AND region = ? AND function = ?"


@dataclass(frozen=True, slots=True)
class ProvisionedConfig:
    """How many environments a version or an alias (``name`` has it as qualifier) shall have ready."""

    name: FunctionName
    requested: int
    modified_ms: int


class ProvisionedStore:
    """Rows of provisioned concurrency. Writes belong inside a transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, config: ProvisionedConfig) -> None:
        """Write a configuration, new or known."""
        self._database.write(
            "INSERT OR REPLACE INTO lambda_provisioned_concurrency VALUES (?, ?, ?, ?, ?, ?)",
            (*_key(config.name), config.name.qualifier, config.requested, config.modified_ms),
        )

    def config(self, name: FunctionName) -> ProvisionedConfig | None:
        """The configuration of a version or alias."""
        found = [config for config in self.configs(name) if config.name.qualifier == name.qualifier]
        return found[0] if found else None

    def configs(self, name: FunctionName, after: str = "") -> list[ProvisionedConfig]:
        """The configurations of a function, in order of qualifier."""
        rows = self._database.query(
            "SELECT qualifier, requested, modified_ms FROM lambda_provisioned_concurrency"
            f" WHERE {_OF_FUNCTION} AND qualifier > ? ORDER BY qualifier",
            (*_key(name), after),
        )
        return [ProvisionedConfig(name.with_qualifier(row[0]), row[1], row[2]) for row in rows]

    def functions(self) -> list[FunctionName]:
        """Every function that has a configuration."""
        rows = self._database.query("SELECT DISTINCT account, region, function FROM lambda_provisioned_concurrency", ())
        return [FunctionName(*row) for row in rows]

    def delete(self, name: FunctionName) -> None:
        """Delete the configuration of a version or alias; one that is gone is no error."""
        self._database.write(
            f"DELETE FROM lambda_provisioned_concurrency WHERE {_OF_FUNCTION} AND qualifier = ?",
            (*_key(name), name.qualifier),
        )

    def requested(self, name: FunctionName, without: str = "") -> int:
        """What the configurations of a function come to, without that of one qualifier."""
        return sum(config.requested for config in self.configs(name) if config.name.qualifier != without)

    def unreserved(self, name: FunctionName) -> int:
        """What the other functions of the account and region leave of its limit: neither reserved nor provisioned."""
        provisioned = self._database.one(
            "SELECT coalesce(sum(requested), 0) FROM lambda_provisioned_concurrency AS provisioned"
            " JOIN lambda_function AS function ON function.account = provisioned.account"
            " AND function.region = provisioned.region AND function.name = provisioned.function"
            " WHERE provisioned.account = ? AND provisioned.region = ? AND provisioned.function != ?"
            " AND function.reserved IS NULL",
            _key(name),
        )
        reserved = self._database.one(
            "SELECT coalesce(sum(reserved), 0) FROM lambda_function WHERE account = ? AND region = ? AND name != ?",
            _key(name),
        )
        assert provisioned is not None and reserved is not None
        return CONCURRENCY_MAX - int(provisioned[0]) - int(reserved[0])

    def reserved(self, account: str, region: str) -> int:
        """What the functions of an account and region have reserved."""
        row = self._database.one(
            "SELECT coalesce(sum(reserved), 0) FROM lambda_function WHERE account = ? AND region = ?", (account, region)
        )
        return int(row[0]) if row else 0


def _key(name: FunctionName) -> tuple[str, str, str]:
    return name.account, name.region, name.name
