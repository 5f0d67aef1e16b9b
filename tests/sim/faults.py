"""Targets that fail, are slow or throttled: stand-ins for the engine and the way to queues, led by their own dice."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from stratolite.core.clock import Clock
from stratolite.core.entropy import Entropy
from stratolite.core.errors import ServiceUnavailable
from stratolite.engine.model import CodeRef, FunctionSpec, Invocation, Outcome, TooManyEnvironments

FUNCTIONS = {"good": 0.0, "flaky": 0.4, "bad": 1.0, "teller": 0.5}
"""Functions of the world, and how often each of them fails."""
FOLLOWER = "follower"
MAPPED = {"eater": 0.3, "sorter": 0.3, FOLLOWER: 0.3}
"""Functions that are given batches by mappings, and how often each of them fails."""
THROTTLED_SHARE = 0.15
SLOW_SHARE = 0.2
SLOW_S_MAX = 30
QUEUE_FAILURE_SHARE = 0.15
OUTAGE_CALLS_MAX = 12
"""After a failure, so many more may follow: long enough for the first waits between attempts."""

Ran = Callable[[str, str, str, str], None]
"""Told of every execution: function, request id, token, and ``ok``, ``failed``, ``throttled`` or ``begun``."""


@dataclass(frozen=True)
class Given:
    """One record of a batch. ``key``: its item or FIFO group, within which ``sequence`` says the order."""

    token: str
    key: str
    sequence: str
    identifier: str


class Batches(Protocol):
    """Told of the executions of mapped functions."""

    def begun(self, function: str, given: tuple[Given, ...]) -> Any:
        """A function is given a batch; what is told of its end."""

    def ended(self, batch: Any, done: int) -> None:
        """So many records from the front are done; -1: it was cut off."""


class Faults:
    """Whether, and how, what is called next fails. Nothing but ``bad`` fails once it is ``healed``."""

    def __init__(self, entropy: Entropy) -> None:
        self._entropy = entropy
        self.healed = False

    def strike(self, share: float) -> bool:
        struck = self._entropy.fraction() < share
        return struck and (not self.healed or share == 1.0)

    def outage_calls(self) -> int:
        return self._entropy.integer(OUTAGE_CALLS_MAX)

    def place(self, count: int) -> int:
        return self._entropy.integer(count)

    def delay_s(self) -> int:
        return 1 + self._entropy.integer(SLOW_S_MAX)


class FailingQueues:
    """The ``queue`` port, in front of which requests get lost; dead-letter queues can always be reached."""

    def __init__(self, port: Any, faults: Faults) -> None:
        self._port = port
        self._faults = faults
        self._outages: dict[str, int] = {}
        """How many calls more will fail, by queue."""

    def __getattr__(self, name: str) -> Any:
        """What is not sent does not get lost."""
        return getattr(self._port, name)

    def send(self, call: Any, queue_arn: str, body: str, **more: Any) -> str:
        if "dead" not in queue_arn and not self._faults.healed:
            left = self._outages.get(queue_arn, 0)
            if left or self._faults.strike(QUEUE_FAILURE_SHARE):
                self._outages[queue_arn] = left - 1 if left else self._faults.outage_calls()
                raise ServiceUnavailable()
        message_id: str = self._port.send(call, queue_arn, body, **more)
        return message_id


class SimulatedSandbox:
    """In the place of Lambda's sandbox: no process, no thread, the same outcomes."""

    def __init__(self, clock: Clock, faults: Faults, ran: Ran, batches: Batches) -> None:
        self.engine = self
        self._clock = clock
        self._faults = faults
        self._ran = ran
        self._batches = batches

    async def specification(self, version: Any) -> tuple[FunctionSpec, int]:
        name = version.name
        code = CodeRef(version.code.sha256, version.code.blob)
        settings = version.settings
        spec = FunctionSpec(
            key=name.arn,
            name=name.name,
            version="$LATEST",
            arn=name.arn,
            runtime=settings["Runtime"],
            handler=settings["Handler"],
            code=code,
        )
        return spec, 1 << 62

    def fits(self, spec: FunctionSpec, version: Any) -> bool:
        """Specifications of simulated functions do not grow old."""
        return True

    async def invoke(self, spec: FunctionSpec, invocation: Invocation) -> Outcome:
        """One execution: throttled, slow, failed or well."""
        if spec.name in MAPPED:
            return await self._process(spec.name, given_in(json.loads(invocation.payload)))
        told = spec.name, invocation.request_id, token_of(json.loads(invocation.payload))
        if self._faults.strike(THROTTLED_SHARE):
            self._ran(*told, "throttled")
            raise TooManyEnvironments()
        self._ran(*told, "begun")
        if self._faults.strike(SLOW_SHARE):
            await self._clock.sleep(self._faults.delay_s())
        if self._faults.strike(FUNCTIONS[spec.name]):
            self._ran(*told, "failed")
            return Outcome(b'{"errorMessage": "no", "errorType": "ValueError"}', error="Unhandled")
        self._ran(*told, "ok")
        return Outcome(b"null")

    async def _process(self, name: str, given: tuple[Given, ...]) -> Outcome:
        """One execution with a batch: throttled, slow, failed, done in part or done."""
        if self._faults.strike(THROTTLED_SHARE):
            raise TooManyEnvironments()
        batch, done = self._batches.begun(name, given), -1
        try:
            if self._faults.strike(SLOW_SHARE):
                await self._clock.sleep(self._faults.delay_s())
            if self._faults.strike(MAPPED[name] / 2):
                done = 0
                return Outcome(b'{"errorMessage": "no", "errorType": "ValueError"}', error="Unhandled")
            done = self._faults.place(len(given)) if self._faults.strike(MAPPED[name]) else len(given)
            failures = [{"itemIdentifier": one.identifier} for one in given[done:]]
            return Outcome(json.dumps({"batchItemFailures": failures}).encode())
        finally:
            self._batches.ended(batch, done)

    def retire(self, spec: FunctionSpec) -> None:
        """No environment is kept."""

    async def close(self) -> None:
        """Nothing runs."""


def token_of(body: Any) -> str:
    """The token in what arrived: as it was sent, in the envelopes of SNS, or in the record of how an event ended."""
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except ValueError:
            return str(body)
    if "Records" in body:
        return token_of(body["Records"][0]["Sns"]["Message"])
    inner = body.get("Message", body.get("requestPayload"))
    return str(body["token"]) if inner is None else token_of(inner)


def given_in(event: Any) -> tuple[Given, ...]:
    """The records of a mapping's event."""
    return tuple(_given(record) for record in event["Records"])


def _given(record: Any) -> Given:
    if "dynamodb" in record:
        change = record["dynamodb"]
        number = change["SequenceNumber"]
        return Given(change["NewImage"]["token"]["S"], change["Keys"]["id"]["S"], number, number)
    attributes = record["attributes"]
    token = json.loads(record["body"])["token"]
    return Given(token, attributes.get("MessageGroupId", ""), attributes.get("SequenceNumber", ""), record["messageId"])
