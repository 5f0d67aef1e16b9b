"""Global tables with one replica, as the properties of the table that they are.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-globaltable.html
"""

from typing import Any

import pytest

from stratolite.core.errors import NotImplementedHere
from stratolite.services.dynamodb import global_table

KEYS = [{"AttributeName": "id", "KeyType": "HASH"}]
HERE = {"Region": "us-east-1"}


def scaling(minimum: int, **more: int) -> dict[str, Any]:
    target = {"TargetTrackingScalingPolicyConfiguration": {"TargetValue": 70}}
    return {"MinCapacity": minimum, "MaxCapacity": 100, **target, **more}


def test_what_is_the_same_and_what_the_replica_says() -> None:
    view = {"StreamViewType": "KEYS_ONLY"}
    properties = {
        "TableName": "t",
        "KeySchema": KEYS,
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": view,
        "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS"},
        "WriteOnDemandThroughputSettings": {"MaxWriteRequestUnits": 3},
        "Replicas": [
            {
                **HERE,
                "DeletionProtectionEnabled": True,
                "TableClass": "STANDARD",
                "Tags": [{"Key": "k", "Value": "v"}],
                "SSESpecification": {"KMSMasterKeyId": "key"},
                "ReadOnDemandThroughputSettings": {"MaxReadRequestUnits": 2},
            }
        ],
    }
    assert global_table.as_table(properties) == {
        "TableName": "t",
        "KeySchema": KEYS,
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": view,
        "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": "key"},
        "OnDemandThroughput": {"MaxReadRequestUnits": 2, "MaxWriteRequestUnits": 3},
        "DeletionProtectionEnabled": True,
        "TableClass": "STANDARD",
        "Tags": [{"Key": "k", "Value": "v"}],
    }
    assert global_table.as_table({}) == {}


def test_provisioned_units_of_the_table_and_its_indexes() -> None:
    index = {"IndexName": "index", "KeySchema": KEYS, "Projection": {"ProjectionType": "ALL"}}
    properties = {
        "KeySchema": KEYS,
        "WriteProvisionedThroughputSettings": {"WriteCapacityAutoScalingSettings": scaling(5)},
        "GlobalSecondaryIndexes": [
            {
                **index,
                "WriteProvisionedThroughputSettings": {"WriteCapacityAutoScalingSettings": scaling(1, SeedCapacity=4)},
            }
        ],
        "Replicas": [
            {
                **HERE,
                "ReadProvisionedThroughputSettings": {"ReadCapacityUnits": 7},
                "GlobalSecondaryIndexes": [
                    {
                        "IndexName": "index",
                        "ReadProvisionedThroughputSettings": {"ReadCapacityAutoScalingSettings": scaling(2)},
                    }
                ],
            }
        ],
    }
    table = global_table.as_table(properties)
    assert table["ProvisionedThroughput"] == {"ReadCapacityUnits": 7, "WriteCapacityUnits": 5}
    units = {"ReadCapacityUnits": 2, "WriteCapacityUnits": 4}
    assert table["GlobalSecondaryIndexes"] == [{**index, "ProvisionedThroughput": units}]


@pytest.mark.parametrize(
    "replicas",
    [
        [HERE, {"Region": "eu-west-1"}],
        [{**HERE, "ResourcePolicy": {"PolicyDocument": {}}}],
        [{**HERE, "KinesisStreamSpecification": {"StreamArn": "arn"}}],
    ],
)
def test_what_one_table_cannot_be_is_refused_by_name(replicas: list[Any]) -> None:
    with pytest.raises(NotImplementedHere, match="AWS::DynamoDB::GlobalTable Replicas"):
        global_table.refuse({"Replicas": replicas})


def test_the_replica_is_in_the_region_of_the_stack() -> None:
    global_table.check_region({"Replicas": [HERE]}, "us-east-1")
    with pytest.raises(NotImplementedHere, match="replicas in other regions"):
        global_table.check_region({"Replicas": [HERE]}, "eu-west-1")
