"""What tables publish about themselves (metrics-dimensions of AWS's developer guide)."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import RunningCloud
from tests.wire.published import published, units


@pytest.fixture
def client(timed_cloud: RunningCloud) -> Any:
    client = timed_cloud.client("dynamodb")
    client.create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("k", "g")],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-g",
                "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    timed_cloud.drain()
    return client


def of(cloud: RunningCloud, name: str, **dimensions: str) -> Any:
    return published(cloud, "AWS/DynamoDB", name, **dimensions)


def item(key: str, **more: str) -> dict[str, Any]:
    return {name: {"S": value} for name, value in {"k": key, **more}.items()}


def test_consumed_units(client: Any, timed_cloud: RunningCloud) -> None:
    client.put_item(TableName="table", Item=item("a"))
    client.put_item(TableName="table", Item=item("b", g="x", text="t" * 1500))
    client.get_item(TableName="table", Key=item("a"), ConsistentRead=True)
    client.get_item(TableName="table", Key=item("a"))
    table, index = {"TableName": "table"}, {"TableName": "table", "GlobalSecondaryIndexName": "by-g"}
    assert of(timed_cloud, "ConsumedWriteCapacityUnits", **table) == (3.0, 2.0, 2.0)
    assert of(timed_cloud, "ConsumedWriteCapacityUnits", **index) == (2.0, 1.0, 2.0)
    assert of(timed_cloud, "ConsumedReadCapacityUnits", **table) == (1.5, 2.0, 1.0)
    assert of(timed_cloud, "ConsumedReadCapacityUnits", **index) is None
    client.query(
        TableName="table",
        IndexName="by-g",
        KeyConditionExpression="g = :g",
        ExpressionAttributeValues={":g": {"S": "x"}},
    )
    assert of(timed_cloud, "ConsumedReadCapacityUnits", **index) == (0.5, 1.0, 0.5)


def test_units_of_many(client: Any, timed_cloud: RunningCloud) -> None:
    """Batches, transactions (twice the units) and statements."""
    client.batch_write_item(RequestItems={"table": [{"PutRequest": {"Item": item(key)}} for key in "abc"]})
    client.transact_write_items(TransactItems=[{"Put": {"TableName": "table", "Item": item("d")}}])
    client.execute_statement(Statement="INSERT INTO \"table\" VALUE {'k': 'e'}")
    assert of(timed_cloud, "ConsumedWriteCapacityUnits", TableName="table")[0] == 3.0 + 2.0 + 1.0
    client.batch_get_item(RequestItems={"table": {"Keys": [item(key) for key in "ab"]}})
    client.transact_get_items(TransactItems=[{"Get": {"TableName": "table", "Key": item("d")}}])
    client.execute_statement(Statement="SELECT * FROM \"table\" WHERE k = 'e'")
    assert of(timed_cloud, "ConsumedReadCapacityUnits", TableName="table")[0] == 1.0 + 2.0 + 0.5


def test_operations(client: Any, timed_cloud: RunningCloud) -> None:
    for key in "abc":
        client.put_item(TableName="table", Item=item(key))
    client.update_item(TableName="table", Key=item("a"))
    client.delete_item(TableName="table", Key=item("c"))
    client.get_item(TableName="table", Key=item("a"))
    client.scan(TableName="table")
    arn = client.describe_table(TableName="table")["Table"]["TableArn"]
    client.get_item(TableName=arn, Key=item("a"))
    counts = {"PutItem": 3.0, "UpdateItem": 1.0, "DeleteItem": 1.0, "GetItem": 2.0, "Scan": 1.0}
    for operation, count in counts.items():
        place = {"TableName": "table", "Operation": operation}
        assert of(timed_cloud, "SuccessfulRequestLatency", **place)[1] == count
    assert of(timed_cloud, "ReturnedItemCount", TableName="table", Operation="Scan") == (2.0, 1.0, 2.0)
    assert of(timed_cloud, "ReturnedItemCount", TableName="table", Operation="GetItem") is None
    shown = units(timed_cloud, "AWS/DynamoDB")
    assert (shown["SuccessfulRequestLatency"], shown["ConsumedReadCapacityUnits"]) == ("Milliseconds", "Count")


def test_errors(client: Any, timed_cloud: RunningCloud) -> None:
    """UserErrors are of the account and region; conditions that do not hold are none of them."""
    with pytest.raises(client.exceptions.ConditionalCheckFailedException):
        client.put_item(TableName="table", Item=item("a"), ConditionExpression="attribute_exists(k)")
    with pytest.raises(ClientError):
        client.get_item(TableName="table", Key={"none": {"S": "a"}})
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_item(TableName="none-such", Key=item("a"))
    assert of(timed_cloud, "ConditionalCheckFailedRequests", TableName="table") == (1.0, 1.0, 1.0)
    assert of(timed_cloud, "UserErrors") == (2.0, 2.0, 1.0)
    assert of(timed_cloud, "SuccessfulRequestLatency", TableName="table", Operation="GetItem") is None


def test_items_that_expire(client: Any, timed_cloud: RunningCloud) -> None:
    client.update_time_to_live(TableName="table", TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"})
    until = str(timed_cloud.clock.now_ms() // 1000 + 60)
    client.put_item(TableName="table", Item={**item("a"), "until": {"N": until}})
    timed_cloud.advance(120)
    timed_cloud.drain()
    assert of(timed_cloud, "TimeToLiveDeletedItemCount", TableName="table") == (1.0, 1.0, 1.0)
