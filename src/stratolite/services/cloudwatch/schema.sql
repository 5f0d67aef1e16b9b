-- migration 1: metrics and their data points, alarms and their history, dashboards
CREATE TABLE cloudwatch_metric (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    -- JSON: [[name, value], ...] in order of name.
    dimensions TEXT NOT NULL,
    -- The time of the latest data point.
    last_ms INTEGER NOT NULL,
    UNIQUE (account, region, namespace, name, dimensions)
);
-- What was measured in one second, one minute, five minutes or one hour. The values are JSON: [value, count, ...] in
-- order of the values; empty where only the sums are known.
CREATE TABLE cloudwatch_datapoint (
    metric_id INTEGER NOT NULL REFERENCES cloudwatch_metric (id) ON DELETE CASCADE,
    begin_ms INTEGER NOT NULL,
    resolution_s INTEGER NOT NULL,
    unit TEXT NOT NULL,
    count REAL NOT NULL,
    sum REAL NOT NULL,
    minimum REAL NOT NULL,
    maximum REAL NOT NULL,
    known_values BLOB NOT NULL,
    PRIMARY KEY (metric_id, begin_ms, resolution_s, unit)
) WITHOUT ROWID;
CREATE INDEX cloudwatch_datapoint_age ON cloudwatch_datapoint (resolution_s, begin_ms);

CREATE TABLE cloudwatch_alarm (
    arn TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    -- JSON: the members of MetricAlarm that PutMetricAlarm sets.
    settings TEXT NOT NULL,
    tags TEXT NOT NULL,
    updated_ms INTEGER NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    reason_data TEXT NOT NULL,
    state_updated_ms INTEGER NOT NULL,
    state_changed_ms INTEGER NOT NULL,
    -- When it is evaluated next.
    next_ms INTEGER NOT NULL,
    -- JSON: what has to be the same for DescribeAlarmsForMetric: [namespace, name, [[dimension, value], ...]].
    metric TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX cloudwatch_alarm_namespace ON cloudwatch_alarm (account, region, name);
CREATE INDEX cloudwatch_alarm_next ON cloudwatch_alarm (next_ms);
CREATE INDEX cloudwatch_alarm_metric ON cloudwatch_alarm (account, region, metric);

CREATE TABLE cloudwatch_alarm_history (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    alarm TEXT NOT NULL,
    type TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    summary TEXT NOT NULL,
    data TEXT NOT NULL
);
CREATE INDEX cloudwatch_alarm_history_order ON cloudwatch_alarm_history (account, region, at_ms, id);
CREATE INDEX cloudwatch_alarm_history_age ON cloudwatch_alarm_history (at_ms);

-- The outbox row of each timer of this service, and when it is due.
CREATE TABLE cloudwatch_timer (
    name TEXT NOT NULL PRIMARY KEY,
    entry INTEGER NOT NULL,
    due_ms INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE cloudwatch_dashboard (
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    tags TEXT NOT NULL,
    modified_ms INTEGER NOT NULL,
    PRIMARY KEY (account, name)
) WITHOUT ROWID;

-- migration 2: composite alarms, whose rules name other alarms
ALTER TABLE cloudwatch_alarm_history ADD COLUMN alarm_type TEXT NOT NULL DEFAULT 'MetricAlarm';
CREATE TABLE cloudwatch_alarm_child (
    parent TEXT NOT NULL,
    child TEXT NOT NULL,
    PRIMARY KEY (parent, child)
) WITHOUT ROWID;
CREATE INDEX cloudwatch_alarm_child_parents ON cloudwatch_alarm_child (child, parent);
