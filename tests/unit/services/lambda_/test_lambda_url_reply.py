"""What answers of functions mean to function URLs.

Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-response-payload
"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stratolite.services.lambda_.urls.reply import DELIMITER, INTEGRATION_TYPE, BadReply, buffered, streamed

JSON = "application/json"
VALUES = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(some.characters(codec="utf-8")),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_json_without_a_status_is_a_body(value: Any) -> None:
    if isinstance(value, dict) and value.get("statusCode") is not None:
        return
    reply = buffered(json.dumps(value).encode(), JSON)
    assert (reply.status, reply.fields) == (200, [("Content-Type", "application/json")])
    assert reply.body.decode() == (
        value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    )


@given(some.binary())
def test_whatever_a_runtime_answers_there_is_a_reply(payload: bytes) -> None:
    try:
        assert 200 <= buffered(payload, JSON).status <= 599
    except BadReply:
        json.loads(payload)


@pytest.mark.parametrize(
    "answer",
    [
        {"statusCode": "many"},
        {"statusCode": [200]},
        {"statusCode": 199},
        {"statusCode": 600},
        {"statusCode": 200, "headers": "x: y"},
        {"statusCode": 200, "cookies": "a=b"},
        {"statusCode": 200, "body": "no base 64!", "isBase64Encoded": True},
    ],
)
def test_what_is_no_response(answer: Any) -> None:
    with pytest.raises(BadReply):
        buffered(json.dumps(answer).encode(), JSON)


def test_headers() -> None:
    headers = {"X-One": "1", "x-two": 2, "x-three": True, "WWW-Authenticate": "Basic", "content-type": "text/plain"}
    reply = buffered(json.dumps({"statusCode": 401, "headers": headers, "cookies": ["a=b", "c=d"]}).encode(), JSON)
    assert reply.fields == [
        ("X-One", "1"),
        ("x-two", "2"),
        ("x-three", "true"),
        ("x-amzn-Remapped-WWW-Authenticate", "Basic"),
        ("content-type", "text/plain"),
        ("Set-Cookie", "a=b"),
        ("Set-Cookie", "c=d"),
    ]


def test_preludes() -> None:
    prelude = b'{"statusCode": 404, "headers": {"a": "b"}}'
    reply = buffered(prelude + DELIMITER + b"body" + DELIMITER, INTEGRATION_TYPE)
    assert (reply.status, reply.body) == (404, b"body" + DELIMITER)
    assert streamed(b"{}").status == 200
    for wrong in (b"", b"[]", b"\xff"):
        with pytest.raises(BadReply):
            streamed(wrong)
