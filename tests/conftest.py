"""Fixtures that every suite shares: a running cloud, clients for it, and the recorded answers of AWS."""

import asyncio
import io
import json
import os
import random
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config as ClientConfig
from botocore.response import StreamingBody
from hypothesis import HealthCheck, settings

from stratolite.core.clock import Clock, MovableClock
from stratolite.core.warning import Warning
from stratolite.server.app import Cloud
from stratolite.server.config import Config

ROOT = Path(__file__).parent.parent
ANSWERS = ROOT.parent / "shared" / "aws-answers"
GOLDEN = ROOT.parent / "shared" / "golden"
ACCOUNT = "123456789012"
REGION = "us-east-1"
PORTS = (20_000, 32_000)
"""Below those that the system chooses from."""
STARTED_S_MAX = 120
"""How long anything may take on a machine that is busy with other things."""

# Whoever runs the tests may have settings for an account of AWS's: they are none of the tests' business.
for setting in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[setting]

# Property tests try the same examples each time and mind no clock, so that none fails on a busy machine or by luck;
# `pytest --hypothesis-profile search` looks for others.
UNHURRIED = [
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.filter_too_much,
    HealthCheck.function_scoped_fixture,
]
settings.register_profile("search", deadline=None, suppress_health_check=UNHURRIED)
settings.register_profile("steady", settings.get_profile("search"), derandomize=True)
settings.load_profile("steady")


def free_port() -> int:
    """A port that nobody has, and that the system gives to nobody who does not ask for it by its number.

    A port that ``bind`` chose and that is free again may be the next one's, long before it is used.
    """
    while True:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", random.SystemRandom().randrange(*PORTS)))
            return int(probe.getsockname()[1])


def texts(warnings: Iterable[Warning]) -> tuple[str, ...]:
    """Warnings as people read them."""
    return tuple(str(one) for one in warnings)


class RunningCloud:
    """A cloud on free ports, in a thread with a loop of its own.

    Its functions share the files of this machine with the tests, unless ``isolation`` is asked for: by a file, a test
    can make them wait, or hear of what they did.
    """

    def __init__(self, data: Path, clock: Clock | None = None, *, isolation: bool = False) -> None:
        config = Config(data=data, port=0, app_port=0, command="tests", isolation=isolation)
        self.cloud = Cloud(config, clock=clock)
        self.clock = self.cloud.clock
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="cloud", daemon=True)
        self._clients: list[Any] = []

    def start(self) -> "RunningCloud":
        self._thread.start()
        self.run(self.cloud.start())
        return self

    def stop(self) -> None:
        for client in self._clients:
            client.close()
        self.run(self.cloud.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(STARTED_S_MAX)
        self._loop.close()

    def run(self, work: Any) -> Any:
        """Run a coroutine in the cloud's loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(STARTED_S_MAX)

    def drain(self) -> None:
        """Wait until no delivery is due or in flight."""
        self.run(self.cloud.drain())

    def advance(self, seconds: float) -> None:
        """Move the cloud's clock forward."""
        clock = self.clock
        assert isinstance(clock, MovableClock), "ask for the fixture `timed_cloud`"

        async def move() -> None:
            clock.advance(seconds)

        self.run(move())

    @property
    def endpoint(self) -> str:
        return self.cloud.endpoint

    @property
    def app_endpoint(self) -> str:
        return self.cloud.app_endpoint

    def client(self, service: str, *, account: str = ACCOUNT, region: str = REGION, **options: Any) -> Any:
        """A boto3 client. Retries are off, so that a test sees the first answer."""
        config = ClientConfig(retries={"max_attempts": 0}, **options)
        client = boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=region,
            aws_access_key_id=account,
            aws_secret_access_key="test",
            config=config,
        )
        client.meta.events.register("after-call.lambda.Invoke", _read_at_once)
        self._clients.append(client)
        return client


def _read_at_once(parsed: dict[str, Any], **_: Any) -> None:
    """Read the payload of Invoke. One that a test has no use for would keep its connection, which whatever test runs
    when it is collected would be warned of."""
    body = parsed.get("Payload")
    if isinstance(body, StreamingBody):
        data = body.read()
        parsed["Payload"] = StreamingBody(io.BytesIO(data), len(data))


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    """One running cloud for the tests of a module: they must not rely on each other's resources."""
    running = RunningCloud(tmp_path_factory.mktemp("cloud") / "data").start()
    yield running
    running.stop()


@pytest.fixture
def timed_cloud(tmp_path: Path) -> Iterator[RunningCloud]:
    """A cloud of its own whose clock stands still until ``advance``."""
    running = RunningCloud(tmp_path / "data", MovableClock()).start()
    yield running
    running.stop()


def recorded(path: str, name: str) -> Any:
    """What AWS answered: the entry ``name`` of ``aws-answers/<path>``; skips where the recordings are absent."""
    file = ANSWERS / path
    if not file.exists():
        pytest.skip("the recorded answers of AWS are not beside this checkout")
    entries = json.loads(file.read_text())
    matching = [value for key, value in entries.items() if key.endswith(name)]
    assert matching, f"{path} has no entry {name}"
    return matching[0].get("recorded-content", matching[0])
