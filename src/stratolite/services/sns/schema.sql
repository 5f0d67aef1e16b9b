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

-- migration 4: subscriptions that their endpoint has to confirm, and tokens that confirm or restore one
ALTER TABLE sns_subscription ADD COLUMN is_pending INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sns_subscription ADD COLUMN is_authenticated INTEGER NOT NULL DEFAULT 1;
ALTER TABLE sns_subscription ADD COLUMN is_protected INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sns_orphan ADD COLUMN is_pending INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sns_orphan ADD COLUMN is_authenticated INTEGER NOT NULL DEFAULT 1;
ALTER TABLE sns_orphan ADD COLUMN is_protected INTEGER NOT NULL DEFAULT 0;

CREATE TABLE sns_token (
    token TEXT NOT NULL PRIMARY KEY,
    subscription TEXT NOT NULL,
    expires_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sns_token_expiry ON sns_token (expires_ms);

-- migration 5: e-mails and text messages are kept here instead of being sent, and what concerns phone numbers
CREATE TABLE sns_message (
    id INTEGER NOT NULL PRIMARY KEY,
    sent_ms INTEGER NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    protocol TEXT NOT NULL,
    type TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    topic_arn TEXT NOT NULL,
    message_id TEXT NOT NULL
);
CREATE INDEX sns_message_recipient ON sns_message (recipient, id);

CREATE TABLE sns_sms_attribute (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (account, region, name)
) WITHOUT ROWID;

CREATE TABLE sns_opted_out (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    phone_number TEXT NOT NULL,
    PRIMARY KEY (account, region, phone_number)
) WITHOUT ROWID;
