"""Services of many shapes, compiled and deployed to a running cloud: what the compiler writes, CloudFormation makes."""

import time
from pathlib import Path
from textwrap import dedent

import pytest
from tests.conftest import RunningCloud

from stratolite.cli.application import load
from stratolite.cli.options import Choices
from stratolite.core.call import Call
from stratolite.targets.local import Deployed, LocalTarget

ACCOUNT = "000000000000"
FUNCTION = "exports.handler = async () => ({ statusCode: 200 });\n"
SERVICES = {
    "every-setting-of-a-function": """
        provider:
          name: aws
          runtime: nodejs20.x
          deploymentBucket: {blockPublicAccess: true, versioning: true, tags: {a: b}}
          iam: {role: {path: /p/, tags: {a: b}, statements: [{Effect: Allow, Action: 'sns:Publish', Resource: '*'}]}}
        functions:
          a:
            handler: h.handler
            maximumRetryAttempts: 1
            maximumEventAge: 60
            reservedConcurrency: 2
            ephemeralStorageSize: 1024
            tracing: Active
            onError: arn:aws:sns:us-east-1:123456789012:errors
            tags: {team: core}
            logRetentionInDays: 7
        """,
    "an-api": """
        provider:
          name: aws
          runtime: nodejs20.x
          endpointType: REGIONAL
          tags: {team: core}
          logs: {restApi: true}
          apiGateway:
            apiKeys: [{name: one-key, value: abcdefghijklmnopqrstuvwxyz}]
            usagePlan: {quota: {limit: 5, period: DAY}, throttle: {burstLimit: 2, rateLimit: 3}}
            binaryMediaTypes: image/png
            minimumCompressionSize: 1024
        functions:
          a:
            handler: h.handler
            events:
              - http: {path: 'users/{id}', method: get, cors: {origins: ['https://a.com', 'https://*.b.com']}}
              - http: {path: users, method: post, private: true, request: {schemas: {application/json: {type: object}}}}
              - http: {path: users, method: get, request: {parameters: {querystrings: {page: true}}}}
              - http: {path: '{proxy+}', method: any, cors: true}
              - http: {path: old, method: get, integration: lambda}
              - http: {path: told, method: post, async: true}
              - http: {path: fixed, method: get, integration: mock}
        """,
    "topics": """
        provider: {name: aws, runtime: nodejs20.x}
        functions:
          a:
            handler: h.handler
            events:
              - sns: made
              - sns: {topicName: filtered, displayName: Filtered, filterPolicy: {type: [created, {prefix: x}]}}
              - sns: arn:aws:sns:us-east-1:123456789012:others
              - sns: {arn: 'arn:aws:sns:eu-west-1:123456789012:far', filterPolicy: {a: [b]}}
              - sns: {arn: {Ref: Own}, topicName: own}
        resources: {Resources: {Own: {Type: AWS::SNS::Topic}}}
        """,
    "queues-and-streams": """
        provider: {name: aws, runtime: nodejs20.x}
        functions:
          a:
            handler: h.handler
            timeout: 40
            destinations:
              onSuccess: arn:aws:events:us-east-1:123456789012:event-bus/others
              onFailure: arn:aws:sqs:us-east-1:123456789012:failures
            events:
              - sqs: arn:aws:sqs:us-east-1:123456789012:others
              - sqs: {arn: 'arn:aws:sqs:us-east-1:123456789012:others.fifo', batchSize: 5}
              - sqs: {arn: {'Fn::GetAtt': [Own, Arn]}, enabled: false, maximumConcurrency: 2}
              - stream: arn:aws:dynamodb:us-east-1:123456789012:table/others/stream/2024-01-01T00:00:00.000
              - stream:
                  type: dynamodb
                  arn: {'Fn::GetAtt': [Table, StreamArn]}
                  batchWindow: 1
                  parallelizationFactor: 2
                  maximumRecordAgeInSeconds: 60
                  destinations: {onFailure: 'arn:aws:sns:us-east-1:123456789012:failures'}
        resources:
          Resources:
            Own: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 40}}
            Table:
              Type: AWS::DynamoDB::Table
              Properties:
                AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
                KeySchema: [{AttributeName: id, KeyType: HASH}]
                BillingMode: PAY_PER_REQUEST
                StreamSpecification: {StreamViewType: NEW_IMAGE}
        """,
    "functions": """
        provider: {name: aws, runtime: nodejs20.x}
        functions:
          a:
            handler: h.handler
            url: {authorizer: aws_iam, cors: true}
            destinations: {onSuccess: 'arn:aws:lambda:us-east-1:000000000000:function:others', onFailure: b}
          b:
            handler: h.handler
            provisionedConcurrency: 1
            url: {invokeMode: RESPONSE_STREAM}
            maximumEventAge: 60
        """,
    "layers-and-a-bucket-of-its-own": """
        provider: {name: aws, runtime: nodejs20.x, deploymentBucket: my-own-bucket}
        layers: {shared: {path: layer, description: d}}
        functions:
          a: {handler: h.handler, layers: [{Ref: SharedLambdaLayer}, 'arn:aws:lambda:us-east-1:123456789012:layer:x:2']}
        """,
}


def deploy(cloud: RunningCloud, folder: Path) -> Deployed:
    application = load(folder, Choices())
    target = LocalTarget(cloud.cloud.world.operations, cloud.clock, Call(account=ACCOUNT))
    deployed = cloud.run(target.execute(application.plan(), lambda progress: None))
    assert isinstance(deployed, Deployed)
    return deployed


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_made_once(cloud: RunningCloud, tmp_path: Path, name: str) -> None:
    (tmp_path / "serverless.yml").write_text(f"service: {name}\n{dedent(SERVICES[name])}")
    (tmp_path / "h.js").write_text(FUNCTION)
    (tmp_path / "layer").mkdir()
    (tmp_path / "layer" / "x.txt").write_text("x")
    assert deploy(cloud, tmp_path).changed
    again = deploy(cloud, tmp_path)
    assert not again.changed and not again.stand_ins
    stacks = cloud.client("cloudformation", account=ACCOUNT).describe_stacks(StackName=f"{name}-dev")["Stacks"]
    assert stacks[0]["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    assert {"Key": "STAGE", "Value": "dev"} in stacks[0]["Tags"]


def test_stand_ins_call_functions(cloud: RunningCloud, tmp_path: Path) -> None:
    """A queue and a table of another account, whose stream has another name here."""
    queue = "arn:aws:sqs:us-east-1:210987654321:told"
    stream = "arn:aws:dynamodb:us-east-1:210987654321:table/told/stream/2024-01-01T00:00:00.000"
    (tmp_path / "serverless.yml").write_text(
        dedent(
            f"""
            service: of-others
            provider: {{name: aws, runtime: nodejs20.x}}
            functions:
              a: {{handler: h.handler, events: [{{sqs: '{queue}'}}, {{stream: '{stream}'}}]}}
            """
        )
    )
    (tmp_path / "h.js").write_text("exports.handler = async (event) => console.log(event.Records[0].eventSource);\n")
    assert len(deploy(cloud, tmp_path).stand_ins) == 2
    sqs, dynamodb = (cloud.client(service, account="210987654321") for service in ("sqs", "dynamodb"))
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="told")["QueueUrl"], MessageBody="x")
    dynamodb.put_item(TableName="told", Item={"id": {"S": "x"}})
    logs = cloud.client("logs", account=ACCOUNT)

    def said() -> set[str]:
        cloud.drain()
        found = logs.filter_log_events(logGroupName="/aws/lambda/of-others-dev-a", filterPattern="INFO")["events"]
        return {one["message"].split()[-1] for one in found}

    until_s = time.monotonic() + 120
    while (found := said()) != {"aws:sqs", "aws:dynamodb"}:
        assert time.monotonic() < until_s, found
