"""A Redis behind the memory: real and over fakeredis, full of rubbish, slow, gone in the middle, and back."""

import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

redis = pytest.importorskip("redis")

from stratolite_patterns.cache import Cache, Circuit, NotCacheable, Shared  # noqa: E402

STARTED_S_MAX = 60
ANSWERED_S_MAX = 30.0
"""On a machine that is busy with other things; what functions wait is less."""


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now_s


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A redis-server that can be killed and started again on its port."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [
            "redis-server",
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            str(self.folder),
        ]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        limit_s = time.monotonic() + STARTED_S_MAX
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert time.monotonic() < limit_s, "redis-server did not start"
                if self.process.poll() is not None:  # Its port was somebody's for a moment.
                    self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                time.sleep(0.01)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    if not shutil.which("redis-server"):
        pytest.skip("redis-server is not installed")
    running = Server(tmp_path)
    running.start()
    yield running
    running.kill()


@pytest.fixture(params=["redis-server", "fakeredis"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a Redis: a real one, and one of fakeredis over TCP."""
    if request.param == "redis-server":
        yield request.getfixturevalue("server").url
        return
    fakeredis = pytest.importorskip("fakeredis")
    pytest.importorskip("lupa")
    fake = fakeredis.TcpFakeServer(("127.0.0.1", 0), server_type="redis")
    fake.daemon_threads = True
    thread = threading.Thread(target=fake.serve_forever, daemon=True)
    thread.start()
    yield f"redis://127.0.0.1:{fake.server_address[1]}"
    fake.shutdown()
    fake.server_close()
    thread.join()


@pytest.fixture
def made() -> Iterator[Any]:
    """Makes the Redis of a cache; its connection is closed at the end."""
    shared: list[Shared] = []

    def make(url: str, **options: Any) -> Shared:
        patient = {"timeout_s": ANSWERED_S_MAX, "connect_timeout_s": ANSWERED_S_MAX}
        shared.append(Shared(url, **{**patient, **options}))
        return shared[-1]

    yield make
    for each in shared:
        each.close()


def test_functions_share_what_one_of_them_loaded(url: str, made: Any) -> None:
    first: Cache[Any] = Cache("users", shared=made(url))
    second: Cache[Any] = Cache("users", shared=made(url))
    other: Cache[Any] = Cache("posts", shared=made(url))
    assert first.get("k", lambda: {"n": (1, 2)}) == {"n": (1, 2)}
    assert second.get("k", lambda: pytest.fail("loaded twice")) == {"n": (1, 2)}
    assert other.get("k", lambda: "mine") == "mine"
    assert second.counts["shared_hit"] == 1
    second.get("k", lambda: pytest.fail("memory"))
    assert second.counts["hit"] == 1


def test_what_is_not_there_is_shared_too(url: str, made: Any) -> None:
    Cache[Any]("users", shared=made(url)).get("k", lambda: None)
    assert Cache[Any]("users", shared=made(url)).get("k", lambda: pytest.fail("loaded twice")) is None


def test_values_age_together(url: str, made: Any) -> None:
    clock = Clock()
    first: Cache[Any] = Cache("users", ttl_s=60, jitter=0, now=clock, shared=made(url, now=clock))
    second: Cache[Any] = Cache("users", ttl_s=60, jitter=0, now=clock, shared=made(url, now=clock))
    first.get("k", lambda: "old")
    clock.now_s += 50
    assert second.get("k", lambda: "new") == "old"
    clock.now_s += 11
    # Memory keeps it no longer than the Redis says that it is fresh.
    assert second.get("k", lambda: "new") == "new"


def test_an_invalidation_reaches_the_others_and_what_was_loaded_before_it_is_not_stored(url: str, made: Any) -> None:
    clock = Clock()
    first: Cache[Any] = Cache("users", now=clock, shared=made(url, now=clock), memory_ttl_s=1)
    second: Cache[Any] = Cache("users", now=clock, shared=made(url, now=clock), memory_ttl_s=1)

    def slow() -> str:
        clock.now_s += 0.5
        assert second.invalidate("k")
        clock.now_s += 0.5
        return "old"

    assert first.get("k", slow) == "old"
    assert second.get("k", lambda: "new") == "new"
    # Within the time of its own memory the first one may be behind, and no longer.
    clock.now_s += 1.1
    assert first.get("k", lambda: pytest.fail("the new value is shared")) == "new"


def test_clear_spares_other_caches(url: str, made: Any) -> None:
    tricky: Cache[Any] = Cache("a*", shared=made(url))
    other: Cache[Any] = Cache("ab", shared=made(url))
    for cache in (tricky, other):
        for number in range(3):
            cache.put(str(number), "old")
    assert tricky.clear()
    again: Cache[Any] = Cache("ab", shared=made(url))
    assert again.get("1", lambda: "new") == "old"
    assert tricky.get("1", lambda: "new") == "new"


def test_what_others_wrote_is_a_miss_and_no_error(url: str, made: Any) -> None:
    client = redis.Redis.from_url(url)
    rubbish = [b"x", b"", b"1|", b"1|a|1", b"2|9999999999999|1", b"1|9999999999999|{", b"\x80\x04N."]
    for number, data in enumerate(rubbish):
        client.set(f"users:{number}", data)
    client.rpush("users:list", "a")
    client.close()
    cache: Cache[Any] = Cache("users", shared=made(url))
    for number in range(len(rubbish)):
        assert cache.get(str(number), lambda: "good") == "good"
    assert cache.get("list", lambda: "good") == "good"


def test_a_value_that_cannot_be_shared_is_the_callers_mistake(url: str, made: Any) -> None:
    cache: Cache[Any] = Cache("users", shared=made(url))
    with pytest.raises(NotCacheable, match="object"):
        cache.get("k", object)
    with pytest.raises(NotCacheable):
        cache.put("k", object())


def test_gone_in_the_middle_and_back(server: Server, made: Any) -> None:
    clock = Clock()
    shared = made(server.url, elapsed=clock, circuit=Circuit(now=clock, failures_max=2, open_s=2))
    cache: Cache[Any] = Cache("users", shared=shared, memory_ttl_s=0)
    cache.get("k", lambda: "first")
    server.kill()
    # Every answer is right, and soon no time is spent on a Redis that is not there.
    assert [cache.get("k", lambda: "loaded") for _ in range(3)] == ["loaded"] * 3
    assert shared.circuit.state == "open"
    errors = shared.errors
    assert [cache.get("k", lambda: "loaded") for _ in range(200)] == ["loaded"] * 200
    assert shared.errors == errors, "it was not asked at all"
    assert cache.invalidate("k") is False
    # One tries after a while, and waits longer after each failure.
    clock.now_s += 2.1
    cache.get("k", lambda: "loaded")
    assert (shared.circuit.state, shared.errors) == ("open", errors + 1)
    clock.now_s += 2.1
    cache.get("k", lambda: "loaded")
    assert shared.errors == errors + 1
    server.start()
    clock.now_s += 2.1
    assert cache.get("k", lambda: "again") == "again"
    assert shared.circuit.state == "closed"
    assert cache.get("k", lambda: pytest.fail("the Redis is back")) == "again"


def test_a_slow_redis_is_given_up_and_its_late_answer_is_nobody_elses(server: Server, made: Any) -> None:
    shared = made(server.url, timeout_s=1, circuit=Circuit(now=time.monotonic, failures_max=100))
    cache: Cache[Any] = Cache("users", shared=shared, memory_ttl_s=0)
    cache.get("a", lambda: "A")
    cache.get("b", lambda: "B")
    assert server.process is not None
    server.process.send_signal(signal.SIGSTOP)
    assert cache.get("a", lambda: "loaded") == "loaded"
    server.process.send_signal(signal.SIGCONT)
    assert cache.get("b", lambda: "wrong") == "B"


def test_nobody_there_costs_no_error_and_little_time(made: Any) -> None:
    with socket.socket() as held:  # So that nobody else listens there.
        held.bind(("127.0.0.1", 0))
        shared = made(f"redis://127.0.0.1:{held.getsockname()[1]}")
        cache: Cache[Any] = Cache("users", shared=shared)
        assert cache.get("k", lambda: 1) == 1
        assert cache.get("k", lambda: 2) == 1
        cache.put("k", 3)
        assert cache.get("k", lambda: 2) == 3
        assert cache.clear() is False


def test_one_probe_at_a_time_when_half_open() -> None:
    clock = Clock()
    circuit = Circuit(now=clock, failures_max=1, open_s=2, open_s_max=5)
    assert circuit.allows()
    circuit.failed()
    assert not circuit.allows()
    clock.now_s += 2
    assert [circuit.allows() for _ in range(3)] == [True, False, False]
    circuit.failed()
    clock.now_s += 3.9
    assert not circuit.allows()
    clock.now_s += 0.2
    assert circuit.allows()
    # A probe that died with its function does not keep the circuit open for ever.
    clock.now_s += 11
    assert circuit.allows()
    circuit.succeeded()
    assert circuit.state == "closed"
    assert [circuit.allows() for _ in range(3)] == [True] * 3


def test_a_redis_is_named_once() -> None:
    with pytest.raises(ValueError, match="url or client"):
        Shared()
    with pytest.raises(ValueError, match="url or client"):
        Shared("redis://x", client=lambda: None)
