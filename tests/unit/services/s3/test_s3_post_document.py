"""Documents of forms' policies that are none, and what AWS says of each."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.services.s3 import post_document
from stratolite.services.s3.post_document import Condition, InvalidPolicyDocument

FAR = "2999-01-01T00:00:00Z"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["eq", "starts-with", "$key", FAR, ""]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["conditions", "key"]), inner),
    max_leaves=8,
)


def encoded(document: Any) -> str:
    return base64.b64encode(json.dumps(document).encode()).decode()


def refusal(text: str) -> str:
    with pytest.raises(InvalidPolicyDocument) as raised:
        post_document.read(text)
    return raised.value.message.removeprefix("Invalid Policy: ")


def test_what_a_document_says() -> None:
    conditions = [{"Key": "a"}, ["Starts-With", "$acl", ""], ["content-length-range", 1, "2"]]
    found = post_document.read(encoded({"expiration": "1970-01-02T00:00:00Z", "conditions": conditions}))
    assert found.ends_s == 86_400
    assert found.conditions == [
        Condition("eq", "$Key", "a", '["eq", "$Key", "a"]'),
        Condition("starts-with", "$acl", "", '["Starts-With", "$acl", ""]'),
        Condition("content-length-range", 1, "2", '["content-length-range", 1, "2"]'),
    ]


def test_a_list_is_shown_as_it_stands_in_the_document() -> None:
    raw = b'{"expiration": "2999-01-01T00:00:00Z", "conditions": [["eq","$key",  "a"], {"key":"a"}]}'
    found = post_document.read(base64.b64encode(raw).decode())
    assert [each.text for each in found.conditions] == ['["eq","$key",  "a"]', '["eq", "$key", "a"]']


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Expecting '{' but found End-of-Input"),
        ("no base 64", "invalid Base64 encoding."),
        (base64.b64encode(b"{").decode(), "Invalid JSON."),
        (base64.b64encode(b"[" * 100_000).decode(), "Invalid JSON."),
        (base64.b64encode(b'{"expiration": "\xff"}').decode(), "Invalid JSON."),
        (encoded([]), "Invalid JSON."),
        (encoded({}), "Policy missing expiration."),
        (encoded({"expiration": FAR, "conditions": [], "Version": "1"}), "Unexpected: 'version'"),
        (encoded({"expiration": FAR, "CONDITIONS": []}), "Unexpected: 'conditions'"),
        (encoded({"expiration": 7, "conditions": []}), "Invalid JSON."),
        (encoded({"expiration": "soon", "conditions": []}), "Invalid 'expiration' value: 'soon'"),
        (encoded({"expiration": FAR}), "Policy missing conditions."),
        (encoded({"expiration": FAR, "conditions": {}}), "Invalid 'conditions' value: must be a List."),
    ],
)
def test_documents_that_are_none(text: str, said: str) -> None:
    assert refusal(text) == said


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("eq", "Invalid condition test: must be a List or Object."),
        ([], "Invalid Condition: missing operation identifier."),
        ([7, "$key", "a"], "Invalid JSON."),
        (["Like", "$key", "a"], "Invalid Condition: unknown operation 'like'."),
        (["eq", "$key"], "Invalid eq: wrong number of arguments."),
        (["content-length-range", 1, 2, 3], "Invalid content-length-range: wrong number of arguments."),
        (["starts-with", "$key", 7], "Invalid JSON."),
        (["content-length-range", True, 7], "Invalid JSON."),
        ({}, "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."),
        ({"key": 7}, "Invalid Simple-Condition: value must be a string."),
    ],
)
def test_conditions_that_are_none(condition: Any, said: str) -> None:
    assert refusal(encoded({"expiration": FAR, "conditions": [condition]})) == said


@given(JSON)
def test_any_document_is_read_or_refused(said: Any) -> None:
    for document in (said, {"expiration": FAR, "conditions": said}, {"expiration": FAR, "conditions": [said]}):
        try:
            post_document.read(encoded(document))
        except InvalidPolicyDocument as error:
            assert error.message.startswith("Invalid Policy: ")
