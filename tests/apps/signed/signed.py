"""A function behind signed endpoints, and one that calls them with the credentials of its role."""

import json
import urllib.error
import urllib.request
from typing import Any

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest


def guarded(event: dict[str, Any], context: object) -> dict[str, Any]:
    request = event["requestContext"]
    who = request["authorizer"]["iam"] if event.get("version") == "2.0" else request["identity"]
    return {"statusCode": 200, "body": json.dumps({"who": who["userArn"], "said": event["body"]})}


def caller(event: dict[str, Any], context: object) -> dict[str, Any]:
    request = AWSRequest("POST", event["url"], data=b"hello", headers={"content-type": "text/plain"})
    SigV4Auth(boto3.Session().get_credentials(), "execute-api", "us-east-1").add_auth(request)
    if event.get("tampered"):
        request.data = b"bye"
    sent = urllib.request.Request(event["url"], request.data, dict(request.headers.items()), method="POST")
    try:
        with urllib.request.urlopen(sent, timeout=10) as response:
            return {"status": response.status, "body": json.load(response)}
    except urllib.error.HTTPError as error:
        with error:
            return {"status": error.code, "body": json.load(error)}
