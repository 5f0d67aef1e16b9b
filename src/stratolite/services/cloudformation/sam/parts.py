"""AWS::Serverless::LayerVersion and SimpleTable.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-layerversion.html
and sam-resource-simpletable.html
"""

from typing import Any

from stratolite.services.cloudformation.sam.expansion import Expansion, Resource, digest, invalid, not_done
from stratolite.services.cloudformation.sam.locations import content_of

_TYPES = {"String": "S", "Number": "N", "Binary": "B"}
_LAYER = ("CompatibleArchitectures", "CompatibleRuntimes", "Description", "LicenseInfo")
_POLICIES = {"retain": "Retain", "delete": "Delete"}


def layer(expansion: Expansion, name: str, resource: Resource) -> None:
    """Each content of a layer is a resource of its own, so that versions that were published stay."""
    given = resource.properties
    content = content_of(name, "ContentUri", given.get("ContentUri"))
    properties: dict[str, Any] = {"Content": content, "LayerName": given.get("LayerName", name)}
    properties |= {key: given[key] for key in _LAYER if key in given}
    policy = expansion.value(given.get("RetentionPolicy", "Retain"))
    if str(policy).lower() not in _POLICIES:
        raise invalid(name, "'RetentionPolicy' must be one of the following options: ['Retain', 'Delete'].")
    logical_id = f"{name}{digest(properties)}"
    attributes = {**resource.own, "DeletionPolicy": _POLICIES[str(policy).lower()]}
    expansion.add(logical_id, "AWS::Lambda::LayerVersion", properties, **attributes)
    expansion.renamed[name] = logical_id


def table(expansion: Expansion, name: str, resource: Resource) -> None:
    """A table with one key."""
    given = resource.properties
    key = given.get("PrimaryKey") or {"Name": "id", "Type": "String"}
    kind = expansion.value(key.get("Type", "String"))
    if kind not in _TYPES:
        raise invalid(name, f"Invalid 'PrimaryKey' \"Type\" {kind!r}.")
    attribute = key.get("Name", "id")
    properties: dict[str, Any] = {
        "AttributeDefinitions": [{"AttributeName": attribute, "AttributeType": _TYPES[kind]}],
        "KeySchema": [{"AttributeName": attribute, "KeyType": "HASH"}],
    }
    if given.get("ProvisionedThroughput"):
        properties["ProvisionedThroughput"] = given["ProvisionedThroughput"]
    else:
        properties["BillingMode"] = "PAY_PER_REQUEST"
    if given.get("Tags"):
        properties["Tags"] = [{"Key": key, "Value": value} for key, value in given["Tags"].items()]
    known = {"PointInTimeRecoverySpecification", "SSESpecification", "TableName"}
    properties |= {key: given[key] for key in known if key in given}
    unknown = sorted(set(given) - known - {"PrimaryKey", "ProvisionedThroughput", "Tags"})
    if unknown:
        raise not_done(name, unknown[0])
    expansion.add(name, "AWS::DynamoDB::Table", properties, **resource.own)
