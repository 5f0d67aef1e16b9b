"""One cloud in many lives, in one event loop: opened on its data folder, killed at any turn, opened again.

Requests go through the server's own pipeline without a socket, so that nothing but the seed decides what happens when.
"""

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

from tests.sim.faults import Batches, FailingQueues, Faults, Ran, SimulatedSandbox

from stratolite.core.clock import MovableClock
from stratolite.core.entropy import Entropy, SeededEntropy
from stratolite.http.message import Body, Handler, Headers, Request
from stratolite.server.app import Cloud
from stratolite.server.config import Config

ACCOUNT = "123456789012"
REGION = "us-east-1"
SETTLING_TURNS = 40
"""After so many turns of the loop all that is going to happen at this moment has happened."""
LASTING = ("dynamodb.trim",)
"""Deliveries that every stream has for as long as it lives."""
SCOPE = f"{ACCOUNT}/20260101/{REGION}/sqs/aws4_request"
HEADERS = [
    ("authorization", f"AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders=host, Signature=0"),
    ("x-amz-date", "20260101T000000Z"),
    ("host", "127.0.0.1:4566"),
]


def fork(seeds: Entropy) -> Entropy:
    """Dice of their own, so that one part's throws do not change another's."""
    return SeededEntropy(seeds.integer(1 << 32))


class Refused(Exception):
    """The server said no."""

    def __init__(self, status: int, answer: dict[str, Any]) -> None:
        super().__init__(f"{status} {answer}")
        self.status = status
        self.code = str(answer.get("__type", "")).rpartition("#")[2]


class SimulatedCloud(Cloud):
    """A cloud whose functions and ways to queues fail as the dice say."""

    def __init__(
        self, data: Path, clock: MovableClock, entropy: Entropy, faults: Faults, ran: Ran, batches: Batches
    ) -> None:
        super().__init__(Config(data=data, port=0, app_port=0, command="sim"), clock=clock, entropy=entropy)
        self._faults = faults
        self._told = ran, batches

    def _open(self, port: int, app_port: int) -> None:
        super()._open(port, app_port)
        ports: Any = self.world.ports
        ports._found["queue"] = FailingQueues(ports.queue, self._faults)
        functions = self.registry.get("lambda_").state
        functions.sandbox = functions.runnables._sandbox = SimulatedSandbox(self.clock, self._faults, *self._told)

    @property
    def front(self) -> Handler:
        """What answers on the main port."""
        return self._front().main

    async def abandon(self) -> None:
        """End as ``kill -9`` does: what is not committed is gone, and nothing that runs writes another word."""
        database: Any = self._database
        database._connection.rollback()
        database._connection.close()
        database._group_open = False
        database._waiters, database._after = [], []
        here = asyncio.current_task()
        tasks = [task for task in asyncio.all_tasks() if task is not here]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert self._listener is not None
        await self._listener.close()
        self._folder.close()


class Faulty(logging.Handler):
    """Collects what the server logs as a fault of its own."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(logging.Formatter().format(record))


class Lives:
    """The cloud that lives now, its clock, and how often it has died."""

    kill_turns_max = 12
    """A kill comes at one of the first turns of the loop after a burst of requests: before, during, after commits."""
    can_poll = True
    """Whether the answers to long polls are seen before the clock is moved again."""
    handler = "def handler(event, context): ...\n"
    """The code of every function; here, it is never run."""

    def __init__(self, data: Path, seeds: Entropy, ran: Ran, batches: Batches) -> None:
        self._data = data
        self._seeds = seeds
        self._ran = ran
        self._batches = batches
        self.faults = Faults(fork(seeds))
        self.clock = MovableClock()
        self.deaths = 0
        self.faulty = Faulty()
        self.cloud: SimulatedCloud
        self._front: Handler

    async def open(self) -> None:
        """Begin a life at the moment at which the last one ended."""
        self.clock = MovableClock(self.clock.now_ms())
        self.cloud = SimulatedCloud(self._data, self.clock, fork(self._seeds), self.faults, self._ran, self._batches)
        await self.cloud.start()
        self._front = self.cloud.front
        logging.getLogger("stratolite").addHandler(self.faulty)

    async def kill(self) -> None:
        """End this life without a word and begin the next one."""
        self.deaths += 1
        await self.close()
        await self.open()

    async def close(self) -> None:
        """End the last life as any other."""
        logging.getLogger("stratolite").removeHandler(self.faulty)
        await self.cloud.abandon()

    @property
    def now_ms(self) -> int:
        return self.clock.now_ms()

    async def ask(self, service: str, operation: str, **request: Any) -> dict[str, Any]:
        """The answer to one request. Raises Refused."""
        body = json.dumps(request).encode()
        response = await self._front(
            Request(
                "POST",
                f"/_stratolite/operations/{service}/{operation}",
                headers=Headers(HEADERS),
                body=body,
                stream=Body(whole=body),
            )
        )
        assert isinstance(response.body, bytes)
        answer: dict[str, Any] = json.loads(response.body) if response.body else {}
        if response.status >= 300:
            raise Refused(response.status, answer)
        return answer

    async def pass_turns(self, turns: int) -> None:
        """Let so many turns of the loop pass."""
        for _ in range(turns):
            await asyncio.sleep(0)

    async def settle(self) -> None:
        """Let everything happen that happens now."""
        await self.pass_turns(SETTLING_TURNS)

    async def move(self, seconds: float) -> None:
        """Move the clock, and let nothing happen yet."""
        self.clock.advance(seconds)

    async def advance(self, seconds: float) -> None:
        """Move the clock, and let happen what does then."""
        await self.move(seconds)
        await self.settle()

    async def drain(self) -> None:
        """Wait until nothing is due or in flight; slow functions need the clock for it."""
        drained = asyncio.create_task(self.cloud.drain())
        await self.settle()
        while not drained.done():
            await self.advance(1)

    async def waiting(self) -> list[tuple[int, str]]:
        """What is in the outbox: when it is due, and its kind; the next one first. What is there for ever is not."""
        entries = self.cloud.world.outbox.entries()
        return [(entry.due_ms, entry.kind) for entry in entries if entry.kind not in LASTING]

    def heal(self) -> None:
        """From now on targets work."""
        self.faults.healed = True

    def faults_found(self) -> list[str]:
        """What the server logged as faults of its own."""
        return self.faulty.found
