"""Permissions of functions, versions and aliases beside AWS's recorded answers; environments at their limit."""

import json
from typing import Any

import pytest
from tests.conftest import ACCOUNT, RunningCloud, recorded
from tests.wire.answers import answered, equal
from tests.wire.functions import API, ECHO, archive, create

BUCKET = "arn:aws:s3:::my-bucket"
S3 = {"Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com", "SourceArn": BUCKET}


@pytest.fixture(scope="module")
def client(cloud: RunningCloud) -> Any:
    return cloud.client("lambda")


def test_fields_of_a_permission(client: Any) -> None:
    """test_add_lambda_permission_fields"""
    aws = recorded(API, "test_add_lambda_permission_fields")
    create(client, "fields")
    invoke = {"FunctionName": "fields", "Action": "lambda:InvokeFunction"}
    sourced = {**invoke, "SourceAccount": ACCOUNT}
    user = f"arn:aws:iam::{ACCOUNT}:user/someone"
    for key, request in {
        "principal_wildcard": {**sourced, "StatementId": "wilcard", "Principal": "*"},
        "principal_service": {**sourced, "StatementId": "lambda", "Principal": "lambda.amazonaws.com"},
        "principal_account": {**invoke, "StatementId": "account-id", "Principal": ACCOUNT},
        "principal_arn": {**sourced, "StatementId": "user-arn", "Principal": user},
        "optional_fields": {
            **sourced,
            "StatementId": "urlPermission",
            "Action": "lambda:InvokeFunctionUrl",
            "Principal": "*",
            "SourceArn": BUCKET,
            "PrincipalOrgID": "o-1234567890",
            "FunctionUrlAuthType": "NONE",
        },
        "alexa_skill": {
            **invoke,
            "StatementId": "alexaSkill",
            "Principal": "*",
            "EventSourceToken": "amzn1.ask.skill.xxxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
        },
    }.items():
        equal(client.add_permission(**request), aws[f"add_permission_{key}"])


def test_versions_and_aliases_have_policies_of_their_own(client: Any) -> None:
    """test_lambda_permission_fn_versioning, test_lambda_permission_versioning, test_function_revisions_permissions"""
    aws = recorded(API, "test_lambda_permission_fn_versioning")
    name = {"FunctionName": "versioned"}
    create(client, "versioned")
    equal(client.add_permission(**name, **S3, StatementId="s3"), aws["add_permission"])
    equal(client.get_policy(**name), aws["get_policy"])
    client.publish_version(**name)
    equal(client.get_policy(**name), aws["get_policy_after_publishing_latest"])
    absent = answered(client.get_policy, **name, Qualifier="1")
    equal(absent, aws["get_policy_after_publishing_new_version"])
    client.add_permission(**name, **S3, StatementId="s3", Qualifier="1")
    equal(client.get_policy(**name, Qualifier="1"), aws["get_policy_version"])
    alias = client.create_alias(**name, Name="permission-alias", FunctionVersion="1", Description="")
    equal(alias, aws["create_alias_response"])
    on_alias = {**name, **S3, "StatementId": "s3", "Qualifier": "permission-alias"}
    wrong = answered(client.add_permission, **on_alias, RevisionId="wrong")
    equal(wrong, aws["add_permission_alias_revision_exception"])
    client.add_permission(**on_alias, RevisionId=alias["RevisionId"])
    equal(client.get_policy(**name, Qualifier="permission-alias"), aws["get_policy_alias"])
    equal(client.get_policy(**name), aws["get_policy_after_adding_to_new_version"])
    client.add_permission(**name, **S3, StatementId="s3_2")
    equal(client.get_policy(**name), aws["get_policy_after_adding_2"])
    aws = recorded(API, "test_function_revisions_permissions")
    wrong = answered(client.add_permission, **name, **S3, StatementId="s3_3", RevisionId="wrong")
    equal(wrong, aws["add_permission_revision_exception"])


def test_revisions_of_a_function(client: Any) -> None:
    """test_function_revisions_basic: each step has an id of its own; one who names an older one is refused."""
    aws = recorded(API, "test_function_revisions_basic")
    name = {"FunctionName": "revised"}
    made = create(client, "revised", Environment={})["RevisionId"]

    def revision() -> str:
        return str(client.get_function(**name)["Configuration"]["RevisionId"])

    active = revision()
    update_code, update = client.update_function_code, client.update_function_configuration
    code = {"ZipFile": archive(ECHO), "Publish": False}
    equal(answered(update_code, **name, **code, RevisionId="wrong"), aws["update_function_revision_exception"])
    changed = update_code(**name, **code, RevisionId=active)["RevisionId"]
    ready = revision()
    stale = answered(update, **name, Runtime="python3.11", RevisionId=changed)
    equal(stale, aws["update_function_configuration_revision_exception"])
    changed_again = update(**name, Runtime="python3.11", RevisionId=ready)["RevisionId"]
    assert len({made, active, changed, ready, changed_again, revision()}) == 6


def test_revisions_of_versions_and_aliases(client: Any) -> None:
    """test_function_revisions_version_and_alias: publishing changes the function's, naming does not."""
    aws = recorded(API, "test_function_revisions_version_and_alias")
    name = {"FunctionName": "revisions"}
    create(client, "revisions", Environment={})
    active = client.get_function(**name)["Configuration"]["RevisionId"]
    wrong = answered(client.publish_version, **name, RevisionId="wrong")
    equal(wrong, aws["publish_version_revision_exception"])
    published = client.publish_version(**name, RevisionId=active)["RevisionId"]
    version = client.get_function(**name, Qualifier="1")["Configuration"]["RevisionId"]
    latest = client.get_function(**name)["Configuration"]["RevisionId"]
    assert version == published
    assert latest not in (active, published)
    alias = client.create_alias(**name, Name="a", FunctionVersion="1")["RevisionId"]
    assert client.get_function(**name)["Configuration"]["RevisionId"] == latest
    wrong = answered(client.update_alias, **name, Name="a", RevisionId="wrong")
    equal(wrong, aws["update_alias_revision_exception"])
    moved = client.update_alias(**name, Name="a", Description="x", RevisionId=alias)["RevisionId"]
    assert moved != alias


def test_environments_at_their_limit(client: Any) -> None:
    """test_large_environment_variables_fails, test_large_environment_fails_multiple_keys, ..._near_limit_succeeds"""
    aws = recorded(API, "test_large_environment_variables_fails")["failed_create_fn_result"]
    value = aws["Error"]["Message"].split('"LARGE_VAR":"')[1].split('"')[0]
    environment = {"Variables": {"LARGE_VAR": value}}
    equal(answered(create, client=client, name="environed", Environment=environment), aws)
    aws = recorded(API, "test_large_environment_fails_multiple_keys")["failured_create_fn_result_multi_key"]
    variables = json.loads(aws["Error"]["Message"].split("String measured: ")[1])
    equal(answered(create, client=client, name="environed", Environment={"Variables": variables}), aws)
    near = recorded(API, "test_lambda_envvars_near_limit_succeeds")["successful_create_fn_result"]
    variables = near["CreateFunctionResponse"]["Environment"]["Variables"]
    made = create(client, "environed", Environment={"Variables": variables})
    assert made["Environment"] == {"Variables": variables}
