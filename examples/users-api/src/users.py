"""Three handlers over one DynamoDB table: list with opaque page tokens, create, read.

Errors are answers: 400 says what is wrong with the request, 404 that there is no such user, 409 that there is one
already. Whatever else goes wrong is a fault, and left to Lambda to report.
"""

import base64
import binascii
import json
import os
import re
from functools import cache

import boto3
from botocore.exceptions import ClientError

PAGE_SIZE = 20
PAGE_SIZE_MAX = 100
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class BadRequest(Exception):
    """The request cannot be understood; the message says why."""


@cache
def table():
    """The table, connected once per environment and reused by every invocation."""
    return boto3.resource("dynamodb").Table(os.environ["USERS_TABLE"])


def list_users(event, context):
    """GET /users?limit=20&next=token"""
    # API Gateway sends null, not an empty object, when there is no query string.
    query = event.get("queryStringParameters") or {}
    try:
        arguments = {"Limit": page_size(query.get("limit"))}
        if "next" in query:
            arguments["ExclusiveStartKey"] = read_token(query["next"])
    except BadRequest as error:
        return answer(400, {"message": str(error)})
    page = table().scan(**arguments)
    body = {"users": sorted(page["Items"], key=lambda user: user["id"])}
    if "LastEvaluatedKey" in page:
        body["next"] = write_token(page["LastEvaluatedKey"])
    return answer(200, body)


def create_user(event, context):
    """POST /users {"id": ..., "name": ..., "email": ...}"""
    try:
        user = read_user(event.get("body"))
    except BadRequest as error:
        return answer(400, {"message": str(error)})
    try:
        # The condition makes it a creation: an existing user is never overwritten.
        table().put_item(Item=user, ConditionExpression="attribute_not_exists(id)")
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return answer(409, {"message": f"User {user['id']} exists already."})
    print(f"created {user['id']}")
    return answer(201, user, location=f"/users/{user['id']}")


def get_user(event, context):
    """GET /users/{id}"""
    user_id = event["pathParameters"]["id"]
    found = table().get_item(Key={"id": user_id})
    if "Item" not in found:
        return answer(404, {"message": f"There is no user {user_id}."})
    return answer(200, found["Item"])


def page_size(text):
    if text is None:
        return PAGE_SIZE
    if not text.isdecimal() or not 1 <= int(text) <= PAGE_SIZE_MAX:
        raise BadRequest(f"limit must be a number from 1 to {PAGE_SIZE_MAX}.")
    return int(text)


def write_token(key):
    """A page token: opaque to the client, the last key of the page to us."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def read_token(text):
    try:
        key = json.loads(base64.urlsafe_b64decode(text.encode()))
    except (binascii.Error, ValueError) as error:
        raise BadRequest("next is not a token of this list.") from error
    if not isinstance(key, dict) or set(key) != {"id"} or not isinstance(key["id"], str):
        raise BadRequest("next is not a token of this list.")
    return key


def read_user(body):
    try:
        user = json.loads(body or "")
    except ValueError as error:
        raise BadRequest("The body must be JSON.") from error
    if not isinstance(user, dict):
        raise BadRequest("The body must be a JSON object.")
    unknown = sorted(set(user) - {"id", "name", "email"})
    if unknown:
        raise BadRequest(f"Unknown fields: {', '.join(unknown)}.")
    if not ID.fullmatch(str(user.get("id", ""))):
        raise BadRequest("id must have 1 to 64 letters, digits, dashes or underscores.")
    if not isinstance(user.get("name"), str) or not user["name"].strip():
        raise BadRequest("name must be a text.")
    if not EMAIL.fullmatch(str(user.get("email", ""))):
        raise BadRequest("email must be an e-mail address.")
    return {"id": user["id"], "name": user["name"].strip(), "email": user["email"]}


def answer(status, body, **headers):
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json", "Access-Control-Allow-Origin": "*", **headers},
        "body": json.dumps(body),
    }
