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
