"""STS over the wire: identities, and credentials that stand for a role until they expire."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded

ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/runner"


def client_of(cloud: RunningCloud, credentials: dict[str, Any]) -> Any:
    return boto3.client(
        "sts",
        endpoint_url=cloud.endpoint,
        region_name=REGION,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


def refused(call: Any, **request: Any) -> tuple[str, str, int]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    response = caught.value.response
    return response["Error"]["Code"], response["Error"]["Message"], response["ResponseMetadata"]["HTTPStatusCode"]


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
    timed_cloud.advance(901)
    assert assumed.get_caller_identity()["Arn"] != arn
    assumed.close()


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
