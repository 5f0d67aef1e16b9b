"""Ports of emulators that plugins start: where the code of an application may look for them."""

import pytest
from tests.conftest import texts
from tests.unit.templates.conftest import Compile

from stratolite.services import SERVICES
from stratolite.templates.serverless.local import LocalListener
from stratolite.templates.serverless.plugins.listeners import EMULATORS

FUNCTIONS = "functions: {f: {handler: h.handler}}\n"


@pytest.mark.parametrize(
    ("plugin", "service", "port"),
    [
        ("serverless-dynamodb-local", "dynamodb", 8000),
        ("serverless-dynamodb", "dynamodb", 8000),
        ("serverless-s3-local", "s3", 4569),
        ("serverless-offline-s3", "s3", 9000),
        ("serverless-offline-sns", "sns", 4002),
        ("serverless-offline-sqs", "sqs", 9324),
        ("serverless-offline-lambda", "lambda", 4000),
        ("serverless-offline", "lambda", 3002),
    ],
)
def test_plugins_have_ports_of_their_own(compile_text: Compile, plugin: str, service: str, port: int) -> None:
    compiled = compile_text(f"plugins: [{plugin}]\n{FUNCTIONS}")
    assert compiled.local.listeners == (LocalListener(port, service, plugin),)


@pytest.mark.parametrize(
    ("plugin", "custom", "port"),
    [
        ("serverless-dynamodb-local", "dynamodb: {start: {port: 8010, inMemory: true}}", 8010),
        ("serverless-s3-local", "s3: {port: '4570', host: localhost}", 4570),
        ("serverless-offline-sns", "serverless-offline-sns: {localPort: 4003}", 4003),
        ("serverless-offline-sns", "serverless-offline-sns: {port: 4004, localPort: 4003}", 4004),
        ("serverless-offline-sqs", "serverless-offline-sqs: {endpoint: 'http://localhost:9325'}", 9325),
        ("serverless-offline", "serverless-offline: {httpPort: 4000, lambdaPort: 4002}", 4002),
    ],
)
def test_a_file_sets_another_port(compile_text: Compile, plugin: str, custom: str, port: int) -> None:
    compiled = compile_text(f"plugins: [{plugin}]\ncustom: {{{custom}}}\n{FUNCTIONS}")
    assert [one.port for one in compiled.local.listeners] == [port]
    assert not compiled.local_warnings


@pytest.mark.parametrize("value", ["'x'", "70000", "http://localhost", "'http://localhost:x'", "[1]"])
def test_what_is_no_port_is_told_and_the_usual_one_taken(compile_text: Compile, value: str) -> None:
    compiled = compile_text(
        f"plugins: [serverless-dynamodb-local]\ncustom: {{dynamodb: {{start: {{port: {value}}}}}}}\n{FUNCTIONS}"
    )
    assert [one.port for one in compiled.local.listeners] == [8000]
    [warning] = [text for text in texts(compiled.local_warnings) if "custom.dynamodb.start.port has no effect" in text]
    assert "serverless.yml:6:" in warning


def test_a_port_that_two_plugins_name_is_one(compile_text: Compile) -> None:
    compiled = compile_text(
        f"plugins: [serverless-s3-local, serverless-offline-sns]\ncustom: {{s3: {{port: 4002}}}}\n{FUNCTIONS}"
    )
    assert compiled.local.listeners == (LocalListener(4002, "s3", "serverless-s3-local"),)


def test_websockets_have_a_port_where_there_are_some(compile_text: Compile) -> None:
    functions = "functions: {f: {handler: h.handler, events: [{websocket: $default}]}}\n"
    plugin = "serverless-offline"
    lambdas = LocalListener(3002, "lambda", plugin)
    compiled = compile_text(f"plugins: [{plugin}]\n{functions}")
    assert compiled.local.listeners == (lambdas, LocalListener(3001, "websocket", plugin))
    assert compiled.local.serving.has_websocket_root
    custom = "custom: {serverless-offline: {websocketPort: 3101}}"
    compiled = compile_text(f"plugins: [{plugin}]\n{custom}\n{functions}")
    assert compiled.local.listeners == (lambdas, LocalListener(3101, "websocket", plugin))
    assert not compiled.local_warnings


def test_a_file_without_such_plugins_has_none(compile_text: Compile) -> None:
    assert compile_text(FUNCTIONS).local.listeners == ()


def test_every_emulator_is_of_a_service_that_is_here() -> None:
    assert {one.service for one in EMULATORS.values()} <= {service.model for service in SERVICES}
