-- migration 1: secrets and their versions
CREATE TABLE secretsmanager_secret (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    suffix TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (account, region, name)
) WITHOUT ROWID;
CREATE TABLE secretsmanager_version (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    stages TEXT NOT NULL,
    UNIQUE (account, region, name, id)
);
