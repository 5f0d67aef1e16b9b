"""Policy documents: which AWS takes, and in which words it refuses the others."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.services.iam import api
from stratolite.services.iam.policy_document import inline_policy, managed_policy, trust_policy

ALLOWED: dict[str, Any] = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::example_bucket"}
SYNTAX = "Syntax errors in policy."
LEGACY = "The policy failed legacy parsing"


def document(*statements: Any, **elements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **elements})


def said(text: str) -> str:
    with pytest.raises(api.MalformedPolicyDocumentException) as caught:
        managed_policy(text)
    return caught.value.message


# The words are AWS's, as users and moto's policy validation (verified against AWS) quote them:
# https://github.com/getmoto/moto/blob/master/moto/iam/policy_validation.py
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("This is not a json document", SYNTAX),
        ("[]", SYNTAX),
        (document(ALLOWED, Extra="value"), SYNTAX),
        (document(ALLOWED, Version="2012-10-18"), SYNTAX),
        (document(ALLOWED, Id=1), SYNTAX),
        (document(), SYNTAX),
        (document("text"), SYNTAX),
        (json.dumps({"Version": "2012-10-17"}), SYNTAX),
        (document(ALLOWED | {"Extra": 1}), SYNTAX),
        (document(ALLOWED | {"Effect": "allowed"}), SYNTAX),
        (document(ALLOWED | {"NotAction": "s3:*"}), SYNTAX),
        (document(ALLOWED | {"NotResource": "*"}), SYNTAX),
        (document(ALLOWED | {"Action": 1}), SYNTAX),
        (document(ALLOWED | {"Action": [1]}), SYNTAX),
        (document(ALLOWED | {"Sid": 1}), SYNTAX),
        (document(ALLOWED | {"Condition": []}), SYNTAX),
        (document(ALLOWED | {"Condition": {"StringEquals": "x"}}), SYNTAX),
        (document(ALLOWED | {"Condition": {"Unknown": {"a": "b"}}}), SYNTAX),
        (document(ALLOWED | {"Condition": {"StringEquals": {"a": None}}}), SYNTAX),
        (document(ALLOWED, Version="2008-10-17"), "Policy document must be version 2012-10-17 or greater."),
        (json.dumps({"Statement": ALLOWED}), "Policy document must be version 2012-10-17 or greater."),
        (document(ALLOWED | {"Principal": "*"}), "Policy document should not specify a principal."),
        (document(ALLOWED | {"Effect": "allow"}), LEGACY),
        (document(ALLOWED | {"Condition": {"DateGreaterThan": {"aws:CurrentTime": "sdfdsf"}}}), LEGACY),
        (document(ALLOWED | {"Condition": {"DateLessThan": {"aws:CurrentTime": "2013-13-01"}}}), LEGACY),
        (document(ALLOWED | {"Condition": {"DateLessThan": {"aws:CurrentTime": ["99999999999999999999"]}}}), LEGACY),
        (document(ALLOWED | {"Resource": "arn:aws::example"}), LEGACY),
        (
            document(ALLOWED | {"Sid": "one"}, ALLOWED | {"Sid": "one"}),
            "Statement IDs (SID) in a single policy must be unique.",
        ),
        (
            document(ALLOWED | {"Sid": "with space"}),
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
            "[0-9A-Za-z]*",
        ),
        (document({"Effect": "Allow", "Resource": "*"}), "Policy statement must contain actions."),
        (document(ALLOWED | {"Action": []}), "Policy statement must contain actions."),
        (document({"Effect": "Allow", "Action": "s3:*"}), "Policy statement must contain resources."),
        (document(ALLOWED | {"Resource": []}), "Policy statement must contain resources."),
        (document(ALLOWED | {"Resource": ""}), 'Resource  must be in ARN format or "*".'),
        (
            document({"Effect": "Allow", "NotAction": "", "Resource": "*"}),
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        (document(ALLOWED | {"Condition": {"DateLessThan": {"a": "9223372036854775808"}}}), LEGACY),
        (document(ALLOWED | {"Resource": "example"}), 'Resource example must be in ARN format or "*".'),
        (
            document(ALLOWED | {"Resource": "arn:error:s3:::example_bucket"}),
            'Partition "error" is not valid for resource "arn:error:s3:::example_bucket".',
        ),
        (
            document(ALLOWED | {"Resource": "arn:error"}),
            'Partition "error" is not valid for resource "arn:error:*:*:*:*".',
        ),
        (
            document(ALLOWED | {"Resource": "arn:aws"}),
            "Resource vendor must be fully qualified and cannot contain regexes.",
        ),
        (
            document(ALLOWED | {"Resource": "arn:aws:iam:us-east-1::role/x"}),
            "IAM resource arn:aws:iam:us-east-1::role/x cannot contain region information.",
        ),
        (
            document(ALLOWED | {"Resource": "arn:aws:s3:us-east-1::x"}),
            "Resource arn:aws:s3:us-east-1::x can not contain region information.",
        ),
        (
            document(ALLOWED | {"Resource": "arn:aws:iam::123456789012:something/x"}),
            'IAM resource path must either be "*" or start with user/, federated-user/, role/, group/, '
            "instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, "
            "report/, access-report/.",
        ),
        (
            document(ALLOWED | {"Action": "invalid"}),
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        (document(ALLOWED | {"Action": "a:b:c"}), "Actions/Condition can contain only one colon."),
        (document(ALLOWED | {"Action": "a a:b"}), "Vendor a a is not valid"),
    ],
)
def test_refusals(text: str, wanted: str) -> None:
    assert said(text) == wanted


@pytest.mark.parametrize(
    "statement",
    [
        ALLOWED,
        ALLOWED | {"Action": "*", "Resource": "*"},
        ALLOWED | {"Action": ["s3:Get*", "dynamodb:PutItem"], "Resource": ["*", None]},
        {"Effect": "Deny", "NotAction": "iam:*", "NotResource": "arn:aws:iam::123456789012:role/x"},
        ALLOWED | {"Resource": "arn:*:s3:::x"},
        ALLOWED | {"Resource": "arn:aws-us-gov:s3:::x"},
        ALLOWED | {"Resource": "arn:aws:s3:us-east-1:123456789012:accesspoint/x"},
        ALLOWED | {"Condition": {"DateGreaterThan": {"aws:CurrentTime": "2019-07-01T12:00:00Z"}}},
        ALLOWED | {"Condition": {"DateGreaterThan": {"aws:CurrentTime": "01T"}}},
        ALLOWED | {"Resource": ["*", None]},
        ALLOWED | {"Condition": {"DateLessThanIfExists": {"aws:EpochTime": ["1583606700", 1583606701]}}},
        ALLOWED | {"Condition": {"ForAllValues:StringLike": {"aws:TagKeys": ["a*"]}, "Bool": {"aws:Secure": True}}},
        ALLOWED | {"Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": 3600}}},
        ALLOWED | {"Condition": {"Unknown": {}}},
    ],
)
def test_what_is_taken(statement: dict[str, Any]) -> None:
    assert managed_policy(document(statement))
    assert managed_policy(json.dumps({"Version": "2012-10-17", "Statement": statement, "Id": "x"}))


@pytest.mark.parametrize("version", [{}, {"Version": "2008-10-17"}, {"Version": "2012-10-17"}])
def test_inline_policies_of_any_version(version: dict[str, str]) -> None:
    # https://github.com/aws/serverless-application-model: its policy templates name no version
    assert inline_policy(json.dumps({"Statement": [ALLOWED], **version}))
    with pytest.raises(api.MalformedPolicyDocumentException, match="Policy statement must contain actions"):
        inline_policy(json.dumps({"Statement": [{"Effect": "Allow", "Resource": "*"}], **version}))


TRUSTED: dict[str, Any] = {
    "Effect": "Allow",
    "Action": "sts:AssumeRole",
    "Principal": {"Service": "lambda.amazonaws.com"},
}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        # aws-answers: iam, test_create_role_with_malformed_assume_role_policy_document
        ("{'not': json}", "This policy contains invalid Json"),
        (document(TRUSTED | {"Resource": "*"}), "Has prohibited field Resource"),
        (document({"Effect": "Allow", "Action": "sts:AssumeRole"}), "Missing required field Principal"),
        (
            document(TRUSTED | {"Action": "s3:GetObject"}),
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
        (document(TRUSTED | {"Effect": "allow"}), SYNTAX),
    ],
)
def test_refusals_of_trust(text: str, wanted: str) -> None:
    with pytest.raises(api.MalformedPolicyDocumentException) as caught:
        trust_policy(text)
    assert caught.value.message == wanted


@pytest.mark.parametrize("version", [{}, {"Version": "2008-10-17"}, {"Version": "2012-10-17"}])
def test_trust_of_any_version(version: dict[str, str]) -> None:
    assert trust_policy(json.dumps({"Statement": [TRUSTED], **version}))
    assert trust_policy(
        json.dumps({"Statement": TRUSTED | {"Action": ["sts:AssumeRole", "sts:TagSession"]}, **version})
    )


keys = st.sampled_from(
    ["Version", "Statement", "Effect", "Action", "NotAction", "Resource", "Principal", "Condition", "Sid", "Bool"]
)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["2012-10-17", "Allow", "*", "s3:*", "arn:aws:s3:::x", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


@given(st.text(max_size=50) | values.map(json.dumps) | st.dictionaries(keys, values).map(json.dumps))
def test_any_text_is_a_policy_or_a_refusal(text: str) -> None:
    for read in (managed_policy, inline_policy, trust_policy):
        with contextlib.suppress(api.MalformedPolicyDocumentException):
            read(text)
