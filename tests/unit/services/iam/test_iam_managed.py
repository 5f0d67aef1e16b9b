"""AWS's own policies."""

import json

import pytest

from stratolite.services.iam.managed import all_managed, managed
from stratolite.services.iam.policy_document import managed_policy


def test_a_policy_that_functions_use() -> None:
    policy = managed("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")
    assert policy is not None
    assert (policy.name, policy.path) == ("AWSLambdaBasicExecutionRole", "/service-role/")
    [version] = policy.versions
    actions = json.loads(version.document)["Statement"][0]["Action"]
    assert actions == ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]


def test_every_document_is_one_that_aws_takes() -> None:
    names = [policy.name for policy in all_managed("aws") if managed_policy(policy.versions[0].document)]
    assert len(names) == len(set(names)) > 70


def test_a_policy_whose_document_is_not_here() -> None:
    policy = managed("arn:aws:iam::aws:policy/NewerThanThis")
    assert policy is not None
    assert policy.versions[0].document == ""


@pytest.mark.parametrize(
    "arn", ["arn:aws:iam::123456789012:policy/x", "arn:aws:iam::aws:role/x", "arn:aws:iam::aws:policy/", "x"]
)
def test_other_arns(arn: str) -> None:
    assert managed(arn) is None
