"""Function URLs as the API makes, shows and removes them, beside AWS's recordings."""

import json
import re
from typing import Any

import pytest
from tests.archives import zipped
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded
from tests.wire.answers import answered, equal

API = "lambda_/test_lambda_api.json"
RUN = "lambda_/test_lambda.json"
ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"


def create(client: Any, name: str, alias: str = "") -> None:
    client.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Handler="index.handler",
        Role=f"arn:aws:iam::{ACCOUNT}:role/r",
        Code={"ZipFile": zipped("def handler(event, context):\n    return event\n")},
        Publish=bool(alias),
    )
    if alias:
        client.create_alias(FunctionName=name, Name=alias, FunctionVersion="1")


def as_recorded(entry: Any) -> Any:
    """The recordings show URLs by words that are no names."""
    return json.loads(json.dumps(entry).replace('"lambda-url"', '"<lambda-url>"'))


@pytest.fixture(scope="module")
def client(cloud: RunningCloud) -> Any:
    return cloud.client("lambda", parameter_validation=False)


def test_the_life_of_a_url(client: Any) -> None:
    """TestLambdaUrl::test_url_config_lifecycle"""
    aws = as_recorded(recorded(API, "TestLambdaUrl::test_url_config_lifecycle"))
    create(client, "life")
    made = client.create_function_url_config(FunctionName="life", AuthType="NONE")
    equal(made, aws["url_creation"])
    assert re.fullmatch(rf"https://[a-z0-9]{{32}}\.lambda-url\.{REGION}\.on\.aws/", made["FunctionUrl"])
    again = answered(client.create_function_url_config, FunctionName="life", AuthType="NONE")
    equal(again, aws["failed_duplication"])
    equal(client.get_function_url_config(FunctionName="life"), aws["get_url_config"])
    equal(client.update_function_url_config(FunctionName="life", AuthType="AWS_IAM"), aws["updated_url_config"])
    client.delete_function_url_config(FunctionName="life")
    equal(answered(client.get_function_url_config, FunctionName="life"), aws["failed_getter"])
    other = client.create_function_url_config(FunctionName="life", AuthType="NONE")
    assert other["FunctionUrl"] != made["FunctionUrl"]


def test_modes(client: Any) -> None:
    """TestLambdaURL::test_lambda_update_function_url_config, ::test_lambda_url_invalid_invoke_mode"""
    aws = recorded(RUN, "::test_lambda_update_function_url_config")
    create(client, "modes")
    wrong = answered(client.create_function_url_config, FunctionName="modes", AuthType="NONE", InvokeMode="UNKNOWN")
    equal(wrong, recorded(RUN, "::test_lambda_url_invalid_invoke_mode")["invoke_function_invalid_invoke_type"])
    made = client.create_function_url_config(FunctionName="modes", AuthType="NONE", InvokeMode="BUFFERED")
    equal(made, aws["create_lambda_url_config"])
    equal(client.get_function_url_config(FunctionName="modes"), aws["get_url_config"])
    changed = client.update_function_url_config(FunctionName="modes", InvokeMode="RESPONSE_STREAM")
    equal(changed, aws["modify_lambda_url_config"])
    equal(client.get_function_url_config(FunctionName="modes"), aws["get_url_config_2"])
    equal(client.update_function_url_config(FunctionName="modes"), aws["modify_lambda_url_config_none"])
    equal(client.get_function_url_config(FunctionName="modes"), aws["get_url_config_3"])


def test_pages(client: Any) -> None:
    """TestLambdaUrl::test_url_config_list_paging"""
    aws = as_recorded(recorded(API, "TestLambdaUrl::test_url_config_list_paging"))
    equal(answered(client.list_function_url_configs, FunctionName="none"), aws["list_function_notfound"])
    create(client, "pages", "urlalias")
    equal(client.list_function_url_configs(FunctionName="pages"), aws["list_all_empty"])
    made = client.create_function_url_config(FunctionName="pages", AuthType="NONE")
    equal(made, aws["url_config_fn"])
    made = client.create_function_url_config(FunctionName="pages", Qualifier="urlalias", AuthType="NONE")
    equal(made, aws["url_config_alias"])
    whole = client.list_function_url_configs(FunctionName="pages")
    equal(whole, aws["list_all"])
    first = client.list_function_url_configs(FunctionName="pages", MaxItems=1)
    second = client.list_function_url_configs(FunctionName="pages", MaxItems=1, Marker=first["NextMarker"])
    assert "NextMarker" not in second
    assert first["FunctionUrlConfigs"] + second["FunctionUrlConfigs"] == whole["FunctionUrlConfigs"]


def test_a_function_and_its_alias(client: Any) -> None:
    """TestLambdaUrl::test_url_config_deletion_without_qualifier"""
    aws = as_recorded(recorded(API, "TestLambdaUrl::test_url_config_deletion_without_qualifier"))
    create(client, "two", "test-alias")
    named = {"FunctionName": "two", "Qualifier": "test-alias"}
    equal(client.create_function_url_config(FunctionName="two", AuthType="NONE"), aws["url_creation"])
    equal(client.create_function_url_config(**named, AuthType="NONE"), aws["url_with_alias_creation"])
    equal(client.get_function_url_config(FunctionName="two"), aws["get_url_config"])
    equal(client.get_function_url_config(**named), aws["get_url_config_with_alias"])
    equal(client.delete_function_url_config(FunctionName="two"), aws["delete_function_url_config"])
    equal(answered(client.get_function_url_config, FunctionName="two"), aws["get_url_config_after_deletion"])
    equal(client.get_function_url_config(**named), aws["get_url_config_with_alias_after_deletion"])
    client.delete_alias(FunctionName="two", Name="test-alias")
    assert client.get_function_url_config(**named)["FunctionArn"].endswith(":test-alias")
    client.delete_function(FunctionName="two")
    create(client, "two", "test-alias")
    assert client.list_function_url_configs(FunctionName="two")["FunctionUrlConfigs"] == []


WRONG: dict[str, dict[str, str]] = {
    "name_doesnotexist": {"FunctionName": "doesnotexist"},
    "arn_doesnotexist": {"FunctionName": f"{ARN}:doesnotexist"},
    "name_doesnotexist_qualifier": {"FunctionName": "doesnotexist", "Qualifier": "1"},
    "qualifier_version": {"FunctionName": "wrong", "Qualifier": "1"},
    "qualifier_version_doesnotexist": {"FunctionName": "wrong", "Qualifier": "2"},
    "qualifier_alias_doesnotexist": {"FunctionName": "wrong", "Qualifier": "doesnotexist"},
    "qualifier_alias_doesnotmatch_arn": {"FunctionName": f"{ARN}:wrong:other", "Qualifier": "urlalias"},
    "qualifier_latest": {"FunctionName": "wrong", "Qualifier": "$LATEST"},
    "config_doesnotexist": {"FunctionName": "wrong"},
}


def test_what_is_wrong(client: Any) -> None:
    """TestLambdaUrl::test_url_config_exceptions"""
    aws = recorded(API, "TestLambdaUrl::test_url_config_exceptions")
    create(client, "wrong", "urlalias")
    for operation in ("create", "get", "update", "delete"):
        for case, request in WRONG.items():
            entry = aws.get(f"{operation}_function_url_config_{case}")
            if isinstance(entry, dict):
                more = {"AuthType": "NONE"} if operation == "create" else {}
                ours = answered(getattr(client, f"{operation}_function_url_config"), **request, **more)
                equal(ours, entry, f"{operation} {case}")


def test_cors_is_kept(client: Any) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_Cors.html"""
    create(client, "cors")
    cors = {
        "AllowCredentials": True,
        "AllowHeaders": ["x-one"],
        "AllowMethods": ["GET", "POST"],
        "AllowOrigins": ["https://example.com"],
        "ExposeHeaders": ["x-two"],
        "MaxAge": 300,
    }
    made = client.create_function_url_config(FunctionName="cors", AuthType="NONE", Cors=cors)
    assert made["Cors"] == cors
    assert client.update_function_url_config(FunctionName="cors", AuthType="AWS_IAM")["Cors"] == cors
    assert client.get_function_url_config(FunctionName="cors")["Cors"] == cors
    assert "Cors" not in client.update_function_url_config(FunctionName="cors", Cors={})
    wrong = answered(client.update_function_url_config, FunctionName="cors", Cors={"MaxAge": 86401})
    assert wrong["Error"]["Code"] == "ValidationException"
    assert "'cors.maxAge' failed to satisfy constraint" in wrong["Error"]["Message"]
