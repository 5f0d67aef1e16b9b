-- migration 1: functions, versions, aliases, permissions, asynchronous settings, layers
CREATE TABLE lambda_function (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    last_version INTEGER NOT NULL DEFAULT 0,
    -- NULL: the function takes from the account's unreserved concurrency.
    reserved INTEGER,
    tags TEXT NOT NULL DEFAULT '{}',
    PRIMARY KEY (account, region, name)
) WITHOUT ROWID;
-- Number 0 is $LATEST; published is the version that was made of it and that it still equals, or 0.
CREATE TABLE lambda_version (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    number INTEGER NOT NULL,
    settings TEXT NOT NULL,
    -- [[arn, sha256, bytes, blob], ...]: a layer that is deleted goes on working where it is used.
    layers TEXT NOT NULL,
    code_sha256 TEXT NOT NULL,
    code_bytes INTEGER NOT NULL,
    code_blob TEXT NOT NULL,
    revision_id TEXT NOT NULL,
    modified_ms INTEGER NOT NULL,
    published INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account, region, name, number)
) WITHOUT ROWID;
CREATE TABLE lambda_alias (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    function TEXT NOT NULL,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    description TEXT NOT NULL,
    weights TEXT NOT NULL,
    revision_id TEXT NOT NULL,
    PRIMARY KEY (account, region, function, name)
) WITHOUT ROWID;
CREATE TABLE lambda_statement (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    function TEXT NOT NULL,
    qualifier TEXT NOT NULL,
    sid TEXT NOT NULL,
    statement TEXT NOT NULL,
    UNIQUE (account, region, function, qualifier, sid)
);
CREATE TABLE lambda_event_invoke_config (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    function TEXT NOT NULL,
    qualifier TEXT NOT NULL,
    retries INTEGER,
    age_s INTEGER,
    modified_ms INTEGER NOT NULL,
    PRIMARY KEY (account, region, function, qualifier)
) WITHOUT ROWID;
CREATE TABLE lambda_layer (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    last_version INTEGER NOT NULL,
    PRIMARY KEY (account, region, name)
) WITHOUT ROWID;
CREATE TABLE lambda_layer_version (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    number INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    description TEXT NOT NULL,
    license TEXT NOT NULL,
    runtimes TEXT NOT NULL,
    architectures TEXT NOT NULL,
    code_sha256 TEXT NOT NULL,
    code_bytes INTEGER NOT NULL,
    code_blob TEXT NOT NULL,
    PRIMARY KEY (account, region, name, number)
) WITHOUT ROWID;
-- migration 2: destinations of asynchronous invokes, recursive loops, function URLs
ALTER TABLE lambda_event_invoke_config ADD COLUMN on_success TEXT NOT NULL DEFAULT '';
ALTER TABLE lambda_event_invoke_config ADD COLUMN on_failure TEXT NOT NULL DEFAULT '';
ALTER TABLE lambda_function ADD COLUMN recursive_loop TEXT NOT NULL DEFAULT 'Terminate';
CREATE TABLE lambda_url (
    url_id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    function TEXT NOT NULL,
    -- An alias, which may be gone, or empty: $LATEST.
    qualifier TEXT NOT NULL,
    auth_type TEXT NOT NULL,
    -- Empty until it is chosen: answers show the default then, or nothing.
    invoke_mode TEXT NOT NULL,
    cors TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL,
    UNIQUE (account, region, function, qualifier)
) WITHOUT ROWID;
-- migration 3: how far event source mappings have come in streams
CREATE TABLE lambda_stream_checkpoint (
    -- The mapping's UUID.
    mapping TEXT NOT NULL,
    shard TEXT NOT NULL,
    lane INTEGER NOT NULL,
    -- How many lanes the shard was divided into.
    lanes INTEGER NOT NULL,
    -- The sequence number up to which all records of the lane are done; empty: none is.
    position TEXT NOT NULL,
    -- The tumbling window that is open (msgpack): start, end, state, whether that is over its size.
    window BLOB,
    PRIMARY KEY (mapping, shard, lane)
) WITHOUT ROWID;
-- migration 4: event source mappings
CREATE TABLE lambda_event_source_mapping (
    uuid TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    function TEXT NOT NULL,
    qualifier TEXT NOT NULL,
    source_arn TEXT NOT NULL,
    settings TEXT NOT NULL,
    -- Creating, Enabling, Enabled, Updating: polled; Disabling, Deleting: until its last batch is done; Disabled.
    state TEXT NOT NULL,
    modified_ms INTEGER NOT NULL,
    last_result TEXT NOT NULL,
    tags TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX lambda_event_source_mapping_place ON lambda_event_source_mapping (account, region, uuid);
-- migration 5: provisioned concurrency
CREATE TABLE lambda_provisioned_concurrency (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    function TEXT NOT NULL,
    -- A version's number or an alias.
    qualifier TEXT NOT NULL,
    requested INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL,
    PRIMARY KEY (account, region, function, qualifier)
) WITHOUT ROWID;
-- migration 6: policies of layers, runtime management
CREATE TABLE lambda_layer_policy (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    number INTEGER NOT NULL,
    -- By id, in order of addition.
    statements TEXT NOT NULL,
    revision_id TEXT NOT NULL,
    PRIMARY KEY (account, region, name, number)
) WITHOUT ROWID;
-- No row: Auto.
CREATE TABLE lambda_runtime_management (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    function TEXT NOT NULL,
    -- A version's number or $LATEST.
    qualifier TEXT NOT NULL,
    update_on TEXT NOT NULL,
    version_arn TEXT NOT NULL,
    PRIMARY KEY (account, region, function, qualifier)
) WITHOUT ROWID;
