-- migration 1: buckets, versions of objects, bytes of small objects
CREATE TABLE s3_bucket (
    name TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    versioning TEXT NOT NULL DEFAULT '',
    settings TEXT NOT NULL DEFAULT '{}'
) WITHOUT ROWID;
CREATE INDEX s3_bucket_account ON s3_bucket (account, name);

-- Versions of one key stand from the newest (the lowest age) to the oldest.
CREATE TABLE s3_object (
    bucket TEXT NOT NULL REFERENCES s3_bucket (name),
    key BLOB NOT NULL,
    age INTEGER NOT NULL,
    version_id TEXT NOT NULL,
    is_current INTEGER NOT NULL,
    is_delete_marker INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    etag TEXT NOT NULL,
    storage_class TEXT NOT NULL,
    checksum_algorithm TEXT NOT NULL,
    checksum_type TEXT NOT NULL,
    checksum TEXT NOT NULL,
    headers TEXT NOT NULL,
    metadata TEXT NOT NULL,
    tags TEXT NOT NULL,
    parts TEXT NOT NULL,
    bytes_id INTEGER,
    blobs TEXT NOT NULL,
    acl TEXT NOT NULL,
    PRIMARY KEY (bucket, key, age)
) WITHOUT ROWID;

CREATE TABLE s3_bytes (
    id INTEGER NOT NULL PRIMARY KEY,
    data BLOB NOT NULL
);

-- migration 2: uploads in parts
CREATE TABLE s3_upload (
    sequence INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    bucket TEXT NOT NULL REFERENCES s3_bucket (name),
    key BLOB NOT NULL,
    upload_id TEXT NOT NULL UNIQUE,
    initiated_ms INTEGER NOT NULL,
    checksum_algorithm TEXT NOT NULL,
    checksum_type TEXT NOT NULL,
    storage_class TEXT NOT NULL,
    headers TEXT NOT NULL,
    metadata TEXT NOT NULL,
    tags TEXT NOT NULL,
    acl TEXT NOT NULL,
    is_contested INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX s3_upload_key ON s3_upload (bucket, key, sequence);

CREATE TABLE s3_part (
    upload_id TEXT NOT NULL REFERENCES s3_upload (upload_id),
    number INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    etag TEXT NOT NULL,
    checksum_algorithm TEXT NOT NULL,
    checksum TEXT NOT NULL,
    blobs TEXT NOT NULL,
    PRIMARY KEY (upload_id, number)
) WITHOUT ROWID;

-- migration 3: an upload in parts knows that its object was written or deleted while it went on
CREATE TRIGGER s3_object_written AFTER INSERT ON s3_object BEGIN
    UPDATE s3_upload SET is_contested = 1 WHERE bucket = NEW.bucket AND key = NEW.key;
END;
CREATE TRIGGER s3_object_deleted AFTER DELETE ON s3_object BEGIN
    UPDATE s3_upload SET is_contested = 1 WHERE bucket = OLD.bucket AND key = OLD.key;
END;

-- migration 4: an upload that is completed again is answered as it was
CREATE TABLE s3_completed (
    upload_id TEXT NOT NULL PRIMARY KEY,
    bucket TEXT NOT NULL,
    key BLOB NOT NULL,
    version_id TEXT NOT NULL,
    etag TEXT NOT NULL,
    completed_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX s3_completed_time ON s3_completed (completed_ms);

-- migration 5: objects and uploads of others than the bucket's owner; an empty owner is the bucket's
ALTER TABLE s3_object ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE s3_upload ADD COLUMN owner TEXT NOT NULL DEFAULT '';

-- migration 6: a version that takes the place of the one before is an update of its row
CREATE TRIGGER s3_object_replaced AFTER UPDATE OF modified_ms ON s3_object BEGIN
    UPDATE s3_upload SET is_contested = 1 WHERE bucket = NEW.bucket AND key = NEW.key;
END;
