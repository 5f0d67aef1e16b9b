"""The command itself, ended in every way: no process of a function outlives it, and the next start is clean."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from tests.archives import zipped
from tests.crash.test_engine_leftovers import ROOT, until_dead

SOURCE = """
import os, subprocess
def handler(event, context):
    child = subprocess.Popen(["sleep", "60"])
    daemon = subprocess.Popen(["sleep", "60"], start_new_session=True)
    return [os.getpid(), os.getppid(), child.pid, daemon.pid]
"""
NODE_SOURCE = """
const { spawn } = require('node:child_process');
exports.handler = async () => {
  const child = spawn('sleep', ['60']);
  const daemon = spawn('sleep', ['60'], { detached: true });
  return [process.pid, process.ppid, child.pid, daemon.pid];
};"""
ENDED_S_MAX = 120


@contextlib.contextmanager
def server(folder: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """The bare cloud in a process group of its own, and its endpoint."""
    command = [sys.executable, "-m", "stratolite", "start", "--port", "0", "--app-port", "0", "--data", str(folder)]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1"},
    )
    with process:
        try:
            assert process.stdout is not None
            found = next(filter(None, (re.search(r"http://127\.0\.0\.1:\d+", line) for line in process.stdout)))
            yield process, found[0]
        finally:
            process.kill()


def invoke(endpoint: str, runtime: str, name: str, source: str) -> list[int]:
    """Make a function and invoke it; the processes that it names."""
    client: Any = boto3.client(
        "lambda",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="123456789012",
        aws_secret_access_key="x",
    )
    function = runtime.replace(".", "-")
    client.create_function(
        FunctionName=function,
        Runtime=runtime,
        Handler="index.handler",
        Role="arn:aws:iam::123456789012:role/r",
        Code={"ZipFile": zipped(source, name)},
        Timeout=30,
    )
    answer = client.invoke(FunctionName=function)
    pids = json.loads(answer["Payload"].read())
    client.close()
    assert isinstance(pids, list), pids
    return pids


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_running(tmp_path: Path, number: int) -> None:
    """Ctrl-C goes to the whole process group, as a terminal sends it."""
    with server(tmp_path / "data") as (process, endpoint):
        pids = invoke(endpoint, "python3.11", "index.py", SOURCE)
        pids += invoke(endpoint, "nodejs20.x", "index.js", NODE_SOURCE)
        if number == signal.SIGINT:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        assert process.wait(ENDED_S_MAX) == (-signal.SIGKILL if number == signal.SIGKILL else 0)
    until_dead(*pids)
    with server(tmp_path / "data") as (process, endpoint):
        assert invoke(endpoint, "python3.12", "index.py", SOURCE)
        process.send_signal(signal.SIGTERM)
        assert process.wait(ENDED_S_MAX) == 0
    assert [path.name for path in (tmp_path / "data").rglob("environments")] == []
