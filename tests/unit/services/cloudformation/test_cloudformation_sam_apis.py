"""The APIs of serverless templates: definitions, stages, who may call. All is as AWS's own transform gives it."""

from typing import Any

import pytest
from tests.unit.services.cloudformation.test_cloudformation_sam import event, function, made, types

from stratolite.services.cloudformation.language import TransformError
from stratolite.services.cloudformation.sam import processed

ARN = {"Fn::GetAtt": ["F", "Arn"]}
INVOKE = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations"


def api(kind: str = "Api", **properties: Any) -> dict[str, Any]:
    stage = {"StageName": "dev"} if kind == "Api" else {}
    return {"Type": f"AWS::Serverless::{kind}", "Properties": {**stage, **properties}}


def on(path: str, method: str = "get", api: str = "Api", **more: Any) -> dict[str, Any]:
    return event("Api", RestApiId={"Ref": api}, Path=path, Method=method, **more)


def body(resources: dict[str, Any], name: str = "Api") -> dict[str, Any]:
    found: dict[str, Any] = resources[name]["Properties"]["Body"]
    return found


def test_the_api_that_nobody_writes() -> None:
    resources = made({"F": function({"Get": event("Api", Path="/items/{id}", Method="GET")})})
    assert set(resources) == {
        "F",
        "FGetPermissionProd",
        "FRole",
        "ServerlessRestApi",
        "ServerlessRestApiDeployment#",
        "ServerlessRestApiProdStage",
    }
    made_of = body(resources, "ServerlessRestApi")
    assert made_of["swagger"] == "2.0" and made_of["info"]["title"] == {"Ref": "AWS::StackName"}
    integration = made_of["paths"]["/items/{id}"]["get"]["x-amazon-apigateway-integration"]
    assert integration == {"type": "aws_proxy", "httpMethod": "POST", "uri": {"Fn::Sub": INVOKE}}
    text, values = resources["FGetPermissionProd"]["Properties"]["SourceArn"]["Fn::Sub"]
    assert text.endswith(":${__ApiId__}/${__Stage__}/GET/items/*")
    assert values == {"__ApiId__": {"Ref": "ServerlessRestApi"}, "__Stage__": "*"}
    assert resources["ServerlessRestApiDeployment#"]["Properties"]["StageName"] == "Stage"


def test_who_may_call_a_method() -> None:
    authorizers = {
        "Token": {"FunctionArn": ARN},
        "Asked": {
            "FunctionArn": ARN,
            "FunctionPayloadType": "REQUEST",
            "Identity": {"Headers": ["A"], "QueryStrings": ["q"], "ReauthorizeEvery": 0},
        },
        "Pool": {"UserPoolArn": {"Fn::GetAtt": ["P", "Arn"]}, "AuthorizationScopes": ["s"]},
    }
    events = {
        "Default": on("/default"),
        "Open": on("/open", Auth={"Authorizer": "NONE"}),
        "Asked": on("/asked", Auth={"Authorizer": "Asked", "ApiKeyRequired": True}),
        "Pool": on("/pool", Auth={"Authorizer": "Pool"}),
        "Signed": on("/signed", Auth={"Authorizer": "AWS_IAM"}),
    }
    auth = {"DefaultAuthorizer": "Token", "Authorizers": authorizers}
    resources = made({"F": function(events), "Api": api(Auth=auth, Cors="'*'")})
    paths = body(resources)["paths"]
    assert {path: item["get"]["security"] for path, item in paths.items()} == {
        "/default": [{"Token": []}],
        "/open": [{"NONE": []}],
        "/asked": [{"api_key": []}, {"Asked": []}],
        "/pool": [{"Pool": ["s"]}],
        "/signed": [{"AWS_IAM": []}],
    }
    assert paths["/open"]["options"]["security"] == [{"Token": []}]
    assert paths["/signed"]["get"]["x-amazon-apigateway-integration"]["credentials"] == "arn:aws:iam::*:user/*"
    schemes = body(resources)["securityDefinitions"]
    asked = schemes["Asked"]["x-amazon-apigateway-authorizer"]
    assert asked["identitySource"] == "method.request.header.A, method.request.querystring.q"
    assert asked["authorizerResultTtlInSeconds"] == 0
    assert schemes["api_key"] == {"type": "apiKey", "name": "x-api-key", "in": "header"}
    assert types(resources)["ApiTokenAuthorizerPermission"] == "Lambda::Permission"
    with pytest.raises(TransformError, match=r"Unable to set Authorizer \[Nobody\]"):
        made({"F": function({"G": on("/", Auth={"Authorizer": "Nobody"})}), "Api": api(Auth=auth)})


def test_a_default_authorizer_guards_what_a_definition_says() -> None:
    defined = {"swagger": "2.0", "paths": {"/": {"get": {}, "options": {}, "put": {"security": [{"k": []}]}}}}
    auth = {"DefaultAuthorizer": "Token", "Authorizers": {"Token": {"FunctionArn": ARN}}}
    item = body(made({"F": function(), "Api": api(DefinitionBody=defined, Auth=auth)}))["paths"]["/"]
    assert item == {"get": {"security": [{"Token": []}]}, "options": {}, "put": {"security": [{"k": []}]}}
    assert "security" not in defined["paths"]["/"]["get"]  # type: ignore[index]


def test_what_a_method_takes_is_checked() -> None:
    model = {"Model": "Item", "ValidateBody": True, "ValidateParameters": True, "Required": True}
    parameters = ["method.request.header.X", {"method.request.querystring.q": {"Required": True}}]
    events = {"Put": on("/", "put", RequestModel=model, RequestParameters=parameters)}
    given = body(made({"F": function(events), "Api": api(Models={"Item": {"type": "object"}})}))
    put = given["paths"]["/"]["put"]
    assert put["x-amazon-apigateway-request-validator"] == "body-and-params"
    assert put["parameters"] == [
        {"in": "body", "name": "item", "schema": {"$ref": "#/definitions/item"}, "required": True},
        {"in": "header", "name": "X", "required": False, "type": "string"},
        {"in": "query", "name": "q", "required": True, "type": "string"},
    ]
    assert given["definitions"] == {"item": {"type": "object"}}
    newer = body(made({"F": function(events), "Api": api(Models={"Item": {}}, OpenApiVersion="3.0.1")}))
    schema = newer["paths"]["/"]["put"]["requestBody"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/item"} and newer["openapi"] == "3.0.1"


def test_a_stage_named_by_an_expression_has_a_plain_id() -> None:
    resources = made({"F": function({"G": on("/")}), "Api": api(StageName={"Ref": "Stage"})})
    assert {"ApiStage", "FGPermissionStage"} <= set(resources)


def test_preflights() -> None:
    given = {"AllowOrigin": "'x'", "AllowCredentials": True, "MaxAge": "'5'"}
    events = {"Any": on("/any", "ANY"), "Post": on("/post", "post")}
    paths = body(made({"F": function(events), "Api": api(Cors=given)}))["paths"]

    def headers(path: str) -> dict[str, str]:
        answers = paths[path]["options"]["x-amazon-apigateway-integration"]["responses"]
        start = "method.response.header.Access-Control-Allow-"
        return {name.removeprefix(start): one for name, one in answers["default"]["responseParameters"].items()}

    assert headers("/post")["Methods"] == "'OPTIONS,POST'" and headers("/post")["Credentials"] == "'true'"
    assert headers("/any")["Methods"] == "'DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT'"


def test_a_policy_of_ones_own() -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/dev/*"}
    auth = {"ResourcePolicy": {"CustomStatements": [statement]}}
    given = body(made({"F": function({"G": on("/")}), "Api": api(Auth=auth)}))
    assert given["x-amazon-apigateway-policy"] == {"Version": "2012-10-17", "Statement": [statement]}


def test_a_plan_with_a_key() -> None:
    auth = {"ApiKeyRequired": True, "UsagePlan": {"CreateUsagePlan": "PER_API", "Quota": {"Limit": 1}}}
    resources = made({"F": function({"G": on("/")}), "Api": api(Auth=auth)})
    assert resources["ApiUsagePlan"]["Properties"]["Quota"] == {"Limit": 1}
    assert {"ApiApiKey", "ApiUsagePlanKey"} <= set(resources)


def test_functions_that_are_made_at_times_have_their_methods_then() -> None:
    here = {**function({"G": event("Api", Path="/", Method="get")}), "Condition": "IsA"}
    there = {**function({"P": event("Api", Path="/", Method="post")}), "Condition": "IsB"}
    template = processed({"Resources": {"F": here, "G": there}, "Conditions": {"IsA": {}, "IsB": {}}}, {}, {})
    assert template["Conditions"]["ServerlessRestApiCondition"] == {
        "Fn::Or": [{"Condition": "IsA"}, {"Condition": "IsB"}]
    }
    made_api = template["Resources"]["ServerlessRestApi"]
    assert made_api["Condition"] == "ServerlessRestApiCondition"
    assert made_api["Properties"]["Body"]["paths"]["/"]["get"]["Fn::If"][0] == "IsA"
    assert template["Resources"]["FGPermissionProd"]["Condition"] == "IsA"


def test_http_apis() -> None:
    authorizers = {
        "J": {"JwtConfiguration": {"issuer": "https://i", "audience": ["a"]}, "IdentitySource": "$request.header.A"},
        "L": {"FunctionArn": ARN, "AuthorizerPayloadFormatVersion": 2.0, "EnableSimpleResponses": True},
    }
    auth = {"DefaultAuthorizer": "J", "Authorizers": authorizers}
    events = {
        "All": event("HttpApi"),
        "Get": event("HttpApi", ApiId={"Ref": "Http"}, Path="/x/{y}", Method="GET", TimeoutInMillis=900),
        "Own": event("HttpApi", ApiId={"Ref": "Http"}, Path="/z", Method="ANY", Auth={"Authorizer": "L"}),
    }
    resources = made({"F": function(events), "Http": api("HttpApi", Auth=auth, CorsConfiguration=True, Name="n")})
    assert types(resources)["ServerlessHttpApiApiGatewayDefaultStage"] == "ApiGatewayV2::Stage"
    default = body(resources, "ServerlessHttpApi")["paths"]["$default"]["x-amazon-apigateway-any-method"]
    assert default["isDefaultRoute"] is True
    text = resources["FGetPermission"]["Properties"]["SourceArn"]["Fn::Sub"][0]
    assert text.endswith("${__ApiId__}/${__Stage__}/GET/x/*")
    given = body(resources, "Http")
    assert given["info"]["title"] == "n" and given["x-amazon-apigateway-cors"] == {"allowOrigins": ["*"]}
    assert given["paths"]["/x/{y}"]["get"]["security"] == [{"J": []}]
    assert given["paths"]["/x/{y}"]["get"]["x-amazon-apigateway-integration"]["timeoutInMillis"] == 900
    assert given["paths"]["/z"]["x-amazon-apigateway-any-method"]["security"] == [{"L": []}]
    scheme = given["components"]["securitySchemes"]["L"]["x-amazon-apigateway-authorizer"]
    assert (scheme["authorizerPayloadFormatVersion"], scheme["enableSimpleResponses"]) == ("2.0", True)


def test_one_path_is_defined_once() -> None:
    events = {"A": event("HttpApi", Path="/", Method="GET"), "B": event("HttpApi", Path="/", Method="get")}
    with pytest.raises(TransformError, match="defined multiple times"):
        made({"F": function(events)})
