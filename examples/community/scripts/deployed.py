"""What is deployed, from outside: outputs of its stack, and its API. For smoke tests and whoever else asks.

AWS's own settings say where: AWS_PROFILE, AWS_REGION, and AWS_ENDPOINT_URL for a local cloud.
"""

import json
import os
import re
import sys
import traceback
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError

ANSWER_S_MAX = 30
FILE = Path(__file__).parents[1] / "serverless.yml"


class SmokeFailed(AssertionError):
    """What was deployed does not do what it should."""


@cache
def client(service: str) -> Any:
    """A client of boto3, in the region of AWS_REGION or of the application."""
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    return boto3.client(service, region_name=region)


def service() -> str:
    """The service's name, from its file."""
    found = re.search(r"^service: *(\S+)", FILE.read_text(), re.MULTILINE)
    if found is None:
        raise SmokeFailed(f"{FILE}: no service")
    return found[1]


def resource(stage: str, logical_id: str) -> str:
    """The physical id of a resource of a stage."""
    stack = f"{service()}-{stage}"
    found = client("cloudformation").describe_stack_resource(StackName=stack, LogicalResourceId=logical_id)
    return str(found["StackResourceDetail"]["PhysicalResourceId"])


@dataclass(frozen=True)
class Answer:
    """What the API answered."""

    request: str
    status: int
    body: bytes


@dataclass(frozen=True)
class Api:
    """An API by its URL."""

    url: str

    @classmethod
    def of_stage(cls, stage: str) -> "Api":
        """The one in the outputs of a stage's stack."""
        stacks = client("cloudformation").describe_stacks(StackName=f"{service()}-{stage}")["Stacks"]
        outputs = {one["OutputKey"]: one["OutputValue"] for one in stacks[0].get("Outputs", [])}
        return cls(outputs["ServiceEndpoint"])

    def call(self, method: str, path: str, body: Any = None, token: str = "") -> Answer:
        """One request. Behind AWS_ENDPOINT_URL, the API is known by the host that it would have on AWS."""
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        url, local = f"{self.url}{path}", os.environ.get("AWS_ENDPOINT_URL")
        if local:
            parts = urlsplit(url)
            headers["Host"] = parts.netloc
            url = parts._replace(scheme=urlsplit(local).scheme, netloc=urlsplit(local).netloc).geturl()
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_S_MAX) as answer:
                return Answer(f"{method} {path}", answer.status, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(f"{method} {path}", error.code, error.read())


def require(answer: Answer, status: int) -> Any:
    """The body of an answer that has to have a status. Raises SmokeFailed."""
    if answer.status != status:
        raise SmokeFailed(f"{answer.request}: {answer.status} instead of {status}: {answer.body.decode()}")
    return json.loads(answer.body) if answer.body else None


def run(check: Callable[[Api], None]) -> int:
    """A smoke test of the stage that the command line names; its exit code."""
    if len(sys.argv) != 2:
        print("usage: python scripts/smoke.py STAGE", file=sys.stderr)
        return 2
    try:
        api = Api.of_stage(sys.argv[1])
    except (BotoCoreError, ClientError) as error:
        print(f"{service()}-{sys.argv[1]}: {error}", file=sys.stderr)
        print("AWS_PROFILE and AWS_REGION say where it is; AWS_ENDPOINT_URL, for a local cloud.", file=sys.stderr)
        return 1
    try:
        check(api)
    except AssertionError:
        traceback.print_exc()
        return 1
    print(f"{api.url} works")
    return 0
