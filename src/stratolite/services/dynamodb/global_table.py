"""``AWS::DynamoDB::GlobalTable``, as the properties of a table: one region's replica of it is all that there is here.

A global table with one replica, in the region of its stack, is a table as any other; the CDK's ``TableV2`` is that.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-globaltable.html
"""

from collections.abc import Mapping
from typing import Any

from stratolite.core.errors import NotImplementedHere

_SAME = (
    "TableName",
    "AttributeDefinitions",
    "KeySchema",
    "BillingMode",
    "LocalSecondaryIndexes",
    "StreamSpecification",
    "TimeToLiveSpecification",
    "WarmThroughput",
)
_OF_REPLICA = (
    "ContributorInsightsSpecification",
    "DeletionProtectionEnabled",
    "PointInTimeRecoverySpecification",
    "TableClass",
    "Tags",
)
_OF_INDEX = ("IndexName", "KeySchema", "Projection", "WarmThroughput")
_REPLICA_REFUSED = (
    "GlobalTableSettingsReplicationMode",
    "KinesisStreamSpecification",
    "ReplicaStreamSpecification",
    "ResourcePolicy",
)


def refuse(properties: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Refuse what one table cannot be; the replicas, as far as they are known. Raises NotImplementedHere."""
    replicas = properties.get("Replicas", [])
    if len(replicas) > 1:
        raise _refused("Replicas: replicas in other regions are")
    known = [replica for replica in replicas if isinstance(replica, Mapping)]
    for name in _REPLICA_REFUSED:
        if any(name in replica for replica in known):
            raise _refused(f"Replicas.{name} is")
    return known


def check_region(properties: Mapping[str, Any], region: str) -> None:
    """Refuse a replica elsewhere than in the stack's region. Raises NotImplementedHere."""
    if properties["Replicas"][0]["Region"] != region:
        raise _refused("Replicas: replicas in other regions are")


def as_table(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of the table that a global table with one replica is; none for none."""
    if not properties:
        return {}
    replica = properties["Replicas"][0]
    table = {name: properties[name] for name in _SAME if name in properties}
    table.update({name: replica[name] for name in _OF_REPLICA if name in replica})
    if "SSESpecification" in properties:
        table["SSESpecification"] = {**properties["SSESpecification"], **replica.get("SSESpecification", {})}
    table.update(_units(properties, replica, properties))
    of_replica = {index["IndexName"]: index for index in replica.get("GlobalSecondaryIndexes", ())}
    if "GlobalSecondaryIndexes" in properties:
        table["GlobalSecondaryIndexes"] = [
            {
                **{name: index[name] for name in _OF_INDEX if name in index},
                **_units(index, of_replica.get(index["IndexName"], {}), properties),
                **_insights(of_replica.get(index["IndexName"], {})),
            }
            for index in properties["GlobalSecondaryIndexes"]
        ]
    return table


def _insights(index: Mapping[str, Any]) -> dict[str, Any]:
    name = "ContributorInsightsSpecification"
    return {name: index[name]} if name in index else {}


def _units(whole: Mapping[str, Any], replica: Mapping[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
    """The throughput of a table or an index, which its replica overrides; what scales has what it begins with."""
    if table.get("BillingMode") == "PAY_PER_REQUEST":
        limits: dict[str, Any] = {}
        for place in (whole, replica):
            limits |= place.get("ReadOnDemandThroughputSettings", {})
        limits |= whole.get("WriteOnDemandThroughputSettings", {})
        return {"OnDemandThroughput": limits} if limits else {}
    read = {
        **whole.get("ReadProvisionedThroughputSettings", {}),
        **replica.get("ReadProvisionedThroughputSettings", {}),
    }
    write = whole.get("WriteProvisionedThroughputSettings", {})
    units = {
        "ReadCapacityUnits": read.get("ReadCapacityUnits", _begun(read.get("ReadCapacityAutoScalingSettings"))),
        "WriteCapacityUnits": _begun(write.get("WriteCapacityAutoScalingSettings")),
    }
    return {"ProvisionedThroughput": {name: value for name, value in units.items() if value is not None}}


def _begun(scaling: Mapping[str, Any] | None) -> Any:
    return scaling.get("SeedCapacity", scaling["MinCapacity"]) if scaling else None


def _refused(what: str) -> NotImplementedHere:
    return NotImplementedHere(f"AWS::DynamoDB::GlobalTable {what} not implemented by this version of Stratolite.")
