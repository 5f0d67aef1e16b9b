-- migration 1: streams, shards, records, consumers. A record's position is the number of its shard, shifted, and its own
-- number in the stream: the records of a shard lie together in the order in which they were written.
CREATE TABLE kinesis_stream (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    mode TEXT NOT NULL,
    retention_h INTEGER NOT NULL,
    record_kib_max INTEGER NOT NULL,
    key_id TEXT NOT NULL,
    shard_metrics TEXT NOT NULL,
    policy TEXT NOT NULL,
    tags TEXT NOT NULL,
    trims_ms INTEGER NOT NULL,
    UNIQUE (account, region, name)
);
CREATE TABLE kinesis_shard (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    stream_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    parent INTEGER,
    adjacent_parent INTEGER,
    hash_first TEXT NOT NULL,
    hash_last TEXT NOT NULL,
    opened_ms INTEGER NOT NULL,
    first INTEGER NOT NULL,
    closed_ms INTEGER,
    last INTEGER,
    trimmed INTEGER NOT NULL,
    UNIQUE (stream_id, number)
);
CREATE TABLE kinesis_record (
    position INTEGER PRIMARY KEY,
    created_ms INTEGER NOT NULL,
    partition_key TEXT NOT NULL,
    is_encrypted INTEGER NOT NULL,
    data BLOB NOT NULL
);
CREATE TABLE kinesis_consumer (
    stream_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    policy TEXT NOT NULL,
    tags TEXT NOT NULL,
    PRIMARY KEY (stream_id, name)
) WITHOUT ROWID;
-- migration 2: up to when a stream's records are gone, also where they are not yet removed and its retention would have
-- them.
ALTER TABLE kinesis_stream ADD COLUMN gone_ms INTEGER NOT NULL DEFAULT 0;
