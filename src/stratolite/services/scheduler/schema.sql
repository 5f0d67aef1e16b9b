-- migration 1: groups and schedules
CREATE TABLE scheduler_group (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    tags TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    PRIMARY KEY (account, region, name)
) WITHOUT ROWID;
-- ``revision`` counts changes: a tick of an earlier one is void. ``body``: the request that made it what it is.
CREATE TABLE scheduler_schedule (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    group_name TEXT NOT NULL,
    name TEXT NOT NULL,
    revision INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL,
    client_token TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (account, region, group_name, name)
);
