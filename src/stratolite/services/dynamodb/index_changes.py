"""``GlobalSecondaryIndexUpdates``: global indexes made, changed and deleted in a table's definition.

Raises ValidationException with DynamoDB's texts unless it says otherwise.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb import api, change_request, definition, key_schema, rules, throughput
from stratolite.services.dynamodb.domain import Table

if TYPE_CHECKING:
    from stratolite.services.dynamodb import Dynamodb

INVALID = rules.INVALID


def apply(
    dynamodb: "Dynamodb", table: Table, changed: dict[str, Any], request: Mapping[str, Any], *, on_demand: bool
) -> list[str]:
    """Change ``changed``, the definition to be, as a checked request asks; the names of new indexes.

    Raises LimitExceededException and ResourceNotFoundException too.
    """
    updates = request.get("GlobalSecondaryIndexUpdates", [])
    if sum(1 for update in updates if change_request.makes_or_deletes(update)) > 1:
        raise api.LimitExceededException(
            "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"
        )
    indexes: list[dict[str, Any]] = changed.get("GlobalSecondaryIndexes", [])
    created: list[str] = []
    for update in updates:
        if "Create" in update:
            indexes.append(_new(dynamodb, table, changed, request, update["Create"], on_demand=on_demand))
            created.append(update["Create"]["IndexName"])
        elif "Delete" in update:
            entry = _existing(table, indexes, update["Delete"]["IndexName"], "delete")
            indexes.remove(entry)
            dynamodb.store.delete_entries(table.by_name[entry["IndexName"]])
        else:
            entry = _existing(table, indexes, update["Update"]["IndexName"], "update")
            _change(dynamodb, entry, update["Update"], on_demand=on_demand)
    if indexes:
        changed["GlobalSecondaryIndexes"] = indexes
    else:
        changed.pop("GlobalSecondaryIndexes", None)
    return created


def _existing(table: Table, indexes: list[dict[str, Any]], name: str, verb: str) -> dict[str, Any]:
    for entry in indexes:
        if entry["IndexName"] == name:
            return entry
    if name in table.by_name:
        raise ValidationException(f"Cannot {verb} an index that is not a GlobalSecondaryIndex: {name}")
    raise api.ResourceNotFoundException(f"Requested resource not found: Index {name} for table {table.name}")


def _new(
    dynamodb: "Dynamodb",
    table: Table,
    changed: dict[str, Any],
    request: Mapping[str, Any],
    wanted: Mapping[str, Any],
    *,
    on_demand: bool,
) -> dict[str, Any]:
    """A new global index, checked."""
    name = wanted["IndexName"]
    if name in table.by_name:
        raise ValidationException("Attempting to create an index which already exists")
    if sum(index.is_global for index in table.indexes) >= rules.GLOBAL_INDEXES_MAX:
        raise api.LimitExceededException(
            "Subscriber limit exceeded: Number of global secondary indexes exceeds per-table limit of "
            f"{rules.GLOBAL_INDEXES_MAX}"
        )
    # The request itself has to define the attributes of a new index's key, known ones too. What it defines beside them
    # does not matter.
    if "AttributeDefinitions" not in request:
        raise ValidationException(f"{INVALID}AttributeDefinitions is not specified for index: {name}")
    given = {entry["AttributeName"]: entry["AttributeType"] for entry in request["AttributeDefinitions"]}
    key_schema.check_global(wanted["KeySchema"], list(given))
    key_schema.check_same_kinds(changed, wanted["KeySchema"], given)
    definition.check_projection(wanted["Projection"])
    throughput.check_added_index(wanted, on_demand=on_demand)
    kinds = {entry["AttributeName"]: entry["AttributeType"] for entry in changed["AttributeDefinitions"]}
    kinds.update({entry["AttributeName"]: given[entry["AttributeName"]] for entry in wanted["KeySchema"]})
    changed["AttributeDefinitions"] = definition.in_order(
        {"AttributeName": attribute, "AttributeType": kind} for attribute, kind in kinds.items()
    )
    built = definition.build_global(wanted, table.arn, on_demand=on_demand)
    built["IndexId"] = dynamodb.store.add_index(table.id)
    return built


def _change(dynamodb: "Dynamodb", entry: dict[str, Any], wanted: Mapping[str, Any], *, on_demand: bool) -> None:
    name = entry["IndexName"]
    effective = [part for part in ("OnDemandThroughput", "WarmThroughput") if wanted.get(part)]
    if on_demand and ("ProvisionedThroughput" in wanted or not effective):
        raise ValidationException(
            f"{INVALID}The only Updates for index: {name} when TableThroughputMode is PAY_PER_REQUEST can be to "
            "OnDemandThroughput, WarmThroughput"
        )
    if "ProvisionedThroughput" in wanted:
        if max(wanted["ProvisionedThroughput"].values()) > rules.THROUGHPUT_UNITS_MAX:
            raise ValidationException(
                "This operation cannot be performed with given input values. Please contact DynamoDB service team "
                "for more info: Action Blocked: IndexUpdate"
            )
        entry["ProvisionedThroughput"] = throughput.changed_units(
            entry["ProvisionedThroughput"], wanted["ProvisionedThroughput"], dynamodb.world.clock.now_s(), name
        )
    if "OnDemandThroughput" in wanted:
        throughput.check_limits(wanted["OnDemandThroughput"], name, on_demand=on_demand, may_clear=True)
        throughput.keep_limits(entry, wanted["OnDemandThroughput"])
    if "WarmThroughput" in wanted:
        entry["WarmThroughput"] = throughput.warmed(entry, wanted["WarmThroughput"], name, on_demand=on_demand)
