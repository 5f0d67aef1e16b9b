-- migration 1: topics, subscriptions, the signing key
CREATE TABLE sns_topic (
    arn TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    attributes TEXT NOT NULL,
    tags TEXT NOT NULL,
    deleted_subscriptions INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX sns_topic_namespace ON sns_topic (account, region, name);

CREATE TABLE sns_subscription (
    arn TEXT NOT NULL PRIMARY KEY,
    topic_arn TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    owner TEXT NOT NULL,
    principal TEXT NOT NULL,
    protocol TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    attributes TEXT NOT NULL,
    UNIQUE (topic_arn, protocol, endpoint)
) WITHOUT ROWID;
CREATE INDEX sns_subscription_namespace ON sns_subscription (account, region, arn);

CREATE TABLE sns_signing_key (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    private_key BLOB NOT NULL,
    certificate BLOB NOT NULL
);

-- migration 2: subscriptions outlive their topic for a while, and can still be shown and ended
CREATE TABLE sns_orphan (
    arn TEXT NOT NULL PRIMARY KEY,
    topic_arn TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    owner TEXT NOT NULL,
    principal TEXT NOT NULL,
    protocol TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    attributes TEXT NOT NULL,
    deleted_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sns_orphan_age ON sns_orphan (deleted_ms);

-- migration 3: FIFO topics: sequence numbers, what was published lately, and deliveries that wait for an earlier one
ALTER TABLE sns_topic ADD COLUMN published INTEGER NOT NULL DEFAULT 0;

CREATE TABLE sns_deduplication (
    topic_arn TEXT NOT NULL,
    scope TEXT NOT NULL,
    deduplication_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    sequence_number TEXT NOT NULL,
    expires_ms INTEGER NOT NULL,
    PRIMARY KEY (topic_arn, scope, deduplication_id)
) WITHOUT ROWID;
CREATE INDEX sns_deduplication_expiry ON sns_deduplication (expires_ms);

CREATE TABLE sns_fifo_delivery (
    id INTEGER NOT NULL PRIMARY KEY,
    lane TEXT NOT NULL,
    group_id TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    trace_id TEXT NOT NULL,
    payload TEXT NOT NULL,
    outbox_id INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX sns_fifo_delivery_order ON sns_fifo_delivery (lane, group_id, id);
