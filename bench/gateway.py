"""GET through API Gateway to a Python function, beside serverless-offline."""

import shutil
import tempfile
from pathlib import Path

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
"""


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
    ratio = ours.per_s / theirs.per_s
    return [
        Row(
            "GET through API Gateway to Python, 16 connections",
            f"{ours.per_s:.0f}/s (p50 {ours.p50_ms:.1f} ms, {ours.errors} errors), {ratio:.1f}x",
            f"serverless-offline {theirs.per_s:.0f}/s (p50 {theirs.p50_ms:.1f} ms)",
            f">= {RATIO_MIN}x",
            ratio >= RATIO_MIN and not ours.errors,
        )
    ]


def _stratolite(folder: Path) -> Rate:
    port, app_port = free_port(), free_port()
    command = [*stratolite_command(), "up", str(folder), "--port", str(port), "--app-port", str(app_port)]
    with running([*command, "--ephemeral", "--no-watch"]) as process:
        url = f"http://127.0.0.1:{app_port}/dev/hello"
        wait_for(url, process)
        return measure([request(url)], warm_s=2)


def _serverless_offline(folder: Path) -> Rate:
    npm = npm_folder()
    (folder / "serverless.yml").write_text(SERVICE + "plugins: [serverless-offline]\n")
    modules = folder / "node_modules"
    if not modules.exists():
        modules.symlink_to(npm / "node_modules")
    port = free_port()
    binary = str(npm / "node_modules" / ".bin" / "serverless")
    command = [binary, "offline", "--httpPort", str(port), "--lambdaPort", str(free_port()), "--noTimeout"]
    with running(command, cwd=folder) as process:
        url = f"http://127.0.0.1:{port}/dev/hello"
        wait_for(url, process)
        return measure([request(url)], warm_s=2)
