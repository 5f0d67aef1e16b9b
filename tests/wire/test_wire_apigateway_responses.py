"""Method responses, integration responses, models and validators beside AWS's recorded answers."""

import json
from typing import Any

import pytest
from tests.conftest import RunningCloud, recorded
from tests.wire.answers import answered, equal, refused

API = "apigateway/test_apigateway_api.json"
MOCK = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}}


@pytest.fixture(scope="module")
def client(cloud: RunningCloud) -> Any:
    return cloud.client("apigateway")


@pytest.fixture
def where(client: Any) -> dict[str, str]:
    """A GET method on the root of a fresh API."""
    made = client.create_rest_api(name="an-api", description="this is my api")
    named = {"restApiId": made["id"], "resourceId": made["rootResourceId"], "httpMethod": "GET"}
    client.put_method(**named, authorizationType="NONE")
    return named


def patches(*operations: tuple[str, str, str]) -> list[dict[str, str]]:
    return [{"op": op, "path": path, "value": value} for op, path, value in operations]


def test_life_of_an_integration_response(client: Any, where: dict[str, str]) -> None:
    """test_lifecycle_integration_response, test_delete_integration_response_errors"""
    aws = recorded(API, "test_lifecycle_integration_response")
    client.put_integration(**where, **MOCK)
    client.put_method_response(**where, statusCode="200")
    template = {"application/json": '"created"'}
    put = client.put_integration_response
    ours = put(**where, statusCode="200", selectionPattern="", responseTemplates=template)
    equal(ours, aws["put-integration-response"])
    equal(client.get_integration_response(**where, statusCode="200"), aws["get-integration-response"])
    operations = patches(("replace", "/selectionPattern", "updated-pattern"))
    ours = client.update_integration_response(**where, statusCode="200", patchOperations=operations)
    equal(ours, aws["update-integration-response"])
    template = {"application/json": "overwrite"}
    ours = put(**where, statusCode="200", selectionPattern="overwrite-pattern", responseTemplates=template)
    equal(ours, aws["overwrite-integration-response"])
    equal(client.get_method(**where)["methodIntegration"], aws["get-method"]["methodIntegration"])
    equal(client.delete_integration_response(**where, statusCode="200"), aws["delete-integration-response"])


@pytest.mark.parametrize(
    ("entry", "key", "change"),
    [
        ("test_integration_response_wrong_api", "wrong-api", {"restApiId": "something"}),
        ("test_integration_response_wrong_resource", "wrong-resource", {"resourceId": "something"}),
        ("test_integration_response_wrong_method", "wrong-method", {"httpMethod": "PUT"}),
        ("test_integration_response_invalid_statuscode", "invalid-statusCode", {"statusCode": "wrong"}),
    ],
)
def test_integration_responses_of_nothing(
    client: Any, where: dict[str, str], entry: str, key: str, change: dict[str, str]
) -> None:
    aws = recorded(API, entry)
    client.put_integration(**where, **MOCK)
    request = {**where, "statusCode": "200", **change}
    equal(answered(client.put_integration_response, **request), aws[f"put-integration-response-{key}"])
    equal(answered(client.get_integration_response, **request), aws[f"get-integration-response-{key}"])


def test_integration_responses_without_their_ground(client: Any, where: dict[str, str]) -> None:
    """test_integration_response_invalid_integration, _wrong_status_code, _invalid_responsetemplates"""
    aws = recorded(API, "test_integration_response_invalid_integration")
    absent = answered(client.get_integration_response, **where, statusCode="200")
    equal(absent, aws["get-integration-response-without-integration"])
    client.put_integration(**where, **MOCK)
    aws = recorded(API, "test_integration_response_wrong_status_code")
    absent = answered(client.get_integration_response, **where, statusCode="201")
    equal(absent, aws["get-integration-response-wrong-status-code"])
    aws = recorded(API, "test_integration_response_invalid_responsetemplates")
    client.put_method_response(**where, statusCode="200")
    request = {**where, "statusCode": "200", "responseTemplates": {"123": ""}}
    ours = answered(client.put_integration_response, **request)
    equal(ours, aws["put-integration-response-invalid-responseTemplates-2"])


def test_integrations_of_nothing(client: Any, where: dict[str, str]) -> None:
    """test_put_integration_response_validation"""
    aws = recorded(API, "test_put_integration_response_validation")
    for operation, key, more in (
        (client.put_integration, "put-integration", MOCK),
        (client.put_integration_response, "put-integration-response", {"statusCode": "200"}),
    ):
        wrong = {**where, "httpMethod": "POST"}
        equal(answered(operation, **wrong, **more), aws[f"{key}-wrong-method"])
        wrong = {**where, "resourceId": "badresource"}
        equal(answered(operation, **wrong, **more), aws[f"{key}-wrong-resource"])


def test_life_of_a_method_response(client: Any, where: dict[str, str]) -> None:
    """test_lifecycle_method_response"""
    aws = recorded(API, "test_lifecycle_method_response")
    client.put_integration(**where, **MOCK)
    ours = client.put_method_response(**where, statusCode="200", responseParameters={}, responseModels={})
    equal(ours, aws["put-method-response"])
    equal(client.get_method_response(**where, statusCode="200"), aws["get-integration-response"])
    operations = patches(
        ("add", "/responseParameters/method.response.header.my-header", "true"),
        ("add", "/responseModels/application~1json", "Empty"),
    )
    ours = client.update_method_response(**where, statusCode="200", patchOperations=operations)
    equal(ours, aws["add-method-responses"])
    operations = patches(("replace", "/responseModels/application~1json", "Empty"))
    ours = client.update_method_response(**where, statusCode="200", patchOperations=operations)
    equal(ours, aws["update-method-responses"])
    equal(client.delete_method_response(**where, statusCode="200"), aws["delete-method-response"])


def test_patches_of_a_method_response_that_are_refused(client: Any, where: dict[str, str]) -> None:
    """test_update_method_response_wrong_operations, test_update_method_wrong_param_names"""
    aws = recorded(API, "test_update_method_response_wrong_operations")
    client.put_method_response(**where, statusCode="200")
    header, model = "/responseParameters/method.response.header.my-header", "/responseModels/application~1json"
    wrong, fine = ("wrong_op", header, "true"), ("add", model, "Empty")
    # The recordings keep the number and place of the mistakes.
    for number, operations in enumerate(([wrong], [wrong, fine], [wrong] * 2, [wrong] * 4, [wrong, fine, wrong]), 1):
        request = {**where, "statusCode": "200", "patchOperations": patches(*operations)}
        ours = answered(client.update_method_response, **request)
        equal(ours, aws[f"update-method-response-wrong-operation-{number}"])
    aws = recorded(API, "test_update_method_wrong_param_names")
    for number, path in ((1, "/responseParameters/method.response.header.wrong"), (3, "/responseModels/wrong~1json")):
        request = {**where, "statusCode": "200", "patchOperations": [{"op": "remove", "path": path}]}
        ours = answered(client.update_method_response, **request)
        equal(ours, aws[f"update-method-response-operation-with-wrong-param-name-{number}"])


def test_life_of_a_model(client: Any, where: dict[str, str]) -> None:
    """test_model_lifecycle"""
    aws = recorded(API, "test_model_lifecycle")
    api = {"restApiId": where["restApiId"]}
    recording = aws["create-model"]
    made = client.create_model(
        **api,
        name="testModel",
        description=recording["description"],
        contentType="application/json",
        schema=json.dumps(recording["schema"]),
    )
    equal(made, recording)
    listed = client.get_models(**api)
    listed["items"].sort(key=lambda item: item["name"] != "testModel")
    equal(listed, aws["get-models"])
    equal(client.get_model(**api, modelName="testModel"), aws["get-model"])
    equal(client.delete_model(**api, modelName="testModel"), aws["del-model"])


def test_validators_of_nothing(client: Any, where: dict[str, str]) -> None:
    """test_invalid_get_request_validator, _get_request_validators, _delete_request_validator, _create_..._api_id"""
    api_id = where["restApiId"]
    validator = client.create_request_validator(restApiId=api_id, name="v")["id"]
    aws = recorded(API, "test_invalid_get_request_validator")
    get = client.get_request_validator
    ours = answered(get, restApiId="api_id", requestValidatorId=validator)
    equal(ours, aws["get-request-validators-invalid-api-id"])
    ours = answered(get, restApiId=api_id, requestValidatorId="validator_id")
    equal(ours, aws["get-request-validators-invalid-validator-id"])
    aws = recorded(API, "test_invalid_get_request_validators")
    equal(answered(client.get_request_validators, restApiId="api_id"), aws["get-invalid-request-validators"])
    aws = recorded(API, "test_invalid_delete_request_validator")
    delete = client.delete_request_validator
    ours = answered(delete, restApiId="api_id", requestValidatorId=validator)
    equal(ours, aws["delete-request-validator-invalid-api-id"])
    ours = answered(delete, restApiId=api_id, requestValidatorId="validator_id")
    equal(ours, aws["delete-request-validator-invalid-validator-id"])
    aws = recorded(API, "test_create_request_validator_invalid_api_id")
    ours = answered(client.create_request_validator, restApiId="api_id", name="v")
    equal(ours, aws["invalid-create-request-validator"])


def test_apis_are_listed_and_deleted(cloud: RunningCloud) -> None:
    """test_list_and_delete_apis, test_get_api_case_insensitive; an account of their own, where nothing else is."""
    client = cloud.client("apigateway", account="222222222222")
    aws = recorded(API, "test_list_and_delete_apis")
    first = client.create_rest_api(name="one", description="this is my api")
    equal(first, aws["create-rest-api-1"])
    equal(client.create_rest_api(name="two", description="this is my api2"), aws["create-rest-api-2"])
    listed = client.get_rest_apis()
    listed["items"].sort(key=lambda item: item["description"])
    equal(listed, aws["get-rest-api-before-delete"])
    equal(client.delete_rest_api(restApiId=first["id"]), aws["delete-rest-api"])
    equal(client.get_rest_apis(), aws["get-rest-api-after-delete"])
    code, text, status = refused(client.get_rest_api, restApiId="ABCDEF")
    assert (code, text, status) == ("NotFoundException", "Invalid API identifier specified 222222222222:ABCDEF", 404)
