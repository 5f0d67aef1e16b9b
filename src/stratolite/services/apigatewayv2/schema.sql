-- migration 1: APIs with their routes, integrations, authorizers, deployments and stages
CREATE TABLE apigatewayv2_document (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    kind TEXT NOT NULL,
    parent TEXT NOT NULL,
    id TEXT NOT NULL,
    number INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (account, region, kind, parent, id)
) WITHOUT ROWID;

CREATE INDEX apigatewayv2_document_by_id ON apigatewayv2_document (kind, id);

-- migration 2: connections of WebSocket APIs, until their end: what is here at start was open when a process ended
CREATE TABLE apigatewayv2_connection (
    id TEXT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL
) WITHOUT ROWID;
