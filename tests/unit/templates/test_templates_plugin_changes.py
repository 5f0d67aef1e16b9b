"""What plugins do to a configuration, each as its own code does it."""

from typing import Any

import pytest
from tests.conftest import texts
from tests.unit.templates.conftest import Compile

from stratolite.core.errors import UserError

API = "functions: {f: {handler: h.handler, events: [{http: GET /a}]}}\n"
ONE = "functions: {f: {handler: h.handler}}\n"


def test_ifelse_sets_and_takes_out(compile_text: Compile) -> None:
    """README of serverless-plugin-ifelse."""
    text = """
        plugins: [serverless-plugin-ifelse]
        custom:
          serverlessIfElse:
            - If: "'${sls:stage}' == 'prod'"
              Exclude: [functions.debug]
              Set: {provider.memorySize: 256}
              ElseExclude: [functions.audit, functions.f.events.0, functions.f.events.2.http]
              ElseSet: {functions.f.timeout: 7, functions.f.memorySize: 384}
            - ExcludeIf:
                functions.never: "1 + 1 === 2"
                functions.debug: "false"
        functions:
          f: {handler: h.handler, events: [{http: GET /a}, {http: GET /b}, {http: GET /c}]}
          debug: {handler: h.handler}
          audit: {handler: h.handler}
          never: {handler: h.handler}
    """
    compiled = compile_text(
        "service: shop\nprovider: {name: aws, runtime: nodejs20.x}\n" + text.replace("\n        ", "\n")
    )
    assert [function.key for function in compiled.functions] == ["f", "debug"]
    properties = compiled.template["Resources"]["FLambdaFunction"]["Properties"]
    assert (properties["Timeout"], properties["MemorySize"]) == (7, 384)
    assert {"ApiGatewayMethodBGet"} == {name for name in compiled.template["Resources"] if "GatewayMethod" in name}
    text = text.replace("\n        ", "\n")
    compiled = compile_text("service: shop\nprovider: {name: aws, runtime: nodejs20.x}\n" + text, stage="prod")
    assert [function.key for function in compiled.functions] == ["f", "audit"]
    assert compiled.template["Resources"]["FLambdaFunction"]["Properties"]["MemorySize"] == 256


def test_what_ifelse_cannot_evaluate_changes_nothing_and_is_told(compile_text: Compile) -> None:
    text = "plugins: [serverless-plugin-ifelse]\n"
    text += "custom: {serverlessIfElse: [{If: 'nobody.knows', Exclude: [functions.f]}]}\n"
    compiled = compile_text(text + ONE)
    assert [function.key for function in compiled.functions] == ["f"]
    [warning] = texts(compiled.warnings)
    assert "the condition 'nobody.knows' changes nothing: ReferenceError" in warning


def test_functions_are_there_under_conditions(compile_text: Compile) -> None:
    text = """
        plugins: [serverless-plugin-conditional-functions]
        functions:
          f: {handler: h.handler, enabled: '"${sls:stage}" === "dev"'}
          g: {handler: h.handler, enabled: false}
          h: {handler: h.handler, enabled: true}
          i: {handler: h.handler, enabled: "no('such thing')"}
    """
    compiled = compile_text(text)
    assert [function.key for function in compiled.functions] == ["f", "h", "i"]
    assert len(compiled.warnings) == 1


def test_a_stage_has_to_be_among_those_of_the_stage_manager(compile_text: Compile) -> None:
    text = "plugins: [serverless-stage-manager]\ncustom: {stages: [dev, prod]}\n" + ONE
    assert compile_text(text).stage == "dev"
    with pytest.raises(UserError, match="'test' is not a valid deployment stage") as error:
        compile_text(text, stage="test")
    assert "dev, prod" in error.value.todo and error.value.where.endswith("serverless.yml:6:10")
    with pytest.raises(UserError, match="needs the stages"):
        compile_text("plugins: [serverless-stage-manager]\n" + ONE)


@pytest.mark.parametrize(
    ("plugin", "custom"),
    [
        ("serverless-apigw-binary", "apigwBinary: {types: ['image/png', '*/*']}"),
        ("serverless-apigateway-plugin", "apigateway: {binaryTypes: ['image/png', '*/*']}"),
    ],
)
def test_media_types_of_bytes(compile_text: Compile, plugin: str, custom: str) -> None:
    compiled = compile_text(f"plugins: [{plugin}]\ncustom:\n  {custom}\n{API}")
    api = compiled.template["Resources"]["ApiGatewayRestApi"]["Properties"]
    assert api["BinaryMediaTypes"] == ["image/png", "*/*"]
    assert compiled.warnings == ()


def test_responses_of_the_gateway_are_not_set_by_the_apigateway_plugin(compile_text: Compile) -> None:
    compiled = compile_text(
        f"plugins: [serverless-apigateway-plugin]\ncustom: {{apigateway: {{responses: [1]}}}}\n{API}"
    )
    assert ["custom.apigateway.responses has no effect" in warning for warning in texts(compiled.warnings)] == [True]


@pytest.mark.parametrize(
    ("given", "size"), [("", 0), ("contentCompression: 1024", 1024), ("contentCompression: ~", None)]
)
def test_responses_are_compressed(compile_text: Compile, given: str, size: int | None) -> None:
    compiled = compile_text(f"plugins: [serverless-api-compression]\ncustom:\n  a: 1\n  {given}\n{API}")
    assert compiled.template["Resources"]["ApiGatewayRestApi"]["Properties"].get("MinimumCompressionSize") == size


def test_api_keys_of_a_stage_each_with_its_plan(compile_text: Compile) -> None:
    custom = """
plugins: [serverless-add-api-key]
custom:
  apiKeys:
    dev:
      - {name: web, value: 0123456789012345678901234567}
      - {name: app, usagePlan: {name: gold, throttle: {burstLimit: 1, rateLimit: 2}}}
    prod: [{name: other}]
"""
    compiled = compile_text(custom + API)
    resources = compiled.template["Resources"]
    keys = {one["Properties"]["Name"] for one in resources.values() if one["Type"] == "AWS::ApiGateway::ApiKey"}
    plans = [one["Properties"] for one in resources.values() if one["Type"] == "AWS::ApiGateway::UsagePlan"]
    assert keys == {"web", "app"}
    assert [plan.get("Throttle") for plan in plans] == [None, {"BurstLimit": 1, "RateLimit": 2}]
    assert compiled.warnings == ()


def test_logs_are_retained(compile_text: Compile) -> None:
    functions = "functions: {f: {handler: h.handler}, g: {handler: h.handler, logRetentionInDays: 3}}\n"
    compiled = compile_text(
        "plugins: [serverless-plugin-log-retention]\ncustom: {logRetentionInDays: 30}\n" + functions
    )
    resources = compiled.template["Resources"]
    days = [resources[name]["Properties"]["RetentionInDays"] for name in ("FLogGroup", "GLogGroup")]
    assert days == [30, 3]


def test_functions_are_traced(compile_text: Compile) -> None:
    text = "service: shop\nprovider: {name: aws, runtime: nodejs20.x, tracing: true}\n"
    text += "plugins: [serverless-plugin-tracing]\n"
    functions = "functions: {f: {handler: h.handler}, g: {handler: h.handler, tracing: false}}\n"
    compiled = compile_text(text + functions)
    resources = compiled.template["Resources"]
    modes = [resources[f"{name}LambdaFunction"]["Properties"]["TracingConfig"]["Mode"] for name in "FG"]
    assert modes == ["Active", "PassThrough"] and compiled.warnings == ()


@pytest.mark.parametrize(
    ("given", "target", "made"),
    [
        ("sqs: lost", {"Fn::GetAtt": ["FDeadLetterQueue", "Arn"]}, {"QueueName": "lost"}),
        ("sqs: {queueName: lost, delaySeconds: 3}", {"Fn::GetAtt": ["FDeadLetterQueue", "Arn"]}, {"DelaySeconds": 3}),
        ("sns: lost", {"Ref": "FDeadLetterTopic"}, {"TopicName": "lost"}),
        ("targetArn: {GetResourceArn: Q}", {"Fn::GetAtt": ["Q", "Arn"]}, {}),
        ("targetArn: 'arn:aws:sqs:us-east-1:123456789012:x'", {"Fn::Sub": "arn:aws:sqs:us-east-1:123456789012:x"}, {}),
    ],
)
def test_dead_letters(compile_text: Compile, given: str, target: Any, made: dict[str, Any]) -> None:
    functions = f"functions:\n  f: {{handler: h.handler, deadLetter: {{{given}}}}}\n"
    text = "plugins: [serverless-plugin-lambda-dead-letter]\n" + functions
    compiled = compile_text(text + "resources: {Resources: {Q: {Type: 'AWS::SQS::Queue'}}}\n")
    resources = compiled.template["Resources"]
    assert resources["FLambdaFunction"]["Properties"]["DeadLetterConfig"] == {"TargetArn": target}
    for name, value in made.items():
        [logical_id] = [target[key][0] if isinstance(target[key], list) else target[key] for key in target]
        assert resources[logical_id]["Properties"][name] == value
    assert ("FDeadLetterQueuePolicy" in resources) == ("sqs:" in given and "arn" not in given)
    assert compiled.warnings == ()


def test_a_role_for_each_function(compile_text: Compile) -> None:
    text = """
        service: shop
        provider:
          name: aws
          runtime: nodejs20.x
          iamRoleStatements: [{Effect: Allow, Action: 's3:*', Resource: '*'}]
        plugins: [serverless-plugin-custom-roles]
        functions:
          f:
            handler: h.handler
            iamRoleStatements: [{Effect: Allow, Action: 'sqs:*', Resource: '*'}]
            events: [{stream: 'arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/x'}]
          g: {handler: h.handler, role: 'arn:aws:iam::123456789012:role/x'}
    """
    compiled = compile_text(text)
    resources = compiled.template["Resources"]
    policies = resources["FLambdaFunctionRole"]["Properties"]["Policies"]
    assert [policy["PolicyName"] for policy in policies] == ["logging", "shared", "custom", "streams"]
    assert resources["FLambdaFunction"]["Properties"]["Role"] == {"Fn::GetAtt": ["FLambdaFunctionRole", "Arn"]}
    assert {"GLambdaFunctionRole", "IamRoleLambdaExecution"} & set(resources) == set()
    assert compiled.warnings == ()


def test_events_of_a_bucket_that_is_there(compile_text: Compile) -> None:
    event = "existingS3: {bucket: photos, events: ['s3:ObjectCreated:*', 's3:ObjectRemoved:*'], rules: [{prefix: in/}]}"
    text = (
        f"plugins: [serverless-plugin-existing-s3]\nfunctions: {{f: {{handler: h.handler, events: [{{{event}}}]}}}}\n"
    )
    compiled = compile_text(text)
    made = compiled.template["Resources"]["FCustomS31"]["Properties"]
    assert made["BucketName"] == "photos" and len(made["BucketConfigs"]) == 2
    assert compiled.warnings == ()


@pytest.mark.parametrize(
    "package", ["patterns: ['!node_modules/**']", "exclude: [node_modules/**]", "patterns: ['!**', '*.js', '!x.js']"]
)
@pytest.mark.parametrize("plugin", ["serverless-plugin-include-dependencies", "serverless-layers"])
def test_packages_keep_the_modules_that_handlers_require(compile_text: Compile, plugin: str, package: str) -> None:
    files = {"node_modules/left-pad/index.js": "", "node_modules/left-pad/package.json": "{}", "x.js": ""}
    text = f"plugins: [{plugin}]\n"
    text += f"package: {{excludeDevDependencies: false, {package}}}\n{ONE}"
    [artefact] = compile_text(text, files).artefacts
    names = {entry.name for entry in artefact.entries}
    assert {"h.js", "node_modules/left-pad/index.js"} <= names


def test_the_stage_has_variables(compile_text: Compile) -> None:
    head = "service: shop\nprovider: {name: aws, runtime: nodejs20.x, apiGateway: {apiKeys: [k]}}\n"
    text = "plugins: [serverless-plugin-stage-variables]\ncustom: {stageVariables: {host: example.com, size: 3}}\n"
    resources = compile_text(head + text + API).template["Resources"]
    [deployment] = [name for name, one in resources.items() if one["Type"] == "AWS::ApiGateway::Deployment"]
    stage = resources["ApiGatewayStage"]["Properties"]
    assert (stage["StageName"], stage["DeploymentId"]) == ("dev", {"Ref": deployment})
    assert stage["Variables"] == {"host": "example.com", "size": "3"}
    assert "StageName" not in resources[deployment]["Properties"]
    assert resources["ApiGatewayApiKey1"]["DependsOn"] == "ApiGatewayStage"


@pytest.mark.parametrize(
    ("given", "validator"),
    [("Checks", {"Ref": "Checks"}), ("{id: abc123}", "abc123"), ("{Fn::ImportValue: x}", {"Fn::ImportValue": "x"})],
)
def test_methods_have_validators(compile_text: Compile, given: str, validator: Any) -> None:
    event = f"{{http: {{path: /a/{{id}}, method: post, reqValidatorName: {given}}}}}".replace("/a/{id}", "'a/{id}'")
    functions = f"functions: {{f: {{handler: h.handler, events: [{event}]}}}}\n"
    compiled = compile_text("plugins: [serverless-reqvalidator-plugin]\n" + functions)
    method = compiled.template["Resources"]["ApiGatewayMethodAIdVarPost"]["Properties"]
    assert method["RequestValidatorId"] == validator
    assert compiled.warnings == ()


def test_tags_of_the_stack_are_those_of_resources(compile_text: Compile) -> None:
    head = (
        "service: shop\nprovider: {name: aws, runtime: nodejs20.x, stackTags: {team: a, cost: b}, tags: {team: own}}\n"
    )
    compiled = compile_text(head + "plugins: [serverless-plugin-resource-tagging]\n" + ONE)
    resources = compiled.template["Resources"]
    tags = {
        name: {tag["Key"]: tag["Value"] for tag in one["Properties"].get("Tags", ())} for name, one in resources.items()
    }
    assert tags["FLambdaFunction"] == {"team": "own", "cost": "b"}
    assert tags["FLogGroup"] == {"team": "a", "cost": "b"}


def test_apis_are_throttled(compile_text: Compile) -> None:
    text = """
        plugins: [serverless-api-gateway-throttling]
        custom: {apiGatewayThrottling: {maxRequestsPerSecond: 100, maxConcurrentRequests: 50}}
        functions:
          f:
            handler: h.handler
            events:
              - http: GET /plain
              - http: {path: 'a/{id}', method: post, throttling: {maxRequestsPerSecond: 5}}
              - httpApi: 'GET /b'
              - httpApi: {path: /c, method: '*', throttling: {disabled: true}}
    """
    compiled = compile_text(text)
    patches = {each["path"]: each["value"] for each in compiled.deployment.stage_settings["patchOperations"]}
    assert patches["/*/*/throttling/rateLimit"] == "100" and patches["/~1plain/GET/throttling/burstLimit"] == "50"
    assert patches["/~1a~1{id}/POST/throttling/rateLimit"] == "5"
    stage = compiled.template["Resources"]["HttpApiStage"]["Properties"]
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] == 100
    assert stage["RouteSettings"]["GET /b"] == {"ThrottlingRateLimit": 100, "ThrottlingBurstLimit": 50}
    assert stage["RouteSettings"]["ANY /c"] == {"ThrottlingRateLimit": -1, "ThrottlingBurstLimit": -1}
    assert compiled.warnings == ()


def test_responses_of_mapped_methods_are_bytes(compile_text: Compile) -> None:
    event = "{http: {path: a, method: get, integration: lambda, contentHandling: CONVERT_TO_BINARY}}"
    functions = f"functions: {{f: {{handler: h.handler, events: [{event}]}}}}\n"
    compiled = compile_text("plugins: [serverless-apigwy-binary]\n" + functions)
    integration = compiled.template["Resources"]["ApiGatewayMethodAGet"]["Properties"]["Integration"]
    assert "CONVERT_TO_BINARY" in {each.get("ContentHandling") for each in integration["IntegrationResponses"]}
    assert compiled.warnings == ()


@pytest.mark.parametrize(("stage", "found"), [("dev", "said"), ("prod", "missing-key")])
def test_parameters_are_those_of_the_file(compile_text: Compile, stage: str, found: str) -> None:
    text = """
service: shop
plugins: [serverless-offline-ssm, serverless-offline]
custom:
  stages: [dev]
  serverless-offline-ssm: {stages: "${self:custom.stages}", ssm: {/shop/key: said}}
provider:
  name: aws
  runtime: nodejs20.x
  stage: "${opt:stage, 'dev'}"
  environment: {KEY: "${ssm:/shop/key~true}", LINE: "${ssm:/shop/line}"}
functions: {f: {handler: h.handler}}
"""
    compiled = compile_text(text, {".env": "/shop/line=a=b\nX=1\n"}, is_lenient=True, stage=stage)
    variables = compiled.template["Resources"]["FLambdaFunction"]["Properties"]["Environment"]["Variables"]
    assert (found in variables["KEY"]) is (stage == "dev") and (variables["LINE"] == "a=b") is (stage == "dev")


def test_further_stacks_are_taken_in(compile_text: Compile) -> None:
    text = """
        plugins: [serverless-plugin-additional-stacks]
        custom:
          additionalStacks:
            permanent:
              Resources:
                Data: {Type: "AWS::S3::Bucket", Properties: {BucketName: data}}
                Own: {Type: "AWS::S3::Bucket"}
              Outputs: {Data: {Value: {"Fn::GetAtt": [Data, Arn]}, Export: {Name: data-arn}}}
            asked: {Parameters: {P: {Type: String}}, Resources: {Never: {Type: "AWS::SNS::Topic"}}}
        functions:
          f: {handler: h.handler, environment: {DATA: {"Fn::ImportValue": data-arn}}}
        resources: {Resources: {Own: {Type: "AWS::SQS::Queue"}}}
    """
    compiled = compile_text(text, is_lenient=True)
    resources = compiled.template["Resources"]
    assert (resources["Data"]["Properties"], resources["Own"]["Type"]) == ({"BucketName": "data"}, "AWS::SQS::Queue")
    variables = resources["FLambdaFunction"]["Properties"]["Environment"]["Variables"]
    assert variables == {"DATA": {"Fn::GetAtt": ["Data", "Arn"]}}
    [warning] = texts(compiled.warnings)
    assert "the stack asked of custom.additionalStacks is not made" in warning and "Never" not in resources
    assert "Data" not in compile_text(text).template["Resources"]


def test_schedules_know_time_zones(compile_text: Compile) -> None:
    event = "{schedule: {rate: 'cron(0 9 * * ? *)', timezone: Europe/Berlin}}"
    functions = f"functions: {{f: {{handler: h.handler, events: [{event}, {{schedule: rate(1 hour)}}]}}}}\n"
    compiled = compile_text("plugins: [serverless-local-schedule]\n" + functions)
    resources = compiled.template["Resources"].values()
    [schedule] = [one["Properties"] for one in resources if one["Type"] == "AWS::Scheduler::Schedule"]
    assert schedule["ScheduleExpressionTimezone"] == "Europe/Berlin"
    assert [one["Type"] for one in resources].count("AWS::Events::Rule") == 1 and compiled.warnings == ()
