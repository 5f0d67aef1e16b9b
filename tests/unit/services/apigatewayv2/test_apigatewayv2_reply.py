"""Answers of functions as responses. Expectations: http-api-develop-integrations-lambda.html of API Gateway's
documentation, and aws/aws-lambda-dotnet, LambdaTestTool-v2, for what is not said there."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.services.apigatewayv2 import reply
from stratolite.services.apigatewayv2.reply import Malformed

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["statusCode", "headers", "multiValueHeaders", "cookies", "body", "isBase64Encoded"])


@given(st.dictionaries(NAMES, JSON) | JSON, st.sampled_from(["1.0", "2.0"]))
def test_any_answer_is_a_response_or_malformed(answer: Any, version: str) -> None:
    try:
        read = reply.read(json.dumps(answer).encode(), version)
    except Malformed:
        return
    assert 100 <= read.status <= 599
    for name, value in read.fields:
        assert name.isascii()
        assert "\n" not in value
        value.encode("latin-1")


@given(st.binary(max_size=60))
def test_whatever_is_no_json_is_the_body(payload: bytes) -> None:
    try:
        json.loads(payload)
    except ValueError:
        read = reply.read(payload, "2.0")
        assert (read.status, read.body, read.fields) == (200, payload, [("content-type", "application/json")])
        with pytest.raises(Malformed):
            reply.read(payload, "1.0")


def test_part_of_a_json_text_is_a_body() -> None:
    """The example of InvokeResponseExtensions.cs: what is returned without a status is not looked at."""
    assert reply.read(b'{"name": "John Doe", "age":', "2.0").body == b'{"name": "John Doe", "age":'


def test_fields_of_the_connection_are_the_gateways() -> None:
    answer = {"statusCode": 200, "headers": {"Connection": "close", "content-length": "9", "X": "1", "bad name": "x"}}
    assert reply.read(json.dumps(answer).encode(), "2.0").fields == [("X", "1"), ("content-type", reply.TYPE_DEFAULT)]


def test_an_empty_answer_has_no_type_of_its_own() -> None:
    read = reply.read(b'{"statusCode": "204"}', "2.0")
    assert (read.status, read.body) == (204, b"")
