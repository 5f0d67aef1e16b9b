"""Selection expressions of WebSocket APIs, and what functions answer.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html
"""

import pytest

from stratolite.services.apigatewayv2.websocket import selection
from stratolite.services.apigatewayv2.websocket.integration import Answer, read
from stratolite.services.apigatewayv2.websocket.refusal import Refusal


@pytest.mark.parametrize(
    ("expression", "message", "key"),
    [
        ("$request.body.action", '{"action": "a"}', "a"),
        ("${request.body.action}", '{"action": "a"}', "a"),
        ("$request.body.a.b", '{"a": {"b": "c"}}', "c"),
        ("$request.body.a[1].b", '{"a": [{}, {"b": "c"}]}', "c"),
        ("${request.body.version}-beta", '{"version": 2}', "2-beta"),
        ("${request.body.a}/${request.body.b}", '{"a": "x", "b": true}', "x/true"),
        ("$request.body", '"text"', "text"),
        (r"\$default", "{}", "$default"),
        ("fixed", "{}", "fixed"),
        ("$request.body.action", '{"action": {"not": "text"}}', None),
        ("$request.body.action", '{"action": null}', None),
        ("$request.body.action", "{}", None),
        ("$request.body.action", "[1]", None),
        ("${request.body.a}/${request.body.b}", '{"a": "x"}', None),
        ("$request.body.a[7]", '{"a": []}', None),
    ],
)
def test_an_expression_gives_a_key(expression: str, message: str, key: str | None) -> None:
    assert selection.compiled(expression)(selection.read(message)) == key


@pytest.mark.parametrize(
    "expression", ["$request.header.a", "${context.stage}", "$request.method $request.path", "${}"]
)
def test_what_selects_nothing(expression: str) -> None:
    with pytest.raises(selection.Unselectable):
        selection.compiled(expression)


@pytest.mark.parametrize("message", ["", "no json", '{"a":', "[" * 100_000])
def test_what_is_no_json_is_none(message: str) -> None:
    assert selection.read(message) is None


@pytest.mark.parametrize(
    ("payload", "answer"),
    [
        (b'{"statusCode": 200}', Answer(200, {}, "")),
        (b'{"statusCode": "403", "body": "x"}', Answer(403, {}, "x")),
        (b'{"statusCode": 200, "body": null, "headers": null}', Answer(200, {}, "")),
        (b'{"statusCode": 200, "headers": {"A": "b"}}', Answer(200, {"A": "b"}, "")),
        (b'{"statusCode": 200, "body": "w6k=", "isBase64Encoded": true}', Answer(200, {}, "é")),
    ],
)
def test_what_a_function_answers_is_read(payload: bytes, answer: Answer) -> None:
    assert read(payload) == answer


@pytest.mark.parametrize(
    "payload",
    [
        b"null",
        b"{}",
        b'"text"',
        b"no json",
        b"\xff",
        b'{"statusCode": true}',
        b'{"statusCode": "x"}',
        b'{"statusCode": 200, "body": {}}',
        b'{"statusCode": 200, "headers": []}',
        b'{"statusCode": 200, "body": "!", "isBase64Encoded": true}',
    ],
)
def test_what_is_no_answer_is_a_failure(payload: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        read(payload)
    assert (refused.value.status, refused.value.metric) == (502, "IntegrationError")
