"""Routes that are to belong to an API of another stack, with and without a cloud that has it."""

from collections.abc import Mapping
from typing import Any

import pytest
from tests.conftest import texts
from tests.unit.templates.conftest import Compile

from stratolite.core.errors import AwsError

REST = """\
service: shop
provider:
  name: aws
  runtime: nodejs20.x
  apiGateway:
    restApiId: {id}
    restApiRootResourceId: !ImportValue root
    restApiResources: {{users: abc}}
functions:
  a:
    handler: h.handler
    events:
      - http: {{path: users/list, method: get, authorizer: {{type: CUSTOM, authorizerId: !ImportValue guard}}}}
resources:
  Resources:
    Model:
      Type: AWS::ApiGateway::Model
      Properties: {{RestApiId: {id}, ContentType: application/json, Schema: {{}}}}
"""
HTTP = """\
service: shop
provider: {name: aws, runtime: nodejs20.x, httpApi: {id: abcdef1234}}
functions:
  a: {handler: h.handler, events: [{httpApi: GET /users}]}
"""


def cloud(*found: str) -> Any:
    def ask(service: str, operation: str, request: Mapping[str, Any], region: str) -> Mapping[str, Any]:
        if operation == "ListExports":
            return {"Exports": [{"Name": name} for name in found]}
        if {*request.values()} & {*found}:
            return {"id": "x"}
        raise AwsError("NotFoundException")

    return ask


@pytest.mark.parametrize("api", ["!ImportValue api", "x1y2z3"])
def test_a_service_that_runs_alone_has_an_api_of_its_own(compile_text: Compile, api: str) -> None:
    compiled = compile_text(REST.format(id=api), is_lenient=True, ask=cloud())
    resources = compiled.template["Resources"]
    own = {"Ref": "ApiGatewayRestApi"}
    method = resources["ApiGatewayMethodUsersListGet"]["Properties"]
    assert (method["RestApiId"], method["AuthorizationType"]) == (own, "NONE")
    assert "AuthorizerId" not in method
    assert resources["Model"]["Properties"]["RestApiId"] == own
    assert resources["ApiGatewayResourceUsers"]["Properties"]["PathPart"] == "users"
    told = "\n".join(texts(compiled.local_warnings))
    assert "provider.apiGateway.restApiId names is not here" in told
    assert "anybody may call ApiGatewayMethodUsersListGet" in told


@pytest.mark.parametrize(("api", "found"), [("!ImportValue api", "api"), ("x1y2z3", "x1y2z3")])
def test_it_belongs_to_the_shared_one_where_that_is(compile_text: Compile, api: str, found: str) -> None:
    compiled = compile_text(REST.format(id=api), is_lenient=True, ask=cloud(found, "root", "guard"))
    assert "ApiGatewayRestApi" not in compiled.template["Resources"]


def test_an_http_api_alike(compile_text: Compile) -> None:
    resources = compile_text(HTTP, is_lenient=True, ask=cloud()).template["Resources"]
    assert resources["HttpApi"]["Type"] == "AWS::ApiGatewayV2::Api"
    assert "HttpApi" not in compile_text(HTTP).template["Resources"], "a deployment takes what the file names"


def test_keys_of_an_api_that_is_not_here_are_not_asked_for(compile_text: Compile) -> None:
    text = REST.format(id="x1y2z3").replace("method: get,", "method: get, private: true,")
    alone = compile_text(text, is_lenient=True, ask=cloud())
    assert "ApiKeyRequired" not in alone.template["Resources"]["ApiGatewayMethodUsersListGet"]["Properties"]
    assert any("keys of the API" in each for each in texts(alone.local_warnings))
    keyed = compile_text(
        text.replace("  apiGateway:\n", "  apiGateway:\n    apiKeys: [mine]\n"), is_lenient=True, ask=cloud()
    )
    assert keyed.template["Resources"]["ApiGatewayMethodUsersListGet"]["Properties"]["ApiKeyRequired"] is True
