"""What a table is: a request to make one checked, the stored definition built, changed and described.

The stored definition has the form of ``TableDescription`` without what is measured or told anew each time (status,
counts), and with our own entries: ``IndexId`` of each index, ``StreamId``, ``TimeToLive``, ``PointInTimeRecovery``,
``ResourcePolicy``, ``SSESpecification`` and ``KinesisDestinations``.
Everything raises ValidationException unless it says otherwise.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from stratolite.core.errors import NotImplementedHere, ValidationException
from stratolite.services.dynamodb import encryption, key_schema, rules, stream_specification, throughput
from stratolite.services.dynamodb.attributes import shown

INVALID = rules.INVALID

TABLE_CLASSES = ("STANDARD", "STANDARD_INFREQUENT_ACCESS")

_OWN = (
    *("StreamId", "TimeToLive", "PointInTimeRecovery", "SSESpecification", "WarmThroughput", "ResourcePolicy"),
    "KinesisDestinations",
)

REFUSED = {
    "GlobalTableSourceArn": "global tables",
    "GlobalTableSettingsReplicationMode": "global tables",
    "ReplicaUpdates": "replicas",
    "MultiRegionConsistency": "global tables",
    "GlobalTableWitnessUpdates": "global tables",
    "DisassociationProtectionEnabled": "global tables",
    "VectorIndexes": "vector indexes",
    "VectorIndexUpdates": "vector indexes",
}


def refuse(request: Mapping[str, Any]) -> None:
    """Refuse by name what is not implemented. Raises NotImplementedHere."""
    for name, noun in REFUSED.items():
        if name in request:
            raise NotImplementedHere(f"{name}: {noun} are not implemented by this version of Stratolite.")


def check_new(request: Mapping[str, Any]) -> None:
    """Check a CreateTable request."""
    refuse(request)
    key_schema.check_lengths(request)
    stream_specification.check_new(request)
    check_class(request)
    encryption.check(request.get("SSESpecification"))
    on_demand = request.get("BillingMode") == throughput.ON_DEMAND
    if on_demand and "ProvisionedThroughput" in request:
        raise ValidationException(
            f"{INVALID}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
            "PAY_PER_REQUEST"
        )
    if not on_demand and "ProvisionedThroughput" not in request:
        raise ValidationException(
            f"{INVALID}ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"
        )
    throughput.check_table(request, on_demand=on_demand)
    _check_attributes(request)
    _check_indexes(request, on_demand=on_demand)


def check_class(request: Mapping[str, Any]) -> None:
    """Check the table class that a request names."""
    if request.get("TableClass", "STANDARD") not in TABLE_CLASSES:
        raise ValidationException(
            "Invalid table-class parameter provided. Please try again with a valid table-class value: "
            f"{shown(TABLE_CLASSES)}."
        )


def _check_attributes(request: Mapping[str, Any]) -> None:
    """Check the keys of the table and its indexes, and that exactly their attributes are defined."""
    defined = [entry["AttributeName"] for entry in request["AttributeDefinitions"]]
    keys = [entry["AttributeName"] for entry in request["KeySchema"]]
    for place, name in enumerate(defined):
        if name in defined[:place]:
            raise ValidationException(f"Attribute Name is duplicated: {name}")
    if len(keys) > len(defined):
        raise ValidationException("Invalid KeySchema: Some index key attribute have no definition")
    key_schema.check(request["KeySchema"], defined)
    has_indexes = "LocalSecondaryIndexes" in request or "GlobalSecondaryIndexes" in request
    if not has_indexes and len(keys) != len(defined):
        raise ValidationException(
            f"{INVALID}Number of attributes in KeySchema does not exactly match number of attributes defined in "
            "AttributeDefinitions"
        )
    local = request.get("LocalSecondaryIndexes")
    for listed in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes"):
        if request.get(listed) == []:
            raise ValidationException(f"{INVALID}List of {listed} is empty")
    if local and len(keys) != 2:
        raise ValidationException(
            f"{INVALID}Table KeySchema does not have a range key, which is required when specifying a "
            "LocalSecondaryIndex"
        )
    for index in local or ():
        key_schema.check(index["KeySchema"], defined)
    for index in request.get("GlobalSecondaryIndexes", ()):
        key_schema.check_global(index["KeySchema"], defined)
    if has_indexes:
        _check_all_used(request, defined)


def _check_all_used(request: Mapping[str, Any], defined: list[str]) -> None:
    """Attributes that no key uses must not be defined."""
    used = {entry["AttributeName"] for entry in request["KeySchema"]}
    for listed in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes"):
        for index in request.get(listed, ()):
            used |= {entry["AttributeName"] for entry in index["KeySchema"]}
    if used != set(defined):
        raise ValidationException(
            f"{INVALID}Some AttributeDefinitions are not used. AttributeDefinitions: {shown(defined)}, "
            f"keys used: {shown(name for name in defined if name in used)}"
        )


def _check_indexes(request: Mapping[str, Any], *, on_demand: bool) -> None:
    """Check what indexes hold, their names, and how many there are."""
    local, several = request.get("LocalSecondaryIndexes", []), request.get("GlobalSecondaryIndexes", [])
    hash_key = request["KeySchema"][0]["AttributeName"]
    names: set[str] = set()
    for index in local:
        schema, name = index["KeySchema"], index["IndexName"]
        if len(schema) != 2:
            raise ValidationException(f"{INVALID}Index KeySchema does not have a range key for index: {name}")
        if schema[0]["AttributeName"] != hash_key:
            raise ValidationException(
                f"{INVALID}Index KeySchema does not have the same leading hash key as table KeySchema for index: "
                f"{name}. index hash key: {schema[0]['AttributeName']}, table hash key: {hash_key}"
            )
        check_projection(index["Projection"])
        _check_name(name, names)
    if len(local) > rules.LOCAL_INDEXES_MAX:
        raise ValidationException(f"{INVALID}Number of LocalSecondaryIndexes exceeds per-table limit of 5")
    for index in several:
        check_projection(index["Projection"])
        throughput.check_index(index, on_demand=on_demand)
        _check_name(index["IndexName"], names)
    if len(several) > rules.GLOBAL_INDEXES_MAX:
        raise ValidationException(f"{INVALID}GlobalSecondaryIndex count exceeds the per-table limit of 20")
    included = sum(len(index["Projection"].get("NonKeyAttributes", ())) for index in (*local, *several))
    if included > rules.PROJECTED_ATTRIBUTES_MAX:
        raise ValidationException(
            f"{INVALID}Number of projected attributes in all indexes exceeds the per-table limit of "
            f"{rules.PROJECTED_ATTRIBUTES_MAX}"
        )


def check_projection(projection: Mapping[str, Any]) -> None:
    """Check what an index is to hold."""
    kind = projection.get("ProjectionType")
    if kind is None:
        raise ValidationException(f"{INVALID}Unknown ProjectionType: null")
    if "NonKeyAttributes" in projection and kind != "INCLUDE":
        raise ValidationException(f"{INVALID}ProjectionType is {kind}, but NonKeyAttributes is specified")
    if kind == "INCLUDE" and "NonKeyAttributes" not in projection:
        raise ValidationException(f"{INVALID}ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
    included = projection.get("NonKeyAttributes", [])
    for place, name in enumerate(included):
        if name in included[:place]:
            raise ValidationException(f"{INVALID}Duplicate element in NonKeyAttributes: {name}")


def _check_name(name: str, names: set[str]) -> None:
    if name in names:
        raise ValidationException(f"{INVALID}Duplicate index name: {name}")
    names.add(name)


# Building -----------------------------------------------------------------------------------------------------


def build(request: Mapping[str, Any], arn: str, table_id: str, now_s: float) -> dict[str, Any]:
    """The stored definition of a checked CreateTable request."""
    name = arn.rsplit("/", 1)[1]
    on_demand = request.get("BillingMode") == throughput.ON_DEMAND
    definition: dict[str, Any] = {
        "AttributeDefinitions": in_order(request["AttributeDefinitions"]),
        "TableName": name,
        "KeySchema": request["KeySchema"],
        "CreationDateTime": now_s,
        "ProvisionedThroughput": throughput.described(request.get("ProvisionedThroughput", throughput.NONE)),
        "TableArn": arn,
        "TableId": table_id,
        "DeletionProtectionEnabled": request.get("DeletionProtectionEnabled", False),
    }
    if on_demand:
        definition["BillingModeSummary"] = {
            "BillingMode": throughput.ON_DEMAND,
            "LastUpdateToPayPerRequestDateTime": now_s,
        }
    if "TableClass" in request:
        definition["TableClassSummary"] = {"TableClass": request["TableClass"]}
    if "SSESpecification" in request:
        definition["SSESpecification"] = request["SSESpecification"]
    _keep_throughput(definition, request, on_demand=on_demand)
    if "LocalSecondaryIndexes" in request:
        definition["LocalSecondaryIndexes"] = [
            {
                "IndexName": index["IndexName"],
                "KeySchema": index["KeySchema"],
                "Projection": _projection(index["Projection"]),
                "IndexArn": f"{arn}/index/{index['IndexName']}",
            }
            for index in request["LocalSecondaryIndexes"]
        ]
    if "GlobalSecondaryIndexes" in request:
        definition["GlobalSecondaryIndexes"] = [
            build_global(index, arn, on_demand=on_demand) for index in request["GlobalSecondaryIndexes"]
        ]
    return definition


def build_global(index: Mapping[str, Any], arn: str, *, on_demand: bool) -> dict[str, Any]:
    """The stored definition of a global index."""
    built: dict[str, Any] = {
        "IndexName": index["IndexName"],
        "KeySchema": index["KeySchema"],
        "Projection": _projection(index["Projection"]),
        "ProvisionedThroughput": throughput.described(index.get("ProvisionedThroughput", throughput.NONE)),
        "IndexArn": f"{arn}/index/{index['IndexName']}",
    }
    _keep_throughput(built, index, on_demand=on_demand)
    return built


def in_order(attributes: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """Definitions of attributes in the order of their names, as DynamoDB describes them."""
    return sorted(attributes, key=lambda entry: entry["AttributeName"])


def _projection(projection: Mapping[str, Any]) -> dict[str, Any]:
    if "NonKeyAttributes" not in projection:
        return dict(projection)
    return {**projection, "NonKeyAttributes": sorted(projection["NonKeyAttributes"])}


def _keep_throughput(entry: dict[str, Any], request: Mapping[str, Any], *, on_demand: bool) -> None:
    if request.get("OnDemandThroughput"):
        entry["OnDemandThroughput"] = request["OnDemandThroughput"]
    if request.get("WarmThroughput"):
        entry["WarmThroughput"] = {**throughput.warm(entry, on_demand=on_demand), **request["WarmThroughput"]}


# Describing ---------------------------------------------------------------------------------------------------


def describe(
    definition: Mapping[str, Any],
    counts: Mapping[str, tuple[int, int]],
    *,
    status: str = "ACTIVE",
    fresh: bool = False,
) -> dict[str, Any]:
    """``TableDescription``. ``counts``: number and bytes of items, of the table (key ``""``) and of each index.

    ``fresh``: as CreateTable answers, where AWS leaves out what is not settled yet.
    """
    number, size = counts.get("", (0, 0))
    answer: dict[str, Any] = {name: value for name, value in definition.items() if name not in _OWN}
    answer.update(TableStatus=status, ItemCount=number, TableSizeBytes=size)
    if fresh and "BillingModeSummary" in answer:
        answer["BillingModeSummary"] = {"BillingMode": answer["BillingModeSummary"]["BillingMode"]}
    if encryption.is_on(definition):
        answer["SSEDescription"] = encryption.describe(definition)
    on_demand = throughput.is_on_demand(definition)
    if not fresh or "WarmThroughput" in definition:
        warm = throughput.warm(definition, on_demand=on_demand)
        answer["WarmThroughput"] = {**warm, "Status": "UPDATING" if fresh else "ACTIVE"}
    index_status = "CREATING" if fresh else "ACTIVE"
    for listed in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        if listed in definition:
            answer[listed] = [
                _describe_index(index, counts, index_status if listed[0] == "G" else "", fresh, on_demand=on_demand)
                for index in definition[listed]
            ]
    return answer


def _describe_index(
    index: Mapping[str, Any],
    counts: Mapping[str, tuple[int, int]],
    status: str,
    fresh: bool,
    *,
    on_demand: bool,
) -> dict[str, Any]:
    number, size = counts.get(index["IndexName"], (0, 0))
    answer = {name: value for name, value in index.items() if name not in ("IndexId", "WarmThroughput")}
    answer.update(ItemCount=number, IndexSizeBytes=size)
    if status:
        answer["IndexStatus"] = status
        if not fresh:
            answer["WarmThroughput"] = {**throughput.warm(index, on_demand=on_demand), "Status": "ACTIVE"}
    return answer
