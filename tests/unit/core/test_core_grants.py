"""Which services the policy of a function lets in."""

from typing import Any

import pytest

from stratolite.core.grants import lets_invoke

FACTS = {"aws:sourceaccount": "123456789012", "aws:sourcearn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:s"}
OPEN: dict[str, Any] = {
    "Effect": "Allow",
    "Principal": {"Service": "secretsmanager.amazonaws.com"},
    "Action": "lambda:InvokeFunction",
    "Resource": "*",
}


def like(arn: str) -> dict[str, Any]:
    return {"Condition": {"ArnLike": {"AWS:SourceArn": arn}}}


@pytest.mark.parametrize(
    ("change", "lets"),
    [
        ({}, True),
        ({"Principal": "*"}, True),
        ({"Principal": {"Service": "secretsmanager.us-east-1.amazonaws.com"}}, True),
        ({"Principal": {"Service": "secretsmanager.eu-west-1.amazonaws.com"}}, False),
        ({"Principal": {"Service": "logs.amazonaws.com"}}, False),
        ({"Principal": {"AWS": "arn:aws:iam::123456789012:root"}}, False),
        ({"Action": "lambda:*"}, True),
        ({"Action": "lambda:GetFunction"}, False),
        ({"Condition": {"StringEquals": {"AWS:SourceAccount": "123456789012"}}}, True),
        ({"Condition": {"StringEquals": {"AWS:SourceAccount": "000000000000"}}}, False),
        ({"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}, False),
        (like("arn:aws:secretsmanager:*:123456789012:secret:*"), True),
        (like("arn:aws:secretsmanager:us-east-1:123456789012:secret:?"), True),
        (like("arn:aws:secretsmanager:us-east-1:123456789012:secret:other"), False),
    ],
)
def test_a_statement_lets_a_service_in(change: dict[str, Any], lets: bool) -> None:
    assert lets_invoke([{**OPEN, **change}], "secretsmanager", "us-east-1", FACTS) is lets


def test_one_statement_is_enough() -> None:
    statements = [{**OPEN, "Principal": {"Service": "s3.amazonaws.com"}}, OPEN]
    assert lets_invoke(statements, "secretsmanager", "us-east-1", FACTS)
    assert not lets_invoke([], "secretsmanager", "us-east-1", FACTS)
