"""The platform's own lines as JSON: shapes, levels, what is left out.

Source: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html and the system log level event
mapping of https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stratolite.core.clock import MovableClock
from stratolite.engine.model import CodeRef, FunctionSpec
from stratolite.engine.platform_log import PlatformLog, platform_log
from stratolite.engine.report import Trouble

SPEC = FunctionSpec(
    "k",
    "f",
    "7",
    "arn",
    "python3.12",
    "app.handler",
    CodeRef("", Path()),
    runtime_arn="arn:r",
    log_format="JSON",
    system_log_level="DEBUG",
)


def log(level: str = "DEBUG") -> PlatformLog:
    return platform_log(replace(SPEC, system_log_level=level), MovableClock(1_700_000_000_123))


def events(lines: list[str]) -> list[Any]:
    assert all(line.endswith("}\n") for line in lines)
    return [json.loads(line) for line in lines]


def test_an_invocation() -> None:
    assert events(log().started("id")) == [
        {"time": "2023-11-14T22:13:20.123Z", "type": "platform.start", "record": {"requestId": "id", "version": "7"}}
    ]
    done, report = events(log().ended("id", 1.23456, 40, 100.0, None))
    assert (done["type"], done["record"]["status"]) == ("platform.runtimeDone", "success")
    assert report["type"] == "platform.report"
    assert report["record"] == {
        "requestId": "id",
        "status": "success",
        "metrics": {
            "durationMs": 1.235,
            "billedDurationMs": 102,
            "memorySizeMB": 128,
            "maxMemoryUsedMB": 40,
            "initDurationMs": 100.0,
        },
    }


def test_an_init_phase() -> None:
    started = events(log().init_started((3, 13)))[0]
    assert started["record"] == {
        "initializationType": "on-demand",
        "phase": "init",
        "runtimeVersion": "python:3.12.v3.13",
        "runtimeVersionArn": "arn:r",
        "functionName": "f",
        "functionVersion": "7",
    }
    _, ended = events(log().init_ended(12.0, "init", "error", "Runtime.ExitError"))
    assert (ended["type"], ended["record"]["errorType"]) == ("platform.initReport", "Runtime.ExitError")


@pytest.mark.parametrize(
    ("level", "well", "ill"),
    [
        ("DEBUG", ["initStart", "start", "runtimeDone", "report"], ["runtimeDone", "report"]),
        ("INFO", ["initStart", "start", "report"], ["runtimeDone", "report"]),
        ("WARN", [], ["runtimeDone", "report"]),
    ],
)
def test_levels(level: str, well: list[str], ill: list[str]) -> None:
    written = log(level)
    lines = [*written.init_started(()), *written.started("id"), *written.ended("id", 1, 1, None, None)]
    assert [event["type"] for event in events(lines)] == [f"platform.{kind}" for kind in well]
    lines = written.ended("id", 1, 1, None, Trouble("timeout"))
    assert [event["type"] for event in events(lines)] == [f"platform.{kind}" for kind in ill]
    assert written.cut_short("id", ["Task timed out"]) == []
