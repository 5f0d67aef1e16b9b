"""REST APIs that are quickly made, with a function that a test programs in the place of Lambda."""

import asyncio
import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.conftest import RunningCloud

from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.engine.model import Outcome

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"
URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
PROXY: dict[str, Any] = {"type": "AWS_PROXY", "uri": URI, "integrationHttpMethod": "POST"}
MOCK: dict[str, Any] = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}}


class Function:
    """Keeps what it is invoked with; answers what the test says."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.calls: list[Call] = []
        self.functions: list[str] = []
        self.later: list[bytes] = []
        self.answer: Any = {"statusCode": 200, "body": "{}"}
        self.error = ""
        self.delay_s = 0.0
        self.raises: AwsError | None = None
        self.pieces: list[bytes] | None = None
        """What it answers where it is asked to stream; None where it fails before."""

    async def invoke(self, call: Call, function: str, payload: bytes, timeout_s: float | None) -> Outcome:
        self.calls.append(call)
        self.functions.append(function)
        self.events.append(json.loads(payload))
        if self.raises is not None:
            raise self.raises
        if self.delay_s:
            await asyncio.wait_for(asyncio.Event().wait(), min(self.delay_s, timeout_s or self.delay_s))
        answer = self.answer if isinstance(self.answer, bytes) else json.dumps(self.answer).encode()
        return Outcome(answer, self.error)

    async def stream(self, call: Call, function: str, payload: bytes, timeout_s: float) -> "Stream | None":
        await self.invoke(call, function, payload, timeout_s)
        return None if self.pieces is None else Stream(self.pieces, self.error)

    def invoke_later(self, call: Call, function: str, payload: bytes, *, source: str) -> str:
        self.later.append(payload)
        return call.request_id

    def exists(self, function: str) -> bool:
        return True


class Stream:
    """An answer in pieces, of a function that fails at the end where there is an ``error``."""

    def __init__(self, pieces: list[bytes], error: str) -> None:
        self._pieces = [*pieces]
        self._error = error

    async def read(self) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""

    def abandon(self) -> None:
        self._pieces = []

    async def failure(self) -> str:
        return self._error


class Answer:
    """What HTTP answered. Names of headers are in lower case in ``headers``."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.fields = response.getheaders()
        self.headers = {name.lower(): value for name, value in self.fields}
        self.body = response.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Site:
    """A running cloud, and APIs that are quickly made in it."""

    def __init__(self, cloud: RunningCloud, function: Function) -> None:
        self.cloud = cloud
        self.function = function
        self.client = cloud.client("apigateway")

    def forget(self) -> None:
        """Have the function answer 200 again, and know of no invocation."""
        vars(self.function).update(vars(Function()))

    def make(self, methods: dict[str, dict[str, Any]], stage: str = "dev", **parameters: Any) -> str:
        """An API from ``{"GET /users/{id}": {"integration": ..., "method": ..., "responses": ...}}``; its id."""
        made = self.client.create_rest_api(name="an-api", **parameters)
        paths = {"/": made["rootResourceId"]}
        for name, settings in methods.items():
            verb, path = name.split(" ")
            self._add(made["id"], paths, verb, path, settings)
        self.client.create_deployment(restApiId=made["id"], stageName=stage)
        return str(made["id"])

    def _add(self, api_id: str, paths: dict[str, str], verb: str, path: str, settings: dict[str, Any]) -> None:
        here = ""
        for part in path.strip("/").split("/"):
            above, here = here or "/", f"{here}/{part}" if part else "/"
            if here not in paths:
                made = self.client.create_resource(restApiId=api_id, parentId=paths[above], pathPart=part)
                paths[here] = made["id"]
        where = {"restApiId": api_id, "resourceId": paths[path], "httpMethod": verb}
        self.client.put_method(**where, authorizationType="NONE", **settings.get("method", {}))
        for response in settings.get("method_responses", ()):
            self.client.put_method_response(**where, **response)
        self.client.put_integration(**where, **settings.get("integration", PROXY))
        for response in settings.get("responses", ()):
            self.client.put_integration_response(**where, **response)

    def ask(
        self, method: str, path: str, *, headers: Any = None, body: bytes | None = None, main: bool = False
    ) -> Answer:
        """One HTTP request to the app port (or the main port)."""
        endpoint = self.cloud.endpoint if main else self.cloud.app_endpoint
        connection = http.client.HTTPConnection(endpoint.removeprefix("http://"), timeout=180)
        try:
            connection.putrequest(method, path, skip_host="Host" in dict(headers or ()), skip_accept_encoding=True)
            for name, value in dict(headers or {}).items():
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            return Answer(connection.getresponse())
        finally:
            connection.close()


@pytest.fixture(scope="module")
def site_of_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A cloud for a module's tests."""
    cloud = RunningCloud(tmp_path_factory.mktemp("cloud") / "data").start()
    function = Function()
    cloud.cloud.world.ports._found["function"] = function
    yield Site(cloud, function)
    cloud.stop()


@pytest.fixture
def site(site_of_module: Site) -> Site:
    """The same, with a function that knows of no earlier test. Modules import both fixtures."""
    site_of_module.forget()
    return site_of_module


def named(api_id: str, path: str) -> str:
    """The path that names an API wherever it is asked for."""
    return f"/_aws/execute-api/{api_id}{path}"
