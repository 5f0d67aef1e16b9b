"""What the platform writes into a function's log, in the format that the function asks for: text or JSON.

JSON events have AWS's shapes and levels; events below the function's system log level are left out.
Sources: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html,
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html (system log level event mapping)
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from stratolite.core.clock import Clock, iso8601
from stratolite.engine import report
from stratolite.engine.model import FunctionSpec

LEVELS = {"DEBUG": 0, "INFO": 1, "WARN": 2}


class PlatformLog(Protocol):
    """The platform's lines at each turn of an environment's life; each ends with a line break."""

    def init_started(self, version: tuple[int, ...]) -> list[str]:
        """A process begins; ``version`` is its interpreter's."""

    def init_ended(self, init_ms: float, phase: str, status: str, error_type: str = "") -> list[str]:
        """The init phase ended without success."""

    def extension(self, name: str, state: str, events: Sequence[str], error_type: str = "") -> list[str]:
        """An extension is ready, or has failed."""

    def started(self, request_id: str) -> list[str]:
        """An invocation begins."""

    def cut_short(self, request_id: str, lines: list[str]) -> list[str]:
        """What is to be said of an invocation that did not end by itself; ``lines`` is that in plain text."""

    def ended(
        self, request_id: str, duration_ms: float, memory_mb: int, init_ms: float | None, trouble: report.Trouble | None
    ) -> list[str]:
        """An invocation is over."""


class TextLog:
    """INIT_START, START, END, REPORT."""

    def __init__(self, spec: FunctionSpec) -> None:
        self._spec = spec

    def init_started(self, version: tuple[int, ...]) -> list[str]:
        return [report.init_start_line(self._spec.runtime, version, self._spec.runtime_arn)]

    def init_ended(self, init_ms: float, phase: str, status: str, error_type: str = "") -> list[str]:
        return [report.init_report_line(init_ms, phase, status, error_type)]

    def extension(self, name: str, state: str, events: Sequence[str], error_type: str = "") -> list[str]:
        return [report.extension_line(name, state, events, error_type)]

    def started(self, request_id: str) -> list[str]:
        return [f"START RequestId: {request_id} Version: {self._spec.version}\n"]

    def cut_short(self, request_id: str, lines: list[str]) -> list[str]:
        return lines

    def ended(
        self, request_id: str, duration_ms: float, memory_mb: int, init_ms: float | None, trouble: report.Trouble | None
    ) -> list[str]:
        ending = report.report_line(self._spec, request_id, duration_ms, memory_mb, init_ms, trouble)
        return [f"END RequestId: {request_id}\n", ending]


class JsonLog:
    """platform.initStart, platform.start, platform.report and the finer ones, one JSON object a line."""

    def __init__(self, spec: FunctionSpec, clock: Clock) -> None:
        self._spec = spec
        self._clock = clock
        self._least = LEVELS[spec.system_log_level]
        self._kind = "provisioned-concurrency" if spec.is_provisioned else "on-demand"

    def _event(self, level: str, kind: str, record: Mapping[str, Any]) -> list[str]:
        if LEVELS[level] < self._least:
            return []
        event = {"time": iso8601(self._clock.now_ms()), "type": f"platform.{kind}", "record": record}
        return [f"{json.dumps(event, separators=(',', ':'))}\n"]

    def init_started(self, version: tuple[int, ...]) -> list[str]:
        spec = self._spec
        record = {
            "initializationType": self._kind,
            "phase": "init",
            "runtimeVersion": report.runtime_version(spec.runtime, version),
            "runtimeVersionArn": spec.runtime_arn,
            "functionName": spec.name,
            "functionVersion": spec.version,
        }
        return self._event("INFO", "initStart", record)

    def init_ended(self, init_ms: float, phase: str, status: str, error_type: str = "") -> list[str]:
        record: dict[str, Any] = {"initializationType": self._kind, "phase": phase, "status": status}
        if error_type:
            record["errorType"] = error_type
        metrics = {"durationMs": round(init_ms, 3)}
        done = self._event("WARN", "initRuntimeDone", record)
        return [*done, *self._event("WARN", "initReport", {**record, "metrics": metrics})]

    def extension(self, name: str, state: str, events: Sequence[str], error_type: str = "") -> list[str]:
        record: dict[str, Any] = {"name": name, "state": state, "events": list(events)}
        if error_type:
            record["errorType"] = error_type
        return self._event("INFO", "extension", record)

    def started(self, request_id: str) -> list[str]:
        return self._event("INFO", "start", {"requestId": request_id, "version": self._spec.version})

    def cut_short(self, request_id: str, lines: list[str]) -> list[str]:
        return []  # The report has the status and the error's type.

    def ended(
        self, request_id: str, duration_ms: float, memory_mb: int, init_ms: float | None, trouble: report.Trouble | None
    ) -> list[str]:
        record: dict[str, Any] = {"requestId": request_id, "status": trouble.status if trouble else "success"}
        if trouble and trouble.error_type:
            record["errorType"] = trouble.error_type
        metrics: dict[str, Any] = {
            "durationMs": round(duration_ms, 3),
            "billedDurationMs": report.billed_ms(duration_ms, init_ms),
            "memorySizeMB": self._spec.memory_mb,
            "maxMemoryUsedMB": memory_mb,
        }
        if init_ms is not None:
            metrics["initDurationMs"] = round(init_ms, 3)
        done = {**record, "metrics": {"durationMs": metrics["durationMs"]}}
        return [
            *self._event("WARN" if trouble else "DEBUG", "runtimeDone", done),
            *self._event("WARN" if trouble else "INFO", "report", {**record, "metrics": metrics}),
        ]


def platform_log(spec: FunctionSpec, clock: Clock) -> PlatformLog:
    """The log of a function's environments, in the function's format."""
    return JsonLog(spec, clock) if spec.log_format == "JSON" else TextLog(spec)
