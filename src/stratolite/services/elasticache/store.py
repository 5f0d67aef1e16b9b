"""The rows of caches and of the groups that they refer to."""

import json
from collections.abc import Callable
from dataclasses import replace

from stratolite.core.call import Call
from stratolite.services.elasticache.domain import Cache, Group
from stratolite.storage.database import Database, Row

_CACHE = "arn, kind, account, region, name, status, reason, port, folder, created_ms, settings, tags"
_GROUP = "arn, kind, account, region, name, settings, tags"


class Store:
    """Reads and writes the service's tables; ``changed`` is told the ARN of a cache after its row has changed."""

    def __init__(self, database: Database, changed: Callable[[str], None]) -> None:
        self._database = database
        self._changed = changed

    # Caches --------------------------------------------------------------------------------------------------

    def cache(self, arn: str) -> Cache | None:
        row = self._database.one(f"SELECT {_CACHE} FROM elasticache_cache WHERE arn = ?", (arn,))
        return _cache(row) if row else None

    def caches(self, call: Call, *kinds: str) -> list[Cache]:
        """Caches of the caller's namespace, of these kinds, by name."""
        rows = self._database.query(
            f"SELECT {_CACHE} FROM elasticache_cache WHERE account = ? AND region = ? ORDER BY name",
            (call.account, call.region),
        )
        return [cache for cache in map(_cache, rows) if cache.kind in kinds]

    def every_cache(self) -> list[Cache]:
        """The caches of every account and region."""
        return [_cache(row) for row in self._database.query(f"SELECT {_CACHE} FROM elasticache_cache ORDER BY arn")]

    def put_cache(self, cache: Cache) -> None:
        """Write a cache, new or known, and have its server follow."""
        self.note(cache)
        self._database.after_commit(lambda: self._changed(cache.arn))

    def note(self, cache: Cache) -> None:
        """Write what has become of a cache's server."""
        self._database.write(
            f"INSERT OR REPLACE INTO elasticache_cache ({_CACHE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                cache.arn,
                cache.kind,
                cache.account,
                cache.region,
                cache.name,
                cache.status,
                cache.reason,
                cache.port,
                cache.folder,
                cache.created_ms,
                json.dumps(dict(cache.settings)),
                json.dumps(dict(cache.tags)),
            ),
        )

    def delete_cache(self, arn: str) -> None:
        self._database.write("DELETE FROM elasticache_cache WHERE arn = ?", (arn,))
        self._database.after_commit(lambda: self._changed(arn))

    def touch_users_of(self, group: Group) -> None:
        """Have the servers follow whose caches refer to a parameter group."""
        for cache in self.every_cache():
            names = (cache.account, cache.region, cache.settings.get("CacheParameterGroupName"))
            if names == (group.account, group.region, group.name):
                self._database.after_commit(lambda arn=cache.arn: self._changed(arn))  # type: ignore[misc]

    # Groups --------------------------------------------------------------------------------------------------

    def group(self, arn: str) -> Group | None:
        row = self._database.one(f"SELECT {_GROUP} FROM elasticache_group WHERE arn = ?", (arn,))
        return _group(row) if row else None

    def groups(self, call: Call, kind: str) -> list[Group]:
        """Groups of the caller's namespace by name."""
        rows = self._database.query(
            f"SELECT {_GROUP} FROM elasticache_group WHERE account = ? AND region = ? AND kind = ? ORDER BY name",
            (call.account, call.region, kind),
        )
        return [_group(row) for row in rows]

    def put_group(self, group: Group) -> None:
        self._database.write(
            f"INSERT OR REPLACE INTO elasticache_group ({_GROUP}) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                group.arn,
                group.kind,
                group.account,
                group.region,
                group.name,
                json.dumps(dict(group.settings)),
                json.dumps(dict(group.tags)),
            ),
        )

    def delete_group(self, arn: str) -> None:
        self._database.write("DELETE FROM elasticache_group WHERE arn = ?", (arn,))

    # Tags ----------------------------------------------------------------------------------------------------

    def put_tags(self, owner: Cache | Group, tags: dict[str, str]) -> None:
        if isinstance(owner, Cache):
            self.note(replace(owner, tags=tags))
        else:
            self.put_group(replace(owner, tags=tags))


def _cache(row: Row) -> Cache:
    arn, kind, account, region, name, status, reason, port, folder, created_ms, settings, tags = row
    return Cache(
        arn,
        kind,
        account,
        region,
        name,
        status,
        created_ms,
        json.loads(settings),
        folder,
        json.loads(tags),
        port,
        reason,
    )


def _group(row: Row) -> Group:
    arn, kind, account, region, name, settings, tags = row
    return Group(arn, kind, account, region, name, json.loads(settings), json.loads(tags))
