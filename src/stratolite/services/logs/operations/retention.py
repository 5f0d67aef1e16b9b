"""How long events are kept.

Readers see at once what a retention ends; a delivery sweeps the rows when their time has come.
"""

from stratolite.core.call import Call
from stratolite.services.logs import Logs, api, rules
from stratolite.services.logs.expiry import plan_sweep


def put_retention_policy(call: Call, logs: Logs, request: api.PutRetentionPolicyRequest) -> None:
    """Keep events for a number of days."""
    rules.check_retention(request["retentionInDays"])
    group = logs.store.require_group(call, request["logGroupName"])
    if group.sweep_entry:
        logs.world.outbox.end(group.sweep_entry)
    plan_sweep(call, logs, group, request["retentionInDays"])


def delete_retention_policy(call: Call, logs: Logs, request: api.DeleteRetentionPolicyRequest) -> None:
    """Keep events for ever."""
    group = logs.store.require_group(call, request["logGroupName"])
    if group.sweep_entry:
        logs.world.outbox.end(group.sweep_entry)
    logs.store.set_retention(group, 0, 0)
