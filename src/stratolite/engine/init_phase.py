"""The init phase of an environment: how long it takes, how it ends, and who waits for that."""

import asyncio
from collections.abc import Callable

from stratolite.core.clock import Clock
from stratolite.engine.init_failure import InitFailure
from stratolite.engine.output import Output
from stratolite.engine.platform_log import PlatformLog


class InitPhase:
    """Begins once, ends once. ``memory_used_mb`` is asked when it fails."""

    def __init__(
        self, clock: Clock, log: PlatformLog, output: Output, log_stream: str, memory_used_mb: Callable[[], int]
    ) -> None:
        self._clock = clock
        self._log = log
        self._output = output
        self._log_stream = log_stream
        self._memory_used_mb = memory_used_mb
        self.phase = "init"
        """``init``, or ``invoke`` when the first invocation has to pay for it; empty when that has been reckoned."""
        self.began_s = 0.0
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when the runtime and its extensions ask for work, or with InitFailure."""
        self.is_over = False
        """Whether ``ended`` is done."""
        self.has_failed = False
        """Whether it ended without success."""
        self._ms: float | None = None

    @property
    def elapsed_ms(self) -> float:
        """Since it began."""
        return (self._clock.elapsed_s() - self.began_s) * 1000

    def succeed(self) -> None:
        """Everybody asks for work; only the first time counts."""
        if not self.is_over:
            self.is_over = True
            if self.phase == "init":
                self._ms = self.elapsed_ms
            self.ended.set_result(None)

    def take_ms(self) -> float | None:
        """How long it took, for the first invocation alone."""
        taken, self._ms = self._ms, None
        return taken

    def break_off(self, failure: InitFailure, status: str = "error") -> None:
        """It ended without success, and the log hears so. ``status``: ``error`` or ``timeout``."""
        error_type = failure.error_type if status == "error" else ""
        self._output.drain()
        self._output.platform(self._log.init_ended(self.elapsed_ms, self.phase, status, error_type))
        self._output.flush()
        self.fail(failure)

    def fail(self, failure: InitFailure) -> None:
        """It ended without success; nothing when it has ended before."""
        if not self.is_over:
            self.is_over = self.has_failed = True
            failure.init_ms = self.elapsed_ms
            failure.log_stream = self._log_stream
            failure.memory_used_mb = self._memory_used_mb()
            failure.log_tail = self._output.take_tail()
            self.ended.set_exception(failure)
            self.ended.exception()  # The one who waits for it may have gone away.
