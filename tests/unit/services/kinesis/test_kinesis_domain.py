"""Hash keys among shards, sequence numbers, iterators, and how fast a shard is. Sources: the modules' pages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.services.kinesis import api, iterators
from stratolite.services.kinesis.domain import HASH_KEYS, NUMBER_MAX, PROVISIONED, Stream, hash_key, starts
from stratolite.services.kinesis.iterators import Iterator
from stratolite.services.kinesis.pace import WRITE_BYTES_S, WRITE_RECORDS_S, Pace, Share

NOW = 1_700_000_000_000


def stream(number: int) -> Stream:
    return Stream(number, "1", "r", "s", NOW, PROVISIONED, 24, 1024)


def test_the_hash_key_is_the_md5() -> None:
    assert hash_key("a") == 0x0CC175B9C0F1B6A831C399E269772661


@given(st.integers(1, 1000))
def test_shards_share_all_hash_keys(count: int) -> None:
    found = starts(count)
    sizes = {after - before for before, after in zip(found, [*found[1:], HASH_KEYS], strict=True)}
    assert found[0] == 0 and len(found) == count
    assert max(sizes) - min(sizes) < count


@given(st.integers(1, 10**6), st.integers(0, NUMBER_MAX), st.integers(1, 10**6))
def test_sequence_numbers_grow_over_the_streams_of_a_name(number: int, record: int, more: int) -> None:
    one, later = stream(number), stream(number + more)
    text = one.sequence_number(record)
    assert len(text) == 56 and one.number_of(text) == record
    assert later.sequence_number(0) > text and later.number_of(text) is None


def test_numbers_of_others_are_none_of_a_streams() -> None:
    assert stream(1).number_of("0") is None
    assert stream(1).number_of("9" * 129) is None


@given(st.text(min_size=1, max_size=128, alphabet=st.sampled_from("aZ0_.-")), st.integers(0, NUMBER_MAX))
def test_iterators_are_read(name: str, at: int) -> None:
    one = Iterator(2**27, name, 999_999, at, NOW)
    assert len(str(one)) <= 512
    assert iterators.read(str(one), NOW + 300_000) == one
    with pytest.raises(api.ExpiredIteratorException):
        iterators.read(str(one), NOW + 300_001)


@pytest.mark.parametrize("text", ["", "AAAA", "W10=", "bnVsbA==", "WzEsMiwzLDQsNV0=", "é", "WzEsInMiLDAsIjEiLDBd"])
def test_what_is_no_iterator(text: str) -> None:
    with pytest.raises(api.InvalidArgumentException):
        iterators.read(text, NOW)


def test_tokens() -> None:
    text = iterators.token(NOW, 1, None, "x")
    assert iterators.read_token(text, NOW, 3) == [1, None, "x"]
    with pytest.raises(api.InvalidArgumentException):
        iterators.read_token(text, NOW, 2)
    with pytest.raises(api.ExpiredNextTokenException):
        iterators.read_token(text, NOW + 300_001, 3)


def test_a_share_fills_up_and_is_overdrawn_once() -> None:
    share = Share(100, NOW)
    assert share.has(300, NOW)
    share.use(300)
    assert not share.has(1, NOW + 1999)
    assert share.has(1, NOW + 2010)
    assert not share.has(101, NOW + 2010), "more than a second's share needs all of it"
    assert share.has(101, NOW + 10_000) and share.has(100, NOW + 10_000)


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(1, 300_000)), max_size=200))
def test_no_second_takes_more_than_two_seconds_share(puts: list[tuple[int, int]]) -> None:
    pace, now_ms, taken = Pace(), NOW, list[tuple[int, int]]()
    for wait_ms, size in puts:
        now_ms += wait_ms
        if pace.takes(1, size, now_ms):
            taken.append((now_ms, size))
    for since_ms, _ in taken:
        second = [size for at_ms, size in taken if since_ms <= at_ms < since_ms + 1000]
        assert sum(second) <= 2 * WRITE_BYTES_S and len(second) <= 2 * WRITE_RECORDS_S
