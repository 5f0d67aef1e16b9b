"""WebSocket APIs over a real port: who gets in, what functions see of a client, and how a connection ends.

Expectations: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html
and the pages beside it, unless a test says otherwise.
"""

import http.client
import json
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud
from tests.wire.signing import session, signed
from tests.wire.web_sockets import STAGE, Refused, WebSocketApis, WebSocketClient

from stratolite.core.domains import Mapping


@pytest.fixture(scope="module")
def apis(cloud: RunningCloud, tmp_path_factory: pytest.TempPathFactory) -> WebSocketApis:
    return WebSocketApis(cloud, tmp_path_factory.mktemp("seen"))


@pytest.fixture(scope="module")
def api_id(apis: WebSocketApis) -> str:
    return apis.make()


def of(apis: WebSocketApis, api_id: str, kind: str) -> list[Any]:
    """The events of one kind that functions have seen of an API."""
    return [each for each in apis.seen(kind) if each["requestContext"]["apiId"] == api_id]


def refused(apis: WebSocketApis, api_id: str, *arguments: Any, **keywords: Any) -> tuple[int, Any]:
    """Status and body of an upgrade that is refused."""
    with pytest.raises(Refused) as error:
        apis.connect(api_id, *arguments, **keywords)
    return error.value.status, json.loads(error.value.body or b"null")


def test_connect_sees_the_request(apis: WebSocketApis) -> None:
    api_id = apis.make(stage={"StageVariables": {"table": "t"}})
    fields = [("X-One", "a"), ("x-two", "b"), ("x-two", "c"), ("User-Agent", "tests"), ("Sec-WebSocket-Protocol", "p")]
    client = apis.connect(api_id, query="name=ada&tag=1&tag=2", fields=fields)
    event = of(apis, api_id, "CONNECT")[0]
    context, headers = event.pop("requestContext"), event.pop("headers")
    place = apis.cloud.app_endpoint.removeprefix("http://")
    assert headers.pop("Sec-WebSocket-Key")
    assert headers.pop("X-Amzn-Trace-Id").startswith("Root=1-")
    assert headers == {
        "Host": place,
        "Sec-WebSocket-Protocol": "p",
        "Sec-WebSocket-Version": "13",
        "User-Agent": "tests",
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Port": place.rpartition(":")[2],
        "X-Forwarded-Proto": "http",
        "X-One": "a",
        "x-two": "c",
    }
    assert event.pop("multiValueHeaders")["x-two"] == ["b", "c"]
    assert event == {
        "queryStringParameters": {"name": "ada", "tag": "2"},
        "multiValueQueryStringParameters": {"name": ["ada"], "tag": ["1", "2"]},
        "stageVariables": {"table": "t"},
        "isBase64Encoded": False,
    }
    assert context.pop("requestTimeEpoch") >= context.pop("connectedAt")
    assert context.pop("requestTime").endswith("+0000")
    assert context.pop("extendedRequestId") == context.pop("requestId")
    assert len(context.pop("connectionId")) == 16
    assert context == {
        "routeKey": "$connect",
        "eventType": "CONNECT",
        "messageDirection": "IN",
        "stage": STAGE,
        "identity": {"userAgent": "tests", "sourceIp": "127.0.0.1"},
        "domainName": f"{api_id}.execute-api.{REGION}.amazonaws.com",
        "apiId": api_id,
    }
    client.close()


def test_a_message_and_the_end_are_of_the_same_connection(apis: WebSocketApis, api_id: str) -> None:
    client = apis.connect(api_id)
    event = client.ask("hello")
    context = event.pop("requestContext")
    assert event == {"body": "hello", "isBase64Encoded": False}
    assert (context["routeKey"], context["eventType"]) == ("$default", "MESSAGE")
    assert len(context["messageId"]) == 16
    client.close(4001, "bye")
    (gone,) = apis.disconnected(context["connectionId"])
    assert gone["headers"] == {
        "Host": apis.cloud.app_endpoint.removeprefix("http://"),
        "x-api-key": "",
        "X-Forwarded-For": "",
        "x-restapi": "",
    }
    end = gone["requestContext"]
    assert (end["disconnectStatusCode"], end["disconnectReason"]) == (4001, "bye")
    assert (end["routeKey"], end["eventType"]) == ("$disconnect", "DISCONNECT")
    assert (end["connectedAt"], end["domainName"]) == (context["connectedAt"], context["domainName"])


def test_an_end_without_a_code_or_without_a_word(apis: WebSocketApis, api_id: str) -> None:
    """1005 and its reason: the events of the documentation."""
    client = apis.connect(api_id)
    connection_id = client.ask("x")["requestContext"]["connectionId"]
    client.close(None)
    end = apis.disconnected(connection_id)[0]["requestContext"]
    assert (end["disconnectStatusCode"], end["disconnectReason"]) == (1005, "Client-side close frame status not set")
    client = apis.connect(api_id)
    connection_id = client.ask("x")["requestContext"]["connectionId"]
    client.vanish()
    manager = apis.connections()
    while True:
        try:
            manager.get_connection(ConnectionId=connection_id)
        except manager.exceptions.GoneException:
            break
    manager.close()
    end = apis.disconnected(connection_id)[0]["requestContext"]
    assert (end["disconnectStatusCode"], end["disconnectReason"]) == (1006, "")


def test_connect_refuses_with_a_status_of_its_own(apis: WebSocketApis, api_id: str) -> None:
    before = len(of(apis, api_id, "DISCONNECT"))
    assert refused(apis, api_id, {"answer": {"statusCode": 401, "body": '"who?"'}}) == (401, "who?")
    assert refused(apis, api_id, {"answer": {"statusCode": "403"}}) == (403, None)
    status, body = refused(apis, api_id, {"raise": "x"})
    assert (status, body["message"]) == (502, "Internal server error")
    assert {*body} == {"message", "connectionId", "requestId"}
    assert refused(apis, api_id, {"answer": {"no": "status"}})[0] == 502
    apis.connect(api_id, {"answer": {"statusCode": 204}}).close()
    # Whoever was not let in is not gone.
    apis.cloud.drain()
    assert len(of(apis, api_id, "DISCONNECT")) == before + 1


def test_connect_cannot_be_called(apis: WebSocketApis) -> None:
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:nobody"
    api_id = apis.make(integration={"IntegrationType": "AWS_PROXY", "IntegrationUri": arn})
    assert refused(apis, api_id)[0] == 500
    client = apis.connect(apis.make(["$default"], integration={"IntegrationType": "AWS_PROXY", "IntegrationUri": arn}))
    assert client.ask("x")["message"] == "Internal server error"
    client.close()


def test_a_subprotocol_is_chosen_by_connect(apis: WebSocketApis, api_id: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-connect-route-subprotocol.html"""
    answer = {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "two", "X-Other": "x"}}
    client = apis.connect(api_id, {"answer": answer}, fields=[("Sec-WebSocket-Protocol", "one, two")])
    assert client.headers["sec-websocket-protocol"] == "two"
    assert "x-other" not in client.headers
    client.close()


def test_stages_are_found_by_path_host_and_id(apis: WebSocketApis, cloud: RunningCloud) -> None:
    api_id = apis.make(["$default"])
    host = f"{api_id}.execute-api.{REGION}.amazonaws.com"
    for endpoint, path, name in (
        (cloud.app_endpoint, f"/{STAGE}", ""),
        (cloud.app_endpoint, f"/{STAGE}/", ""),
        (cloud.app_endpoint, f"/{STAGE}", host),
        (cloud.endpoint, f"/{STAGE}", host),
        (cloud.endpoint, f"/_aws/execute-api/{api_id}/{STAGE}", ""),
    ):
        client = WebSocketClient(endpoint, path, host=name)
        assert client.ask("x")["requestContext"]["apiId"] == api_id
        client.close()
    for path, status in ((f"{api_id}/other", 403), (f"{api_id}/{STAGE}/below", 403), (f"none/{STAGE}", 404)):
        with pytest.raises(Refused) as error:
            WebSocketClient(cloud.app_endpoint, f"/_aws/execute-api/{path}")
        assert error.value.status == status


def test_a_custom_domain_leads_to_its_stage(apis: WebSocketApis, cloud: RunningCloud) -> None:
    """Functions are told the host of the API: by the other name they would find the real one."""
    api_id = apis.make(["$default"])
    mapping = Mapping("ws.example.com", "chat", api_id, STAGE)
    cloud.cloud.world.domains.map("tests", [mapping])
    cloud.cloud.world.places.forget()
    for path in ("/chat", "/chat/"):
        client = WebSocketClient(cloud.app_endpoint, path, host="ws.example.com")
        context = client.ask("x")["requestContext"]
        assert (context["apiId"], context["domainName"]) == (api_id, f"{api_id}.execute-api.{REGION}.amazonaws.com")
        client.close()
    with pytest.raises(Refused) as error:
        WebSocketClient(cloud.app_endpoint, "/other", host="ws.example.com")
    assert error.value.status == 403


def test_what_is_no_upgrade(apis: WebSocketApis, api_id: str, cloud: RunningCloud) -> None:
    connection = http.client.HTTPConnection(cloud.app_endpoint.removeprefix("http://"), timeout=180)
    path = f"/_aws/execute-api/{api_id}/{STAGE}"
    connection.request("GET", path)
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("upgrade"), answer.read()) == (
        426,
        "websocket",
        b'{"message": "Upgrade Required"}',
    )
    for fields in ({"Sec-WebSocket-Key": "short"}, {"Sec-WebSocket-Version": "8"}):
        given = {"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", **fields}
        connection.request("GET", path, headers={"Connection": "Upgrade", "Upgrade": "websocket", **given})
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (400, b'{"message": "Bad Request"}')
    connection.close()


def test_an_authorizer_says_who_may(apis: WebSocketApis) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html"""
    api_id = apis.make([])
    authorizer_id = apis.make_authorizer(api_id)
    connect = {"AuthorizationType": "CUSTOM", "AuthorizerId": authorizer_id}
    apis.add_routes(api_id, ["$connect", "$disconnect", "$default"], answering=["$default"], connect=connect)
    assert refused(apis, api_id)[0] == 401
    assert refused(apis, api_id, query="token=Unauthorized")[0] == 401
    assert refused(apis, api_id, query="token=broken")[0] == 500
    status, body = refused(apis, api_id, query="token=deny")
    assert (status, body["message"]) == (403, "Forbidden")
    client = apis.connect(api_id, query="token=allow")
    asked = next(each for each in reversed(apis.seen()) if "methodArn" in each)
    assert asked["methodArn"] == f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api_id}/{STAGE}/$connect"
    assert (asked["type"], asked["headers"]["Upgrade"], asked["headers"]["content-length"]) == (
        "REQUEST",
        "websocket",
        "0",
    )
    assert asked["queryStringParameters"] == {"token": "allow"}
    context = client.ask("x")["requestContext"]
    client.close()
    latency = context["authorizer"].pop("integrationLatency")
    assert isinstance(latency, int)
    assert context["authorizer"] == {"principalId": "ada", "admin": "true", "n": "1", "s": "x"}
    (gone,) = apis.disconnected(context["connectionId"])
    assert gone["requestContext"]["authorizer"]["principalId"] == "ada"


def test_a_signature_says_who_may(apis: WebSocketApis) -> None:
    api_id = apis.make(connect={"AuthorizationType": "AWS_IAM"})
    assert refused(apis, api_id)[0] == 403
    path = f"/_aws/execute-api/{api_id}/{STAGE}"
    headers = signed(session(apis.cloud), "GET", f"{apis.cloud.app_endpoint}{path}")
    client = apis.connect(api_id, fields=[each for each in headers.items() if each[0].lower() != "host"])
    identity = client.ask("x")["requestContext"]["identity"]
    assert identity["accountId"] == ACCOUNT
    assert identity["userArn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/caller/ada"
    client.close()


def test_a_stage_that_is_deleted_sends_its_clients_away(apis: WebSocketApis) -> None:
    api_id = apis.make(["$default"])
    client = apis.connect(api_id)
    client.ask("x")
    apis.client.delete_stage(ApiId=api_id, StageName=STAGE)
    assert client.closed() == (1001, "Going away")
