"""tests/apps/members: tokens, roles and sessions behind Lambda authorizers, as serverless.yml declares them."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.apps.conftest import Answer, Up, http

FOLDER = Path(__file__).parent / "members"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    running = Up(FOLDER, tmp_path_factory.mktemp("members") / "data", ["--no-watch"])
    running.until("Ctrl-C stops")
    yield running
    running.stop()


def token(app: Up, name: str, **asked: object) -> str:
    answer = http("POST", app.url("/dev/login"), {"name": name, **asked})
    assert answer.status == 200, answer.body
    return str(answer.json()["token"])


def ask(app: Up, method: str, path: str, token: str = "", **headers: str) -> Answer:
    sent = {**({"Authorization": f"Bearer {token}"} if token else {}), **headers}
    return http(method, app.url(f"/dev/{path}"), {} if method == "PUT" else None, sent)


def coded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def test_a_member_is_let_in_as_who_it_is(app: Up) -> None:
    ada = token(app, "ada")
    told = ask(app, "GET", "members/bob", ada).json()
    assert (told["principalId"], told["role"]) == ("ada", "member")
    assert told["expires"].isdigit()
    assert ask(app, "PUT", "members/ada", ada).status == 200


def test_roles_are_kept_apart_whatever_was_asked_first(app: Up) -> None:
    """401 is who nobody knows, 403 who may not; one policy serves all routes of its token."""
    eve, root = token(app, "eve"), token(app, "root", role="admin")
    for _ in range(2):
        assert ask(app, "GET", "members/eve", eve).status == 200
        assert ask(app, "PUT", "members/ada", eve).status == 403
        refused = ask(app, "GET", "admin/report", eve)
        assert (refused.status, refused.json()) == (403, {"message": "User is not authorized to access this resource"})
        assert refused.headers["access-control-allow-origin"] == "*"
        assert ask(app, "PUT", "members/ada", root).status == 200
        assert ask(app, "GET", "admin/report", root).json()["role"] == "admin"


def test_tokens_that_are_none(app: Up) -> None:
    """Changed, expired, unsigned, of another algorithm, no token at all."""
    ada = token(app, "ada")
    header, payload, signature = ada.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    forged = coded({**claims, "role": "admin"})
    unsigned = coded({"alg": "none", "typ": "JWT"})
    bad = (
        f"{header}.{forged}.{signature}",
        f"{unsigned}.{payload}.",
        f"{unsigned}.{payload}.{signature}",
        f"{header}.{payload}.",
        token(app, "ada", seconds=0),
        "x.y.z",
        "a token",
    )
    for each in bad:
        for method, path in (("GET", "members/ada"), ("PUT", "members/ada"), ("GET", "admin/report")):
            answer = ask(app, method, path, each)
            assert (answer.status, answer.json()) == (401, {"message": "Unauthorized"}), each
            assert answer.headers["x-amzn-errortype"] == "UnauthorizedException"
    assert ask(app, "GET", "members/ada").status == 401
    assert ask(app, "GET", "members/ada", Authorization=ada).status == 401


def test_a_name_cannot_reach_into_the_policy(app: Up) -> None:
    for name in ("*", "ad?", "../admin", ""):
        assert http("POST", app.url("/dev/login"), {"name": name}).status == 400


def test_browsers_may_ask_first_without_a_token(app: Up) -> None:
    assert ask(app, "OPTIONS", "members/ada", Origin="https://example.com").status == 200


def test_sessions_are_judged_by_the_whole_request(app: Up) -> None:
    path = "admin/sessions/1?device=phone"
    assert ask(app, "GET", path, Cookie="session=ada").json()["path"] == "/admin/sessions/1"
    again = ask(app, "GET", "admin/sessions/2?device=phone", Cookie="session=ada").json()
    assert (again["path"], again["integrationLatency"]) == ("/admin/sessions/1", 0)
    denied = ask(app, "GET", path, Cookie="session=eve")
    text = "User is not authorized to access this resource with an explicit deny"
    assert (denied.status, denied.json()) == (403, {"message": text})
    assert ask(app, "GET", "admin/sessions/1", Cookie="session=ada").status == 401
    assert ask(app, "GET", path).status == 401


def test_mapping_templates_know_the_caller(app: Up) -> None:
    told = ask(app, "GET", "mapped", token(app, "root", role="admin")).json()
    assert (told["principalId"], told["context"]["principalId"], told["context"]["role"]) == ("root", "root", "admin")
    assert ask(app, "GET", "mapped", token(app, "ada")).status == 403


def test_the_authorizer_was_asked_once_for_a_token(app: Up) -> None:
    zoe = token(app, "zoe")
    for number in range(5):
        assert ask(app, "GET", f"members/zoe-{number}", zoe).status == 200
    found = app.client("logs").filter_log_events(logGroupName="/aws/lambda/members-dev-authorize")["events"]
    asked = [one["message"].strip().rpartition("/")[2] for one in found if "asked about" in one["message"]]
    assert [name for name in asked if name.startswith("zoe-")] == ["zoe-0"]
