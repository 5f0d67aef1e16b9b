"""CloudFormation's view of DynamoDB: ``AWS::DynamoDB::Table``, and ``GlobalTable`` as far as that is one.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from stratolite.core.errors import NotImplementedHere
from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.dynamodb import api, global_table

NAME_LENGTH_MAX = 255
_SAME = ("KeySchema", "AttributeDefinitions", "BillingMode", "TableClass", "Tags")
_INDEX = ("IndexName", "KeySchema", "Projection")
_BILLING = ("BillingMode", "ProvisionedThroughput")
_ALONE = ("OnDemandThroughput", "WarmThroughput", "TableClass", "SSESpecification", "DeletionProtectionEnabled")
_UNITS = ("ProvisionedThroughput", "OnDemandThroughput", "WarmThroughput")


def _flag(value: Any) -> bool:
    return value if isinstance(value, bool) else str(value).lower() == "true"


def _whole_numbers(values: Mapping[str, Any]) -> dict[str, int]:
    return {name: int(value) for name, value in values.items()}


def _refuse(properties: Mapping[str, Any]) -> None:
    for place in (properties, *properties.get("GlobalSecondaryIndexes", ())):
        insights = place.get("ContributorInsightsSpecification") if isinstance(place, Mapping) else None
        if insights is not None and _flag(insights.get("Enabled", False)):
            raise NotImplementedHere(
                "ContributorInsightsSpecification: contributor insights are not implemented by this version of "
                "Stratolite."
            )
    for name in ("ResourcePolicy", "Tags"):
        if name in (properties.get("StreamSpecification") or {}):
            raise NotImplementedHere(
                f"AWS::DynamoDB::Table StreamSpecification.{name} is not implemented by this version of Stratolite."
            )


def _index(properties: Mapping[str, Any]) -> dict[str, Any]:
    """A secondary index as the API has it."""
    index = {name: properties[name] for name in _INDEX if name in properties}
    index.update({name: _whole_numbers(properties[name]) for name in _UNITS if name in properties})
    return index


def _encryption(properties: Mapping[str, Any]) -> dict[str, Any]:
    sse = properties.get("SSESpecification")
    if sse is None:
        return {"Enabled": False}
    request = {name: sse[name] for name in ("SSEType", "KMSMasterKeyId") if name in sse}
    return {"Enabled": _flag(sse.get("SSEEnabled", False)), **request}


def _create(work: Work) -> Made:
    properties = work.properties
    name = properties.get("TableName") or work.generated_name(NAME_LENGTH_MAX, "any")
    request: dict[str, Any] = {"TableName": name, **{key: properties[key] for key in _SAME if key in properties}}
    request.update({key: _whole_numbers(properties[key]) for key in _UNITS if key in properties})
    for key in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        if properties.get(key):
            request[key] = [_index(entry) for entry in properties[key]]
    if "SSESpecification" in properties:
        request["SSESpecification"] = _encryption(properties)
    if "DeletionProtectionEnabled" in properties:
        request["DeletionProtectionEnabled"] = _flag(properties["DeletionProtectionEnabled"])
    if "StreamSpecification" in properties:
        request["StreamSpecification"] = {"StreamEnabled": True, **_stream(properties)}
    if properties.get("ResourcePolicy"):
        request["ResourcePolicy"] = _policy(properties)
    description = work.operate("CreateTable", request)["TableDescription"]
    _set_time_to_live(work, name)
    _set_recovery(work, name)
    _set_destination(work, name)
    return _made(description)


def _update(work: Work) -> Made:
    name = work.physical_id
    for request in _requests(_changes(work)):
        work.operate("UpdateTable", {"TableName": name, **request})
    _set_stream(work, name)
    _set_time_to_live(work, name)
    _set_recovery(work, name)
    _set_destination(work, name)
    description = work.operate("DescribeTable", {"TableName": name})["Table"]
    _set_tags(work, description["TableArn"])
    _set_policy(work, description["TableArn"])
    return _made(description)


def _made(description: Mapping[str, Any]) -> Made:
    attributes = {"Arn": description["TableArn"], "TableId": description["TableId"]}
    if "StreamSpecification" in description:
        attributes["StreamArn"] = description["LatestStreamArn"]
    return Made(description["TableName"], attributes)


def _changes(work: Work) -> dict[str, Any]:
    """What UpdateTable has to change."""
    new, old = work.properties, work.previous
    request: dict[str, Any] = {}
    mode, former = new.get("BillingMode", "PROVISIONED"), old.get("BillingMode", "PROVISIONED")
    if mode != former:
        request["BillingMode"] = mode
    for name in _UNITS:
        if name in new and (new[name] != old.get(name) or (name == "ProvisionedThroughput" and mode != former)):
            request[name] = _whole_numbers(new[name])
    if mode == "PAY_PER_REQUEST":
        request.pop("ProvisionedThroughput", None)
    if new.get("TableClass", "STANDARD") != old.get("TableClass", "STANDARD"):
        request["TableClass"] = new.get("TableClass", "STANDARD")
    protected = _flag(new.get("DeletionProtectionEnabled", False))
    if protected != _flag(old.get("DeletionProtectionEnabled", False)):
        request["DeletionProtectionEnabled"] = protected
    if new.get("SSESpecification") != old.get("SSESpecification"):
        request["SSESpecification"] = _encryption(new)
    updates = _index_updates(new, old, switched=mode != former and mode == "PROVISIONED")
    if updates:
        request["GlobalSecondaryIndexUpdates"] = updates
        request["AttributeDefinitions"] = new["AttributeDefinitions"]
    return request


def _requests(changes: dict[str, Any]) -> list[dict[str, Any]]:
    """The changes in as many updates as they take: there are few that DynamoDB makes together."""
    updates: list[dict[str, Any]] = changes.get("GlobalSecondaryIndexUpdates", [])
    deleted, made, units = ([each for each in updates if kind in each] for kind in ("Delete", "Create", "Update"))
    billing: dict[str, Any] = {
        name: changes[name] for name in ("BillingMode", "ProvisionedThroughput") if name in changes
    }
    if units and changes.get("BillingMode") != "PAY_PER_REQUEST":
        # Indexes that were not provisioned are so together with their table.
        billing["GlobalSecondaryIndexUpdates"], units = units, []
    requests: list[dict[str, Any]] = [
        {"GlobalSecondaryIndexUpdates": deleted} if deleted else {},
        billing,
        {"GlobalSecondaryIndexUpdates": units} if units else {},
        {"GlobalSecondaryIndexUpdates": made, "AttributeDefinitions": changes["AttributeDefinitions"]} if made else {},
        *({name: changes[name]} for name in _ALONE if name in changes),
    ]
    return [request for request in requests if request]


def _index_updates(new: Mapping[str, Any], old: Mapping[str, Any], *, switched: bool) -> list[dict[str, Any]]:
    """What changed of the global indexes. Raises ValidationException for more than AWS does in one update."""
    wanted = {entry["IndexName"]: _index(entry) for entry in new.get("GlobalSecondaryIndexes") or ()}
    had = {entry["IndexName"]: _index(entry) for entry in old.get("GlobalSecondaryIndexes") or ()}
    updates: list[dict[str, Any]] = []
    for name, index in had.items():
        if name not in wanted:
            updates.append({"Delete": {"IndexName": name}})
        elif any(index.get(part) != wanted[name].get(part) for part in ("KeySchema", "Projection")):
            raise api.ValidationException(
                "Cannot update GSI's properties other than Provisioned Throughput and Contributor Insights "
                f"Specification. You can create a new GSI with a different name. GSI: {name}"
            )
    updates += [{"Create": index} for name, index in wanted.items() if name not in had]
    if len(updates) > 1:
        raise api.ValidationException("Cannot perform more than one GSI creation or deletion in a single update")
    for name, index in wanted.items():
        units = {part: index[part] for part in _UNITS if part in index}
        if name in had and units and (switched or any(had[name].get(part) != units[part] for part in units)):
            updates.append({"Update": {"IndexName": name, **units}})
    return updates


def _stream(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The stream that a table is to have; empty when it is to have none."""
    wanted = properties.get("StreamSpecification") or {}
    return {"StreamViewType": wanted["StreamViewType"]} if wanted else {}


def _set_stream(work: Work, name: str) -> None:
    """A stream with another view is another stream: DynamoDB changes none that is enabled."""
    wanted, had = _stream(work.properties), _stream(work.previous)
    if wanted == had:
        return
    for specification in ({"StreamEnabled": False} if had else {}, {"StreamEnabled": True, **wanted} if wanted else {}):
        if specification:
            work.operate("UpdateTable", {"TableName": name, "StreamSpecification": specification})


def _set_destination(work: Work, name: str) -> None:
    """The stream of Kinesis that gets the table's changes."""
    wanted, had = (one.get("KinesisStreamSpecification") or {} for one in (work.properties, work.previous))
    precision, moved = "ApproximateCreationDateTimePrecision", wanted.get("StreamArn") != had.get("StreamArn")
    if had and moved:
        work.operate("DisableKinesisStreamingDestination", {"TableName": name, "StreamArn": had["StreamArn"]})
    if not wanted:
        return
    request, settings = {"TableName": name, "StreamArn": wanted["StreamArn"]}, {precision: wanted.get(precision)}
    if moved:
        more = {"EnableKinesisStreamingConfiguration": settings} if precision in wanted else {}
        work.operate("EnableKinesisStreamingDestination", {**request, **more})
    elif wanted.get(precision, "MILLISECOND") != had.get(precision, "MILLISECOND"):
        settings = {precision: wanted.get(precision, "MILLISECOND")}
        work.operate("UpdateKinesisStreamingDestination", {**request, "UpdateKinesisStreamingConfiguration": settings})


def _time_to_live(properties: Mapping[str, Any]) -> str:
    """The attribute by which items are to expire; empty when they are not."""
    wanted = properties.get("TimeToLiveSpecification") or {}
    return str(wanted.get("AttributeName", "")) if _flag(wanted.get("Enabled", False)) else ""


def _set_time_to_live(work: Work, name: str) -> None:
    wanted, had = _time_to_live(work.properties), _time_to_live(work.previous)
    if wanted == had:
        return
    for attribute, enabled in ((had, False), (wanted, True)):
        if attribute:
            specification = {"AttributeName": attribute, "Enabled": enabled}
            work.operate("UpdateTimeToLive", {"TableName": name, "TimeToLiveSpecification": specification})


def _recovery(properties: Mapping[str, Any]) -> dict[str, Any]:
    wanted = properties.get("PointInTimeRecoverySpecification") or {}
    enabled = _flag(wanted.get("PointInTimeRecoveryEnabled", False))
    request: dict[str, Any] = {"PointInTimeRecoveryEnabled": enabled}
    if enabled and "RecoveryPeriodInDays" in wanted:
        request["RecoveryPeriodInDays"] = int(wanted["RecoveryPeriodInDays"])
    return request


def _set_recovery(work: Work, name: str) -> None:
    wanted = _recovery(work.properties)
    if wanted != _recovery(work.previous):
        work.operate("UpdateContinuousBackups", {"TableName": name, "PointInTimeRecoverySpecification": wanted})


def _set_tags(work: Work, arn: str) -> None:
    wanted, had = work.properties.get("Tags") or [], work.previous.get("Tags") or []
    gone = {tag["Key"] for tag in had} - {tag["Key"] for tag in wanted}
    if gone:
        work.operate("UntagResource", {"ResourceArn": arn, "TagKeys": sorted(gone)})
    if wanted and wanted != had:
        work.operate("TagResource", {"ResourceArn": arn, "Tags": wanted})


def _policy(properties: Mapping[str, Any]) -> str:
    """The resource policy as the API has it; empty when there is none."""
    wanted = properties.get("ResourcePolicy")
    if not wanted:
        return ""
    document = wanted["PolicyDocument"]
    return document if isinstance(document, str) else json.dumps(document)


def _set_policy(work: Work, arn: str) -> None:
    wanted, had = _policy(work.properties), _policy(work.previous)
    if wanted and wanted != had:
        work.operate("PutResourcePolicy", {"ResourceArn": arn, "Policy": wanted})
    elif had and not wanted:
        work.operate("DeleteResourcePolicy", {"ResourceArn": arn})


def _delete(work: Work) -> None:
    work.unless_gone("DeleteTable", {"TableName": work.physical_id})


def _of_global(act: Callable[[Work], Made]) -> Callable[[Work], Made]:
    """What is done to a table, done to a global one."""

    def acting(work: Work) -> Made:
        global_table.check_region(work.properties, work.call.region)
        properties, previous = global_table.as_table(work.properties), global_table.as_table(work.previous)
        return act(replace(work, properties=properties, previous=previous))

    return acting


def _refuse_global(properties: Mapping[str, Any]) -> None:
    for replica in global_table.refuse(properties):
        # What a table can be refused for is what a replica says of it.
        _refuse(replica)


_REASONS = {
    "throughput": "kept and described; requests are not throttled",
    "encryption": "encryption at rest has no effect that a client can see",
}
RESOURCE_TYPES = (
    ResourceType(
        name="AWS::DynamoDB::Table",
        implemented=frozenset(
            {
                "TableName",
                "KeySchema",
                "AttributeDefinitions",
                "GlobalSecondaryIndexes",
                "LocalSecondaryIndexes",
                "BillingMode",
                "StreamSpecification",
                "KinesisStreamSpecification",
                "TimeToLiveSpecification",
                "DeletionProtectionEnabled",
                "Tags",
                "ContributorInsightsSpecification",
            }
        ),
        accepted={
            "ProvisionedThroughput": _REASONS["throughput"],
            "OnDemandThroughput": _REASONS["throughput"],
            "WarmThroughput": _REASONS["throughput"],
            "SSESpecification": _REASONS["encryption"],
            "TableClass": "it changes the price alone",
            "PointInTimeRecoverySpecification": "kept and described; it shows only when a backup is restored",
            "ResourcePolicy": "kept and given back; policies are not enforced",
        },
        create=_create,
        update=_update,
        delete=_delete,
        replaces=frozenset({"TableName", "KeySchema", "LocalSecondaryIndexes"}),
        refuse=_refuse,
    ),
    ResourceType(
        name="AWS::DynamoDB::GlobalTable",
        implemented=frozenset(
            {
                "TableName",
                "KeySchema",
                "AttributeDefinitions",
                "GlobalSecondaryIndexes",
                "LocalSecondaryIndexes",
                "BillingMode",
                "Replicas",
                "StreamSpecification",
                "TimeToLiveSpecification",
            }
        ),
        accepted={
            "ReadOnDemandThroughputSettings": _REASONS["throughput"],
            "ReadProvisionedThroughputSettings": _REASONS["throughput"],
            "WriteOnDemandThroughputSettings": _REASONS["throughput"],
            "WriteProvisionedThroughputSettings": _REASONS["throughput"],
            "WarmThroughput": _REASONS["throughput"],
            "SSESpecification": _REASONS["encryption"],
        },
        create=_of_global(_create),
        update=_of_global(_update),
        delete=_delete,
        replaces=frozenset({"TableName", "KeySchema", "LocalSecondaryIndexes"}),
        refuse=_refuse_global,
    ),
)
