import base64
import json
import os

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event, context):
    for record in event.get("Records", [event]):
        if "Sns" in record:
            kept = {"id": "announced", "body": record["Sns"]["Message"]}
        elif "kinesis" in record:
            clicked = base64.b64decode(record["kinesis"]["data"]).decode()
            kept = {"id": "clicked", "body": clicked, "page": record["kinesis"]["partitionKey"]}
        elif "detail" in record:
            kept = {"id": "event", "body": json.dumps(record["detail"]), "kind": record["detail-type"]}
        else:
            kept = {"id": "queued", "body": record["body"]}
        table.put_item(Item=kept)
