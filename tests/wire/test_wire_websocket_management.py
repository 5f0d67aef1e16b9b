"""``@connections``: what functions and others send to the clients of WebSocket APIs, by the SDK, wherever it points.

Expectations: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
and the model's own errors. 1000 and its reason: the logs of a real API in aws/chalice#2060. That nobody can be reached
before ``$connect`` has answered: aws/aws-sdk-js#3773.
"""

import http.client
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from tests.conftest import REGION, RunningCloud
from tests.wire.web_sockets import STAGE, Refused, WebSocketApis, WebSocketClient

NOBODY = "AAAAAAAAAAAAAAA="


@pytest.fixture(scope="module")
def apis(cloud: RunningCloud, tmp_path_factory: pytest.TempPathFactory) -> WebSocketApis:
    return WebSocketApis(cloud, tmp_path_factory.mktemp("seen"))


@pytest.fixture(scope="module")
def api_id(apis: WebSocketApis) -> str:
    return apis.make()


@pytest.fixture
def connected(apis: WebSocketApis, api_id: str) -> Iterator[tuple[WebSocketClient, str]]:
    """A client and the id of its connection."""
    client = apis.connect(api_id, fields=[("User-Agent", "tests")])
    yield client, client.ask("x")["requestContext"]["connectionId"]
    client.vanish()


@pytest.fixture
def manager(apis: WebSocketApis) -> Iterator[Any]:
    client = apis.connections()
    yield client
    client.close()


def code_of(operation: Any, **request: Any) -> tuple[int, str, str]:
    """Status, code and text of an error."""
    with pytest.raises(ClientError) as raised:
        operation(**request)
    answer = raised.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


def test_whoever_is_connected_can_be_reached(connected: Any, manager: Any) -> None:
    client, connection_id = connected
    now = datetime.now(UTC)
    before = now.replace(microsecond=now.microsecond // 1000 * 1000)  # Connections know milliseconds.
    manager.post_to_connection(ConnectionId=connection_id, Data="grüße".encode())
    assert client.receive() == "grüße"
    found = manager.get_connection(ConnectionId=connection_id)
    assert found["ConnectedAt"] <= before <= found["LastActiveAt"]
    assert found["Identity"] == {"SourceIp": "127.0.0.1", "UserAgent": "tests"}


def test_whoever_is_sent_away_is_gone(apis: WebSocketApis, connected: Any, manager: Any) -> None:
    client, connection_id = connected
    manager.delete_connection(ConnectionId=connection_id)
    assert client.closed() == (1000, "Connection Closed Normally")
    for operation, more in (
        (manager.post_to_connection, {"Data": b"x"}),
        (manager.get_connection, {}),
        (manager.delete_connection, {}),
    ):
        assert code_of(operation, ConnectionId=connection_id, **more)[:2] == (410, "GoneException")
    end = apis.disconnected(connection_id)[0]["requestContext"]
    assert (end["disconnectStatusCode"], end["disconnectReason"]) == (1000, "Connection Closed Normally")


def test_what_is_refused(apis: WebSocketApis, connected: Any, manager: Any) -> None:
    client, connection_id = connected
    assert code_of(manager.post_to_connection, ConnectionId=NOBODY, Data=b"x")[:2] == (410, "GoneException")
    assert code_of(manager.post_to_connection, ConnectionId="abc", Data=b"x") == (
        400,
        "BadRequestException",
        "Invalid connectionId: abc",
    )
    large = b"x" * (128 * 1024)
    manager.post_to_connection(ConnectionId=connection_id, Data=large)
    assert client.receive() == large.decode()
    assert code_of(manager.post_to_connection, ConnectionId=connection_id, Data=large + b"x")[:2] == (
        413,
        "PayloadTooLargeException",
    )
    other = apis.cloud.client("apigatewaymanagementapi", account="210987654321")
    assert code_of(other.get_connection, ConnectionId=connection_id)[:2] == (403, "ForbiddenException")


def test_a_client_that_takes_nothing_is_full(connected: Any, manager: Any) -> None:
    _, connection_id = connected
    with pytest.raises(manager.exceptions.LimitExceededException):
        for _ in range(1000):
            manager.post_to_connection(ConnectionId=connection_id, Data=b"x" * 131072)


def test_it_is_below_each_address_of_the_api(
    apis: WebSocketApis, api_id: str, connected: Any, cloud: RunningCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, connection_id = connected
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.endpoint)
    path = f"/_aws/execute-api/{api_id}/{STAGE}"
    for endpoint in (
        None,
        cloud.endpoint,
        f"{cloud.endpoint}/{STAGE}",
        f"{cloud.endpoint}{path}",
        f"{cloud.app_endpoint}/{STAGE}",
        f"{cloud.app_endpoint}{path}",
    ):
        manager = boto3.client(
            "apigatewaymanagementapi",
            endpoint_url=endpoint,
            region_name=REGION,
            aws_access_key_id="123456789012",
            aws_secret_access_key="test",
        )
        manager.post_to_connection(ConnectionId=connection_id, Data=str(endpoint).encode())
        assert client.receive() == str(endpoint)
        manager.close()


def test_a_request_has_to_be_signed(apis: WebSocketApis, connected: Any, cloud: RunningCloud) -> None:
    connection = http.client.HTTPConnection(cloud.app_endpoint.removeprefix("http://"), timeout=180)
    connection.request("POST", f"/{STAGE}/@connections/{connected[1]}", b"x")
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (403, b'{"message":"Missing Authentication Token"}')
    connection.close()


def test_functions_reach_clients_by_what_events_say(apis: WebSocketApis, api_id: str) -> None:
    client = apis.connect(api_id)
    client.send({"post": "from the function", "answer": {"statusCode": 200}})
    assert client.receive() == "from the function"
    client.close()


def test_nobody_is_reached_before_connect_has_answered(apis: WebSocketApis, api_id: str) -> None:
    with pytest.raises(Refused) as refused:
        apis.connect(api_id, {"post": "too early"})
    assert refused.value.status == 502
