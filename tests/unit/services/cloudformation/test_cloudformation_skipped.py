"""Resources that are skipped: values of the right form for whatever refers to them.

Forms are those of the types' pages, under "Return values":
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
"""

import re
from typing import Any

import pytest

from stratolite.core.call import Call
from stratolite.core.resource_types import Made, Work
from stratolite.services.cloudformation import skipped
from stratolite.services.cloudformation.provider import generated_names

ARN = r"arn:aws:{}:eu-west-1:000000000000:{}"


def made(kind_name: str, **properties: Any) -> Made:
    def operate(operation: str, request: Any, *, region: str = "") -> dict[str, Any]:
        raise AssertionError("what is skipped does nothing")

    kind = skipped.kind_of(f"{skipped.PREFIX}{kind_name}")
    assert kind is not None and kind.stands_in
    names = generated_names("shop", "Orders", "SEED")
    return kind.create(
        Work(Call(region="eu-west-1"), operate, "Orders", "shop", "arn:s", properties, generated_name=names)
    )


@pytest.mark.parametrize(
    ("kind", "properties", "ref", "attributes"),
    [
        (
            "AWS::KinesisFirehose::DeliveryStream",
            {"DeliveryStreamName": "c"},
            "c",
            {"Arn": ARN.format("firehose", "deliverystream/c")},
        ),
        (
            "AWS::RDS::DBInstance",
            {"Engine": "postgres"},
            "shop-orders-seed",
            {
                "Endpoint.Address": r"orders\.skipped\.invalid",
                "Endpoint.Port": "5432",
                "DBInstanceArn": ARN.format("rds", "db:shop-orders-seed"),
            },
        ),
        (
            "AWS::RDS::DBCluster",
            {"DBClusterIdentifier": "main", "Engine": "aurora-mysql"},
            "main",
            {"Endpoint.Port": "3306", "ReadEndpoint.Address": r"ro-orders\.skipped\.invalid"},
        ),
        ("AWS::RDS::DBInstance", {"Port": 6543}, "shop-orders-seed", {"Endpoint.Port": "6543"}),
        ("AWS::DocDB::DBCluster", {}, "shop-orders-seed", {"Port": "27017", "Endpoint": r"orders\.skipped\.invalid"}),
        ("AWS::Redshift::Cluster", {"ClusterIdentifier": "dw"}, "dw", {"Endpoint.Port": "5439"}),
        (
            "AWS::Elasticsearch::Domain",
            {"DomainName": "find"},
            "find",
            {"DomainEndpoint": r"orders\.skipped\.invalid", "DomainArn": ARN.format("es", "domain/find")},
        ),
        (
            "AWS::OpenSearchService::Domain",
            {},
            "shop-orders-seed",
            {"DomainEndpoint": r"orders\.skipped\.invalid", "Arn": ARN.format("es", "domain/shop-orders-seed")},
        ),
        (
            "AWS::StepFunctions::StateMachine",
            {"StateMachineName": "flow"},
            ARN.format("states", "stateMachine:flow"),
            {"Name": "flow", "Arn": ARN.format("states", "stateMachine:flow")},
        ),
        ("AWS::ECS::Cluster", {"ClusterName": "c"}, "c", {"Arn": ARN.format("ecs", "cluster/c")}),
        ("AWS::ECS::TaskDefinition", {"Family": "f"}, ARN.format("ecs", "task-definition/f:1"), {}),
        (
            "AWS::AppSync::GraphQLApi",
            {"Name": "g"},
            ARN.format("appsync", "apis/[a-z0-9]{26}"),
            {"ApiId": "[a-z0-9]{26}", "GraphQLUrl": r"https://orders\.skipped\.invalid/graphql"},
        ),
        (
            "AWS::AppSync::ApiKey",
            {"ApiId": "a"},
            ARN.format("appsync", "apis/a/apikeys/da2-.{26}"),
            {"ApiKey": "da2-.{26}"},
        ),
        ("AWS::Batch::JobQueue", {"JobQueueName": "q"}, ARN.format("batch", "job-queue/q"), {}),
        (
            "AWS::EFS::FileSystem",
            {},
            "fs-[0-9a-f]{17}",
            {"Arn": ARN.format("elasticfilesystem", "file-system/fs-.{17}")},
        ),
        ("AWS::Glue::Crawler", {"Name": "c"}, "c", {"Arn": ARN.format("glue", "crawler/c")}),
        ("Datadog::Monitors::Monitor", {}, "shop-Orders-SEED", {"Id": "[a-z0-9]{26}"}),
        ("Custom::Mailbox", {"Name": "box"}, "box", {}),
    ],
)
def test_values_have_the_forms_of_the_type(
    kind: str, properties: dict[str, Any], ref: str, attributes: dict[str, str]
) -> None:
    one = made(kind, **properties)
    assert re.fullmatch(ref, one.physical_id)
    for name, form in attributes.items():
        assert re.fullmatch(form, str(one.attributes[name])), name
    assert made(kind, **properties) == one


@pytest.mark.parametrize("kind", sorted(skipped.FORMS))
def test_every_form_is_filled(kind: str) -> None:
    one = made(kind)
    assert one.physical_id
    assert "{" not in repr([value for value in one.attributes.values() if isinstance(value, str)])


def test_an_attribute_that_no_form_names_is_told_by_its_end_or_by_its_own_name() -> None:
    attributes = made("Vendor::Thing::Part").attributes
    found = {
        name: skipped.attribute("Orders", attributes, name)
        for name in ("PartArn", "ConsoleUrl", "Config.Endpoint", "VpcId", "Colour", "Outputs.BucketName")
    }
    assert found == {
        "PartArn": "arn:aws:thing:eu-west-1:000000000000:part/shop-Orders-SEED",
        "ConsoleUrl": "https://orders.skipped.invalid/",
        "Config.Endpoint": "orders.skipped.invalid",
        "VpcId": attributes["Id"],
        "Colour": "skipped-Orders-Colour",
        "Outputs.BucketName": "skipped-Orders-Outputs.BucketName",
    }


def test_other_types_are_not_skipped() -> None:
    assert skipped.kind_of("AWS::KinesisFirehose::DeliveryStream") is None
