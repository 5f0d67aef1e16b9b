"""examples/users-api, run as the README says, and driven over HTTP, with boto3, the AWS CLI and edits."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.apps.conftest import EXAMPLES, Starter, Up, eventually, http

ADA = {"id": "ada", "name": "Ada", "email": "ada@example.com"}
TABLE = "users-api-users-dev"
WAITING = {
    "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
    "Signal": {
        "Type": "AWS::CloudFormation::WaitCondition",
        "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": "600"},
    },
}
"""A stack that waits for somebody outside."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the example, to be edited."""
    copy = tmp_path / "users-api"
    shutil.copytree(EXAMPLES / "users-api", copy, ignore=shutil.ignore_patterns(".stratolite", "__pycache__", "tests"))
    return copy


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """One running example for the tests that change nothing but users of their own."""
    running = Up(EXAMPLES / "users-api", tmp_path_factory.mktemp("users") / "data", ["--no-watch"])
    running.until("Ctrl-C stops")
    yield running
    running.stop()


def test_it_says_what_there_is(app: Up) -> None:
    base = app.note()["app_endpoint"]
    for wanted in (
        "users-api · dev · us-east-1",
        "users-api-dev-listUsers",
        f"{base}/dev/users",
        f"{base}/dev/users/{{id}}",
        "AWS::DynamoDB::Table",
        "Policies are kept, not enforced yet",
    ):
        assert wanted in app.output, app.output


def test_users_are_made_once_and_read(app: Up) -> None:
    made = http("POST", app.url("/dev/users"), ADA)
    assert (made.status, made.json(), made.headers["location"]) == (201, ADA, "/users/ada")
    assert http("POST", app.url("/dev/users"), ADA).status == 409
    assert http("GET", app.url("/dev/users/ada")).json() == ADA
    missing = http("GET", app.url("/dev/users/nobody"))
    assert (missing.status, missing.json()) == (404, {"message": "There is no user nobody."})


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"id": "x"}', b"\xff\xfe"])
def test_bad_requests_say_what_is_wrong(app: Up, body: bytes) -> None:
    answer = http("POST", app.url("/dev/users"), body)
    assert answer.status == 400
    assert answer.json()["message"]


def test_lists_are_paged_by_opaque_tokens(app: Up) -> None:
    for number in range(7):
        user = {**ADA, "id": f"page-{number}"}
        assert http("POST", app.url("/dev/users"), user).status == 201
    seen: list[str] = []
    token = ""
    for _ in range(20):
        page = http("GET", app.url(f"/dev/users?limit=3{token}")).json()
        seen += [user["id"] for user in page["users"]]
        if "next" not in page:
            break
        token = f"&next={page['next']}"
    assert sorted(one for one in seen if one.startswith("page-")) == [f"page-{number}" for number in range(7)]
    assert len(seen) == len(set(seen))
    assert http("GET", app.url("/dev/users?next=bm90IGEga2V5")).status == 400
    assert http("GET", app.url("/dev/users?limit=0")).status == 400


def test_browsers_may_ask_first(app: Up) -> None:
    asked = http("OPTIONS", app.url("/dev/users"), headers={"Origin": "https://example.com"})
    assert asked.status == 200
    assert asked.headers["access-control-allow-origin"] == "*"
    assert "POST" in asked.headers["access-control-allow-methods"]


def test_unknown_routes_are_aws_s_forbidden(app: Up) -> None:
    answer = http("GET", app.url("/dev/nothing"))
    assert (answer.status, answer.json()) == (403, {"message": "Missing Authentication Token"})


def test_boto3_sees_the_same_cloud(app: Up) -> None:
    http("POST", app.url("/dev/users"), {**ADA, "id": "boto"})
    item = app.client("dynamodb").get_item(TableName=TABLE, Key={"id": {"S": "boto"}})["Item"]
    assert item["name"] == {"S": "Ada"}
    event = {"pathParameters": {"id": "boto"}}
    answer = app.client("lambda").invoke(FunctionName="users-api-dev-getUser", Payload=json.dumps(event))
    assert json.load(answer["Payload"])["statusCode"] == 200
    stack = app.client("cloudformation").describe_stacks(StackName="users-api-dev")["Stacks"][0]
    assert stack["StackStatus"] == "UPDATE_COMPLETE"


def test_the_aws_cli_works(app: Up, tmp_path: Path) -> None:
    http("POST", app.url("/dev/users"), {**ADA, "id": "cli"})

    def aws(*arguments: str) -> Any:
        # The CLI of this environment, whatever else is on the machine's PATH.
        program = Path(sys.executable).parent / "aws"
        done = subprocess.run(
            [program, *arguments, "--output", "json"],
            env=app.environment(),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    found = aws("dynamodb", "get-item", "--table-name", TABLE, "--key", '{"id": {"S": "cli"}}')
    assert found["Item"]["id"] == {"S": "cli"}
    aws("lambda", "invoke", "--function-name", "users-api-dev-listUsers", "--payload", "{}", "out.json")
    assert json.loads((tmp_path / "out.json").read_text())["statusCode"] == 200
    assert "users-api-dev" in {one["StackName"] for one in aws("cloudformation", "describe-stacks")["Stacks"]}
    groups = aws("logs", "describe-log-groups")["logGroups"]
    assert "/aws/lambda/users-api-dev-createUser" in {group["logGroupName"] for group in groups}


def test_logs_are_followed(app: Up) -> None:
    http("POST", app.url("/dev/users"), {**ADA, "id": "logged"})
    app.until("created logged")


def test_the_other_commands_find_the_cloud(app: Up) -> None:
    http("POST", app.url("/dev/users"), {**ADA, "id": "commanded"})

    def stratolite(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "stratolite", *arguments, "--endpoint", app.note()["endpoint"]],
            capture_output=True,
            text=True,
            check=False,
        )

    invoked = stratolite("invoke", "getUser", "-d", '{"pathParameters": {"id": "commanded"}}')
    assert (invoked.returncode, json.loads(invoked.stdout)["statusCode"]) == (0, 200), invoked.stderr
    failed = stratolite("invoke", "getUser", "-d", "{}", "--log")
    assert failed.returncode == 1
    assert json.loads(failed.stdout)["errorType"] == "KeyError"
    assert "END RequestId" in failed.stderr
    assert "created commanded" in stratolite("logs", "createUser").stdout
    lines = stratolite("logs", "createUser", "--json").stdout.splitlines()
    assert any(json.loads(line)["message"] == "created commanded" for line in lines)
    shown = json.loads(stratolite("info", "--json").stdout)
    [stack] = shown["stacks"]
    assert {route["method"] for route in stack["routes"]} == {"GET", "POST"}
    unknown = stratolite("invoke", "nobody")
    assert unknown.returncode == 1
    assert "users-api-dev-getUser" in unknown.stderr


def test_data_survives_and_nothing_new_is_no_deployment(up: Starter, folder: Path) -> None:
    first = up(folder, "--no-watch")
    http("POST", first.url("/dev/users"), ADA)
    assert first.stop(signal.SIGTERM) == 0
    second = up(folder, "--no-watch")
    assert "ready, nothing new to deploy" in second.output
    assert http("GET", second.url("/dev/users/ada")).json() == ADA


def test_kill_9_loses_nothing(up: Starter, folder: Path) -> None:
    first = up(folder, "--no-watch")
    for number in range(20):
        assert http("POST", first.url("/dev/users"), {**ADA, "id": f"user-{number}"}).status == 201
    first.stop(signal.SIGKILL)
    second = up(folder, "--no-watch")
    for number in range(20):
        assert http("GET", second.url(f"/dev/users/user-{number}")).status == 200


def test_nothing_runs_after_ctrl_c(up: Starter, folder: Path) -> None:
    running = up(folder, "--no-watch")
    http("GET", running.url("/dev/users"))
    children = running.descendants()
    assert children, "a function runs in a process of its own"
    assert running.stop(signal.SIGINT) == 0
    assert f"stopped; data is kept in {running.data}" in running.lines
    assert not [pid for pid in children if Path(f"/proc/{pid}/cmdline").exists()]


def test_ctrl_c_in_a_deployment_says_what_becomes_of_it(up: Starter, tmp_path: Path) -> None:
    (tmp_path / "template.json").write_text(json.dumps({"Resources": WAITING}))
    running = up(tmp_path / "template.json", ready=False)
    eventually(lambda: (running.data / "run" / "cloud.json").exists(), bool)
    stacks = running.client("cloudformation")
    eventually(lambda: [one["StackStatus"] for one in stacks.list_stacks()["StackSummaries"]], lambda found: found)
    assert running.stop(signal.SIGINT) == 130
    assert "note: it was being deployed; the next 'stratolite up' goes on with that" in running.lines
    assert f"stopped; data is kept in {running.data}" in running.lines


def test_edits_are_served(up: Starter, folder: Path) -> None:
    running = up(folder)
    url = running.url("/dev/users/nobody")
    assert http("GET", url).status == 404
    handlers = folder / "src" / "users.py"
    handlers.write_text(handlers.read_text().replace("There is no user", "Nobody knows a user"))
    eventually(lambda: http("GET", url).json()["message"], lambda text: text == "Nobody knows a user nobody.")
    place = running.until("deployed in")
    assert "src/users.py" in running.lines[place - 1]

    service = folder / "serverless.yml"
    whole = service.read_text()
    service.write_text(whole.replace('path: "users/{id}", method: get', 'path: "people/{id}", method: get'))
    url = running.url("/dev/people/nobody")
    eventually(lambda: http("GET", url).status, lambda status: status == 404)

    place = len(running.lines)
    service.write_text(whole.replace('path: "users/{id}", method: get', 'path: "users/{id}", method: fetch'))
    running.until("The last good deployment goes on serving", after=place)
    assert http("GET", url).status == 404


def test_data_lies_beside_the_application_and_remove_deletes_it(folder: Path) -> None:
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    running = Up(folder, folder / ".stratolite", ["--no-watch"])
    running.until("Ctrl-C stops")
    http("POST", running.url("/dev/users"), ADA)
    running.stop()

    def remove(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "stratolite", "remove", str(folder), *arguments],
            capture_output=True,
            text=True,
            env=environment,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    unsure = remove()
    assert (unsure.returncode, "--yes" in unsure.stderr) == (3, True)
    done = remove("--yes")
    assert (done.stdout, done.stderr) == ("removed users-api-dev\n", "")
    assert remove("--yes").stdout == "users-api-dev is not deployed\n"
