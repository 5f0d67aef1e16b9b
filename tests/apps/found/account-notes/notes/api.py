import json
import os

import boto3
from boto3.dynamodb.conditions import Key

table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])


def respond(status, body):
    return {"statusCode": status, "headers": {"Access-Control-Allow-Origin": "*"}, "body": json.dumps(body)}


def user_of(event):
    return event["requestContext"]["authorizer"]["claims"]["sub"]


def create(event, context):
    note = {
        "userId": user_of(event),
        "noteId": context.aws_request_id,
        "content": json.loads(event["body"])["content"],
    }
    table.put_item(Item=note)
    return respond(200, note)


def list_all(event, context):
    found = table.query(KeyConditionExpression=Key("userId").eq(user_of(event)))
    return respond(200, found["Items"])


def whoami(event, context):
    return respond(200, event["requestContext"]["authorizer"]["jwt"]["claims"])


def about(event, context):
    return respond(200, {"pool": os.environ["USER_POOL_ID"]})
