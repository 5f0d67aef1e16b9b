import json

import boto3
from scoring import points

dynamodb = boto3.resource("dynamodb")


def score(event, context):
    name = event["pathParameters"]["name"]
    return {"statusCode": 200, "body": json.dumps({"name": name, "points": points(name)})}
