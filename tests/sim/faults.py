"""Targets that fail, are slow or throttled: stand-ins for the engine and the way to queues, led by their own dice."""

import json
from collections.abc import Callable
from typing import Any

from stratolite.core.clock import Clock
from stratolite.core.entropy import Entropy
from stratolite.core.errors import ServiceUnavailable
from stratolite.engine.model import CodeRef, FunctionSpec, Invocation, Outcome, TooManyEnvironments

FUNCTIONS = {"good": 0.0, "flaky": 0.4, "bad": 1.0}
"""Functions of the world, and how often each of them fails."""
THROTTLED_SHARE = 0.15
SLOW_SHARE = 0.2
SLOW_S_MAX = 30
QUEUE_FAILURE_SHARE = 0.15
OUTAGE_CALLS_MAX = 12
"""After a failure, so many more may follow: long enough for the first waits between attempts."""

Ran = Callable[[str, str, str, str], None]
"""Told of every execution: function, request id, token, and ``ok``, ``failed``, ``throttled`` or ``begun``."""


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

    def delay_s(self) -> int:
        return 1 + self._entropy.integer(SLOW_S_MAX)


class FailingQueues:
    """The ``queue`` port, in front of which requests get lost; dead-letter queues can always be reached."""

    def __init__(self, port: Any, faults: Faults) -> None:
        self._port = port
        self._faults = faults
        self._outages: dict[str, int] = {}
        """How many calls more will fail, by queue."""

    def exists(self, queue_arn: str) -> bool:
        found: bool = self._port.exists(queue_arn)
        return found

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

    def __init__(self, clock: Clock, faults: Faults, ran: Ran) -> None:
        self.engine = self
        self._clock = clock
        self._faults = faults
        self._ran = ran

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

    async def invoke(self, spec: FunctionSpec, invocation: Invocation) -> Outcome:
        """One execution: throttled, slow, failed or well."""
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

    def retire(self, spec: FunctionSpec) -> None:
        """No environment is kept."""

    async def close(self) -> None:
        """Nothing runs."""


def token_of(body: Any) -> str:
    """The token in what arrived: as it was sent, or in the envelopes of SNS."""
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except ValueError:
            return str(body)
    if "Records" in body:
        return token_of(body["Records"][0]["Sns"]["Message"])
    return token_of(body["Message"]) if "Message" in body else str(body["token"])
