"""Start to first served request, the price of ``--help``, and what an idle cloud weighs."""

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.load import request
from bench.peers import compiled, free_port, running, start_ministack, stratolite_command
from bench.report import Row
from bench.sources import aws_json

RUNS = 5
START_S_MAX = 0.5
HELP_RATIO_MAX = 1.5
IDLE_MB_MAX = 60.0


def run() -> list[Row]:
    """All rows."""
    ours, theirs, idle_mb = [], [], 0.0
    # The first start of a checkout compiles it, which pip does for what it installs.
    _stratolite()
    _ministack()
    for _ in range(RUNS):
        seconds, idle_mb = _stratolite()
        ours.append(seconds)
        theirs.append(_ministack())
    start, peer = statistics.median(ours), statistics.median(theirs)
    helped, imported = _help()
    return [
        Row(
            "start to first served request",
            f"{start:.3f} s",
            f"ministack {peer:.3f} s",
            f"<= {START_S_MAX} s and not slower",
            start <= START_S_MAX and start <= peer,
        ),
        Row(
            "stratolite --help",
            f"{helped / imported:.2f}x",
            f"import click {imported * 1000:.0f} ms",
            f"<= {HELP_RATIO_MAX}x",
            helped / imported <= HELP_RATIO_MAX,
        ),
        Row("idle memory (RSS)", f"{idle_mb:.1f} MB", "", f"<= {IDLE_MB_MAX:.0f} MB", idle_mb <= IDLE_MB_MAX),
    ]


def _stratolite() -> tuple[float, float]:
    data, port = tempfile.mkdtemp(prefix="bench-"), free_port()
    command = [*stratolite_command(), "start", "--port", str(port), "--app-port", "0", "--data", data]
    try:
        started_s = time.perf_counter()
        with running(command) as process:
            _first_request(f"http://127.0.0.1:{port}", process)
            return time.perf_counter() - started_s, _rss_mb(process.pid)
    finally:
        shutil.rmtree(data, ignore_errors=True)


def _ministack() -> float:
    home = tempfile.mkdtemp(prefix="bench-ministack-")
    try:
        started_s = time.perf_counter()
        with start_ministack(home) as (endpoint, process):
            _first_request(endpoint, process)
            return time.perf_counter() - started_s
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _first_request(endpoint: str, process: subprocess.Popen[bytes]) -> None:
    """Ask for the tables until they are listed: a served request, not only an open port."""
    import socket

    headers, body = aws_json("dynamodb", "DynamoDB_20120810.ListTables", {})
    host, port, message = request(f"{endpoint}/", "POST", headers, body)
    limit_s = time.perf_counter() + 60
    while time.perf_counter() < limit_s:
        try:
            with socket.create_connection((host, port), 2) as connection:
                connection.sendall(message)
                if b" 200 " in connection.recv(64):
                    return
        except OSError:
            pass
        if process.poll() is not None:
            raise RuntimeError("the server ended")
        time.sleep(0.002)
    raise RuntimeError("no answer")


def _rss_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def _help() -> tuple[float, float]:
    """Seconds of ``stratolite --help`` and of importing click, best of several, interleaved."""
    script = shutil.which("stratolite", path=str(Path(sys.executable).parent))
    shown = [script, "--help"] if script else [*stratolite_command(), "--help"]
    helped, imported = [], []
    for _ in range(10):
        helped.append(_timed(shown))
        imported.append(_timed([sys.executable, "-c", "import click"]))
    return min(helped), min(imported)


def _timed(command: list[str]) -> float:
    started_s = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=compiled())
    return time.perf_counter() - started_s
