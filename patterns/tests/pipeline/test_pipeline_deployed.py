"""A pipeline in a function of the local cloud: a bucket tells a queue, and the queue calls it."""

import json
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from deployed import function, packaged

from stratolite_patterns.pipeline import Progress

WAIT_S = 120
CODE = """
import os
from stratolite_patterns.pipeline import Output, Pipeline, Poison, Progress

handler = Pipeline(Progress(os.environ["TABLE"]), dead_letter=os.environ["DEAD"])


@handler.step("rows", prefix="uploads/", suffix=".csv", output="rows/")
def rows(source):
    for number, line in enumerate(source.lines()):
        if b"," not in line:
            raise Poison("line %d has no comma" % number)
        yield Output(f"{source.name}/{number}", line)
"""


def test_uploads_become_rows_and_bad_ones_letters(client: Callable[[str], Any]) -> None:
    s3, sqs, dynamodb, lambda_ = (client(each) for each in ("s3", "sqs", "dynamodb", "lambda"))
    name = uuid4().hex
    bucket = f"b-{name}"
    dynamodb.create_table(
        TableName=f"t-{name}",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    queue, dead = (
        sqs.create_queue(QueueName=f"{each}-{name}", Attributes={"VisibilityTimeout": "60"})["QueueUrl"]
        for each in ("uploads", "dead")
    )
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    document = json.dumps({"Version": "2012-10-17", "Statement": [policy]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": document})
    function(lambda_, f"f-{name}", "app.handler", packaged(CODE), TABLE=f"t-{name}", DEAD=dead)
    lambda_.create_event_source_mapping(
        FunctionName=f"f-{name}", EventSourceArn=arn, FunctionResponseTypes=["ReportBatchItemFailures"]
    )
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]},
    )
    keys = ["uploads/a b+c (1).csv", "uploads/ünï.csv", "uploads/bad.csv", "other/x.csv"]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"no comma" if "bad" in key else b"a,b\n1,2\n")

    progress = Progress(f"t-{name}", client=dynamodb)
    limit_s = time.monotonic() + WAIT_S
    states: dict[str, Any] = {}
    while len(states) < 3 or {"RUNNING", "FAILED"} & set(states.values()):
        assert time.monotonic() < limit_s, states
        found = {key: progress.read(bucket, key) for key in keys}
        states = {key: each["steps"]["rows"]["status"] for key, each in found.items() if each}
        time.sleep(0.05)
    assert states == {keys[0]: "DONE", keys[1]: "DONE", keys[2]: "DEAD"}
    made = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket, Prefix="rows/")["Contents"]]
    assert made == [f"rows/{key.removeprefix('uploads/')}/{number}" for key in keys[:2] for number in (0, 1)]
    (letter,) = sqs.receive_message(QueueUrl=dead)["Messages"]
    assert json.loads(letter["Body"])["reason"] == "Poison: line 0 has no comma"
