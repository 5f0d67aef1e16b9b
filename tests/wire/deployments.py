"""What the tests of deployments share: a small service, the command line against an endpoint, and moto's server.

moto carries templates out in a way of its own, and at once. What it cannot show, and what our own cloud shows instead:
that a change replaces a resource (its change sets tell no Replacement, and no physical ids), a resource that fails (the
call itself fails, without an event), rollbacks, policies that keep what is removed in an update, outputs of an executed
change set, and an update whose template lies in a bucket (its server fails at that).
"""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from tests.conftest import free_port

RUN_S_MAX = 300
STARTED_S_MAX = 180
REGION = "us-east-1"
TABLE = """\
    Users:
      Type: AWS::DynamoDB::Table
      Properties:
        TableName: {table}
        AttributeDefinitions: [{{AttributeName: {key}, AttributeType: S}}]
        KeySchema: [{{AttributeName: {key}, KeyType: HASH}}]
        BillingMode: PAY_PER_REQUEST
"""
SERVICE = """\
service: {name}
provider:
  name: aws
  runtime: nodejs22.x
  stage: dev
package: {{individually: true}}
functions:
  list:
    handler: list.handler
    package: {{patterns: ['!**', list.js]}}
    events: [{{http: {{path: users, method: get}}}}]
  make:
    handler: make.handler
    package: {{patterns: ['!**', make.js]}}
{more}"""
FUNCTION = "exports.handler = async () => ({ statusCode: 200 });\n"


class Service:
    """A service in a folder, and the command line for it."""

    def __init__(self, folder: Path, name: str, environment: dict[str, str]) -> None:
        self.folder = folder
        self.name = name
        self.stack_name = f"{name}-dev"
        self.environment = environment
        for function in ("list", "make"):
            (folder / f"{function}.js").write_text(f"// {function}\n{FUNCTION}")
        self.write(self.table())

    def table(self, key: str = "id") -> str:
        return TABLE.format(table=self.name, key=key)

    def write(self, resources: str = "", outputs: str = "", more: str = "") -> None:
        """The file, with resources of the user's own."""
        resources = f"resources:\n  Resources:\n{resources}" if resources else ""
        outputs = f"  Outputs:\n{outputs}" if outputs else ""
        (self.folder / "serverless.yml").write_text(SERVICE.format(name=self.name, more=f"{more}{resources}{outputs}"))

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """A command in the service's folder; nobody is there to be asked."""
        return subprocess.run(
            [sys.executable, "-m", "stratolite", *arguments],
            cwd=self.folder,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=RUN_S_MAX,
            check=False,
        )

    def deploy(self, *arguments: str) -> dict[str, Any]:
        """Deploy and agree; what it says as JSON."""
        done = self.run("deploy", "--yes", "--json", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        result: dict[str, Any] = json.loads(done.stdout)
        return result

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            region_name=REGION,
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}),
        )


def environment(endpoint: str, home: Path, account: str) -> dict[str, str]:
    """An environment that knows one account, and nothing of this machine's own."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "PYTHONPATH") if name in os.environ}
    return {
        **kept,
        "HOME": str(home),
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=STARTED_S_MAX).close()
    except urllib.error.URLError:
        return False
    return True


@contextmanager
def moto_server(log: Path) -> Iterator[str]:
    """A process of moto's, on a free port; its endpoint."""
    port = free_port()
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], stdout=out, stderr=out
        )
    endpoint = f"http://127.0.0.1:{port}"
    try:
        until_s = time.monotonic() + STARTED_S_MAX
        while not _answers(f"{endpoint}/moto-api/"):
            assert process.poll() is None and time.monotonic() < until_s, log.read_text()
            time.sleep(0.05)
        yield endpoint
    finally:
        process.kill()
        process.wait()
