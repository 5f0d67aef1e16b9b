"""One environment: a sandboxed process that serves one invocation after the other by its Runtime API.

Everything happens in callbacks of the event loop: the runtime's requests, the process's end, the time-out. Whatever
ends an invocation first decides its outcome; the rest finds it gone. The pool hears of an environment that is idle,
or stopped, and of nothing else.
"""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from stratolite.core.clock import Clock
from stratolite.core.deadline import Deadline
from stratolite.core.entropy import Entropy
from stratolite.engine import report
from stratolite.engine.beside import Beside
from stratolite.engine.extensions import NOT_SUPPORTED, Extension
from stratolite.engine.init_failure import InitFailure
from stratolite.engine.launch.process import exit_reason
from stratolite.engine.lifespan import SANDBOX_CLOCK, Lifespan
from stratolite.engine.model import FunctionSpec, Invocation, Limits, LogSink, Outcome
from stratolite.engine.report import Trouble
from stratolite.engine.running import TIMED_OUT, Running, event_headers
from stratolite.engine.runtime_api import Refused, RuntimeConnection, invalid_request_id
from stratolite.engine.states import State
from stratolite.engine.stream import ResponseStream

CUT_STREAM_S = 0.1
"""How long the news that a process has ended may take to follow the end of its connection."""
TRUNCATED = "Runtime.TruncatedResponse"


class Environment(Lifespan):
    """A sandbox of one function. The pool makes it, starts it, and lends it to one invocation at a time."""

    def __init__(
        self,
        spec: FunctionSpec,
        folder: Path,
        log_stream: str,
        clock: Clock,
        entropy: Entropy,
        limits: Limits,
        log_sink: LogSink,
    ) -> None:
        super().__init__(spec, folder, log_stream, clock, entropy, limits, log_sink, self)
        self.is_new = True
        """Whether the pool has yet to hear that it is idle."""
        self.on_idle: Callable[[Environment], None] = lambda environment: None
        self._deadline = Deadline(self._loop, self._time_out)
        self._waiting: RuntimeConnection | None = None
        self._running: Running | None = None

    # The Runtime API (runtime_api.RuntimeApi) -------------------------------------------------------------------

    def take_next(self, connection: RuntimeConnection) -> None:
        running = self._running
        if running is not None and not running.is_answered:
            if not running.is_cut:
                raise Refused(
                    403, "InvalidStateTransition", "Transition from InvocationInProgress to Ready is not allowed."
                )
            self._cut_stream(running)
        if self.life.state is State.STOPPED or self._init.has_failed:
            return  # It is about to be killed.
        self._waiting = connection
        if self.beside is not None:
            self.beside.api.is_registration_open = False
        if self.life.state in (State.STARTING, State.IDLE):
            return  # It will be told; and a runtime that asks twice gets one invocation.
        self.settle()

    def settle(self) -> None:
        beside, state = self.beside, self.life.state
        if self._waiting is None or state not in (State.INITIALISING, State.BUSY):
            return
        if beside is not None:
            if not (beside.api.are_done if state is State.BUSY else beside.api.are_ready):
                return
            if state is State.INITIALISING:
                for one in beside.api.all:
                    self._output.platform(self._log.extension(one.name, one.state, one.events))
        self._deadline.clear()
        self._running = None
        if beside is not None or state is State.INITIALISING:
            self.idle_since_ms = self._clock.now_ms()
        self.life.move(State.IDLE)
        self._init.succeed()
        self.on_idle(self)

    def take_response(self, request_id: str, body: bytes, content_type: str) -> None:
        self._require(request_id)
        self._finish(body, content_type=content_type)

    def begin_stream(self, request_id: str, content_type: str) -> ResponseStream | None:
        running = self._require(request_id)
        stream = running.invocation.stream
        if stream is not None:
            if running.is_patience_short:
                self._end_patience(running)
            stream.begin(content_type)
        return stream

    def take_oversized_response(self, request_id: str, bytes_max: int) -> None:
        self._require(request_id)
        self._finish(report.too_large(bytes_max), error_type="Function.ResponseSizeTooLarge")

    def take_cut_stream(self, request_id: str) -> None:
        running = self._running
        if running is not None and running.invocation.request_id == request_id:
            running.is_cut = True
            # When the process has ended, that is the better reason, and about to be told.
            self._loop.call_later(CUT_STREAM_S, self._cut_stream, running)

    def _cut_stream(self, running: Running) -> None:
        if self._running is running and not running.is_answered:
            message = f"RequestId: {running.invocation.request_id} Error: Response is truncated"
            self._finish(report.error_body(TRUNCATED, message), error_type=TRUNCATED)

    def take_error(self, request_id: str, body: bytes, error_type: str) -> None:
        self._require(request_id)
        self._finish(body, error_type=error_type or "Unhandled")

    def take_init_error(self, body: bytes, error_type: str) -> None:
        if self._init.is_over or self.life.state not in (State.STARTING, State.INITIALISING):
            raise Refused(403, "InvalidStateTransition", "Transition from Ready to InitError is not allowed.")
        self._init.break_off(InitFailure(error_type or "Runtime.Unknown", body))

    def _require(self, request_id: str) -> Running:
        running = self._running
        if running is None or running.is_answered or running.invocation.request_id != request_id:
            raise invalid_request_id()
        return running

    # Extensions ------------------------------------------------------------------------------------------------

    def take_extension_request(
        self, connection: RuntimeConnection, method: bytes, path: bytes, headers: Mapping[bytes, bytes], body: bytes
    ) -> None:
        unsupported = NOT_SUPPORTED.get(path)
        if unsupported is not None:
            connection.answer(202, {"errorMessage": unsupported[1], "errorType": unsupported[0]}, {})
            return
        if self.beside is None:
            self.beside = Beside(self, self.spec, self._entropy, ())
            self.beside.api.is_registration_open = self.life.state in (State.STARTING, State.INITIALISING)
        self.beside.api.handle(connection, method, path, headers, body)

    def extension_failed(self, extension: Extension, error_type: str, reason: str) -> None:
        running, output = self._running, self._output
        if self.life.state is State.STOPPED:
            return
        reason = reason or error_type
        output.drain()
        output.platform(self._log.extension(extension.name, extension.state, extension.events, error_type))
        if not self._init.is_over:
            self._init.break_off(InitFailure(error_type, reason=reason))
        if running is not None and not running.is_answered:
            self._cut_short(running, error_type, f"RequestId: {running.invocation.request_id} Error: {reason}")
        self._fail()

    # Invocations -----------------------------------------------------------------------------------------------

    def invoke(self, invocation: Invocation) -> asyncio.Future[Outcome]:
        """Give an idle environment its next invocation."""
        assert self._waiting is not None
        self.life.move(State.BUSY)
        connection, self._waiting = self._waiting, None
        self._output.begin(keeps_tail=invocation.is_log_wanted)
        self._output.platform(self._log.started(invocation.request_id))
        started_s = now_s = self._clock.elapsed_s()
        if self._init.phase == "invoke":
            self._init.phase, started_s = "", self._init.began_s  # The init phase is a part of this invocation.
        left_s = self.spec.timeout_s - (now_s - started_s)
        outcome: asyncio.Future[Outcome] = self._loop.create_future()
        self._running = running = Running(invocation, outcome, started_s, self._init.take_ms())
        patience_s = invocation.patience_s
        if patience_s is not None and patience_s < left_s:
            running.is_patience_short = True
            self._deadline.set(patience_s)
        else:
            self._deadline.set(left_s)
        invocation.is_running = True
        deadline_ms = SANDBOX_CLOCK.now_ms() + round(left_s * 1000)
        connection.send_event(event_headers(invocation, self.spec.arn, deadline_ms), invocation.payload)
        if self.beside is not None:
            arn = invocation.invoked_arn or self.spec.arn
            self.beside.api.invoke(invocation.request_id, arn, invocation.trace_id, deadline_ms)
        return outcome

    def _finish(
        self,
        payload: bytes,
        *,
        error_type: str = "",
        content_type: str = "application/json",
        trouble: Trouble | None = None,
    ) -> None:
        """Close the books of the current invocation and answer its invoker."""
        running, output = self._running, self._output
        assert running is not None
        running.is_answered = True
        now_s = self._clock.elapsed_s()
        duration_ms = (now_s - running.started_s) * 1000
        memory_mb = self.watch.memory_used_mb()
        if trouble is TIMED_OUT:
            duration_ms = self.spec.timeout_s * 1000
        request_id = running.invocation.request_id
        stream = running.invocation.stream
        if stream is not None:
            if not error_type:
                stream.begin(content_type)
                stream.write(payload)
                payload = b""
            stream.close()
        output.drain()
        self.idle_since_ms = output.platform(
            self._log.ended(request_id, duration_ms, memory_mb, running.init_ms, trouble)
        )
        outcome = Outcome(
            payload=payload,
            error="Unhandled" if error_type else "",
            log_tail=output.take_tail() if running.invocation.is_log_wanted else b"",
            duration_ms=duration_ms,
            init_ms=running.init_ms,
            memory_used_mb=memory_mb,
            executed_version=self.spec.version,
            error_type=error_type,
            content_type=content_type,
        )
        running.invocation.is_running = False
        if not running.outcome.done():
            running.outcome.set_result(outcome)
        elif running.invocation.on_left is not None:
            running.invocation.on_left()

    # Ends ------------------------------------------------------------------------------------------------------

    def _time_out(self) -> None:
        running = self._running
        if running is None:
            return
        if running.is_patience_short:
            self._end_patience(running)
            if not running.outcome.done():
                running.outcome.set_exception(TimeoutError())
            return
        if not running.is_answered:
            request_id = running.invocation.request_id
            self._output.drain()
            line = report.timed_out_line(self._clock.now_ms(), request_id, self.spec.timeout_s)
            self._output.platform(self._log.cut_short(request_id, [line]))
            body = report.timed_out(request_id, self.spec.timeout_s)
            self._finish(body, error_type="Sandbox.Timedout", trouble=TIMED_OUT)
        self._fail("TIMEOUT")

    def _end_patience(self, running: Running) -> None:
        """From here on the function's own time counts."""
        running.is_patience_short = False
        self._deadline.set(self.spec.timeout_s - (self._clock.elapsed_s() - running.started_s))

    def _exited(self, status: int) -> None:
        reason = exit_reason(status)
        error_type = self.watch.reason or "Runtime.ExitError"
        running = self._running
        if not self._init.is_over and self.life.state is State.INITIALISING:
            self._init.break_off(InitFailure(error_type, reason=reason))
        if running is not None and not running.is_answered:
            self._deadline.clear()
            self._cut_short(running, error_type, report.exit_message(running.invocation.request_id, reason))
        self._fail()
        if self.beside is not None and self.beside.ending:
            self.beside.tell()
        self.close_if_dead()

    def _cut_short(self, running: Running, error_type: str, message: str) -> None:
        """The invocation ends because something else has ended."""
        self._output.drain()
        lines = [f"{message}\n", f"{error_type}\n"]
        self._output.platform(self._log.cut_short(running.invocation.request_id, lines))
        body = report.error_body(error_type, message)
        self._finish(body, error_type=error_type, trouble=Trouble("error", error_type))

    def stop(self, why: str = "SPINDOWN") -> None:
        self._deadline.close()
        super().stop(why)

    def abandon(self, error: BaseException) -> None:
        """The engine closes: whoever waits for an outcome gets ``error``."""
        if self._running is not None and not self._running.outcome.done():
            self._running.is_answered = True
            self._running.outcome.set_exception(error)
        self.stop()
