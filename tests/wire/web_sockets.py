"""Deployed WebSocket APIs with a real function behind their routes, and a client for them."""

import base64
import http.client
import io
import json
import os
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.conftest import ACCOUNT, REGION, RunningCloud
from tests.wire.functions import create_index
from tests.wire.http_apis import authorizer_uri, function_arn
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, Pong, TextMessage

WAIT_S_MAX = 120
STAGE = "dev"

# What the function answers stands in the message, or in the query string of who connects. It writes down all that it
# sees, so that tests find what nobody is told.
FUNCTION = """
import json, os, time

def handler(event, context):
    with open(os.environ["SEEN"], "a") as seen:
        seen.write(json.dumps(event) + "\\n")
    if "methodArn" in event:
        return authorize(event)
    query = event.get("queryStringParameters") or {}
    text = event.get("body") or query.get("do") or ""
    wanted = json.loads(text) if text.startswith("{") else {}
    if wanted.get("post"):
        post(event["requestContext"], wanted["post"])
    if "sleep" in wanted:
        time.sleep(wanted["sleep"])
    while "until" in wanted and not os.path.exists(wanted["until"]):
        time.sleep(0.01)
    if "raise" in wanted:
        raise Exception(wanted["raise"])
    return wanted["answer"] if "answer" in wanted else {"statusCode": 200, "body": json.dumps(event)}

def post(context, data):
    import boto3
    endpoint = f"https://{context['domainName']}/{context['stage']}"
    client = boto3.client("apigatewaymanagementapi", endpoint_url=endpoint)
    client.post_to_connection(ConnectionId=context["connectionId"], Data=data.encode())

def authorize(event):
    token = event["queryStringParameters"]["token"]
    if token in ("Unauthorized", "broken"):
        raise Exception(token)
    statement = {"Effect": "Allow" if token != "deny" else "Deny", "Action": "execute-api:Invoke"}
    policy = {"Version": "2012-10-17", "Statement": [{**statement, "Resource": event["methodArn"]}]}
    return {"principalId": "ada", "policyDocument": policy, "context": {"admin": True, "n": 1, "s": "x"}}
"""


class Refused(Exception):
    """The upgrade was refused."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(f"{status} {body!r}")
        self.status = status
        self.headers = headers
        self.body = body


class WebSocketClient:
    """A client of one WebSocket. Raises Refused when there is none."""

    def __init__(self, endpoint: str, path: str, fields: Iterable[tuple[str, str]] = (), host: str = "") -> None:
        place = endpoint.removeprefix("http://")
        name, _, port = place.rpartition(":")
        self._socket = socket.create_connection((name, int(port)), timeout=WAIT_S_MAX)
        self._frames = Connection(ConnectionType.CLIENT)
        self._events: list[Event] = []
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: {host or place}",
            "Connection: keep-alive, Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
            *(f"{name}: {value}" for name, value in fields),
        ]
        try:
            rest = self._begin(lines)
        except BaseException:
            self._socket.close()
            raise
        self._frames.receive_data(rest)

    def _begin(self, lines: list[str]) -> bytes:
        """Ask for the upgrade; what came together with the answer."""
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
        head, _, rest = self._until(b"\r\n\r\n").partition(b"\r\n\r\n")
        status_line, _, sent = head.partition(b"\r\n")
        fields = http.client.parse_headers(io.BytesIO(sent + b"\r\n\r\n"))
        self.headers = {name.lower(): value for name, value in fields.items()}
        status = int(status_line.split()[1])
        if status != 101:
            while len(rest) < int(self.headers["content-length"]):
                rest += self._socket.recv(65536)
            raise Refused(status, self.headers, rest)
        return rest

    def _until(self, end: bytes) -> bytes:
        """What arrives, up to a mark and perhaps beyond."""
        data = b""
        while end not in data:
            piece = self._socket.recv(65536)
            assert piece, data
            data += piece
        return data

    def send(self, message: str | bytes | Mapping[str, Any]) -> None:
        if isinstance(message, Mapping):
            message = json.dumps(message)
        event = TextMessage(data=message) if isinstance(message, str) else BytesMessage(data=message)
        self.send_event(event)

    def send_event(self, event: Event) -> None:
        self._socket.sendall(self._frames.send(event))

    def send_bytes(self, data: bytes) -> None:
        self._socket.sendall(data)

    def receive(self) -> str:
        """The next message, whole."""
        text = ""
        while True:
            event = self._next()
            assert isinstance(event, TextMessage), event
            text += event.data
            if event.message_finished:
                return text

    def receive_json(self) -> Any:
        return json.loads(self.receive())

    def ask(self, message: str | Mapping[str, Any]) -> Any:
        """Send a message, and give what comes back as JSON."""
        self.send(message)
        return self.receive_json()

    def pong(self, payload: bytes) -> bytes:
        """Send a ping, and give what it is answered with."""
        self.send_event(Ping(payload=payload))
        event = self._next()
        assert isinstance(event, Pong), event
        return bytes(event.payload)

    def closed(self) -> tuple[int, str]:
        """Wait for the end; its code and reason."""
        event = self._next()
        assert isinstance(event, CloseConnection), event
        if self._frames.state is ConnectionState.REMOTE_CLOSING:
            self.send_event(event.response())
        self._socket.close()
        return int(event.code), event.reason or ""

    def close(self, code: int | None = 1000, reason: str = "") -> None:
        """End it, and wait until the server has said so, too."""
        if code is None:
            # Without a code: wsproto has no event for that.
            self._socket.sendall(b"\x88\x80\x00\x00\x00\x00")
        else:
            self.send_event(CloseConnection(code=code, reason=reason))
        while not isinstance(self._next(), CloseConnection):
            pass
        self._socket.close()

    def vanish(self) -> None:
        """End it without a word."""
        self._socket.close()

    def _next(self) -> Event:
        while not self._events:
            self._events += self._frames.events()
            if not self._events:
                self._frames.receive_data(self._socket.recv(65536) or None)
        return self._events.pop(0)


class WebSocketApis:
    """A running cloud, and WebSocket APIs in it."""

    def __init__(self, cloud: RunningCloud, folder: Path) -> None:
        self.cloud = cloud
        self.client = cloud.client("apigatewayv2")
        self._seen = folder / "seen"
        self.make_function("echo")

    def make_function(self, name: str) -> None:
        create_index(self.cloud, name, FUNCTION, SEEN=str(self._seen))

    def make(
        self,
        routes: Iterable[str] = ("$connect", "$disconnect", "$default"),
        *,
        answering: Iterable[str] = ("$default",),
        stage: Mapping[str, Any] | None = None,
        integration: Mapping[str, Any] | None = None,
        connect: Mapping[str, Any] | None = None,
        **api: Any,
    ) -> str:
        """An API whose routes have the same integration, with a stage that deploys itself."""
        given = {"RouteSelectionExpression": "$request.body.action", **api}
        api_id: str = self.client.create_api(Name="tests", ProtocolType="WEBSOCKET", **given)["ApiId"]
        self.add_routes(api_id, routes, answering=answering, integration=integration, connect=connect)
        self.client.create_stage(**{"ApiId": api_id, "StageName": STAGE, "AutoDeploy": True, **(stage or {})})
        return api_id

    def add_routes(
        self,
        api_id: str,
        routes: Iterable[str],
        *,
        answering: Iterable[str] = (),
        integration: Mapping[str, Any] | None = None,
        connect: Mapping[str, Any] | None = None,
    ) -> None:
        """Routes with one integration; ``connect``: what ``$connect`` has besides."""
        wanted = integration or {"IntegrationType": "AWS_PROXY", "IntegrationUri": function_arn("echo")}
        integration_id = self.client.create_integration(ApiId=api_id, **wanted)["IntegrationId"]
        for key in routes:
            own = dict(connect or {}) if key == "$connect" else {}
            if key in answering:
                own["RouteResponseSelectionExpression"] = "$default"
            target = f"integrations/{integration_id}"
            route = self.client.create_route(ApiId=api_id, RouteKey=key, Target=target, **own)
            if key in answering:
                self.client.create_route_response(ApiId=api_id, RouteId=route["RouteId"], RouteResponseKey="$default")

    def make_authorizer(self, api_id: str, **settings: Any) -> str:
        """A REQUEST authorizer of the API; its id."""
        given = {"IdentitySource": ["route.request.querystring.token"], "AuthorizerUri": authorizer_uri("echo")}
        made = self.client.create_authorizer(
            ApiId=api_id, Name="asked", AuthorizerType="REQUEST", **{**given, **settings}
        )
        return str(made["AuthorizerId"])

    def connect(
        self, api_id: str, do: Mapping[str, Any] | None = None, *, query: str = "", fields: Any = ()
    ) -> WebSocketClient:
        """A client of an API. ``do``: what ``$connect`` is to do."""
        if do is not None:
            query = f"do={quote(json.dumps(do))}"
        path = f"/_aws/execute-api/{api_id}/{STAGE}"
        return WebSocketClient(self.cloud.app_endpoint, f"{path}?{query}" if query else path, fields)

    def seen(self, kind: str = "") -> list[Any]:
        """The events that functions have seen, of one kind: ``CONNECT``, ``MESSAGE`` or ``DISCONNECT``."""
        events = [json.loads(line) for line in self._seen.read_text().splitlines()] if self._seen.exists() else []
        return [each for each in events if kind in ("", each["requestContext"]["eventType"])]

    def disconnected(self, connection_id: str) -> list[Any]:
        """What ``$disconnect`` was told of a connection, once nothing is left to be delivered."""
        self.cloud.drain()
        return [each for each in self.seen("DISCONNECT") if each["requestContext"]["connectionId"] == connection_id]

    def connections(self, path: str = f"/{STAGE}", **options: Any) -> Any:
        """A client of the API that reaches those who are connected."""
        import boto3

        return boto3.client(
            "apigatewaymanagementapi",
            endpoint_url=f"{self.cloud.app_endpoint}{path}",
            region_name=REGION,
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="test",
            **options,
        )
