"""What a table is: a request to make one checked, the stored definition built, changed and described.

The stored definition has the form of ``TableDescription`` without what is measured or told anew each time (status,
counts), and with our own entries: ``IndexId`` of each index, ``StreamId``, ``TimeToLive``, ``PointInTimeRecovery``,
``ResourcePolicy``, ``SSESpecification`` and ``KinesisDestinations``.
Everything raises ValidationException unless it says otherwise.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from stratolite.core.errors import NotImplementedHere, ValidationException
from stratolite.services.dynamodb import key_schema, rules, stream_specification
from stratolite.services.dynamodb.attributes import shown

INVALID = rules.INVALID
NONE = {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
ON_DEMAND = "PAY_PER_REQUEST"
_WARM_ON_DEMAND = {"ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000}

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
    on_demand = request.get("BillingMode") == ON_DEMAND
    if on_demand and "ProvisionedThroughput" in request:
        raise ValidationException(
            f"{INVALID}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
            "PAY_PER_REQUEST"
        )
    if not on_demand and "ProvisionedThroughput" not in request:
        raise ValidationException(
            f"{INVALID}ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"
        )
    check_throughput(request.get("ProvisionedThroughput"))
    defined = [entry["AttributeName"] for entry in request["AttributeDefinitions"]]
    keys = [entry["AttributeName"] for entry in request["KeySchema"]]
    if len(keys) > len(defined):
        raise ValidationException("Invalid KeySchema: Some index key attribute have no definition")
    key_schema.check(request["KeySchema"], defined)
    has_indexes = "LocalSecondaryIndexes" in request or "GlobalSecondaryIndexes" in request
    if not has_indexes and len(keys) != len(defined):
        raise ValidationException(
            f"{INVALID}Number of attributes in KeySchema does not exactly match number of attributes defined in "
            "AttributeDefinitions"
        )
    names: set[str] = set()
    if "LocalSecondaryIndexes" in request:
        _check_local(request["LocalSecondaryIndexes"], request["KeySchema"], defined, names)
    if "GlobalSecondaryIndexes" in request:
        _check_global(request["GlobalSecondaryIndexes"], defined, names, on_demand)
    if len(set(defined)) != len(defined):
        raise ValidationException(f"{INVALID}Duplicate AttributeName in AttributeDefinitions")
    if has_indexes:
        _check_all_used(request, defined)


def check_throughput(throughput: Mapping[str, int] | None) -> None:
    """Check that throughput is within bounds."""
    for name in ("ReadCapacityUnits", "WriteCapacityUnits"):
        value = (throughput or {}).get(name, 0)
        if value > rules.THROUGHPUT_UNITS_MAX:
            raise ValidationException(f"Given value {value} for {name} is out of bounds")


def _check_local(
    indexes: list[dict[str, Any]], table: list[dict[str, str]], defined: list[str], names: set[str]
) -> None:
    if not indexes:
        raise ValidationException(f"{INVALID}List of LocalSecondaryIndexes is empty")
    if len(table) != 2:
        raise ValidationException(
            f"{INVALID}Table KeySchema does not have a range key, which is required when specifying a "
            "LocalSecondaryIndex"
        )
    hash_key = table[0]["AttributeName"]
    for index in indexes:
        schema, name = index["KeySchema"], index["IndexName"]
        key_schema.check(schema, defined)
        if len(schema) != 2:
            raise ValidationException(f"{INVALID}Index KeySchema does not have a range key for index: {name}")
        if schema[0]["AttributeName"] != hash_key:
            raise ValidationException(
                f"{INVALID}Index KeySchema does not have the same leading hash key as table KeySchema for index: "
                f"{name}. index hash key: {schema[0]['AttributeName']}, table hash key: {hash_key}"
            )
        check_projection(index["Projection"])
        _check_name(name, names)
    if len(indexes) > rules.LOCAL_INDEXES_MAX:
        raise ValidationException(f"{INVALID}Number of LocalSecondaryIndexes exceeds per-table limit of 5")


def _check_global(indexes: list[dict[str, Any]], defined: list[str], names: set[str], on_demand: bool) -> None:
    if not indexes:
        raise ValidationException(f"{INVALID}List of GlobalSecondaryIndexes is empty")
    for index in indexes:
        check_global(index, defined, on_demand)
        _check_name(index["IndexName"], names)
    if len(indexes) > rules.GLOBAL_INDEXES_MAX:
        raise ValidationException(f"{INVALID}GlobalSecondaryIndex count exceeds the per-table limit of 20")


def check_global(index: Mapping[str, Any], defined: list[str], on_demand: bool) -> None:
    """Check a global index that is to be made."""
    name = index["IndexName"]
    key_schema.check_global(index["KeySchema"], defined)
    check_projection(index["Projection"])
    if on_demand and "ProvisionedThroughput" in index:
        raise ValidationException(
            f"{INVALID}ProvisionedThroughput should not be specified for index: {name} when BillingMode is "
            "PAY_PER_REQUEST"
        )
    if not on_demand and "ProvisionedThroughput" not in index:
        raise ValidationException(f"{INVALID}ProvisionedThroughput must be specified for index: {name}")
    check_throughput(index.get("ProvisionedThroughput"))


def check_projection(projection: Mapping[str, Any]) -> None:
    """Check what an index is to hold."""
    kind = projection.get("ProjectionType")
    if kind is None:
        raise ValidationException(f"{INVALID}Unknown ProjectionType: null")
    if "NonKeyAttributes" in projection and kind != "INCLUDE":
        raise ValidationException(f"{INVALID}ProjectionType is {kind}, but NonKeyAttributes is specified")
    if kind == "INCLUDE" and "NonKeyAttributes" not in projection:
        raise ValidationException(f"{INVALID}ProjectionType is INCLUDE, but NonKeyAttributes is not specified")


def _check_name(name: str, names: set[str]) -> None:
    if name in names:
        raise ValidationException(f"{INVALID}Duplicate index name: {name}")
    names.add(name)


def _check_all_used(request: Mapping[str, Any], defined: list[str]) -> None:
    """Attributes that no key uses must not be defined."""
    used = {entry["AttributeName"] for entry in request["KeySchema"]}
    included = 0
    for listed in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes"):
        for index in request.get(listed, ()):
            used |= {entry["AttributeName"] for entry in index["KeySchema"]}
            included += len(index["Projection"].get("NonKeyAttributes", ()))
    if used != set(defined):
        raise ValidationException(
            f"{INVALID}Some AttributeDefinitions are not used. AttributeDefinitions: {shown(defined)}, "
            f"keys used: {shown(name for name in defined if name in used)}"
        )
    if included > rules.PROJECTED_ATTRIBUTES_MAX:
        raise ValidationException(
            f"{INVALID}Number of projected attributes in all indexes exceeds the per-table limit of "
            f"{rules.PROJECTED_ATTRIBUTES_MAX}"
        )


# Building -----------------------------------------------------------------------------------------------------


def build(request: Mapping[str, Any], arn: str, table_id: str, now_s: float) -> dict[str, Any]:
    """The stored definition of a checked CreateTable request."""
    name = arn.rsplit("/", 1)[1]
    definition: dict[str, Any] = {
        "AttributeDefinitions": request["AttributeDefinitions"],
        "TableName": name,
        "KeySchema": request["KeySchema"],
        "CreationDateTime": now_s,
        "ProvisionedThroughput": throughput(request.get("ProvisionedThroughput", NONE)),
        "TableArn": arn,
        "TableId": table_id,
        "DeletionProtectionEnabled": request.get("DeletionProtectionEnabled", False),
    }
    if request.get("BillingMode") == ON_DEMAND:
        definition["BillingModeSummary"] = {
            "BillingMode": ON_DEMAND,
            "LastUpdateToPayPerRequestDateTime": now_s,
        }
    if "TableClass" in request:
        definition["TableClassSummary"] = {"TableClass": request["TableClass"]}
    for kept in ("OnDemandThroughput", "WarmThroughput", "SSESpecification"):
        if kept in request:
            definition[kept] = request[kept]
    if "LocalSecondaryIndexes" in request:
        definition["LocalSecondaryIndexes"] = [
            {
                "IndexName": index["IndexName"],
                "KeySchema": index["KeySchema"],
                "Projection": index["Projection"],
                "IndexArn": f"{arn}/index/{index['IndexName']}",
            }
            for index in request["LocalSecondaryIndexes"]
        ]
    if "GlobalSecondaryIndexes" in request:
        definition["GlobalSecondaryIndexes"] = [build_global(index, arn) for index in request["GlobalSecondaryIndexes"]]
    return definition


def build_global(index: Mapping[str, Any], arn: str) -> dict[str, Any]:
    """The stored definition of a global index."""
    built: dict[str, Any] = {
        "IndexName": index["IndexName"],
        "KeySchema": index["KeySchema"],
        "Projection": index["Projection"],
        "ProvisionedThroughput": throughput(index.get("ProvisionedThroughput", NONE)),
        "IndexArn": f"{arn}/index/{index['IndexName']}",
    }
    for kept in ("OnDemandThroughput", "WarmThroughput"):
        if kept in index:
            built[kept] = index[kept]
    return built


def throughput(units: Mapping[str, int]) -> dict[str, int]:
    """Throughput as it is described."""
    return {
        "NumberOfDecreasesToday": 0,
        "ReadCapacityUnits": units["ReadCapacityUnits"],
        "WriteCapacityUnits": units["WriteCapacityUnits"],
    }


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
    sse = definition.get("SSESpecification", {})
    if sse.get("Enabled"):
        answer["SSEDescription"] = describe_encryption(definition)
    _add_warm(answer, definition, fresh)
    index_status = "CREATING" if fresh else "ACTIVE"
    for listed in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        if listed in definition:
            answer[listed] = [
                _describe_index(index, counts, index_status if listed[0] == "G" else "", fresh, definition)
                for index in definition[listed]
            ]
    return answer


def _describe_index(
    index: Mapping[str, Any],
    counts: Mapping[str, tuple[int, int]],
    status: str,
    fresh: bool,
    definition: Mapping[str, Any],
) -> dict[str, Any]:
    number, size = counts.get(index["IndexName"], (0, 0))
    answer = {name: value for name, value in index.items() if name not in ("IndexId", "WarmThroughput")}
    answer.update(ItemCount=number, IndexSizeBytes=size)
    if status:
        answer["IndexStatus"] = status
        _add_warm(answer, {**index, "BillingModeSummary": definition.get("BillingModeSummary", {})}, fresh)
    return answer


def _add_warm(answer: dict[str, Any], definition: Mapping[str, Any], fresh: bool) -> None:
    """``WarmThroughput``: what was asked for, or what the billing mode gives; new tables show only the former."""
    asked = definition.get("WarmThroughput")
    if asked is not None:
        answer["WarmThroughput"] = {**asked, "Status": "UPDATING" if fresh else "ACTIVE"}
    elif not fresh:
        on_demand = definition.get("BillingModeSummary", {}).get("BillingMode") == ON_DEMAND
        units = definition["ProvisionedThroughput"]
        warm = (
            _WARM_ON_DEMAND
            if on_demand
            else {
                "ReadUnitsPerSecond": units["ReadCapacityUnits"],
                "WriteUnitsPerSecond": units["WriteCapacityUnits"],
            }
        )
        answer["WarmThroughput"] = {**warm, "Status": "ACTIVE"}


def describe_encryption(definition: Mapping[str, Any], status: str = "ENABLED") -> dict[str, Any]:
    """``SSEDescription``: the key that was named, or the account's own key for DynamoDB."""
    sse = definition["SSESpecification"]
    _, partition, _, region, account, _ = definition["TableArn"].split(":", 5)
    key = sse.get("KMSMasterKeyId") or _own_key(account, region)
    if not key.startswith("arn:"):
        noun = key if key.startswith("alias/") else f"key/{key}"
        key = f"arn:{partition}:kms:{region}:{account}:{noun}"
    return {"Status": status, "SSEType": sse.get("SSEType", "KMS"), "KMSMasterKeyArn": key}


def _own_key(account: str, region: str) -> str:
    """The id of the key that AWS manages for DynamoDB, always the same for an account and region."""
    digest = hashlib.md5(f"dynamodb {account} {region}".encode(), usedforsecurity=False).hexdigest()
    return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:]))
