"""The books of the Extensions API: who has registered, who rests, who is told what.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from stratolite.core.entropy import SystemEntropy
from stratolite.engine.extensions import EXTENSIONS_MAX, Extension, Extensions
from stratolite.engine.model import CodeRef, FunctionSpec
from stratolite.engine.runtime_api import Refused

SPEC = FunctionSpec("k", "f", "3", "arn", "python3.12", "app.handler", CodeRef("", Path("/x")), account="123456789012")


class Wire:
    """One connection, and what it was answered."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, Mapping[str, Any], Mapping[str, str]]] = []

    def answer(self, status: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        self.answers.append((status, body, headers))


class Books:
    """Extensions, and the news of them."""

    def __init__(self, *names: str) -> None:
        self.changes = 0
        self.failures: list[tuple[str, str]] = []
        self.api = Extensions(SPEC, SystemEntropy(), names, self._changed, self._failed)

    def _changed(self) -> None:
        self.changes += 1

    def _failed(self, extension: Extension, error_type: str) -> None:
        self.failures.append((extension.name, error_type))

    def ask(self, method: bytes, action: bytes, body: Any = None, **headers: str) -> Wire:
        wire = Wire()
        named = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
        self.api.handle(wire, method, b"/2020-01-01/extension" + action, named, json.dumps(body).encode())
        return wire

    def register(self, name: str, *events: str) -> str:
        (answer,) = self.ask(b"POST", b"/register", {"events": events}, lambda_extension_name=name).answers
        return answer[2]["Lambda-Extension-Identifier"]

    def next(self, identifier: str) -> Wire:
        return self.ask(b"GET", b"/event/next", lambda_extension_identifier=identifier)


def test_registration_is_waited_for_and_then_rest() -> None:
    books = Books("one", "two")
    found = [books.api.are_registered]
    first, second = books.register("one", "INVOKE"), books.register("two", "SHUTDOWN")
    found += [books.api.are_registered, books.api.are_ready]
    wires = [books.next(first), books.next(second)]
    assert [*found, books.api.are_ready] == [False, True, False, True]
    assert books.changes == 4
    assert not any(wire.answers for wire in wires)


def test_an_invocation_is_told_to_those_that_asked() -> None:
    books = Books("one", "two")
    first, second = books.register("one", "INVOKE"), books.register("two")
    wires = [books.next(first), books.next(second)]
    books.api.invoke("id", "arn:1", "Root=1", 5000)
    status, body, headers = wires[0].answers[0]
    assert status == 200
    assert body == {
        "eventType": "INVOKE",
        "deadlineMs": 5000,
        "requestId": "id",
        "invokedFunctionArn": "arn:1",
        "tracing": {"type": "X-Amzn-Trace-Id", "value": "Root=1"},
    }
    assert len(headers["Lambda-Extension-Event-Identifier"]) == 36
    assert not wires[1].answers
    found = [books.api.are_done]
    books.next(first)
    assert [*found, books.api.are_done] == [False, True]


@pytest.mark.parametrize("is_late", [False, True])
def test_the_end_is_told_also_to_who_asks_late(is_late: bool) -> None:
    books = Books("one")
    identifier = books.register("one", "SHUTDOWN")
    wire = None if is_late else books.next(identifier)
    books.api.shut_down("SPINDOWN", 7000)
    wire = books.next(identifier) if wire is None else wire
    assert wire.answers[0][1] == {"eventType": "SHUTDOWN", "deadlineMs": 7000, "shutdownReason": "SPINDOWN"}
    assert books.api.is_shutting_down


def test_how_long_the_end_may_take() -> None:
    assert Books().api.shutdown_s == 0
    assert Books("external").api.shutdown_s == 2
    books = Books()
    books.register("internal", "INVOKE")
    assert books.api.shutdown_s == 0.5


def test_failures_are_told() -> None:
    books = Books("one", "two")
    for name, action in (("one", b"/init/error"), ("two", b"/exit/error")):
        headers = {"lambda_extension_identifier": books.register(name), "lambda_extension_function_error_type": "X.Y"}
        assert books.ask(b"POST", action, {}, **headers).answers == [(202, {"status": "OK"}, {})]
    assert books.failures == [("one", "Extension.InitError"), ("two", "Extension.ExitError")]
    with pytest.raises(Refused) as refused:
        books.next(books.api.all[0].identifier)
    assert refused.value.error_type == "Extension.InvalidExtensionState"


def test_internal_extensions_are_limited_in_time_and_number() -> None:
    books = Books()
    for number in range(EXTENSIONS_MAX):
        books.register(f"extension{number}", "INVOKE")
    with pytest.raises(Refused, match="Extension limit \\(10\\) reached"):
        books.register("one-more")
    with pytest.raises(Refused, match="already registered"):
        books.register("extension1")
    books.api.is_registration_open = False
    with pytest.raises(Refused, match="registration closed already"):
        books.register("late")
