"""Init phases that failed: what is known of one, and what the invocation that waited for it comes to.

AWS tries the init phase twice, the second time as a part of the invocation, under the function's own time-out.
Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib
"""

from stratolite.core.clock import Clock
from stratolite.engine import report
from stratolite.engine.model import LOG_TAIL_BYTES_MAX, FunctionSpec, Invocation, LogLines, LogSink, Outcome
from stratolite.engine.platform_log import platform_log
from stratolite.engine.report import Trouble


class InitFailure(Exception):
    """The runtime did not come to ask for work.

    ``body`` is the runtime's own error object, empty when the process ended without a word; ``reason`` is how it
    ended then, in AWS's words. ``log_tail`` is what it printed, in the log stream ``log_stream``.
    """

    log_stream = ""
    log_tail = b""
    init_ms = 0.0
    memory_used_mb = 0

    def __init__(self, error_type: str, body: bytes = b"", reason: str = "") -> None:
        super().__init__(error_type)
        self.error_type = error_type
        self.body = body
        self.reason = reason


def outcome(
    failure: InitFailure,
    spec: FunctionSpec,
    invocation: Invocation,
    clock: Clock,
    log_sink: LogSink,
) -> Outcome:
    """The outcome of an invocation whose environment could not be initialised; its log lines are written."""
    request_id = invocation.request_id
    message = report.exit_message(request_id, failure.reason)
    is_late = failure.error_type == "Sandbox.Timedout"
    if is_late:
        body = report.timed_out(request_id, spec.timeout_s)
    elif failure.error_type == "Runtime.InvalidEntrypoint" or failure.error_type.startswith("Extension."):
        body = report.error_body(failure.error_type, f"RequestId: {request_id} Error: {failure.reason}")
    else:
        body = failure.body or report.error_body(failure.error_type, message)
    trouble = Trouble("timeout") if is_late else Trouble("error", failure.error_type)
    log, now_ms = platform_log(spec, clock), clock.now_ms()
    lines = [] if failure.body or not failure.reason else [f"{message}\n", f"{failure.error_type}\n"]
    if is_late:
        lines.append(report.timed_out_line(now_ms, request_id, spec.timeout_s))
    first = log.started(request_id)
    last = log.cut_short(request_id, lines)
    last += log.ended(request_id, failure.init_ms, failure.memory_used_mb, None, trouble)
    if failure.log_stream:
        events = [(now_ms, text) for text in (*first, *last)]
        log_sink(LogLines(spec.log_group, failure.log_stream, events, spec.account, spec.region))
    tail = "".join(first).encode() + failure.log_tail + "".join(last).encode()
    return Outcome(
        payload=body,
        error="Unhandled",
        log_tail=tail[-LOG_TAIL_BYTES_MAX:],
        duration_ms=failure.init_ms,
        memory_used_mb=failure.memory_used_mb,
        executed_version=spec.version,
        error_type=failure.error_type,
    )
