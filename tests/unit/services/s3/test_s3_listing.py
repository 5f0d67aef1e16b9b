"""Listings beside a plain model: sorted keys, rolled up one by one. And how keys are written."""

from dataclasses import dataclass
from urllib.parse import unquote_plus

from hypothesis import given
from hypothesis import strategies as st

from stratolite.core.errors import AwsError
from stratolite.services.s3.listing import (
    RANK_MAX,
    RANK_MIN,
    Page,
    Position,
    encoder,
    of_token,
    page,
    successor,
    to_token,
)

# Few characters, so that keys share prefixes; those that UTF-8 orders otherwise than UTF-16 are among them.
KEY = st.text(alphabet="a/b.\uffff\U00010000", min_size=1, max_size=8)
PREFIX = st.text(alphabet="a/b.\uffff", max_size=3)
DELIMITER = st.sampled_from(["", "/", "a", "a/", "\uffff"])


@dataclass(frozen=True)
class Entry:
    key: str
    rank: int


def seek(entries: list[Entry], after: Position, limit: int) -> list[Entry]:
    """What a store does, over a sorted list."""
    return [one for one in entries if (one.key.encode(), one.rank) > after][:limit]


def ordered(entries: list[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: (entry.key.encode(), entry.rank))


def model(entries: list[Entry], prefix: str, delimiter: str, after: str) -> list[Entry | str]:
    """Everything that a listing shows, in order: an entry, or a common prefix once."""
    shown: list[Entry | str] = []
    for entry in entries:
        if not entry.key.startswith(prefix):
            continue
        end = entry.key.find(delimiter, len(prefix)) if delimiter else -1
        common = entry.key[: end + len(delimiter)] if end >= 0 else ""
        if common:
            # A marker within a common prefix leaves all of it behind.
            if common.encode() > after.encode() and not after.startswith(common) and common not in shown:
                shown.append(common)
        elif entry.key.encode() > after.encode():
            shown.append(entry)
    return shown


def shown(found: Page[Entry]) -> list[Entry | str]:
    """A page in the order of its keys."""
    both: list[Entry | str] = [*found.entries, *found.prefixes]
    return sorted(both, key=lambda one: (one.encode(), 0) if isinstance(one, str) else (one.key.encode(), one.rank))


@given(st.sets(KEY, max_size=30), PREFIX, DELIMITER, st.one_of(st.just(""), KEY))
def test_one_page_shows_what_the_model_shows(keys: set[str], prefix: str, delimiter: str, after: str) -> None:
    entries = ordered([Entry(key, 0) for key in keys])
    found = page(
        lambda position, limit: seek(entries, position, limit),
        prefix=prefix,
        delimiter=delimiter,
        after=after,
        limit=1000,
    )
    assert shown(found) == model(entries, prefix, delimiter, after)
    assert not found.is_truncated


@given(st.sets(KEY, max_size=30), PREFIX, DELIMITER, st.integers(1, 5))
def test_pages_follow_each_other_without_gaps(keys: set[str], prefix: str, delimiter: str, limit: int) -> None:
    entries = ordered([Entry(key, 0) for key in keys])
    wanted = model(entries, prefix, delimiter, "")
    after, seen, pages = "", [], 0
    while True:
        found = page(
            lambda position, count: seek(entries, position, count),
            prefix=prefix,
            delimiter=delimiter,
            after=after,
            limit=limit,
        )
        assert found.count == len(shown(found)) <= limit
        seen += shown(found)
        pages += 1
        if not found.is_truncated:
            break
        assert found.count == limit
        after = of_token(to_token(found.last_key))
    assert seen == wanted
    assert pages == max(1, -(-len(wanted) // limit))


@given(st.sets(st.tuples(KEY, st.integers(-3, 3)), max_size=30), DELIMITER, st.integers(1, 4))
def test_pages_of_several_of_one_key(pairs: set[tuple[str, int]], delimiter: str, limit: int) -> None:
    entries = ordered([Entry(*pair) for pair in pairs])
    after, rank, seen = "", RANK_MAX, []
    while True:
        found = page(
            lambda position, count: seek(entries, position, count),
            prefix="",
            delimiter=delimiter,
            after=after,
            after_rank=rank,
            limit=limit,
        )
        seen += shown(found)
        if not found.is_truncated:
            break
        last = found.last
        after, rank = (last, RANK_MAX) if isinstance(last, str) else (last.key, last.rank)
    assert seen == model(entries, "", delimiter, "")


def test_no_entries_are_asked_for() -> None:
    found = page(lambda position, limit: [Entry("a", 0)], prefix="", delimiter="", limit=0)
    assert (found.count, found.is_truncated) == (0, False)


def test_a_listing_costs_a_query_for_each_prefix_and_not_for_each_key() -> None:
    entries = ordered([Entry(f"{letter}/{number:04}", 0) for letter in "abc" for number in range(500)])
    asked: list[Position] = []

    def counted(position: Position, limit: int) -> list[Entry]:
        asked.append(position)
        return seek(entries, position, limit)

    found = page(counted, prefix="", delimiter="/", limit=1000)
    assert found.prefixes == ["a/", "b/", "c/"]
    assert asked == [(b"", RANK_MIN), (b"a0", RANK_MIN), (b"b0", RANK_MIN), (b"c0", RANK_MIN)]


@given(st.binary(max_size=6), st.binary(max_size=6))
def test_the_successor_is_the_first_beyond_a_prefix(prefix: bytes, more: bytes) -> None:
    after = successor(prefix)
    if after is None:
        assert not prefix.strip(b"\xff")
    else:
        assert prefix + more < after and not after.startswith(prefix)


@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=1))
def test_keys_are_written_as_forms_write_them(key: str) -> None:
    written = encoder(True)(key)
    assert written.isascii() and unquote_plus(written) == key
    assert encoder(False)(key) == key


@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=1))
def test_tokens_say_where_to_go_on(key: str) -> None:
    assert of_token(to_token(key)) == key


@given(st.text(max_size=20))
def test_other_tokens_are_refused(text: str) -> None:
    try:
        of_token(text)
    except AwsError as error:
        assert error.code == "InvalidArgument" and "continuation token" in error.message
