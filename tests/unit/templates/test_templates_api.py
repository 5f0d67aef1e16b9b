"""REST APIs, beyond what the golden cases show.

Expectations: https://www.serverless.com/framework/docs-providers-aws-events-apigateway.
"""

from collections.abc import Callable
from typing import Any

import pytest
from tests.conftest import texts

from stratolite.core.errors import UserError
from stratolite.templates.serverless import Compiled

Compile = Callable[..., Compiled]
HEAD = "service: shop\nprovider:\n  name: aws\n  runtime: nodejs20.x\n"
FUNCTION = "functions: {a: {handler: h.handler, events: [{http: GET x}]}}"


def method(compiled: Compiled, name: str) -> Any:
    return compiled.template["Resources"][f"ApiGatewayMethod{name}"]["Properties"]


def test_paths_share_their_beginnings(compile_text: Compile) -> None:
    events = "[{http: GET a/b}, {http: GET /a/c/}, {http: POST a}]"
    compiled = compile_text(f"functions: {{a: {{handler: h.handler, events: {events}}}}}")
    resources = compiled.template["Resources"]
    paths = {
        name: each["Properties"]["PathPart"] for name, each in resources.items() if each["Type"].endswith("::Resource")
    }
    assert paths == {"ApiGatewayResourceA": "a", "ApiGatewayResourceAB": "b", "ApiGatewayResourceAC": "c"}
    assert resources["ApiGatewayResourceAC"]["Properties"]["ParentId"] == {"Ref": "ApiGatewayResourceA"}


def test_several_origins_are_chosen_by_a_template(compile_text: Compile) -> None:
    cors = "{origins: ['https://*.a.com', 'https://b.com']}"
    compiled = compile_text(
        f"functions: {{a: {{handler: h.handler, events: [{{http: {{path: x, method: get, cors: {cors}}}}}]}}}}"
    )
    [response] = method(compiled, "XOptions")["Integration"]["IntegrationResponses"]
    assert response["ResponseParameters"]["method.response.header.Access-Control-Allow-Origin"] == "'https://*.a.com'"
    template = response["ResponseTemplates"]["application/json"]
    assert '$origin.matches("https://.+[.]a[.]com") || $origin.matches("https://b[.]com")' in template


def test_an_api_that_exists_gets_methods_alone(compile_text: Compile) -> None:
    api = "  apiGateway: {restApiId: abc, restApiRootResourceId: root, restApiResources: {users: r1}}\n"
    events = "[{http: GET users}, {http: GET users/new}]"
    compiled = compile_text(f"{HEAD}{api}functions: {{a: {{handler: h.handler, events: {events}}}}}")
    resources = compiled.template["Resources"]
    assert "ApiGatewayRestApi" not in resources and "ApiGatewayResourceUsers" not in resources
    assert resources["ApiGatewayResourceUsersNew"]["Properties"]["ParentId"] == "r1"
    assert not compiled.deployment.stage_settings


@pytest.mark.parametrize(
    ("settings", "what", "place"),
    [
        ("  apiGateway: {restApiId: abc}\n", "needs restApiRootResourceId", "5:16"),
        (
            "  apiGateway: {restApiId: a, restApiRootResourceId: r}\n  logs: {restApi: true}\n",
            "provider.logs.restApi has no effect",
            "6:10",
        ),
        ("  endpointType: regional\n  vpcEndpointIds: [v]\n", "only private APIs have VPC endpoints", "6:3"),
        ("  apiGateway: {apiKeys: [{free: [a]}]}\n", "the API keys 'free' have no usage plan", "5:26"),
        ("  stage: a.b\n", "the stage 'a.b' cannot be a stage of API Gateway", "5:3"),
        (
            "  apiGateway: {restApiId: a, restApiRootResourceId: r, restApiResources: {x/y: i}}\n",
            "the path 'x' exists, and its resource id is not known",
            "",
        ),
    ],
)
def test_mistakes_are_told_with_their_place(compile_text: Compile, settings: str, what: str, place: str) -> None:
    with pytest.raises(UserError, match=what) as raised:
        compile_text(f"{HEAD}{settings}{FUNCTION}")
    assert f"serverless.yml:{place}" in raised.value.where


def test_what_a_proxy_passes_on_cannot_be_changed(compile_text: Compile) -> None:
    event = (
        "{path: x, method: get, request: {template: {a: b}, parameters: {paths: {i: true}}}, response: {template: t}}"
    )
    compiled = compile_text(f"functions: {{a: {{handler: h.handler, events: [{{http: {event}}}]}}}}")
    assert method(compiled, "XGet")["RequestParameters"] == {"method.request.path.i": True}
    assert [each.split(": ")[-1].split(" has")[0] for each in texts(compiled.warnings)] == [
        "'request.template'",
        "'response'",
    ]


def test_the_stage_is_set_after_the_deployment(compile_text: Compile) -> None:
    settings = "  tags: {team: core}\n  stackTags: {cost: low}\n  tracing: {apiGateway: true}\n"
    settings += (
        "  apiGateway: {metrics: false, stage: v1}\n  logs: {restApi: {level: ERROR, fullExecutionData: false}}\n"
    )
    deployment = compile_text(f"{HEAD}{settings}{FUNCTION}").deployment
    assert deployment.stage_settings["stageName"] == "v1"
    assert deployment.stage_settings["tags"] == {"cost": "low", "team": "core"}
    patches = {each["path"]: each["value"] for each in deployment.stage_settings["patchOperations"]}
    assert patches["/tracingEnabled"] == "true"
    assert patches["/*/*/metrics/enabled"] == "false"
    assert patches["/*/*/logging/loglevel"] == "ERROR"
    assert patches["/*/*/logging/dataTrace"] == "false"
    group = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/api-gateway/shop-dev"
    assert patches["/accessLogSettings/destinationArn"] == group
    assert patches["/accessLogSettings/format"].startswith("requestId: $context.requestId, ip: ")


def test_the_role_for_logs_is_for_accounts_of_aws(compile_text: Compile) -> None:
    compiled = compile_text(f"{HEAD}  logs: {{restApi: true}}\n{FUNCTION}")
    assert "CustomApiGatewayAccountCloudWatchRole" in compiled.aws_only
    assert compiled.aws_only.keys() <= compiled.template["Resources"].keys()


def test_an_answer_may_be_passed_on_as_it_comes(compile_text: Compile) -> None:
    """https://www.serverless.com/framework/docs/providers/aws/events/apigateway: of version 4."""
    streamed = "{http: {path: x, method: get, timeoutInMillis: 120000, response: {transferMode: stream}}}"
    whole = "{http: {path: y, method: get, response: {transferMode: BUFFERED}}}"
    compiled = compile_text(f"functions: {{a: {{handler: h.handler, events: [{streamed}, {whole}]}}}}")
    integration = method(compiled, "XGet")["Integration"]
    assert (integration["ResponseTransferMode"], integration["TimeoutInMillis"]) == ("STREAM", 120000)
    uri = integration["Uri"]["Fn::Join"][1]
    assert (uri[4], uri[-1]) == (":lambda:path/2021-11-15/functions/", "/response-streaming-invocations")
    integration = method(compiled, "YGet")["Integration"]
    assert "ResponseTransferMode" not in integration and integration["Uri"]["Fn::Join"][1][-1] == "/invocations"
    assert not compiled.warnings


def test_sources_of_identity_in_the_form_of_http_apis(compile_text: Compile) -> None:
    source = "'$request.header.Authorization, $request.querystring.who'"
    http = f"{{path: x, method: get, authorizer: {{name: b, type: request, identitySource: {source}}}}}"
    text = f"functions: {{a: {{handler: h.handler, events: [{{http: {http}}}]}}, b: {{handler: h.auth}}}}"

    def written(compiled: Compiled) -> Any:
        return compiled.template["Resources"]["BApiGatewayAuthorizer"]["Properties"]["IdentitySource"]

    compiled = compile_text(text, is_lenient=True)
    assert written(compiled) == "method.request.header.Authorization, method.request.querystring.who"
    assert "AWS refuses '$request.header.Authorization" in " ".join(texts(compiled.local_warnings))
    assert written(compile_text(text)) == source.strip("'")
