"""Events end to end, in functions of the local cloud: outbox, stream, topic, queue, router, once."""

import json
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from deployed import function, packaged

from stratolite_patterns.events import Event, Outbox, SnsPublisher

WAIT_S = 120
CODE = """
import os
import boto3
from stratolite_patterns.events import Idempotency, Outbox, Router, SnsPublisher

publish = Outbox(os.environ["TABLE"], SnsPublisher(os.environ["TOPIC"]))
route = Router(once=Idempotency(os.environ["ONCE"]), consumer="counter")
dynamodb = boto3.client("dynamodb")


@route.on("user.created")
def created(event):
    dynamodb.update_item(
        TableName=os.environ["ONCE"],
        Key={"id": {"S": "COUNT#" + event.data["id"]}},
        UpdateExpression="ADD n :one SET #order = list_append(if_not_exists(#order, :none), :this)",
        ExpressionAttributeNames={"#order": "order"},
        ExpressionAttributeValues={
            ":one": {"N": "1"}, ":none": {"L": []}, ":this": {"L": [{"N": str(event.data["n"])}]}
        },
    )
"""


def test_from_the_state_to_an_effect_that_happens_once(client: Callable[[str], Any]) -> None:
    dynamodb, sns, sqs, lambda_ = (client(each) for each in ("dynamodb", "sns", "sqs", "lambda"))
    name = uuid4().hex
    dynamodb.create_table(
        TableName=f"state-{name}",
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in ("pk", "sk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    dynamodb.create_table(
        TableName=f"once-{name}",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    topic = sns.create_topic(Name=f"users-{name}")["TopicArn"]
    queue = sqs.create_queue(QueueName=f"users-{name}", Attributes={"VisibilityTimeout": "60"})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"type": ["user.created"]})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"FilterPolicy": policy})

    variables = {"TABLE": f"state-{name}", "ONCE": f"once-{name}", "TOPIC": topic}
    stream = dynamodb.describe_table(TableName=f"state-{name}")["Table"]["LatestStreamArn"]
    partial = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
    for each, source, options in (
        ("publish", stream, {"StartingPosition": "TRIM_HORIZON"}),
        ("route", arn, {}),
    ):
        function(lambda_, f"{each}-{name}", f"app.{each}", packaged(CODE), **variables)
        lambda_.create_event_source_mapping(FunctionName=f"{each}-{name}", EventSourceArn=source, **options, **partial)

    outbox = Outbox(f"state-{name}", SnsPublisher(topic, client=sns), client=dynamodb)
    events = [Event(type="user.created", data={"id": "ada", "n": number}) for number in range(4)]
    other = Event(type="user.renamed", data={"id": "ada", "n": 9})
    for number, event in enumerate(events):
        item = {"pk": {"S": "USER#ada"}, "sk": {"S": str(number)}}
        outbox.write([{"Put": {"TableName": f"state-{name}", "Item": item}}], {"ada": [event, other]})
    # The queue brings two of them again, and a record that nobody can read does not keep them.
    for text in (events[0].to_json(), events[3].to_json(), "no json"):
        sqs.send_message(QueueUrl=queue, MessageBody=text)

    key = {"id": {"S": "COUNT#ada"}}
    limit_s = time.monotonic() + WAIT_S
    found: dict[str, Any] = {}
    while found.get("n", {}).get("N") != "4" and time.monotonic() < limit_s:
        found = dynamodb.get_item(TableName=f"once-{name}", Key=key).get("Item", {})
        time.sleep(0.05)
    time.sleep(0.5)
    found = dynamodb.get_item(TableName=f"once-{name}", Key=key)["Item"]
    assert found["n"] == {"N": "4"}
    assert sorted(each["N"] for each in found["order"]["L"]) == ["0", "1", "2", "3"]
