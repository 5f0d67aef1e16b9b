"""tests/apps/orders: URL, queue, stream, destinations, dead letters, a layer, provisioned concurrency; and edits."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.apps.conftest import Up, eventually, http

FOLDER = Path(__file__).parent / "orders"


class Orders:
    """The running application, and a copy of its files to edit."""

    def __init__(self, up: Up, folder: Path) -> None:
        self.up = up
        self.folder = folder
        stack = up.client("cloudformation").describe_stacks(StackName="orders-dev")["Stacks"][0]
        self.outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
        url_id = self.outputs["TakeLambdaFunctionUrl"].removeprefix("https://").partition(".")[0]
        self.url = up.url(f"/_aws/lambda-url/{url_id}/")

    def order(self, **order: Any) -> dict[str, Any]:
        """What the URL answers."""
        answer = http("POST", self.url, order, {"Content-Type": "application/json"})
        assert answer.status == 202, answer.body
        taken: dict[str, Any] = answer.json()
        return taken

    def invoke_later(self, name: str, payload: Any) -> None:
        self.up.client("lambda").invoke(
            FunctionName=f"orders-dev-{name}", InvocationType="Event", Payload=json.dumps(payload)
        )

    def message(self, output: str) -> Any:
        """The next message of a queue, decoded."""
        sqs, url = self.up.client("sqs"), self.outputs[output]
        messages = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10, MessageAttributeNames=["All"])["Messages"]
        sqs.delete_message(QueueUrl=url, ReceiptHandle=messages[0]["ReceiptHandle"])
        return json.loads(messages[0]["Body"])

    def edit(self, name: str, before: str, after: str) -> None:
        """Change a file, and wait until it is deployed."""
        path, seen = self.folder / name, len(self.up.lines)
        text = path.read_text()
        assert before in text
        path.write_text(text.replace(before, after))
        place = self.up.until(f"{name}: deployed in", after=seen)
        milliseconds = int(self.up.lines[place - 1].rpartition(" deployed in ")[2].split()[0])
        assert milliseconds < 1000


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orders]:
    folder = tmp_path_factory.mktemp("orders") / "app"
    shutil.copytree(FOLDER, folder)
    running = Up(folder, folder.parent / "data", [])
    running.until("Ctrl-C stops")
    yield Orders(running, folder)
    running.stop()


def test_an_order_goes_from_the_url_through_queue_and_stream(orders: Orders) -> None:
    taken = orders.order(total=40)
    assert taken["ready"] == "provisioned-concurrency"
    orders.up.until(f"stored {taken['id']} edition ")
    orders.up.until(f"order {taken['id']} is ours edition ")
    table = orders.up.client("dynamodb")
    item = table.get_item(TableName=orders.outputs["Table"], Key={"id": {"S": taken["id"]}})["Item"]
    assert item["total"] == {"N": "40"}


def test_browsers_may_call_the_url(orders: Orders) -> None:
    headers = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    answer = http("OPTIONS", orders.url, None, headers)
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, "*")


def test_a_filtered_message_is_gone_and_calls_nobody(orders: Orders) -> None:
    sqs = orders.up.client("sqs")

    def waiting() -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = sqs.get_queue_attributes(QueueUrl=orders.outputs["Queue"], AttributeNames=names)["Attributes"]
        return sum(map(int, found.values()))

    before = waiting()
    free = orders.order(total=0)
    paid = orders.order(total=1)
    orders.up.until(f"stored {paid['id']}")
    orders.up.drain()
    assert f"stored {free['id']}" not in orders.up.output
    assert eventually(waiting, lambda count: count <= before) <= before


def test_a_message_that_fails_alone_stays_alone(orders: Orders) -> None:
    broken = orders.order(total=5, broken=True)
    whole = orders.order(total=6)
    orders.up.until(f"stored {whole['id']}")
    assert f"stored {broken['id']}" not in orders.up.output
    attributes = orders.up.client("sqs").get_queue_attributes(
        QueueUrl=orders.outputs["Queue"], AttributeNames=["ApproximateNumberOfMessagesNotVisible"]
    )["Attributes"]
    assert attributes == {"ApproximateNumberOfMessagesNotVisible": "1"}


def test_a_record_that_always_fails_is_described_to_its_destination(orders: Orders) -> None:
    orders.order(total=13)
    record = orders.message("Failures")
    assert record["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert record["DDBStreamBatchInfo"]["batchSize"] == 1


def test_destinations_of_asynchronous_invokes(orders: Orders) -> None:
    orders.invoke_later("audit", {"n": 1})
    record = orders.message("Archive")
    assert record["requestContext"]["condition"] == "Success"
    assert record["responsePayload"] == {"audited": {"n": 1}}
    orders.invoke_later("audit", {"fail": True})
    orders.up.until("noticed RetriesExhausted as wished")


def test_dead_letters_by_way_of_a_topic(orders: Orders) -> None:
    orders.invoke_later("brittle", {"n": 2})
    notification = orders.message("DeadLetters")
    assert json.loads(notification["Message"]) == {"n": 2}
    assert notification["MessageAttributes"]["ErrorMessage"]["Value"] == "always"


@pytest.mark.parametrize(
    ("name", "line"),
    [("store.py", "stored {id} edition 2"), ("announce.js", "order {id} is ours edition 2")],
)
def test_edits_of_functions_that_queues_and_streams_call(orders: Orders, name: str, line: str) -> None:
    """Live within a second, by the same road as every other edit."""
    source = (orders.folder / name).read_text()
    orders.edit(name, '"edition", 1' if name.endswith(".py") else "'edition', 1", "'edition', 2")
    orders.up.until(line.format(id=orders.order(total=7)["id"]))
    assert source != (orders.folder / name).read_text()


def test_edits_of_a_function_behind_its_url_and_an_alias(orders: Orders) -> None:
    orders.edit("take.py", '"edition": 1', '"edition": 2')
    assert orders.order(total=8)["edition"] == 2


def test_edits_of_a_source(orders: Orders) -> None:
    orders.edit("serverless.yml", "maximumRetryAttempts: 1", "maximumRetryAttempts: 2")
    mappings = orders.up.client("lambda").list_event_source_mappings(FunctionName="orders-dev-announce")
    assert mappings["EventSourceMappings"][0]["MaximumRetryAttempts"] == 2
