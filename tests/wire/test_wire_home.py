"""A port that stands for an emulator: whatever requests say, they are for one account and one region."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from tests.conftest import RunningCloud

from stratolite.core.errors import UserError
from stratolite.server.home import Home

HOME = Home("000000000000", "eu-west-1")
HASH: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


@pytest.fixture
def port(cloud: RunningCloud) -> Iterator[int]:
    yield cloud.run(cloud.cloud.listen(0, HOME))


def emulated(service: str, port: int, key: str = "DEFAULT_ACCESS_KEY") -> Any:
    """A client as tests of applications make it."""
    return boto3.client(
        service,
        endpoint_url=f"http://localhost:{port}",
        region_name="localhost",
        aws_access_key_id=key,
        aws_secret_access_key="DEFAULT_SECRET",
    )


def test_regions_and_keys_are_the_applications_own(cloud: RunningCloud, port: int) -> None:
    own = cloud.client("dynamodb", account=HOME.account, region=HOME.region)
    own.create_table(TableName="emulated", **HASH)
    for key in ("DEFAULT_ACCESS_KEY", "S3RVER", "123456789012"):
        client = emulated("dynamodb", port, key)
        client.put_item(TableName="emulated", Item={"id": {"S": key}})
        client.close()
    assert own.scan(TableName="emulated")["Count"] == 3
    arn = own.describe_table(TableName="emulated")["Table"]["TableArn"]
    assert arn == "arn:aws:dynamodb:eu-west-1:000000000000:table/emulated"


def test_topics_and_queues_of_made_up_accounts_are_too(cloud: RunningCloud, port: int) -> None:
    cloud.client("sns", account=HOME.account, region=HOME.region).create_topic(Name="news")
    sns = emulated("sns", port)
    assert sns.publish(TopicArn="arn:aws:sns:us-east-1:123456789012:news", Message="hello")["MessageId"]
    queue = cloud.client("sqs", account=HOME.account, region=HOME.region)
    url = queue.create_queue(QueueName="jobs")["QueueUrl"]
    sqs = emulated("sqs", port)
    for named in ("123456789012/jobs", "queue/jobs"):
        sqs.send_message(QueueUrl=f"http://localhost:{port}/{named}", MessageBody=named)
    attributes = queue.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    assert attributes["Attributes"] == {"ApproximateNumberOfMessages": "2"}
    sns.close()
    sqs.close()


def test_a_port_that_is_taken_is_told(cloud: RunningCloud, port: int) -> None:
    with pytest.raises(UserError, match=f"port {port} is in use"):
        cloud.run(cloud.cloud.listen(port, HOME))


def test_names_without_a_place_stay_as_they_are() -> None:
    from stratolite.services import SERVICES

    named = {service.name: service.named for service in SERVICES}
    assert HOME.brought(named["s3"], {"Bucket": "arn:aws:s3:::photos"}) == {"Bucket": "arn:aws:s3:::photos"}
    assert HOME.brought(named["lambda_"], {"FunctionName": "users:live"}) == {"FunctionName": "users:live"}
    assert HOME.brought(named["sts"], {"DurationSeconds": 900}) == {"DurationSeconds": 900}
