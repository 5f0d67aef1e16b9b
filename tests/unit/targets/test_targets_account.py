"""What people are told when an account does not let them in, or is not there.

Codes and texts: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/CommonErrors.html and those of S3.
"""

from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, PartialCredentialsError, UnauthorizedSSOTokenError

from stratolite.core.errors import AwsError, UserError
from stratolite.targets.account import AccessFailed, Account


class Failing(Account):
    """An account whose every call ends in one exception."""

    def __init__(self, error: Exception) -> None:
        super().__init__(region="eu-west-1", local="http://127.0.0.1:9")
        self._error = error

    def client(self, service: str, region: str = "", account: str = "") -> Any:
        return self

    @property
    def meta(self) -> Any:
        return type("Meta", (), {"endpoint_url": "https://cloudformation.eu-west-1.amazonaws.com"})

    def describe_stacks(self) -> None:
        raise self._error


def told(error: Exception) -> UserError | AwsError:
    with pytest.raises((UserError, AwsError)) as caught:
        Failing(error).call("cloudformation", "DescribeStacks", {})
    assert isinstance(caught.value, UserError | AwsError)
    return caught.value


def answered(code: str, message: str = "no") -> Exception:
    error: Exception = ClientError({"Error": {"Code": code, "Message": message}}, "DescribeStacks")
    return error


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("ExpiredToken", "the session has expired"),
        ("ExpiredTokenException", "the session has expired"),
        ("InvalidClientTokenId", "the region eu-west-1 enabled"),
        ("UnrecognizedClientException", "AWS does not know them here"),
        ("SignatureDoesNotMatch", "the secret key"),
        ("AccessDenied", "the permission cloudformation:DescribeStacks"),
    ],
)
def test_answers_to_those_who_may_not(code: str, words: str) -> None:
    error = told(answered(code))
    assert isinstance(error, AccessFailed) and words in str(error) and "eu-west-1" in str(error)
    assert error.exit_code == 1


def test_other_answers_are_the_services_own() -> None:
    error = told(answered("ValidationError", "Stack with id x does not exist"))
    assert isinstance(error, AwsError) and error.code == "ValidationError" and "does not exist" in error.message


def test_what_never_reaches_an_account() -> None:
    cut = told(ConnectTimeoutError(endpoint_url="https://x", error=None))
    assert isinstance(cut, AccessFailed) and cut.where == "https://cloudformation.eu-west-1.amazonaws.com"
    assert "a part of the credentials is missing" in str(told(PartialCredentialsError(provider="env", cred_var="x")))
    assert "aws sso login" in str(told(UnauthorizedSSOTokenError()))
