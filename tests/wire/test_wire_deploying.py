"""Services of many shapes, compiled and deployed to a running cloud: what the compiler writes, CloudFormation makes."""

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
