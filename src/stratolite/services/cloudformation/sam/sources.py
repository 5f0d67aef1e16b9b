"""What Lambda polls for a function: queues and streams.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-sqs.html,
sam-property-function-kinesis.html and sam-property-function-dynamodb.html
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from stratolite.services.cloudformation.sam.expansion import Expansion
from stratolite.services.cloudformation.sam.role import allowing, managed

if TYPE_CHECKING:
    from stratolite.services.cloudformation.sam.functions import Function

_COMMON = (
    "BatchSize",
    "BisectBatchOnFunctionError",
    "Enabled",
    "FilterCriteria",
    "FunctionResponseTypes",
    "KmsKeyArn",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "MetricsConfig",
    "ParallelizationFactor",
    "ProvisionedPollerConfig",
    "ScalingConfig",
    "StartingPosition",
    "StartingPositionTimestamp",
    "TumblingWindowInSeconds",
)
_LETTERS = {"SQS": "sqs:SendMessage", "SNS": "sns:Publish", "S3Bucket": "s3:PutObject"}


def _mapping(
    expansion: Expansion, function: "Function", event: str, given: Mapping[str, Any], *, source: str, policy: str
) -> None:
    function.known(event, given, {*_COMMON, source, "DestinationConfig"})
    properties: dict[str, Any] = {
        "EventSourceArn": function.required(event, given, source),
        "FunctionName": function.target,
    }
    properties |= {key: given[key] for key in _COMMON if key in given}
    failure = (given.get("DestinationConfig") or {}).get("OnFailure")
    if failure:
        destination = failure.get("Destination")
        properties["DestinationConfig"] = {"OnFailure": {"Destination": destination}}
        kind = failure.get("Type")
        if kind in _LETTERS:
            name = f"{function.name}{event}{kind}Policy"
            function.inline.append(allowing(name, _LETTERS[kind], destination))
    name = f"{function.name}{event}"
    expansion.add(name, "AWS::Lambda::EventSourceMapping", properties, **function.condition)
    function.managed.append(managed(policy))


EVENTS: dict[str, Callable[[Expansion, "Function", str, Mapping[str, Any]], None]] = {
    "SQS": partial(_mapping, source="Queue", policy="AWSLambdaSQSQueueExecutionRole"),
    "Kinesis": partial(_mapping, source="Stream", policy="AWSLambdaKinesisExecutionRole"),
    "DynamoDB": partial(_mapping, source="Stream", policy="AWSLambdaDynamoDBExecutionRole"),
}
