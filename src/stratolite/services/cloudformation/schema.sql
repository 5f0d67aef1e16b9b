-- migration 1: stacks, their resources and events, change sets, exports
CREATE TABLE cloudformation_stack (
    stack_id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    body TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX cloudformation_stack_name ON cloudformation_stack (account, region, name, created_ms);

-- The texts of the templates that a stack stands on or works towards, once each.
CREATE TABLE cloudformation_template (
    stack_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (stack_id, digest)
) WITHOUT ROWID;

CREATE TABLE cloudformation_resource (
    stack_id TEXT NOT NULL,
    logical_id TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (stack_id, logical_id)
) WITHOUT ROWID;

-- What the running update has changed: the resource as it was before, or null where there was none.
CREATE TABLE cloudformation_before (
    stack_id TEXT NOT NULL,
    logical_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    body TEXT,
    PRIMARY KEY (stack_id, logical_id)
) WITHOUT ROWID;

CREATE TABLE cloudformation_event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    stack_id TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX cloudformation_event_stack ON cloudformation_event (stack_id, id);

CREATE TABLE cloudformation_change_set (
    change_set_id TEXT NOT NULL PRIMARY KEY,
    stack_id TEXT NOT NULL,
    name TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    body TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX cloudformation_change_set_stack ON cloudformation_change_set (stack_id, name);

CREATE TABLE cloudformation_export (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    stack_id TEXT NOT NULL,
    PRIMARY KEY (account, region, name)
) WITHOUT ROWID;

CREATE TABLE cloudformation_import (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    stack_id TEXT NOT NULL,
    PRIMARY KEY (account, region, name, stack_id)
) WITHOUT ROWID;
-- migration 2: what is asked of those who make custom resources, and what they answer
CREATE TABLE cloudformation_request (
    -- What the answer's address ends in: nobody else knows it.
    token TEXT NOT NULL PRIMARY KEY,
    stack_id TEXT NOT NULL,
    logical_id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    -- The outbox entry that ends the waiting.
    overdue_id INTEGER NOT NULL,
    -- The stack waits for it; one that is closed stays until the next operation, since answers may come twice.
    is_open INTEGER NOT NULL DEFAULT 1,
    answer TEXT
) WITHOUT ROWID;
CREATE INDEX cloudformation_request_stack ON cloudformation_request (stack_id, is_open);
