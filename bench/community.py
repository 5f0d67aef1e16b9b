"""examples/community: from nothing to the first request, and a mixed load of 50 users.

What pip installs for the functions is installed before anything is timed. The load is that of the application's own
``load.py``; BENCH_COMMUNITY_S makes it shorter than a minute.
"""

import contextlib
import importlib.util
import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

from bench.peers import compiled, free_port, running, stratolite_command
from bench.report import Row

FOLDER = Path(__file__).parent.parent / "examples" / "community"
FIRST_S_MAX = 5.0
WAIT_S_MAX = 120
USERS = 50
SECONDS = 60.0


def run() -> list[Row]:
    """All rows."""
    _install()
    started_s = time.perf_counter()
    with _up() as (endpoint, api):
        _first_request(api)
        first_s = time.perf_counter() - started_s
        report = _load(endpoint, api)
    errors = sum(report.errors.values())
    for what, count in report.errors.most_common(5):
        print(f"  {count} x {what}")
    return [
        Row(
            "up, from nothing to the first request",
            f"{first_s:.2f} s",
            "dependencies are installed",
            f"<= {FIRST_S_MAX:.0f} s",
            first_s <= FIRST_S_MAX,
        ),
        Row(
            f"{USERS} users, {report.seconds:.0f} s: errors",
            f"{errors} of {len(report.times_ms)} requests",
            f"{report.cold_starts} cold starts",
            "0",
            errors == 0,
        ),
        Row(
            f"{USERS} users, half a second between two things that one does",
            f"{report.per_s:.0f}/s (p50 {report.quantile_ms(0.5):.1f} ms, p99 {report.quantile_ms(0.99):.1f} ms)",
            "",
            "",
        ),
    ]


def _install() -> None:
    """Compile it once, for which pip installs what is not there yet; and Python compiles us."""
    command = [*stratolite_command(), "package", str(FOLDER), "--out", os.devnull]
    subprocess.run(command, check=True, env=compiled(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@contextlib.contextmanager
def _up() -> Iterator[tuple[str, str]]:
    """The application, while it starts; where AWS's APIs and its own will be."""
    port, app_port = free_port(), free_port()
    arguments = ["--port", str(port), "--app-port", str(app_port), "--ephemeral", "--no-watch"]
    with running([*stratolite_command(), "up", str(FOLDER), *arguments]):
        yield f"http://127.0.0.1:{port}", f"http://127.0.0.1:{app_port}/dev"


def _first_request(api: str) -> None:
    """Register somebody, as soon as anybody answers."""
    body = {"email": f"{uuid4().hex}@example.com", "name": "First", "password": "correct horse"}
    headers = {"Content-Type": "application/json"}
    asked = urllib.request.Request(f"{api}/users", json.dumps(body).encode(), headers)
    limit_s = time.perf_counter() + WAIT_S_MAX
    while time.perf_counter() < limit_s:
        # Nobody listens yet, or nothing is deployed yet.
        with contextlib.suppress(urllib.error.URLError), urllib.request.urlopen(asked, timeout=WAIT_S_MAX) as answer:
            if answer.status == 201:
                return
        time.sleep(0.01)
    raise RuntimeError("no answer")


def _load(endpoint: str, api: str) -> Any:
    """The report of the load script, which is a file of the application and no module of ours."""
    spec = importlib.util.spec_from_file_location("community_load", FOLDER / "load.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    settings = {"AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "000000000000", "AWS_SECRET_ACCESS_KEY": "bench"}
    kept = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        return module.run(api, users=USERS, seconds=float(os.environ.get("BENCH_COMMUNITY_S", SECONDS)))
    finally:
        for name, value in kept.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
