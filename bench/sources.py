"""The functions and requests that several benchmarks share."""

import io
import json
import zipfile

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/bench"

PYTHON_ECHO = "def handler(event, context):\n    return event\n"
NODE_ECHO = "exports.handler = async (event) => event;\n"
PYTHON_BOTO3 = "import boto3\nclient = boto3.client('dynamodb')\ndef handler(event, context):\n    return event\n"
PYTHON_API = "def handler(event, context):\n    return {'statusCode': 200, 'body': '{\"hello\": \"world\"}'}\n"


def zipped(name: str, text: str) -> bytes:
    """A zip of one file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, text)
    return out.getvalue()


def signed(service: str, account: str = ACCOUNT) -> dict[str, str]:
    """The headers of a signature, which name the account, region and service."""
    credential = f"{account}/20260101/us-east-1/{service}/aws4_request"
    return {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0",
        "X-Amz-Date": "20260101T000000Z",
    }


def aws_json(service: str, target: str, body: object, version: str = "1.0") -> tuple[dict[str, str], bytes]:
    """Headers and body of an AWS JSON request."""
    headers = {
        **signed(service),
        "X-Amz-Target": target,
        "Content-Type": f"application/x-amz-json-{version}",
    }
    return headers, json.dumps(body).encode()
