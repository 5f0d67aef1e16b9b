import json
import os
from datetime import UTC, datetime

import boto3
from boto3.dynamodb.conditions import Key

table = boto3.resource("dynamodb").Table(os.environ["VISITS_TABLE"])
sqs = boto3.client("sqs")


def answer(status, body):
    return {"statusCode": status, "headers": {"Access-Control-Allow-Origin": "*"}, "body": json.dumps(body)}


def record(event, context):
    item = {"page": event["pathParameters"]["page"], "at": datetime.now(UTC).isoformat()}
    table.put_item(Item=item)
    sqs.send_message(QueueUrl=os.environ["REPORTS_QUEUE"], MessageBody=json.dumps(item))
    return answer(201, item)


def list(event, context):
    found = table.query(KeyConditionExpression=Key("page").eq(event["pathParameters"]["page"]))
    return answer(200, found["Items"])
