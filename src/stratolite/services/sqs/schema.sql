-- migration 1: queues, messages, what was sent or received lately, move tasks
CREATE TABLE sqs_queue (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    attributes TEXT NOT NULL,
    tags TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL,
    purged_ms INTEGER NOT NULL DEFAULT 0,
    expiry_ms INTEGER NOT NULL DEFAULT 0,
    UNIQUE (account, region, name)
);
-- ``id`` is the order of sending. ``visible_ms``: from when it may be received. ``receipt``: of the latest receive.
CREATE TABLE sqs_message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue_id INTEGER NOT NULL,
    visible_ms INTEGER NOT NULL,
    sent_ms INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    first_received_ms INTEGER NOT NULL,
    receives INTEGER NOT NULL,
    receipt TEXT NOT NULL,
    message_id TEXT NOT NULL,
    group_id TEXT NOT NULL,
    deduplication_id TEXT NOT NULL,
    sequence TEXT NOT NULL,
    sender TEXT NOT NULL,
    trace TEXT NOT NULL,
    source_arn TEXT NOT NULL,
    attributes TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX sqs_message_visible ON sqs_message (queue_id, visible_ms, id);
CREATE INDEX sqs_message_group ON sqs_message (queue_id, group_id, id, visible_ms) WHERE group_id <> '';
CREATE INDEX sqs_message_sent ON sqs_message (queue_id, sent_ms);
CREATE TABLE sqs_deduplication (
    queue_id INTEGER NOT NULL,
    scope TEXT NOT NULL,
    deduplication_id TEXT NOT NULL,
    expires_ms INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    sequence TEXT NOT NULL,
    PRIMARY KEY (queue_id, scope, deduplication_id)
) WITHOUT ROWID;
CREATE INDEX sqs_deduplication_expires ON sqs_deduplication (queue_id, expires_ms);
CREATE TABLE sqs_attempt (
    queue_id INTEGER NOT NULL,
    attempt_id TEXT NOT NULL,
    expires_ms INTEGER NOT NULL,
    received TEXT NOT NULL,
    PRIMARY KEY (queue_id, attempt_id)
) WITHOUT ROWID;
CREATE TABLE sqs_move_task (
    id TEXT NOT NULL PRIMARY KEY,
    source_arn TEXT NOT NULL,
    destination_arn TEXT NOT NULL,
    per_second INTEGER NOT NULL,
    started_ms INTEGER NOT NULL,
    status TEXT NOT NULL,
    moved INTEGER NOT NULL,
    to_move INTEGER NOT NULL,
    failure TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX sqs_move_task_source ON sqs_move_task (source_arn, started_ms);
-- migration 2: messages of FIFO queues in the order in which they are given, without a look at the rows
DROP INDEX sqs_message_group;
CREATE INDEX sqs_message_order ON sqs_message (queue_id, id, group_id, visible_ms, sent_ms) WHERE group_id <> '';
