"""Lambda's control API beside the recorded answers of AWS: layers' policies, code signing, updates, settings."""

import io
import json
import urllib.request
import zipfile
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded
from tests.wire import functions
from tests.wire.answers import answered, equal
from tests.wire.functions import API, ECHO, ROLE, RUN, archive

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}"


def create(client: Any, name: str, **more: Any) -> Any:
    """A function with AWS's own time-out."""
    return functions.create(client, name, **{"Timeout": 3, **more})


def filled(entry: Any, **names: str) -> Any:
    """An entry with values in the place of names."""
    text = json.dumps(entry)
    for name, value in names.items():
        text = text.replace(f"<{name}>", value)
    return json.loads(text)


@pytest.fixture(scope="module")
def client(cloud: RunningCloud) -> Any:
    return cloud.client("lambda")


def fetched(url: str) -> bytes:
    with urllib.request.urlopen(url) as response:
        return bytes(response.read())


def publish(client: Any, name: str) -> dict[str, Any]:
    client.publish_layer_version(LayerName=name, Content={"ZipFile": archive("", "python/a.py")})
    return {"LayerName": name, "VersionNumber": 1}


def test_a_layers_policy(client: Any) -> None:
    """test_layer_policy_lifecycle"""
    aws = recorded(API, "test_layer_policy_lifecycle")
    named = publish(client, "shared")
    request = {"Action": "lambda:GetLayerVersion", "Principal": "*", **named}
    first = client.add_layer_version_permission(StatementId="s1", **request)
    equal(first, aws["add_policy_s1"])
    policy = client.get_layer_version_policy(**named)
    equal(policy, aws["get_layer_version_policy"])
    assert policy["RevisionId"] == first["RevisionId"]
    second = client.add_layer_version_permission(StatementId="s2", RevisionId=policy["RevisionId"], **request)
    equal(second, aws["add_policy_s2"])
    equal(client.get_layer_version_policy(**named), aws["get_layer_version_policy_postadd2"])
    removed = client.remove_layer_version_permission(StatementId="s2", RevisionId=second["RevisionId"], **named)
    equal(removed, aws["remove_s2"])
    equal(client.get_layer_version_policy(**named), aws["get_layer_version_policy_postdeletes2"])
    client.delete_layer_version(**named)
    gone = answered(client.get_layer_version_policy, **named)
    assert gone["Error"]["Message"] == f"Layer version {ARN}:layer:shared:1 does not exist."


def test_what_a_layers_policy_refuses(client: Any) -> None:
    """test_layer_policy_exceptions"""
    aws = recorded(API, "test_layer_policy_exceptions")
    named = publish(client, "private")
    add, get = client.add_layer_version_permission, client.get_layer_version_policy
    remove = client.remove_layer_version_permission
    equal(answered(get, **named), aws["layer_permission_nopolicy_get"])
    allow = {"Action": "lambda:GetLayerVersion", "Principal": "*"}
    equal(add(StatementId="s1", **allow, **named), aws["add_layer_permission_result"])
    refused = answered(add, StatementId="s1", Action="*", Principal="*", **named)
    equal(refused, aws["layer_permission_action_invalid"])
    equal(answered(add, StatementId="s1", **allow, **named), aws["layer_permission_duplicate_statement"])
    wrong = {"RevisionId": "wrong"}
    equal(answered(add, StatementId="s2", **allow, **wrong, **named), aws["layer_permission_wrong_revision"])
    equal(answered(remove, StatementId="s1", **wrong, **named), aws["layer_permission_wrong_revision_remove"])
    absent = answered(remove, StatementId="doesnotexist", **named)
    equal(absent, aws["layer_permission_statementid_doesnotexist_remove"])
    for what, other in (
        ("layername", {"LayerName": "private-doesnotexist", "VersionNumber": 1}),
        ("layerversion", {"LayerName": "private", "VersionNumber": 2}),
    ):
        entry = f"layer_permission_{what}_doesnotexist"
        equal(answered(add, StatementId="s1", **allow, **other), aws[f"{entry}_add"])
        equal(answered(get, **other), aws[f"{entry}_get"])
        equal(answered(remove, StatementId="s1", **other), aws[f"{entry}_remove"])


def test_layers_of_other_accounts(client: Any, cloud: RunningCloud) -> None:
    """ "because no resource-based policy allows the lambda:GetLayerVersion action", as AWS says to those."""
    named = publish(client, "lent")
    other = cloud.client("lambda", account="210987654321")
    arn = f"{ARN}:layer:lent:1"
    asked = {"LayerName": f"{ARN}:layer:lent", "VersionNumber": 1}
    for refused in (
        answered(other.get_layer_version, **asked),
        answered(create, client=other, name="borrows", Layers=[arn]),
    ):
        assert refused["Error"]["Code"] == "AccessDeniedException"
        assert f"lambda:GetLayerVersion on resource: {arn} because" in refused["Error"]["Message"]
    allow = {"StatementId": "lend", "Action": "lambda:GetLayerVersion", "Principal": "210987654321"}
    client.add_layer_version_permission(**allow, **named)
    assert other.get_layer_version(**asked)["LayerVersionArn"] == arn
    assert create(other, "borrows", Layers=[arn])["Layers"][0]["Arn"] == arn


def test_policies_have_a_size(client: Any) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 20 KB"""
    create(client, "open")
    allow = {"FunctionName": "open", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}
    for number in range(200):
        answer = answered(client.add_permission, StatementId=f"{number:090}", **allow)
        if "Error" in answer:
            break
    assert answer["Error"]["Code"] == "PolicyLengthExceededException"
    assert answer["Error"]["Message"].endswith("is bigger than the limit (20480).")
    assert 19_000 < len(client.get_policy(FunctionName="open")["Policy"]) <= 20_480


def test_nothing_is_signed(client: Any) -> None:
    """test_code_signing_not_found_excs; making a configuration is refused by name."""
    aws = recorded(API, "test_code_signing_not_found_excs")
    name = create(client, "unsigned")["FunctionName"]
    arn = f"{ARN}:code-signing-config:csc-0123456789abcdefg"
    aws = filled(aws, csc_arn_invalid=arn)
    nowhere = "csc-test-doesnotexist"
    get = client.get_function_code_signing_config
    delete, put = client.delete_function_code_signing_config, client.put_function_code_signing_config
    equal(get(FunctionName=name), aws["get_function_csc_fnwithoutcsc"])
    equal(answered(get, FunctionName=nowhere), aws["get_function_csc_nonexistingfn"])
    equal(delete(FunctionName=name), aws["nothing_to_delete_response"])
    equal(answered(delete, FunctionName=nowhere), aws["delete_function_csc_fnnotfound"])
    for function, entry in ((name, "put_function_csc_invalid_csc_arn"), (nowhere, "put_function_csc_invalid_both")):
        equal(answered(put, FunctionName=function, CodeSigningConfigArn=arn), aws[entry])
    equal(answered(client.get_code_signing_config, CodeSigningConfigArn=arn), aws["get_csc_invalid"])
    equal(answered(client.update_code_signing_config, CodeSigningConfigArn=arn), aws["update_csc_invalid_csc_arn"])
    equal(answered(client.delete_code_signing_config, CodeSigningConfigArn=arn), aws["delete_csc_notfound"])
    listed = answered(client.list_functions_by_code_signing_config, CodeSigningConfigArn=arn)
    equal(listed, aws["list_functions_by_csc_invalid_cscarn"])
    assert client.list_code_signing_configs()["CodeSigningConfigs"] == []
    publishers = {"SigningProfileVersionArns": [f"arn:aws:signer:{REGION}:{ACCOUNT}:/signing-profiles/test"]}
    refused = answered(client.create_code_signing_config, AllowedPublishers=publishers)
    assert (refused["Error"]["Code"], refused["ResponseMetadata"]["HTTPStatusCode"]) == ("NotImplemented", 501)


def test_when_the_runtime_is_replaced(client: Any) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_PutRuntimeManagementConfig.html: the ARN is Manual's alone."""
    arn = create(client, "managed", Publish=True)["RuntimeVersionConfig"]["RuntimeVersionArn"]
    put, get = client.put_runtime_management_config, client.get_runtime_management_config

    def shown(answer: Any) -> Any:
        return {key: value for key, value in answer.items() if key != "ResponseMetadata"}

    latest = {"FunctionArn": f"{ARN}:function:managed:$LATEST"}
    assert shown(get(FunctionName="managed")) == {"UpdateRuntimeOn": "Auto", **latest}
    answer = put(FunctionName="managed", UpdateRuntimeOn="FunctionUpdate")
    assert shown(answer) == shown(get(FunctionName="managed")) == {"UpdateRuntimeOn": "FunctionUpdate", **latest}
    answer = put(FunctionName="managed", Qualifier="1", UpdateRuntimeOn="Manual", RuntimeVersionArn=arn)
    manual = {"UpdateRuntimeOn": "Manual", "RuntimeVersionArn": arn, "FunctionArn": f"{ARN}:function:managed:1"}
    assert shown(answer) == shown(get(FunctionName="managed", Qualifier="1")) == manual
    assert answered(put, FunctionName="managed", UpdateRuntimeOn="Manual")["Error"]["Code"] == (
        "InvalidParameterValueException"
    )
    other = f"arn:aws:lambda:{REGION}::runtime:{'0' * 64}"
    refused = answered(put, FunctionName="managed", UpdateRuntimeOn="Manual", RuntimeVersionArn=other)
    assert refused["Error"]["Code"] == "InvalidParameterValueException"
    assert answered(get, FunctionName="absent")["Error"]["Code"] == "ResourceNotFoundException"


def test_updates_that_change_nothing(client: Any) -> None:
    """test_redundant_updates"""
    aws = recorded(API, "test_redundant_updates")
    named = {"FunctionName": "redundant"}
    made = create(client, "redundant", Description="Initial description", Timeout=30, Environment={})
    equal(made, aws["create_response"]["CreateFunctionResponse"])
    seen = [made["RevisionId"]]
    for update, get in (
        ("first_update_result", "get_fn_result"),
        ("redundant_update_result", "get_fn_result_after_redundant_update"),
    ):
        answer = client.update_function_configuration(Description="1st update description", **named)
        equal(answer, aws[update])
        shown = client.get_function(**named)
        equal(shown, aws[get])
        seen += [answer["RevisionId"], shown["Configuration"]["RevisionId"]]
    assert len(set(seen)) == 5
    equal(client.get_function_configuration(**named), aws["get_fn_config_result"])


def test_code_can_be_fetched(client: Any) -> None:
    """test_lambda_code_location_zipfile; there, the update was still under way when it was asked for."""
    aws = recorded(API, "test_lambda_code_location_zipfile")
    equal(create(client, "fetched", Handler="index.handler"), aws["create-response-zip-file"])
    named = {"FunctionName": "fetched"}
    shown = client.get_function(**named)
    equal(shown, aws["get-function-response"])
    before = shown["Code"]["Location"]
    assert fetched(before) == archive(ECHO)
    other = archive(ECHO.replace("event", "given"))
    equal(client.update_function_code(ZipFile=other, **named), aws["update-function-response"])
    assert fetched(client.get_function(**named)["Code"]["Location"]) == other


def test_a_version_published_by_an_update(client: Any) -> None:
    """test_publish_with_update; there, both were still under way when they were asked for."""
    aws = recorded(API, "test_publish_with_update")
    equal(create(client, "republished", Handler="index.handler"), aws["create_response"])
    named = {"FunctionName": "republished"}
    equal(client.get_function(**named), aws["get_function_result"])
    updated = client.update_function_code(ZipFile=archive(ECHO + "\n"), Publish=True, **named)
    equal(updated, aws["update_function_code_result"])
    shown = client.get_function(Qualifier="1", **named)["Configuration"]
    assert (shown["RevisionId"], shown["CodeSha256"]) == (updated["RevisionId"], updated["CodeSha256"])


def test_deleting_an_alias_that_is_not_there(client: Any) -> None:
    """test_non_existent_alias_deletion"""
    aws = recorded(API, "test_non_existent_alias_deletion")
    variables = {"Variables": {"testenv": "staging"}}
    equal(create(client, "aliasless", Handler="index.handler", Environment=variables), aws["create_response"])
    deleted = client.delete_alias(FunctionName="aliasless", Name="non-existent")
    equal(deleted, aws["delete_alias_response"])


def test_networks_are_shown(client: Any) -> None:
    """test_vpc_config, test_invalid_vpc_config_subnet, test_invalid_vpc_config_security_group: as far as a machine
    without networks of its own can know."""
    names = {"subnet_id_1": "subnet-1", "subnet_id_2": "subnet-2", "vpc_id": ""}
    names |= {"security_group_id_1": "sg-1", "security_group_id_2": "sg-2"}
    aws = filled(recorded(API, "test_vpc_config"), **names)

    def vpc(number: int) -> dict[str, Any]:
        return {
            "SubnetIds": [f"subnet-{number}"],
            "SecurityGroupIds": [f"sg-{number}"],
        }

    made = create(client, "networked", Timeout=5, MemorySize=256, Environment={}, VpcConfig=vpc(1))
    equal(made, aws["create_response"]["CreateFunctionResponse"])
    named = {"FunctionName": "networked"}
    equal(client.get_function(**named), aws["get_function_response"])
    updated = client.update_function_configuration(VpcConfig=vpc(2), **named)
    equal(updated, aws["update_vpcconfig_update_response"])
    equal(client.get_function(**named), aws["update_vpcconfig_get_function_response"])
    none: dict[str, list[str]] = {"SubnetIds": [], "SecurityGroupIds": []}
    updated = client.update_function_configuration(VpcConfig=none, **named)
    equal(updated, aws["delete_vpcconfig_update_response"])
    equal(client.get_function(**named), aws["delete_vpcconfig_get_function_response"])
    aws = filled(recorded(API, "test_invalid_vpc_config_subnet"), subnet_id_2="bad-format")
    refused = answered(create, client=client, name="bad", VpcConfig={"SubnetIds": ["bad-format"]})
    equal(refused, aws["create-response-invalid-format-subnet-id"])
    aws = filled(recorded(API, "test_invalid_vpc_config_security_group"), security_group_id_2="bad-format")
    bad = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["bad-format"]}
    refused = answered(create, client=client, name="bad", VpcConfig=bad)
    equal(refused, aws["create-response-invalid-format-security-group"])


def test_sizes_of_code(client: Any, cloud: RunningCloud) -> None:
    """test_large_lambda, test_oversized_lambda"""
    aws = recorded(API, "test_large_lambda")
    large = archive("#" * 45_000_000 + "\n" + ECHO)
    storage = cloud.client("s3")
    storage.create_bucket(Bucket="large")
    storage.put_object(Bucket="large", Key="code.zip", Body=large)
    where = {"S3Bucket": "large", "S3Key": "code.zip"}
    equal(create(client, "large", Timeout=10, Code=where), aws["create_function_large_zip"])
    aws = recorded(API, "test_oversized_lambda")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file, file.open("big", "w", force_zip64=True) as entry:
        for _ in range(251):
            entry.write(bytes(1024 * 1024))
    storage.put_object(Bucket="large", Key="bomb.zip", Body=buffer.getvalue())
    bomb = {"S3Bucket": "large", "S3Key": "bomb.zip"}
    equal(answered(create, client=client, name="bomb", Code=bomb), aws["invalid_param_exc"])


@pytest.mark.parametrize("path", ["../escape.py", "/absolute.py", "a/../../b.py"])
def test_zips_that_lead_out_of_their_folder(client: Any, path: str) -> None:
    code = {"ZipFile": archive(ECHO, path)}
    refused = answered(create, client=client, name="escapes", Code=code)
    assert refused["Error"] == {
        "Code": "InvalidParameterValueException",
        "Message": "Could not unzip uploaded file. Please check your file, then try to upload again.",
    }


def test_images_are_refused_by_name(client: Any) -> None:
    """test_lambda_image_crud, test_lambda_image_and_image_config_crud, test_lambda_image_versions,
    test_lambda_zip_file_to_image: there is nothing here that runs images."""
    image = {"ImageUri": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/repository:latest"}
    request = {"FunctionName": "image", "Role": ROLE, "PackageType": "Image", "Code": image}
    refused = answered(client.create_function, **request)
    assert (refused["Error"]["Code"], refused["ResponseMetadata"]["HTTPStatusCode"]) == ("NotImplemented", 501)
    create(client, "zipped")
    refused = answered(client.update_function_code, FunctionName="zipped", **image)
    assert refused["Error"]["Code"] == "NotImplemented"


def test_revisions_of_policies(client: Any) -> None:
    """test_lambda_permission_revisions, of 2022; refusals recorded since (test_lambda_permission_fn_versioning) name
    GetPolicy instead."""
    aws = recorded(API, "test_lambda_permission_revisions")
    create(client, "revised", Runtime="python3.9", Timeout=30, Environment={})
    named = {"FunctionName": "revised"}
    allow = {"Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com", "SourceArn": "arn:aws:s3:::bucket"}
    client.add_permission(StatementId="s3", **allow, **named)
    wrong = {"RevisionId": "wrong", "StatementId": "s3_2"}
    code = aws["add_permission_revision_id_doesnotmatch"]["Error"]["Code"]
    assert answered(client.add_permission, **wrong, **allow, **named)["Error"]["Code"] == code
    seen = client.get_policy(**named)["RevisionId"]
    assert seen == client.get_function_configuration(**named)["RevisionId"]
    client.add_permission(StatementId="s3_2", RevisionId=seen, **allow, **named)
    client.publish_version(**named)
    policy = client.get_policy(**named)
    equal(policy, aws["get_policy_after_publish_version"])
    assert policy["RevisionId"] == client.get_function(**named)["Configuration"]["RevisionId"]
    # A version has a policy of its own.
    client.add_permission(StatementId="s3_2", Qualifier="1", **allow, **named)
    of_version = client.get_policy(Qualifier="1", **named)
    equal(of_version, aws["get_policy_v1_after_publish_version"])
    client.add_permission(StatementId="s3_3", Qualifier="1", RevisionId=of_version["RevisionId"], **allow, **named)
    equal(client.get_policy(Qualifier="1", **named), aws["get_policy_v1_after_add_permission9"])
    assert client.get_policy(**named)["RevisionId"] == policy["RevisionId"]


@pytest.mark.parametrize("runtime", ["python3.12", "python3.13"])
def test_snapstart(client: Any, runtime: str) -> None:
    """test_snapstart_lifecycle and test_snapstart_update_function_configuration, whose functions were made without it;
    versions of functions with it are "On" (the developer's guide, "Activating SnapStart")."""
    aws = recorded(API, f"test_snapstart_lifecycle[{runtime}]")
    name, snap_start = f"snapped-{runtime.replace('.', '-')}", {"ApplyOn": "PublishedVersions"}
    create(client, name, Runtime=runtime, SnapStart={"ApplyOn": "None"}, Publish=True)
    shown = client.get_function(FunctionName=name, Qualifier="1")["Configuration"]
    assert shown["SnapStart"] == aws["get_function_response_version_1"]["Configuration"]["SnapStart"]
    aws = recorded(API, f"test_snapstart_update_function_configuration[{runtime}]")
    updated = client.update_function_configuration(FunctionName=name, SnapStart=snap_start)
    assert updated["SnapStart"] == aws["update_function_response"]["SnapStart"]
    made = client.publish_version(FunctionName=name)
    assert (made["Version"], made["SnapStart"]) == ("2", {**snap_start, "OptimizationStatus": "On"})
    update = client.update_function_configuration
    refused = answered(update, FunctionName=name, Runtime="nodejs22.x")
    assert refused["Error"]["Message"] == "nodejs22.x is not supported for SnapStart enabled functions."


def test_what_all_code_comes_to(client: Any) -> None:
    """test_account_settings_total_code_size, test_account_settings_total_code_size_config_update"""
    aws = recorded(API, "test_account_settings_total_code_size_config_update")
    before = client.get_account_settings()["AccountUsage"]
    size = create(client, "counted")["CodeSize"]
    created = client.get_account_settings()["AccountUsage"]
    client.update_function_configuration(FunctionName="counted", Description="other")
    updated = client.get_account_settings()["AccountUsage"]
    more = updated["TotalCodeSize"] - created["TotalCodeSize"]
    assert more == aws["total_code_size_diff_update_function_configuration"]
    client.publish_version(FunctionName="counted")
    client.publish_layer_version(LayerName="counted", Content={"ZipFile": archive(ECHO)})
    after = client.get_account_settings()["AccountUsage"]
    assert after["FunctionCount"] == before["FunctionCount"] + 1
    assert after["TotalCodeSize"] == before["TotalCodeSize"] + 3 * size


def test_architectures_can_change(client: Any) -> None:
    """test_mixed_architecture"""
    aws = recorded(RUN, "test_mixed_architecture")
    made = create(client, "mixed", Timeout=30, Environment={})
    equal(made, aws["create_function_response"]["CreateFunctionResponse"])
    updated = client.update_function_code(FunctionName="mixed", ZipFile=archive(ECHO), Architectures=["arm64"])
    equal(updated, aws["update_function_code_response"])
