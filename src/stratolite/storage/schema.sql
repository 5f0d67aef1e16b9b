-- migration 1: blobs and how many owners each has
CREATE TABLE blob (
    id TEXT NOT NULL PRIMARY KEY,
    size_bytes INTEGER NOT NULL,
    owners INTEGER NOT NULL
) WITHOUT ROWID;
