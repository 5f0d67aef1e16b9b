"""A table changed as UpdateTable is asked: throughput and billing, global indexes, its stream, settings that are kept.

Raises ValidationException with DynamoDB's texts unless it says otherwise.
"""

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stratolite.core.call import Call
from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb import (
    encryption,
    index_changes,
    rules,
    stream_specification,
    throughput,
    writing,
)
from stratolite.services.dynamodb.domain import Table
from stratolite.services.dynamodb.store import decode

if TYPE_CHECKING:
    from stratolite.services.dynamodb import Dynamodb

INVALID = rules.INVALID


def apply_change(call: Call, dynamodb: "Dynamodb", table: Table, request: Mapping[str, Any]) -> Table:
    """Apply a checked UpdateTable request. Raises ResourceNotFoundException, LimitExceededException too."""
    changed: dict[str, Any] = copy.deepcopy(dict(table.definition))
    was_on_demand = throughput.is_on_demand(changed)
    warm = _warm(changed)
    mode = request.get("BillingMode", throughput.ON_DEMAND if was_on_demand else "PROVISIONED")
    on_demand = mode == throughput.ON_DEMAND
    if "ProvisionedThroughput" in request and on_demand:
        raise ValidationException(
            f"{INVALID}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
            "PAY_PER_REQUEST"
        )
    encryption.check_change(changed, request.get("SSESpecification"))
    _change_throughput(call, changed, request, mode, was_on_demand)
    created = index_changes.apply(dynamodb, table, changed, request, on_demand=on_demand)
    stream_specification.change(call, dynamodb, table, changed, request)
    for name in ("DeletionProtectionEnabled", "SSESpecification"):
        if name in request:
            changed[name] = request[name]
    _keep_warm(changed, warm)
    if "TableClass" in request:
        changed["TableClassSummary"] = {
            "TableClass": request["TableClass"],
            "LastUpdateDateTime": call.now_ms / 1000,
        }
    _drop_unused_attributes(changed)
    result = dynamodb.store.change_table(table, changed)
    if created:
        _build_indexes(dynamodb, result, created)
    return result


def _change_throughput(
    call: Call, changed: dict[str, Any], request: Mapping[str, Any], mode: str, was_on_demand: bool
) -> None:
    now_s = call.now_ms / 1000
    if mode == throughput.ON_DEMAND and not was_on_demand:
        changed["BillingModeSummary"] = {
            "BillingMode": mode,
            "LastUpdateToPayPerRequestDateTime": now_s,
        }
        changed["ProvisionedThroughput"] = throughput.described(throughput.NONE)
        for index in changed.get("GlobalSecondaryIndexes", ()):
            index["ProvisionedThroughput"] = throughput.described(throughput.NONE)
    elif mode == "PROVISIONED" and was_on_demand:
        changed["BillingModeSummary"] = {**changed["BillingModeSummary"], "BillingMode": mode}
        updated = {
            update["Update"]["IndexName"]
            for update in request.get("GlobalSecondaryIndexUpdates", ())
            if "ProvisionedThroughput" in update.get("Update", {})
        }
        missing = [
            index["IndexName"]
            for index in changed.get("GlobalSecondaryIndexes", ())
            if index["IndexName"] not in updated
        ]
        if missing:
            raise ValidationException(
                f"{INVALID}ProvisionedThroughput must be specified for index: {','.join(missing)}"
            )
    if "ProvisionedThroughput" in request:
        changed["ProvisionedThroughput"] = throughput.changed_units(
            changed["ProvisionedThroughput"], request["ProvisionedThroughput"], now_s
        )
    on_demand = mode == throughput.ON_DEMAND
    if "OnDemandThroughput" in request:
        throughput.check_limits(request["OnDemandThroughput"], on_demand=on_demand, may_clear=True)
        throughput.keep_limits(changed, request["OnDemandThroughput"])
    if request.get("WarmThroughput"):
        changed["WarmThroughput"] = throughput.warmed(changed, request["WarmThroughput"], on_demand=on_demand)


def _entries(changed: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What has throughput of its own: the table, by an empty name, and its global indexes."""
    return {"": changed, **{index["IndexName"]: index for index in changed.get("GlobalSecondaryIndexes", ())}}


def _warm(changed: dict[str, Any]) -> dict[str, dict[str, int]]:
    on_demand = throughput.is_on_demand(changed)
    return {name: throughput.warm(entry, on_demand=on_demand) for name, entry in _entries(changed).items()}


def _keep_warm(changed: dict[str, Any], before: Mapping[str, Mapping[str, int]]) -> None:
    on_demand = throughput.is_on_demand(changed)
    for name, entry in _entries(changed).items():
        if name in before:
            throughput.keep_warm(entry, before[name], on_demand=on_demand)


def _drop_unused_attributes(changed: dict[str, Any]) -> None:
    """Definitions of attributes that were keys of a deleted index go with it."""
    used = {entry["AttributeName"] for entry in changed["KeySchema"]}
    for listed in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes"):
        for index in changed.get(listed, ()):
            used |= {entry["AttributeName"] for entry in index["KeySchema"]}
    changed["AttributeDefinitions"] = [
        entry for entry in changed["AttributeDefinitions"] if entry["AttributeName"] in used
    ]


def _build_indexes(dynamodb: "Dynamodb", table: Table, names: list[str]) -> None:
    for key, stored in dynamodb.store.items(table):
        item = decode(stored)
        for name in names:
            writing.add_entry(dynamodb, table.by_name[name], key, item)
