"""Notes behind an HTTP API: whoever reads may do so, people write with a token, machines delete with a key."""

import json
import os
from typing import Any

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event: dict[str, Any], context: object) -> Any:
    """Payload format 2.0; what is returned without a status code is the body of a 200."""
    note_id = event.get("pathParameters", {}).get("id")
    route = event["routeKey"]
    if route == "GET /notes":
        return sorted(each["id"] for each in table.scan()["Items"])
    if route == "PUT /notes/{id}":
        by = event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"]
        table.put_item(Item={"id": note_id, "text": json.loads(event["body"])["text"], "by": by})
        return {"statusCode": 201, "cookies": ["last=" + note_id], "body": ""}
    if route == "DELETE /notes/{id}":
        table.delete_item(Key={"id": note_id})
        return {"deleted": note_id, "machine": event["requestContext"]["authorizer"]["lambda"]["machine"]}
    found = table.get_item(Key={"id": note_id}).get("Item")
    if found is None:
        headers = {"content-type": "application/json"}
        return {"statusCode": 404, "headers": headers, "body": '{"message":"no such note"}'}
    return found


def guard(event: dict[str, Any], context: object) -> Any:
    """A simple answer: who has the key may pass."""
    return {"isAuthorized": event["headers"]["x-key"] == "k1", "context": {"machine": "m1"}}


def old(event: dict[str, Any], context: object) -> Any:
    """Payload format 1.0."""
    seen = [event["version"], event["httpMethod"], event["path"], event["pathParameters"]["proxy"]]
    return {"statusCode": 200, "body": json.dumps(seen)}


def rest(event: dict[str, Any], context: object) -> Any:
    """What no other route takes."""
    return {"route": event["routeKey"], "path": event["rawPath"]}
