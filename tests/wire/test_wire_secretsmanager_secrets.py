"""Secrets Manager over the wire; answered as recorded (``secretsmanager/test_secretsmanager.json``)."""

import itertools
import json
import re
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import REGION, RunningCloud, recorded

_ACCOUNTS = itertools.count(200_000_000_000)
DAY_S = 24 * 60 * 60


@pytest.fixture
def account() -> str:
    """An account in which nothing is yet."""
    return str(next(_ACCOUNTS))


@pytest.fixture
def secrets(cloud: RunningCloud, account: str) -> Any:
    return cloud.client("secretsmanager", account=account)


def refused(call: Any, **request: Any) -> dict[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    found: dict[str, str] = caught.value.response["Error"]
    return {"Code": found["Code"], "Message": found["Message"]}


def recorded_error(entry: str, step: str) -> dict[str, str]:
    found: dict[str, str] = recorded("secretsmanager/test_secretsmanager.json", f"::{entry}")[step]["Error"]
    return found


def put(secrets: Any, name: str, value: str, *stages: str) -> str:
    """Put a value; the number of its version."""
    more = {"VersionStages": list(stages)} if stages else {}
    version: str = secrets.put_secret_value(SecretId=name, SecretString=value, **more)["VersionId"]
    return version


def stages(secrets: Any, name: str, **more: Any) -> list[list[str]]:
    """The stages of the versions that are listed."""
    listed = secrets.list_secret_version_ids(SecretId=name, **more)["Versions"]
    return [one.get("VersionStages", []) for one in listed]


def recorded_stages(entry: str) -> list[list[list[str]]]:
    """What each listing of versions showed, in order."""
    steps = recorded("secretsmanager/test_secretsmanager.json", f"::{entry}")
    listings = [step for name, step in steps.items() if name.startswith("list_secret_version_ids")]
    return [[one.get("VersionStages", []) for one in step["Versions"]] for step in listings]


def test_a_secret_has_the_shape_that_was_recorded(secrets: Any) -> None:
    made = secrets.create_secret(Name="s", Description="testing creation of secrets", SecretString="v")
    assert made["ARN"].rpartition("-")[0].endswith(":secret:s")
    listed = secrets.list_secrets()["SecretList"]
    entry = recorded("secretsmanager/test_secretsmanager.json", "::test_call_lists_secrets_multiple_times")
    assert set(listed[0]) == set(entry["list_secrets_res_0"]["SecretList"][0])
    assert listed[0]["SecretVersionsToStages"] == {made["VersionId"]: ["AWSCURRENT"]}
    value = secrets.get_secret_value(SecretId="s")
    entry = recorded("secretsmanager/test_secretsmanager.json", "::test_put_secret_value_with_version_stages")
    assert set(value) == set(entry["get_secret_value_res_0"])
    partial = made["ARN"].rpartition("-")[0]
    for name in ("s", made["ARN"], partial):
        assert secrets.get_secret_value(SecretId=name)["SecretString"] == "v"
    assert refused(secrets.get_secret_value, SecretId=f"{partial}-abcdef")["Code"] == "ResourceNotFoundException"
    # test_create_and_update_secret[Invalid/_+=.@-Name-a1b2c3-False]: a part that looks whole is none.
    alike = secrets.create_secret(Name="s-a1b2c3", SecretString="v")["ARN"].rpartition("-")[0]
    assert refused(secrets.get_secret_value, SecretId=alike)["Code"] == "ResourceNotFoundException"


def test_binary_values_come_back(secrets: Any) -> None:
    """Recorded: ``test_get_secret_value``."""
    secrets.create_secret(Name="s", SecretBinary=b"\x00\x01\xff")
    value = secrets.get_secret_value(SecretId="s")
    assert (value["SecretBinary"], "SecretString" in value) == (b"\x00\x01\xff", False)


def test_the_current_version_becomes_the_previous_one(secrets: Any) -> None:
    expected = recorded_stages("test_update_secret_version_stages_current_previous")
    secrets.create_secret(Name="s", SecretString="S1")
    seen = [stages(secrets, "s")]
    secrets.update_secret(SecretId="s", SecretString="S2")
    seen.append(stages(secrets, "s"))
    assert seen == expected


def test_stages_are_each_on_one_version(secrets: Any) -> None:
    expected = recorded_stages("test_non_versioning_version_stages_replacement")
    secrets.create_secret(Name="s", SecretString="S1")
    put(secrets, "s", "S2", "one", "two", "three")
    seen = [stages(secrets, "s")]
    put(secrets, "s", "S3", "one", "two", "three", "four")
    seen.append(stages(secrets, "s"))
    assert seen == expected
    expected = recorded_stages("test_non_versioning_version_stages_no_replacement")
    secrets.create_secret(Name="t", SecretString="S1")
    put(secrets, "t", "S2", "one", "two", "three")
    seen = [stages(secrets, "t")]
    put(secrets, "t", "S3", "one", "two", "four")
    seen.append(stages(secrets, "t"))
    assert seen == expected


@pytest.mark.parametrize(
    ("entry", "of_second", "of_third"),
    [
        ("test_update_secret_version_stages_current_pending_cycle", ["AWSPENDING"], ["AWSPENDING"]),
        (
            "test_update_secret_version_stages_current_pending_cycle_custom_stages_1",
            ["AWSPENDING", "AWSSOMETHING", "PUT1"],
            ["AWSPENDING", "PUT2"],
        ),
    ],
)
def test_a_pending_version_is_made_the_current_one(
    secrets: Any, entry: str, of_second: list[str], of_third: list[str]
) -> None:
    expected = recorded_stages(entry)
    ids = [secrets.create_secret(Name="s", SecretString="S1")["VersionId"]]
    seen = []
    for number, wanted in ((2, of_second), (3, of_third)):
        ids.append(put(secrets, "s", f"S{number}", *wanted))
        seen.append(stages(secrets, "s"))
        secrets.update_secret_version_stage(
            SecretId="s", VersionStage="AWSCURRENT", RemoveFromVersionId=ids[-2], MoveToVersionId=ids[-1]
        )
        seen.append(stages(secrets, "s"))
        assert secrets.get_secret_value(SecretId="s")["SecretString"] == f"S{number}"
    assert seen == expected


def test_versions_without_a_stage_are_hidden(secrets: Any) -> None:
    """Recorded: ``test_deprecated_secret_version_stage``."""
    secrets.create_secret(Name="s", SecretString="S1")
    for number in (2, 3):
        put(secrets, "s", f"S{number}")
    assert stages(secrets, "s") == [["AWSPREVIOUS"], ["AWSCURRENT"]]
    assert stages(secrets, "s", IncludeDeprecated=True) == [[], ["AWSPREVIOUS"], ["AWSCURRENT"]]


def test_a_secret_without_a_value_gets_its_first(secrets: Any) -> None:
    """Recorded: ``test_create_secret_version_from_empty_secret``."""
    assert "VersionId" not in secrets.create_secret(Name="s")
    assert "VersionIdsToStages" not in secrets.describe_secret(SecretId="s")
    assert refused(secrets.get_secret_value, SecretId="s")["Message"].endswith("for staging label: AWSCURRENT")
    answer = secrets.put_secret_value(SecretId="s", SecretString="v")
    assert answer["VersionStages"] == ["AWSCURRENT"]


def test_errors_as_recorded(secrets: Any) -> None:
    made = secrets.create_secret(Name="s", SecretString="v")
    get = secrets.get_secret_value
    entry = "test_get_secret_value_errors"
    assert refused(get, SecretId="s", VersionStage="AWSPREVIOUS") == recorded_error(
        entry, "error_get_secret_value_non_existing"
    )
    put(secrets, "s", "w")
    assert refused(get, SecretId="s", VersionId=made["VersionId"], VersionStage="AWSCURRENT") == recorded_error(
        entry, "mismatch_version_id_and_stage"
    )
    unknown = str(uuid.uuid4())
    assert refused(get, SecretId="s", VersionId=unknown) == {
        "Code": "ResourceNotFoundException",
        "Message": f"Secrets Manager can't find the specified secret value for VersionId: {unknown}",
    }
    assert refused(secrets.create_secret, Name="s", SecretString="v")["Message"] == (
        "The operation failed because the secret s already exists."
    )
    assert refused(secrets.create_secret, Name="Inv Name", SecretString="v") == recorded_error(
        "test_invalid_secret_name[Inv Name]", "ex_log_1"
    )
    for call in (get, secrets.describe_secret, secrets.delete_secret, secrets.restore_secret):
        assert refused(call, SecretId="none") == {
            "Code": "ResourceNotFoundException",
            "Message": "Secrets Manager can't find the specified secret.",
        }


def test_a_token_stands_for_one_value(secrets: Any) -> None:
    token = str(uuid.uuid4())
    made = secrets.create_secret(Name="s", SecretString="v", ClientRequestToken=token)
    assert secrets.create_secret(Name="s", SecretString="v", ClientRequestToken=token)["ARN"] == made["ARN"]
    assert refused(secrets.put_secret_value, SecretId="s", SecretString="w", ClientRequestToken=token)["Code"] == (
        "ResourceExistsException"
    )


def test_a_deleted_secret_can_be_restored_until_its_days_are_over(timed_cloud: RunningCloud) -> None:
    secrets = timed_cloud.client("secretsmanager")
    secrets.create_secret(Name="s", SecretString="v")
    secrets.delete_secret(SecretId="s", RecoveryWindowInDays=7)
    assert refused(secrets.get_secret_value, SecretId="s") == recorded_error(
        "test_tag_untag_resource_on_deleted_secret", "tag_deleted_secret_error"
    )
    assert refused(secrets.create_secret, Name="s", SecretString="v") == recorded_error(
        "test_exp_raised_on_creation_of_secret_scheduled_for_deletion", "invalid_req_ex"
    )
    assert refused(secrets.tag_resource, SecretId="s", Tags=[{"Key": "a", "Value": "b"}])["Code"] == (
        "InvalidRequestException"
    )
    assert secrets.list_secrets()["SecretList"] == []
    assert "DeletedDate" in secrets.list_secrets(IncludePlannedDeletion=True)["SecretList"][0]
    secrets.restore_secret(SecretId="s")
    timed_cloud.advance(8 * DAY_S)
    timed_cloud.drain()
    assert secrets.get_secret_value(SecretId="s")["SecretString"] == "v"
    secrets.delete_secret(SecretId="s")
    timed_cloud.advance(30 * DAY_S)
    timed_cloud.drain()
    assert refused(secrets.describe_secret, SecretId="s")["Code"] == "ResourceNotFoundException"


def test_a_secret_is_deleted_at_once_and_made_again(secrets: Any) -> None:
    """Recorded: ``test_can_recreate_delete_secret``, ``test_force_delete_deleted_secret``."""
    first = secrets.create_secret(Name="s", SecretString="v")
    secrets.delete_secret(SecretId="s")
    secrets.delete_secret(SecretId="s", ForceDeleteWithoutRecovery=True)
    assert secrets.create_secret(Name="s", SecretString="v")["ARN"] != first["ARN"]


def test_a_deletion_that_is_forced_needs_no_secret(secrets: Any, account: str) -> None:
    """The API reference's page of DeleteSecret: forced, it does not return ResourceNotFoundException."""
    answer = secrets.delete_secret(SecretId="none", ForceDeleteWithoutRecovery=True)
    assert answer["Name"] == "none"
    assert re.fullmatch(rf"arn:aws:secretsmanager:{REGION}:{account}:secret:none-\w{{6}}", answer["ARN"])
    again = secrets.delete_secret(SecretId=answer["ARN"], ForceDeleteWithoutRecovery=True)
    assert again["ARN"] == answer["ARN"]
    assert refused(secrets.delete_secret, SecretId="none")["Code"] == "ResourceNotFoundException"
    assert secrets.list_secrets(IncludePlannedDeletion=True)["SecretList"] == []


@pytest.mark.parametrize(
    ("operation", "request_", "code"),
    [
        ("delete_secret", {"RecoveryWindowInDays": 6}, "InvalidParameterException"),
        (
            "delete_secret",
            {"RecoveryWindowInDays": 7, "ForceDeleteWithoutRecovery": True},
            "InvalidParameterException",
        ),
        ("put_secret_value", {"SecretString": "a", "SecretBinary": b"b"}, "InvalidParameterException"),
        ("put_secret_value", {}, "InvalidRequestException"),
        ("put_resource_policy", {"ResourcePolicy": "{"}, "MalformedPolicyDocumentException"),
        ("replicate_secret_to_regions", {"AddReplicaRegions": [{"Region": "eu-west-1"}]}, "NotImplemented"),
        ("tag_resource", {"Tags": [{"Key": "aws:x", "Value": "v"}]}, "InvalidParameterException"),
        ("update_secret_version_stage", {"VersionStage": "AWSCURRENT"}, ""),
    ],
)
def test_what_may_not_be_is_refused(secrets: Any, operation: str, request_: dict[str, Any], code: str) -> None:
    secrets.create_secret(Name="s", SecretString="v")
    call = getattr(secrets, operation)
    if code:
        assert refused(call, SecretId="s", **request_)["Code"] == code
    else:
        assert call(SecretId="s", **request_)["Name"] == "s"
    assert secrets.get_secret_value(SecretId="s")["SecretString"] == "v"


def test_a_stage_is_moved_only_from_where_it_is(secrets: Any) -> None:
    first = secrets.create_secret(Name="s", SecretString="v")["VersionId"]
    second = put(secrets, "s", "w", "later")
    move = secrets.update_secret_version_stage
    for wrong in (
        {"VersionStage": "AWSCURRENT", "MoveToVersionId": second},
        {"VersionStage": "AWSCURRENT", "RemoveFromVersionId": first},
        {"VersionStage": "later", "RemoveFromVersionId": first},
    ):
        assert refused(move, SecretId="s", **wrong)["Code"] == "InvalidParameterException"
    move(SecretId="s", VersionStage="later", RemoveFromVersionId=second)
    assert stages(secrets, "s") == [["AWSCURRENT"]]


def test_policies_and_tags_are_kept(secrets: Any) -> None:
    """Recorded: ``test_resource_policy``, ``test_secret_tags``."""
    secrets.create_secret(Name="s", SecretString="v")
    assert "ResourcePolicy" not in secrets.get_resource_policy(SecretId="s")
    statement = {"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    secrets.put_resource_policy(SecretId="s", ResourcePolicy=policy)
    assert secrets.get_resource_policy(SecretId="s")["ResourcePolicy"] == policy
    blocked = {"ResourcePolicy": policy, "BlockPublicPolicy": True}
    assert refused(secrets.put_resource_policy, SecretId="s", **blocked)["Code"] == "PublicPolicyException"
    secrets.delete_resource_policy(SecretId="s")
    assert "ResourcePolicy" not in secrets.get_resource_policy(SecretId="s")
    assert "Tags" not in secrets.describe_secret(SecretId="s")
    for number in (1, 2):
        secrets.tag_resource(SecretId="s", Tags=[{"Key": f"tag{number}", "Value": f"value{number}"}])
    secrets.untag_resource(SecretId="s", TagKeys=["tag1"])
    assert secrets.describe_secret(SecretId="s")["Tags"] == [{"Key": "tag2", "Value": "value2"}]
    secrets.untag_resource(SecretId="s", TagKeys=["tag2"])
    assert secrets.describe_secret(SecretId="s")["Tags"] == []


def test_a_secret_has_one_policy(secrets: Any) -> None:
    """Its name is ``default``, as the pages of these operations have it."""
    secrets.create_secret(Name="s", SecretString="v")
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    assert secrets.list_resource_policies(SecretId="s")["ResourcePolicies"] == []
    put = secrets.put_resource_policy(SecretId="s", ResourcePolicy=policy, PolicyName="default")
    assert put["PolicyName"] == "default"
    assert secrets.list_resource_policies(SecretId="s")["ResourcePolicies"] == [{"PolicyName": "default"}]
    assert secrets.get_resource_policy(SecretId="s", PolicyName="default")["ResourcePolicy"] == policy
    other: dict[str, str] = {"SecretId": "s", "PolicyName": "other"}
    assert refused(secrets.get_resource_policy, **other)["Code"] == "ResourceNotFoundException"
    assert refused(secrets.delete_resource_policy, **other)["Code"] == "InvalidParameterException"
    assert refused(secrets.put_resource_policy, **other, ResourcePolicy=policy)["Code"] == "InvalidParameterException"


@pytest.mark.parametrize(
    ("statement", "checks"),
    [
        ({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:role/r"}, "Action": "*"}, []),
        ({"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue"}, ["PublicPolicy"]),
        ({"Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": "*", "Condition": {"Bool": {"a": "true"}}}, []),
        ({"Effect": "Deny", "Principal": "*", "Action": ["secretsmanager:GetSecretValue"]}, []),
        ({"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:PutResourcePolicy"}, ["CallerLockout"]),
        ({"Effect": "Deny", "Principal": {"AWS": 1}, "Action": {"a": 1}}, []),
    ],
)
def test_policies_are_validated(secrets: Any, statement: dict[str, Any], checks: list[str]) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": {**statement, "Resource": "*"}})
    answer = secrets.validate_resource_policy(ResourcePolicy=policy)
    assert answer["PolicyValidationPassed"] == (not checks)
    assert [one["CheckName"] for one in answer["ValidationErrors"]] == checks


@pytest.mark.parametrize("text", ["{", "[]", '{"Statement": ["Allow"]}'])
def test_policies_that_are_none(secrets: Any, text: str) -> None:
    secrets.create_secret(Name="s", SecretString="v")
    for more in ({}, {"SecretId": "s"}):
        refusal = refused(secrets.validate_resource_policy, ResourcePolicy=text, **more)
        assert refusal["Code"] == "MalformedPolicyDocumentException"
    missing = refused(secrets.validate_resource_policy, SecretId="none", ResourcePolicy='{"Statement": []}')
    assert missing["Code"] == "ResourceNotFoundException"


def test_lists_are_filtered_sorted_and_come_in_pages(secrets: Any) -> None:
    for name in ("app/b", "app/a", "other"):
        secrets.create_secret(
            Name=name, SecretString=name, Description=f"of {name}", Tags=[{"Key": "team", "Value": "x"}]
        )
    listed = secrets.list_secrets(Filters=[{"Key": "name", "Values": ["app"]}], SortBy="name")["SecretList"]
    assert [one["Name"] for one in listed] == ["app/a", "app/b"]
    for one, count in (
        ({"Key": "name", "Values": ["!app"]}, 1),
        ({"Key": "description", "Values": ["OF other"]}, 1),
        ({"Key": "tag-key", "Values": ["team"]}, 3),
        ({"Key": "all", "Values": ["b"]}, 1),
        ({"Key": "tag-value", "Values": ["y"]}, 0),
    ):
        assert len(secrets.list_secrets(Filters=[one])["SecretList"]) == count
    page = secrets.list_secrets(MaxResults=2)
    assert len(page["SecretList"]) == 2
    assert len(secrets.list_secrets(MaxResults=2, NextToken=page["NextToken"])["SecretList"]) == 1
    assert refused(secrets.list_secrets, NextToken="x")["Code"] == "InvalidNextTokenException"
    batch = secrets.batch_get_secret_value(SecretIdList=["app/a", "none"])
    assert [one["SecretString"] for one in batch["SecretValues"]] == ["app/a"]
    assert [one["ErrorCode"] for one in batch["Errors"]] == ["ResourceNotFoundException"]
    batch = secrets.batch_get_secret_value(Filters=[{"Key": "name", "Values": ["app"]}])
    assert len(batch["SecretValues"]) == 2


def test_passwords_are_of_the_wanted_kind(secrets: Any) -> None:
    password = secrets.get_random_password()["RandomPassword"]
    assert len(password) == 32
    assert {str.islower, str.isupper, str.isdigit} <= {
        kind for kind in (str.islower, str.isupper, str.isdigit) if any(kind(one) for one in password)
    }
    only = secrets.get_random_password(
        PasswordLength=5, ExcludeLowercase=True, ExcludeUppercase=True, ExcludePunctuation=True, ExcludeCharacters="0"
    )["RandomPassword"]
    assert only.isdigit() and len(only) == 5 and "0" not in only
    # The text is AWS's, as https://github.com/getmoto/moto has it.
    answer = refused(secrets.get_random_password, PasswordLength=3)
    assert answer["Code"] == "InvalidParameterException"
    assert answer["Message"] == "Password length is too short based on the required types."
    # The API reference has no space among the types that are required.
    assert len(secrets.get_random_password(PasswordLength=4, IncludeSpace=True)["RandomPassword"]) == 4
    assert " " in secrets.get_random_password(PasswordLength=5, IncludeSpace=True)["RandomPassword"]


def test_stacks_make_secrets(cloud: RunningCloud, secrets: Any, account: str) -> None:
    stacks = cloud.client("cloudformation", account=account)
    generated = {"SecretStringTemplate": '{"user": "ada"}', "GenerateStringKey": "password", "PasswordLength": 20}
    template: dict[str, Any] = {
        "Resources": {
            "S": {"Type": "AWS::SecretsManager::Secret", "Properties": {"GenerateSecretString": generated}},
            "P": {
                "Type": "AWS::SecretsManager::ResourcePolicy",
                "Properties": {"SecretId": {"Ref": "S"}, "ResourcePolicy": {"Version": "2012-10-17", "Statement": []}},
            },
        },
        "Outputs": {"Arn": {"Value": {"Ref": "S"}}},
    }
    stacks.create_stack(StackName="s", TemplateBody=json.dumps(template))
    stacks.get_waiter("stack_create_complete").wait(StackName="s", WaiterConfig={"Delay": 0.05})
    arn = stacks.describe_stacks(StackName="s")["Stacks"][0]["Outputs"][0]["OutputValue"]
    # As AWS names them (https://github.com/link2aws/link2aws.github.io/pull/66): without the stack.
    assert re.fullmatch(r"S-\w{12}", secrets.describe_secret(SecretId=arn)["Name"])
    value = json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])
    assert (value["user"], len(value["password"])) == ("ada", 20)
    assert "ResourcePolicy" in secrets.get_resource_policy(SecretId=arn)
    template["Resources"]["S"]["Properties"] |= {"Description": "new", "Tags": [{"Key": "a", "Value": "b"}]}
    stacks.update_stack(StackName="s", TemplateBody=json.dumps(template))
    stacks.get_waiter("stack_update_complete").wait(StackName="s", WaiterConfig={"Delay": 0.05})
    shown = secrets.describe_secret(SecretId=arn)
    assert (shown["Description"], shown["Tags"]) == ("new", [{"Key": "a", "Value": "b"}])
    assert json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"]) == value
    stacks.delete_stack(StackName="s")
    stacks.get_waiter("stack_delete_complete").wait(StackName="s", WaiterConfig={"Delay": 0.05})
    assert refused(secrets.describe_secret, SecretId=arn)["Code"] == "ResourceNotFoundException"
