"""An application on an HTTP API: routes, tokens, keys, CORS, logs, as tests/apps/notes/serverless.yml declares them."""

import http.server
import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from tests.apps.conftest import Answer, Up, eventually
from tests.apps.conftest import http as ask

FOLDER = Path(__file__).parent / "notes"
FAR_S = 4_000_000_000


class Issuer:
    """Who signs tokens, with the two documents that say how they are checked."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "k", "use": "sig", "alg": "RS256"})
        issuer = self

        class Documents(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = {
                    "/.well-known/openid-configuration": {"issuer": issuer.url, "jwks_uri": f"{issuer.url}/keys"},
                    "/keys": {"keys": [issuer.key.as_dict(private=False)]},
                }.get(self.path)
                body = json.dumps(found).encode()
                self.send_response(200 if found else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *arguments: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Documents)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def token(self, **claims: Any) -> str:
        said = {"iss": self.url, "aud": "notes", "sub": "ada", "exp": FAR_S, "scope": "notes.write", **claims}
        return jwt.encode({"alg": "RS256", "kid": "k"}, said, self.key)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    made = Issuer()
    yield made
    made.close()


@pytest.fixture(scope="module")
def app(issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    data = tmp_path_factory.mktemp("notes") / "data"
    running = Up(FOLDER, data, ["--no-watch", "--param", f"issuer={issuer.url}"])
    running.until("Ctrl-C stops")
    yield running
    running.stop()


def test_the_routes_are_shown(app: Up) -> None:
    base = app.note()["app_endpoint"]
    routes = [line.split() for line in app.lines if base in line]
    for route in (["PUT", f"{base}/notes/{{id}}"], ["ANY", f"{base}/old/{{proxy+}}"], ["ANY", f"{base}/*"]):
        assert route in routes, app.output


def test_people_write_with_a_token_that_says_so(app: Up, issuer: Issuer) -> None:
    def put(token: str = "") -> Answer:
        sent = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        return ask("PUT", app.url("/notes/n1"), {"text": "t"}, sent)

    written = put(issuer.token())
    assert (written.status, written.headers["set-cookie"]) == (201, "last=n1")
    assert put(issuer.token(scope="notes.read")).status == 403
    for refused in ("", "x", issuer.token(aud="others"), issuer.token(exp=1), issuer.token(iss="http://else.example")):
        assert put(refused).status == 401
    assert ask("GET", app.url("/notes/n1")).json() == {"id": "n1", "text": "t", "by": "ada"}
    assert "n1" in ask("GET", app.url("/notes")).json()
    assert ask("GET", app.url("/notes/no")).json() == {"message": "no such note"}


def test_machines_delete_with_a_key(app: Up) -> None:
    url = app.url("/notes/n2")
    assert ask("DELETE", url, headers={"x-key": "k1"}).json() == {"deleted": "n2", "machine": "m1"}
    assert ask("DELETE", url, headers={"x-key": "k2"}).status == 403
    assert ask("DELETE", url).status == 401


def test_the_other_routes(app: Up) -> None:
    assert ask("POST", app.url("/old/a/b")).json() == ["1.0", "POST", "/old/a/b", "a/b"]
    assert ask("PATCH", app.url("/anything")).json() == {"route": "$default", "path": "/anything"}


def test_pages_of_another_origin(app: Up) -> None:
    asked = {"Origin": "https://notes.example", "Access-Control-Request-Method": "PUT"}
    preflight = ask("OPTIONS", app.url("/notes/n1"), headers=asked)
    assert (preflight.status, preflight.headers["access-control-allow-origin"]) == (204, "https://notes.example")
    assert "PUT" in preflight.headers["access-control-allow-methods"]
    assert "access-control-allow-origin" in ask("GET", app.url("/notes"), headers=asked).headers


def test_requests_are_logged(app: Up) -> None:
    ask("GET", app.url("/notes"))
    logs = app.client("logs")

    def lines() -> list[dict[str, Any]]:
        found = logs.filter_log_events(logGroupName="/aws/http-api/notes-dev")["events"]
        return [json.loads(event["message"]) for event in found]

    seen = eventually(lines, lambda found: any(each["routeKey"] == "GET /notes" for each in found))
    assert {"requestId", "ip", "httpMethod", "status", "protocol", "responseLength"} <= seen[0].keys()


def test_the_api_changes_with_its_file(tmp_path: Path, issuer: Issuer) -> None:
    """A route that is added answers, one that is taken out no longer does, by the same id of the API."""
    folder = tmp_path / "notes"
    shutil.copytree(FOLDER, folder)
    arguments = ["--no-watch", "--param", f"issuer={issuer.url}"]
    app = Up(folder, tmp_path / "data", arguments)
    app.until("Ctrl-C stops")
    before = app.client("apigatewayv2").get_apis()["Items"][0]["ApiId"]
    assert ask("GET", app.url("/notes")).status == 200
    app.stop()
    file = folder / "serverless.yml"
    text = file.read_text()
    file.write_text(text.replace("- httpApi: GET /notes\n", "- httpApi: GET /all\n").replace("- httpApi: '*'", ""))
    file.write_text(file.read_text().replace("    handler: notes.rest\n    events:\n", "    handler: notes.rest\n"))
    app = Up(folder, tmp_path / "data", arguments)
    try:
        app.until("Ctrl-C stops")
        apis = app.client("apigatewayv2").get_apis()["Items"]
        assert [each["ApiId"] for each in apis] == [before]
        assert ask("GET", app.url("/notes")).status == 404
        assert ask("GET", app.url("/nothing")).status == 404
        assert ask("GET", app.url(f"/_aws/execute-api/{before}/notes/n1")).status == 404
    finally:
        app.stop()
