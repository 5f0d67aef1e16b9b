"""Shard iterators: what they carry comes back, and nothing else is one."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.core.errors import ValidationException
from stratolite.services.dynamodbstreams import iterators
from stratolite.services.dynamodbstreams.iterators import ITERATOR_MS, Iterator

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2026-01-02T03:04:05.678"
ITERATOR_CHARS_MAX = 2048
"""By the model of the service."""


@given(shard=st.text(max_size=65), at=st.integers(0, 10**40), created_ms=st.integers(0, 10**14))
def test_an_iterator_comes_back(shard: str, at: int, created_ms: int) -> None:
    iterator = Iterator(ARN, shard, at, created_ms)
    assert iterators.read(str(iterator)) == iterator


def test_the_longest_iterator_fits() -> None:
    arn = f"arn:aws-us-gov:dynamodb:us-gov-west-1:000000000000:table/{'t' * 255}/stream/2026-01-02T03:04:05.678"
    assert len(str(Iterator(arn, "s" * 65, 10**40, 10**14))) <= ITERATOR_CHARS_MAX


@given(st.text() | st.text().map(lambda text: f"{ARN}|1|{text}"))
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValidationException, match="Invalid ShardIterator"):
        iterators.read(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=4), max_leaves=5
)


@given(JSON)
def test_other_contents_are_refused(content: object) -> None:
    text = f"{ARN}|1|{base64.b64encode(json.dumps(content).encode()).decode()}"
    with pytest.raises(ValidationException, match="Invalid ShardIterator"):
        iterators.read(text)


def test_an_iterator_is_good_for_a_quarter_of_an_hour() -> None:
    iterator = Iterator(ARN, "s", 1, 1000)
    assert not iterator.is_expired(1000 + ITERATOR_MS)
    assert iterator.is_expired(1001 + ITERATOR_MS)
