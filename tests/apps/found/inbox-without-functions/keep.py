import json
import os

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event, context):
    for record in event.get("Records", [event]):
        if "Sns" in record:
            kept = {"id": "announced", "body": record["Sns"]["Message"]}
        elif "detail" in record:
            kept = {"id": "event", "body": json.dumps(record["detail"]), "kind": record["detail-type"]}
        else:
            kept = {"id": "queued", "body": record["body"]}
        table.put_item(Item=kept)
