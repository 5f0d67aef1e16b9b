-- migration 1: the tree of each API, its deployments and stages; keys, plans and the account's settings
CREATE TABLE apigateway_document (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    kind TEXT NOT NULL,
    parent TEXT NOT NULL,
    id TEXT NOT NULL,
    number INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (account, region, kind, parent, id)
) WITHOUT ROWID;

CREATE INDEX apigateway_document_by_id ON apigateway_document (kind, id);

CREATE TABLE apigateway_usage (
    plan TEXT NOT NULL,
    key TEXT NOT NULL,
    day INTEGER NOT NULL,
    used INTEGER NOT NULL,
    PRIMARY KEY (plan, key, day)
) WITHOUT ROWID;
