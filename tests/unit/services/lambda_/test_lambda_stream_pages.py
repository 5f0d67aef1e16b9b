"""Pages of a shard: every lane sees all of its records, whatever the others have read."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stratolite.core.ports.streams import StreamRecord
from stratolite.services.lambda_.sources.record_form import ChangeForm
from stratolite.services.lambda_.sources.stream_event import lane_of
from stratolite.services.lambda_.sources.stream_pages import Pages

STREAM = "arn:aws:dynamodb:us-east-1:111111111111:table/t/stream/now"


def record(number: int, key: str = "k") -> StreamRecord:
    shown = {"eventName": "INSERT", "dynamodb": {"Keys": {"id": {"S": key}}, "SequenceNumber": f"{number:021d}"}}
    return StreamRecord(f"{number:021d}", 0, shown)


def test_a_page_keeps_what_matches() -> None:
    def is_even(event: Any) -> bool:
        return int(event["dynamodb"]["SequenceNumber"]) % 2 == 0

    pages = Pages(ChangeForm(STREAM), 1, is_even)
    page = pages.add("", [record(1), record(2), record(3)])
    assert [int(item.sequence) for item in page.items(0, "")] == [2]
    assert int(page.last) == 3, "what does not match is behind us too"
    assert json.loads(page.items(0, "")[0].body)["eventSourceARN"] == STREAM


def test_a_single_lane_keeps_no_pages() -> None:
    pages = Pages(ChangeForm(STREAM), 1, None)
    pages.add("", [record(1)])
    assert pages.find("") is None


@given(
    st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=60),
    st.integers(1, 5),
    st.integers(1, 7),
    st.lists(st.integers(0, 4), max_size=200),
)
def test_each_lane_sees_all_of_its_own(keys: list[str], lanes: int, page_size: int, turns: list[int]) -> None:
    records = [record(number, key) for number, key in enumerate(keys, 1)]
    pages = Pages(ChangeForm(STREAM), lanes, None)
    cursors, seen = [""] * lanes, [list[str]() for _ in range(lanes)]

    def read(lane: int) -> bool:
        after = cursors[lane]
        page = pages.find(after)
        if page is None:
            there = [one for one in records if one.sequence_number > after][:page_size]
            if not there:
                return False
            page = pages.add(after, there)
        seen[lane] += [item.sequence for item in page.items(lane, after)]
        cursors[lane] = page.last
        return True

    for turn in turns:
        read(turn % lanes)
    for lane in range(lanes):
        while read(lane):
            pass
    wanted = [[one.sequence_number for one in records if lane_of(one.record, lanes) == lane] for lane in range(lanes)]
    assert seen == wanted
