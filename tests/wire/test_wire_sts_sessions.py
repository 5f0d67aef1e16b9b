"""STS over the wire: identities, and credentials that stand for a role until they expire."""

import json
from typing import Any

import boto3
import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded
from tests.wire.answers import equal, refused

ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/runner"


def client_of(cloud: RunningCloud, credentials: dict[str, Any], service: str = "sts") -> Any:
    return boto3.client(
        service,
        endpoint_url=cloud.endpoint,
        region_name=REGION,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


def test_the_caller_is_the_account_of_the_key(cloud: RunningCloud) -> None:
    answer = cloud.client("sts").get_caller_identity()
    assert (answer["UserId"], answer["Account"]) == (ACCOUNT, ACCOUNT)
    assert answer["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"


def test_an_assumed_role_until_it_expires(timed_cloud: RunningCloud) -> None:
    answer = timed_cloud.client("sts").assume_role(RoleArn=ROLE, RoleSessionName="one", DurationSeconds=900)
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/runner/one"
    assert answer["AssumedRoleUser"]["Arn"] == arn
    role_id, _, session = answer["AssumedRoleUser"]["AssumedRoleId"].partition(":")
    assert (len(role_id), role_id[:4], session) == (21, "AROA", "one")
    assumed = client_of(timed_cloud, answer["Credentials"])
    identity = assumed.get_caller_identity()
    assert (identity["Arn"], identity["Account"]) == (arn, ACCOUNT)
    assert identity["UserId"] == answer["AssumedRoleUser"]["AssumedRoleId"]
    timed_cloud.advance(900)
    expired = ("ExpiredToken", "The security token included in the request is expired", 403)
    assert refused(assumed.get_caller_identity) == expired
    assumed.close()


def test_expired_credentials_in_the_words_of_each_protocol(timed_cloud: RunningCloud) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html and, for S3,
    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"""
    session = timed_cloud.client("sts").get_session_token(DurationSeconds=900)["Credentials"]
    timed_cloud.advance(901)
    text = "The security token included in the request is expired"
    cases: list[tuple[str, str, tuple[str, str, int]]] = [
        ("sns", "list_topics", ("ExpiredToken", text, 403)),
        ("iam", "list_roles", ("ExpiredToken", text, 403)),
        ("dynamodb", "list_tables", ("ExpiredTokenException", text, 400)),
        ("logs", "describe_log_groups", ("ExpiredTokenException", text, 400)),
        ("lambda", "list_functions", ("ExpiredTokenException", text, 403)),
        ("s3", "list_buckets", ("ExpiredToken", "The provided token has expired.", 400)),
    ]
    for service, operation, wanted in cases:
        client = client_of(timed_cloud, session, service)
        assert refused(getattr(client, operation)) == wanted, service
        client.close()


def test_keys_that_were_left_over_speak_for_the_default_account(cloud: RunningCloud) -> None:
    for key_id in ("ASIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE", "test"):
        left_over = {"AccessKeyId": key_id, "SecretAccessKey": "x", "SessionToken": "x"}
        client = client_of(cloud, left_over)
        assert client.get_caller_identity()["Account"] == "000000000000"
        client.close()


def test_a_role_that_iam_knows(timed_cloud: RunningCloud) -> None:
    entry = recorded("sts/test_sts.json", "test_assume_role")
    trust = {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}}]}
    iam, sts = timed_cloud.client("iam"), timed_cloud.client("sts")
    made = iam.create_role(RoleName="known", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", **trust}))
    equal(made, entry["create-role"])
    asked = {"RoleArn": made["Role"]["Arn"], "RoleSessionName": "session"}
    answer = sts.assume_role(**asked)
    equal(answer, entry["assume-role"])
    assert answer["AssumedRoleUser"]["AssumedRoleId"] == f"{made['Role']['RoleId']}:session"
    assert refused(sts.assume_role, **asked, DurationSeconds=3601) == (
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        400,
    )
    iam.update_role(RoleName="known", MaxSessionDuration=7200)
    sts.assume_role(**asked, DurationSeconds=7200)


def test_a_federated_user(timed_cloud: RunningCloud) -> None:
    entry = recorded("sts/test_sts.json", "test_get_federation_token")["get-federation-token"]
    sts = timed_cloud.client("sts")
    answer = sts.get_federation_token(Name="someone", DurationSeconds=900)
    equal(answer, entry)
    federated = client_of(timed_cloud, answer["Credentials"])
    identity = federated.get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::{ACCOUNT}:federated-user/someone"
    assert identity["UserId"] == f"{ACCOUNT}:someone"
    assert refused(federated.get_federation_token, Name="other")[:2] == (
        "AccessDenied",
        "Cannot call GetFederationToken with session credentials",
    )
    federated.close()


def test_session_policies(cloud: RunningCloud) -> None:
    sts = cloud.client("sts")
    asked = {"RoleArn": ROLE, "RoleSessionName": "policed"}
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    assert 0 < sts.assume_role(**asked, Policy=json.dumps(policy))["PackedPolicySize"] <= 100
    assert refused(sts.assume_role, **asked, Policy="{")[:2] == (
        "MalformedPolicyDocument",
        "This policy contains invalid Json",
    )
    assert refused(sts.get_federation_token, Name="someone", Policy="{")[0] == "MalformedPolicyDocument"


def test_the_account_of_a_key(cloud: RunningCloud) -> None:
    sts = cloud.client("sts")
    key_id = sts.get_session_token()["Credentials"]["AccessKeyId"]
    assert sts.get_access_key_info(AccessKeyId=key_id)["Account"] == ACCOUNT


def test_session_credentials_cannot_ask_for_a_session(cloud: RunningCloud) -> None:
    session = client_of(cloud, cloud.client("sts").get_session_token()["Credentials"])
    assert refused(session.get_session_token) == (
        "AccessDenied",
        "Cannot call GetSessionToken with session credentials",
        403,
    )
    session.close()


@pytest.mark.parametrize(
    ("case", "request_"),
    [
        ("malformed-arn", {"RoleArn": "nothing-valid-in-here"}),
        ("no-partition", {"RoleArn": "arn::b:::something/test-role"}),
        ("no-service", {"RoleArn": "arn:a::::something/test-role"}),
        ("not-enough-colons", {"RoleArn": "arn:a:::something/test-role"}),
        ("no-resource", {"RoleArn": "arn:a:a::aaaaaaaaaa:"}),
        ("invalid-session-name", {"RoleSessionName": "Session1:2"}),
    ],
)
def test_invalid_parameters_as_aws_words_them(cloud: RunningCloud, case: str, request_: dict[str, str]) -> None:
    error = recorded("sts/test_sts.json", "test_sts_invalid_parameters")[case]["Error"]
    asked = {"RoleArn": ROLE, "RoleSessionName": "Session1", **request_}
    assert refused(cloud.client("sts").assume_role, **asked) == (error["Code"], error["Message"], 400)


def test_tags_as_aws_checks_them(cloud: RunningCloud) -> None:
    answers = recorded("sts/test_sts.json", "test_assume_role_tag_validation")
    sts = cloud.client("sts")
    asked = {"RoleArn": ROLE, "RoleSessionName": "tagged"}
    wrong = refused(sts.assume_role, **asked, Tags=[{"Key": "a", "Value": "1"}], TransitiveTagKeys=["b"])
    assert wrong[:2] == tuple(answers["invalid-transitive-tag-keys"]["Error"][key] for key in ("Code", "Message"))
    twice = [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]
    wrong = refused(sts.assume_role, **asked, Tags=twice)
    expected = answers["duplicate-tag-keys-different-casing"]["Error"]
    assert wrong[:2] == (expected["Code"], expected["Message"])


def test_a_chained_role_keeps_its_transitive_tags(cloud: RunningCloud) -> None:
    answers = recorded("sts/test_sts.json", "test_iam_role_chaining_override_transitive_tags")
    asked = {"RoleArn": ROLE, "RoleSessionName": "chained"}
    first = cloud.client("sts").assume_role(**asked, Tags=[{"Key": "Team", "Value": "1"}], TransitiveTagKeys=["Team"])
    chained = client_of(cloud, first["Credentials"])
    for case, key in (("override-transitive-tag-error", "Team"), ("override-transitive-tag-case-ignore-error", "team")):
        expected = answers[case]["Error"]
        wrong = refused(chained.assume_role, **asked, Tags=[{"Key": key, "Value": "2"}])
        assert wrong[:2] == (expected["Code"], expected["Message"])
    assert refused(chained.assume_role, **asked, DurationSeconds=7200)[0] == "ValidationError"
    chained.close()


def test_what_is_not_there_yet_is_refused_by_name(cloud: RunningCloud) -> None:
    sts = cloud.client("sts")
    asked = {"RoleArn": ROLE, "RoleSessionName": "one"}
    code, text, status = refused(sts.assume_role, **asked, SerialNumber="arn:aws:iam::1:mfa/x", TokenCode="123456")
    assert (code, status) == ("NotImplemented", 501)
    assert "SerialNumber" in text
    assert refused(sts.assume_role_with_web_identity, **asked, WebIdentityToken="token")[0] == "NotImplemented"
