"""TestInvokeMethod, beside the recorded answers of AWS, and TestInvokeAuthorizer.

What a function sees of a trial (``test-invoke-stage``, ``testPrefix.testDomainName``) is what events of real trials
have that people kept in public repositories.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import ACCOUNT, RunningCloud, recorded
from tests.wire.authorizing import Doors, doors

FILE = "apigateway/test_apigateway_api.json"
REQUESTS: dict[str, tuple[str, dict[str, Any]]] = {
    "test-invoke-method-get-pets": ("/pets", {"pathWithQueryString": "/pets"}),
    "test-invoke-method-get-pets-bad-path": ("/pets", {"pathWithQueryString": "/random/test"}),
    "test-invoke-method-get-pets-id": ("/pets/{petId}", {"pathWithQueryString": "/pets/123"}),
    "test-invoke-method-get-pets-id-no-path": ("/pets/{petId}", {}),
    "test-invoke-method-get-pets-id-bad-path": ("/pets/{petId}", {"pathWithQueryString": "/random/test"}),
    "test-invoke-method-get-with-qs": ("/pets/{petId}", {"pathWithQueryString": "/pets/123?foo=bar"}),
    "test-invoke-method-post-with-body": (
        "/pets/{petId}",
        {"httpMethod": "POST", "pathWithQueryString": "/pets/123", "body": '{"foo": "bar"}'},
    ),
}


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    yield from doors(RunningCloud(tmp_path_factory.mktemp("cloud") / "data"))


@pytest.fixture(scope="module")
def pets(door: Doors) -> dict[str, str]:
    """An API of MOCKs, never deployed: its id, and those of its resources by path."""
    client = door.client
    api = client.create_rest_api(name="pets")
    found = {"id": api["id"]}
    parent = api["rootResourceId"]
    for part, path, answer in (
        ("pets", "/pets", '{"pets": "all the pets"}'),
        ("{petId}", "/pets/{petId}", """{"petId": "$input.params('petId')"}"""),
    ):
        parent = client.create_resource(restApiId=api["id"], parentId=parent, pathPart=part)["id"]
        found[path] = parent
        for verb in ("GET", "POST"):
            where = {"restApiId": api["id"], "resourceId": parent, "httpMethod": verb}
            client.put_method(**where, authorizationType="AWS_IAM")
            client.put_method_response(**where, statusCode="200")
            client.put_integration(**where, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
            client.put_integration_response(**where, statusCode="200", responseTemplates={"application/json": answer})
    return found


@pytest.mark.parametrize("name", REQUESTS)
def test_a_mock_is_played_as_recorded(door: Doors, pets: dict[str, str], name: str) -> None:
    aws = recorded(FILE, "TestApigatewayTestInvoke::test_invoke_test_method")[name]
    path, request = REQUESTS[name]
    given = {"httpMethod": "GET", **request}
    answer = door.client.test_invoke_method(restApiId=pets["id"], resourceId=pets[path], **given)
    assert (answer["status"], json.loads(answer["body"])) == (aws["status"], aws["body"])
    assert (answer["headers"], answer["multiValueHeaders"]) == (aws["headers"], aws["multiValueHeaders"])
    assert isinstance(answer["latency"], int)
    ours, theirs = answer["log"].split("\n"), list(aws["log"].values())
    assert re.fullmatch(r"Execution log for request [0-9a-f-]{36}", ours[0])
    assert re.match(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d UTC \d{4} : ", ours[1])
    assert [line.partition(" : ")[2] for line in ours[2:]] == [line.partition(" : ")[2] for line in theirs[2:]]


def test_what_is_not_there(door: Doors, pets: dict[str, str]) -> None:
    entry = recorded(FILE, "TestApigatewayTestInvoke::test_invoke_test_method")
    for name, request in (
        ("resource-method-not-found", {"httpMethod": "DELETE"}),
        ("resource-id-not-found", {"resourceId": "nothing"}),
        ("rest-api-not-found", {"restApiId": "nothing"}),
    ):
        given = {"restApiId": pets["id"], "resourceId": pets["/pets"], "httpMethod": "GET", **request}
        with pytest.raises(ClientError) as caught:
            door.client.test_invoke_method(**given)
        error = caught.value.response["Error"]
        assert (error["Code"], error["Message"]) == (entry[name]["Error"]["Code"], entry[name]["Error"]["Message"])


def users(door: Doors, **method: Any) -> dict[str, Any]:
    """An API with a function behind an authorizer, and its method."""
    api_id, _ = door.make({"identitySource": "method.request.header.Auth"}, method=method)
    resources = door.client.get_resources(restApiId=api_id)["items"]
    resource = next(one["id"] for one in resources if one["path"] == "/users/{id}")
    return {"restApiId": api_id, "resourceId": resource, "httpMethod": "GET"}


def test_a_function_is_called_and_no_authorizer(door: Doors) -> None:
    where = users(door)
    answer = door.client.test_invoke_method(
        **where, pathWithQueryString="/users/ada?a=1", headers={"X-One": "1"}, stageVariables={"v": "1"}
    )
    assert answer["status"] == 200, answer["log"]
    context = json.loads(answer["body"])
    assert set(context) == {
        *("resourceId", "resourcePath", "httpMethod", "extendedRequestId", "requestTime", "path", "accountId"),
        *("protocol", "stage", "domainPrefix", "requestTimeEpoch", "requestId", "identity", "domainName", "apiId"),
    }
    assert (context["stage"], context["domainName"]) == ("test-invoke-stage", "testPrefix.testDomainName")
    assert (context["path"], context["resourceId"]) == ("/users/ada", where["resourceId"])
    identity = context["identity"]
    assert (identity["sourceIp"], identity["apiKey"]) == ("test-invoke-source-ip", "test-invoke-api-key")
    assert (identity["user"], identity["userArn"]) == (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root")
    assert list(answer["headers"]) == ["X-Amzn-Trace-Id", "Content-Type"]
    log = [line.partition(" : ")[2] for line in answer["log"].split("\n")]
    assert "Method request path: {id=ada}" in log
    assert "Method request headers: {X-One=1}" in log
    assert any(re.fullmatch(r"Received response. Status: 200, Integration latency: \d+ ms", line) for line in log)
    asked = next(line for line in log if line.startswith("Endpoint request body after transformations: "))
    event = json.loads(asked.partition(": ")[2])
    assert (event["headers"], event["multiValueHeaders"]) == ({"X-One": "1"}, {"X-One": ["1"]})
    assert (event["pathParameters"], event["stageVariables"]) == ({"id": "ada"}, {"v": "1"})
    assert log[-3:] == ["Successfully completed execution", "Method completed with status: 200", ""]
    bare = door.client.test_invoke_method(**where)
    asked = next(line for line in bare["log"].split("\n") if "Endpoint request body after transformations: " in line)
    assert json.loads(asked.partition("transformations: ")[2])["headers"] is None


def test_failures_are_answers(door: Doors) -> None:
    """The shape is that of test_failed_invoke_test_method."""
    where = users(door)
    door.client.put_integration(
        **where,
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri="arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
        f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:nothing/invocations",
    )
    answer = door.client.test_invoke_method(**where)
    assert (answer["status"], json.loads(answer["body"])) == (500, {"message": "Internal server error"})
    assert answer["headers"] == {"x-amzn-ErrorType": "InternalServerErrorException"}
    last = [line.partition(" : ")[2] for line in answer["log"].split("\n")][-3:]
    assert last[0].startswith("Execution failed due to configuration error: ")
    assert last[1:] == ["Method completed with status: 500", ""]


def test_validation_is_not_left_out(door: Doors) -> None:
    where = users(door, requestParameters={"method.request.querystring.page": True})
    validator = door.client.create_request_validator(
        restApiId=where["restApiId"], name="v", validateRequestParameters=True
    )["id"]
    door.client.update_method(
        **where, patchOperations=[{"op": "replace", "path": "/requestValidatorId", "value": validator}]
    )
    answer = door.client.test_invoke_method(**where, pathWithQueryString="/users/ada")
    assert (answer["status"], json.loads(answer["body"])) == (
        400,
        {"message": "Missing required request parameters: [page]"},
    )
    assert door.client.test_invoke_method(**where, pathWithQueryString="/users/ada?page=1")["status"] == 200


def test_certificates_are_refused_by_name(door: Doors, pets: dict[str, str]) -> None:
    with pytest.raises(ClientError, match="clientCertificateId"):
        door.client.test_invoke_method(
            restApiId=pets["id"], resourceId=pets["/pets"], httpMethod="GET", clientCertificateId="c"
        )


def log_of(answer: Any) -> list[str]:
    """The lines of a log without their times."""
    return [line.partition(" : ")[2] for line in answer["log"].split("\n")][1:-1]


def test_an_authorizer_is_asked_by_its_token(door: Doors) -> None:
    """The log is that of a real trial (ESTestInvoke-stage)."""
    api_id, authorizer = door.make({"identitySource": "method.request.header.Auth"})
    where = {"restApiId": api_id, "authorizerId": authorizer}
    token = "allow arn:aws:execute-api:*:*:*/dev/GET/posts"
    answer = door.client.test_invoke_authorizer(**where, headers={"Auth": token})
    method_arn = f"arn:aws:execute-api:us-east-1:{ACCOUNT}:{api_id}/ESTestInvoke-stage/GET/"
    assert (answer["clientStatus"], answer["principalId"]) == (0, "ada")
    assert json.loads(answer["policy"])["Statement"][0]["Resource"] == [token[6:]]
    assert isinstance(answer["latency"], int)
    log = log_of(answer)
    assert re.fullmatch(rf"Starting authorizer: {authorizer} for request: [0-9a-f-]{{36}}", log[0])
    assert log[1] == f"Incoming identity: {'*' * (len(token) - 6)}/posts"
    assert log[2].endswith(":function:authorizer/invocations")
    event = json.loads(log[3].removeprefix("Endpoint request body after transformations: "))
    assert event == {"type": "TOKEN", "methodArn": method_arn, "authorizationToken": token}
    assert log[5].startswith("Authorizer result body before parsing: ")
    assert log[6:] == [
        "Using valid authorizer policy for principal: ada",
        "Successfully completed authorizer execution",
    ]
    # A Deny is a valid policy, too.
    assert door.client.test_invoke_authorizer(**where, headers={"Auth": "deny"})["clientStatus"] == 0


def test_an_authorizer_is_asked_by_the_request(door: Doors) -> None:
    api_id, authorizer = door.make({"type": "REQUEST", "identitySource": "method.request.querystring.who"})
    answer = door.client.test_invoke_authorizer(
        restApiId=api_id, authorizerId=authorizer, pathWithQueryString="/a/b?who=somebody", stageVariables={"v": "1"}
    )
    assert answer["clientStatus"] == 0, answer["log"]
    log = log_of(answer)
    assert log[1] == "Incoming identity: {method.request.querystring.who=**mebody}"
    event = json.loads(log[3].removeprefix("Endpoint request body after transformations: "))
    assert event["methodArn"].endswith("/ESTestInvoke-stage/GET/a/b")
    assert (event["headers"], event["queryStringParameters"]) == ({}, {"who": "somebody"})
    assert event["stageVariables"] == {"v": "1"}
    context = event["requestContext"]
    assert (context["resourceId"], context["resourcePath"]) == ("test-invoke-resource-id", "/a/b")


@pytest.mark.parametrize(
    ("headers", "status", "last"),
    [
        ({}, 401, "Unauthorized"),
        ({"Auth": "Unauthorized"}, 401, "Unauthorized"),
        ({"Auth": "broken"}, 500, "AuthorizerConfigurationException"),
        ({"Auth": "no-policy"}, 500, "AuthorizerConfigurationException"),
    ],
)
def test_authorizers_that_refuse_or_fail(door: Doors, headers: dict[str, str], status: int, last: str) -> None:
    api_id, authorizer = door.make({"identitySource": "method.request.header.Auth"})
    answer = door.client.test_invoke_authorizer(restApiId=api_id, authorizerId=authorizer, headers=headers)
    assert (answer["clientStatus"], "policy" in answer) == (status, False)
    assert log_of(answer)[-1] == last


def test_an_authorizer_that_is_not_there(door: Doors, pets: dict[str, str]) -> None:
    with pytest.raises(ClientError, match="Invalid Authorizer identifier specified"):
        door.client.test_invoke_authorizer(restApiId=pets["id"], authorizerId="nothing")
