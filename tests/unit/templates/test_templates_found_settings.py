"""Settings as they are found: an application with any of them starts, and what has no meaning here is told."""

from typing import Any

import pytest
from tests.conftest import texts
from tests.unit.templates.conftest import Compile

from stratolite.core.errors import UserError

ROLE = "arn:aws:iam::000000000000:role/x"
KEY = "arn:aws:kms:us-east-1:000000000000:key/a"
TOP = (
    "frameworkVersion: '>=1.0.0 <2.0.0'",
    "frameworkVersion: 2",
    "frameworkVersion: '4'",
    "frameworkVersion: ^1.32",
    "org: acme\napp: shop\ntenant: acme\nlicenseKey: abc\ndashboard: {disableMonitoring: true}\noutputs: {a: b}",
    "variablesResolutionMode: 20210326\nunresolvedVariablesNotificationMode: error",
    "configValidationMode: 'off'",
    "deprecationNotificationMode: error\ndisabledDeprecations: ['*']",
    "console: true\nuseDotenv: true",
    "custom:\nresources:\nlayers:\npackage:\nplugins:\nparams:",
    "x-common: &x {a: 1}\nbuild: {esbuild: false}\nstages: {dev: {params: {a: b}}}",
    "resources: {Resources: , Outputs: , Conditions: }",
)
PROVIDER = (
    "tracing: true",
    "tracing: {lambda: PassThrough, apiGateway: true}",
    "deploymentBucket: my-bucket",
    "deploymentBucket:",
    "deploymentBucket: {name: my-bucket, serverSideEncryption: AES256, maxPreviousDeploymentArtifacts: 3}",
    "deploymentBucket: {blockPublicAccess: true, skipPolicySetup: true, versioning: true, tags: {a: b}}",
    "deploymentPrefix: x\nprofile: acme\nstackName: x-y\napiName: my",
    "profile:\nregion:\nvpc:\ntags:\nlayers:\nenvironment:\niam:\napiGateway:\niamRoleStatements:\nlogRetentionInDays:",
    "vpc: {securityGroupIds: [sg-1], subnetIds: [subnet-1]}",
    "vpc: {securityGroupIds: sg-1, subnetIds: subnet-1}",
    "logRetentionInDays: '7'",
    f"kmsKeyArn: {KEY}",
    f"awsKmsKeyArn: {KEY}",
    f"cfnRole: {ROLE}",
    "cfnRole: !Sub arn:aws:iam::${AWS::AccountId}:role/x",
    f"iam: {{deploymentRole: {ROLE}}}",
    "apiGateway: {minimumCompressionSize: 1024, shouldStartNameWithService: true, metrics: true}",
    "endpointType: regional",
    "endpointType: PRIVATE\nvpcEndpointIds: [vpce-1]",
    "apiKeys: [a, b]\nusagePlan: {quota: {limit: 5, offset: 2, period: MONTH}}",
    "apiKeys: [{name: a, value: abcdefghijklmnopqrst}]",
    "resourcePolicy: [{Effect: Allow, Principal: '*', Action: execute-api:Invoke, Resource: 'execute-api:/*'}]",
    "stackTags: {a: b}\ntags: {a: 1, b: true}",
    "notificationArns: ['arn:aws:sns:us-east-1:000000000000:x']",
    "rollbackConfiguration: {MonitoringTimeInMinutes: 5}",
    "logs: {restApi: true, httpApi: true, websocket: true, frameworkLambda: true}",
    "logs: {restApi: {accessLogging: true, format: x, level: ERROR, roleManagedExternally: true}}",
    "timeout: '30'\nmemorySize: '1025'",
    "versionFunctions: false\nlambdaHashingVersion: 20201221\narchitecture: arm64\nruntimeManagement: auto",
    "environment: {A: , B: 1, C: true, D: 1.5, E: {Ref: X}}",
    "eventBridge: {useCloudFormation: false}\ns3: {b: {name: bucket-x}}\nalb: {targetGroupPrefix: x}",
    "websocketsApiName: x\nwebsocketsApiRouteSelectionExpression: $request.body.action\nwebsocketsDescription: x",
    "disableRollback: true\ndeploymentMethod: direct\nstackParameters: [{ParameterKey: a, ParameterValue: b}]",
    "stackPolicy: [{Effect: Allow, Principal: '*', Action: 'Update:*', Resource: '*'}]",
    "httpApi: {cors: true, payload: '1.0', metrics: true, disableDefaultEndpoint: true, timeout: 5}",
    "credentials: x\naccountId: 123\ncfLogs: true\nfoo: bar\nsnapStart: true",
    "role: arn:aws:iam::123456789012:role/x",
    "role: MyRole",
    "role: !GetAtt MyRole.Arn",
    "role: !Sub arn:aws:iam::${AWS::AccountId}:role/x",
    "role: {Fn::ImportValue: x}",
    "role: {Ref: RoleParameter}",
    "role: !Join ['', ['arn:aws:iam::', !Ref 'AWS::AccountId', ':role/x']]",
    f"iam: {{role: {ROLE}}}",
    "iam: {role: !GetAtt MyRole.Arn}",
    "iam: {role: {statements: , managedPolicies: }}",
    "iam: {role: {name: n, path: /p/, tags: {a: b}, permissionBoundary: arn:aws:iam::000000000000:policy/b}}",
    "iamRoleStatements: [{Effect: Allow, Action: s3:*, Resource: '*'}]",
    "iamRoleStatements: {Effect: Allow, Action: s3:*, Resource: '*'}",
    "iamManagedPolicies: [arn:aws:iam::aws:policy/X, {Ref: P}]\nrolePermissionsBoundary: arn:aws:iam::1:policy/b",
)
FUNCTION = (
    "timeout: '30'\nmemorySize: '128'\ndescription: 5",
    "environment: {A: , B: 1, C: false}\nevents:",
    "environment:\nmemorySize:\nlayers:\npackage:\nvpc:\nrole:",
    "events: []\nreservedConcurrency: 0\nprovisionedConcurrency: 2",
    "condition: X\ndependsOn: X\ndescription: ''",
    "onError: arn:aws:sns:us-east-1:000000000000:x",
    "onError: {Ref: X}",
    "fileSystemConfig: {arn: 'arn:aws:elasticfilesystem:us-east-1:000000000000:access-point/fsap-0123456789abcdef0', "
    "localMountPath: /mnt/x}\nvpc: {securityGroupIds: [sg-1], subnetIds: [s-1]}",
    "ephemeralStorageSize: 1024\nsnapStart: true\narchitecture: arm64\ntracing: Active\nversionFunction: false",
    "runtimeManagement: {mode: manual, arn: 'arn:aws:lambda:us-east-1::runtime:x'}",
    "maximumRetryAge: 60\nmaximumEventAge: 60\nmaximumRetryAttempts: 1\ndisableLogs: true\nlogRetentionInDays: 5",
    f"awsKmsKeyArn: {KEY}",
    f"kmsKeyArn: {KEY}",
    "role: arn:aws:iam::123456789012:role/x",
    "role: MyRole",
    "role: !GetAtt MyRole.Arn",
    "role: {Ref: X}",
    "layers: [{Ref: XLambdaLayer}]\nurl: {cors: true}\ntags: {a: b}\nvpc: false",
    "warmup: true\ncors: true\nprivate: true\nfoo: bar\nstage: dev\niamRoleStatements: []",
    "runtime: nodejs8.10\npackage: {individually: true, include: [a], exclude: [b]}",
)
EVENTS = (
    "http: GET /x",
    "http: any x",
    "http: {path: /x/, method: GET, cors: true, private: true, async: true}",
    "http: {path: '', method: get, authorizer: aws_iam}",
    "http: {path: x, method: post, request: {schema: {application/json: {type: object}}}}",
    "httpApi: '*'",
    "httpApi: GET /x",
    "schedule: rate(1 minute)",
    "schedule: {rate: [rate(1 hour)], enabled: 'true'}",
    "sns: topic",
    "s3: bucket-x",
    "sqs: {arn: !GetAtt Q.Arn, batchSize: '10'}",
    "cloudwatchLog: /a/b",
    "alexaSkill",
    "alexaSkill:",
    "websocket: $connect",
    "iot: {sql: SELECT * FROM a}",
    "wsSubscribe: {channel: x}",
)


def service(*, top: str = "", provider: str = "", function: str = "", event: str = "") -> str:
    """A service in which settings stand in their places."""

    def inside(text: str, spaces: int) -> str:
        return "".join(f"{' ' * spaces}{line}\n" for line in text.split("\n")) if text else ""

    events = "" if "events:" in function else f"    events:\n      - {event or 'http: GET /x'}\n"
    return (
        "service: shop\n"
        + inside(top, 0)
        + "provider:\n  name: aws\n  runtime: nodejs20.x\n"
        + inside(provider, 2)
        + "functions:\n  a:\n    handler: h.handler\n"
        + inside(function, 4)
        + events
    )


def compiled(compile_text: Compile, **places: str) -> Any:
    return compile_text(service(**places), is_lenient=True)


@pytest.mark.parametrize("text", TOP)
def test_settings_of_the_service(compile_text: Compile, text: str) -> None:
    assert "ALambdaFunction" in compiled(compile_text, top=text).template["Resources"]


@pytest.mark.parametrize("text", PROVIDER)
def test_settings_of_the_provider(compile_text: Compile, text: str) -> None:
    assert "ALambdaFunction" in compiled(compile_text, provider=text).template["Resources"]


@pytest.mark.parametrize("text", FUNCTION)
def test_settings_of_functions(compile_text: Compile, text: str) -> None:
    assert "ALambdaFunction" in compiled(compile_text, function=text).template["Resources"]


@pytest.mark.parametrize("text", EVENTS)
def test_events(compile_text: Compile, text: str) -> None:
    assert "ALambdaFunction" in compiled(compile_text, event=text).template["Resources"]


def test_what_cannot_be_is_refused_with_its_place(compile_text: Compile) -> None:
    wrong = {"environment: [A]": ":5:3", "iamRoleStatements: [[{Effect: Allow}]]": ":5:23", "tags: x": ":5:3"}
    for text, place in wrong.items():
        with pytest.raises(UserError) as error:
            compiled(compile_text, provider=text)
        assert place in str(error.value)


def test_settings_of_version_1_are_read_where_version_3_has_them(compile_text: Compile) -> None:
    found = compiled(
        compile_text,
        provider=f"apiKeys: [a]\nusagePlan: {{quota: {{limit: 5, period: DAY}}}}\nawsKmsKeyArn: {KEY}",
        event="http: {path: x, method: post, private: true, request: {schema: {application/json: {type: object}}}}",
    )
    resources = found.template["Resources"]
    kinds = [one["Type"].rpartition("::")[2] for one in resources.values()]
    assert {"ApiKey", "UsagePlan", "UsagePlanKey", "RequestValidator", "Model"} <= set(kinds)
    assert resources["ALambdaFunction"]["Properties"]["KmsKeyArn"] == KEY
    moved = [each.partition(": ")[2] for each in texts(found.warnings) if "as version 3 calls it" in each]
    assert moved[0] == "provider.apiKeys is read as provider.apiGateway.apiKeys, as version 3 calls it"
    assert len(moved) == 4


def test_version_3_ignores_them_in_a_deployment(compile_text: Compile) -> None:
    resources = compile_text(service(provider="apiKeys: [a]")).template["Resources"]
    assert "AWS::ApiGateway::ApiKey" not in {one["Type"] for one in resources.values()}
    older = compile_text(service(top="frameworkVersion: 1", provider="apiKeys: [a]")).template["Resources"]
    assert "AWS::ApiGateway::ApiKey" in {one["Type"] for one in older.values()}


ACCOUNT = "000000000000"
POLICIES = f"""\
resources:
  Resources:
    Mine: {{Type: AWS::IAM::ManagedPolicy, Properties: {{ManagedPolicyName: mine, PolicyDocument: {{}}}}}}
    R:
      Type: AWS::IAM::Role
      Properties:
        AssumeRolePolicyDocument: {{Version: 2012-10-17, Statement: []}}
        PermissionsBoundary: !Sub arn:aws:iam::${{AWS::AccountId}}:policy/team/boundary
        ManagedPolicyArns:
          - arn:aws:iam::aws:policy/ReadOnlyAccess
          - arn:aws:iam::123456789012:policy/theirs
          - !Ref Mine
          - arn:aws:iam::{ACCOUNT}:policy/mine
"""


def test_roles_and_policies_that_the_file_does_not_make(compile_text: Compile) -> None:
    found = compile_text(
        service(top=POLICIES.rstrip(), function="role: arn:aws:iam::123456789012:role/x"), is_lenient=True
    )
    resources = found.template["Resources"]
    assert resources["ALambdaFunction"]["Properties"]["Role"] == f"arn:aws:iam::{ACCOUNT}:role/x"
    theirs, boundary = f"arn:aws:iam::{ACCOUNT}:policy/theirs", f"arn:aws:iam::{ACCOUNT}:policy/team/boundary"
    assert [one.arn for one in found.externals] == [boundary, theirs]
    assert resources["R"]["Properties"]["ManagedPolicyArns"][1] == theirs
    assert resources["R"]["Properties"]["AssumeRolePolicyDocument"]["Version"] == "2012-10-17"
    local = " ".join(texts(found.local_warnings))
    assert "arn:aws:iam::123456789012:role/x" in local and "without quotes is a time stamp on AWS" in local


def test_what_aws_refuses_for_its_length_or_its_unit_is_run(compile_text: Compile) -> None:
    text = """\
        service: serverless-side-rendering-vue-nuxt
        tenant: acme
        frameworkVersion: ">=1.38.0 <2.0.0"
        provider: {name: aws, runtime: nodejs20.x, stage: production, environment: {REGION: "${self:provider.region}"}}
        functions: {a: {handler: h.handler, memorySize: 1536MB, timeout: 30 s}}
        """
    found = compile_text(text, is_lenient=True)
    assert "RoleName" not in found.template["Resources"]["IamRoleLambdaExecution"]["Properties"]
    properties = found.template["Resources"]["ALambdaFunction"]["Properties"]
    assert (properties["MemorySize"], properties["Timeout"]) == (1536, 30)
    told = " ".join(texts(found.local_warnings))
    assert "has 66 characters, and AWS allows a role 64" in told and "'1536MB' is 1536 here" in told
    assert "tenant" not in " ".join(texts(found.warnings)) and "provider.region" not in " ".join(texts(found.warnings))
    assert "RoleName" in compile_text(text).template["Resources"]["IamRoleLambdaExecution"]["Properties"]


def test_a_role_that_nothing_makes_is_one_of_the_account(compile_text: Compile) -> None:
    text = service(function="role: TheirRole", event="stream: arn:aws:kinesis:us-east-1:000000000000:stream/x")
    found = compile_text(text, is_lenient=True)
    function = found.template["Resources"]["ALambdaFunction"]
    assert function["Properties"]["Role"] == f"arn:aws:iam::{ACCOUNT}:role/TheirRole"
    assert not [one for one in found.template["Resources"].values() if "TheirRole" in one.get("DependsOn", ())]
    assert "neither an ARN nor made by the file: TheirRole" in " ".join(texts(found.local_warnings))
    own = "resources: {Resources: {TheirRole: {Type: AWS::IAM::Role, Properties: {}}}}"
    for kept in (compile_text(text), compile_text(service(top=own, function="role: TheirRole"), is_lenient=True)):
        assert kept.template["Resources"]["ALambdaFunction"]["Properties"]["Role"] == {
            "Fn::GetAtt": ["TheirRole", "Arn"]
        }


def test_texts_that_are_no_ids_are_stood_in_for(compile_text: Compile) -> None:
    vpc = "vpc: {securityGroupIds: {'Fn::Split': [',', 'GROUP_A,sg-1']}, subnetIds: [SUBNET, {Ref: Subnet}, subnet-2]}"
    text = service(provider=f"layers: [common, 'arn:aws:lambda:us-east-1:{ACCOUNT}:layer:x:1']\n{vpc}")
    found = compile_text(text, is_lenient=True)
    properties = found.template["Resources"]["ALambdaFunction"]["Properties"]
    layer, own = f"arn:aws:lambda:us-east-1:{ACCOUNT}:layer:missing-common:1", properties["Layers"][1]
    assert properties["Layers"] == [layer, own] and {layer, own} <= {one.arn for one in found.externals}
    assert properties["VpcConfig"] == {
        "SecurityGroupIds": [f"sg-{'0' * 17}", "sg-1"],
        "SubnetIds": [f"subnet-{'0' * 17}", {"Ref": "Subnet"}, "subnet-2"],
    }
    assert "stand-ins are taken: common, GROUP_A, SUBNET" in " ".join(texts(found.local_warnings))
    kept = compile_text(text).template["Resources"]["ALambdaFunction"]["Properties"]
    assert kept["Layers"][0] == "common" and kept["VpcConfig"]["SubnetIds"][0] == "SUBNET"


def test_agents_are_left_out(compile_text: Compile) -> None:
    text = service(top="ai: {tools: {a: {function: a}}, gateways: {g: {tools: [a]}}}")
    found = compile_text(text, is_lenient=True)
    [told] = [each for each in texts(found.warnings) if "AgentCore" in each]
    assert told.endswith("is left out: tools, gateways") and "ALambdaFunction" in found.template["Resources"]
    assert "unrecognized" not in " ".join(texts(found.warnings))
    with pytest.raises(UserError, match="'ai' is not deployed"):
        compile_text(text)


def test_resources_of_policies_that_are_no_arns_are_made_some(compile_text: Compile) -> None:
    wrong = "['arn:aws:s3:uploads/*', '<TABLE_ARN>', '', '*', 'arn:aws:sqs:*:*:x', !GetAtt Q.Arn]"
    text = service(provider=f"iam: {{role: {{statements: [{{Effect: Allow, Action: 's3:*', Resource: {wrong}}}]}}}}")
    found = compile_text(text, is_lenient=True)
    [policy] = found.template["Resources"]["IamRoleLambdaExecution"]["Properties"]["Policies"]
    named = [one["Resource"] for one in policy["PolicyDocument"]["Statement"] if one["Action"] == ["s3:*"]]
    assert named == [
        [
            "arn:aws:s3:::uploads/*",
            f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:missing-table-arn",
            f"arn:aws:resource-groups:us-east-1:{ACCOUNT}:missing-value",
            "*",
            "arn:aws:sqs:*:*:x",
            {"Fn::GetAtt": ["Q", "Arn"]},
        ]
    ]
    assert "no ARNs, which AWS refuses: 'arn:aws:s3:uploads/*', '<TABLE_ARN>', ''" in " ".join(
        texts(found.local_warnings)
    )
    assert "<TABLE_ARN>" in str(compile_text(text).template)


def test_a_function_with_too_long_a_name_has_a_shorter_one(compile_text: Compile) -> None:
    text = (
        f"functions:\n  {'a' * 40}: {{handler: h.handler}}\n  {'a' * 40}b: {{handler: h.handler, name: {'n' * 70}}}\n"
    )
    found = compile_text(f"service: {'s' * 30}\nprovider: {{name: aws, runtime: nodejs20.x}}\n{text}", is_lenient=True)
    names = [function.name for function in found.functions]
    assert [len(name) for name in names] == [64, 64] and names[0].startswith(f"{'s' * 30}-dev-aaa")
    assert names[1].startswith("nnn") and f"/aws/lambda/{names[1]}" in str(found.template)
    told = texts(found.warnings)
    assert sum("has 75 characters, and AWS allows 64" in each and names[0] in each for each in told) == 1
    assert sum("has 70 characters, and AWS allows 64" in each and names[1] in each for each in told) == 1


def test_a_deployment_keeps_them_as_they_are(compile_text: Compile) -> None:
    found = compile_text(service(top=POLICIES.rstrip(), function="role: arn:aws:iam::123456789012:role/x"))
    resources = found.template["Resources"]
    assert resources["ALambdaFunction"]["Properties"]["Role"] == "arn:aws:iam::123456789012:role/x"
    assert not found.externals
    assert resources["R"]["Properties"]["AssumeRolePolicyDocument"]["Version"] == "2012-10-17T00:00:00.000Z"


def test_what_the_file_makes_is_in_the_account_here(compile_text: Compile) -> None:
    text = service(
        top="resources: {Resources: {Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}}}",
        event="sqs: arn:aws:sqs:us-east-1:123456789012:jobs",
    )
    found = compile_text(text, is_lenient=True)
    [mapping] = [one for one in found.template["Resources"].values() if one["Type"].endswith("EventSourceMapping")]
    assert mapping["Properties"]["EventSourceArn"] == f"arn:aws:sqs:us-east-1:{ACCOUNT}:jobs"
    assert not found.externals and "arn:aws:sqs:us-east-1:123456789012:jobs" in " ".join(texts(found.local_warnings))
    assert [one.account for one in compile_text(text).externals] == ["123456789012"]


def test_what_has_to_be_there_before_is_made_empty(compile_text: Compile) -> None:
    text = service(
        function="events:\n"
        "  - s3: {bucket: theirs, existing: true}\n"
        "  - cloudwatchLog: /theirs\n"
        "  - cloudwatchLog: /ours\n"
        "  - eventBridge: {eventBus: default, pattern: {source: [x]}}",
        top="resources:\n  Resources:\n"
        "    G: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /ours}}\n"
        "    R: {Type: AWS::Events::Rule, Properties: {EventBusName: theirs}}",
    )
    found = compile_text(text, is_lenient=True)
    assert {one.arn for one in found.externals} == {
        "arn:aws:s3:::theirs",
        f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/theirs",
        f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/theirs",
    }
    assert not compile_text(text).externals
