"""Secrets Manager beside the recorded answers of AWS, member by member and step by step."""

import itertools
import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from tests.conftest import ACCOUNT, RunningCloud, recorded
from tests.wire.answers import answered, equal

FILE = "secretsmanager/test_secretsmanager.json"
_ACCOUNTS = itertools.count(300_000_000_000)
S: dict[str, Any] = {"SecretId": "s"}
MADE: dict[str, Any] = {"Name": "s", "SecretString": "S1"}
FORCED = {**S, "ForceDeleteWithoutRecovery": True}
ANYONE = {"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [ANYONE]})
Step = tuple[str, str, dict[str, Any]]
"""A step of an entry, the operation, and its request, in which ``<version_uuid:n>`` is the n-th version."""


@pytest.fixture
def secrets(cloud: RunningCloud) -> Any:
    """A client for an account in which nothing is yet."""
    return cloud.client("secretsmanager", account=str(next(_ACCOUNTS)))


def replay(secrets: Any, entry: str, steps: list[Step]) -> None:
    """Ask what was asked of AWS, and be answered alike. An empty step is not in the recording."""
    aws, versions = recorded(FILE, f"::{entry}"), list[str]()

    def known(value: Any) -> Any:
        text = json.dumps(value)
        for number, version in enumerate(versions, 1):
            text = text.replace(f"<version_uuid:{number}>", version)
        return json.loads(text)

    for step, operation, request in steps:
        wanted = {key: value if isinstance(value, bytes) else known(value) for key, value in request.items()}
        answer = answered(getattr(secrets, operation), **wanted)
        if operation != "delete_secret" and answer.get("VersionId", "") not in ["", *versions]:
            versions.append(answer["VersionId"])
        if step:
            equal(answer, known(aws[step]), f"{entry} {step}")
    assert {step for step, _, _ in steps if step} == set(aws)


def moved(step: str, source: int, target: int, stage: str = "AWSCURRENT") -> Step:
    versions = {"RemoveFromVersionId": f"<version_uuid:{source}>", "MoveToVersionId": f"<version_uuid:{target}>"}
    return step, "update_secret_version_stage", {**S, "VersionStage": stage, **versions}


def put(step: str, value: str, *stages: str) -> Step:
    return step, "put_secret_value", {**S, "SecretString": value, **({"VersionStages": list(stages)} if stages else {})}


def listed(number: int) -> Step:
    return f"list_secret_version_ids_res_{number}", "list_secret_version_ids", S


def got(step: str, **more: str) -> Step:
    return step, "get_secret_value", {**S, **more}


def test_a_secret_is_made_and_updated(secrets: Any) -> None:
    """test_create_and_update_secret: each name, and each year in which it was recorded."""
    for name, entries in (
        ("s-c64bdc03", ("[s-c64bdc03-True]", "[s-c64bdc03]", "[s-4b175f02-True]")),
        ("Valid/_+=.@-Name", ("[Valid/_+=.@-Name-True]", "[Valid/_+=.@-Name]")),
        ("Valid/_+=.@-Name-a1b2", ("[Valid/_+=.@-Name-a1b2-True]", "[Valid/_+=.@-Name-a1b2]")),
        ("Valid/_+=.@-Name-a1b2c3-", ("[Valid/_+=.@-Name-a1b2c3--True]", "[Valid/_+=.@-Name-a1b2c3-]")),
        ("Invalid/_+=.@-Name-a1b2c3", ("[Invalid/_+=.@-Name-a1b2c3-False]",)),
    ):
        for entry in entries:
            _made_and_updated(secrets, name, f"test_create_and_update_secret{entry}")
            secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)


def _made_and_updated(secrets: Any, name: str, entry: str) -> None:
    made = secrets.create_secret(Name=name, SecretString="my_secret", Description="Testing secret creation.")
    aws, whole = recorded(FILE, f"::{entry}"), {"SecretId": made["ARN"]}
    partial = {"SecretId": made["ARN"].rpartition("-")[0]}
    version = made["VersionId"]
    equal(made, aws["create_secret_rs_1"])
    equal(secrets.get_secret_value(SecretId=name), aws["get_secret_value_rs_1"])
    equal(
        secrets.describe_secret(SecretId=name),
        json.loads(json.dumps(aws["describe_secret_rs_1"]).replace("<version_uuid:1>", version)),
    )
    equal(secrets.get_secret_value(**whole), aws["get_secret_value_rs_2"])
    # A part of an ARN whose end has the form of the six characters is taken for the whole of another.
    ambiguous = "resource_not_found_dict_1" in aws
    step = "resource_not_found_dict_1" if ambiguous else "get_secret_value_rs_3"
    equal(answered(secrets.get_secret_value, **partial), aws[step])
    equal(secrets.put_secret_value(SecretId=name, SecretString="new_secret"), aws["put_secret_value_rs_1"])
    equal(secrets.get_secret_value(SecretId=name), aws["get_secret_value_rs_4"])
    update = {"Description": "Testing secret update.", "SecretString": "updated_secret"}
    equal(secrets.update_secret(SecretId=name, **update), aws["update_secret_res_1"])
    equal(secrets.delete_secret(SecretId=name), aws["delete_secret_res_1"])


ENTRIES: dict[str, list[Step]] = {
    "test_update_secret_description": [
        ("create_secret_rs_0", "create_secret", MADE),
        ("describe_secret_res_0", "describe_secret", S),
        ("update_secret_res_0", "update_secret", {**S, "Description": "MyDescription"}),
        ("describe_secret_res_1", "describe_secret", S),
        ("update_secret_res_1", "update_secret", {**S, "SecretString": "S2", "Description": "MyNewDescription"}),
        ("describe_secret_res_2", "describe_secret", S),
        ("update_secret_res_2", "update_secret", {**S, "SecretString": "S3"}),
        ("describe_secret_res_3", "describe_secret", S),
        ("update_secret_res_3", "update_secret", S),
        ("describe_secret_res_4", "describe_secret", S),
        ("delete_secret_res_0", "delete_secret", S),
    ],
    "test_update_secret_version_stages_return_type": [
        ("create_secret_rs_0", "create_secret", MADE),
        put("put_secret_value_res_0", "S2", "AWSPENDING"),
        moved("update_secret_version_stage_res_0", 1, 2),
        ("delete_secret_res_0", "delete_secret", S),
    ],
    "test_update_secret_version_stages_current_pending": [
        ("create_secret_rs_0", "create_secret", MADE),
        put("put_secret_value_res_0", "S2", "AWSPENDING"),
        listed(0),
        moved("update_secret_version_stage_res_0", 1, 2),
        listed(1),
        put("put_secret_value_res_1", "S3"),
        listed(2),
        ("delete_secret_res_0", "delete_secret", S),
    ],
    "test_update_secret_version_stages_current_pending_cycle": [
        ("create_secret_rs_0", "create_secret", MADE),
        put("put_secret_value_res_0", "S2", "AWSPENDING"),
        listed(0),
        got("get_secret_value_res_0"),
        moved("update_secret_version_stage_res_0", 1, 2),
        listed(1),
        got("get_secret_value_res_1"),
        put("put_secret_value_res_1", "S3", "AWSPENDING"),
        listed(2),
        got("get_secret_value_res_2"),
        moved("put_secret_value_res_2", 2, 3),
        listed(3),
        got("get_secret_value_res_3"),
        ("delete_secret_res_0", "delete_secret", S),
    ],
    "test_update_secret_version_stages_current_pending_cycle_custom_stages_1": [
        ("create_secret_rs_0", "create_secret", MADE),
        put("put_secret_value_res_0", "S2", "AWSPENDING", "AWSSOMETHING", "PUT1"),
        listed(0),
        got("get_secret_value_res_0"),
        moved("update_secret_version_stage_res_0", 1, 2),
        listed(1),
        got("get_secret_value_res_1"),
        put("put_secret_value_res_1", "S3", "AWSPENDING", "PUT2"),
        listed(2),
        got("get_secret_value_res_2"),
        moved("update_secret_version_stage_res_1", 2, 3),
        listed(3),
        got("get_secret_value_res_3"),
        ("delete_secret_res_0", "delete_secret", S),
    ],
    "test_update_secret_version_stages_current_pending_cycle_custom_stages_2": [
        ("create_secret_rs_0", "create_secret", {**MADE, "SecretString": "SS"}),
        put("put_secret_value_res_0", "S1", "AWSCURRENT", "PUT0"),
        listed(0),
        put("put_secret_value_res_1", "S2", "AWSPENDING", "PUT1"),
        listed(1),
        got("get_secret_value_res_0"),
        moved("update_secret_version_stage_res_0", 2, 3),
        listed(2),
        got("get_secret_value_res_1"),
        put("put_secret_value_res_2", "S3", "AWSPENDING", "PUT2"),
        listed(3),
        got("get_secret_value_res_2"),
        moved("update_secret_version_stage_res_1", 3, 4),
        listed(4),
        got("get_secret_value_res_3"),
        ("delete_secret_res_0", "delete_secret", S),
    ],
    "test_update_secret_version_stages_current_pending_cycle_custom_stages_3": [
        ("create_secret_rs", "create_secret", {**MADE, "SecretString": "SS"}),
        put("put_secret_value_res_0", "S1", "PENDING"),
        ("list_secret_version_ids_rs", "list_secret_version_ids", S),
        got("get_secret_value_v1_rs", VersionId="<version_uuid:1>"),
        got("get_secret_value_v2_rs", VersionId="<version_uuid:2>"),
        moved("update_secret_version_stage_res_1", 1, 2),
        got("get_secret_value_v1_rs_1", VersionId="<version_uuid:1>"),
        got("get_secret_value_v2_rs_1", VersionId="<version_uuid:2>"),
        (
            "update_secret_version_stage_res_2",
            "update_secret_version_stage",
            {**S, "VersionStage": "PENDING", "RemoveFromVersionId": "<version_uuid:2>"},
        ),
        got("get_secret_value_v1_rs_2", VersionId="<version_uuid:1>"),
        got("get_secret_value_v2_rs_2", VersionId="<version_uuid:2>"),
        ("delete_secret_res_0", "delete_secret", S),
    ],
    "test_can_recreate_delete_secret": [
        ("create_secret_res_0", "create_secret", MADE),
        ("delete_res_1", "delete_secret", FORCED),
        ("create_secret_res_1", "create_secret", MADE),
    ],
    "test_exp_raised_on_creation_of_secret_scheduled_for_deletion": [
        ("", "create_secret", MADE),
        ("delete_res", "delete_secret", S),
        ("invalid_req_ex", "create_secret", MADE),
    ],
    "test_force_delete_deleted_secret": [
        ("create_secret_response", "create_secret", MADE),
        ("delete_secret_response", "delete_secret", S),
        ("describe_secret_response", "describe_secret", S),
        ("force_delete_secret_response", "delete_secret", FORCED),
    ],
    "test_tag_untag_resource_on_deleted_secret": [
        ("create_secret", "create_secret", MADE),
        ("delete_secret", "delete_secret", S),
        ("tag_deleted_secret_error", "tag_resource", {**S, "Tags": [{"Key": "tag1", "Value": "value1"}]}),
        ("untag_deleted_secret_error", "untag_resource", {**S, "TagKeys": ["tag1"]}),
    ],
    "test_put_secret_value_with_version_stages": [
        ("create_secret_rs_0", "create_secret", {**MADE, "SecretString": "secret_string_v0"}),
        got("get_secret_value_res_0"),
        put("put_secret_value_res_1", "secret_string_v1", "SAMPLESTAGE1", "SAMPLESTAGE0"),
        got("get_secret_value_res_1"),
        put("put_secret_value_res_2", "secret_string_v2", "SAMPLESTAGE1", "SAMPLESTAGE0"),
        got("get_secret_value_res_2"),
        put("put_secret_value_res_3", "secret_string_v3", "AWSPENDING"),
        got("get_secret_value_res_3"),
        put("put_secret_value_res_4", "secret_string_v4"),
        got("get_secret_value_res_4"),
        ("delete_secret_res_1", "delete_secret", S),
    ],
    "test_update_secret_version_stages_current_previous": [
        ("create_secret_rs_0", "create_secret", MADE),
        listed(0),
        ("update_secret_res_0", "update_secret", {**S, "SecretString": "S2"}),
        listed(1),
        ("delete_secret_res_0", "delete_secret", S),
    ],
    "test_non_versioning_version_stages_replacement": [
        ("create_secret_rs_0", "create_secret", MADE),
        put("put_secret_value_res_0", "S2", "one", "two", "three"),
        listed(0),
        put("put_secret_value_res_1", "S3", "one", "two", "three", "four"),
        listed(1),
        ("delete_secret_res_0", "delete_secret", S),
    ],
    "test_non_versioning_version_stages_no_replacement": [
        ("create_secret_rs_0", "create_secret", MADE),
        put("put_secret_value_res_0", "S2", "one", "two", "three"),
        listed(0),
        put("put_secret_value_res_1", "S3", "one", "two", "four"),
        listed(1),
        ("delete_secret_res_0", "delete_secret", S),
    ],
    "test_deprecated_secret_version_stage": [
        ("create_secret", "create_secret", MADE),
        ("list_secret_version_ids", "list_secret_version_ids", S),
        put("put_secret_value_1", "S2"),
        ("list_secret_version_ids_1", "list_secret_version_ids", S),
        put("put_secret_value_2", "S3"),
        ("list_secret_version_ids_2", "list_secret_version_ids", S),
        ("list_secret_version_ids_3", "list_secret_version_ids", {**S, "IncludeDeprecated": True}),
        put("put_secret_value_3", "S4"),
        ("list_secret_version_ids_4", "list_secret_version_ids", S),
        ("list_secret_version_ids_5", "list_secret_version_ids", {**S, "IncludeDeprecated": True}),
    ],
    "test_create_secret_version_from_empty_secret": [
        ("create-empty-secret", "create_secret", {"Name": "s"}),
        ("describe-secret", "describe_secret", S),
        put("put-secret-value", "S1"),
    ],
    "test_get_secret_value": [
        ("", "create_secret", {"Name": "s", "SecretBinary": b"footest"}),
        got("secret_value_response"),
        got("secret_value_http_response"),
    ],
    "test_secret_tags": [
        ("create_secret", "create_secret", {"Name": "s"}),
        ("describe_secret", "describe_secret", S),
        ("tag_resource_1", "tag_resource", {**S, "Tags": [{"Key": "tag1", "Value": "value1"}]}),
        ("describe_secret_1", "describe_secret", S),
        ("tag_resource_2", "tag_resource", {**S, "Tags": [{"Key": "tag2", "Value": "value2"}]}),
        ("describe_secret_2", "describe_secret", S),
        ("untag_resource_1", "untag_resource", {**S, "TagKeys": ["tag1"]}),
        ("describe_secret_3", "describe_secret", S),
        ("untag_resource_2", "untag_resource", {**S, "TagKeys": ["tag2"]}),
        ("describe_secret_4", "describe_secret", S),
        ("", "tag_resource", {**S, "Tags": [{"Key": f"tag{n}", "Value": f"value{n}"} for n in (3, 4)]}),
        ("describe_secret_5", "describe_secret", S),
        ("", "untag_resource", {**S, "TagKeys": ["tag3", "tag4"]}),
        ("describe_secret_6", "describe_secret", S),
    ],
    "test_resource_policy": [
        ("", "create_secret", {"Name": "s"}),
        ("put_resource_policy", "put_resource_policy", {**S, "ResourcePolicy": POLICY}),
        ("get_resource_policy", "get_resource_policy", S),
    ],
    "test_secret_not_found": [
        ("get_secret_value_not_found_ex", "get_secret_value", S),
        ("list_secret_version_ids_not_found_ex", "list_secret_version_ids", S),
    ],
    "test_secret_exists_snapshots": [
        ("", "create_secret", MADE),
        ("ex_log", "create_secret", MADE),
        ("delete_secret_res", "delete_secret", {**S, "ForceDeleteWithoutRecovery": True}),
    ],
    "test_secret_restore": [
        ("", "create_secret", MADE),
        ("delete_secret_res", "delete_secret", S),
        ("restore_secret_res", "restore_secret", S),
    ],
}


@pytest.mark.parametrize("entry", ENTRIES)
def test_steps(secrets: Any, entry: str) -> None:
    """The entry that the parameter names."""
    replay(secrets, entry, ENTRIES[entry])


@pytest.mark.parametrize("entry", ["test_call_lists_secrets_multiple_times", "..._snapshots"])
def test_lists_are_alike(secrets: Any, entry: str) -> None:
    """test_call_lists_secrets_multiple_times, test_call_lists_secrets_multiple_times_snapshots"""
    first: Step = ("create_secret_rs_1", "create_secret", {**MADE, "Description": "testing creation of secrets"})
    lists: list[Step] = [(f"list_secrets_res_{number}", "list_secrets", {}) for number in range(3)]
    last: Step = ("delete_secret_res_1", "delete_secret", S)
    replay(secrets, entry.replace("...", "test_call_lists_secrets_multiple_times"), [first, *lists, last])


@pytest.mark.parametrize("entry", ["test_create_multi_secrets", "test_create_multi_secrets_snapshot"])
def test_several(secrets: Any, entry: str) -> None:
    """The entry that the parameter names."""
    about = {"SecretString": "v", "Description": "Testing secrets creation."}
    replay(
        secrets,
        entry,
        [
            *(("", "create_secret", {"Name": f"s{number}", **about}) for number in range(3)),
            ("list_secrets_res", "list_secrets", {}),
            *((f"delete_secret_res{number}", "delete_secret", {"SecretId": f"s{number}"}) for number in range(3)),
        ],
    )


@pytest.mark.parametrize(
    ("entry", "first", "second"),
    [
        ("footest-updated1", b"footest", b"updated1"),
        ("tops3cret-updated2", b"tops3cret", b"updated2"),
        (r"\x00\x01\x02\xff-\xfe\xfd", b"\x00\x01\x02\xff", b"\xfe\xfd"),
    ],
)
def test_bytes_are_changed(secrets: Any, entry: str, first: bytes, second: bytes) -> None:
    """test_change_secret_value_after_creation"""
    replay(
        secrets,
        f"test_change_secret_value_after_creation[{entry}]",
        [
            ("", "create_secret", {"Name": "s"}),
            ("", "put_secret_value", {**S, "SecretBinary": b"initial"}),
            ("put_secret_value_secret_response", "get_secret_value", S),
            ("", "put_secret_value", {**S, "SecretBinary": first}),
            ("put_secret_binary_response_updated", "get_secret_value", S),
            ("", "update_secret", {**S, "SecretBinary": second}),
            ("update_secret_binary_response_updated", "get_secret_value", S),
        ],
    )


def test_versions_that_are_not_there(secrets: Any) -> None:
    """test_secret_version_not_found"""
    aws = recorded(FILE, "::test_secret_version_not_found")
    secrets.create_secret(Name="s")
    prefix = "An error occurred (ResourceNotFoundException) when calling the GetSecretValue operation: "
    version = "0f6a02dd-5a1c-4b5c-8b4c-0d3f0c5a4a11"

    def said(**more: str) -> str:
        error = answered(secrets.get_secret_value, **S, **more)["Error"]
        assert error["Code"] == "ResourceNotFoundException"
        return prefix + str(error["Message"])

    assert said() == aws["get_secret_value_no_version_ex"]
    secrets.put_secret_value(**S, SecretString="v")
    ours = said(VersionId=version)
    assert ours == aws["get_secret_value_version_not_found_ex"].replace("<version-id>", version)
    assert said(VersionStage="AWSPENDING") == aws["get_secret_value_stage_not_found_ex"]


@pytest.mark.parametrize("name", ["Inv Name", " Inv Name", " Inv*Name? ", r" Inv *?!]Name\\-"])
def test_names_that_may_not_be(secrets: Any, name: str) -> None:
    """test_invalid_secret_name: every operation that takes a name."""
    wrong = {"SecretId": name}
    replay(
        secrets,
        f"test_invalid_secret_name[{name}]",
        [
            ("ex_log_1", "create_secret", {"Name": name, "SecretString": "v"}),
            ("ex_log_2", "delete_secret", wrong),
            ("ex_log_3", "describe_secret", wrong),
            ("ex_log_4", "get_secret_value", wrong),
            ("ex_log_5", "list_secret_version_ids", {**wrong, "IncludeDeprecated": True}),
            ("ex_log_6", "put_secret_value", {**wrong, "SecretString": "v"}),
            ("ex_log_7", "tag_resource", {**wrong, "Tags": [{"Key": "FirstTag", "Value": "SomeValue"}]}),
            ("ex_log_8", "untag_resource", {**wrong, "TagKeys": ["FirstTag"]}),
            ("ex_log_9", "update_secret", {**wrong, "Description": "MyNewDescription"}),
            ("ex_log_10", "validate_resource_policy", {**wrong, "ResourcePolicy": POLICY}),
        ],
    )


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("CreateSecret", {"Name": "t", "SecretString": "v"}),
        ("UpdateSecret", {"SecretId": "s", "SecretString": "v"}),
        ("PutSecretValue", {"SecretId": "s", "SecretString": "v"}),
        ("RotateSecret", {"SecretId": "s", "RotationRules": {"AutomaticallyAfterDays": 1}}),
    ],
)
def test_no_token(cloud: RunningCloud, operation: str, request_: dict[str, Any]) -> None:
    """test_no_client_request_token, of clients that do not make one up."""
    aws = recorded(FILE, f"::test_no_client_request_token[{operation}]")["no-client-request-exc"]
    headers = {
        "x-amz-target": f"secretsmanager.{operation}",
        "content-type": "application/x-amz-json-1.1",
        "authorization": f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/us-east-1/secretsmanager/aws4_request, "
        "SignedHeaders=host, Signature=0",
        "x-amz-date": "20260101T000000Z",
    }
    asked = urllib.request.Request(cloud.endpoint, json.dumps(request_).encode(), headers)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(asked)
    with caught.value as answer:
        error = json.load(answer)
    assert {"__type": error["__type"], "Message": error.get("Message", error.get("message"))} == aws["Error"]
    assert caught.value.code == aws["Metadata"]["StatusCode"]
