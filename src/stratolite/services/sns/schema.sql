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
