"""POST /events {"type": ..., ...}: publishes the body to the topic, with its type and source as attributes."""

import json
import os
from functools import cache

import boto3


@cache
def sns():
    return boto3.client("sns")


def handler(event, context):
    try:
        body = json.loads(event.get("body") or "")
        kind = body["type"]
    except (ValueError, TypeError, KeyError):
        return {"statusCode": 400, "body": json.dumps({"message": 'The body must be JSON with a "type".'})}
    published = sns().publish(
        TopicArn=os.environ["TOPIC_ARN"],
        Message=json.dumps(body),
        MessageAttributes={
            "type": {"DataType": "String", "StringValue": kind},
            "source": {"DataType": "String", "StringValue": body.get("source", "api")},
        },
    )
    return {"statusCode": 202, "body": json.dumps({"messageId": published["MessageId"]})}
