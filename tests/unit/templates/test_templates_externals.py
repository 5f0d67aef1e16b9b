"""What a file names by ARN, and what the deployment is given beside the template."""

from collections.abc import Callable

import pytest
from tests.conftest import texts

from stratolite.templates.serverless import Compiled, External

Compile = Callable[..., Compiled]
HEAD = "service: shop\nprovider:\n  name: aws\n  runtime: nodejs20.x\n"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:user-events"


def test_topics_of_others_are_told_with_their_place(compile_text: Compile) -> None:
    compiled = compile_text(f"functions: {{a: {{handler: h.handler, events: [{{sns: '{TOPIC}'}}]}}}}")
    assert compiled.externals == (External(TOPIC, "sns", "eu-west-1", "123456789012", "user-events"),)
    assert not compiled.warnings


def test_a_topic_that_the_file_makes_is_none_of_others(compile_text: Compile) -> None:
    own = "arn:aws:sns:us-east-1:000000000000:mine"
    text = f"functions: {{a: {{handler: h.handler, events: [{{sns: mine}}], environment: {{T: '{own}'}}}}}}"
    assert compile_text(text).externals == ()
    other = compile_text(text.replace("000000000000", "123456789012"))
    assert [each.account for each in other.externals] == ["123456789012"]
    assert "is not the topic 'mine' that the file makes" in texts(other.warnings)[0]


def test_an_account_that_is_none_is_the_one_here_under_up(compile_text: Compile) -> None:
    arn = "arn:aws:sns:us-east-1:XXXXXXXXXXXX:users"
    text = f"functions: {{a: {{handler: h.handler, events: [{{sns: '{arn}'}}]}}}}"
    assert "is not 12 digits" in texts(compile_text(text).warnings)[0]
    compiled = compile_text(text, is_lenient=True)
    assert [each.arn for each in compiled.externals] == ["arn:aws:sns:us-east-1:000000000000:users"]
    told = f"accounts of AWS have 12 digits: 000000000000 is taken for that of {arn}"
    assert (texts(compiled.warnings), texts(compiled.local_warnings)) == ((), (told,))


@pytest.mark.parametrize(
    ("event", "arn", "service", "resource"),
    [
        ("sqs", "arn:aws:sqs:eu-west-1:123456789012:jobs.fifo", "sqs", "jobs.fifo"),
        (
            "stream",
            "arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/2024-01-01T00:00:00.000",
            "dynamodb",
            "table/t/stream/2024-01-01T00:00:00.000",
        ),
    ],
)
def test_sources_of_others(compile_text: Compile, event: str, arn: str, service: str, resource: str) -> None:
    compiled = compile_text(f"functions: {{a: {{handler: h.handler, events: [{{{event}: '{arn}'}}]}}}}")
    assert [(each.arn, each.service, each.resource) for each in compiled.externals] == [(arn, service, resource)]


def test_a_source_whose_arn_is_put_together(compile_text: Compile) -> None:
    join = "{'Fn::Join': [':', [arn, aws, sqs, {Ref: 'AWS::Region'}, {Ref: 'AWS::AccountId'}, jobs]]}"
    text = f"functions: {{a: {{handler: h.handler, events: [{{sqs: {{arn: {join}}}}}]}}}}\n"
    assert [each.arn for each in compile_text(text).externals] == ["arn:aws:sqs:us-east-1:000000000000:jobs"]
    own = (
        "resources: {Resources: {Q: {Type: 'AWS::SQS::Queue', Properties: {QueueName: {'Fn::Join': ['', [jo, bs]]}}}}}"
    )
    assert compile_text(text + own).externals == ()


def test_destinations_of_others(compile_text: Compile) -> None:
    bus, queue = "arn:aws:events:us-east-1:123456789012:event-bus/b", "arn:aws:sqs:us-east-1:123456789012:q"
    text = f"functions: {{a: {{handler: h.handler, destinations: {{onSuccess: '{bus}', onFailure: '{queue}'}}}}}}"
    assert {each.arn for each in compile_text(text).externals} == {bus, queue}


def test_functions_of_others(compile_text: Compile) -> None:
    other, own = (f"arn:aws:lambda:us-east-1:000000000000:function:{name}" for name in ("other", "shop-dev-a"))
    destinations = f"{{onSuccess: '{other}', onFailure: '{own}'}}"
    compiled = compile_text(
        f"functions: {{a: {{handler: h.handler, destinations: {destinations}, environment: {{X: '{other}:live'}}}}}}"
    )
    assert [(each.arn, each.resource) for each in compiled.externals] == [(other, "function:other")]


def test_queues_and_tables_that_the_file_makes_are_none_of_others(compile_text: Compile) -> None:
    queue = "arn:aws:sqs:us-east-1:000000000000:mine"
    stream = "arn:aws:dynamodb:us-east-1:000000000000:table/mine/stream/x"
    compiled = compile_text(
        f"""
        functions: {{a: {{handler: h.handler, events: [{{sqs: '{queue}'}}, {{stream: '{stream}'}}]}}}}
        resources:
          Resources:
            Q: {{Type: 'AWS::SQS::Queue', Properties: {{QueueName: mine}}}}
            T: {{Type: 'AWS::DynamoDB::Table', Properties: {{TableName: mine}}}}
        """
    )
    assert compiled.externals == ()
    assert not compiled.warnings


def test_layers_and_notified_topics_count(compile_text: Compile) -> None:
    layer = "arn:aws:lambda:us-east-1:123456789012:layer:shared:3"
    compiled = compile_text(
        f"{HEAD}  layers: ['{layer}']\n  notificationArns: ['{TOPIC}']\nfunctions: {{a: {{handler: h.handler}}}}"
    )
    assert {each.arn for each in compiled.externals} == {layer, TOPIC}


def test_a_deployment_bucket_of_the_users_own_counts(compile_text: Compile) -> None:
    compiled = compile_text(f"{HEAD}  deploymentBucket: mine\nfunctions: {{a: {{handler: h.handler}}}}")
    assert compiled.externals == (External("arn:aws:s3:::mine", "s3", "us-east-1", "000000000000", "mine"),)


def test_an_account_is_twelve_digits(compile_text: Compile) -> None:
    compiled = compile_text("functions: {a: {handler: h.handler, events: [{sns: 'arn:aws:sns:us-east-1:123:t'}]}}")
    assert [each.account for each in compiled.externals] == ["123"]
    [warning] = texts(compiled.warnings)
    assert "'123'" in warning and "not 12 digits" in warning


def test_settings_of_the_stack(compile_text: Compile) -> None:
    settings = "  stackTags: {cost: low}\n  disableRollback: true\n  iam: {deploymentRole: 'arn:aws:iam::1:role/d'}\n"
    settings += "  stackParameters: [{ParameterKey: P, ParameterValue: v}]\n"
    settings += "  stackPolicy: [{Effect: Allow, Principal: '*', Action: ['Update:*'], Resource: '*'}]\n"
    compiled = compile_text(f"{HEAD}{settings}functions: {{a: {{handler: h.handler}}}}")
    deployment = compiled.deployment
    assert deployment.stack_tags == {"STAGE": "dev", "cost": "low"}
    assert deployment.stack_parameters == ({"ParameterKey": "P", "ParameterValue": "v"},)
    assert (deployment.disable_rollback, deployment.role_arn) == (True, "arn:aws:iam::1:role/d")
    assert len(deployment.stack_policy) == 1
    [warning] = texts(compiled.local_warnings)
    assert "serverless.yml:9:3: provider.stackPolicy has no effect with 'up'" in warning


def test_a_stage_tag_of_the_users_own_wins(compile_text: Compile) -> None:
    compiled = compile_text(f"{HEAD}  stackTags: {{Stage: mine}}\nfunctions: {{a: {{handler: h.handler}}}}")
    assert compiled.deployment.stack_tags == {"Stage": "mine"}


def test_a_bucket_that_only_its_policy_names_is_made_elsewhere(compile_text: Compile) -> None:
    policy = "{Type: AWS::S3::BucketPolicy, Properties: {Bucket: theirs, PolicyDocument: {Statement: []}}}"
    compiled = compile_text(f"resources: {{Resources: {{Policy: {policy}}}}}", is_lenient=True)
    assert [each.arn for each in compiled.externals] == ["arn:aws:s3:::theirs"]
    bucket = "{Type: AWS::S3::Bucket, Properties: {BucketName: theirs}}"
    own = f"resources: {{Resources: {{Policy: {policy}, Bucket: {bucket}}}}}"
    assert compile_text(own, is_lenient=True).externals == ()
