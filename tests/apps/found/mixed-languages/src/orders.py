import json
import os
import uuid

import boto3

table = boto3.resource("dynamodb").Table(os.environ["ORDERS_TABLE"])
lambda_client = boto3.client("lambda")


def create(event, context):
    order = json.loads(event["body"])
    order["id"] = str(uuid.uuid4())
    table.put_item(Item=order)
    lambda_client.invoke(
        FunctionName=os.environ["REPORT_FUNCTION"],
        InvocationType="Event",
        Payload=json.dumps({"orderId": order["id"]}),
    )
    return {"statusCode": 201, "body": json.dumps(order)}
