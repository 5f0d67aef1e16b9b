"""Orders: taken over HTTP, confirmed by the archive, with a receipt in S3."""

import json
import os
import urllib.request
import uuid
from typing import Any

import boto3
from botocore.config import Config

REGION = os.environ["AWS_REGION"]
# We had trouble with the resolver in our VPC, hence the endpoints.
table = boto3.resource("dynamodb", endpoint_url=f"https://dynamodb.{REGION}.amazonaws.com").Table(
    os.environ["ORDERS_TABLE"]
)
sqs = boto3.client("sqs", region_name=REGION, endpoint_url=f"https://sqs.{REGION}.amazonaws.com")
s3 = boto3.client(
    "s3",
    endpoint_url=f"https://s3.{REGION}.amazonaws.com",
    config=Config(signature_version="s3v4", s3={"addressing_style": "virtual"}),
)


def answer(status: int, body: Any) -> dict[str, Any]:
    return {"statusCode": status, "body": json.dumps(body)}


def create(event: dict[str, Any], context: Any) -> dict[str, Any]:
    order = {"id": str(uuid.uuid4()), "state": "new", **json.loads(event["body"])}
    with urllib.request.urlopen(f"{os.environ['STOCK_URL']}?item={order['item']}") as response:
        stock = json.load(response)
    if not stock["left"]:
        return answer(409, stock)
    table.put_item(Item=order)
    sqs.send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=json.dumps(order))
    return answer(201, order)


def done(event: dict[str, Any], context: Any) -> dict[str, Any]:
    table.update_item(
        Key={"id": event["pathParameters"]["id"]},
        UpdateExpression="SET #state = :done",
        ExpressionAttributeNames={"#state": "state"},
        ExpressionAttributeValues={":done": "done"},
    )
    headers, caller = event["headers"], event["requestContext"]["identity"]["userArn"]
    return answer(200, {"host": headers["Host"], "scheme": headers["X-Forwarded-Proto"], "caller": caller})


def receipt(event: dict[str, Any], context: Any) -> dict[str, Any]:
    order = table.get_item(Key={"id": event["pathParameters"]["id"]})["Item"]
    if order["state"] != "done":
        return answer(409, {"state": order["state"]})
    link = s3.generate_presigned_url(
        "get_object", Params={"Bucket": os.environ["RECEIPTS_BUCKET"], "Key": f"{order['id']}.txt"}
    )
    with urllib.request.urlopen(link) as response:
        return answer(200, {"link": link, "text": response.read().decode()})
