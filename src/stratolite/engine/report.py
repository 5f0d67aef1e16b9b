"""The platform's own words: REPORT lines and others, and the error objects that AWS makes itself.

The texts are those that AWS answers and prints; values come in as arguments.
"""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from stratolite.core.clock import iso8601
from stratolite.engine.model import RESPONSE_BYTES_MAX, FunctionSpec


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why an invocation was cut short: status ``timeout`` or ``error``."""

    status: str
    error_type: str = ""

    def __str__(self) -> str:
        return f"Status: {self.status}" + (f"\tError Type: {self.error_type}" if self.error_type else "")


def runtime_version(runtime: str, version: tuple[int, ...]) -> str:
    """``python:3.12.v3.13``: after the ``v`` stands the interpreter's own version, where AWS counts its builds."""
    wanted = re.sub(r"^([a-z]+)\.?", r"\1:", runtime.removesuffix(".x"))
    return f"{wanted}.v{'.'.join(map(str, version)) or '0'}"


def init_start_line(runtime: str, version: tuple[int, ...], arn: str) -> str:
    shown = f"INIT_START Runtime Version: {runtime_version(runtime, version)}"
    return f"{shown}\tRuntime Version ARN: {arn}\n" if arn else f"{shown}\n"


def init_report_line(init_ms: float, phase: str, status: str, error_type: str = "") -> str:
    """Printed when the init phase ends without success; ``phase`` is ``invoke`` when it is done again."""
    kind = f"\tError Type: {error_type}" if error_type else ""
    return f"INIT_REPORT Init Duration: {init_ms:.2f} ms\tPhase: {phase}\tStatus: {status}{kind}\n"


def extension_line(name: str, state: str, events: Sequence[str], error_type: str = "") -> str:
    kind = f"\tError Type: {error_type}" if error_type else ""
    return f"EXTENSION\tName: {name}\tState: {state}\tEvents: [{','.join(events)}]{kind}\n"


def report_line(
    spec: FunctionSpec,
    request_id: str,
    duration_ms: float,
    memory_used_mb: int,
    init_ms: float | None,
    trouble: Trouble | None = None,
) -> str:
    """``trouble`` is at the end of the line when the invocation was cut short."""
    init = "" if init_ms is None else f"Init Duration: {init_ms:.2f} ms\t"
    return (
        f"REPORT RequestId: {request_id}\tDuration: {duration_ms:.2f} ms\t"
        f"Billed Duration: {billed_ms(duration_ms, init_ms)} ms\t"
        f"Memory Size: {spec.memory_mb} MB\tMax Memory Used: {memory_used_mb} MB\t{init}{trouble or ''}\n"
    )


def billed_ms(duration_ms: float, init_ms: float | None) -> int:
    """Whole milliseconds, the init phase included: https://aws.amazon.com/lambda/pricing/ since August 2025."""
    return math.ceil(duration_ms + (init_ms or 0)) or 1


def error_body(error_type: str, message: str) -> bytes:
    return json.dumps({"errorType": error_type, "errorMessage": message}, separators=(",", ":")).encode()


def timed_out(request_id: str, timeout_s: float) -> bytes:
    return error_body(
        "Sandbox.Timedout", f"RequestId: {request_id} Error: Task timed out after {timeout_s:.2f} seconds"
    )


def timed_out_line(now_ms: int, request_id: str, timeout_s: float) -> str:
    return f"{iso8601(now_ms)} {request_id} Task timed out after {timeout_s:.2f} seconds\n\n"


def exit_message(request_id: str, reason: str) -> str:
    """``reason`` as ``exit_reason`` gives it; empty when the process ended cleanly, but ended."""
    ending = f"Runtime exited with error: {reason}" if reason else "Runtime exited without providing a reason"
    return f"RequestId: {request_id} Error: {ending}"


def too_large(bytes_max: int = RESPONSE_BYTES_MAX) -> bytes:
    text = f"Response payload size exceeded maximum allowed payload size ({bytes_max} bytes)."
    return json.dumps(
        {"errorMessage": text, "errorType": "Function.ResponseSizeTooLarge"}, separators=(",", ":")
    ).encode()
