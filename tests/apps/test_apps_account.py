"""``${ssm:}`` and ``${cf:}`` under ``up``: what the local account knows, from earlier and from the stacks in it."""

from pathlib import Path

from tests.apps.conftest import Starter, http

SERVICE = """\
service: asks
frameworkVersion: "3"
provider:
  name: aws
  runtime: python3.11
  region: us-east-1
  environment:
    GREETING: ${ssm:/app/greeting, 'none yet'}
functions:
  hello:
    handler: hello.handler
    events:
      - http: {path: hello, method: get}
"""
NEEDS = SERVICE.replace("${ssm:/app/greeting, 'none yet'}", "${ssm:/app/greeting}")
HANDLER = "import os\ndef handler(event, context):\n    return {'statusCode': 200, 'body': os.environ['GREETING']}\n"


def test_a_parameter_of_the_local_account_is_read(tmp_path: Path, up: Starter) -> None:
    folder, data = tmp_path / "app", tmp_path / "data"
    folder.mkdir()
    (folder / "hello.py").write_text(HANDLER)
    (folder / "serverless.yml").write_text(SERVICE)
    running = up(folder, data=data)
    assert http("GET", running.url("/dev/hello")).body == b"none yet"
    running.client("ssm").put_parameter(Name="/app/greeting", Value="hello", Type="String")
    # An edit asks again.
    (folder / "serverless.yml").write_text(NEEDS)
    running.until("serverless.yml: deployed in")
    assert http("GET", running.url("/dev/hello")).body == b"hello"
    assert running.stop() == 0
    running = up(folder, data=data)
    assert http("GET", running.url("/dev/hello")).body == b"hello"


def test_a_parameter_that_is_not_there_is_told(tmp_path: Path, up: Starter) -> None:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "hello.py").write_text(HANDLER)
    (folder / "serverless.yml").write_text(NEEDS)
    running = up(folder, "--strict", ready=False)
    running.until('Value not found at "ssm" source')
    running.until("(ended)")
    assert running.stop() == 2
