-- migration 1: groups, streams, batches of events
CREATE TABLE logs_group (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    class TEXT NOT NULL DEFAULT 'STANDARD',
    kms_key_id TEXT NOT NULL DEFAULT '',
    is_protected INTEGER NOT NULL DEFAULT 0,
    retention_days INTEGER NOT NULL DEFAULT 0,
    -- The outbox row that will sweep what the retention ends; 0 when events are kept for ever.
    sweep_entry INTEGER NOT NULL DEFAULT 0,
    tags TEXT NOT NULL DEFAULT '{}',
    UNIQUE (account, region, name)
);
CREATE TABLE logs_stream (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    group_id INTEGER NOT NULL REFERENCES logs_group (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    UNIQUE (group_id, name)
);
-- One row holds the events of one write, in order of time, as JSON: [[milliseconds, message], ...].
CREATE TABLE logs_batch (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    group_id INTEGER NOT NULL REFERENCES logs_group (id) ON DELETE CASCADE,
    stream_id INTEGER NOT NULL REFERENCES logs_stream (id) ON DELETE CASCADE,
    first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    ingested_ms INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    events BLOB NOT NULL
);
CREATE INDEX logs_batch_of_group ON logs_batch (group_id, first_ms, last_ms, bytes);
CREATE INDEX logs_batch_of_stream ON logs_batch (stream_id, first_ms, last_ms, ingested_ms);

-- migration 2: metric filters and subscription filters
CREATE TABLE logs_metric_filter (
    group_id INTEGER NOT NULL REFERENCES logs_group (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    pattern TEXT NOT NULL,
    -- The one MetricTransformation, as it was given, in JSON.
    transformation TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    PRIMARY KEY (group_id, name)
) WITHOUT ROWID;
CREATE TABLE logs_subscription_filter (
    group_id INTEGER NOT NULL REFERENCES logs_group (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    pattern TEXT NOT NULL,
    destination_arn TEXT NOT NULL,
    distribution TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    PRIMARY KEY (group_id, name)
) WITHOUT ROWID;

-- migration 3: resource policies of accounts and of groups
CREATE TABLE logs_resource_policy (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    -- Of a group, which has one policy at most; NULL: of the account.
    group_id INTEGER REFERENCES logs_group (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    document TEXT NOT NULL,
    -- Told for policies of groups alone.
    revision TEXT NOT NULL,
    updated_ms INTEGER NOT NULL
);
CREATE UNIQUE INDEX logs_resource_policy_of_account ON logs_resource_policy (account, region, name)
    WHERE group_id IS NULL;
CREATE UNIQUE INDEX logs_resource_policy_of_group ON logs_resource_policy (group_id) WHERE group_id IS NOT NULL;

-- migration 4: the role by which lines are put into a stream of Kinesis
ALTER TABLE logs_subscription_filter ADD COLUMN role_arn TEXT NOT NULL DEFAULT '';
