"""What makers of custom resources are sent, and how their answers are read."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.services.cloudformation.correspondence import ANSWER_BYTES_MAX, as_texts, read_answer

ID = "6c0d9a1a-0000-0000-0000-000000000000"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


def test_scalars_are_sent_as_texts() -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html: all properties are strings."""
    assert as_texts({"a": [True, False, 1, 1.5, "x"], "b": {"c": 0}}) == {
        "a": ["true", "false", "1", "1.5", "x"],
        "b": {"c": "0"},
    }


def answer(**members: Any) -> str:
    return json.dumps({"Status": "SUCCESS", "PhysicalResourceId": "x", **members})


def test_an_answer() -> None:
    read = read_answer(answer(Data={"a": 1}, NoEcho=True), ID)
    assert read == {"physical_id": "x", "data": {"a": 1}, "is_secret": True}


@pytest.mark.parametrize(("said", "is_secret"), [(True, True), ("true", True), (False, False), ("no", False)])
def test_no_echo(said: Any, is_secret: bool) -> None:
    assert read_answer(answer(NoEcho=said), ID)["is_secret"] is is_secret


def test_a_failure_has_an_id_all_the_same() -> None:
    read = read_answer(answer(Status="FAILED", Reason="why"), ID)
    assert read["physical_id"] == "x"
    assert read["problem"] == (
        f"Received response status [FAILED] from custom resource. Message returned: why (RequestId: {ID})"
    )


def test_the_longest_answer() -> None:
    """4,096 bytes and no more: https://github.com/awsdocs/aws-cloudformation-user-guide/pull/262"""
    room = ANSWER_BYTES_MAX - len(answer(Reason=""))
    assert "problem" not in read_answer(answer(Reason="y" * room), ID)
    assert read_answer(answer(Reason="y" * (room + 1)), ID) == {"problem": "Response object is too long."}


@given(JSON)
def test_whatever_is_put_is_an_answer_or_a_problem(value: Any) -> None:
    read = read_answer(json.dumps(value), ID)
    assert "problem" in read or read["physical_id"]


@given(st.text(min_size=1))
def test_whatever_text_is_put_is_read(text: str) -> None:
    read = read_answer(text, ID)
    assert "problem" in read or read["physical_id"]
