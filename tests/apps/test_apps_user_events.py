"""examples/user-events: publish, filter, deliver; Python and Node subscribers; both AWS SDKs for JavaScript."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.apps.conftest import EXAMPLES, Up, eventually, http

FOLDER = EXAMPLES / "user-events"
TABLE = "user-events-seen-dev"

pytestmark = pytest.mark.skipif(
    not (FOLDER / "node_modules").exists(), reason="needs: npm ci --prefix examples/user-events"
)

SCRIPT = """
const AWS = require('aws-sdk');
const { DynamoDBClient, ScanCommand } = require('@aws-sdk/client-dynamodb');
(async () => {
  const endpoint = process.env.AWS_ENDPOINT_URL;
  const v2 = await new AWS.DynamoDB({ endpoint }).listTables().promise();
  const topics = await new AWS.SNS({ endpoint }).listTopics().promise();
  const invoked = await new AWS.Lambda({ endpoint })
    .invoke({ FunctionName: 'user-events-dev-publish', Payload: '{"body": "no"}' }).promise();
  const v3 = await new DynamoDBClient({}).send(new ScanCommand({ TableName: 'user-events-seen-dev' }));
  console.log(JSON.stringify({
    tables: v2.TableNames,
    topics: topics.Topics.map((topic) => topic.TopicArn),
    status: JSON.parse(invoked.Payload).statusCode,
    count: v3.Count,
  }));
})().catch((error) => { console.error(error); process.exit(1); });
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    running = Up(FOLDER, tmp_path_factory.mktemp("events") / "data", ["--no-watch"])
    running.until("Ctrl-C stops")
    yield running
    running.stop()


def published(app: Up, event: dict[str, Any]) -> str:
    answer = http("POST", app.url("/dev/events"), event)
    assert answer.status == 202, answer.body
    app.drain()
    return str(answer.json()["messageId"])


def seers(app: Up, message_id: str) -> set[str]:
    """Who wrote a message down."""
    items = app.client("dynamodb").scan(TableName=TABLE, ConsistentRead=True)["Items"]
    return {item["subscriber"]["S"] for item in items if item["eventId"]["S"] == message_id}


@pytest.mark.parametrize(
    ("event", "wanted"),
    [
        ({"type": "user.created", "name": "Ada"}, {"welcome", "audit"}),
        ({"type": "user.created", "source": "test"}, {"welcome"}),
        ({"type": "order.placed", "order": {"total": 250}}, {"audit", "bigOrders"}),
        ({"type": "order.placed", "order": {"total": 100}}, {"audit"}),
        ({"type": "order.placed", "order": {"total": "250"}}, {"audit"}),
        ({"type": "order.placed", "order": [{"total": 1}, {"total": 101}], "source": "test"}, {"bigOrders"}),
        ({"type": "user.deleted", "source": "test"}, set()),
    ],
)
def test_filters_choose_the_functions(app: Up, event: dict[str, Any], wanted: set[str]) -> None:
    message_id = published(app, event)
    assert eventually(lambda: seers(app, message_id), lambda found: found == wanted) == wanted


def test_a_message_without_a_type_is_refused(app: Up) -> None:
    assert http("POST", app.url("/dev/events"), b"[]").status == 400


def test_both_javascript_sdks_reach_the_cloud_from_outside(app: Up, tmp_path: Path) -> None:
    script = tmp_path / "sdks.js"
    script.write_text(SCRIPT)
    done = subprocess.run(
        ["node", script],
        env={
            **app.environment(),
            "NODE_PATH": str(FOLDER / "node_modules"),
            "AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert shown["tables"] == [TABLE]
    assert shown["status"] == 400
    assert any(arn.endswith(":user-events-dev") for arn in shown["topics"])


def test_logs_of_node_and_python_are_followed(app: Up) -> None:
    message_id = published(app, {"type": "order.placed", "order": {"total": 1000}})
    app.until(f"bigOrders saw {message_id} in {TABLE}")
    app.until(f"audit saw {message_id}")
