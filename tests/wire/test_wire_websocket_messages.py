"""Messages of WebSocket APIs over a real port: their routes, what comes back, and what a client may send.

Expectations: https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html and the
pages beside it; for limits, apigateway-execution-service-websocket-limits-table.html.
"""

import json
from pathlib import Path

import pytest
from tests.conftest import RunningCloud
from tests.wire.web_sockets import STAGE, WebSocketApis, WebSocketClient
from wsproto.events import TextMessage


@pytest.fixture(scope="module")
def apis(cloud: RunningCloud, tmp_path_factory: pytest.TempPathFactory) -> WebSocketApis:
    return WebSocketApis(cloud, tmp_path_factory.mktemp("seen"))


@pytest.fixture(scope="module")
def api_id(apis: WebSocketApis) -> str:
    return apis.make(["$connect", "$default", "send", "7"], answering=["$default", "send", "7"])


def route(client: WebSocketClient, message: str) -> str:
    """The route that a message takes."""
    return str(client.ask(message)["requestContext"]["routeKey"])


def test_a_message_is_routed_by_its_body(apis: WebSocketApis, api_id: str) -> None:
    client = apis.connect(api_id)
    routes = {
        '{"action": "send"}': "send",
        '{"action": 7}': "7",
        '{"action": "other"}': "$default",
        '{"action": "$connect"}': "$default",
        '{"action": null}': "$default",
        '{"other": "send"}': "$default",
        '["send"]': "$default",
        "no json": "$default",
        "": "$default",
    }
    assert {message: route(client, message) for message in routes} == routes
    client.close()


def test_expressions_have_several_variables(apis: WebSocketApis) -> None:
    expression = "${request.body.service}/${request.body.to[0].name}"
    api_id = apis.make(["$default", "a/b"], answering=["$default", "a/b"], RouteSelectionExpression=expression)
    client = apis.connect(api_id)
    assert route(client, '{"service": "a", "to": [{"name": "b"}]}') == "a/b"
    assert route(client, '{"service": "a", "to": []}') == "$default"
    client.close()


def test_what_no_route_takes_is_forbidden(apis: WebSocketApis) -> None:
    """The frame as people quote it, its spaces included."""
    client = apis.connect(apis.make(["$connect", "send"]))
    client.send("hello")
    text = client.receive()
    told = json.loads(text)
    assert text == (
        f'{{"message": "Forbidden", "connectionId":"{told["connectionId"]}", "requestId":"{told["requestId"]}"}}'
    )
    assert apis.seen("CONNECT")[-1]["requestContext"]["connectionId"] == told["connectionId"]
    client.close()


def test_a_function_that_fails_is_told_of(apis: WebSocketApis) -> None:
    api_id = apis.make(["quiet", "loud"], answering=["loud"])
    client = apis.connect(api_id)
    for action in ("quiet", "loud"):
        assert client.ask({"action": action, "raise": "x"})["message"] == "Internal server error"
        assert client.ask({"action": action, "answer": None})["message"] == "Internal server error"
        assert client.ask({"action": action, "answer": {"body": "no status"}})["message"] == "Internal server error"
    client.close()


def test_only_routes_with_a_response_answer(apis: WebSocketApis) -> None:
    client = apis.connect(apis.make(["quiet", "loud"], answering=["loud"]))
    client.send({"action": "quiet"})
    apis.cloud.drain()
    client.send({"action": "loud", "answer": {"statusCode": 200}})
    apis.cloud.drain()
    client.send({"action": "loud", "answer": {"statusCode": 500, "body": "said"}})
    assert client.receive() == "said"
    encoded = {"statusCode": 200, "body": "w6k=", "isBase64Encoded": True}
    client.send({"action": "loud", "answer": encoded})
    assert client.receive() == "é"
    client.close()


def test_messages_of_one_client_are_answered_side_by_side(apis: WebSocketApis, api_id: str, tmp_path: Path) -> None:
    client, end = apis.connect(api_id), tmp_path / "end"
    client.send({"action": "send", "until": str(end), "answer": {"statusCode": 200, "body": "slow"}})
    client.send({"action": "send", "answer": {"statusCode": 200, "body": "fast"}})
    assert client.receive() == "fast"
    end.touch()
    assert client.receive() == "slow"
    for number in range(100):
        client.send({"action": "send", "answer": {"statusCode": 200, "body": str(number)}})
    assert {client.receive() for _ in range(100)} == {str(number) for number in range(100)}
    client.close()


def test_pings_are_answered_by_the_gateway(apis: WebSocketApis, api_id: str) -> None:
    client = apis.connect(api_id)
    assert client.pong(b"abc") == b"abc"
    client.close()


def test_binary_frames_end_the_connection(apis: WebSocketApis, api_id: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-binary-media-types.html"""
    client = apis.connect(api_id)
    client.send(b"abc")
    assert client.closed()[0] == 1003


def test_messages_come_in_frames_of_32_kb_and_have_128_kb(apis: WebSocketApis, api_id: str) -> None:
    kib = 1024
    client = apis.connect(api_id)
    parts = ["x" * 32 * kib] * 4
    for number, part in enumerate(parts):
        client.send_event(TextMessage(data=part, message_finished=number == 3))
    assert client.receive_json()["body"] == "".join(parts)
    client.send("x" * (32 * kib + 1))
    assert client.closed()[0] == 1009
    client = apis.connect(api_id)
    for part in [*parts, "x"]:
        client.send_event(TextMessage(data=part, message_finished=False))
    assert client.closed()[0] == 1009
    # Bytes count, not characters.
    client = apis.connect(api_id)
    client.send("é" * 20 * kib)
    assert client.closed()[0] == 1009


def test_what_is_no_frame_ends_the_connection(apis: WebSocketApis, api_id: str) -> None:
    for data, code in (
        (b"\x81\x03abc", 1002),
        (b"\x81\x81\x00\x00\x00\x00\xff", 1007),
        (b"\xf1\x80\x00\x00\x00\x00", 1002),
    ):
        client = apis.connect(api_id)
        connection_id = client.ask("x")["requestContext"]["connectionId"]
        client.send_bytes(data)
        assert client.closed()[0] == code
        assert apis.cloud.cloud.world.ports.connection.find(connection_id) is None


def test_the_rate_of_a_route_holds(apis: WebSocketApis) -> None:
    settings = {"$connect": {"ThrottlingBurstLimit": 5, "ThrottlingRateLimit": 1e-9}}
    slow = {"ThrottlingBurstLimit": 1, "ThrottlingRateLimit": 1e-9}
    api_id = apis.make(stage={"DefaultRouteSettings": slow, "RouteSettings": settings})
    client = apis.connect(api_id)
    assert client.ask("one")["body"] == "one"
    assert client.ask("two")["message"] == "Too Many Requests"
    client.close()


def test_mock_integrations_answer_by_themselves(apis: WebSocketApis) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html"""
    templates = {"ping": '{"statusCode": 200}', "bad": '{"statusCode": 404}'}
    integration = {
        "IntegrationType": "MOCK",
        "RequestTemplates": templates,
        "TemplateSelectionExpression": "$request.body.kind",
    }
    api_id = apis.make(["$default"], integration=integration)
    (made,) = apis.client.get_integrations(ApiId=api_id)["Items"]
    assert (made["PassthroughBehavior"], made["TimeoutInMillis"]) == ("WHEN_NO_MATCH", 29000)
    where = {"ApiId": api_id, "IntegrationId": made["IntegrationId"]}
    for key, text in (("/2\\d\\d/", "pong"), ("$default", "what?")):
        apis.client.create_integration_response(
            **where, IntegrationResponseKey=key, ResponseTemplates={"$default": text}
        )
    client = apis.connect(api_id)
    client.send({"kind": "ping"})
    assert client.receive() == "pong"
    client.send({"kind": "bad"})
    assert client.receive() == "what?"
    # No template says with which status.
    assert client.ask({"kind": "other"})["message"] == "Internal server error"
    client.close()


def test_a_deployment_reaches_those_who_are_connected(apis: WebSocketApis) -> None:
    api_id = apis.make(["$default"])
    client = apis.connect(api_id)
    assert route(client, '{"action": "late"}') == "$default"
    apis.add_routes(api_id, ["late"], answering=["late"])
    assert route(client, '{"action": "late"}') == "late"
    client.close()


def test_access_and_execution_are_logged(apis: WebSocketApis) -> None:
    logs = apis.cloud.client("logs")
    logs.create_log_group(logGroupName="access")
    group = logs.describe_log_groups(logGroupNamePrefix="access")["logGroups"][0]["arn"]
    form = "$context.requestId $context.eventType $context.routeKey $context.connectionId $context.status $context.no"
    stage = {
        "AccessLogSettings": {"DestinationArn": group, "Format": form},
        "DefaultRouteSettings": {"LoggingLevel": "INFO", "DataTraceEnabled": True},
        "RouteSettings": {"$connect": {"LoggingLevel": "ERROR"}},
    }
    api_id = apis.make(stage=stage)
    client = apis.connect(api_id)
    connection_id = client.ask("hello")["requestContext"]["connectionId"]
    client.close()
    apis.cloud.drain()
    lines = [event["message"].split()[1:] for event in logs.filter_log_events(logGroupName="access")["events"]]
    assert lines == [
        ["CONNECT", "$connect", connection_id, "200", "-"],
        ["MESSAGE", "$default", connection_id, "200", "-"],
        ["DISCONNECT", "$disconnect", connection_id, "200", "-"],
    ]
    group = f"/aws/apigateway/{api_id}/{STAGE}"
    shown = [event["message"].partition(") ")[2] for event in logs.filter_log_events(logGroupName=group)["events"]]
    assert [line for line in shown if line.startswith("Received")] == ["Received message: hello"]
    # What went well at $connect is not logged.
    routes = [line for line in shown if line.startswith("WebSocket Request Route")]
    assert routes == [f"WebSocket Request Route: [{key}]" for key in ("$default", "$disconnect")]


def test_metrics_are_published(apis: WebSocketApis) -> None:
    api_id = apis.make(["$default"])
    client = apis.connect(api_id)
    client.ask("x")
    client.ask('{"raise": "x"}')
    client.close()
    names = [
        each["MetricName"]
        for each in apis.cloud.client("cloudwatch").list_metrics(
            Namespace="AWS/ApiGateway",
            Dimensions=[{"Name": "ApiId", "Value": api_id}, {"Name": "Stage", "Value": STAGE}],
        )["Metrics"]
    ]
    assert sorted(names) == ["ConnectCount", "IntegrationError", "IntegrationLatency", "MessageCount"]
