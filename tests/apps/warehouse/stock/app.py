"""Items by id, from requests and from objects that are delivered."""

import json
import os

import boto3
from naming import named

TABLE = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event, context):
    if "Records" in event:
        for record in event["Records"]:
            TABLE.put_item(Item={"id": record["s3"]["object"]["key"], "name": "delivered"})
        return None
    if event.get("version") == "2.0":
        return {"described": event["rawPath"]}
    if event["httpMethod"] == "GET":
        item = TABLE.get_item(Key=event["pathParameters"]).get("Item")
        by = event["requestContext"]["authorizer"]["principalId"]
        return {"statusCode": 200 if item else 404, "body": json.dumps({"item": item, "by": by})}
    item = json.loads(event["body"])
    TABLE.put_item(Item={"id": item["name"], "name": named(os.environ["GREETING"], item["name"])})
    return {"statusCode": 201, "body": ""}
