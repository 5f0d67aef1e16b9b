"""tests/apps/rotation: a deployed function rotates a deployed secret, also when everything is killed half-way."""

import json
import signal
from pathlib import Path
from typing import Any

from tests.apps.conftest import Starter, Up, eventually

FOLDER = Path(__file__).parent / "rotation"
KEY = {"SecretId": "front-door"}
STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"]
GROUP = "/aws/lambda/rotation-dev-locksmith"


def asked(app: Up) -> list[tuple[str, str]]:
    """The steps that the function was asked for, each with the version that it was about, in order."""
    events = app.client("logs").filter_log_events(logGroupName=GROUP, filterPattern='{ $.step = "*" }')["events"]
    lines = [json.loads(event["message"]) for event in events]
    return [(line["step"], line["version"]) for line in lines]


def doors(app: Up) -> str:
    stack = app.client("cloudformation").describe_stacks(StackName="rotation-dev")["Stacks"][0]
    return next(str(one["OutputValue"]) for one in stack["Outputs"] if one["OutputKey"] == "Doors")


def visit(app: Up) -> Any:
    answer = app.client("lambda").invoke(FunctionName="rotation-dev-visit")
    with answer["Payload"] as payload:
        return json.load(payload)


def test_a_deployed_function_rotates_a_secret_and_survives_kills(up: Starter) -> None:
    app = up(FOLDER, "--no-watch")
    app.drain()
    secrets, tables = app.client("secretsmanager"), app.client("dynamodb")
    shown = secrets.describe_secret(**KEY)
    (first,) = (one for one, stages in shown["VersionIdsToStages"].items() if "AWSCURRENT" in stages)
    assert asked(app) == [(step, first) for step in STEPS]
    assert shown["RotationEnabled"]
    assert (shown["NextRotationDate"] - shown["LastRotatedDate"]).days in (6, 7)
    assert shown["RotationRules"]["AutomaticallyAfterDays"] == 7
    assert visit(app) == {"opens": True, "is_newest": True}
    before = secrets.get_secret_value(**KEY)["SecretString"]

    # The function hangs in its second step, and everything dies.
    table = doors(app)
    tables.put_item(TableName=table, Item={"id": {"S": "held"}})
    second = secrets.rotate_secret(**KEY)["VersionId"]
    waiting = {"TableName": table, "Key": {"id": {"S": "waiting"}}, "ConsistentRead": True}
    eventually(lambda: tables.get_item(**waiting), lambda answer: "Item" in answer)
    assert visit(app) == {"opens": True, "is_newest": False}
    assert app.stop(signal.SIGKILL) == -signal.SIGKILL

    again = up(FOLDER, "--no-watch", data=app.data)
    secrets, tables = again.client("secretsmanager"), again.client("dynamodb")
    assert secrets.get_secret_value(**KEY)["SecretString"] == before
    assert secrets.describe_secret(**KEY)["VersionIdsToStages"][second] == ["AWSPENDING"]
    tables.delete_item(TableName=table, Key={"id": {"S": "held"}})
    again.drain()
    stages = secrets.describe_secret(**KEY)["VersionIdsToStages"]
    assert stages == {second: ["AWSCURRENT"], first: ["AWSPREVIOUS"]}
    assert visit(again) == {"opens": True, "is_newest": True}
    # What was done was not asked for again; what was cut off was.
    steps = [step for step, version in asked(again) if version == second]
    assert steps[-3:] == STEPS[1:]
    assert steps.count("createSecret") <= 1
