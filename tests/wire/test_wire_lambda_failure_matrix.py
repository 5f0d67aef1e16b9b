"""Each way in which a function can fail, times each way in which it can be invoked: one table.

A cell is a word of ``MEANS``, which says what the caller gets, how often the function runs, where the event ends and on
which page AWS says so. The last column is what the log of every function says that ran.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.conftest import RunningCloud
from tests.wire.lambda_failures import WAYS, Failing, Seen, World

from stratolite.core.clock import MovableClock

MATRIX = """
failure   | request | event  | dry | api | topic  | bucket | bus    | url | queue  | stream  | log
raises    | fails   | thrice | ok  | 502 | thrice | thrice | thrice | 502 | twice  | twice   | [ERROR] ValueError: no
no json   | fails   | thrice | ok  | 502 | thrice | thrice | thrice | 502 | twice  | twice   | Runtime.MarshalError
hangs     | fails   | thrice | ok  | 502 | thrice | thrice | thrice | 502 | twice  | twice   | Task timed out
exits     | fails   | thrice | ok  | 502 | thrice | thrice | thrice | 502 | twice  | twice   | exit status 3
memory    | fails   | thrice | ok  | 502 | thrice | thrice | thrice | 502 | twice  | twice   | Runtime.OutOfMemory
too large | fails   | thrice | ok  | 502 | thrice | thrice | thrice | 502 | twice  | twice   | END RequestId
init      | fails   | thrice | ok  | 502 | thrice | thrice | thrice | 502 | twice  | twice   | Status: error
handler   | fails   | thrice | ok  | 502 | thrice | thrice | thrice | 502 | twice  | twice   | Runtime.HandlerNotFound
throttled | 429     | never  | ok  | 500 | never  | never  | never  | 429 | unseen | too old |
missing   | 404     | 404    | 404 | 500 | dead   | lost   | dead   | 403 | unseen | too old |
"""

FAILURES: dict[str, tuple[Failing, str]] = {
    "raises": (Failing("def handler(event, context):\n    raise ValueError('no')\n"), "ValueError"),
    "no json": (Failing("def handler(event, context):\n    return object()\n"), "Runtime.MarshalError"),
    "hangs": (
        Failing("import time\ndef handler(event, context):\n    time.sleep(30)\n", {"Timeout": 1}),
        "Sandbox.Timedout",
    ),
    "exits": (Failing("import os\ndef handler(event, context):\n    os._exit(3)\n"), "Runtime.ExitError"),
    "memory": (
        Failing("import time\ndef handler(event, context):\n    kept = b'x' * (400 << 20)\n    time.sleep(9)\n"),
        "Runtime.OutOfMemory",
    ),
    "too large": (
        Failing("def handler(event, context):\n    return 'x' * 7_000_000\n"),
        "Function.ResponseSizeTooLarge",
    ),
    "init": (Failing("raise ValueError('no')\n"), "ValueError"),
    "handler": (Failing("other = 1\n"), "Runtime.HandlerNotFound"),
    "throttled": (Failing(reserved=0), ""),
    "missing": (Failing(is_gone=True), ""),
}
"""The code and settings of each failure, and its error type."""

DG = "https://docs.aws.amazon.com/lambda/latest/dg/"
INVOKE = "https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"
PROXY = "https://docs.aws.amazon.com/apigateway/latest/developerguide/handle-errors-in-lambda-integration.html"
RETRIED = f"{DG}invocation-async-error-handling.html"
RECORDED = f"{DG}invocation-async-retain-records.html"


@dataclass(frozen=True)
class Cell:
    """What is to be seen. ``caller``: how what the caller gets begins."""

    caller: str
    runs: int
    ends: tuple[str, ...]
    page: str


THRICE = ("letter: 200", "record: RetriesExhausted 3")
NEVER = ("letter: 429", "record: ZeroReservedConcurrency 0")
LOST = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html"
MEANS: dict[str, Cell] = {
    "request fails": Cell("200 Unhandled {error_type}", 1, (), f"{INVOKE}#API_Invoke_ResponseSyntax"),
    "request 429": Cell("429 TooManyRequestsException", 0, (), f"{INVOKE}#API_Invoke_Errors"),
    "request 404": Cell("404 ResourceNotFoundException", 0, (), f"{INVOKE}#API_Invoke_Errors"),
    "event thrice": Cell("202", 3, THRICE, RETRIED),
    "event never": Cell("202", 0, NEVER, RECORDED),
    "event 404": Cell("404 ResourceNotFoundException", 0, (), f"{INVOKE}#API_Invoke_Errors"),
    "dry ok": Cell("204", 0, (), f"{INVOKE}#API_Invoke_RequestSyntax"),
    "dry 404": Cell("404 ResourceNotFoundException", 0, (), f"{INVOKE}#API_Invoke_Errors"),
    "api 502": Cell('502 {"message":"Internal server error"}', 1, (), PROXY),
    "api 500": Cell('500 {"message":"Internal server error"}', 0, (), PROXY),
    "topic thrice": Cell("200", 3, THRICE, RETRIED),
    "topic never": Cell("200", 0, NEVER, RECORDED),
    "topic dead": Cell(
        "200", 0, ("undelivered",), "https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html"
    ),
    "bucket thrice": Cell("200", 3, THRICE, RETRIED),
    "bucket never": Cell("200", 0, NEVER, RECORDED),
    "bucket lost": Cell("200", 0, (), LOST),
    "bus thrice": Cell("200, 0 failed", 3, THRICE, RETRIED),
    "bus never": Cell("200, 0 failed", 0, NEVER, RECORDED),
    "bus dead": Cell(
        "200, 0 failed",
        0,
        ("undelivered",),
        "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html",
    ),
    # The pages have no table of errors: the bodies of 502 and 403 are those that the tests of TestLambdaURL found.
    "url 502": Cell("502 Internal Server Error", 1, (), f"{DG}urls-invocation.html"),
    "url 429": Cell("429 ", 0, (), f"{DG}urls-configuration.html#urls-throttling"),
    "url 403": Cell('403 {"Message":null}', 0, (), f"{DG}urls-auth.html"),
    "queue twice": Cell("200", 2, ("undelivered",), f"{DG}services-sqs-errorhandling.html"),
    "queue unseen": Cell("200", 0, ("undelivered",), f"{DG}services-sqs-errorhandling.html"),
    "stream twice": Cell("200", 2, ("record: RetryAttemptsExhausted 2",), f"{DG}services-dynamodb-errors.html"),
    "stream too old": Cell("200", 0, ("record: RecordAgeExceeded 1",), f"{DG}services-dynamodb-errors.html"),
}

TITLES, *ROWS = [[cell.strip() for cell in line.split("|")] for line in MATRIX.strip().splitlines()]


def test_the_table_is_whole() -> None:
    """Every failure times every way, every word with a page."""
    assert TITLES[1:-1] == list(WAYS)
    assert [row[0] for row in ROWS] == list(FAILURES)
    used = {f"{way} {word}" for row in ROWS for way, word in zip(WAYS, row[1:-1], strict=True)}
    assert used == set(MEANS)
    assert all(cell.page.startswith("https://docs.aws.amazon.com/") for cell in MEANS.values())


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_failure(tmp_path: Path, row: list[str]) -> None:
    """A row of the matrix: one function that fails, invoked in every way; all cells that differ are told together."""
    failure, *words, said = row
    failing, error_type = FAILURES[failure]
    cloud = RunningCloud(tmp_path / "data", MovableClock()).start()
    try:
        seen = World(cloud, failing).observe()
    finally:
        cloud.stop()
    problems = []
    for way, word in zip(WAYS, words, strict=True):
        cell = MEANS[f"{way} {word}"]
        problems += [
            f"{failure} x {way}: {one} ({cell.page})" for one in differences(seen[way], cell, error_type, said)
        ]
    assert not problems, "\n".join(problems)


def differences(seen: Seen, cell: Cell, error_type: str, said: str) -> list[str]:
    """What of a cell is not as it should be."""
    found = []
    caller = cell.caller.replace("{error_type}", error_type)
    if not seen.caller.startswith(caller):
        found.append(f"the caller gets {seen.caller!r} and not {caller!r}")
    if seen.runs != cell.runs:
        found.append(f"it runs {seen.runs} times and not {cell.runs}")
    if tuple(seen.ends) != cell.ends:
        found.append(f"it ends as {seen.ends} and not as {list(cell.ends)}")
    if cell.runs and said not in seen.log:
        found.append(f"the log does not say {said!r} but {seen.log!r}")
    return found
