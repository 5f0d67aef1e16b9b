"""What ``up`` says to try next."""

from typing import Any

import pytest

from stratolite.cli.suggestions import Place, suggestions
from stratolite.cli.summary import Summary

HERE = Place("http://127.0.0.1:4566", "shop-dev", "us-east-1", is_here=True)
QUEUE_URL = "http://127.0.0.1:4566/000000000000/orders"
TOPIC_ARN = "arn:aws:sns:us-east-1:000000000000:orders"


def shown(summary: Summary, template: dict[str, Any] | None = None, place: Place = HERE) -> list[str]:
    return suggestions(summary, template or {"Resources": {}}, place)


def summary_of(**parts: Any) -> Summary:
    return Summary("shop-dev", functions=[("shop-dev-list", "nodejs18.x"), ("shop-dev-make", "nodejs18.x")], **parts)


@pytest.mark.parametrize(
    ("routes", "line"),
    [
        ([("POST", "http://h/dev/a"), ("GET", "http://h/dev/b")], "curl http://h/dev/b"),
        ([("GET", "http://h/dev/a/{id}"), ("GET", "http://h/dev/a")], "curl http://h/dev/a"),
        ([("ANY", "http://h/x"), ("GET", "http://h/dev/a/{id}")], "curl http://h/dev/a/1"),
        ([("ANY", "http://h/dev/{proxy+}")], "curl http://h/dev/"),
        ([("ANY", "http://h/*")], "curl http://h/"),
        ([("POST", "http://h/dev/a")], "curl -X POST http://h/dev/a -d '{}'"),
        ([("WS", "ws://h/dev"), ("POST", "http://h/dev/a")], "curl -X POST http://h/dev/a -d '{}'"),
        ([("ANY", "http://h/_aws/lambda-url/x/"), ("ANY", "http://h/dev/a")], "curl http://h/dev/a"),
        ([("GET", "http://h/Stage/a"), ("GET", "http://h/v1/a")], "curl http://h/v1/a"),
        ([("WS", "ws://h/dev")], "npx wscat -c ws://h/dev"),
    ],
)
def test_a_route_is_asked(routes: list[tuple[str, str]], line: str) -> None:
    lines = shown(summary_of(routes=routes))
    assert lines == [line, "stratolite invoke list", "stratolite logs list -f"]


@pytest.mark.parametrize(
    ("resource", "line"),
    [
        ((QUEUE_URL, "AWS::SQS::Queue", "Q"), f"sqs send-message --queue-url {QUEUE_URL} --message-body '{{}}'"),
        ((TOPIC_ARN, "AWS::SNS::Topic", "T"), f"sns publish --topic-arn {TOPIC_ARN} --message '{{}}'"),
        (("uploads", "AWS::S3::Bucket", "B"), "s3 cp FILE s3://uploads/"),
        (
            ("bus", "AWS::Events::EventBus", "E"),
            "events put-events --entries 'EventBusName=bus,Source=me,DetailType=Try,Detail={}'",
        ),
    ],
)
def test_without_a_route_something_is_sent(resource: tuple[str, str, str], line: str) -> None:
    export, send, *_ = shown(summary_of(resources=[resource]))
    assert export.startswith(f"export AWS_ENDPOINT_URL={HERE.endpoint} AWS_DEFAULT_REGION=us-east-1 AWS_ACCESS_KEY_ID=")
    assert send == f"aws {line}"


def test_without_either_a_function_is_invoked() -> None:
    assert shown(summary_of()) == ["stratolite invoke list", "stratolite logs list -f"]
    assert shown(Summary("shop-dev")) == []


@pytest.mark.parametrize(
    ("resource", "sample"),
    [
        (
            {
                "Type": "AWS::Lambda::EventSourceMapping",
                "Properties": {"EventSourceArn": {"Fn::GetAtt": ["Q", "Arn"]}, "FunctionName": {"Ref": "Make"}},
            },
            "sqs",
        ),
        (
            {
                "Type": "AWS::Lambda::Permission",
                "Properties": {"Principal": "s3.amazonaws.com", "FunctionName": {"Fn::GetAtt": "Make.Arn"}},
            },
            "s3-put",
        ),
    ],
)
def test_the_function_that_gets_events_is_given_one(resource: dict[str, Any], sample: str) -> None:
    template = {
        "Resources": {
            "Q": {"Type": "AWS::SQS::Queue"},
            "Make": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "shop-dev-make"}},
            "It": resource,
        }
    }
    assert f"stratolite invoke make --generate {sample}" in shown(summary_of(), template)


def test_another_folder_and_another_port_need_the_endpoint() -> None:
    place = Place("http://127.0.0.1:5000", "shop-dev", "us-east-1", is_here=False)
    assert shown(summary_of(), place=place)[0] == "stratolite invoke list --endpoint http://127.0.0.1:5000"
    default = Place("http://127.0.0.1:4566", "shop-dev", "us-east-1", is_here=False)
    assert shown(summary_of(), place=default)[0] == "stratolite invoke list"


def test_a_name_that_ends_another_is_written_whole() -> None:
    summary = Summary("shop-dev", functions=[("shop-dev-list", "x"), ("shop-dev-users-list", "x")])
    assert shown(summary)[0] == "stratolite invoke shop-dev-list"


def test_a_request_brings_the_key_that_it_may_need() -> None:
    summary = Summary("shop-dev", routes=[("GET", "http://h/dev/users")], api_keys=[("mobile", "k 1")])
    assert shown(summary)[0] == "curl http://h/dev/users -H 'x-api-key: k 1'"


def test_the_url_of_a_function_asks_for_no_key() -> None:
    summary = Summary("shop-dev", routes=[("ANY", "http://h/_aws/lambda-url/x/")], api_keys=[("mobile", "k 1")])
    assert shown(summary)[0] == "curl http://h/_aws/lambda-url/x/"


def test_a_website_is_visited() -> None:
    properties = {"WebsiteConfiguration": {"IndexDocument": "index.html"}}
    template = {"Resources": {"Site": {"Type": "AWS::S3::Bucket", "Properties": properties}}}
    buckets = [("uploads", "AWS::S3::Bucket", "Uploads"), ("holidays", "AWS::S3::Bucket", "Site")]
    lines = shown(summary_of(routes=[("GET", "http://h/dev/a")], resources=buckets), template)
    assert lines[:2] == ["curl http://h/dev/a", "curl http://holidays.s3-website.localhost:4566/"]
