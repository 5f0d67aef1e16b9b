"""HTTP_PROXY integrations and parameter mapping over a real port, with a web server of our own behind them.

Expectations: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-http.html and
http-api-parameter-mapping.html beside it, whose examples are here.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from tests.conftest import RunningCloud
from tests.web_servers import QuietHandler, WebServer
from tests.wire.http_apis import HttpApis


class Backend(WebServer):
    """A web server that remembers what it was asked, and answers as a test wants."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.status = 200
        self.fields: list[tuple[str, str]] = []
        self.body = b"behind"
        backend = self

        class Handler(QuietHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"] or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                backend.asked.append((self.command, self.path, headers, body))
                self.send_response(backend.status)
                for name, value in [*backend.fields, ("Content-Length", str(len(backend.body)))]:
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(backend.body)

            do_GET = do_POST = do_PATCH = answer

        super().__init__(Handler)


@pytest.fixture
def backend() -> Iterator[Backend]:
    running = Backend()
    yield running
    running.close()


@pytest.fixture(scope="module")
def apis(cloud: RunningCloud) -> HttpApis:
    return HttpApis(cloud)


def make(apis: HttpApis, uri: str, routes: list[str] | None = None, **settings: Any) -> str:
    integration = {
        "IntegrationType": "HTTP_PROXY",
        "IntegrationUri": uri,
        "IntegrationMethod": "ANY",
        "PayloadFormatVersion": "1.0",
        **settings,
    }
    return apis.make(routes or ["ANY /{proxy+}"], integration=integration)


def test_a_request_goes_on_whole(apis: HttpApis, backend: Backend) -> None:
    api_id = make(apis, backend.url + "/base/{proxy}")
    backend.status, backend.fields = 207, [("X-One", "1"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]
    answer = apis.ask(api_id, "/a%20b/c?x=%20y", "PATCH", b"\x00\x01", {"X-Sent": "2", "content-type": "x/y"})
    assert (answer.status, answer.body, answer.headers["x-one"]) == (207, b"behind", "1")
    assert [value for name, value in answer.fields if name == "set-cookie"] == ["a=1", "b=2"]
    assert "apigw-requestid" in answer.headers
    method, path, headers, body = backend.asked[0]
    assert (method, path, body) == ("PATCH", "/base/a%20b/c?x=%20y", b"\x00\x01")
    assert headers["x-sent"] == "2"
    assert headers["host"] == backend.url.removeprefix("http://")
    assert headers["forwarded"].startswith("for=127.0.0.1;host=")
    assert headers["via"] == "HTTP/1.1 AmazonAPIGateway"


def test_a_method_of_its_own(apis: HttpApis, backend: Backend) -> None:
    api_id = make(apis, backend.url, IntegrationMethod="POST")
    assert apis.ask(api_id, "/a").status == 200
    assert backend.asked[0][:2] == ("POST", "/")


def test_a_url_that_does_not_answer_is_503(apis: HttpApis) -> None:
    api_id = make(apis, "http://127.0.0.1:9/")
    answer = apis.ask(api_id, "/a")
    assert (answer.status, answer.body) == (503, b'{"message":"Service Unavailable"}')


REQUESTS: list[tuple[Mapping[str, str], str, str, Mapping[str, str | None]]] = [
    ({"append:header.header1": "$context.stage"}, "/a", "/", {"header1": "$default"}),
    (
        {"append:header.header2": "$request.header.Sent", "remove:header.sent": "''"},
        "/a",
        "/",
        {"header2": "value", "sent": None},
    ),
    ({"overwrite:header.sent": "fixed"}, "/a", "/", {"sent": "fixed"}),
    ({"overwrite:header.x": "${request.method}-${request.path}-${context.nothing}"}, "/a", "/", {"x": "GET-/a-"}),
    ({"overwrite:path": "/new/$default"}, "/a", "/new/$default", {}),
    ({"overwrite:path": "$request.path"}, "/a/b", "/a/b", {}),
    ({"overwrite:path": "/v1/${request.path.proxy}"}, "/a/b", "/v1/a/b", {}),
    ({"overwrite:querystring.q": "$request.querystring.r"}, "/a?r=1&r=2&q=0", "/?r=1&r=2&q=1%2C2", {}),
    ({"remove:querystring.r": "''"}, "/a?r=1&q=0", "/?q=0", {}),
    # As AWS CDK writes it: ParameterMapping.removeHeader.
    ({"remove:header.sent": ""}, "/a", "/", {"sent": None}),
    ({"append:querystring.q": "2"}, "/a?q=1", "/?q=1&q=2", {}),
    ({"append:header.x": "$request.header.missing"}, "/a", "/", {"x": None}),
]


@pytest.mark.parametrize(("mapped", "path", "seen", "headers"), REQUESTS)
def test_requests_are_changed(
    apis: HttpApis,
    backend: Backend,
    mapped: Mapping[str, str],
    path: str,
    seen: str,
    headers: Mapping[str, str | None],
) -> None:
    api_id = make(apis, backend.url, RequestParameters=mapped)
    assert apis.ask(api_id, path, headers={"Sent": "value"}).status == 200
    _, asked, found, _ = backend.asked[0]
    assert asked == seen
    assert {name: found.get(name) for name in headers} == headers


def test_a_member_of_the_body(apis: HttpApis, backend: Backend) -> None:
    parameters = {"overwrite:header.who": "$request.body.user.names[1]", "overwrite:header.no": "$request.body.none"}
    api_id = make(apis, backend.url, RequestParameters=parameters)
    apis.ask(api_id, "/a", "POST", {"user": {"names": ["a", "b"]}})
    assert backend.asked[0][2]["who"] == "b"
    assert "no" not in backend.asked[0][2]


def test_responses_are_changed_by_their_status(apis: HttpApis, backend: Backend) -> None:
    parameters = {
        "500": {"append:header.header1": "$context.requestId", "overwrite:statuscode": "403"},
        "404": {"append:header.error": "$response.body.code", "remove:header.x-secret": "''"},
    }
    api_id = make(apis, backend.url, ResponseParameters=parameters)
    backend.status = 500
    changed = apis.ask(api_id, "/a")
    assert (changed.status, changed.headers["header1"]) == (403, changed.headers["apigw-requestid"])
    backend.status, backend.body, backend.fields = 404, b'{"code":"none"}', [("X-Secret", "1")]
    changed = apis.ask(api_id, "/a")
    assert (changed.status, changed.headers["error"]) == (404, "none")
    assert "x-secret" not in changed.headers
    backend.status = 200
    assert apis.ask(api_id, "/a").headers["x-secret"] == "1"


def test_functions_see_changed_requests(apis: HttpApis) -> None:
    parameters = {"overwrite:header.X-Stage": "$stageVariables.name", "overwrite:path": "/other"}
    api_id = apis.make(integration={"RequestParameters": parameters}, stage={"StageVariables": {"name": "blue"}})
    event = apis.ask(api_id, "/a").json
    assert (event["headers"]["x-stage"], event["rawPath"]) == ("blue", "/other")
