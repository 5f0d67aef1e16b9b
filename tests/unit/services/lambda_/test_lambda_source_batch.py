"""What a function's answer names as failed.

Expectations: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html (Success and failure
conditions); recorded: the ``batch_item_success_scenarios`` and ``batch_item_failure_scenarios`` of streams.
"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.services.lambda_.sources.batch import failed_identifiers

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
NAMES = st.lists(st.text(min_size=1, max_size=36), max_size=10)


def named(answer: Any) -> list[str] | None:
    return failed_identifiers(json.dumps(answer).encode())


@pytest.mark.parametrize("answer", [None, "", [], {}, {"batchItemFailures": []}, {"batchItemFailures": None}])
def test_answers_without_failures(answer: Any) -> None:
    assert named(answer) == []


@pytest.mark.parametrize(
    "failures",
    [
        [{"foo": "x"}],
        [{"foo": None}],
        [{"itemIdentifier": None}],
        [{"itemIdentifier": ""}],
        [{"itemIdentifier": 1}],
        [None],
        ["id"],
        [{}],
        "id",
        {"itemIdentifier": "id"},
        [{"itemIdentifier": "id"}, {}],
    ],
)
def test_malformed_failures(failures: Any) -> None:
    assert named({"batchItemFailures": failures}) is None


@pytest.mark.parametrize("payload", [b"", b"{", b"not json", b'{"batchItemFailures": [}'])
def test_answers_that_are_no_json(payload: bytes) -> None:
    assert failed_identifiers(payload) is None


@given(NAMES, st.dictionaries(st.sampled_from(["other", "state"]), JSON))
def test_names_come_in_their_order(names: list[str], more: dict[str, Any]) -> None:
    failures = [{"itemIdentifier": name, **more} for name in names]
    assert named({"batchItemFailures": failures, **more}) == names


@given(JSON)
def test_no_answer_is_too_odd(answer: Any) -> None:
    for shown in (answer, {"batchItemFailures": answer}, {"batchItemFailures": [answer]}):
        found = named(shown)
        assert found is None or all(isinstance(name, str) and name for name in found)
