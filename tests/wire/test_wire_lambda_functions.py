"""Lambda's control plane through boto3, beside what AWS answered (aws-answers/lambda_/test_lambda_api.json)."""

import base64
import hashlib
import io
import json
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from typing import Any

import botocore.exceptions
import pytest
from tests.archives import zipped, zipped_files
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded

API = "lambda_/test_lambda_api.json"
ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
HANDLER = "def handler(event, context):\n    return event\n"


def archive(**files: str) -> bytes:
    """A zip; ``__`` in a name stands for a dot."""
    return zipped_files({name.replace("__", "."): text for name, text in files.items()})


def create(client: Any, name: str, **more: Any) -> Any:
    request = {
        "FunctionName": name,
        "Runtime": "python3.12",
        "Handler": "index.handler",
        "Role": ROLE,
        "Code": {"ZipFile": archive(index__py=HANDLER)},
    }
    return client.create_function(**{**request, **more})


def refusal(operation: Callable[..., Any], **request: Any) -> Any:
    """Code, text, status and the further members of a refusal, as the recordings have them."""
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        operation(**request)
    response: Any = raised.value.response
    return {
        "code": response["Error"]["Code"],
        "message": response["Error"].get("Message"),
        "status": response["ResponseMetadata"]["HTTPStatusCode"],
        "type": response.get("Type"),
        "reason": response.get("Reason"),
    }


def answered(entry: str, key: str, name: str) -> Any:
    """The recorded refusal, with this cloud's names in it."""
    found = recorded(API, entry)[key]
    text = found["Error"].get("Message")
    for theirs, ours in (
        ("arn:<partition>:lambda:<region>:111111111111", ARN),
        ("arn:<partition>", "arn:aws"),
        ("<region>", REGION),
        ("<function-name:1>", name),
        ("<function-name>", name),
        ("<fn-name>", name),
        ("<nonexisting-fn-name>", name),
        ("<resource:1>", name),
        ("<resource-name>", name),
        ("<min_unreserved_concurrency>", "100"),
    ):
        text = text.replace(theirs, ours) if text else text
    return {
        "code": found["Error"]["Code"],
        "message": text,
        "status": found["ResponseMetadata"]["HTTPStatusCode"],
        "type": found.get("Type"),
        "reason": found.get("Reason"),
    }


def shape(value: Any) -> Any:
    """Which members an answer has, down to the leaves."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items() if key != "ResponseMetadata"}
    return [shape(inner) for inner in value] if isinstance(value, list) else None


def same_shape(answer: Any, entry: Any) -> None:
    assert shape(answer) == shape(entry)


@pytest.fixture(scope="module")
def client(cloud: RunningCloud) -> Any:
    return cloud.client("lambda", parameter_validation=False)


def test_the_life_of_a_function(client: Any) -> None:
    """Entry test_function_lifecycle."""
    entry = recorded(API, "TestLambdaFunction::test_function_lifecycle")
    made = create(client, "life", Environment={"Variables": {}}, MemorySize=256, Timeout=5)
    same_shape(made, entry["create_response"]["CreateFunctionResponse"])
    assert made["State"] == "Pending"
    assert made["CodeSha256"] == base64.b64encode(hashlib.sha256(archive(index__py=HANDLER)).digest()).decode()
    client.get_waiter("function_active_v2").wait(FunctionName="life")
    same_shape(client.get_function(FunctionName="life"), entry["get_function_response"])
    changed = client.update_function_configuration(
        FunctionName="life", Description="d", Timeout=10, MemorySize=512, Environment={"Variables": {"ENV_A": "a"}}
    )
    same_shape(changed, entry["update_func_conf_response"])
    client.get_waiter("function_updated_v2").wait(FunctionName="life")
    same_shape(client.get_function(FunctionName="life"), entry["get_function_response_postupdate"])
    updated = client.update_function_code(FunctionName="life", ZipFile=archive(index__py=HANDLER + "#"))
    same_shape(updated, entry["update_code_response"])
    assert updated["CodeSha256"] != made["CodeSha256"]
    assert client.delete_function(FunctionName="life")["ResponseMetadata"]["HTTPStatusCode"] == 204
    expected = answered("TestLambdaFunction::test_function_lifecycle", "delete_postdelete", "life")
    assert refusal(client.delete_function, FunctionName="life") == expected


def test_the_location_of_code_gives_the_zip(client: Any) -> None:
    create(client, "located")
    location = client.get_function(FunctionName="located")["Code"]["Location"]
    with urllib.request.urlopen(location) as response:
        assert response.read() == archive(index__py=HANDLER)
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(location[:-1] + "x")
    assert raised.value.code == 404
    raised.value.close()


def test_refusals_of_creation(client: Any) -> None:
    """Entries test_create_lambda_exceptions, test_function_arns, test_oversized_unzipped_lambda and others."""
    exceptions = "TestLambdaFunction::test_create_lambda_exceptions"
    assert refusal(create, client=client, name="x", Role="r1") == answered(exceptions, "invalid_role_arn_exc", "x")
    for runtime, key in (("non-existent-runtime", "invalid_runtime_exc"), ("PYTHON3.9", "uppercase_runtime_exc")):
        assert refusal(create, client=client, name="x", Runtime=runtime) == answered(exceptions, key, "x")
    broken = refusal(create, client=client, name="x", Code={"ZipFile": b"this is not utf-8"})
    assert broken == answered(exceptions, "invalid_zip_exc", "x")
    long = refusal(create, client=client, name="a" * 65)
    expected = answered("TestLambdaFunction::test_function_arns", "long_function_name_exc", "x")
    assert long == expected
    other = refusal(create, client=client, name=f"arn:aws:lambda:{REGION}:000000000000:function:x")
    assert other["code"] == "AccessDeniedException"
    variables = {"SMALL_VAR": "ok", "LARGE_VAR": "x" * 4072}
    large = refusal(create, client=client, name="x", Environment={"Variables": variables})
    assert large["message"].startswith("Lambda was unable to configure your environment variables")
    assert "exceeded the 4KB limit" in large["message"]
    deprecated = "test_create_deprecated_function_runtime_with_validation_enabled[java8]"
    assert refusal(create, client=client, name="x", Runtime="java8") == answered(deprecated, "deprecation_error", "x")
    unzipped = archive(big__txt="0" * 262_144_001)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("big.txt", b"0" * 262_144_001)
    del unzipped
    too_large = refusal(create, client=client, name="x", Code={"ZipFile": buffer.getvalue()})
    assert too_large == answered("TestLambdaSizeLimits::test_oversized_unzipped_lambda", "invalid_param_exc", "x")


def test_what_is_not_here_is_refused_by_name(client: Any) -> None:
    for setting, value in (
        ("PackageType", "Image"),
        ("ImageConfig", {"Command": ["a"]}),
    ):
        refused = refusal(create, client=client, name="x", **{setting: value})
        assert refused["code"] == "NotImplemented"
        assert setting in refused["message"]
    java = refusal(create, client=client, name="x", Runtime="java21")
    assert java["code"] == "InvalidParameterValueException"
    assert "java21" in java["message"]


def test_a_zip_that_leads_out_of_its_folder_is_refused(client: Any) -> None:
    for path in ("../evil.py", "/evil.py"):
        refused = refusal(create, client=client, name="x", Code={"ZipFile": zipped("x", path)})
        assert refused["message"].startswith("Could not unzip uploaded file.")


def test_names_and_qualifiers(client: Any) -> None:
    """Entries test_ops_on_nonexisting_fn, test_ops_with_arn_qualifier_mismatch, test_get_function_wrong_region."""
    for operation in ("delete_function", "get_function", "get_function_configuration", "get_function_concurrency"):
        entry = f"TestLambdaFunction::test_ops_on_nonexisting_fn[{operation}]"
        answer = refusal(getattr(client, operation), FunctionName="absent")
        assert answer == answered(entry, "not_found_exception", "absent")
    for operation in ("delete_function", "get_function", "get_function_configuration"):
        entry = f"TestLambdaFunction::test_ops_with_arn_qualifier_mismatch[{operation}]"
        call = getattr(client, operation)
        name = f"{ARN}:function:some-function:$LATEST"
        answer = refusal(call, FunctionName=name, Qualifier="1")
        assert answer == answered(entry, "not_match_exception", "x")
        assert refusal(call, FunctionName=name, Qualifier="$LATEST") == answered(entry, "match_exception", "x")
    wrong = refusal(client.get_function, FunctionName=f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:x")
    assert wrong["message"] == f"Functions from 'eu-west-1' are not reachable in this region ('{REGION}')"
    create(client, "named")
    for name in ("named", f"{ACCOUNT}:function:named", f"{ARN}:function:named", "function:named", "named:$LATEST"):
        assert client.get_function_configuration(FunctionName=name)["FunctionName"] == "named"


def test_functions_are_listed_in_pages(cloud: RunningCloud) -> None:
    """Entry test_list_functions."""
    client = cloud.client("lambda", region="eu-west-1")
    for name in ("l1", "l2", "l3"):
        create(client, name, Publish=True)
    page = client.list_functions(MaxItems=2)
    assert [function["FunctionName"] for function in page["Functions"]] == ["l1", "l2"]
    rest = client.list_functions(Marker=page["NextMarker"])
    assert [function["FunctionName"] for function in rest["Functions"]] == ["l3"]
    # An entry of a page is a version: "ListFunctions returns a maximum of 50 items" (the API reference).
    pages = client.get_paginator("list_functions").paginate(FunctionVersion="ALL", PaginationConfig={"PageSize": 3})
    parts = [[function["FunctionArn"].rpartition(":function:")[2] for function in each["Functions"]] for each in pages]
    assert parts == [["l1:$LATEST", "l1:1", "l2:$LATEST"], ["l2:1", "l3:$LATEST", "l3:1"]]
    entry = recorded(API, "TestLambdaFunction::test_list_functions")["list_default"]
    expected = set(entry["Functions"][0]) - {"Environment"}
    assert set(page["Functions"][0]) == expected


def test_versions(client: Any) -> None:
    """Entries test_version_lifecycle, test_publish_with_wrong_sha256, test_publish_with_wrong_revisionid."""
    entry = recorded(API, "TestLambdaVersions::test_version_lifecycle")
    made = create(client, "versions")
    client.update_function_configuration(FunctionName="versions", Description="First version :)")
    first = client.publish_version(FunctionName="versions", Description="First version description :)")
    same_shape(first, entry["first_publish_response"])
    assert first["FunctionArn"] == f"{ARN}:function:versions:1"
    again = client.publish_version(FunctionName="versions", Description="another")
    assert (again["Version"], again["Description"]) == ("1", "First version description :)")
    client.update_function_code(FunctionName="versions", ZipFile=archive(index__py=HANDLER + "#2"))
    assert client.publish_version(FunctionName="versions")["Version"] == "2"
    listed = client.list_versions_by_function(FunctionName="versions")
    assert [version["Version"] for version in listed["Versions"]] == ["$LATEST", "1", "2"]
    assert listed["Versions"][1]["CodeSha256"] == made["CodeSha256"]
    page = client.list_versions_by_function(FunctionName="versions", MaxItems=2)
    rest = client.list_versions_by_function(FunctionName="versions", Marker=page["NextMarker"])
    assert [version["Version"] for version in rest["Versions"]] == ["2"]
    wrong = refusal(client.publish_version, FunctionName="versions", CodeSha256="somenonexistentsha256")
    assert wrong["message"].startswith("CodeSHA256 (somenonexistentsha256) is different from current CodeSHA256 in")
    revision = refusal(client.publish_version, FunctionName="versions", RevisionId="wrong")
    name = "TestLambdaVersions::test_publish_with_wrong_revisionid"
    assert revision == answered(name, "publish_wrong_revisionid_exc", "versions")
    client.delete_function(FunctionName="versions", Qualifier="1")
    missing = refusal(client.get_function, FunctionName="versions", Qualifier="1221")
    name = "TestLambdaFunction::test_ops_on_nonexisting_version[get_function]"
    assert missing == answered(name, "version_not_found_exception", "versions")


def test_aliases(client: Any) -> None:
    """Entries test_alias_lifecycle and test_notfound_and_invalid_routingconfigs."""
    entry = recorded(API, "TestLambdaAlias::test_alias_lifecycle")
    create(client, "aliases", Environment={"Variables": {"testenv": "staging"}}, Publish=True)
    client.update_function_configuration(FunctionName="aliases", Description="2")
    client.publish_version(FunctionName="aliases")
    weights = {"AdditionalVersionWeights": {"2": 0.2}}
    made = client.create_alias(
        FunctionName="aliases", Name="one", FunctionVersion="1", Description="d", RoutingConfig=weights
    )
    same_shape(made, entry["create_alias_1_1"])
    same_shape(client.get_function(FunctionName="aliases", Qualifier="one"), entry["get_function_alias_1_1"])
    shown = client.get_function_configuration(FunctionName="aliases:one")
    assert (shown["FunctionArn"], shown["Version"]) == (f"{ARN}:function:aliases:one", "1")
    updated = client.update_alias(FunctionName="aliases", Name="one", RoutingConfig={})
    same_shape(updated, entry["update_alias_1_1"])
    client.create_alias(FunctionName="aliases", Name="two", FunctionVersion="2")
    listed = client.list_aliases(FunctionName="aliases", FunctionVersion="2")["Aliases"]
    assert [alias["Name"] for alias in listed] == ["two"]
    blocked = refusal(client.delete_function, FunctionName="aliases", Qualifier="2")
    assert blocked["code"] == "ResourceConflictException"
    routing = "TestLambdaAlias::test_notfound_and_invalid_routingconfigs"
    for key, version, wanted in (
        ("routing_config_exc_toomany", "1", {"1": 0.5, "2": 0.5}),
        ("routing_config_exc_toohigh", "1", {"2": 2.0}),
        ("routing_config_exc_subzero", "1", {"2": -1.0}),
        ("routing_config_exc_sameversion", "1", {"1": 0.5}),
        ("target_version_doesnotexist", "10", {"2": 0.5}),
        ("routing_config_exc_version_doesnotexist", "1", {"10": 0.5}),
        ("target_version_exc_version_latest", "$LATEST", {"1": 0.5}),
        ("routing_config_exc_version_latest", "1", {"$LATEST": 0.5}),
    ):
        request = {"FunctionName": "aliases", "Name": "custom", "FunctionVersion": version}
        refused = refusal(client.create_alias, **request, RoutingConfig={"AdditionalVersionWeights": wanted})
        assert refused == answered(routing, key, "aliases"), key
    unknown = refusal(client.get_alias, FunctionName="aliases", Name="non-existent")
    assert unknown == answered(routing, "alias_does_not_exist_esc", "aliases")
    missing = refusal(client.update_alias, FunctionName="aliases", Name="non-existent")
    name = "TestLambdaAlias::test_non_existent_alias_update"
    assert missing == answered(name, "update_alias_response", "aliases")
    client.delete_alias(FunctionName="aliases", Name="non-existent")


def test_permissions(client: Any) -> None:
    """Entries test_permission_exceptions, test_add_lambda_permission_aws, test_remove_multi_permissions."""
    name = "TestLambdaPermissions::test_permission_exceptions"
    create(client, "allowed")
    statement = {"StatementId": "s3", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}
    add, request = client.add_permission, {"FunctionName": "allowed", **statement}
    for key, change in (
        ("add_permission_fn_qualifier_mismatch", {"FunctionName": "allowed:alias-not-42", "Qualifier": "42"}),
        ("add_permission_fn_qualifier_latest", {"Qualifier": "$LATEST"}),
        ("add_permission_principal_invalid", {"Principal": "invalid.nonaws.com"}),
        ("add_permission_fn_doesnotexist", {"FunctionName": "doesnotexist"}),
        ("add_permission_fn_alias_doesnotexist", {"FunctionName": "allowed:alias-doesnotexist"}),
        ("add_permission_fn_version_doesnotexist", {"FunctionName": "allowed:42"}),
    ):
        assert refusal(add, **{**request, **change}) == answered(name, key, "allowed"), key
    absent = refusal(client.get_policy, FunctionName="allowed")
    assert absent == answered(name, "get_policy_fn_doesnotexist", "allowed")
    none = refusal(client.remove_permission, FunctionName="allowed", StatementId="s3")
    assert none == answered(name, "remove_permission_policy_doesnotexist", "allowed")
    add(**request, SourceArn="arn:aws:s3:::b", SourceAccount=ACCOUNT)
    conflict = refusal(add, **request)
    assert conflict == answered(name, "add_permission_conflicting_statement_id", "allowed")
    answer = client.get_policy(FunctionName="allowed")
    expected = {
        "Version": "2012-10-17",
        "Id": "default",
        "Statement": [
            {
                "Sid": "s3",
                "Effect": "Allow",
                "Principal": {"Service": "s3.amazonaws.com"},
                "Action": "lambda:InvokeFunction",
                "Resource": f"{ARN}:function:allowed",
                "Condition": {
                    "StringEquals": {"AWS:SourceAccount": ACCOUNT},
                    "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::b"},
                },
            }
        ],
    }
    assert json.loads(answer["Policy"]) == expected
    assert answer["RevisionId"] == client.get_function_configuration(FunctionName="allowed")["RevisionId"]
    several = "TestLambdaPermissions::test_remove_multi_permissions"
    unknown = refusal(client.remove_permission, FunctionName="allowed", StatementId="non-existent")
    assert unknown == answered(several, "remove_permission_exception_nonexisting_sid", "allowed")
    client.remove_permission(FunctionName="allowed", StatementId="s3")
    gone = refusal(client.get_policy, FunctionName="allowed")
    assert gone == answered(several, "get_policy_exception_removed_all", "allowed")


def test_tags(client: Any) -> None:
    """Entries of TestLambdaTags."""
    create(client, "tagged", Tags={"a": "1"})
    arn = f"{ARN}:function:tagged"
    client.tag_resource(Resource=arn, Tags={"b": "2"})
    client.untag_resource(Resource=arn, TagKeys=["a", "none"])
    assert client.list_tags(Resource=arn)["Tags"] == {"b": "2"}
    assert client.get_function(FunctionName="tagged")["Tags"] == {"b": "2"}
    name = "TestLambdaTags::test_tag_exceptions"
    qualified = refusal(client.tag_resource, Resource=f"{arn}:1", Tags={"a": "1"})
    assert qualified == answered(name, "tag_lambda_qualifier_doesnotexist", "tagged")
    assert refusal(client.tag_resource, Resource=arn, Tags={}) == answered(name, "tag_empty_tags", "tagged")
    absent = refusal(client.tag_resource, Resource=f"{ARN}:function:doesnotexist", Tags={"a": "1"})
    assert absent == answered(name, "tag_lambda_doesnotexist", "tagged")
    many = refusal(client.tag_resource, Resource=arn, Tags={f"k{index}": "" for index in range(50)})
    assert many == answered("TestLambdaTags::test_tag_limits", "tag_lambda_too_many_tags", "tagged")


def test_event_invoke_configs(client: Any) -> None:
    """Entries of TestLambdaEventInvokeConfig."""
    create(client, "configured", Publish=True)
    entry = recorded(API, "TestLambdaEventInvokeConfig::test_lambda_eventinvokeconfig_lifecycle")
    put, name = client.put_function_event_invoke_config, "configured"
    same_shape(put(FunctionName=name, MaximumRetryAttempts=0), entry["put_invokeconfig_retries_0"])
    same_shape(put(FunctionName=name, MaximumEventAgeInSeconds=60), entry["put_invokeconfig_eventage_60"])
    update = client.update_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=1)
    same_shape(update, entry["update_invokeconfig_retries"])
    assert update["MaximumEventAgeInSeconds"] == 60
    put(FunctionName=name, Qualifier="1", MaximumEventAgeInSeconds=120)
    listed = client.list_function_event_invoke_configs(FunctionName=name)["FunctionEventInvokeConfigs"]
    assert [config["FunctionArn"].rpartition(":")[2] for config in listed] == ["$LATEST", "1"]
    client.delete_function_event_invoke_config(FunctionName=name)
    exceptions = "TestLambdaEventInvokeConfig::test_lambda_eventinvokeconfig_exceptions"
    gone = refusal(client.delete_function_event_invoke_config, FunctionName=name)
    assert gone == answered(exceptions, "delete_function_not_found", name)
    assert refusal(put, FunctionName=name) == answered(exceptions, "put_functionname_nootherargs", name)
    absent = refusal(put, FunctionName="doesnotexist", MaximumRetryAttempts=0)
    assert absent == answered(exceptions, "put_functionname_name_notfound", name)
    own = {"OnSuccess": {"Destination": f"{ARN}:function:configured"}}
    recursive = refusal(put, FunctionName=name, DestinationConfig=own)
    assert recursive == answered(exceptions, "put_destination_recursive", name)


def test_reserved_concurrency_is_bounded(client: Any) -> None:
    """Entries of TestLambdaReservedConcurrency."""
    create(client, "reserved")
    put = client.put_function_concurrency
    assert put(FunctionName="reserved", ReservedConcurrentExecutions=1)["ReservedConcurrentExecutions"] == 1
    assert client.get_function(FunctionName="reserved")["Concurrency"] == {"ReservedConcurrentExecutions": 1}
    limits = "TestLambdaReservedConcurrency::test_function_concurrency_limits"
    put(FunctionName="reserved", ReservedConcurrentExecutions=900)
    most = refusal(put, FunctionName="reserved", ReservedConcurrentExecutions=901)
    assert most == answered(limits, "put_function_concurrency_below_unreserved_min_value", "reserved")
    exceptions = "TestLambdaReservedConcurrency::test_function_concurrency_exceptions"
    absent = refusal(put, FunctionName="doesnotexist", ReservedConcurrentExecutions=1)
    assert absent == answered(exceptions, "put_function_concurrency_with_function_name_doesnotexist", "reserved")
    qualified = refusal(put, FunctionName=f"{ARN}:function:reserved:1", ReservedConcurrentExecutions=1)
    assert qualified == answered(exceptions, "put_function_concurrency_with_qualified_arn", "reserved")
    client.delete_function_concurrency(FunctionName="reserved")
    left = client.get_function_concurrency(FunctionName="reserved")
    assert "ReservedConcurrentExecutions" not in left


def test_account_settings(client: Any) -> None:
    """Entry test_account_settings."""
    entry = recorded(API, "TestLambdaAccountSettings::test_account_settings")["acc_settings_modded"]
    answer = client.get_account_settings()
    assert sorted(answer["AccountLimit"]) == entry["AccountLimit"]
    assert sorted(answer["AccountUsage"]) == entry["AccountUsage"]


def test_layers_without_a_description(client: Any) -> None:
    """What is published says the description that it has not (test_layer_lifecycle), lists leave it out: so moto has it
    from AWS, in test_list_lambda_layers.
    """
    made = client.publish_layer_version(LayerName="untold", Content={"ZipFile": archive(a__py="")})
    assert made["Description"] == ""
    [listed] = client.list_layer_versions(LayerName="untold")["LayerVersions"]
    assert set(listed) == {"LayerVersionArn", "Version", "CreatedDate"}
    assert client.get_layer_version(LayerName="untold", VersionNumber=1)["Description"] == ""
    client.delete_layer_version(LayerName="untold", VersionNumber=1)


def test_layers(client: Any) -> None:
    """Entries test_layer_lifecycle, test_layer_exceptions, test_layer_function_exceptions."""
    entry = recorded(API, "TestLambdaLayer::test_layer_lifecycle")
    request = {
        "LayerName": "shared",
        "Content": {"ZipFile": archive(**{"python/shared__py": "VALUE = 1"})},
        "CompatibleRuntimes": ["python3.12"],
        "CompatibleArchitectures": ["x86_64"],
        "LicenseInfo": "MIT",
        "Description": "d",
    }
    same_shape(client.publish_layer_version(**request), entry["publish_result"])
    client.publish_layer_version(**request)
    same_shape(client.get_layer_version(LayerName="shared", VersionNumber=1), entry["get_layer_ver_result"])
    by_arn = client.get_layer_version_by_arn(Arn=f"{ARN}:layer:shared:2")
    assert by_arn["Version"] == 2
    same_shape(client.list_layer_versions(LayerName="shared"), entry["list_layer_versions_predelete"])
    listed = client.list_layers()["Layers"]
    assert [(layer["LayerName"], layer["LatestMatchingVersion"]["Version"]) for layer in listed] == [("shared", 2)]
    exceptions, functions = "TestLambdaLayer::test_layer_exceptions", "TestLambdaLayer::test_layer_function_exceptions"
    zero = refusal(client.get_layer_version, LayerName="shared", VersionNumber=0)
    assert zero == answered(exceptions, "get_layer_version_exc_layer_version_doesnotexist_zero", "shared")
    absent = refusal(client.get_layer_version, LayerName="shared", VersionNumber=9)
    assert absent == answered(exceptions, "get_layer_version_exc_layer_version_doesnotexist_2", "shared")
    for key, arns in (
        ("two_layer_versions_single_function_exc", [f"{ARN}:layer:shared:1", f"{ARN}:layer:shared:2"]),
        ("add_nonexistent_layer_exc", [f"{ARN}:layer:doesnotexist:1"]),
        ("add_nonexistent_layer_version_exc", [f"{ARN}:layer:shared:9"]),
    ):
        assert refusal(create, client=client, name="x", Layers=arns) == answered(functions, key, "shared")
    create(client, "layered", Layers=[f"{ARN}:layer:shared:1"])
    client.delete_layer_version(LayerName="shared", VersionNumber=1)
    client.delete_layer_version(LayerName="shared", VersionNumber=2)
    assert client.publish_layer_version(**request)["Version"] == 3
    kept = client.get_function_configuration(FunctionName="layered")["Layers"]
    assert kept[0]["Arn"] == f"{ARN}:layer:shared:1"


def test_code_that_is_not_in_s3(client: Any) -> None:
    """Entry test_lambda_code_location_s3_errors."""
    pytest.importorskip("stratolite.services.s3")
    name = "TestLambdaFunction::test_lambda_code_location_s3_errors"
    code = {"S3Bucket": "some-non-existent-bucket", "S3Key": "k"}
    assert refusal(create, client=client, name="x", Code=code) == answered(name, "create-error-wrong-bucket", "x")
