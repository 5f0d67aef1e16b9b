"""Writes queued orders down; one that cannot be is left to be tried again, alone."""

import json
import os
from typing import Any

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event: Any, context: object) -> dict[str, Any]:
    failed = []
    for record in event["Records"]:
        order = json.loads(record["body"])
        if order.get("broken"):
            failed.append({"itemIdentifier": record["messageId"]})
            continue
        table.put_item(Item={"id": order["id"], "total": order["total"], "edition": 1})
        print("stored", order["id"], "edition", 1)
    return {"batchItemFailures": failed}
