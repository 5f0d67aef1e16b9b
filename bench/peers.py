"""What is measured: Stratolite, a bare floor, and other emulators, each on a free port of this machine."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
CACHE = ROOT / ".bench"
STARTED_S_MAX = 60
ENDED_S_MAX = 10


def free_port() -> int:
    """A port that nothing listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[bytes], *, any_status: bool = False) -> float:
    """Wait until a URL answers; the seconds that took. Raises RuntimeError when the process ends or time is up."""
    started_s = time.perf_counter()
    while time.perf_counter() - started_s < STARTED_S_MAX:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return time.perf_counter() - started_s
        except urllib.error.HTTPError:
            if any_status:
                return time.perf_counter() - started_s
        except OSError:
            pass
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        time.sleep(0.002)
    raise RuntimeError(f"{url} did not answer within {STARTED_S_MAX} s")


def compiled(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """An environment in which Python keeps its bytecode, as what pip installs has it."""
    return {name: value for name, value in environment.items() if name != "PYTHONDONTWRITEBYTECODE"}


@contextlib.contextmanager
def running(command: list[str], **options: object) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a group of its own, ended at the end."""
    options.setdefault("env", compiled())
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        **options,  # type: ignore[call-overload]
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(ENDED_S_MAX)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@contextlib.contextmanager
def stratolite() -> Iterator[tuple[str, str]]:
    """The bare cloud; the endpoints of the AWS APIs and of the deployed APIs."""
    with stratolite_process() as (endpoint, app_endpoint, _):
        yield endpoint, app_endpoint


@contextlib.contextmanager
def stratolite_process() -> Iterator[tuple[str, str, subprocess.Popen[bytes]]]:
    """The bare cloud's endpoints, and its process."""
    data = tempfile.mkdtemp(prefix="bench-")
    port, app_port = free_port(), free_port()
    command = [*stratolite_command(), "start", "--port", str(port), "--app-port", str(app_port), "--data", data]
    try:
        with running(command) as process:
            wait_for(f"http://127.0.0.1:{port}/_stratolite/health", process)
            yield f"http://127.0.0.1:{port}", f"http://127.0.0.1:{app_port}", process
    finally:
        shutil.rmtree(data, ignore_errors=True)


def stratolite_command() -> list[str]:
    """The command of this checkout."""
    return [sys.executable, "-m", "stratolite"]


@contextlib.contextmanager
def floor() -> Iterator[str]:
    """A bare uvicorn application that reads the body and answers two bytes."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "bench.floor:app", "--port", str(port), "--log-level", "error"]
    with running([*command, "--no-access-log"], cwd=ROOT) as process:
        wait_for(f"http://127.0.0.1:{port}/", process)
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def ministack() -> Iterator[str]:
    """ministack, another emulator in Python."""
    home = tempfile.mkdtemp(prefix="bench-ministack-")
    try:
        with start_ministack(home) as (endpoint, process):
            wait_for(f"{endpoint}/_ministack/health", process, any_status=True)
            yield endpoint
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def start_ministack(home: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """ministack's process, just started."""
    binary = CACHE / "venv" / "bin" / "ministack"
    if not binary.exists():
        subprocess.run([sys.executable, "-m", "venv", str(CACHE / "venv")], check=True)
        subprocess.run([str(CACHE / "venv" / "bin" / "pip"), "-q", "install", "ministack", "boto3"], check=True)
    port = free_port()
    environment = {**compiled(), "GATEWAY_PORT": str(port), "MINISTACK_HOME": home, "LOG_LEVEL": "ERROR"}
    with running([str(binary)], env=environment, cwd=home) as process:
        yield f"http://127.0.0.1:{port}", process


def npm_folder() -> Path:
    """A folder with serverless and serverless-offline installed."""
    folder = CACHE / "npm"
    if not (folder / "node_modules" / "serverless-offline").exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"name": "bench", "private": true}')
        subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "serverless@3", "serverless-offline@13"],
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    return folder
