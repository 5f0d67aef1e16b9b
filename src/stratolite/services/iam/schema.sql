-- migration 1: roles and managed policies
CREATE TABLE iam_role (
    account TEXT NOT NULL,
    name TEXT NOT NULL COLLATE NOCASE,
    body TEXT NOT NULL,
    PRIMARY KEY (account, name)
) WITHOUT ROWID;

CREATE TABLE iam_policy (
    account TEXT NOT NULL,
    arn TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (account, arn)
) WITHOUT ROWID;

-- migration 2: instance profiles
CREATE TABLE iam_instance_profile (
    account TEXT NOT NULL,
    name TEXT NOT NULL COLLATE NOCASE,
    body TEXT NOT NULL,
    PRIMARY KEY (account, name)
) WITHOUT ROWID;

-- migration 3: users and their access keys
CREATE TABLE iam_user (
    account TEXT NOT NULL,
    name TEXT NOT NULL COLLATE NOCASE,
    body TEXT NOT NULL,
    PRIMARY KEY (account, name)
) WITHOUT ROWID;

CREATE TABLE iam_access_key (
    key_id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    user_name TEXT NOT NULL COLLATE NOCASE,
    body TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX iam_access_key_user ON iam_access_key (account, user_name);

-- migration 4: groups
CREATE TABLE iam_group (
    account TEXT NOT NULL,
    name TEXT NOT NULL COLLATE NOCASE,
    body TEXT NOT NULL,
    PRIMARY KEY (account, name)
) WITHOUT ROWID;
