"""What the answer of an authorizer's function means.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
"""

import json
from typing import Any

import pytest

from stratolite.engine.model import Outcome
from stratolite.services.apigateway.authorization import read
from stratolite.services.apigateway.failure import Failure

POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}]}


def result(answer: Any, error: str = "") -> Outcome:
    return Outcome(answer if isinstance(answer, bytes) else json.dumps(answer).encode(), error)


def test_the_context_becomes_texts() -> None:
    """stringKey, numberKey and booleanKey of the page."""
    context = {"stringKey": "value", "numberKey": 1, "fraction": 1.5, "booleanKey": True, "nothing": None}
    answer = {"principalId": "ada", "policyDocument": POLICY, "context": context, "usageIdentifierKey": "k" * 20}
    grant = read(result(answer))
    assert grant.principal_id == "ada"
    assert grant.context == {"stringKey": "value", "numberKey": "1", "fraction": "1.5", "booleanKey": "true"}
    assert grant.usage_key == "k" * 20


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"no JSON",
        b"[" * 100_000,
        None,
        "Unauthorized",
        [],
        {},
        {"principalId": "ada"},
        {"policyDocument": POLICY},
        {"principalId": "", "policyDocument": POLICY},
        {"principalId": 7, "policyDocument": POLICY},
        {"principalId": "ada", "policyDocument": json.dumps(POLICY)},
        {"principalId": "ada", "policyDocument": POLICY, "context": {"nested": {}}},
        {"principalId": "ada", "policyDocument": POLICY, "context": {"list": []}},
        {"principalId": "ada", "policyDocument": POLICY, "context": "text"},
        {"principalId": "ada", "policyDocument": POLICY, "usageIdentifierKey": 7},
        {"statusCode": 401, "body": "{}"},
    ],
)
def test_answers_that_are_none(answer: Any) -> None:
    with pytest.raises(Failure) as raised:
        read(result(answer))
    assert (raised.value.kind, raised.value.status) == ("AUTHORIZER_CONFIGURATION_ERROR", 500)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ({"errorMessage": "Unauthorized", "errorType": "Exception"}, 401),
        ({"errorMessage": "Unauthorized: the token is old"}, 500),
        ({"errorMessage": "unauthorized"}, 500),
        ({"errorType": "Sandbox.Timedout", "errorMessage": "Task timed out after 3.00 seconds"}, 500),
        # A function that fails allows nothing, whatever it says.
        ({"principalId": "ada", "policyDocument": POLICY}, 500),
    ],
)
def test_errors_of_the_function(error: Any, status: int) -> None:
    with pytest.raises(Failure) as raised:
        read(result(error, "Unhandled"))
    assert raised.value.status == status
