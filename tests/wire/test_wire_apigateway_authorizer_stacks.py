"""AWS::ApiGateway::Authorizer in stacks: made before the methods that name it, changed, replaced, gone after them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.conftest import RunningCloud
from tests.wire.authorizing import Doors, doors, uri
from tests.wire.stacks import Stack, template


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    yield from doors(RunningCloud(tmp_path_factory.mktemp("cloud") / "data"))


TOKEN: dict[str, Any] = {
    "Name": "door",
    "Type": "TOKEN",
    "AuthorizerUri": uri("authorizer"),
    "IdentitySource": "method.request.header.Auth",
}


def api(settings: dict[str, Any], deployment: str = "Deployment", **method: Any) -> str:
    """A template with GET / behind an authorizer."""
    rest, root = {"Ref": "Api"}, {"Fn::GetAtt": ["Api", "RootResourceId"]}
    proxy = {"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": uri("behind")}
    authorized = {"AuthorizationType": "CUSTOM", "AuthorizerId": {"Ref": "Door"}, **method}
    where = {"RestApiId": rest, "ResourceId": root, "HttpMethod": "GET"}
    resources = {
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "a"}},
        "Method": {"Type": "AWS::ApiGateway::Method", "Properties": {**where, **authorized, "Integration": proxy}},
        "Door": {"Type": "AWS::ApiGateway::Authorizer", "Properties": {"RestApiId": rest, **settings}},
        deployment: {
            "Type": "AWS::ApiGateway::Deployment",
            "DependsOn": ["Method", "Refused"],
            "Properties": {"RestApiId": rest, "StageName": "dev"},
        },
        "Refused": {
            "Type": "AWS::ApiGateway::GatewayResponse",
            "Properties": {
                "RestApiId": rest,
                "ResponseType": "UNAUTHORIZED",
                "ResponseTemplates": {"application/json": '{"who": "are you"}'},
            },
        },
    }
    outputs = {"Id": {"Value": {"Fn::GetAtt": ["Door", "AuthorizerId"]}}}
    return template(resources, Outputs=outputs)


def test_the_life_of_an_authorizer(door: Doors) -> None:
    stack = Stack(door.cloud, "life")
    assert stack.create(api({**TOKEN, "AuthorizerResultTtlInSeconds": "60"})) == "CREATE_COMPLETE"
    api_id, made = stack.physical("Api"), stack.physical("Door")
    assert stack.described()["Outputs"][0]["OutputValue"] == made
    where = {"restApiId": api_id, "authorizerId": made}
    assert door.client.get_authorizer(**where)["authorizerResultTtlInSeconds"] == 60
    assert door.ask(api_id, "", auth="allow").authorizer["principalId"] == "ada"
    answer = door.ask(api_id, "")
    assert (answer.status, answer.json) == (401, {"who": "are you"})
    changed = {**TOKEN, "Type": "REQUEST", "Name": "other", "IdentitySource": "method.request.querystring.q"}
    assert stack.update(api(changed, "Next")) == "UPDATE_COMPLETE"
    assert stack.physical("Door") == made
    shown = door.client.get_authorizer(**where)
    assert (shown["type"], shown["name"], shown["authorizerResultTtlInSeconds"]) == ("REQUEST", "other", 300)
    assert door.ask(api_id, "?q=1").event["type"] == "REQUEST"
    assert door.ask(api_id, "", auth="allow").status == 401
    assert stack.delete() == "DELETE_COMPLETE"
    assert api_id not in [each["id"] for each in door.client.get_rest_apis()["items"]]


def test_a_method_is_freed_of_it(door: Doors) -> None:
    """The method changes before the authorizer goes, as CloudFormation deletes what is left over last."""
    stack = Stack(door.cloud, "freed")
    assert stack.create(api(TOKEN)) == "CREATE_COMPLETE"
    body = json.loads(api(TOKEN, "Next", AuthorizationType="NONE"))
    del body["Resources"]["Door"], body["Outputs"], body["Resources"]["Method"]["Properties"]["AuthorizerId"]
    assert stack.update(json.dumps(body)) == "UPDATE_COMPLETE"
    api_id = stack.physical("Api")
    assert door.client.get_authorizers(restApiId=api_id)["items"] == []
    answer = door.ask(api_id, "")
    assert (answer.status, "authorizer" in answer.json) == (200, False)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({**TOKEN, "Type": "JWT"}, "JWT"),
    ],
)
def test_what_is_refused_by_name(door: Doors, settings: dict[str, Any], named: str) -> None:
    """Before anything is made."""
    client = door.cloud.client("cloudformation")
    with pytest.raises(client.exceptions.ClientError, match=named):
        client.create_stack(StackName="refused", TemplateBody=api(settings))


def test_an_authorizer_of_pools(door: Doors) -> None:
    """Its pools change, and a method with scopes is behind it."""
    pool = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_AbCdEfGh"
    kind = "COGNITO_USER_POOLS"
    source = "method.request.header.Authorization"
    settings = {"Name": "p", "Type": kind, "IdentitySource": source, "ProviderARNs": [f"{pool}1", f"{pool}2"]}
    method: dict[str, Any] = {"AuthorizationType": kind, "AuthorizationScopes": ["notes/read"]}
    stack = Stack(door.cloud, "pools")
    assert stack.create(api(settings, **method)) == "CREATE_COMPLETE"
    where = {"restApiId": stack.physical("Api"), "authorizerId": stack.physical("Door")}
    assert door.client.get_authorizer(**where)["providerARNs"] == [f"{pool}1", f"{pool}2"]
    changed = {**settings, "ProviderARNs": [f"{pool}2", f"{pool}3"]}
    assert stack.update(api(changed, "Next", **method)) == "UPDATE_COMPLETE"
    assert door.client.get_authorizer(**where)["providerARNs"] == [f"{pool}2", f"{pool}3"]
    assert door.ask(where["restApiId"], "").status == 401
    assert stack.delete() == "DELETE_COMPLETE"
