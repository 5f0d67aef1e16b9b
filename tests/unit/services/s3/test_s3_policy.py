"""Bucket policies: their form, and which are public.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html ("The meaning of
public"); the texts are those that PutBucketPolicy answers with MalformedPolicy.
"""

import json
from typing import Any

import pytest

from stratolite.services.s3 import api, policy, public_policy
from stratolite.services.s3.domain import Bucket

BUCKET = Bucket("site", "123456789012", "us-east-1", 0)
OBJECTS = "arn:aws:s3:::site/*"


def document(**changed: Any) -> dict[str, Any]:
    """A policy of one statement; an element that is None is left out."""
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": OBJECTS, **changed}
    return {"Version": "2012-10-17", "Statement": [{k: v for k, v in statement.items() if v is not None}]}


def refusal(value: Any) -> str:
    with pytest.raises(api.MalformedPolicy) as refused:
        policy.check(value if isinstance(value, str) else json.dumps(value), BUCKET)
    return refused.value.message


@pytest.mark.parametrize(
    "changed",
    [
        {"Principal": {"AWS": ["123456789012", "arn:aws:iam::123456789012:role/reader"]}},
        {"Principal": {"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}},
        {"Principal": {"AWS": "AIDACKCEVSQ6C2EXAMPLE"}},
        {"Principal": {"CanonicalUser": "79a59d", "Service": ["logging.s3.amazonaws.com", "cloudtrail.amazonaws.com"]}},
        {"Effect": "Deny", "Principal": None, "NotPrincipal": {"AWS": "arn:aws:iam::123456789012:root"}},
        {"Action": "*", "Resource": "arn:aws:s3:::site"},
        {"Action": ["s3:Get*", "s3:ListBucket"], "Resource": ["arn:aws:s3:::site", OBJECTS]},
        {"Action": "S3:getobject"},
        {"Action": "s3:ActionOfTheFuture", "Resource": "arn:aws:s3:::site"},
        {"Action": None, "NotAction": "s3:ListBucket"},
        {"Resource": "arn:aws:s3:::s?t*"},
        {"Resource": "arn:aws-cn:s3:::site/*"},
        {"Condition": {"StringEqualsIfExists": {"aws:Referer": "http://example.com"}}, "Sid": "one"},
    ],
)
def test_policies_of_the_right_form(changed: dict[str, Any]) -> None:
    policy.check(json.dumps(document(**changed)), BUCKET)


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"Effect": None}, "Missing required field Effect"),
        ({"Effect": "Maybe"}, "Invalid effect: Maybe"),
        ({"Principal": None}, "Missing required field Principal"),
        ({"Principal": None, "NotPrincipal": "*"}, "Allow with NotPrincipal is not allowed."),
        ({"Principal": {"AWS": "arn:aws:iam::somebody:root"}}, "Invalid principal in policy"),
        ({"Principal": {"AWS": "somebody"}}, "Invalid principal in policy"),
        ({"Principal": "somebody"}, "Invalid principal in policy"),
        ({"Principal": {"User": "*"}}, "Invalid principal in policy"),
        ({"Principal": {}}, "Invalid principal in policy"),
        ({"Action": None}, "Missing required field Action"),
        ({"Action": "GetObject"}, "Policy has invalid action"),
        ({"Action": "ec2:RunInstances"}, "Policy has invalid action"),
        ({"Action": []}, "Policy has invalid action"),
        ({"Action": "s3:"}, "Policy has invalid action"),
        ({"Action": "s3:Put-Object"}, "Policy has invalid action"),
        ({"Action": ["s3:GetObject", "s3:???"]}, "Policy has invalid action"),
        ({"Action": "s3:*Obj??ect*"}, "Policy has invalid action"),
        ({"Action": "*GetObject"}, "Policy has invalid action"),
        ({"Resource": None}, "Missing required field Resource"),
        ({"Resource": "*"}, "Policy has invalid resource"),
        ({"Resource": []}, "Policy has invalid resource"),
        ({"Resource": "arn:aws:s3:::another/*"}, "Policy has invalid resource"),
        ({"Resource": "arn:aws:s3:::another*"}, "Policy has invalid resource"),
        ({"Resource": "arn:aws:s3:::/site"}, "Policy has invalid resource"),
        ({"Resource": "arn:aws:iam:::site/*"}, "Policy has invalid resource"),
        ({"Resource": "arn:aws:s3:::site"}, "Action does not apply to any resource(s) in statement"),
        ({"Action": ["s3:GetObject", "s3:ListBucket"]}, "Action does not apply to any resource(s) in statement"),
        ({"Action": "s3:GetBucket*"}, "Action does not apply to any resource(s) in statement"),
        ({"Action": 1}, "Invalid policy syntax."),
        ({"condition": {}}, "Unknown field condition"),
        ({"Condition": {"StringEquals": "x"}}, "Invalid policy syntax."),
        ({"Condition": {"StringEquals": {"Referer": "x"}}}, "Policy has an invalid condition key"),
    ],
)
def test_statements_of_another_form(changed: dict[str, Any], text: str) -> None:
    assert refusal(document(**changed)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("", "Policies must be valid JSON and the first byte must be '{'"),
        ("[]", "Policies must be valid JSON and the first byte must be '{'"),
        ("{", "This policy contains invalid Json"),
        ({}, "Missing required field Statement"),
        ({"Statement": []}, "Could not parse the policy: Statement is empty!"),
        ({"Statement": ["x"]}, "Invalid policy syntax."),
        ({**document(), "Version": "2013-10-17"}, "The policy must contain a valid version string"),
        ({**document(), "Versions": "2012-10-17"}, "Unknown field Versions"),
    ],
)
def test_documents_of_another_form(value: Any, text: str) -> None:
    assert refusal(value) == text


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"Principal": {"AWS": ["123456789012", "*"]}},
        {"Condition": {"StringLike": {"aws:Referer": "http://example.com/*"}}},
        {"Condition": {"StringLike": {"aws:SourceVpc": "vpc-*"}}},
        {"Condition": {"StringEquals": {"aws:SourceArn": "arn:aws:sns:us-east-1:${aws:PrincipalAccount}:t"}}},
        {"Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}},
        {"Condition": {"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}}},
        {"Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}},
        {"Condition": {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "64.0.0.0/7"]}}},
        {"Condition": {"IpAddress": {"aws:SourceIp": "2001::/16"}}},
        {"Condition": {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}},
        {"Condition": {"StringLike": {"s3:DataAccessPointArn": "arn:aws:s3:us-east-1:*:accesspoint/*"}}},
    ],
)
def test_public_policies(changed: dict[str, Any]) -> None:
    assert public_policy.is_public(json.dumps(document(**changed)))


@pytest.mark.parametrize(
    "changed",
    [
        {"Effect": "Deny"},
        {"Principal": {"AWS": "123456789012"}},
        {"Principal": {"Service": "cloudtrail.amazonaws.com"}},
        {"Condition": {"StringEquals": {"aws:SourceVpc": ["vpc-1", "vpc-2"]}}},
        {"Condition": {"StringEquals": {"AWS:PrincipalOrgID": "o-1"}}},
        {"Condition": {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "2001:db8::/32", "203.0.113.7"]}}},
        {"Condition": {"StringLike": {"s3:DataAccessPointArn": "arn:aws:s3:us-east-1:123456789012:accesspoint/*"}}},
        {"Condition": {"Bool": {"aws:SecureTransport": "true"}, "ArnLike": {"aws:SourceArn": "arn:aws:sns:::t"}}},
    ],
)
def test_policies_that_are_not_public(changed: dict[str, Any]) -> None:
    assert not public_policy.is_public(json.dumps(document(**changed)))
