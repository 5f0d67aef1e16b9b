"""The index of rules finds what comparing with each of them finds."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stratolite.services.events import event_pattern
from stratolite.services.events.index import Index

TEXTS = st.sampled_from(["a", "b", "c"])
KEYS = st.sampled_from(["source", "detail", "x.y", "x"])
CONDITIONS = st.one_of(
    TEXTS, st.just({"exists": False}), st.just({"prefix": "a"}), st.just({"anything-but": "a"}), st.just(1)
)
LEAVES = st.lists(CONDITIONS, min_size=1, max_size=2)
RULES = st.dictionaries(KEYS, LEAVES | st.dictionaries(KEYS, LEAVES, min_size=1, max_size=2), min_size=1, max_size=3)
VALUES = TEXTS | st.just(1) | st.lists(TEXTS, max_size=2)
EVENTS = st.dictionaries(
    KEYS,
    VALUES
    | st.dictionaries(KEYS, VALUES, max_size=2)
    | st.lists(st.dictionaries(KEYS, VALUES, max_size=2), max_size=2),
)


@given(st.lists(RULES, max_size=6), EVENTS)
def test_beside_each_rule(rules: list[dict[str, Any]], event: dict[str, Any]) -> None:
    sources = [json.dumps(rule) for rule in rules]
    index = Index(list(enumerate(sources)))
    wanted = [
        number for number, source in enumerate(sources) if event_pattern.matches(event_pattern.parse(source), event)
    ]
    assert index.matching(event) == wanted


def test_an_empty_pattern_matches_everything() -> None:
    assert Index([("all", "")]).matching({"source": "a"}) == ["all"]
