-- migration 1: buses, rules, targets, archives, replays, connections, API destinations
CREATE TABLE events_bus (
    arn TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    settings TEXT NOT NULL,
    statements TEXT NOT NULL,
    tags TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL,
    version INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX events_bus_namespace ON events_bus (account, region, name);

CREATE TABLE events_rule (
    arn TEXT NOT NULL PRIMARY KEY,
    bus_arn TEXT NOT NULL,
    name TEXT NOT NULL,
    pattern TEXT NOT NULL,
    schedule TEXT NOT NULL,
    state TEXT NOT NULL,
    description TEXT NOT NULL,
    role_arn TEXT NOT NULL,
    created_by TEXT NOT NULL,
    tags TEXT NOT NULL,
    scheduled_ms INTEGER NOT NULL,
    tick INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX events_rule_bus ON events_rule (bus_arn, name);

CREATE TABLE events_target (
    rule_arn TEXT NOT NULL,
    id TEXT NOT NULL,
    arn TEXT NOT NULL,
    settings TEXT NOT NULL,
    PRIMARY KEY (rule_arn, id)
) WITHOUT ROWID;
CREATE INDEX events_target_arn ON events_target (arn);

CREATE TABLE events_archive (
    arn TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    bus_arn TEXT NOT NULL,
    description TEXT NOT NULL,
    pattern TEXT NOT NULL,
    retention_days INTEGER NOT NULL,
    kms_key TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    events INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    expiry INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX events_archive_namespace ON events_archive (account, region, name);
CREATE INDEX events_archive_bus ON events_archive (bus_arn);

CREATE TABLE events_archived (
    id INTEGER NOT NULL PRIMARY KEY,
    archive_arn TEXT NOT NULL,
    time_ms INTEGER NOT NULL,
    event TEXT NOT NULL
);
CREATE INDEX events_archived_time ON events_archived (archive_arn, time_ms, id);

CREATE TABLE events_replay (
    arn TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    archive_arn TEXT NOT NULL,
    bus_arn TEXT NOT NULL,
    description TEXT NOT NULL,
    filters TEXT NOT NULL,
    from_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    state TEXT NOT NULL,
    started_ms INTEGER NOT NULL,
    ended_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    last_id INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX events_replay_namespace ON events_replay (account, region, name);

CREATE TABLE events_connection (
    arn TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    kind TEXT NOT NULL,
    parameters TEXT NOT NULL,
    secret_arn TEXT NOT NULL,
    kms_key TEXT NOT NULL,
    state TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL,
    authorized_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX events_connection_namespace ON events_connection (account, region, name);

CREATE TABLE events_destination (
    arn TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    connection_arn TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    method TEXT NOT NULL,
    rate_limit INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX events_destination_namespace ON events_destination (account, region, name);

-- migration 2: an archived event counts with the size that AWS gives it
ALTER TABLE events_archived ADD COLUMN size_bytes INTEGER NOT NULL DEFAULT 0;

-- migration 3: replays go by the times in events, which may be other than those at which they came
ALTER TABLE events_archived ADD COLUMN event_ms INTEGER NOT NULL DEFAULT 0;
UPDATE events_archived SET event_ms = time_ms / 1000 * 1000;
CREATE INDEX events_archived_event_time ON events_archived (archive_arn, event_ms, id);
