"""What a deployment does, in which order, and what a stack policy says of it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.core.errors import ValidationError
from stratolite.services.cloudformation import graph, plan, policy
from stratolite.services.cloudformation.domain import Resource
from stratolite.services.cloudformation.plan import Action


def resource(name: str, *needs: str, physical_id: str = "", **properties: Any) -> Resource:
    return Resource(
        name,
        "AWS::SNS::Topic",
        "CREATE_COMPLETE",
        0,
        physical_id or f"id-{name}",
        needs=list(needs),
        properties=properties,
    )


# Steps ---------------------------------------------------------------------------------------------------------------


def test_what_is_not_there_is_created() -> None:
    assert plan.step(resource("A", a=1), None, ["a"]) == plan.Step("A", Action.CREATE)


def test_what_differs_is_updated_or_replaced() -> None:
    before = resource("A", a=1, b=1)
    assert plan.step(resource("A", a=1, b=1), before, ["a"]).action is Action.KEEP
    assert plan.step(resource("A", a=1, b=2, c=3), before, ["a"]) == plan.Step("A", Action.UPDATE, ("b", "c"))
    assert plan.step(resource("A", a=2, b=2), before, ["a"]) == plan.Step("A", Action.REPLACE, ("a", "b"), ("a",))
    assert plan.step(resource("A", b=1), before, []).changed == ("a",)


def test_what_only_the_stack_remembers_is_noted() -> None:
    wanted = resource("A", "B")
    assert plan.step(wanted, resource("A"), []).action is Action.NOTE
    wanted = resource("A")
    wanted.deletion_policy = "Retain"
    assert plan.step(wanted, resource("A"), []).action is Action.NOTE
    wanted = resource("A")
    wanted.stack_tags = [{"Key": "a", "Value": "b"}]
    assert plan.step(wanted, resource("A"), []).action is Action.UPDATE


def test_leftovers_are_what_was_replaced_and_what_is_wanted_no_longer() -> None:
    resources = {"A": resource("A", physical_id="new"), "B": resource("B"), "C": resource("C")}
    befores = {"A": resource("A", physical_id="old"), "B": resource("B"), "N": None}
    found = plan.leftovers(resources, befores, ["A", "B"])
    assert {name: one.physical_id for name, one in found.items()} == {"A": "old", "C": "id-C"}


def test_what_a_stuck_resource_needs_stays_with_it() -> None:
    chain = {"A": resource("A", "B"), "B": resource("B", "C"), "C": resource("C"), "D": resource("D", "C")}
    assert plan.blocked(chain, ["A"]) == {"B", "C"}
    assert plan.blocked(chain, ["C"]) == frozenset()
    assert plan.blocked(chain, ["gone"]) == frozenset()


# Order ---------------------------------------------------------------------------------------------------------------


@st.composite
def acyclic(draw: st.DrawFn) -> dict[str, list[str]]:
    names = [f"N{number}" for number in range(draw(st.integers(1, 12)))]
    needs = {
        name: draw(st.lists(st.sampled_from(names[:index]), unique=True)) if index else []
        for index, name in enumerate(names)
    }
    return {name: needs[name] for name in draw(st.permutations(names))}


@given(acyclic())
def test_everything_comes_after_what_it_needs(needs: dict[str, list[str]]) -> None:
    order = graph.order(needs)
    assert sorted(order) == sorted(needs)
    places = {name: index for index, name in enumerate(order)}
    assert all(places[one] < places[name] for name, needed in needs.items() for one in needed)
    deletions = plan.deletions({name: resource(name, *needed) for name, needed in needs.items()})
    assert list(deletions) == order[::-1]


@given(acyclic(), st.data())
def test_a_circle_is_refused_by_the_names_in_it(needs: dict[str, list[str]], data: st.DataObject) -> None:
    first = data.draw(st.sampled_from(sorted(needs)))
    circle = {**needs, first: [*needs[first], "Z"], "Z": [first]}
    with pytest.raises(ValidationError, match=r"Circular dependency between resources: \[.*Z.*\]"):
        graph.order(circle)


# Policies ------------------------------------------------------------------------------------------------------------


def said(statements: list[dict[str, Any]], action: str = policy.MODIFY, kind: str = "AWS::SNS::Topic") -> str:
    text = json.dumps({"Statement": [{"Principal": "*", **one} for one in statements]})
    policy.check(text)
    return policy.refusal(text, action, "A", kind)


ALLOW = {"Effect": "Allow", "Action": "Update:*", "Resource": "*"}


def test_policies() -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html"""
    assert policy.refusal("", policy.MODIFY, "A", "x") == ""
    assert said([ALLOW]) == ""
    assert said([]) == "Action not allowed by stack policy"
    assert said([{**ALLOW, "Action": "Update:Delete"}]) == "Action not allowed by stack policy"
    assert said([{**ALLOW, "Action": ["Update:Delete", "Update:Modify"]}]) == ""
    assert said([ALLOW, {**ALLOW, "Effect": "Deny"}]).startswith("Action denied by stack policy: Statement [#2]")
    deny = {"Effect": "Deny", "Action": "Update:*"}
    assert "denied" in said([ALLOW, {**deny, "Resource": "LogicalResourceId/A"}])
    assert said([ALLOW, {**deny, "Resource": "LogicalResourceId/B"}]) == ""
    assert "denied" in said([ALLOW, {**deny, "NotResource": "LogicalResourceId/B"}])
    assert "denied" in said([ALLOW, {"Effect": "Deny", "NotAction": "Update:Delete", "Resource": "*"}])
    of_type = {"StringLike": {"ResourceType": ["AWS::SNS::*"]}}
    assert "denied" in said([ALLOW, {**deny, "Resource": "*", "Condition": of_type}])
    assert said([ALLOW, {**deny, "Resource": "*", "Condition": of_type}], kind="AWS::SQS::Queue") == ""


@given(
    st.recursive(
        st.none() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    ["Statement", "Effect", "Action", "Principal", "Resource", "Condition", "StringEquals"]
                ),
                inner,
            )
        ),
        max_leaves=6,
    )
)
def test_whatever_is_no_policy_is_refused(value: Any) -> None:
    text = json.dumps(value)
    try:
        policy.check(text)
    except ValidationError as error:
        assert error.message == "Error validating stack policy: Invalid stack policy"
    else:
        assert isinstance(policy.refusal(text, policy.MODIFY, "A", "x"), str)
