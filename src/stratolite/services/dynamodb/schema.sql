-- migration 1: tables, their items, index entries and expiry times
CREATE TABLE dynamodb_table (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    definition TEXT NOT NULL,
    UNIQUE (account, region, name)
);
CREATE TABLE dynamodb_index (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    table_id INTEGER NOT NULL
);
-- Items are kept beside their key, not in it: in a table WITHOUT ROWID a row of more than 1,000 bytes takes a page of
-- its own (measured with items of 1 KB: 3 times the size, 3 times the time to write).
CREATE TABLE dynamodb_item (
    table_id INTEGER NOT NULL,
    hash BLOB NOT NULL,
    range BLOB NOT NULL,
    size_bytes INTEGER NOT NULL,
    item BLOB NOT NULL,
    PRIMARY KEY (table_id, hash, range)
);
-- Entries with equal index keys are ordered by a hash of the item's key: item_hash begins with it.
CREATE TABLE dynamodb_index_item (
    index_id INTEGER NOT NULL,
    hash BLOB NOT NULL,
    range BLOB NOT NULL,
    item_hash BLOB NOT NULL,
    item_range BLOB NOT NULL,
    size_bytes INTEGER NOT NULL,
    item BLOB NOT NULL,
    PRIMARY KEY (index_id, hash, range, item_hash, item_range)
);
CREATE TABLE dynamodb_expiry (
    table_id INTEGER NOT NULL,
    expires_s INTEGER NOT NULL,
    hash BLOB NOT NULL,
    range BLOB NOT NULL,
    PRIMARY KEY (table_id, expires_s, hash, range)
) WITHOUT ROWID;
CREATE TABLE dynamodb_expiry_timer (
    table_id INTEGER NOT NULL PRIMARY KEY,
    due_ms INTEGER NOT NULL
);
CREATE TABLE dynamodb_tag (
    table_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (table_id, key)
) WITHOUT ROWID;

-- migration 2: transactions that were done, by the token that makes them idempotent.
CREATE TABLE dynamodb_transaction (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    token TEXT NOT NULL,
    digest BLOB NOT NULL,
    done_ms INTEGER NOT NULL,
    PRIMARY KEY (account, region, token)
) WITHOUT ROWID;
CREATE INDEX dynamodb_transaction_done ON dynamodb_transaction (done_ms);

-- migration 3: streams of changes. A position is the number of the stream and the record's number in it, so that the
-- records of a stream lie together without an index; shards are ranges of those numbers.
CREATE TABLE dynamodb_stream (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    table_name TEXT NOT NULL,
    label TEXT NOT NULL,
    arn TEXT NOT NULL,
    view TEXT NOT NULL,
    key_schema TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    ended_ms INTEGER,
    trimmed INTEGER NOT NULL,
    UNIQUE (account, region, table_name, label)
);
CREATE TABLE dynamodb_shard (
    stream_id INTEGER NOT NULL,
    shard_id TEXT NOT NULL,
    parent_id TEXT NOT NULL,
    opened_ms INTEGER NOT NULL,
    first INTEGER NOT NULL,
    closed_ms INTEGER,
    last INTEGER,
    PRIMARY KEY (stream_id, shard_id)
) WITHOUT ROWID;
CREATE TABLE dynamodb_record (
    position INTEGER PRIMARY KEY,
    created_ms INTEGER NOT NULL,
    change INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    keys BLOB,
    old BLOB,
    new BLOB
);
