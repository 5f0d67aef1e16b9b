"""GET through API Gateway to a Python function, by a REST API and by an HTTP API, beside serverless-offline.

The two servers take turns, so that what else the machine does meets both; each one's best turn counts. The REST API
comes once more at the end: a server that was just started can be quicker than one that was busy for half a minute.
"""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from subprocess import Popen

from bench.load import Rate, measure, request
from bench.peers import free_port, npm_folder, running, stratolite_command, wait_for
from bench.report import Row
from bench.sources import PYTHON_API

ROUNDS = 3
RATIO_MIN = 1.5
SERVICE = """
service: bench
frameworkVersion: "3"
provider:
  name: aws
  runtime: python3.11
  region: us-east-1
functions:
  hello:
    handler: handler.handler
    events:
      - http: {path: hello, method: get}
      - httpApi: GET /hello
"""
PATHS = {"a REST API": "/dev/hello", "an HTTP API": "/hello"}
TURNS = [*PATHS.items(), ("the REST API, half a minute later,", PATHS["a REST API"])]


def run() -> list[Row]:
    """All rows."""
    folder = Path(tempfile.mkdtemp(prefix="bench-gateway-"))
    (folder / "handler.py").write_text(PYTHON_API)
    (folder / "serverless.yml").write_text(SERVICE)
    try:
        with _stratolite(folder) as ours, _serverless_offline(folder) as theirs:
            return [_row(kind, *_rates(ours + path, theirs + path)) for kind, path in TURNS]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _rates(*urls: str) -> list[Rate]:
    """The best rate of each, of some rounds in which they take turns."""
    rounds = [[measure([request(url)], seconds=3.0) for url in urls] for _ in range(ROUNDS)]
    return [max(turns, key=lambda rate: rate.per_s) for turns in zip(*rounds, strict=True)]


def _row(kind: str, ours: Rate, theirs: Rate) -> Row:
    ratio = ours.per_s / theirs.per_s
    return Row(
        f"GET through {kind} to Python, 16 connections",
        f"{ours.per_s:.0f}/s (p50 {ours.p50_ms:.1f} ms), {ratio:.1f}x",
        f"serverless-offline {theirs.per_s:.0f}/s (p50 {theirs.p50_ms:.1f} ms)",
        f">= {RATIO_MIN}x",
        ratio >= RATIO_MIN,
    )


@contextlib.contextmanager
def _stratolite(folder: Path) -> Iterator[str]:
    port, app_port = free_port(), free_port()
    command = [*stratolite_command(), "up", str(folder), "--port", str(port), "--app-port", str(app_port)]
    with running([*command, "--ephemeral", "--no-watch"]) as process:
        yield _ready(app_port, process)


@contextlib.contextmanager
def _serverless_offline(folder: Path) -> Iterator[str]:
    npm = npm_folder()
    (folder / "serverless.yml").write_text(SERVICE + "plugins: [serverless-offline]\n")
    modules = folder / "node_modules"
    if not modules.exists():
        modules.symlink_to(npm / "node_modules")
    port = free_port()
    binary = str(npm / "node_modules" / ".bin" / "serverless")
    command = [binary, "offline", "--httpPort", str(port), "--lambdaPort", str(free_port()), "--noTimeout"]
    with running(command, cwd=folder) as process:
        yield _ready(port, process)


def _ready(port: int, process: Popen[bytes]) -> str:
    """Where an API answers, when it does."""
    base = f"http://127.0.0.1:{port}"
    for path in PATHS.values():
        wait_for(base + path, process)
    return base
