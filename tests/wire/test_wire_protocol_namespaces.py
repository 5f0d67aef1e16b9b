"""Account and region are the namespace of all state, in every service; the access key says the account."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from tests.archives import zipped
from tests.conftest import RunningCloud

from stratolite.protocol.generate import SERVICES as FOLDERS
from stratolite.protocol.generate import implemented
from stratolite.protocol.models import function_name, service_model
from stratolite.services import SERVICES

ACCOUNTS = ("111122223333", "444455556666")
REGIONS = ("us-east-1", "eu-west-1")
NAME = "isolated"
TEMPLATE = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
    }
)


@dataclass(frozen=True)
class Case:
    """How a service makes something by a name, and what names it lists."""

    make: Callable[[Any, str], object]
    names: Callable[[Any], list[str]]
    is_global: bool = False
    """Whether the regions of an account share it, as on AWS."""


def make_table(client: Any, name: str) -> None:
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
    )


def make_stream(client: Any, name: str) -> None:
    tables = boto3.client(
        "dynamodb",
        endpoint_url=client.meta.endpoint_url,
        region_name=client.meta.region_name,
        aws_access_key_id=client._request_signer._credentials.access_key,
        aws_secret_access_key="test",
    )
    make_table(tables, f"{name}.stream")
    view = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    tables.update_table(TableName=f"{name}.stream", StreamSpecification=view)


def make_function(client: Any, name: str) -> None:

    account = client._request_signer._credentials.access_key
    client.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Handler="index.handler",
        Role=f"arn:aws:iam::{account}:role/r",
        Code={"ZipFile": zipped("def handler(event, context): pass")},
    )


def make_stack(client: Any, name: str) -> None:
    client.create_stack(StackName=name, TemplateBody=TEMPLATE)
    client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 200})


def make_bucket(client: Any, name: str) -> None:
    # The names of buckets are shared by all accounts: only the lists are the account's own.
    account, region = client._request_signer._credentials.access_key, client.meta.region_name
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    client.create_bucket(Bucket=f"{name}.{account}.{region}", **where)


CASES = {
    "apigateway": Case(
        lambda client, name: client.create_rest_api(name=name),
        lambda client: [api["name"] for api in client.get_rest_apis()["items"]],
    ),
    "apigatewayv2": Case(
        lambda client, name: client.create_api(Name=name, ProtocolType="HTTP"),
        lambda client: [api["Name"] for api in client.get_apis()["Items"]],
    ),
    "cloudformation": Case(make_stack, lambda client: [one["StackName"] for one in client.describe_stacks()["Stacks"]]),
    "dynamodb": Case(make_table, lambda client: list(client.list_tables()["TableNames"])),
    "dynamodbstreams": Case(
        make_stream,
        lambda client: [one["TableName"].removesuffix(".stream") for one in client.list_streams()["Streams"]],
    ),
    "events": Case(
        lambda client, name: client.put_rule(Name=name, EventPattern='{"source": ["a"]}'),
        lambda client: [rule["Name"] for rule in client.list_rules()["Rules"]],
    ),
    "iam": Case(
        lambda client, name: client.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST),
        lambda client: [role["RoleName"] for role in client.list_roles()["Roles"]],
        is_global=True,
    ),
    "kinesis": Case(
        lambda client, name: client.create_stream(StreamName=name, ShardCount=1),
        lambda client: list(client.list_streams()["StreamNames"]),
    ),
    "lambda": Case(make_function, lambda client: [one["FunctionName"] for one in client.list_functions()["Functions"]]),
    "logs": Case(
        lambda client, name: client.create_log_group(logGroupName=name),
        lambda client: [group["logGroupName"] for group in client.describe_log_groups()["logGroups"]],
    ),
    "s3": Case(
        make_bucket,
        lambda client: [bucket["Name"].partition(".")[0] for bucket in client.list_buckets()["Buckets"]],
        is_global=True,
    ),
    "scheduler": Case(
        lambda client, name: client.create_schedule_group(Name=name),
        lambda client: [one["Name"] for one in client.list_schedule_groups()["ScheduleGroups"]],
    ),
    "secretsmanager": Case(
        lambda client, name: client.create_secret(Name=name, SecretString="x"),
        lambda client: [one["Name"] for one in client.list_secrets()["SecretList"]],
    ),
    "cloudwatch": Case(
        lambda client, name: client.put_metric_alarm(
            AlarmName=name,
            Namespace="n",
            MetricName="m",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        ),
        lambda client: [one["AlarmName"] for one in client.describe_alarms()["MetricAlarms"]],
    ),
    "elasticache": Case(
        lambda client, name: client.create_cache_subnet_group(
            CacheSubnetGroupName=name, CacheSubnetGroupDescription="d", SubnetIds=["subnet-1"]
        ),
        lambda client: [
            one["CacheSubnetGroupName"] for one in client.describe_cache_subnet_groups()["CacheSubnetGroups"]
        ],
    ),
    "sns": Case(
        lambda client, name: client.create_topic(Name=name),
        lambda client: [one["TopicArn"].rpartition(":")[2] for one in client.list_topics()["Topics"]],
    ),
    "sqs": Case(
        lambda client, name: client.create_queue(QueueName=name),
        lambda client: [url.rpartition("/")[2] for url in client.list_queues().get("QueueUrls", [])],
    ),
    "ssm": Case(
        lambda client, name: client.put_parameter(Name=name, Value="x", Type="String"),
        lambda client: [one["Name"] for one in client.describe_parameters()["Parameters"]],
    ),
}  # fmt: skip
SERVED = {service.model for service in SERVICES}
# Connections have no names: an id says whose they are (test_wire_websocket_management).
STATELESS = {"apigatewaymanagementapi", "sesv2", "sts"}


def test_every_service_has_a_case() -> None:
    missing = SERVED - CASES.keys() - STATELESS
    assert not missing, f"say here how {', '.join(sorted(missing))} make and list something"


@pytest.mark.parametrize("service", sorted(CASES.keys() & SERVED))
def test_what_one_namespace_makes_no_other_sees(cloud: RunningCloud, service: str) -> None:
    case = CASES[service]
    clients = {
        (account, region): cloud.client(service, account=account, region=region)
        for account in ACCOUNTS
        for region in REGIONS
    }
    home = (ACCOUNTS[0], REGIONS[0])
    before = {place: case.names(client) for place, client in clients.items()}
    case.make(clients[home], NAME)
    for place, client in clients.items():
        sees = place == home or (case.is_global and place[0] == home[0])
        seen = [name for name in case.names(client) if name not in before[place]]
        assert seen == ([NAME] if sees else []), place
    # The same name again in every other namespace.
    for place, client in clients.items():
        if place != home and not (case.is_global and (place[0] == home[0] or place[1] != home[1])):
            case.make(client, NAME)


@pytest.mark.parametrize(
    ("key", "account"),
    [
        ("111122223333", "111122223333"),
        ("test", "000000000000"),
        ("AKIAIOSFODNN7EXAMPLE", "000000000000"),
        ("11112222333", "000000000000"),
        ("1111222233334", "000000000000"),
        ("ASIAUNKNOWN", "000000000000"),
    ],
)
def test_the_access_key_says_the_account(cloud: RunningCloud, key: str, account: str) -> None:
    identity = cloud.client("sts", account=key).get_caller_identity()
    assert (identity["Account"], identity["Arn"]) == (account, f"arn:aws:iam::{account}:root")
    topic = cloud.client("sns", account=key, region="eu-central-1").create_topic(Name="whose")
    assert topic["TopicArn"] == f"arn:aws:sns:eu-central-1:{account}:whose"


def test_credentials_of_a_role_are_of_the_role_s_account(cloud: RunningCloud) -> None:
    cloud.client("iam", account=ACCOUNTS[1]).create_role(RoleName="shared", AssumeRolePolicyDocument=TRUST)
    arn = f"arn:aws:iam::{ACCOUNTS[1]}:role/shared"
    assumed = cloud.client("sts", account=ACCOUNTS[0]).assume_role(RoleArn=arn, RoleSessionName="session")[
        "Credentials"
    ]
    topic = cloud.client("sns", account=assumed["AccessKeyId"]).create_topic(Name="role-s")
    assert topic["TopicArn"] == f"arn:aws:sns:us-east-1:{ACCOUNTS[1]}:role-s"


@pytest.mark.parametrize(("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")])
def test_the_region_says_the_partition(cloud: RunningCloud, region: str, partition: str) -> None:
    topic = cloud.client("sns", region=region).create_topic(Name="where")["TopicArn"]
    assert topic.startswith(f"arn:{partition}:sns:{region}:")


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_an_operation_that_is_not_there_yet_is_refused_by_name(cloud: RunningCloud, service: Any) -> None:
    model = service_model(service.model)
    absent = model.operation_names - {*implemented(FOLDERS / service.name, model), *model.patch.get("unrouted", ())}
    asked = next(
        (
            name
            for name in sorted(absent)
            if (one := model.operation(name)).input is None or not one.input.required or not one.input.members
        ),
        None,
    )
    if asked is None:
        pytest.skip("every operation that can be asked for without a parameter is there")
    with pytest.raises(ClientError) as refused:
        getattr(cloud.client(service.model), function_name(asked))()
    answer: Any = refused.value.response
    assert answer["Error"]["Code"] == "NotImplemented"
    text = f"The operation {asked} of {service.model} is not implemented by this version of Stratolite."
    assert answer["Error"]["Message"] == text
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert answer["ResponseMetadata"]["RequestId"]
