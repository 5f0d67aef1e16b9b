"""The control plane over the wire, compared with what AWS answered. Each test names its recording."""

import contextlib
import json
from typing import Any

import pytest
from tests.conftest import recorded
from tests.wire.answers import answered, equal
from tests.wire.rest_control import client, patch, rest

__all__ = ["client", "rest"]


def test_rest_api_parameters(client: Any) -> None:
    """test_create_rest_api_with_optional_params, _with_tags, _with_binary_media_types"""
    aws = recorded("apigateway/test_apigateway_api.json", "test_create_rest_api_with_optional_params")
    equal(answered(client.create_rest_api, name="a"), aws["create-only-name"])
    equal(answered(client.create_rest_api, name="a", description=""), aws["create-empty-desc"])
    equal(answered(client.create_rest_api, name="a", version="v1"), aws["create-with-version"])
    equal(answered(client.create_rest_api, name="a", binaryMediaTypes=[]), aws["create-with-empty-binary-media"])
    equal(answered(client.create_rest_api, name="a", minimumCompressionSize=-1), aws["string-compression-size"])
    aws = recorded("apigateway/test_apigateway_api.json", "test_create_rest_api_with_tags")
    made = client.create_rest_api(name="a", description="this is my api", tags={"MY_TAG1": "MY_VALUE1"})
    equal(made, aws["create-rest-api-w-tags"])
    equal(answered(client.get_rest_api, restApiId=made["id"]), aws["get-rest-api-w-tags"])
    aws = recorded("apigateway/test_apigateway_api.json", "test_create_rest_api_with_binary_media_types")
    equal(answered(client.create_rest_api, name="a", binaryMediaTypes=["image/png"]), aws["create-with-binary-media"])


@pytest.mark.parametrize(
    ("case", "configuration"),
    [
        ("create-with-empty-types", {"types": []}),
        ("create-with-invalid-ip-address-type", {"ipAddressType": "wrong"}),
        ("create-with-invalid-types", {"types": ["wrong"]}),
        ("create-with-invalid-ip-address-type-and-types", {"types": ["wrong"], "ipAddressType": "wrong"}),
        ("create-with-two-types", {"types": ["EDGE", "REGIONAL"]}),
        ("create-with-endpoint-config-dualstack", {"types": ["EDGE"], "ipAddressType": "dualstack"}),
        ("create-with-endpoint-config-regional", {"types": ["REGIONAL"]}),
    ],
)
def test_endpoint_configuration(client: Any, case: str, configuration: dict[str, Any]) -> None:
    """test_create_rest_api_with_endpoint_configuration"""
    aws = recorded("apigateway/test_apigateway_api.json", "test_create_rest_api_with_endpoint_configuration")[case]
    equal(answered(client.create_rest_api, name="a", endpointConfiguration=configuration), aws)


def test_private_endpoints(client: Any) -> None:
    """test_create_rest_api_private_type, test_create_rest_api_verify_defaults"""
    aws = recorded("apigateway/test_apigateway_api.json", "test_create_rest_api_private_type")
    private = {"types": ["PRIVATE"], "ipAddressType": "ipv4"}
    answer = answered(client.create_rest_api, name="a", endpointConfiguration=private)
    equal(answer, aws["create-with-private-type-and-ipv4-ip-address-type"])
    aws = recorded("apigateway/test_apigateway_api.json", "test_create_rest_api_verify_defaults")
    for kind in ("EDGE", "REGIONAL", "PRIVATE"):
        answer = answered(client.create_rest_api, name="a", endpointConfiguration={"types": [kind]})
        equal(answer, aws[f"create-with-{kind.lower()}-default"])


def test_rest_api_patches(client: Any, rest: tuple[str, str]) -> None:
    """test_update_rest_api_operation_add_remove, _behaviour, _compression, _invalid_api_id, _ip_address_type"""
    file, api_id = "apigateway/test_apigateway_api.json", rest[0]

    def update(*operations: dict[str, str]) -> Any:
        return answered(client.update_rest_api, restApiId=api_id, patchOperations=list(operations))

    aws = recorded(file, "test_update_rest_api_behaviour")
    for op in ("add", "replace", "remove"):
        answer = update(*patch(op, "/binaryMediaTypes", "image/gif"))
        equal(answer, aws[f"update-rest-api-{op}-base-path"])
    aws = recorded(file, "test_update_rest_api_operation_add_remove")
    png, jpeg = "/binaryMediaTypes/image~1png", "/binaryMediaTypes/image~1jpeg"
    equal(update(*patch("add", png), *patch("add", jpeg)), aws["update-rest-api-add"])
    equal(update(*patch("replace", png, "image/gif")), aws["update-rest-api-replace"])
    answer = update(*patch("remove", "/binaryMediaTypes/image~1gif"), *patch("replace", "/description", ""))
    equal(answer, aws["update-rest-api-remove"])


def test_rest_api_compression(client: Any, rest: tuple[str, str]) -> None:
    """test_update_rest_api_compression"""
    aws = recorded("apigateway/test_apigateway_api.json", "test_update_rest_api_compression")
    for case, operation in (
        ("enable-compression", patch("replace", "/minimumCompressionSize", "10")),
        ("disable-compression", patch("replace", "/minimumCompressionSize")),
        ("set-compression-zero", patch("replace", "/minimumCompressionSize", "0")),
        ("set-negative-compression", patch("replace", "/minimumCompressionSize", "-1")),
        ("set-string-compression", patch("replace", "/minimumCompressionSize", "test")),
        ("unsupported-operation", patch("add", "/minimumCompressionSize", "10")),
    ):
        equal(answered(client.update_rest_api, restApiId=rest[0], patchOperations=operation), aws[case])
    aws = recorded("apigateway/test_apigateway_api.json", "test_update_rest_api_invalid_api_id")
    answer = answered(client.update_rest_api, restApiId="api_id", patchOperations=patch("replace", "/name", "b"))
    equal(answer, aws["not-found-update-rest-api"])


def test_rest_api_endpoint_patches(client: Any) -> None:
    """test_update_rest_api_ip_address_type"""
    aws = recorded("apigateway/test_apigateway_api.json", "test_update_rest_api_ip_address_type")
    api_id = client.create_rest_api(name="a", endpointConfiguration={"types": ["REGIONAL"]})["id"]
    address, kind = "/endpointConfiguration/ipAddressType", "/endpointConfiguration/types/REGIONAL"
    for case, operation in (
        ("update-rest-api-replace-type", patch("replace", kind, "PRIVATE")),
        ("update-rest-api-replace-to-ipv4-within-private-type", patch("replace", address, "ipv4")),
        ("update-rest-api-wrong-ipAddressType", patch("replace", address, "wrong")),
        ("update-rest-api-wrong-type", patch("replace", "/endpointConfiguration/types/PRIVATE", "wrong")),
        ("update-rest-api-invalid-operation-on-ipAddressType", patch("add", address, "dualstack")),
        ("update-rest-api-invalid-operation-on-type", patch("test", kind, "REGIONAL")),
    ):
        equal(answered(client.update_rest_api, restApiId=api_id, patchOperations=operation), aws[case], case)


def test_resources(client: Any, rest: tuple[str, str]) -> None:
    """test_resource_lifecycle, test_update_resource_behaviour, test_delete_resource, test_update_resource_on_root"""
    file, (api_id, root) = "apigateway/test_apigateway_api.json", rest
    aws = recorded(file, "test_resource_lifecycle")
    equal(client.get_resources(restApiId=api_id), aws["rest-api-root-resource"])
    pets = client.create_resource(restApiId=api_id, parentId=root, pathPart="pets")
    equal(pets, aws["create-resource"])
    sub = client.create_resource(restApiId=api_id, parentId=pets["id"], pathPart="subpets")
    equal(sub, aws["create-subresource"])
    equal(client.get_resources(restApiId=api_id), aws["rest-api-resources-after-create-sub"])
    renamed = {"restApiId": api_id, "resourceId": pets["id"]}
    equal(
        client.update_resource(**renamed, patchOperations=patch("replace", "/pathPart", "dogs")),
        aws["update-path-part"],
    )
    assert client.get_resource(restApiId=api_id, resourceId=sub["id"])["path"] == "/dogs/subpets"
    equal(client.delete_resource(**renamed), aws["del-resource"])
    equal(client.get_resources(restApiId=api_id), aws["rest-api-resources-after-delete"])
    equal(
        answered(client.delete_resource, restApiId=api_id, resourceId=sub["id"]),
        recorded(file, "test_delete_resource")["delete-subresource"],
    )
    aws = recorded(file, "test_update_resource_on_root")
    for case, operation in (
        ("update-root-path-part", patch("replace", "/pathPart", "x")),
        ("update-root-parent", patch("replace", "/parentId", root)),
    ):
        equal(answered(client.update_resource, restApiId=api_id, resourceId=root, patchOperations=operation), aws[case])


def test_resource_patches(client: Any, rest: tuple[str, str]) -> None:
    """test_update_resource_behaviour"""
    aws = recorded("apigateway/test_apigateway_api.json", "test_update_resource_behaviour")
    api_id, root = rest
    pets = client.create_resource(restApiId=api_id, parentId=root, pathPart="pets")["id"]

    def update(resource: str, *operations: dict[str, str]) -> Any:
        return answered(client.update_resource, restApiId=api_id, resourceId=resource, patchOperations=list(operations))

    equal(update("fake", *patch("replace", "/pathPart", "dogs")), aws["nonexistent-resource"])
    equal(update(pets, *patch("replace", "/invalid", "dogs")), aws["invalid-path-part"])
    equal(update(pets, *patch("replace", "/parentId", "fake")), aws["invalid-parent-id"])
    sub = client.create_resource(restApiId=api_id, parentId=pets, pathPart="subpets")["id"]
    child = client.create_resource(restApiId=api_id, parentId=sub, pathPart="pets")["id"]
    equal(update(child, *patch("replace", "/parentId", root)), aws["existing-future-sibling-path"])
    equal(update(pets, *patch("replace", "/parentId", sub)), aws["update-parent-id-to-subresource-id"])
    equal(update(sub, *patch("replace", "/parentId", root)), aws["update-parent-id-to-root-id"])
    equal(update(sub, *patch("replace", "/pathPart", "pets")), aws["update-path-already-exists"])
    for op in ("remove", "add"):
        equal(update(pets, *patch(op, "/pathPart", "dogs")), aws[f"{op}-unsupported"])


def test_greedy_resources(client: Any, rest: tuple[str, str]) -> None:
    """test_create_proxy_resource_validation, test_create_resource_parent_invalid"""
    aws = recorded("apigateway/test_apigateway_api.json", "test_create_proxy_resource_validation")
    api_id, root = rest
    made = client.create_resource(restApiId=api_id, parentId=root, pathPart="{proxy+}")
    equal(made, aws["create-base-proxy-resource"])
    for case, parent, part in (
        ("create-proxy-dynamic-sibling-resource", root, "{child}"),
        ("create-proxy-static-child-resource", made["id"], "child"),
        ("create-proxy-dynamic-child-resource", made["id"], "{child}"),
    ):
        equal(answered(client.create_resource, restApiId=api_id, parentId=parent, pathPart=part), aws[case])
    aws = recorded("apigateway/test_apigateway_api.json", "test_create_resource_parent_invalid")
    answer = answered(client.create_resource, restApiId=api_id, parentId="fake-resource-id", pathPart="pets")
    equal(answer, aws["wrong-resource-parent-id"])


def test_models(client: Any, rest: tuple[str, str]) -> None:
    """test_model_validation, test_update_model, test_put_method_model"""
    file, api_id = "apigateway/test_apigateway_api.json", rest[0]
    aws = recorded(file, "test_model_validation")
    schema = json.dumps({"title": "MySchema", "type": "object"})
    json_type = {"contentType": "application/json"}
    fake = {"restApiId": "abcde0", "name": "MySchema", **json_type, "schema": schema}
    equal(answered(client.create_model, **fake), aws["create-model-wrong-id"])
    equal(answered(client.get_models, restApiId="abcde0"), aws["get-models-wrong-id"])
    equal(answered(client.get_model, restApiId="abcde0", modelName="MySchema"), aws["get-model-wrong-id"])
    client.create_model(**{**fake, "restApiId": api_id})
    for case, changed in (
        ("create-model-already-exists", {}),
        ("create-model-empty-name", {"name": ""}),
        ("create-model-empty-schema", {"name": "A", "schema": ""}),
        ("create-model-no-schema-xml", {"name": "A", "schema": "", "contentType": "application/xml"}),
    ):
        equal(answered(client.create_model, **{**fake, "restApiId": api_id, **changed}), aws[case], case)
    aws = recorded(file, "test_update_model")
    where = {"restApiId": api_id, "modelName": "MySchema"}
    for case, operation in (
        ("update-model-invalid-op", patch("add", "/wrong-path", "x")),
        ("update-model-invalid-path", patch("replace", "/name", "x")),
        ("update-model-empty-schema", patch("replace", "/schema", "")),
    ):
        equal(answered(client.update_model, **where, patchOperations=operation), aws[case], case)
    method = {"restApiId": api_id, "resourceId": rest[1], "httpMethod": "ANY"}
    client.put_method(**method, authorizationType="NONE", requestModels={"application/json": "MySchema"})
    aws = recorded(file, "test_put_method_model")
    equal(answered(client.delete_model, **where), aws["delete-model-used"])


def test_validators(client: Any, rest: tuple[str, str]) -> None:
    """test_request_validator_lifecycle, test_invalid_update_request_validator_operations, ..._crud_no_api"""
    file, api_id = "apigateway/test_apigateway_api.json", rest[0]
    aws = recorded(file, "test_request_validator_lifecycle")
    made = client.create_request_validator(restApiId=api_id, name="a-validator")
    equal(made, aws["create-request-validator"])
    where = {"restApiId": api_id, "requestValidatorId": made["id"]}
    answer = client.update_request_validator(**where, patchOperations=patch("replace", "/validateRequestBody", "true"))
    equal(answer, aws["update-request-validator-with-value"])
    answer = client.update_request_validator(**where, patchOperations=patch("replace", "/validateRequestBody"))
    equal(answer, aws["update-request-validator-without-value"])
    invalid = recorded(file, "test_invalid_update_request_validator_operations")
    for case, operation in (
        ("invalid-add-operation", patch("add", "/validateRequestBody", "true")),
        ("invalid-remove-operation", patch("remove", "/validateRequestBody", "true")),
        ("invalid-path", patch("replace", "/invalidPath", "true")),
        ("empty-name-value", patch("replace", "/name", "")),
    ):
        answer = answered(client.update_request_validator, **where, patchOperations=operation)
        equal(answer, invalid[f"update-request-validator-{case}"], case)
    equal(client.delete_request_validator(**where), aws["delete-request-validator"])
    equal(answered(client.get_request_validator, **where), aws["get-deleted-request-validator"])
    aws = recorded(file, "test_validators_crud_no_api")
    fake = {"restApiId": "test-fake-rest-id"}
    equal(answered(client.create_request_validator, **fake, name="x"), aws["wrong-rest-api-id-create-validator"])
    equal(answered(client.get_request_validators, **fake), aws["wrong-rest-api-id-get-validators"])


def test_deployments_and_stages(client: Any, rest: tuple[str, str]) -> None:
    """test_create_update_deployments, test_get_stages_filters_by_deployment_id"""
    aws = recorded("apigateway/test_apigateway_common.json", "test_create_update_deployments")
    api_id = rest[0]
    _deployable(client, rest)
    first = client.create_deployment(restApiId=api_id, stageName="s1")["id"]
    equal(client.get_deployment(restApiId=api_id, deploymentId=first), aws["get-deployment-1"])
    equal(client.get_stages(restApiId=api_id), aws["get-stages"])
    answer = answered(client.delete_deployment, restApiId=api_id, deploymentId=first)
    equal(answer, aws["delete-deployment-error"])
    second = client.create_deployment(restApiId=api_id, stageName="s1")["id"]
    equal(client.get_stages(restApiId=api_id), aws["get-stages-after-update"])
    equal(client.delete_deployment(restApiId=api_id, deploymentId=first), aws["delete-deployment-1"])
    answer = answered(client.delete_deployment, restApiId=api_id, deploymentId=second)
    equal(answer, aws["delete-deployment-2-error"])
    client.create_stage(restApiId=api_id, stageName="s2", deploymentId=second)
    summary = client.get_deployment(restApiId=api_id, deploymentId=second, embed=["apisummary"])["apiSummary"]
    assert summary == {"/": {"GET": {"authorizationType": "NONE", "apiKeyRequired": False}}}


def test_stage_patches(client: Any, rest: tuple[str, str]) -> None:
    """test_create_update_stages, test_update_stage_remove_wildcard, test_stage_access_log_settings_validation"""
    file, api_id = "apigateway/test_apigateway_common.json", rest[0]
    _deployable(client, rest)
    client.create_deployment(restApiId=api_id, stageName="s1")
    where = {"restApiId": api_id, "stageName": "s1"}
    aws = recorded(file, "test_create_update_stages")
    for case, operation in (
        ("error-update-doc-version", patch("replace", "/documentation_version", "v1")),
        ("error-update-tags", patch("replace", "/tags/tag1", "value1")),
    ):
        equal(answered(client.update_stage, **where, patchOperations=operation), aws[case])
    operations = (
        patch("replace", "/description", "stage new")
        + patch("replace", "/variables/var1", "test")
        + patch("replace", "/variables/var2", "test2")
        + patch("replace", "/*/*/throttling/burstLimit", "123")
        + patch("replace", "/~1test/GET/throttling/burstLimit", "124")
        + patch("replace", "/tracingEnabled", "true")
    )
    expected = dict(aws["update-stage"])
    del expected["documentationVersion"]  # It cannot be set here: documentation is refused by name.
    equal(client.update_stage(**where, patchOperations=operations), expected)
    aws = recorded(file, "test_update_stage_remove_wildcard")
    client.update_stage(**where, patchOperations=patch("remove", "/*/*"))
    equal(answered(client.update_stage, **where, patchOperations=patch("remove", "/*/*")), aws["delete-error"])
    aws = recorded("apigateway/test_apigateway_api.json", "test_stage_access_log_settings_validation")
    for case, operation in (
        ("invalid-path-add", patch("add", "/accessLogSettings/randomValue", "x")),
        ("invalid-path-remove", patch("remove", "/accessLogSettings/randomValue")),
        ("star-and-replace", patch("replace", "/accessLogSettings/*", "x")),
        ("root-and-add", patch("add", "/accessLogSettings", "x")),
        ("update-stage-access-log-destinationArn-empty", patch("add", "/accessLogSettings/destinationArn", "")),
        ("update-stage-access-log-dest-remove", patch("remove", "/accessLogSettings/destinationArn")),
    ):
        equal(answered(client.update_stage, **where, patchOperations=operation), aws[case], case)


def test_gateway_responses(client: Any, rest: tuple[str, str]) -> None:
    """test_gateway_response_crud, test_gateway_response_validation, test_update_gateway_response"""
    file, api_id = "apigateway/test_apigateway_api.json", rest[0]
    where = {"restApiId": api_id, "responseType": "MISSING_AUTHENTICATION_TOKEN"}
    aws = recorded(file, "test_gateway_response_crud")
    equal(client.get_gateway_response(**where), aws["get-gateway-response-default"])
    put = aws["put-gateway-response"]
    answer = client.put_gateway_response(
        **where,
        statusCode="404",
        responseParameters=put["responseParameters"],
        responseTemplates=put["responseTemplates"],
    )
    equal(answer, put)
    items = client.get_gateway_responses(restApiId=api_id)["items"]
    assert [each["responseType"] for each in items] == [
        each["responseType"] for each in aws["get-gateway-responses"]["items"]
    ]
    equal(client.delete_gateway_response(**where), aws["delete-gateway-response"])
    equal(client.get_gateway_response(**where), aws["get-deleted-gw-response"])
    aws = recorded(file, "test_gateway_response_validation")
    equal(answered(client.delete_gateway_response, **where), aws["delete-gateway-response-not-set"])
    wrong = {"restApiId": api_id, "responseType": "FAKE_RESPONSE_TYPE"}
    equal(answered(client.get_gateway_response, **wrong), aws["get-gateway-response-wrong-response-type"])
    aws = recorded(file, "test_update_gateway_response")
    where["responseType"] = "DEFAULT_4XX"
    replaced = patch("replace", "/statusCode", "444")
    equal(client.update_gateway_response(**where, patchOperations=replaced), aws["update-gateway-response-not-set"])
    for case, operation in (
        ("update-gateway-add-status-code", patch("add", "/statusCode", "444")),
        ("update-gateway-wrong-path", patch("replace", "/wrongPath", "x")),
        ("update-gateway-no-path", [{"op": "replace", "value": "x"}]),
    ):
        equal(answered(client.update_gateway_response, **where, patchOperations=operation), aws[case], case)


def test_keys_and_plans(client: Any, rest: tuple[str, str]) -> None:
    """test_get_usage_plan_api_keys, test_create_api_key_with_invalid_value, test_usage_plan_crud and others"""
    file = "apigateway/test_apigateway_extended.json"
    aws = recorded(file, "test_create_api_key_with_invalid_value")
    equal(answered(client.create_api_key, name="a", value="short"), aws["create-api-key-short-value"])
    equal(answered(client.create_api_key, name="a", value="x" * 129), aws["create-api-key-invalid-value-too-long"])
    aws = recorded(file, "test_create_api_key_with_invalid_name")
    equal(answered(client.create_api_key, name="x" * 1025), aws["create-api-key-name-too-long"])
    equal(answered(client.create_api_key), aws["create-api-key-no-name"])
    aws = recorded(file, "test_update_api_key_immutable_field")
    key = client.create_api_key(name="a-key")
    equal(
        answered(client.update_api_key, apiKey=key["id"], patchOperations=patch("replace", "/id", "x")),
        aws["update-api-key-immutable-field"],
    )
    aws = recorded(file, "test_get_usage_plan_api_keys")
    second = client.create_api_key(name="another-key")
    plan = client.create_usage_plan(name="a-plan")
    equal(plan, aws["create-usage-plan"])
    equal(
        client.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY"), aws["create-up-key"]
    )
    client.create_usage_plan_key(usagePlanId=plan["id"], keyId=second["id"], keyType="API_KEY")
    items = client.get_usage_plan_keys(usagePlanId=plan["id"])["items"]
    assert [item["id"] for item in items] == [second["id"], key["id"]]
    equal(client.get_usage_plan_keys(usagePlanId="bad"), aws["get-up-keys-bad-usage-plan"])
    aws = recorded("apigateway/test_apigateway_common.json", "test_usage_plan_crud")
    _deployable(client, rest)
    client.create_deployment(restApiId=rest[0], stageName="dev")
    update = {"usagePlanId": plan["id"]}
    for case, operation in (
        ("update-wrong-api-stages-no-value", patch("add", "/apiStages")),
        ("update-wrong-api-stages-wrong-api", patch("add", "/apiStages", f"{rest[0]}b:dev")),
        ("update-wrong-api-stages-wrong-stage", patch("add", "/apiStages", f"{rest[0]}:fakestagename")),
        ("update-wrong-api-stages-wrong-value", patch("add", "/apiStages", "fake")),
    ):
        equal(answered(client.update_usage_plan, **update, patchOperations=operation), aws[case], case)
    equal(answered(client.get_usage_plan, usagePlanId="fake"), aws["update-wrong-id"])


def _deployable(client: Any, rest: tuple[str, str]) -> None:
    where = {"restApiId": rest[0], "resourceId": rest[1], "httpMethod": "GET"}
    with contextlib.suppress(client.exceptions.ConflictException):
        client.put_method(**where, authorizationType="NONE")
    client.put_integration(**where, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})


def test_patch_operations_are_checked_by_the_model(client: Any, rest: tuple[str, str]) -> None:
    """test_update_rest_api_concatenation_of_errors"""
    aws = recorded("apigateway/test_apigateway_api.json", "test_update_rest_api_concatenation_of_errors")
    address = patch("wrong", "/endpointConfiguration/ipAddressType", "dualstack")
    answer = answered(client.update_rest_api, restApiId=rest[0], patchOperations=address + address)
    equal(answer, aws["update-rest-api-wrong-operations-on-ipAddressType"])


def test_tags_and_account(client: Any, rest: tuple[str, str]) -> None:
    arn = f"arn:aws:apigateway:us-east-1::/restapis/{rest[0]}"
    client.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})
    client.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert client.get_tags(resourceArn=arn)["tags"] == {"b": "2"}
    assert client.get_rest_api(restApiId=rest[0])["tags"] == {"b": "2"}
    role = "arn:aws:iam::123456789012:role/logs"
    client.update_account(patchOperations=patch("replace", "/cloudwatchRoleArn", role))
    account = client.get_account()
    assert account["cloudwatchRoleArn"] == role
    assert account["throttleSettings"] == {"burstLimit": 5000, "rateLimit": 10000.0}


def test_what_cannot_act_is_refused_by_name(client: Any, rest: tuple[str, str]) -> None:
    """Nothing is kept and ignored: each refusal names what is not implemented."""
    where = {"restApiId": rest[0], "resourceId": rest[1], "httpMethod": "GET"}
    refusals = ((client.create_rest_api, {"name": "a", "cloneFrom": "x"}, "cloneFrom"),)
    for ask, request, name in refusals:
        error = answered(ask, **request)
        assert error["Error"]["Code"] == "NotImplemented"
        assert name in error["Error"]["Message"]
    client.put_method(**where, authorizationType="NONE")
    uri = "arn:aws:apigateway:us-east-1:firehose:action/PutRecord"
    stream = {"type": "AWS", "uri": uri, "integrationHttpMethod": "POST"}
    assert "firehose" in answered(client.put_integration, **where, **stream)["Error"]["Message"]
