"""A real function closes its connections when its environment ends: Lambda tells it because of the extension."""

import json
from typing import Any

from deployed import function, packaged

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
ANSWERED_S_MAX = 5
ATTEMPTS_MAX = 12


def test_an_environment_that_is_shut_down_closes_what_it_has(client: Any) -> None:
    sqs, functions = client("sqs"), client("lambda")
    queue = sqs.create_queue(QueueName="patterns-shutdown")["QueueUrl"]
    code = packaged(FUNCTION)
    for attempt in range(ATTEMPTS_MAX):
        # There are 500 ms, which a busy machine may not have every time.
        name = f"patterns-shutdown-{attempt}"
        function(functions, name, "app.handler", code, QUEUE=queue)
        answer = functions.invoke(FunctionName=name)
        assert json.loads(answer["Payload"].read()) == "line"
        functions.delete_function(FunctionName=name)
        messages = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=ANSWERED_S_MAX).get("Messages", [])
        if messages:
            break
    assert [message["Body"] for message in messages] == ["closed"]
