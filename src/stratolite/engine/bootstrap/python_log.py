"""Standard output, standard error and the root logger of a function, as AWS's runtime for Python arranges them.

Source: https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
"""

from __future__ import annotations

import io
import json
import logging
import os
import sys
import time
import traceback
from typing import Any

# Log lines that belong together are joined on their way, and become one event with its line ends again.
JOIN = "\x1d"
NO_BREAK_SPACE = "\u00a0"


class Log:
    """Standard output as AWS's runtime arranges it, and the root logger's handler."""

    request_id = ""

    def open(self) -> None:
        sys.stdin = open(os.devnull)  # noqa: SIM115, PTH123 - lives as long as the process
        sys.stdout = io.TextIOWrapper(
            io.BufferedWriter(io.FileIO(1, "w", closefd=False)), "utf-8", "backslashreplace", line_buffering=True
        )
        sys.stderr = io.TextIOWrapper(
            io.BufferedWriter(io.FileIO(2, "w", closefd=False)), "utf-8", "backslashreplace", line_buffering=True
        )
        sys.__stdout__, sys.__stderr__, sys.__stdin__ = sys.stdout, sys.stderr, sys.stdin  # type: ignore[misc]
        handler = RootHandler(self)
        handler.setFormatter(JsonFormatter() if is_json_log() else text_formatter())
        root = logging.getLogger()
        root.addHandler(handler)
        level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
        level = {"TRACE": "DEBUG", "FATAL": "CRITICAL", "WARN": "WARNING"}.get(level, level)
        if level:
            root.setLevel(level)

    def write(self, text: str) -> None:
        sys.stdout.write(text)

    def flush(self) -> None:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError, AttributeError):
                continue  # The function closed or replaced the stream; there is nothing of ours left in it.

    def error(self, error: dict[str, Any]) -> None:
        if is_json_log():
            now = time.time()
            stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + "Z"
            line = json.dumps({"timestamp": stamp, "level": "ERROR", **error}, ensure_ascii=sys.version_info < (3, 12))
            self.write(line + "\n")
            return
        head = f"[ERROR] {error['errorType']}" if error["errorType"] else "[ERROR]"
        if error["errorMessage"]:
            head += f"{':' if error['errorType'] else ''} {error['errorMessage']}"
        lines = [*head.splitlines(), "Traceback (most recent call last):"]
        for element in error["stackTrace"]:
            lines += [no_break_indentation(line) for line in element.splitlines()]
        self.write(JOIN.join(lines) + "\n")


class RootHandler(logging.Handler):
    """Writes records of the root logger in AWS's format, one event each."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self.log_sink = log

    def emit(self, record: logging.LogRecord) -> None:
        record.aws_request_id = self.log_sink.request_id
        self.log_sink.write(self.format(record).replace("\r\n", "\n").replace("\n", JOIN) + "\n")


class JsonFormatter(logging.Formatter):
    """AWS's JSON log format for Python."""

    reserved = frozenset({*vars(logging.makeLogRecord({})), "aws_request_id", "message", "asctime", "taskName"})

    def format(self, record: logging.LogRecord) -> str:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        result: dict[str, Any] = {
            "timestamp": f"{stamp}.{int(record.msecs):03d}Z",
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
        }
        if record.exc_info and record.exc_info[0]:
            result["stackTrace"] = traceback.format_tb(record.exc_info[2])
            result["errorType"] = record.exc_info[0].__name__
            result["errorMessage"] = str(record.exc_info[1])
        result["requestId"] = getattr(record, "aws_request_id", "")
        if record.exc_info:
            result["location"] = f"{record.pathname}:{record.funcName}:{record.lineno}"
        extra = {name: value for name, value in vars(record).items() if name not in self.reserved}
        return json.dumps({**extra, **result}, ensure_ascii=False, default=str)


def text_formatter() -> logging.Formatter:
    logging.Formatter.converter = time.gmtime
    text = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"
    return logging.Formatter(text, "%Y-%m-%dT%H:%M:%S")


def is_json_log() -> bool:
    return os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"


def no_break_indentation(line: str) -> str:
    """The line with its leading spaces kept from being trimmed."""
    text = line.lstrip(" ")
    return NO_BREAK_SPACE * (len(line) - len(text)) + text
