"""GET through API Gateway to a Python function, by a REST API and by an HTTP API, beside serverless-offline."""

import shutil
import tempfile
from pathlib import Path
from subprocess import Popen

from bench.load import Rate, measure, request
from bench.peers import free_port, npm_folder, running, stratolite_command, wait_for
from bench.report import Row
from bench.sources import PYTHON_API

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


def run() -> list[Row]:
    """All rows."""
    folder = Path(tempfile.mkdtemp(prefix="bench-gateway-"))
    try:
        (folder / "serverless.yml").write_text(SERVICE)
        (folder / "handler.py").write_text(PYTHON_API)
        ours = _stratolite(folder)
        theirs = _serverless_offline(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return [_row(kind, *rates) for kind, *rates in zip(PATHS, ours, theirs, strict=True)]


def _row(kind: str, ours: Rate, theirs: Rate) -> Row:
    ratio = ours.per_s / theirs.per_s
    return Row(
        f"GET through {kind} to Python, 16 connections",
        f"{ours.per_s:.0f}/s (p50 {ours.p50_ms:.1f} ms, {ours.errors} errors), {ratio:.1f}x",
        f"serverless-offline {theirs.per_s:.0f}/s (p50 {theirs.p50_ms:.1f} ms)",
        f">= {RATIO_MIN}x",
        ratio >= RATIO_MIN and not ours.errors,
    )


def _measured(base: str, process: Popen[bytes]) -> list[Rate]:
    urls = [base + path for path in PATHS.values()]
    wait_for(urls[0], process)
    return [measure([request(url)], warm_s=2) for url in urls]


def _stratolite(folder: Path) -> list[Rate]:
    port, app_port = free_port(), free_port()
    command = [*stratolite_command(), "up", str(folder), "--port", str(port), "--app-port", str(app_port)]
    with running([*command, "--ephemeral", "--no-watch"]) as process:
        return _measured(f"http://127.0.0.1:{app_port}", process)


def _serverless_offline(folder: Path) -> list[Rate]:
    npm = npm_folder()
    (folder / "serverless.yml").write_text(SERVICE + "plugins: [serverless-offline]\n")
    modules = folder / "node_modules"
    if not modules.exists():
        modules.symlink_to(npm / "node_modules")
    port = free_port()
    binary = str(npm / "node_modules" / ".bin" / "serverless")
    command = [binary, "offline", "--httpPort", str(port), "--lambdaPort", str(free_port()), "--noTimeout"]
    with running(command, cwd=folder) as process:
        return _measured(f"http://127.0.0.1:{port}", process)
