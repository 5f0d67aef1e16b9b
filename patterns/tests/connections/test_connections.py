"""Connections: how they are usually got wrong, and what becomes of it here."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from stratolite_patterns import connections
from stratolite_patterns.connections import Connection


class Clock:
    """Both clocks of the machine, moved by hand."""

    def __init__(self) -> None:
        self.monotonic_s, self.wall_s = 1000.0, 1_700_000_000.0

    def rest(self, monotonic_s: float, wall_s: float) -> None:
        self.monotonic_s += monotonic_s
        self.wall_s += wall_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(connections, "_now_s", lambda: (clock.monotonic_s, clock.wall_s))
    return clock


class Line:
    """Something that is connected."""

    def __init__(self) -> None:
        self.is_closed = False
        self.is_alive = True
        self.checks = 0

    def check(self) -> bool:
        self.checks += 1
        return self.is_alive

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def line() -> Iterator[Connection[Line]]:
    connection = Connection(Line, check=Line.check, close=Line.close, idle_s_max=60)
    yield connection
    connection.close()


def test_nothing_is_made_at_import(line: Connection[Line]) -> None:
    assert repr(line) == "<Connection Line, not open>"
    line()
    assert repr(line) == "<Connection Line, open>"


def test_it_is_made_once(line: Connection[Line], clock: Clock) -> None:
    first = line()
    clock.rest(59, 59)
    assert line() is first
    clock.rest(59, 59)
    assert line() is first
    assert first.checks == 0


@pytest.mark.parametrize("rest", [(61, 61), (0, 61), (61, 0)], ids=["awake", "monotonic stood still", "wall set back"])
def test_after_a_freeze_it_is_checked(line: Connection[Line], clock: Clock, rest: tuple[float, float]) -> None:
    first = line()
    clock.rest(*rest)
    assert line() is first
    assert first.checks == 1
    line()
    assert first.checks == 1


def test_a_connection_that_broke_in_the_freeze_is_made_anew(line: Connection[Line], clock: Clock) -> None:
    first = line()
    first.is_alive = False
    clock.rest(61, 61)
    second = line()
    assert second is not first
    assert first.is_closed


def test_a_check_that_raises_means_broken(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    def check(line: Line) -> None:
        raise ConnectionResetError("by peer")

    connection = Connection(Line, check=check, name="line")
    first = connection()
    clock.rest(61, 61)
    with caplog.at_level("INFO"):
        assert connection() is not first
    assert "line is made anew, since its check failed: ConnectionResetError: by peer" in caplog.text
    connection.close()


def test_without_a_check_it_is_made_anew(clock: Clock) -> None:
    connection = Connection(Line)
    first = connection()
    clock.rest(61, 61)
    assert connection() is not first
    connection.close()


def test_what_could_not_be_made_is_tried_again() -> None:
    tries: list[int] = []

    def make() -> str:
        tries.append(1)
        if len(tries) == 1:
            raise TimeoutError
        return "made"

    connection = Connection(make)
    with pytest.raises(TimeoutError):
        connection()
    assert connection() == "made"
    connection.close()


def test_many_threads_share_one() -> None:
    made: list[int] = []

    def make() -> int:
        made.append(threading.get_ident())
        return made[-1]

    connection = Connection(make)
    with ThreadPoolExecutor(8) as pool:
        results = set(pool.map(lambda _: connection(), range(64)))
    assert len(made) == len(results) == 1
    connection.close()


def test_one_that_cannot_be_closed_does_not_keep_the_others_open(line: Connection[Line]) -> None:
    def close(_: object) -> None:
        raise OSError

    stubborn = Connection(Line, close=close)
    stubborn()
    held = line()
    connections.close_all()
    assert held.is_closed
    assert line() is not held


def test_a_test_can_put_its_own_there(line: Connection[Line]) -> None:
    fake = Line()
    with line.replaced(fake):
        assert line() is fake
    assert line() is not fake


def test_clients_of_aws_are_shared_and_bounded(cloud: str) -> None:
    connection = connections.aws("sts", connect_timeout_s=0.5)
    assert connections.aws("sts", connect_timeout_s=0.5) is connection
    assert connections.aws("sts") is not connection
    config = connection().meta.config
    assert (config.connect_timeout, config.read_timeout) == (0.5, 5.0)
    assert config.retries == {"total_max_attempts": 3, "mode": "standard"}
    connection.close()


def test_a_client_of_aws_survives_a_freeze_with_new_sockets(cloud: str, clock: Clock) -> None:
    connection = connections.aws("sts", read_timeout_s=4)
    client = connection()
    assert client.get_caller_identity()["Account"]
    closed: list[bool] = []
    close = client.close

    def note() -> None:
        closed.append(True)
        close()

    client.close = note
    clock.rest(0, 300)
    assert connection() is client
    assert closed == [True]
    assert client.get_caller_identity()["Account"]
    connection.close()


def test_a_server_that_does_not_answer_costs_bounded_time(cloud: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore's own bounds are 60 s for each of five requests: longer than most functions may run."""
    import socket

    boto3: Any = pytest.importorskip("boto3")
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        connection = connections.aws("sts", read_timeout_s=0.1, attempts_max=1)
        made = connection()
        started_s = time.monotonic()
        with pytest.raises(Exception, match="Read timeout"):
            made.get_caller_identity()
        assert time.monotonic() - started_s < 30
        connection.close()


SHUTDOWN = """
import os, signal
from stratolite_patterns import connections
line = connections.Connection(lambda: "line", close=lambda _: print("closed"))
line()
{before}
connections.close_at_shutdown()
os.kill(os.getpid(), signal.SIGTERM)
print("still here")
"""


@pytest.mark.parametrize(
    ("before", "printed"),
    [
        ("", ["closed"]),
        ("signal.signal(signal.SIGTERM, lambda *_: print('theirs'))", ["closed", "theirs", "still here"]),
        ("signal.signal(signal.SIGTERM, signal.SIG_IGN)", ["closed", "still here"]),
    ],
    ids=["default", "a handler of the user's", "ignored"],
)
def test_sigterm_closes_what_is_open(before: str, printed: list[str]) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "AWS_LAMBDA_RUNTIME_API"}
    done = subprocess.run(
        [sys.executable, "-c", SHUTDOWN.format(before=before)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == printed


def test_the_end_of_a_script_closes_what_is_open() -> None:
    code = (
        "from stratolite_patterns.connections import Connection\n"
        "Connection(lambda: 1, close=lambda _: print('closed'))()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "closed\n"


def test_sigterm_handlers_are_left_as_they_were() -> None:
    """Importing installs none: whoever wants it says so."""
    assert signal.getsignal(signal.SIGTERM) in (signal.SIG_DFL, signal.default_int_handler)
