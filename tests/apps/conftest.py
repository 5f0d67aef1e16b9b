"""Whole applications: ``stratolite up`` as a process of its own, driven as its users drive it."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config as ClientConfig

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = ROOT / "examples"
SDKS = EXAMPLES / "user-events" / "node_modules"
"""Where both SDKs for JavaScript are, once the packages of that example are installed."""
needs_sdks = pytest.mark.skipif(
    not (SDKS / "aws-sdk").is_dir() or shutil.which("node") is None, reason="npm ci in examples/user-events comes first"
)
LINE_S_MAX = 180
ENDED_S_MAX = 60
COMES_S_MAX = 120
ACCOUNT = "000000000000"


@dataclass(frozen=True)
class Answer:
    """What HTTP answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def http(method: str, url: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
    """One request; errors are answers."""
    data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=LINE_S_MAX) as response:
            return Answer(response.status, named(response.headers), response.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, named(error.headers), error.read())


def named(headers: Message) -> dict[str, str]:
    """Header fields by their names in lower case."""
    return {name.lower(): value for name, value in headers.items()}


def command(*arguments: str | Path) -> list[str]:
    """The command line of this checkout."""
    return [sys.executable, "-m", "stratolite", *map(str, arguments)]


class Up:
    """A running ``stratolite up``."""

    def __init__(self, path: Path, data: Path, arguments: Sequence[str]) -> None:
        self.data = data
        self.lines: list[str] = []
        self._news = threading.Condition()
        self.process = subprocess.Popen(
            command("up", path, "--data", data, "--port", "0", "--app-port", "0", *arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._news:
                self.lines.append(line.rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self.lines.append("(ended)")
            self._news.notify_all()

    def until(self, text: str, *, after: int = 0) -> int:
        """Wait for a line that holds a text; the number of lines up to it."""
        with self._news:

            def found() -> int | None:
                return next((place + 1 for place in range(after, len(self.lines)) if text in self.lines[place]), None)

            arrived = self._news.wait_for(lambda: found() or "(ended)" in self.lines, LINE_S_MAX)
            place = found()
            assert arrived and place is not None, f"{text!r} is not in:\n" + "\n".join(self.lines)
            return place

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def note(self) -> dict[str, str]:
        """Where the cloud is."""
        fields: dict[str, str] = json.loads((self.data / "run" / "cloud.json").read_text())
        return fields

    def url(self, path: str) -> str:
        """A deployed API's URL: ``/dev/users``."""
        return f"{self.note()['app_endpoint']}{path}"

    def client(self, service: str, region: str = "us-east-1") -> Any:
        """A boto3 client of the account that ``up`` deploys to."""
        return boto3.client(
            service,
            endpoint_url=self.note()["endpoint"],
            region_name=region,
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="test",
            config=ClientConfig(retries={"max_attempts": 0}),
        )

    def environment(self) -> dict[str, str]:
        """What any AWS tool needs to reach this cloud, and nothing of this machine's own settings."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {
            **kept,
            "AWS_ENDPOINT_URL": self.note()["endpoint"],
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1",
            "AWS_PAGER": "",
        }

    def drain(self) -> None:
        """Wait until no delivery is due or in flight."""
        assert http("POST", f"{self.note()['endpoint']}/_stratolite/drain", {}).status == 200

    def stop(self, sign: int = signal.SIGINT) -> int:
        """End it; the exit code. Nothing that it started may be left."""
        if self.process.poll() is None:
            self.process.send_signal(sign)
        code = self.process.wait(ENDED_S_MAX)
        self._reader.join(ENDED_S_MAX)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def descendants(self) -> list[int]:
        """The processes that run in the group or below the command, zombies left out."""
        parents: dict[int, int] = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                pid, rest = stat.read_text().split(" ", 1)[0], stat.read_text().rpartition(")")[2].split()
                if rest[0] != "Z":
                    parents[int(pid)] = int(rest[1])
        found = {self.process.pid}
        while True:
            more = {pid for pid, parent in parents.items() if parent in found} - found
            if not more:
                return sorted(found - {self.process.pid})
            found |= more


Starter = Callable[..., Up]


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Starter]:
    """Starts ``stratolite up`` on free ports and waits until it is ready; ends what it started."""
    started: list[Up] = []

    def start(path: Path, *arguments: str, data: Path | None = None, ready: bool = True) -> Up:
        running = Up(path, data or tmp_path / "data", arguments)
        started.append(running)
        if ready:
            running.until("Ctrl-C stops")
        return running

    yield start
    for running in started:
        if running.process.poll() is None:
            running.stop(signal.SIGKILL)


@pytest.fixture
def sdks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache with both SDKs that Node runtimes bring."""
    for version in ("v2", "v3-0123"):
        folder = tmp_path / "cache" / "node-sdk" / version
        folder.mkdir(parents=True)
        (folder / "node_modules").symlink_to(SDKS)
    monkeypatch.setenv("STRATOLITE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def eventually(work: Callable[[], Any], wanted: Callable[[Any], bool]) -> Any:
    """Ask again, for a bounded time, until the answer is as wanted; each try is a request, not a sleep."""
    until_s = time.monotonic() + COMES_S_MAX
    while True:
        last = work()
        if wanted(last):
            return last
        assert time.monotonic() < until_s, f"still {last!r} after {COMES_S_MAX} s"
