"""What the tests of patterns share: a local cloud, where Stratolite is installed, and an environment that names it."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from stratolite_patterns import connections

ACCOUNT = "123456789012"
REGION = "us-east-1"
STARTED_S_MAX = 180
ENDED_S_MAX = 60
OPTIONAL = ("boto3", "botocore", "hypothesis", "joserfc", "redis")
"""What some tests import at their beginning: where it is not installed, they are not collected, and that is said."""

_left_out: set[str] = set()
_sessions: list[Any] = []

if find_spec("hypothesis"):
    from hypothesis import HealthCheck, settings

    # Property tests try the same examples each time and mind no clock, so that none fails on a busy machine or by luck;
    # `pytest --hypothesis-profile search` looks for others. Stratolite's own tests say the same.
    unhurried = [
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
        HealthCheck.function_scoped_fixture,
    ]
    settings.register_profile("search", deadline=None, suppress_health_check=unhurried)
    settings.register_profile("steady", settings.get_profile("search"), derandomize=True)
    settings.load_profile("steady")


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out test files that import what is not installed."""
    if collection_path.suffix != ".py":
        return None
    lines = collection_path.read_text().splitlines()
    imported = {line.split()[1].partition(".")[0] for line in lines if line.startswith(("import ", "from "))}
    missing = {name for name in imported.intersection(OPTIONAL) if not find_spec(name)}
    _left_out.update(f"{collection_path.name} ({name} is not installed)" for name in missing)
    return True if missing else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out."""
    for each in sorted(_left_out):
        terminalreporter.write_line(f"left out: {each}")


@pytest.fixture(scope="session")
def cloud_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a local cloud, a process of its own. Tests must not rely on each other's resources."""
    if not find_spec("stratolite"):
        pytest.skip("stratolite is not installed, and starts the local cloud")
    data = tmp_path_factory.mktemp("cloud")
    command = [sys.executable, "-m", "stratolite", "start", "--port", "0", "--app-port", "0", "--data", str(data)]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield _endpoint(data / "run" / "cloud.json", process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(ENDED_S_MAX)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        shutil.rmtree(data, ignore_errors=True)


def _endpoint(note: Path, process: "subprocess.Popen[bytes]") -> str:
    """Where the cloud serves, at a port that nobody else has: it leaves a note when it does."""
    limit_s = time.monotonic() + STARTED_S_MAX
    while time.monotonic() < limit_s:
        with contextlib.suppress(OSError, ValueError):
            return str(json.loads(note.read_text())["endpoint"])
        assert process.poll() is None, f"the local cloud ended with {process.returncode}"
        time.sleep(0.01)
    raise AssertionError(f"the local cloud has not started within {STARTED_S_MAX} s")


@pytest.fixture
def cloud(cloud_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The local cloud's address, with an environment in which every boto3 client talks to it, as in a function."""
    boto3 = pytest.importorskip("boto3")
    for name, value in {
        "AWS_ENDPOINT_URL": cloud_endpoint,
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    # A session that was made under another environment keeps what it read there. One of this cloud is kept by all
    # tests: it has read the models of services, which takes longer than most tests.
    if not _sessions:
        _sessions.append(boto3.Session())
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", _sessions[0])
    yield cloud_endpoint
    connections.close_all()


@pytest.fixture
def client(cloud: str) -> Iterator[Any]:
    """Makes boto3 clients of the local cloud, which are closed at the end: ``client("dynamodb")``."""
    import boto3

    made: list[Any] = []

    def make(service: str) -> Any:
        made.append(boto3.client(service))
        return made[-1]

    yield make
    for each in made:
        each.close()
