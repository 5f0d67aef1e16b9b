"""The code that stands beside a WSGI application: events in, WSGI requests (PEP 3333) to it, results out.

What results look like is serverless-wsgi's contract: https://github.com/logandk/serverless-wsgi
"""

import base64
import importlib.util
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from stratolite.templates.serverless.wsgi import CODE


def load(name: str, folder: Path = CODE) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def wsgi() -> ModuleType:
    return load("serverless_wsgi")


def echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """Answers what it was asked."""
    asked = {name: value for name, value in environ.items() if isinstance(value, str)}
    asked["body"] = environ["wsgi.input"].read().decode("latin-1")
    start_response("200 OK", [("Content-Type", "application/json"), ("X-Two", "1"), ("X-Two", "2")])
    return [json.dumps(asked).encode()]


def rest(path: str = "/users/ada", **more: Any) -> dict[str, Any]:
    context = {"stage": "dev", "path": f"/dev{path}", "identity": {"sourceIp": "10.0.0.1"}}
    event = {"httpMethod": "GET", "path": path, "headers": {"Host": "h", "X-A": "b"}, "requestContext": context}
    return {**event, **more}


def answered(wsgi: ModuleType, event: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    result: dict[str, Any] = wsgi.handle_request(echo, event, None)
    return result, json.loads(result["body"])


def test_a_request_of_a_rest_api(wsgi: ModuleType) -> None:
    query = {"multiValueQueryStringParameters": {"q": ["1", "a b"]}}
    result, asked = answered(wsgi, rest("/users/%C3%A4", httpMethod="PUT", body="x", **query))
    assert (asked["REQUEST_METHOD"], asked["SCRIPT_NAME"]) == ("PUT", "/dev")
    assert asked["PATH_INFO"].encode("latin-1").decode() == "/users/ä"
    assert asked["QUERY_STRING"] == "q=1&q=a+b"
    assert (asked["HTTP_X_A"], asked["SERVER_NAME"], asked["REMOTE_ADDR"]) == ("b", "h", "10.0.0.1")
    assert (asked["CONTENT_LENGTH"], asked["body"], asked["wsgi.url_scheme"]) == ("1", "x", "https")
    several = {name: value for name, value in result["headers"].items() if name.lower() == "x-two"}
    assert sorted(several.values()) == ["1", "2"], "spellings stand for several values"


def test_headers_with_several_values_are_answered_as_they_are_asked(wsgi: ModuleType) -> None:
    result, asked = answered(wsgi, rest(multiValueHeaders={"Accept": ["a", "b"], "Host": ["h"]}))
    assert asked["HTTP_ACCEPT"] == "a,b"
    assert result["multiValueHeaders"]["X-Two"] == ["1", "2"] and "headers" not in result


def test_a_request_of_an_http_api(wsgi: ModuleType) -> None:
    event = {
        "version": "2.0",
        "rawPath": "/a/b",
        "rawQueryString": "x=%20",
        "headers": {"host": "h", "content-type": "text/plain"},
        "cookies": ["a=1", "b=2"],
        "body": base64.b64encode(b"\xff").decode(),
        "isBase64Encoded": True,
        "requestContext": {"http": {"method": "POST", "sourceIp": "10.0.0.2"}, "stage": "$default"},
    }
    result, asked = answered(wsgi, event)
    assert (asked["REQUEST_METHOD"], asked["SCRIPT_NAME"], asked["PATH_INFO"]) == ("POST", "", "/a/b")
    assert (asked["HTTP_COOKIE"], asked["QUERY_STRING"], asked["body"]) == ("a=1; b=2", "x=%20", "\xff")
    assert (asked["CONTENT_TYPE"], result["headers"]["X-Two"]) == ("text/plain", "1,2")


def test_cookies_of_an_http_api_are_apart(wsgi: ModuleType) -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("204 No Content", [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
        return []

    result = wsgi.handle_request(app, {"version": "2.0", "requestContext": {"http": {}}}, None)
    assert result == {"statusCode": 204, "headers": {}, "cookies": ["a=1", "b=2"]}


def test_a_request_of_a_load_balancer(wsgi: ModuleType) -> None:
    event = rest(queryStringParameters={"q": "a%2Fb"}, requestContext={"elb": {"targetGroupArn": "arn"}})
    result, asked = answered(wsgi, event)
    assert (result["statusDescription"], asked["QUERY_STRING"]) == ("200 OK", "q=a%2Fb")


def test_an_event_of_a_mapping_template(wsgi: ModuleType) -> None:
    event = {
        "method": "POST",
        "requestPath": "/u/{id}",
        "path": {"id": "7"},
        "query": {},
        "headers": {},
        "body": {"a": 1},
    }
    _, asked = answered(wsgi, event)
    assert (asked["PATH_INFO"], asked["body"]) == ("/u/7", '{"a": 1}')

    def fails(environ: Any, start_response: Any) -> list[bytes]:
        start_response("404 Not Found", [])
        return [b"none"]

    with pytest.raises(RuntimeError, match='"statusCode": 404'):
        wsgi.handle_request(fails, event, None)


@pytest.mark.parametrize(
    ("kind", "encoding", "is_text"),
    [
        ("text/html", "", True),
        ("application/json; charset=utf-8", "", True),
        ("text/css", "gzip", False),
        ("a/b", "", False),
    ],
)
def test_what_is_no_text_is_in_base_64(wsgi: ModuleType, kind: str, encoding: str, is_text: bool) -> None:
    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        write = start_response(
            "200 OK", [("Content-Type", kind), *([("Content-Encoding", encoding)] if encoding else [])]
        )
        write(b"a")
        yield b"b"

    result = wsgi.handle_request(app, rest(), None)
    assert result["isBase64Encoded"] is not is_text
    assert result["body"] == ("ab" if is_text else base64.b64encode(b"ab").decode())


@pytest.mark.parametrize(
    ("variables", "script", "path"),
    [
        ({}, "/dev", "/users/ada"),
        ({"STRIP_STAGE_PATH": "yes"}, "", "/users/ada"),
        ({"API_GATEWAY_BASE_PATH": "users"}, "/users", "/ada"),
    ],
)
def test_where_an_application_stands(
    wsgi: ModuleType, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], script: str, path: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    _, asked = answered(wsgi, rest())
    assert (asked["SCRIPT_NAME"], asked["PATH_INFO"]) == (script, path)


def test_warmers_are_answered_by_nothing(wsgi: ModuleType) -> None:
    assert wsgi.handle_request(echo, {"source": "serverless-plugin-warmup"}, None) == {}


def test_the_handler_finds_its_application_and_runs_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in CODE.glob("*.py"):
        (tmp_path / file.name).write_text(file.read_text())
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "wsgi_probe.py").write_text(
        "def app(environ, start):\n    start('200 OK', [('Content-Type', 'x/y')])\n    return [b'hi']\n"
    )
    (tmp_path / ".serverless-wsgi").write_text(json.dumps({"app": "api/wsgi_probe.app", "text_mime_types": ["x/y"]}))
    monkeypatch.syspath_prepend(str(tmp_path))
    try:
        handler = load("wsgi_handler", tmp_path).handler
        assert handler(rest(), None)["body"] == "hi"
        assert handler({"_serverless-wsgi": {"command": "exec", "data": "print(6 * 7)"}}, None) == [0, "42\n"]
        assert handler({"_serverless-wsgi": {"command": "command", "data": "echo x; exit 3"}}, None) == [3, "x\n"]
        with pytest.raises(ValueError, match="there is no command 'sing'"):
            handler({"_serverless-wsgi": {"command": "sing"}}, None)
    finally:
        for name in ("serverless_wsgi", "wsgi_probe"):
            sys.modules.pop(name, None)
