"""Methods and integrations of REST APIs, compared with what AWS answered. Each test names its recording."""

from typing import Any

from tests.conftest import recorded
from tests.wire.answers import answered, equal
from tests.wire.rest_control import FUNCTION, PATH, client, patch, rest

__all__ = ["client", "rest"]


def test_methods(client: Any, rest: tuple[str, str]) -> None:
    """test_method_lifecycle, test_method_request_parameters, test_put_method_validation"""
    file = "apigateway/test_apigateway_api.json"
    aws = recorded(file, "test_method_lifecycle")
    where = {"restApiId": rest[0], "resourceId": rest[1], "httpMethod": "ANY"}
    equal(client.put_method(**where, authorizationType="NONE"), aws["put-base-method-response"])
    equal(client.get_method(**where), aws["get-base-method-response"])
    equal(client.delete_method(**where), aws["del-base-method-response"])
    equal(answered(client.get_method, **where), aws["get-deleted-method-response"])
    equal(answered(client.delete_method, **where), aws["delete-deleted-method-response"])
    aws = recorded(file, "test_method_request_parameters")
    parameters = {
        f"method.request.{location}.{name}": required
        for location, prefix in (("querystring", "q"), ("header", "h"))
        for name, required in ((f"{prefix}_optional", False), (f"{prefix}_required", True))
    }
    answer = client.put_method(**where, authorizationType="NONE", requestParameters=parameters)
    equal(answer, aws["put-method-request-params-response"])
    client.delete_method(**where)
    same = {"method.request.querystring.foo": True, "method.request.header.foo": True}
    answer = answered(client.put_method, **where, authorizationType="NONE", requestParameters=same)
    equal(answer, aws["req-params-same-name"])
    aws = recorded(file, "test_put_method_validation")
    for case, changed in (
        ("wrong-api", {"restApiId": "fake-api"}),
        ("wrong-resource", {"resourceId": "fake-resource-id"}),
        ("wrong-method", {"httpMethod": "FAKE"}),
        ("missing-authorizer-id", {"authorizationType": "CUSTOM"}),
        ("invalid-request-validator", {"requestValidatorId": "fake-validator"}),
        ("invalid-model-name", {"requestModels": {"application/json": "petModel"}}),
    ):
        request = {**where, "authorizationType": "NONE", **changed}
        equal(answered(client.put_method, **request), aws[case], case)


def test_method_patches(client: Any, rest: tuple[str, str]) -> None:
    """test_update_method, test_update_method_validation"""
    file = "apigateway/test_apigateway_api.json"
    where = {"restApiId": rest[0], "resourceId": rest[1], "httpMethod": "ANY"}
    aws = recorded(file, "test_update_method_validation")
    replaced = patch("replace", "/operationName", "x")
    for case, changed in (("wrong-rest-api", {"restApiId": "fake"}), ("wrong-resource-id", {"resourceId": "fake"})):
        equal(answered(client.update_method, **{**where, **changed}, patchOperations=replaced), aws[case])
    equal(answered(client.update_method, **where, patchOperations=replaced), aws["method-does-not-exist"])
    client.put_method(**where, authorizationType="NONE", apiKeyRequired=True)
    for case, operation in (
        ("unsupported-operation", patch("add", "/operationName", "x")),
        ("unsupported-path", patch("replace", "/httpMethod", "GET")),
        ("wrong-path-request-parameters", patch("replace", "/requestParameters", "x")),
        ("wrong-path-request-models", patch("replace", "/requestModels/application/json", "Empty")),
        ("wrong-value-type", patch("replace", "/apiKeyRequired", "whatever")),
        ("wrong-auth-type", patch("replace", "/authorizationType", "CUSTOM")),
        ("skip-auth-id-with-wrong-type", patch("replace", "/authorizerId", "abc")),
        ("wrong-req-validator-id", patch("replace", "/requestValidatorId", "fake")),
    ):
        equal(answered(client.update_method, **where, patchOperations=operation), aws[case], case)
    aws = recorded(file, "test_update_method")
    added = patch("add", "/requestParameters/method.request.querystring.optional", "true")
    added += patch("add", "/requestModels/application~1json", "Empty")
    equal(client.update_method(**where, patchOperations=added), aws["update-method-add"])


def test_method_responses(client: Any, rest: tuple[str, str]) -> None:
    """test_update_method_response and its negative tests"""
    file = "apigateway/test_apigateway_api.json"
    where = {"restApiId": rest[0], "resourceId": rest[1], "httpMethod": "GET", "statusCode": "200"}
    client.put_method(restApiId=rest[0], resourceId=rest[1], httpMethod="GET", authorizationType="NONE")
    client.put_method_response(**where)
    header = "/responseParameters/method.response.header.my-header"
    added = patch("add", header, "true") + patch("add", "/responseModels/application~1json", "Empty")
    aws = recorded(file, "test_update_method_response")
    equal(client.update_method_response(**where, patchOperations=added), aws["add-update-method-response"])
    removed = patch("remove", header) + patch("remove", "/responseModels/application~1json")
    equal(client.update_method_response(**where, patchOperations=removed), aws["remove-update-method-response"])
    aws = recorded(file, "test_update_method_lack_response_parameters_and_models")
    for case, operation in (
        ("without-response-parameters", patch("replace", header, "true")),
        ("without-response-models", patch("replace", "/responseModels/application~1json", "Empty")),
        ("with-wrong-path", patch("add", "/wrong/method.response.header.my-header", "true")),
    ):
        answer = answered(client.update_method_response, **where, patchOperations=operation)
        equal(answer, aws[f"update-method-response-operation-{case}"])
    aws = recorded(file, "test_update_method_response_negative_tests")
    for case, changed in (
        ("wrong-statuscode", {"statusCode": "201"}),
        ("invalid-statuscode", {"statusCode": "wrong"}),
        ("wrong-resource", {"resourceId": "wrong"}),
        ("wrong-method", {"httpMethod": "POST"}),
    ):
        answer = answered(client.update_method_response, **{**where, **changed}, patchOperations=added)
        equal(answer, aws[f"update-method-response-{case}"], case)


def test_integration_targets(client: Any, rest: tuple[str, str]) -> None:
    """test_put_integration_validation, test_put_integration_aws_proxy_uri"""
    where = {"restApiId": rest[0], "resourceId": rest[1], "httpMethod": "GET"}
    client.put_method(**where, authorizationType="NONE")
    aws = recorded("apigateway/test_apigateway_integrations.json", "test_put_integration_validation")
    s3 = "arn:aws:apigateway:us-east-1:s3:path/b/k"
    lambda_uri = f"{PATH}/{FUNCTION}/invocations"
    for case, request in (
        ("required-integration-method-AWS", {"type": "AWS", "uri": s3}),
        ("not-required-integration-method-MOCK", {"type": "MOCK", "uri": ""}),
        ("aws-integration-type-AWS", {"type": "AWS", "uri": lambda_uri, "integrationHttpMethod": "POST"}),
        ("aws-integration-type-AWS_PROXY", {"type": "AWS_PROXY", "uri": lambda_uri, "integrationHttpMethod": "POST"}),
        ("no-s3-support-AWS_PROXY", {"type": "AWS_PROXY", "uri": s3, "integrationHttpMethod": "POST"}),
        ("invalid-uri-HTTP", {"type": "HTTP", "uri": "non_valid_http_uri", "integrationHttpMethod": "POST"}),
        ("invalid-uri-not-an-arn", {"type": "AWS", "uri": "non_valid_arn", "integrationHttpMethod": "POST"}),
        (
            "invalid-uri-invalid-arn",
            {"type": "AWS", "uri": "arn:aws:iam::0000000000:role/r", "integrationHttpMethod": "POST"},
        ),
    ):
        answer = answered(client.put_integration, **where, **request)
        equal(_real(answer), aws[case], case)
    aws = recorded("apigateway/test_apigateway_lambda.json", "test_put_integration_aws_proxy_uri")
    for case, uri in (
        ("lambda-uri", FUNCTION),
        ("wrong-arn", "test"),
        ("wrong-type", "arn:aws:apigateway:us-east-1:firehose:test/PutRecord"),
        ("wrong-firehose", "arn:aws:apigateway:us-east-1:firehose:path/PutRecord"),
        ("bad-lambda-arn", f"{PATH}/test/invocations"),
    ):
        request = {"type": "AWS_PROXY", "uri": uri, "integrationHttpMethod": "POST"}
        equal(answered(client.put_integration, **where, **request), aws[f"put-integration-{case}"], case)


def _real(answer: Any) -> Any:
    """The recording was made in the partition and account of a person; ours are as they were sent."""
    if "uri" in answer:
        answer["uri"] = answer["uri"].replace("123456789012", "111111111111")
    return answer


def test_integrations_that_are_not_there(client: Any, rest: tuple[str, str]) -> None:
    """test_get_integration_non_existent, test_put_integration_wrong_type, test_put_integration_response_templates"""
    file = "apigateway/test_apigateway_api.json"
    where = {"restApiId": rest[0], "resourceId": rest[1], "httpMethod": "GET"}
    aws = recorded(file, "test_get_integration_non_existent")
    equal(answered(client.get_integration, **{**where, "restApiId": "fake"}), aws["get-integration-no-api"])
    equal(answered(client.get_integration, **{**where, "resourceId": "fake"}), aws["get-integration-no-resource"])
    equal(answered(client.get_integration, **where), aws["get-integration-no-method"])
    client.put_method(**where, authorizationType="NONE")
    equal(answered(client.get_integration, **where), aws["get-integration-no-integration"])
    aws = recorded(file, "test_put_integration_wrong_type")
    equal(answered(client.put_integration, **where, type="HTTPS_PROXY"), aws["put-integration-wrong-type"])
    client.put_integration(**where, type="MOCK")
    aws = recorded(file, "test_put_integration_response_templates")
    answer = client.put_integration_response(**where, statusCode="200", selectionPattern="")
    equal(answer, aws["put-integration-no-response-template"])
    aws = recorded(file, "test_delete_integration_response_errors")
    for case, changed in (
        ("non-existent-resource", {"resourceId": "fake"}),
        ("non-existent-api-id", {"restApiId": "fake"}),
        ("non-existent-method", {"httpMethod": "POST"}),
        ("non-existent-status-code", {"statusCode": "201"}),
    ):
        answer = answered(client.delete_integration_response, **{**where, "statusCode": "200", **changed})
        equal(answer, aws[case], case)
