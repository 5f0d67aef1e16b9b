"""What is not in the stack, or is no service that runs here."""

import json
import os
from pathlib import Path
from typing import Any

import boto3
import urllib3
from botocore.exceptions import ClientError

http = urllib3.PoolManager(retries=False)


def code(call: Any, **request: Any) -> str:
    try:
        call(**request)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "none"


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    region = os.environ["AWS_REGION"]
    return {
        "table": code(boto3.client("dynamodb").describe_table, TableName="orders"),
        "region": code(boto3.client("sqs", region_name="us-east-1").get_queue_url, QueueName="order-intake-dev-orders"),
        "firehose": code(
            boto3.client("firehose", endpoint_url=f"https://firehose.{region}.amazonaws.com").list_delivery_streams
        ),
        "keys": http.request(
            "GET", f"https://cognito-idp.{region}.amazonaws.com/{region}_abc/.well-known/jwks.json"
        ).status,
        "other_api": http.request("GET", f"https://a1b2c3d4e5.execute-api.{region}.amazonaws.com/prod/stock").status,
        "sockets": json.loads(
            http.request("POST", f"https://a1b2c3d4e5.execute-api.{region}.amazonaws.com/prod/@connections/abc=").data
        )["message"],
        "credentials": [name for name in os.environ if os.environ[name].startswith("AKIAREALSHELL")],
        "profile": os.environ.get("AWS_PROFILE", ""),
        "files": (Path.home() / ".aws").exists(),
    }
