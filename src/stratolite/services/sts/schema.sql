-- migration 1: temporary credentials until they expire
CREATE TABLE sts_session (
    access_key_id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    principal TEXT NOT NULL,
    user_id TEXT NOT NULL,
    secret_access_key TEXT NOT NULL,
    session_token TEXT NOT NULL,
    is_role INTEGER NOT NULL,
    tags TEXT NOT NULL,
    transitive_tag_keys TEXT NOT NULL,
    source_identity TEXT NOT NULL,
    expires_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sts_session_expiry ON sts_session (expires_ms);
