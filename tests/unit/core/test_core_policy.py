"""Policies of authorizers: what is a policy, what it says of a request, and conditions.

Expectations are those of https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html and
reference_policies_elements_condition_operators.html beside it.
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.core.policy import Malformed, Verdict, judge, read

ARN = "arn:aws:execute-api:us-east-1:000000000000:abcdef1234/dev/GET/users/ada"
FACTS = {
    "aws:sourceip": "10.1.2.3",
    "aws:currenttime": "1700000000.5",
    "aws:epochtime": "1700000000.5",
    "aws:securetransport": "false",
    "aws:useragent": "curl/8.0",
}


def statement(effect: str = "Allow", resource: Any = ARN, **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource, **more}


def verdict(*statements: dict[str, Any], arn: str = ARN) -> Verdict:
    return judge(read({"Version": "2012-10-17", "Statement": list(statements)}), arn, FACTS)


@pytest.mark.parametrize(
    "resource",
    [
        "*",
        ARN,
        "arn:aws:execute-api:us-east-1:000000000000:abcdef1234/dev/GET/users/*",
        "arn:aws:execute-api:us-east-1:000000000000:abcdef1234/*/*/*",
        "arn:aws:execute-api:us-east-1:000000000000:abcdef1234/*",
        "arn:aws:execute-api:*:*:*",
        "arn:aws:execute-api:*:*:*/dev/GET/users/*",
        "arn:aws:execute-api:us-east-?:000000000000:abcdef1234/dev/GET/users/?da",
        "arn:aws:execute-api:us-east-1",
        ["arn:aws:execute-api:us-east-1:000000000000:other/*", ARN],
    ],
)
def test_resources_that_name_the_request(resource: Any) -> None:
    assert verdict(statement(resource=resource)) is Verdict.ALLOWED
    assert verdict(statement("Deny", resource)) is Verdict.DENIED_EXPLICITLY


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:execute-api:us-east-1:000000000000:abcdef1234/dev/GET/users",
        "arn:aws:execute-api:us-east-1:000000000000:abcdef1234/dev/GET/users/ad",
        "arn:aws:execute-api:us-east-1:000000000000:abcdef1234/dev/get/users/*",
        "arn:aws:execute-api:us-east-1:000000000000:abcdef1234/dev/POST/*",
        "arn:aws:execute-api:us-east-1:000000000000:abcdef1234/prod/*",
        "arn:aws:execute-api:us-east-1:000000000000:abcdef123?/dev/GET/users/",
        "arn:aws:execute-api:us-*:abcdef1234/dev/GET/users/ada",
        "arn:aws:execute-api:us-east-1:000000000000:abcdef1234.dev.GET.users.ada",
    ],
)
def test_resources_that_do_not(resource: str) -> None:
    """A wildcard reaches over slashes, never over colons; nothing but wildcards stands for other characters."""
    assert verdict(statement(resource=resource)) is Verdict.DENIED


def test_a_deny_wins_wherever_it_stands() -> None:
    deny = statement("Deny", "arn:aws:execute-api:*:*:*/*/GET/users/*")
    for statements in ([statement(resource="*"), deny], [deny, statement(resource="*")]):
        assert verdict(*statements) is Verdict.DENIED_EXPLICITLY
    other = "arn:aws:execute-api:us-east-1:000000000000:abcdef1234/dev/GET/posts"
    assert verdict(deny, statement(resource="*"), arn=other) is Verdict.ALLOWED
    assert verdict() is Verdict.DENIED


@pytest.mark.parametrize(
    ("action", "is_invoking"),
    [
        ("execute-api:Invoke", True),
        ("execute-api:invoke", True),
        ("execute-api:*", True),
        ("*", True),
        (["execute-api:ManageConnections", "execute-api:I*"], True),
        ("execute-api:InvalidateCache", False),
        ("lambda:Invoke", False),
    ],
)
def test_actions(action: Any, is_invoking: bool) -> None:
    assert verdict(statement(Action=action)) is (Verdict.ALLOWED if is_invoking else Verdict.DENIED)
    negated = {"Effect": "Allow", "NotAction": action, "Resource": "*"}
    assert verdict(negated) is (Verdict.DENIED if is_invoking else Verdict.ALLOWED)


def test_all_but_some_resources() -> None:
    allow = {"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:execute-api:*:*:*/dev/GET/admin/*"}
    assert verdict(allow) is Verdict.ALLOWED
    assert verdict(allow, arn="arn:aws:execute-api:us-east-1:1:a/dev/GET/admin/x") is Verdict.DENIED


def test_one_statement_needs_no_list() -> None:
    assert judge(read({"Statement": statement()}), ARN, FACTS) is Verdict.ALLOWED


@pytest.mark.parametrize(
    "document",
    [
        None,
        "Allow",
        [],
        {},
        {"Statement": None},
        {"Statement": "Allow"},
        {"Statement": ["Allow"]},
        {"Statement": [statement("allow")]},
        {"Statement": [statement(resource="users/*")]},
        {"Statement": [statement(resource=[])]},
        {"Statement": [statement(resource=None)]},
        {"Statement": [statement(resource="arn:" + "a" * 509)]},
        {"Statement": [statement(Action=7)]},
        {"Statement": [statement(NotAction="x")]},
        {"Statement": [statement(Principal="*")]},
        {"Statement": [{"Effect": "Allow", "Resource": "*"}]},
        {"Statement": [{"Effect": "Allow", "Action": "*"}]},
        {"Statement": [statement(), statement(Condition={"ArnLike": {"aws:SourceArn": "*"}})]},
        {"Statement": [statement(Condition={"IpAddress": {"aws:SourceIp": "localhost"}})]},
        {"Statement": [statement(Condition={"NumericEquals": {"aws:EpochTime": "soon"}})]},
        {"Statement": [statement(Condition={"DateLessThan": {"aws:CurrentTime": "soon"}})]},
        {"Statement": [statement(Condition={"StringEquals": {"aws:UserAgent": []}})]},
        {"Statement": [statement(Condition={"StringEquals": {"aws:UserAgent": [{}]}})]},
        {"Statement": [statement(Condition={"StringEquals": "x"})]},
        {"Statement": [statement(Condition=[])]},
    ],
)
def test_what_is_no_policy(document: Any) -> None:
    """One statement that cannot be read makes the whole no policy."""
    with pytest.raises(Malformed):
        read(document)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({}, True),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, True),
        ({"IpAddress": {"aws:SourceIp": ["192.168.0.0/16", "10.1.2.3"]}}, True),
        ({"IpAddress": {"AWS:sourceip": "10.2.0.0/16"}}, False),
        ({"IpAddress": {"aws:UserAgent": "10.0.0.0/8"}}, False),
        ({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, False),
        ({"NotIpAddress": {"aws:SourceIp": ["192.168.0.0/16", "172.16.0.0/12"]}}, True),
        ({"StringEquals": {"aws:UserAgent": "curl/8.0"}}, True),
        ({"StringEquals": {"aws:UserAgent": "CURL/8.0"}}, False),
        ({"StringEqualsIgnoreCase": {"aws:UserAgent": "CURL/8.0"}}, True),
        ({"StringLike": {"aws:UserAgent": "curl/?.*"}}, True),
        ({"StringNotLike": {"aws:UserAgent": "curl/*"}}, False),
        ({"StringNotEquals": {"aws:UserAgent": "wget"}}, True),
        ({"StringEquals": {"aws:Referer": "x"}}, False),
        ({"StringNotEquals": {"aws:Referer": "x"}}, True),
        ({"StringEqualsIfExists": {"aws:Referer": "x"}}, True),
        ({"Null": {"aws:Referer": "true"}}, True),
        ({"Null": {"aws:UserAgent": True}}, False),
        ({"Bool": {"aws:SecureTransport": False}}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, False),
        ({"DateGreaterThan": {"aws:CurrentTime": "2023-11-14T00:00:00Z"}}, True),
        ({"DateLessThan": {"aws:CurrentTime": "2023-11-14T00:00:00"}}, False),
        ({"DateLessThanEquals": {"aws:CurrentTime": "1700000000.5"}}, True),
        ({"NumericGreaterThan": {"aws:EpochTime": 1700000000}}, True),
        ({"NumericLessThan": {"aws:UserAgent": 5}}, False),
        ({"Bool": {"aws:SecureTransport": "false"}, "IpAddress": {"aws:SourceIp": "1.1.1.1"}}, False),
    ],
)
def test_conditions(condition: dict[str, Any], holds: bool) -> None:
    assert verdict(statement(Condition=condition)) is (Verdict.ALLOWED if holds else Verdict.DENIED)
    denied = Verdict.DENIED_EXPLICITLY if holds else Verdict.ALLOWED
    assert verdict(statement("Deny", Condition=condition), statement(resource="*")) is denied


@given(st.recursive(st.none() | st.booleans() | st.text() | st.sampled_from(["Allow", "*", ARN]), lambda inner: (
    st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["Statement", "Effect", "Action", "Resource", "Condition", "Bool"]), inner)
)))  # fmt: skip
def test_anything_is_a_policy_or_malformed(document: Any) -> None:
    """Nothing but an explicit Allow lets a request pass, whatever a function returns."""
    try:
        statements = read(document)
    except Malformed:
        return
    if judge(statements, ARN, FACTS) is Verdict.ALLOWED:
        assert any(each.allows for each in statements)
