"""The lineage of trace headers: what it counts, and when a function is stopped."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stratolite.core.trace import HEADER_BYTES_MAX, LINEAGE_MAX, lineage, with_lineage
from stratolite.services.lambda_ import api
from stratolite.services.lambda_.domain import FunctionName
from stratolite.services.lambda_.recursion import ALLOW, RUNS_MAX, TERMINATE, entered, joined, mark_of

BARE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
MARKS = some.text("0123456789abcdef", min_size=8, max_size=8)
COUNTS = some.dictionaries(MARKS, some.integers(0, 99_999), max_size=LINEAGE_MAX)
A, B = "a" * 8, "b" * 8


@given(COUNTS)
def test_a_lineage_is_read_as_it_was_written(counts: dict[str, int]) -> None:
    header = with_lineage(BARE, counts)
    assert lineage(header) == counts
    assert list(lineage(header)) == list(counts)
    assert len(header) <= HEADER_BYTES_MAX
    # boto3 quotes the bar: botocore.handlers.add_recursion_detection_header.
    assert lineage(header.replace("|", "%7C")) == counts
    assert with_lineage(header, {}) == BARE


def test_a_lineage_forgets_its_beginning() -> None:
    counts = {f"{number:08x}": 1 for number in range(LINEAGE_MAX + 3)}
    assert list(lineage(with_lineage(BARE, counts))) == list(counts)[3:]


@pytest.mark.parametrize(
    "header",
    [
        BARE,
        "",
        f"{BARE};Lineage=",
        # What AWS sends today.
        f"{BARE};Lineage=1:zz:3",
        f"{BARE};Lineage=x",
    ],
)
def test_another_s_lineage_is_none_of_ours(header: str) -> None:
    assert lineage(header) == {}
    assert lineage(entered(header, A, TERMINATE)) == {A: 1}


def test_a_function_is_stopped_after_sixteen_runs() -> None:
    header = BARE
    for run in range(1, RUNS_MAX + 1):
        header = entered(header, A, TERMINATE)
        header = entered(header, B, ALLOW)
        assert lineage(header) == {A: run, B: run}
    with pytest.raises(api.RecursiveInvocationException):
        entered(header, A, TERMINATE)
    assert lineage(entered(header, A, ALLOW))[A] == RUNS_MAX
    assert lineage(entered(header, "c" * 8, TERMINATE))["c" * 8] == 1


@given(some.lists(COUNTS, max_size=4))
def test_a_batch_has_the_highest_counts_of_its_events(counts: list[dict[str, int]]) -> None:
    whole = joined(with_lineage(BARE, one) for one in counts)
    found = lineage(whole)
    for one in counts:
        for mark, runs in one.items():
            assert mark not in found or found[mark] >= runs
    assert whole.startswith(BARE) == bool(counts)


def test_versions_of_a_function_share_a_mark() -> None:
    name = FunctionName("123456789012", "us-east-1", "f")
    assert mark_of(name) == mark_of(name.with_qualifier("1")) != mark_of(FunctionName("123456789012", "us-east-1", "g"))
