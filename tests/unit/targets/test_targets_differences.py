"""Differences of templates: every place once, and nothing that is equal to CloudFormation."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stratolite.targets.differences import differences

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)
TEMPLATES = st.fixed_dictionaries({"Resources": st.dictionaries(st.text(max_size=3), VALUES, max_size=3)})


def of(before: Any, after: Any) -> list[str]:
    return [str(one) for one in differences({"Resources": before}, {"Resources": after})]


def test_what_was_added_removed_and_changed() -> None:
    before = {"A": {"Timeout": 6, "Name": "a", "Gone": True}}
    after = {"A": {"Timeout": 10, "Name": "a", "New": [1]}}
    assert of(before, after) == [
        "~ Resources.A.Timeout: 6 -> 10",
        "+ Resources.A.New: [1]",
        "- Resources.A.Gone: true",
    ]


def test_lists_differ_by_place() -> None:
    assert of({"A": [1, 2, 3]}, {"A": [1, 3]}) == ["~ Resources.A.1: 2 -> 3", "- Resources.A.2: 3"]


def test_texts_of_numbers_and_truths_are_equal() -> None:
    """CloudFormation reads both: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html"""
    assert of({"A": {"T": "6", "B": "true"}}, {"A": {"T": 6, "B": True}}) == []


def test_long_values_are_cut_for_people_alone() -> None:
    [one] = differences({}, {"Resources": {"A": "x" * 500}})
    assert len(str(one)) < 150 and one.as_json()["after"] == {"A": "x" * 500}


@given(TEMPLATES)
def test_nothing_differs_from_itself(template: dict[str, Any]) -> None:
    assert differences(template, template) == ()


@given(TEMPLATES, TEMPLATES)
def test_both_ways_find_the_same_places(one: dict[str, Any], other: dict[str, Any]) -> None:
    there, back = differences(one, other), differences(other, one)
    assert {each.path for each in there} == {each.path for each in back}
