"""Events: mistakes are told with their place, and those that nothing here causes are left out where one only runs."""

from collections.abc import Callable

import pytest
from tests.conftest import texts

from stratolite.core.errors import UserError
from stratolite.core.warning import Kind
from stratolite.templates.serverless import Compiled
from stratolite.templates.serverless.events import AWS_ALONE, EVENTS

KINESIS = "arn:aws:kinesis:us-east-1:123456789012:stream/s"
Compile = Callable[..., Compiled]
FUNCTION = "functions:\n  a:\n    handler: h.handler\n    events:\n"


def test_what_is_left_out_is_compiled_for_aws() -> None:
    assert EVENTS.keys() > AWS_ALONE


@pytest.mark.parametrize(
    ("event", "what", "place"),
    [
        ("- http", "the event 'http' has no settings", "9:9"),
        ("- http:", "the event 'http' has no settings", "9:9"),
        ("- htpp: GET /x", "there is no event 'htpp'", "9:9"),
        ("- http:\n        path: x\n        method: get", "the event 'http' has no settings", "9:9"),
        ("- 5", "is not a map", "9:9"),
        ("- http: GET", "has no path", "9:9"),
        ("- http: FETCH /x", "no method of HTTP, but 'FETCH'", "9:9"),
        ("- http: {method: get}", "has no path", "9:9"),
        ("- http: {path: x}", "has no method", "9:9"),
        ("- http: {path: x, method: get, integration: magic}", "there is no integration 'magic'", "9:38"),
        ("- http: {path: x, method: get, integration: http}", "needs request.uri", "9:9"),
        (
            "- http: {path: x, method: get, integration: http, connectionType: vpc-link, request: {uri: u}}",
            "needs connectionId",
            "9:57",
        ),
        ("- http: {path: x, method: get, authorizer: nobody}", "no function 'nobody'", "9:38"),
        ("- http: {path: x, method: get, authorizer: {type: token}}", "neither a name nor an arn", "9:38"),
        ("- http: {path: x, method: get, authorizer: {arn: {Ref: A}}}", "the authorizer has no name", "9:38"),
        (
            "- http: {path: x, method: get, authorizer: {arn: 'arn:aws:cognito-idp:x:1:userpool/p', claims: [a]}}",
            "passes on all claims",
            "9:94",
        ),
        ("- sns: {displayName: x}", "lacks 'topicName'", "9:9"),
        ("- sns: {arn: {Ref: T}}", "lacks 'topicName'", "9:15"),
        ("- sns: {topicName: t, redrivePolicy: {x: y}}", "names no queue", "9:29"),
        ("- sns: {topicName: t, redrivePolicy: {deadLetterTargetArn: q}}", "not the ARN of a queue", "9:45"),
        ("- schedule: {enabled: true}", "lacks 'rate'", "9:9"),
        ("- schedule: {rate: [rate(1 day), rate(2 days)], name: n}", "cannot have a name", "9:55"),
        ("- schedule: {rate: rate(1 day), method: cron}", "there is no method 'cron'", "9:39"),
        ("- schedule: {rate: rate(1 day), timezone: UTC}", "does not go with the method 'eventBus'", "9:39"),
        (
            "- schedule: {rate: rate(1 day), method: scheduler, inputPath: $.a}",
            "does not go with the method 'scheduler'",
            "9:58",
        ),
        ("- schedule: {rate: rate(1 day), input: {body: '{'}}", "the body of the input is not JSON", "9:47"),
        ("- s3: {event: 's3:ObjectCreated:*'}", "lacks 'bucket'", "9:9"),
        ("- s3: {bucket: {Ref: B}}", "named by an intrinsic function exists already", "9:14"),
        ("- s3: Not_a_bucket", "not the name of a bucket: 'Not_a_bucket'", "9:9"),
        (
            "- s3: {bucket: a, existing: true}\n      - s3: {bucket: b, existing: true}",
            "can hear of one existing bucket only",
            "10:14",
        ),
        ("- eventBridge: shop", "the event 'eventBridge' takes a map", "9:9"),
        ("- eventBridge: {eventBus: b}", "lacks 'pattern' and 'schedule'", "9:9"),
        ("- eventBridge: {schedule: rate(1 day), input: {a: 1}, inputPath: $.a}", "has input and inputPath", "9:61"),
        ("- cloudwatchEvent: {name: n}", "the event 'cloudwatchEvent' lacks 'event'", "9:9"),
        ("- cognitoUserPool: p", "the event 'cognitoUserPool' takes a map", "9:9"),
        ("- cognitoUserPool: {pool: p}", "the event 'cognitoUserPool' lacks 'trigger'", "9:9"),
        (
            "- cognitoUserPool: {pool: p, trigger: PreSignUp, existing: true}\n"
            "      - cognitoUserPool: {pool: q, trigger: PreSignUp, existing: true}",
            "can be called by one existing pool only",
            "10:27",
        ),
        (
            "- cognitoUserPool: {pool: p, trigger: CustomSMSSender, existing: true}",
            "the pool p lacks 'kmsKeyId'",
            "9:9",
        ),
        ("- cognitoUserPool: {pool: p, trigger: CustomSMSSender}", "the pool p lacks 'kmsKeyId'", "9:9"),
        (
            "- cognitoUserPool: {pool: p, trigger: CustomSMSSender, kmsKeyId: 'arn:a'}\n"
            "      - cognitoUserPool: {pool: p, trigger: CustomEmailSender, kmsKeyId: 'arn:b'}",
            "the pool p has two keys",
            "10:64",
        ),
        ("- cloudwatchLog: {filter: x}", "the event 'cloudwatchLog' lacks 'logGroup'", "9:9"),
        (
            "- cloudwatchLog: g\n      - cloudwatchLog: g\n      - cloudwatchLog: g",
            "the log group g has more than 2 subscriptions",
            "11:9",
        ),
        ("- sqs: {batchSize: 5}", "does not tell the name of its queue", "9:9"),
        ("- sqs: {arn: {Ref: Q}}", "does not tell the name of its queue", "9:15"),
        ("- sqs: {arn: {'Fn::ImportValue': {Ref: Q}}}", "does not tell the name of its queue", "9:15"),
        ("- sqs: {arn: x, filterPatterns: {a: b}}", "sqs.filterPatterns has to be a list", "9:23"),
        (
            f"- stream: {{arn: '{KINESIS}', consumer: true, startingPosition: AT_TIMESTAMP}}",
            "AT_TIMESTAMP lacks 'startingPositionTimestamp'",
            "9:90",
        ),
        ("- stream: table", "does not tell of which service its stream is", "9:9"),
        ("- stream: {arn: {'Fn::GetAtt': [T, StreamArn]}}", "does not tell of which service", "9:18"),
        ("- stream: 'arn:aws:dynamodb:x:1:t'", "does not tell the name of its stream", "9:9"),
        ("- stream: {type: dynamodb, arn: {'Fn::Sub': x}}", "does not tell the name of its stream", "9:34"),
        (
            "- stream: {type: dynamodb, arn: {Ref: T}, destinations: {onFailure: {arn: {Ref: Q}}}}",
            "the destination 'onFailure' is of no known kind",
            "9:64",
        ),
    ],
)
def test_mistakes_are_told_with_their_place(compile_text: Compile, event: str, what: str, place: str) -> None:
    with pytest.raises(UserError, match=what) as raised:
        compile_text(f"{FUNCTION}      {event}")
    assert f"serverless.yml:{place}" in raised.value.where


def test_events_have_to_be_a_list(compile_text: Compile) -> None:
    with pytest.raises(UserError, match="have to be a list"):
        compile_text("functions: {a: {handler: h.handler, events: {http: GET x}}}")


STREAM = "arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/2024"


@pytest.mark.parametrize("setting", ["consumer: true", "startingPositionTimestamp: 5"])
def test_settings_of_kinesis_have_no_effect_on_dynamodb(compile_text: Compile, setting: str) -> None:
    compiled = compile_text(f"{FUNCTION}      - stream: {{arn: '{STREAM}', {setting}}}")
    [warning] = texts(compiled.warnings)
    assert f"{setting.partition(':')[0]!r} has no effect on a stream of DynamoDB" in warning


def test_sources_of_several_functions_are_allowed_in_the_frameworks_order(compile_text: Compile) -> None:
    """Streams function by function, then all queues together: as serverless 3.40.0 writes them."""
    compiled = compile_text(
        f"""
        functions:
          a: {{handler: h.handler, events: [{{sqs: 'arn:aws:sqs:us-east-1:1:q'}}, {{stream: '{STREAM}'}}]}}
          b: {{handler: h.handler, events: [{{stream: '{STREAM}'}}, {{sqs: 'arn:aws:sqs:us-east-1:1:r'}}]}}
        """
    )
    role = compiled.template["Resources"]["IamRoleLambdaExecution"]["Properties"]
    statements = role["Policies"][0]["PolicyDocument"]["Statement"]
    assert [(one["Action"][0], one["Resource"]) for one in statements[2:]] == [
        ("dynamodb:GetRecords", [STREAM]),
        ("dynamodb:GetRecords", [STREAM]),
        ("sqs:ReceiveMessage", ["arn:aws:sqs:us-east-1:1:q", "arn:aws:sqs:us-east-1:1:r"]),
    ]


def test_where_the_rest_may_run_without_them_they_are_left_out_in_one_warning(compile_text: Compile) -> None:
    text = f"{FUNCTION}      - alexaSkill: amzn1\n      - iot: {{sql: s}}\n      - http: GET /a\n"
    compiled = compile_text(text, is_lenient=True)
    (told,) = texts(one for one in compiled.warnings if one.kind is Kind.LEFT_OUT)
    first, *lines = told.split("\n")
    assert first == "2 events are of a kind that is not run here yet, and left out:"
    assert [line.split("  ")[1] for line in lines] == ["alexaSkill of a", "iot of a"]
    assert [line.rpartition("serverless.yml:")[2] for line in lines] == ["9:9", "10:9"]
    kinds = {one["Type"] for one in compiled.template["Resources"].values()}
    assert "AWS::ApiGateway::Method" in kinds and "AWS::Lambda::EventSourceMapping" not in kinds


def test_an_event_whose_settings_are_not_indented_is_left_out_where_the_rest_may_run(compile_text: Compile) -> None:
    """The Serverless Framework 3.40.0 makes nothing of it, and says 'unsupported function event'."""
    text = f"{FUNCTION}      - http:\n        path: x\n        method: get\n      - httpApi:\n      - http: GET /a\n"
    compiled = compile_text(text, is_lenient=True)
    told = texts(one for one in compiled.warnings if one.kind is Kind.LEFT_OUT)
    assert [line.rpartition("serverless.yml:")[2] for line in told] == [
        "9:9: the event 'http' has no settings: it is left out. Indent them below its name.",
        "12:9: the event 'httpApi' has no settings: it is left out. Write '- httpApi: ...'.",
    ]
    methods = [one for one in compiled.template["Resources"].values() if one["Type"] == "AWS::ApiGateway::Method"]
    assert len(methods) == 1


def test_what_stands_beside_an_event_has_no_effect_and_is_told(compile_text: Compile) -> None:
    text = f"{FUNCTION}      - http: GET /a\n        cors: true\n"
    compiled = compile_text(text, is_lenient=True)
    (told,) = [one for one in texts(compiled.warnings) if "stands beside an event" in one]
    assert "10:9: 'cors' stands beside an event and is none" in told
    methods = [one for one in compiled.template["Resources"].values() if one["Type"] == "AWS::ApiGateway::Method"]
    assert [one["Properties"]["HttpMethod"] for one in methods] == ["GET"]
    with pytest.raises(UserError, match="there is no event 'cors'"):
        compile_text(text)


def test_triggers_of_pools_are_told_where_nobody_signs_in(compile_text: Compile) -> None:
    events = (
        "[{cognitoUserPool: {pool: p, trigger: PreSignUp}}, {cognitoUserPool: {pool: q, trigger: X, existing: true}}]"
    )
    text = f"functions:\n  a: {{handler: h.handler, events: {events}}}"
    compiled = compile_text(text, is_lenient=True)
    (told,) = [each for each in texts(compiled.local_warnings) if "triggers" in each]
    assert told.endswith("triggers of user pools never fire: PreSignUp of a")
    (left_out,) = texts(one for one in compiled.warnings if one.kind is Kind.LEFT_OUT)
    assert "cognitoUserPool of a" in left_out
    resources = compiled.template["Resources"]
    assert [name for name, one in resources.items() if one["Type"] == "AWS::Cognito::UserPool"] == ["CognitoUserPoolP"]
