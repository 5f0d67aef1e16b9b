-- migration 1: caches of all three kinds, and the named groups that they refer to
CREATE TABLE elasticache_cache (
    arn TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    port INTEGER NOT NULL,
    folder TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    settings TEXT NOT NULL,
    tags TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE elasticache_group (
    arn TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    settings TEXT NOT NULL,
    tags TEXT NOT NULL
) WITHOUT ROWID;
