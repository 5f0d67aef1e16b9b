"""Events that nothing here causes: mistakes with their place, and what is left of them where one only runs."""

from collections.abc import Callable

import pytest
from tests.conftest import texts

from stratolite.core.errors import UserError
from stratolite.core.warning import Kind
from stratolite.templates.serverless import Compiled

Compile = Callable[..., Compiled]
FUNCTION = "functions:\n  a:\n    handler: h.handler\n    events:\n"
LISTENER = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/my-lb/50dc6c495c0c9188/f2f7dc8efc522ab2"
RULE = f"listenerArn: '{LISTENER}', priority: 1"
TOPIC = "bootstrapServers: [h:1], topic: t"
EDGE = "eventType: origin-request"


@pytest.mark.parametrize(
    ("event", "what", "place"),
    [
        ("- websocket: [a, b]", "the event 'websocket' takes a map", "9:9"),
        ("- websocket: {authorizer: a}", "the event 'websocket' lacks 'route'", "9:9"),
        ("- websocket: {route: r, authorizer: nobody}", "no function 'nobody' to authorize", "9:31"),
        ("- websocket: {route: r, authorizer: {identitySource: [x]}}", "neither a name nor an arn", "9:31"),
        ("- websocket: {route: r, authorizer: {arn: {Ref: A}}}", "the authorizer has no name", "9:31"),
        ("- alb: x", "the event 'alb' takes a map", "9:9"),
        (f"- alb: {{{RULE}}}", "the event 'alb' lacks 'conditions'", "9:9"),
        (f"- alb: {{{RULE}, conditions: {{}}}}", "the event 'alb' has no conditions", "9:149"),
        ("- alb: {listenerArn: arn, priority: 1, conditions: {path: /}}", "not the ARN of a load balancer's", "9:15"),
        (f"- alb: {{{RULE}, conditions: {{path: /}}, authorizer: x}}", "no authorizer 'x' of load balancers", "9:172"),
        (
            f"- alb: {{{RULE}, conditions: {{path: /a}}}}\n      - alb: {{listenerArn: {{Ref: L}}, priority: 1, "
            "conditions: {path: /}}",
            "the priority 1 is taken by another event 'alb' of 'a'",
            "10:38",
        ),
        ("- alexaSkill: {enabled: true}", "the event 'alexaSkill' lacks 'appId'", "9:9"),
        ("- alexaSmartHome: [x, y]", "takes a skill's id or a map", "9:9"),
        ("- iot: x", "the event 'iot' takes a map", "9:9"),
        ("- iot: {name: x}", "the event 'iot' lacks 'sql'", "9:9"),
        ("- iotFleetProvisioning: {templateBody: {}}", "lacks 'provisioningRoleArn'", "9:9"),
        (
            "- iotFleetProvisioning: {templateBody: {}, provisioningRoleArn: r}\n"
            "      - iotFleetProvisioning: {templateBody: {}, provisioningRoleArn: r}",
            "more than one event 'iotFleetProvisioning'",
            "10:9",
        ),
        (f"- kafka: {{{TOPIC}}}", "the event 'kafka' lacks 'accessConfigurations'", "9:9"),
        (
            f"- kafka: {{{TOPIC}, accessConfigurations: {{vpcSubnet: [subnet-1]}}}}",
            "have 'vpcSubnet' and lack 'vpcSecurityGroup'",
            "9:75",
        ),
        (
            f"- kafka: {{{TOPIC}, accessConfigurations: {{saslPlainAuth: [s]}}, startingPosition: AT_TIMESTAMP}}",
            "AT_TIMESTAMP lacks 'startingPositionTimestamp'",
            "9:96",
        ),
        ("- msk: {topic: t}", "the event 'msk' lacks 'arn'", "9:9"),
        ("- msk: {arn: {'Fn::GetAtt': [C, Arn]}, topic: t}", "does not tell the name of its cluster", "9:15"),
        ("- activemq: {arn: a, queue: q}", "the event 'activemq' lacks 'basicAuthArn'", "9:9"),
        ("- rabbitmq: {basicAuthArn: a, queue: q}", "the event 'rabbitmq' lacks 'arn'", "9:9"),
        (f"- cloudFront: {{{EDGE}}}", "the event 'cloudFront' lacks 'origin'", "9:9"),
        (f"- cloudFront: {{{EDGE}, origin: here}}", "not the URL of an origin: 'here'", "9:49"),
        (f"- cloudFront: {{{EDGE}, origin: 'https://a.b', cachePolicy: {{name: x}}}}", "no cache policy 'x'", "9:86"),
        (
            f"- cloudFront: {{{EDGE}, origin: 'https://a.b'}}\n      - cloudFront: {{{EDGE}, origin: 'https://c.d'}}",
            "two origins are asked for the same path",
            "10:9",
        ),
        (
            f"- cloudFront: {{{EDGE}, origin: 'https://a.b'}}\n"
            f"      - cloudFront: {{{EDGE}, includeBody: true, origin: 'https://a.b'}}",
            "two functions are called for 'origin-request' of one path",
            "10:22",
        ),
        (
            f"- cloudFront: {{{EDGE}, pathPattern: /a, origin: 'https://a.b'}}\n"
            f"      - cloudFront: {{{EDGE}, pathPattern: /c, origin: 'https://c.d'}}",
            "several origins, and none is the default",
            "9:9",
        ),
        (
            f"- cloudFront: {{{EDGE}, isDefaultOrigin: true, origin: 'https://a.b'}}\n"
            f"      - cloudFront: {{{EDGE}, isDefaultOrigin: true, pathPattern: /c, origin: 'https://c.d'}}",
            "two origins are the default",
            "10:49",
        ),
    ],
)
def test_mistakes_are_told_with_their_place(compile_text: Compile, event: str, what: str, place: str) -> None:
    with pytest.raises(UserError, match=what) as raised:
        compile_text(f"{FUNCTION}      {event}")
    assert raised.value.where.endswith(f"serverless.yml:{place}")


@pytest.mark.parametrize(
    ("provider", "function", "what"),
    [
        ("region: eu-west-1", "", "have to be in us-east-1, and the service is in eu-west-1"),
        ("region: us-east-1", "memorySize: 129, ", "the memorySize of 'a' is over 128, the most at an edge"),
        ("region: us-east-1", "timeout: 6, ", "the timeout of 'a' is over 5, the most at an edge"),
    ],
)
def test_edges_run_little_and_in_one_region(compile_text: Compile, provider: str, function: str, what: str) -> None:
    event = "{cloudFront: {eventType: viewer-request, origin: 'https://a.b'}}"
    text = (
        f"service: s\nprovider: {{name: aws, runtime: nodejs20.x, {provider}}}\n"
        f"functions: {{a: {{{function}handler: h.handler, events: [{event}]}}}}"
    )
    with pytest.raises(UserError, match=what):
        compile_text(text)
    (told,) = [each for each in texts(compile_text(text, is_lenient=True).warnings) if "refused for it" in each]
    assert what in told and "serverless.yml:3:" in told


def test_other_mistakes_of_providers(compile_text: Compile) -> None:
    head = "service: s\nprovider: {name: aws, runtime: nodejs20.x, "
    with pytest.raises(UserError, match="there is no level 'ALL' of logs") as raised:
        compile_text(
            head + "logs: {websocket: {level: ALL}}}\nfunctions: {a: {handler: h.handler, events: [{websocket: r}]}}"
        )
    assert raised.value.where.endswith("serverless.yml:2:63")
    event = f"{{alb: {{{RULE}, conditions: {{path: /}}, targetGroupName: t}}}}"
    with pytest.raises(UserError, match=r"beside the provider's 'alb\.targetGroupPrefix'"):
        compile_text(
            head + f"alb: {{targetGroupPrefix: p}}}}\nfunctions: {{a: {{handler: h.handler, events: [{event}]}}}}"
        )


def test_a_priority_is_of_one_function_for_each_listener(compile_text: Compile) -> None:
    event = f"{{alb: {{{RULE}, conditions: {{path: /}}}}}}"
    with pytest.raises(UserError, match="the priority 1 is taken by another event 'alb' of 'a'"):
        compile_text(
            f"functions: {{a: {{handler: h.handler, events: [{event}]}}, b: {{handler: h.handler, events: [{event}]}}}}"
        )


def test_a_skill_that_is_not_named_is_told_and_nothing_is_made(compile_text: Compile) -> None:
    compiled = compile_text(f"{FUNCTION}      - alexaSkill")
    (told,) = [warning for warning in texts(compiled.warnings) if "names no skill" in warning]
    assert "serverless.yml:9:9" in told
    assert not any(one["Type"] == "AWS::Lambda::Permission" for one in compiled.template["Resources"].values())


def test_cache_policies_that_no_event_uses_are_told(compile_text: Compile) -> None:
    policies = "cloudFront: {cachePolicies: {used: {MinTTL: 0}, left: {MinTTL: 0}}}"
    text = f"service: s\nprovider: {{name: aws, runtime: nodejs20.x, {policies}}}\n{FUNCTION}"
    text += "      - cloudFront: {eventType: origin-request, origin: 'https://a.b', cachePolicy: {name: used}}"
    for is_lenient in (False, True):
        compiled = compile_text(text, is_lenient=is_lenient)
        (told,) = [warning for warning in texts(compiled.warnings) if "uses the cache policy" in warning]
        assert told.endswith("serverless.yml:2:92: no event 'cloudFront' uses the cache policy 'left'")


MIXED = f"""
service: mixed
provider:
  name: aws
  runtime: nodejs20.x
  environment: {{SOCKETS: {{Ref: WebsocketsApi}}}}
functions:
  a:
    handler: h.handler
    events:
      - http: GET /a
      - websocket: {{route: r}}
      - alb: {{{RULE}, conditions: {{path: /}}}}
      - iot: {{sql: SELECT 1}}
resources:
  extensions:
    WebsocketsDeploymentStage: {{Properties: {{AutoDeploy: true}}}}
  Resources:
    Topic: {{Type: AWS::SNS::Topic, DependsOn: AIotTopicRule1}}
  Outputs:
    Group: {{Value: {{Fn::GetAtt: [AAlbTargetGroup50dc6c495c0c9188, TargetGroupName]}}}}
"""


def test_what_others_refer_to_has_stand_ins_where_one_only_runs(compile_text: Compile) -> None:
    compiled = compile_text(MIXED, is_lenient=True)
    skipped = {
        name: one["Type"] for name, one in compiled.template["Resources"].items() if one["Type"].startswith("Skipped::")
    }
    assert skipped == {
        "AIotTopicRule1": "Skipped::AWS::IoT::TopicRule",
        "AAlbTargetGroup50dc6c495c0c9188": "Skipped::AWS::ElasticLoadBalancingV2::TargetGroup",
    }
    kinds = {one["Type"] for one in compiled.template["Resources"].values()}
    assert {"AWS::ApiGateway::Method", "AWS::ApiGatewayV2::Stage"} < kinds
    assert "ServiceEndpointWebsocket" in compiled.template["Outputs"]
    role = compiled.template["Resources"]["IamRoleLambdaExecution"]
    assert "execute-api:ManageConnections" in str(role)
    (told,) = texts(one for one in compiled.warnings if one.kind is Kind.LEFT_OUT)
    assert [line.split("  ")[1] for line in told.split("\n")[1:]] == ["alb of a", "iot of a"]


def test_all_of_it_is_compiled_for_aws(compile_text: Compile) -> None:
    compiled = compile_text(MIXED)
    assert not any(one.kind is Kind.LEFT_OUT for one in compiled.warnings)
    assert compiled.template["Resources"]["WebsocketsDeploymentStage"]["Properties"]["AutoDeploy"] is True
    assert not any(one["Type"].startswith("Skipped::") for one in compiled.template["Resources"].values())
    assert [called for called, _ in compiled.unmade_events] == ["alb of a", "iot of a"]
