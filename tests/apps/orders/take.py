"""Takes orders by the function's URL, and queues them."""

import json
import os
import uuid
from typing import Any

import boto3

sqs = boto3.client("sqs")


def handler(event: Any, context: object) -> dict[str, Any]:
    order = {"id": str(uuid.uuid4()), **json.loads(event["body"])}
    sqs.send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=json.dumps(order))
    ready = os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]
    return {"statusCode": 202, "body": json.dumps({"id": order["id"], "ready": ready, "edition": 1})}
