-- migration 1: parameters and their versions
CREATE TABLE ssm_parameter (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    latest INTEGER NOT NULL,
    tags TEXT NOT NULL DEFAULT '{}',
    PRIMARY KEY (account, region, name)
) WITHOUT ROWID;
CREATE TABLE ssm_version (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    labels TEXT NOT NULL DEFAULT '[]',
    UNIQUE (account, region, name, version)
);
