"""A real function closes its connections when its environment ends: Lambda tells it because of the extension."""

import json
from typing import Any

from deployed import ROLE, packaged

FUNCTION = """
import os
import boto3
from stratolite_patterns import connections

sqs = boto3.client("sqs")
line = connections.Connection(
    lambda: "line", close=lambda _: sqs.send_message(QueueUrl=os.environ["QUEUE"], MessageBody="closed")
)
connections.close_at_shutdown()

def handler(event, context):
    return line()
"""
ANSWERED_S_MAX = 20


def test_an_environment_that_is_shut_down_closes_what_it_has(client: Any) -> None:
    sqs, functions = client("sqs"), client("lambda")
    queue = sqs.create_queue(QueueName="patterns-shutdown")["QueueUrl"]
    functions.create_function(
        FunctionName="patterns-shutdown",
        Runtime="python3.11",
        Handler="app.handler",
        Role=ROLE,
        Code={"ZipFile": packaged(FUNCTION)},
        Environment={"Variables": {"QUEUE": queue}},
        Timeout=30,
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="patterns-shutdown")
    answer = functions.invoke(FunctionName="patterns-shutdown")
    assert json.loads(answer["Payload"].read()) == "line"
    functions.delete_function(FunctionName="patterns-shutdown")
    messages = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=ANSWERED_S_MAX).get("Messages", [])
    assert [message["Body"] for message in messages] == ["closed"]
