-- migration 1: the outbox
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    due_ms INTEGER NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    source TEXT NOT NULL,
    target TEXT NOT NULL,
    trace_id TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '',
    payload BLOB NOT NULL
);
CREATE INDEX outbox_due ON outbox (due_ms, id);
-- migration 2: read in lanes
DROP INDEX outbox_due;
CREATE INDEX outbox_lane ON outbox (kind, target, due_ms, id);
