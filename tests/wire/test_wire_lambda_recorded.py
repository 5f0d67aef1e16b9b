"""Lambda's answers beside the recorded ones of AWS, member by member: versions, aliases, tags, permissions, limits."""

import io
import json
import re
import zipfile
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded
from tests.wire.answers import answered, equal
from tests.wire.functions import API, ECHO, ROLE, RUN, archive, create, invoked

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
VERSION = """
def handler(event, context):
    return {"version_id": "version%s", "invoked_arn": context.invoked_function_arn,
            "version_from_ctx": context.function_version}
"""


def run_entry(name: str) -> Any:
    """An entry of test_lambda.json, whose names of values that change are not all in brackets."""
    return json.loads(json.dumps(recorded(RUN, name)).replace('"code-sha256"', '"<code-sha256>"'))


@pytest.fixture(scope="module")
def client(cloud: RunningCloud) -> Any:
    return cloud.client("lambda")


NAMES: dict[str, tuple[str, str]] = {
    "function_name_is_single_invalid": ("*", ""),
    "invalid_characters_in_function_name": ("my-function!", ""),
    "invalid_characters_in_qualifier": ("my-function", "invalid!"),
    "qualifier_too_long": ("my-function", "a" * 129),
    "invalid_account_id_in_partial_arn": ("invalid-account:function:my-function", ""),
    "invalid_region_in_arn": (f"arn:aws:lambda:invalid-region:{ACCOUNT}:function:my-function", ""),
    "non_lambda_arn": (f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance:i-1234567890abcdef0", ""),
    "function_name_too_long": ("a" * 65, ""),
    "function_name_too_long_and_invalid_region": (
        f"arn:aws:lambda:invalid-region:{ACCOUNT}:function:my-function{'a' * 170}",
        "",
    ),
    "full_arn_and_qualifier_too_long_and_invalid_region": (
        f"arn:aws:lambda:invalid-region:{ACCOUNT}:function:my-function-{'a' * 170}",
        "a" * 129,
    ),
    "function_name_and_qualifier_too_long": ("my-function", "a" * 65),
    "full_arn_with_multiple_qualifiers": (f"{ARN}:my-function:1:2", ""),
    "incomplete_arn": (ARN, ""),
    "partial_arn_with_extra_qualifier": ("function:my-function:$LATEST:extra", ""),
    "latest_version_with_additional_qualifier": (f"{ARN}:my-function:$LATEST", "1"),
    "lowercase_latest_qualifier": (f"{ARN}:my-function", "$latest"),
    "missing_region_in_arn": (f"arn:aws:lambda::{ACCOUNT}:function:my-function", ""),
    "missing_account_id_in_arn": (f"arn:aws:lambda:{REGION}::function:my-function", ""),
    "misspelled_latest_in_arn": (f"{ARN}:my-function:$LATES", ""),
}


@pytest.mark.parametrize("operation", ["get_function", "delete_function", "invoke", "create_function"])
@pytest.mark.parametrize("case", NAMES)
def test_names_and_qualifiers(cloud: RunningCloud, case: str, operation: str) -> None:
    """test_function_name_and_qualifier_validation[<case>-<operation>]; the recordings keep no order of the errors."""
    aws = recorded(API, f"test_function_name_and_qualifier_validation[{case}-{operation}]")
    if not aws:
        pytest.skip("nothing is recorded of this case")
    aws = aws[f"{operation}_exception"]
    name, qualifier = NAMES[case]
    request: dict[str, Any] = {"FunctionName": name}
    if operation == "create_function":
        code = {"ZipFile": archive(ECHO)}
        request |= {"Runtime": "python3.12", "Handler": "a.b", "Role": ROLE, "Code": code}
        request["FunctionName"] += f":{qualifier}" if qualifier else ""
    elif qualifier:
        request["Qualifier"] = qualifier
    client = cloud.client("lambda", parameter_validation=False)
    error = answered(getattr(client, operation), **request)["Error"]
    assert error["Code"] == aws["Code"]
    texts = aws.get("Errors", [aws.get("Message")])
    found = error["Message"].split("detected: ")[-1].split("; ") if "Errors" in aws else [error["Message"]]
    texts = [re.sub(r"<a:len\((\d+)\)>", lambda match: "a" * int(match[1]), text) for text in texts]
    for theirs, ours in (("arn:<partition>", "arn:aws"), ("<region>", REGION), ("111111111111", ACCOUNT)):
        texts = [text.replace(theirs, ours) for text in texts]
    assert sorted(found) == sorted(texts)


def test_states_of_a_function(client: Any) -> None:
    """test_function_state, test_lambda_handler_update"""
    aws = run_entry("test_function_state")
    equal(create(client, "state", Timeout=3), aws["create-fn-response"])
    equal(client.get_function(FunctionName="state"), aws["get-fn-response"])
    aws = run_entry("test_lambda_handler_update")
    source = "def handler(e, c):\n    return {'handler': 'handler'}\n"
    source += "def handler_two(e, c):\n    return {'handler': 'handler_two'}\n"
    create(client, "two-handlers", source, Environment={})
    equal(invoked(client, FunctionName="two-handlers"), aws["invoke_result_handler_one"])
    updated = client.update_function_configuration(FunctionName="two-handlers", Handler="handler.handler_two")
    equal(updated, aws["update_function_configuration_result"])
    equal(client.get_function(FunctionName="two-handlers"), aws["get_function_result"])
    equal(invoked(client, FunctionName="two-handlers"), aws["invoke_result_handler_two"])


def test_versions_with_code_changes(client: Any) -> None:
    """test_lambda_versions_with_code_changes"""
    aws = run_entry("test_lambda_versions_with_code_changes")
    name = "changes"
    first = create(client, name, VERSION % 1, Description="No version :(", Timeout=3)
    equal(first, aws["create_response"])
    first = client.publish_version(FunctionName=name, Description="First version description :)")
    equal(first, aws["first_publish_response"])
    updated = client.update_function_code(FunctionName=name, ZipFile=archive(VERSION % 2))
    equal(updated, aws["update_lambda_response"])
    equal(invoked(client, FunctionName=name), aws["invocation_result_latest"])
    equal(invoked(client, FunctionName=first["FunctionArn"]), aws["invocation_result_v1"])
    second = client.publish_version(FunctionName=name, Description="Second version description :)")
    equal(second, aws["second_publish_response"])
    equal(invoked(client, FunctionName=second["FunctionArn"]), aws["invocation_result_v2"])
    third = client.update_function_code(FunctionName=name, ZipFile=archive(VERSION % 3), Publish=True)
    equal(third, aws["update_lambda_response_with_publish"])
    equal(invoked(client, FunctionName=third["FunctionArn"]), aws["invocation_result_v3"])
    equal(invoked(client, FunctionName=name), aws["invocation_result_latest_end"])
    equal(invoked(client, FunctionName=name, Qualifier="1"), aws["invocation_result_v1_end"])


def test_a_version_published_with_its_function(client: Any) -> None:
    """test_publish_version_on_create"""
    aws = recorded(API, "test_publish_version_on_create")
    name = "published"
    equal(create(client, name, Publish=True, Handler="index.handler", Timeout=3), aws["create_response"])
    equal(client.get_function(FunctionName=name), aws["get_function_result"])
    equal(client.get_function(FunctionName=name, Qualifier="1"), aws["get_function_version_result"])
    equal(client.get_function(FunctionName=name, Qualifier="$LATEST"), aws["get_function_latest_result"])
    equal(client.list_versions_by_function(FunctionName=name), aws["list_versions_result"])
    equal(client.publish_version(FunctionName=name), aws["repeated_publish_response"])
    equal(client.list_versions_by_function(FunctionName=name), aws["list_versions_result_after_publish"])


def test_an_alias_moves(client: Any) -> None:
    """test_lambda_alias_moving, test_alias_naming"""
    aws = run_entry("test_lambda_alias_moving")
    name = "moving"
    create(client, name, VERSION % 1, Description="No version :(")
    client.publish_version(FunctionName=name)
    alias = client.create_alias(FunctionName=name, Name="alias1", FunctionVersion="1", Description="")
    equal(alias, aws["create_alias_response"])
    equal(invoked(client, FunctionName=name, Qualifier="alias1"), aws["invocation_result_qualifier_v1"])
    equal(invoked(client, FunctionName=alias["AliasArn"]), aws["invocation_result_qualifier_v1_arn"])
    client.update_function_code(FunctionName=name, ZipFile=archive(VERSION % 2))
    equal(invoked(client, FunctionName=alias["AliasArn"]), aws["invocation_result_qualifier_v1_after_update"])
    client.publish_version(FunctionName=name)
    equal(invoked(client, FunctionName=alias["AliasArn"]), aws["invocation_result_qualifier_v1_after_publish"])
    moved = client.update_alias(FunctionName=name, Name="alias1", FunctionVersion="2")
    equal(moved, aws["update_alias_response"])
    equal(invoked(client, FunctionName=name, Qualifier="alias1"), aws["invocation_result_qualifier_v2"])
    absent = invoked(client, FunctionName=name, Qualifier="non-existent-alias")
    equal(absent, aws["invocation_exc_not_existent"])
    aws = recorded(API, "test_alias_naming")
    request = {"FunctionName": name, "FunctionVersion": "1", "Description": "custom-alias"}
    equal(answered(client.create_alias, Name="2024-01-02", **request), aws["create_alias_date"])
    equal(answered(client.create_alias, Name="2024", **request), aws["create_alias_number_exception"])


def test_tags(client: Any) -> None:
    """test_create_tag_on_fn_create, TestLambdaTags::test_tag_lifecycle, test_tag_versions, test_tag_nonexisting"""
    aws = recorded(API, "test_create_tag_on_fn_create")
    arn = create(client, "tagged", Tags={"testtag": "tag"}, Environment={})["FunctionArn"]
    equal(client.get_function(FunctionName=arn), aws["get_function_result"])
    equal(client.list_tags(Resource=arn), aws["list_tags_result"])
    aws = recorded(API, "TestLambdaTags::test_tag_lifecycle")
    arn = create(client, "labelled", Tags={"key_a": "value_a"}, Environment={})["FunctionArn"]
    equal(client.list_tags(Resource=arn), aws["list_tags_response_postfncreate"])
    more = {f"key_{letter}": f"value_{letter}" for letter in "bcde"}
    equal(client.tag_resource(Resource=arn, Tags=more), aws["tag_resource_response"])
    equal(client.list_tags(Resource=arn), aws["list_tags_response_postaddtags"])
    equal(client.tag_resource(Resource=arn, Tags={"key_c": "value_x"}), aws["tag_resource_overwrite"])
    equal(client.list_tags(Resource=arn), aws["list_tags_response_overwrite"])
    client.untag_resource(Resource=arn, TagKeys=["key_c", "key_d"])
    equal(client.list_tags(Resource=arn), aws["list_tags_response_postuntag"])
    equal(client.get_function(FunctionName=arn), aws["get_fn_response_postuntag"])
    aws = recorded(API, "test_tag_versions")
    refused = answered(client.tag_resource, Resource=f"{arn}:1", Tags={"a": "b"})
    equal(refused, aws["tag_resource_exception"])
    refused = answered(client.tag_resource, Resource=f"{arn}:$LATEST", Tags={"a": "b"})
    equal(refused, aws["tag_resource_latest_exception"])
    aws = recorded(API, "test_tag_nonexisting_resource")
    client.delete_function(FunctionName="labelled")
    equal(answered(client.tag_resource, Resource=arn, Tags=more), aws["not_found_exception_tag"])
    equal(answered(client.untag_resource, Resource=arn, TagKeys=["a"]), aws["not_found_exception_untag"])
    equal(answered(client.list_tags, Resource=arn), aws["not_found_exception_list"])


def test_permissions_of_two_services(client: Any) -> None:
    """test_create_multiple_lambda_permissions"""
    aws = recorded(API, "test_create_multiple_lambda_permissions")
    create(client, "permitted")
    request = {"FunctionName": "permitted", "Action": "lambda:InvokeFunction"}
    for number, service in enumerate(("logs", "kinesis"), 1):
        answer = client.add_permission(StatementId=service, Principal=f"{service}.amazonaws.com", **request)
        equal(answer, aws[f"add_permission_response_{number}"])
    equal(client.get_policy(FunctionName="permitted"), aws["policy_after_2_add"])


def test_deleting_a_version_that_is_not_there(client: Any) -> None:
    """test_delete_on_nonexisting_version: no error as long as there is the function."""
    aws = recorded(API, "test_delete_on_nonexisting_version")
    create(client, "deleted")
    client.delete_function(FunctionName="deleted", Qualifier="1233")
    client.delete_function(FunctionName="deleted")
    absent = answered(client.delete_function, FunctionName="deleted")
    equal(absent, aws["delete_function_response_non_existent"])
    absent = answered(client.delete_function, FunctionName="deleted", Qualifier="1233")
    equal(absent, aws["delete_function_response_non_existent_with_qualifier"])


def test_updates_that_are_refused(client: Any) -> None:
    """test_update_lambda_exceptions, test_snapstart_exceptions, test_invalid_invoke"""
    aws = recorded(API, "test_update_lambda_exceptions")
    create(client, "refused")
    update = client.update_function_configuration
    equal(answered(update, FunctionName="refused", Role="r1"), aws["invalid_role_arn_exc"])
    unknown = answered(update, FunctionName="refused", Runtime="non-existent-runtime")
    equal(unknown, aws["invalid_runtime_exc"])
    equal(answered(update, FunctionName="refused", Runtime="PYTHON3.9"), aws["uppercase_runtime_exc"])
    aws = recorded(API, "test_snapstart_exceptions")
    refused = answered(create, client=client, name="snap", SnapStart={"ApplyOn": "invalidOption"})
    equal(refused, aws["create_function_invalid_snapstart_apply"])
    aws = recorded(API, "test_invalid_invoke")
    refused = answered(client.invoke, FunctionName=f"arn:aws:lambda:{REGION}:123400000000@function:myfn")
    equal(refused, aws["invoke_function_name_pattern_exc"])


def test_layers(client: Any, cloud: RunningCloud) -> None:
    """test_layer_compatibilities[runtimes0..2], test_layer_s3_content, test_layer_function_quota_exception"""
    content = archive("", "python/a.py")
    for place in range(3):
        aws = recorded(API, f"test_layer_compatibilities[runtimes{place}]")["publish_result"]
        published = client.publish_layer_version(
            LayerName=f"compatible-{place}",
            CompatibleRuntimes=aws["CompatibleRuntimes"],
            CompatibleArchitectures=aws["CompatibleArchitectures"],
            Content={"ZipFile": content},
        )
        equal(published, aws)
    storage = cloud.client("s3")
    storage.create_bucket(Bucket="layer-content")
    storage.put_object(Bucket="layer-content", Key="layer.zip", Body=content)
    aws = recorded(API, "test_layer_s3_content")["publish_layer_result"]
    where = {"S3Bucket": "layer-content", "S3Key": "layer.zip"}
    equal(client.publish_layer_version(LayerName="from-s3", Content=where), aws)
    arns = [
        client.publish_layer_version(LayerName=f"many-{n}", Content={"ZipFile": content})["LayerVersionArn"]
        for n in range(6)
    ]
    aws = recorded(API, "test_layer_function_quota_exception")["create_function_with_six_layers"]
    equal(answered(create, client=client, name="layered", Layers=arns), aws)


def test_reserved_concurrency(client: Any) -> None:
    """test_lambda_concurrency_crud, test_lambda_concurrency_update"""
    aws = run_entry("test_lambda_concurrency_crud")
    create(client, "reserved", Environment={})
    named = {"FunctionName": "reserved"}
    equal(client.get_function_concurrency(**named), aws["get_function_concurrency_default"])
    equal(client.put_function_concurrency(ReservedConcurrentExecutions=0, **named), aws["put_function_concurrency"])
    equal(client.get_function_concurrency(**named), aws["get_function_concurrency_updated"])
    client.delete_function_concurrency(**named)
    equal(client.get_function_concurrency(**named), aws["get_function_concurrency_deleted"])
    aws = run_entry("test_lambda_concurrency_update")
    equal(client.put_function_concurrency(ReservedConcurrentExecutions=3, **named), aws["put_function_concurrency"])
    equal(client.get_function(**named), aws["get_function_concurrency_info"])


def test_invocations(client: Any, cloud: RunningCloud) -> None:
    """test_basic_invoke, test_invocation_type_no_return_payload, test_lambda_cache_local, test_recreate_function"""
    aws = run_entry("test_basic_invoke")
    create(client, "basic")
    equal(invoked(client, FunctionName="basic"), aws["lambda_invoke_result"])
    for language, runtime, name, source in (
        ("python", "python3.12", "handler.py", "def handler(event, context):\n    pass\n"),
        ("nodejs", "nodejs20.x", "handler.js", "exports.handler = async () => {};\n"),
    ):
        create(client, f"none-{language}", Runtime=runtime, Code={"ZipFile": archive(source, name)})
        for kind in ("RequestResponse", "Event"):
            aws = run_entry(f"test_invocation_type_no_return_payload[{language}-{kind}]")["invoke-result"]
            equal(invoked(client, FunctionName=f"none-{language}", InvocationType=kind), aws)
    cloud.drain()
    aws = run_entry("test_lambda_cache_local[python]")
    source = "n = -1\ndef handler(event, context):\n    global n\n    n += 1\n    return {'counter': n}\n"
    create(client, "counts", source)
    equal(invoked(client, FunctionName="counts"), aws["first_invoke_result"])
    equal(invoked(client, FunctionName="counts"), aws["second_invoke_result"])
    client.delete_function(FunctionName="counts")
    create(client, "counts", source)
    equal(invoked(client, FunctionName="counts"), aws["first_invoke_result"])


def test_sizes(client: Any) -> None:
    """test_oversized_request_create_lambda, test_oversized_zipped_create_lambda, test_oversized_unzipped_lambda"""
    aws = recorded(API, "test_oversized_zipped_create_lambda")["invalid_param_exc"]
    zipped = {"ZipFile": bytes(52_428_801)}
    refused = answered(create, client=client, name="zipped", Code=zipped)
    equal(refused, aws)
    aws = recorded(API, "test_oversized_unzipped_lambda")["invalid_param_exc"]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file, file.open("big", "w", force_zip64=True) as entry:
        for _ in range(251):
            entry.write(bytes(1024 * 1024))
    equal(answered(create, client=client, name="unzipped", Code={"ZipFile": buffer.getvalue()}), aws)
