"""An application with accounts, as tutorials write it: a user pool guards a REST API and an HTTP API."""

import json
import shutil
import subprocess
import time
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import pytest
from tests.apps.conftest import Answer, Starter, Up, command, http

NOTES = Path(__file__).parent / "found" / "account-notes"
UNAUTHORIZED = {"message": "Unauthorized"}


def changed(folder: Path, **settings: Any) -> Path:
    """A copy of the application, with settings of serverless-offline."""
    shutil.copytree(NOTES, folder)
    file = folder / "serverless.yml"
    text = f"custom:\n  serverless-offline: {json.dumps(settings)}\n"
    file.write_text(file.read_text().replace("custom:\n", text, 1))
    return folder


def part(value: Any) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def token(**claims: Any) -> dict[str, str]:
    """The header with a token of a front end that signs in at a pool on AWS."""
    now_s = int(time.time())
    pool = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEfGhI"
    good = {"iss": pool, "sub": "ada", "aud": "app", "token_use": "id", "iat": now_s, "exp": now_s + 3600}
    return {"Authorization": f"Bearer {part({'alg': 'RS256', 'kid': 'k'})}.{part({**good, **claims})}.c2lnbmVk"}


def create(app: Up, headers: dict[str, str]) -> Answer:
    return http("POST", app.url("/dev/notes"), {"content": "hello"}, headers)


def test_it_starts_and_nobody_comes_in(up: Starter) -> None:
    app = up(NOTES, "--no-watch")
    assert "triggers of user pools never fire: PostConfirmation of welcome" in app.output
    assert "7 resources have no local effect: CognitoIdentityPool, " in app.output
    about = http("GET", app.url("/dev/about"))
    pool = about.json()["pool"]
    assert about.status == 200 and pool.startswith("us-east-1_local")
    for headers in ({}, token()):
        for method, path in (("POST", "/dev/notes"), ("GET", "/dev/notes"), ("GET", "/whoami")):
            answer = http(method, app.url(path), headers=headers)
            assert (answer.status, answer.json()) == (401, UNAUTHORIZED)
    # Gateway responses of the application apply.
    assert http("GET", app.url("/dev/notes")).headers["access-control-allow-origin"] == "*"
    app.until(f"the user pool {pool} is a stand-in")
    assert app.output.count("is a stand-in") == 1


def test_tokens_of_a_pool_on_aws_are_believed_where_the_file_says_so(tmp_path: Path, up: Starter) -> None:
    app = up(changed(tmp_path / "notes", ignoreJWTSignature=True), "--no-watch")
    assert create(app, token()).json()["userId"] == "ada"
    assert create(app, token(sub="bob")).json()["userId"] == "bob"
    notes = http("GET", app.url("/dev/notes"), headers=token()).json()
    assert [note["content"] for note in notes] == ["hello"]
    assert http("GET", app.url("/whoami"), headers=token()).json()["sub"] == "ada"
    expired = http("GET", app.url("/dev/notes"), headers=token(exp=1))
    assert (expired.status, expired.json()) == (401, {"message": "The incoming token has expired"})
    assert http("GET", app.url("/dev/notes")).status == 401


def test_nobody_is_asked_where_the_file_says_so(tmp_path: Path, up: Starter) -> None:
    app = up(changed(tmp_path / "notes", noAuth=True), "--no-watch")
    assert create(app, token(exp=1)).json()["userId"] == "ada"
    assert http("GET", app.url("/whoami")).json() == {}


@pytest.mark.parametrize("arguments", [["--strict"]])
def test_what_stands_in_is_refused_where_that_is_asked_for(arguments: list[str], tmp_path: Path) -> None:
    words = command("up", NOTES, "--data", tmp_path / "data", "--port", "0", "--app-port", "0", *arguments)
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=180)
    assert done.returncode == 2
    assert "CognitoUserPool (AWS::Cognito::UserPool)" in done.stderr
