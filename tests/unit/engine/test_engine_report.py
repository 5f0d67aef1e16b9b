"""The platform's own words. The texts are those that AWS prints and answers."""

import signal
from pathlib import Path

import pytest

from stratolite.engine import report
from stratolite.engine.launch.process import exit_reason
from stratolite.engine.model import CodeRef, FunctionSpec

SPEC = FunctionSpec("k", "f", "$LATEST", "arn", "python3.12", "h", CodeRef("", Path()), memory_mb=128)


def test_a_report() -> None:
    """test_lambda.json test_invocation_with_logs: tabs between the parts and one at the end."""
    assert report.report_line(SPEC, "id", 1.234, 40, 100.0) == (
        "REPORT RequestId: id\tDuration: 1.23 ms\tBilled Duration: 102 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 40 MB\tInit Duration: 100.00 ms\t\n"
    )
    assert report.report_line(SPEC, "id", 1.234, 40, None).endswith("Max Memory Used: 40 MB\t\n")


@pytest.mark.parametrize(
    ("duration_ms", "init_ms", "billed_ms"), [(0, None, 1), (0.01, None, 1), (1, None, 1), (1.01, None, 2), (1.5, 1, 3)]
)
def test_billing(duration_ms: float, init_ms: float | None, billed_ms: int) -> None:
    assert report.billed_ms(duration_ms, init_ms) == billed_ms


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (0, ""),
        (1 << 8, "exit status 1"),
        (127 << 8, "exit status 127"),
        (9, "signal: killed"),
        (15, "signal: terminated"),
    ],
)
def test_ends_of_processes(status: int, reason: str) -> None:
    assert exit_reason(status) == reason


def test_every_signal_has_words() -> None:
    for number in signal.valid_signals() - {0}:
        assert exit_reason(int(number) & 0x7F).startswith("signal: ") or int(number) == 0x7F


def test_a_time_out() -> None:
    assert report.timed_out("id", 3) == (
        b'{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: id Error: Task timed out after 3.00 seconds"}'
    )
    assert report.timed_out_line(0, "id", 3) == "1970-01-01T00:00:00.000Z id Task timed out after 3.00 seconds\n\n"


@pytest.mark.parametrize(
    ("runtime", "version", "shown"),
    [
        ("nodejs20.x", (20, 1, 0), "nodejs:20.v20.1.0"),
        ("python3.14", (3, 13), "python:3.14.v3.13"),
        ("provided.al2023", (), "provided:al2023.v0"),
    ],
)
def test_init_start(runtime: str, version: tuple[int, ...], shown: str) -> None:
    """The form is that of https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html, "Identifying"."""
    assert report.init_start_line(runtime, version, "") == f"INIT_START Runtime Version: {shown}\n"
    line = report.init_start_line(runtime, version, "arn:r")
    assert line == f"INIT_START Runtime Version: {shown}\tRuntime Version ARN: arn:r\n"
