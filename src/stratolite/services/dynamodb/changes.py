"""Changes of a table: throughput and billing, global indexes, its stream, and the settings that are only kept.

Raises ValidationException with DynamoDB's texts unless it says otherwise.
"""

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stratolite.core.call import Call
from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb import api, definition, rules, stream_specification, writing
from stratolite.services.dynamodb.domain import Table
from stratolite.services.dynamodb.store import decode

if TYPE_CHECKING:
    from stratolite.services.dynamodb import Dynamodb

INVALID = rules.INVALID
_CHANGES = (
    "ProvisionedThroughput",
    "BillingMode",
    "GlobalSecondaryIndexUpdates",
    "StreamSpecification",
    "SSESpecification",
    "TableClass",
    "DeletionProtectionEnabled",
    "OnDemandThroughput",
    "WarmThroughput",
)


def check_tags(tags: Any) -> None:
    """Check tags by themselves and their number."""
    keys = [tag["Key"] for tag in tags]
    if len(set(keys)) != len(keys):
        raise ValidationException(f"{INVALID}Duplicate tag keys are not allowed")
    if len(keys) > rules.TAGS_MAX:
        raise ValidationException(f"{INVALID}Too many tags: at most {rules.TAGS_MAX} are allowed")
    if any(key.startswith("aws:") for key in keys):
        raise ValidationException("Tag keys starting with 'aws:' are reserved for system use")


def check_change(request: Mapping[str, Any]) -> None:
    """Check an UpdateTable request by itself."""
    definition.refuse(request)
    updates = request.get("GlobalSecondaryIndexUpdates", [])
    if not any(name in request and request[name] != [] for name in _CHANGES):
        raise ValidationException(
            "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates "
            "or SSESpecification or ReplicaUpdates is required"
        )
    if request.get("BillingMode") == "PROVISIONED" and "ProvisionedThroughput" not in request:
        raise ValidationException(f"{INVALID}ProvisionedThroughput must be specified when BillingMode is PROVISIONED")
    definition.check_throughput(request.get("ProvisionedThroughput"))
    stream_specification.check_change(request)
    names: set[str] = set()
    for update in updates:
        chosen = update.get("Update") or update.get("Create") or update.get("Delete")
        if not chosen:
            raise ValidationException(
                f"{INVALID}One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
                "GlobalSecondaryIndexUpdate.Delete must not be null"
            )
        if chosen["IndexName"] in names:
            raise ValidationException(
                f"{INVALID}Only one global secondary index update per index is allowed simultaneously. "
                f"Index: {chosen['IndexName']}"
            )
        names.add(chosen["IndexName"])


def apply_change(call: Call, dynamodb: "Dynamodb", table: Table, request: Mapping[str, Any]) -> Table:
    """Apply a checked UpdateTable request. Raises ResourceNotFoundException, LimitExceededException too."""
    changed: dict[str, Any] = copy.deepcopy(dict(table.definition))
    was_on_demand = _is_on_demand(changed)
    mode = request.get("BillingMode", definition.ON_DEMAND if was_on_demand else "PROVISIONED")
    if "ProvisionedThroughput" in request and mode == definition.ON_DEMAND:
        raise ValidationException(
            f"{INVALID}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
            "PAY_PER_REQUEST"
        )
    if "AttributeDefinitions" in request:
        _merge_attributes(changed, request["AttributeDefinitions"])
    _change_throughput(call, changed, request, mode, was_on_demand)
    created = _change_indexes(dynamodb, table, changed, request, mode)
    stream_specification.change(call, dynamodb, table, changed, request)
    for name in ("DeletionProtectionEnabled", "OnDemandThroughput", "WarmThroughput", "SSESpecification"):
        if name in request:
            changed[name] = request[name]
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


def _is_on_demand(changed: Mapping[str, Any]) -> bool:
    return bool(changed.get("BillingModeSummary", {}).get("BillingMode") == definition.ON_DEMAND)


def _merge_attributes(changed: dict[str, Any], given: list[dict[str, str]]) -> None:
    kinds = {entry["AttributeName"]: entry["AttributeType"] for entry in changed["AttributeDefinitions"]}
    for entry in given:
        name = entry["AttributeName"]
        if kinds.get(name, entry["AttributeType"]) != entry["AttributeType"]:
            raise ValidationException(
                f"{INVALID}Attempting to change the type of an attribute that is already defined: {name}"
            )
        kinds[name] = entry["AttributeType"]
    changed["AttributeDefinitions"] = [{"AttributeName": name, "AttributeType": kind} for name, kind in kinds.items()]


def _change_throughput(
    call: Call, changed: dict[str, Any], request: Mapping[str, Any], mode: str, was_on_demand: bool
) -> None:
    now_s = call.now_ms / 1000
    if mode == definition.ON_DEMAND and not was_on_demand:
        changed["BillingModeSummary"] = {
            "BillingMode": mode,
            "LastUpdateToPayPerRequestDateTime": now_s,
        }
        changed["ProvisionedThroughput"] = definition.throughput(definition.NONE)
        for index in changed.get("GlobalSecondaryIndexes", ()):
            index["ProvisionedThroughput"] = definition.throughput(definition.NONE)
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
        changed["ProvisionedThroughput"] = _throughput(
            changed["ProvisionedThroughput"], request["ProvisionedThroughput"], now_s
        )


def _throughput(current: dict[str, Any], wanted: Mapping[str, int], now_s: float) -> dict[str, Any]:
    """The new throughput; one that is the same is refused."""
    reads, writes = wanted["ReadCapacityUnits"], wanted["WriteCapacityUnits"]
    more_reads, more_writes = reads - current["ReadCapacityUnits"], writes - current["WriteCapacityUnits"]
    if not more_reads and not more_writes:
        raise ValidationException(
            "The provisioned throughput for the table will not change. The requested value equals the current value. "
            f"Current ReadCapacityUnits provisioned for the table: {reads}. Requested ReadCapacityUnits: {reads}. "
            f"Current WriteCapacityUnits provisioned for the table: {writes}. "
            f"Requested WriteCapacityUnits: {writes}. "
            "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
        )
    changed = {**current, "ReadCapacityUnits": reads, "WriteCapacityUnits": writes}
    if more_reads > 0 or more_writes > 0:
        changed["LastIncreaseDateTime"] = now_s
    if more_reads < 0 or more_writes < 0:
        changed["LastDecreaseDateTime"] = now_s
        changed["NumberOfDecreasesToday"] += 1
    return changed


def _change_indexes(
    dynamodb: "Dynamodb", table: Table, changed: dict[str, Any], request: Mapping[str, Any], mode: str
) -> list[str]:
    """Apply the updates of global indexes; the names of new ones."""
    updates = request.get("GlobalSecondaryIndexUpdates", [])
    if sum(1 for update in updates if "Create" in update or "Delete" in update) > 1:
        raise api.LimitExceededException(
            "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"
        )
    indexes: list[dict[str, Any]] = changed.get("GlobalSecondaryIndexes", [])
    created: list[str] = []
    defined = [entry["AttributeName"] for entry in request.get("AttributeDefinitions", ())]
    for update in updates:
        if "Create" in update:
            taken = [*indexes, *changed.get("LocalSecondaryIndexes", ())]
            indexes.append(_new_index(dynamodb, table, taken, update["Create"], defined, mode))
            created.append(update["Create"]["IndexName"])
            continue
        name = (update.get("Update") or update["Delete"])["IndexName"]
        entry = next((index for index in indexes if index["IndexName"] == name), None)
        if entry is None:
            raise api.ResourceNotFoundException("Requested resource not found")
        if "Delete" in update:
            indexes.remove(entry)
            dynamodb.store.delete_entries(table.by_name[name])
        else:
            _change_index(dynamodb, entry, update["Update"], mode)
    if indexes:
        changed["GlobalSecondaryIndexes"] = indexes
    else:
        changed.pop("GlobalSecondaryIndexes", None)
    return created


def _new_index(
    dynamodb: "Dynamodb",
    table: Table,
    taken: list[dict[str, Any]],
    wanted: Mapping[str, Any],
    defined: list[str],
    mode: str,
) -> dict[str, Any]:
    """A new global index, checked; ``taken`` are the indexes that the table has."""
    name = wanted["IndexName"]
    if any(index["IndexName"] == name for index in taken):
        raise ValidationException(f"{INVALID}Duplicate index name: {name}")
    if len(taken) - sum(not index.is_global for index in table.indexes) >= rules.GLOBAL_INDEXES_MAX:
        raise api.LimitExceededException(
            "Subscriber limit exceeded: GlobalSecondaryIndex count exceeds the per-table limit of 20"
        )
    # The request itself has to define the attributes of a new index's key, known ones too.
    definition.check_global(wanted, defined, mode == definition.ON_DEMAND)
    built = definition.build_global(wanted, table.arn)
    built["IndexId"] = dynamodb.store.add_index(table.id)
    return built


def _change_index(dynamodb: "Dynamodb", entry: dict[str, Any], wanted: Mapping[str, Any], mode: str) -> None:
    if "ProvisionedThroughput" in wanted:
        if mode == definition.ON_DEMAND:
            raise ValidationException(
                f"{INVALID}ProvisionedThroughput should not be specified for index: {entry['IndexName']} when "
                "BillingMode is PAY_PER_REQUEST"
            )
        if max(wanted["ProvisionedThroughput"].values()) > rules.THROUGHPUT_UNITS_MAX:
            raise ValidationException(
                "This operation cannot be performed with given input values. Please contact DynamoDB service team "
                "for more info: Action Blocked: IndexUpdate"
            )
        entry["ProvisionedThroughput"] = _throughput(
            entry["ProvisionedThroughput"], wanted["ProvisionedThroughput"], dynamodb.world.clock.now_s()
        )
    for name in ("OnDemandThroughput", "WarmThroughput"):
        if name in wanted:
            entry[name] = wanted[name]


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
