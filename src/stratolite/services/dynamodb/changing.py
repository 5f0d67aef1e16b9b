"""A table as UpdateTable's answer describes it: on AWS nothing has changed yet when that answer is given.

Units are those from before, though with the time of the change; new indexes are being created, others updated or
deleted. Here all of it is done by then, and DescribeTable says so.
"""

from collections.abc import Mapping
from typing import Any

from stratolite.services.dynamodb import definition, encryption, throughput
from stratolite.services.dynamodb.domain import Table

_OLD = ("ReadCapacityUnits", "WriteCapacityUnits", "NumberOfDecreasesToday")


def describe(
    request: Mapping[str, Any], before: Table, after: Table, counts: Mapping[str, tuple[int, int]]
) -> dict[str, Any]:
    """``TableDescription`` between a table as it was and as it is."""
    answer = definition.describe(after.definition, counts, status="UPDATING")
    was_on_demand = throughput.is_on_demand(before.definition)
    if "ProvisionedThroughput" in request and not was_on_demand:
        _keep_units(answer, before.definition)
    if "BillingModeSummary" in answer and not was_on_demand:
        answer["BillingModeSummary"] = {"BillingMode": answer["BillingModeSummary"]["BillingMode"]}
    if "SSESpecification" in request:
        _show_encryption(answer, before, after)
    updates = request.get("GlobalSecondaryIndexUpdates") or []
    if updates:
        _show_indexes(answer, updates, definition.describe(before.definition, counts), keeps_units=not was_on_demand)
    return answer


def _keep_units(answer: dict[str, Any], before: Mapping[str, Any]) -> None:
    old = before["ProvisionedThroughput"]
    answer["ProvisionedThroughput"] = {**answer["ProvisionedThroughput"], **{name: old[name] for name in _OLD}}


def _show_indexes(
    answer: dict[str, Any], updates: list[Mapping[str, Any]], before: Mapping[str, Any], *, keeps_units: bool
) -> None:
    old = {index["IndexName"]: index for index in before.get("GlobalSecondaryIndexes", ())}
    indexes = {index["IndexName"]: index for index in answer.get("GlobalSecondaryIndexes", ())}
    for update in updates:
        if "Create" in update:
            indexes[update["Create"]["IndexName"]].update(IndexStatus="CREATING", Backfilling=False)
        elif "Update" in update:
            name = update["Update"]["IndexName"]
            indexes[name]["IndexStatus"] = "UPDATING"
            if keeps_units:
                _keep_units(indexes[name], old[name])
        else:
            name = update["Delete"]["IndexName"]
            indexes[name] = {**old[name], "IndexStatus": "DELETING"}
            answer["AttributeDefinitions"] = before["AttributeDefinitions"]
    answer["GlobalSecondaryIndexes"] = list(indexes.values())


def _show_encryption(answer: dict[str, Any], before: Table, after: Table) -> None:
    """The encryption that comes, or the one that goes."""
    for table in (after, before):
        if encryption.is_on(table.definition):
            answer["SSEDescription"] = encryption.describe(table.definition, "UPDATING")
            return
