"""Where APIs are, as serverless-offline's settings want it: the port, and the URLs that people are shown."""

from pathlib import Path

import pytest

from stratolite.cli.application import Application
from stratolite.cli.options import Choices
from stratolite.cli.summary import as_served
from stratolite.cli.wanted import Wanted, at_its_port
from stratolite.core.serving import Serving
from stratolite.server.config import Config
from stratolite.templates.serverless.local import Local

BASE = "http://127.0.0.1:3000"
ROUTES = [
    ("GET", f"{BASE}/dev/users"),
    ("GET", f"{BASE}/dev"),
    ("GET", f"{BASE}/developers"),
    ("ANY", f"{BASE}/_aws/lambda-url/abc/"),
    ("WS", "ws://127.0.0.1:3000/dev"),
]


@pytest.mark.parametrize(
    ("serving", "paths"),
    [
        (Serving(), ["/dev/users", "/dev", "/developers", "/_aws/lambda-url/abc/"]),
        (Serving(stage="dev"), ["/users", "/", "/developers", "/_aws/lambda-url/abc/"]),
        (Serving(prefix="/api"), ["/api/dev/users", "/api/dev", "/api/developers", "/_aws/lambda-url/abc/"]),
    ],
)
def test_urls_are_those_that_answer(serving: Serving, paths: list[str]) -> None:
    *shown, websocket = as_served(ROUTES, BASE, serving)
    assert [url.removeprefix(BASE) for _, url in shown] == paths
    assert websocket == ROUTES[-1]


@pytest.mark.parametrize(
    ("config", "wanted", "port"),
    [(Config(), 4000, 4000), (Config(), None, 3000), (Config(app_port=5000), 4000, 5000)],
)
def test_the_port_is_the_files_where_nobody_says_another(
    tmp_path: Path, config: Config, wanted: int | None, port: int
) -> None:
    application = Application(tmp_path, "s", "dev", "us-east-1", "s-dev", {}, local=Local(app_port=wanted))
    assert at_its_port(config, Wanted(tmp_path, Choices(), stand_ins=True), application).app_port == port


def test_the_port_is_known_before_the_rest_can_be(tmp_path: Path) -> None:
    file = tmp_path / "serverless.yml"
    file.write_text("service: s\nprovider: aws\ncustom: {serverless-offline: {httpPort: 4100}, a: '${ssm:/x}'}\n")
    assert at_its_port(Config(), Wanted(file, Choices(), stand_ins=True), None).app_port == 4100
