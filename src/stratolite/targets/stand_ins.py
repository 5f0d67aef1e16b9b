"""Stand-ins: what an application names by ARN and does not make, made empty in the place that the ARN names.

A topic of another team, a layer of a vendor: they exist on AWS and not on this machine. A stand-in lets the rest run;
it does nothing that the real thing does, which is why each one is told to the user.
"""

import io
import json
import zipfile
from dataclasses import dataclass
from typing import Any

from stratolite.core.arn import Arn
from stratolite.core.call import REGION_DEFAULT, Call
from stratolite.core.errors import AwsError, UserError
from stratolite.core.service import Operations
from stratolite.targets.plan import MakeStandIn
from stratolite.templates.serverless.variables.stand_in import arn_for, text_for

VISIBILITY_S_MIN = 30
LAYER_VERSION_MAX = 2000
"""A layer's version number is reached by publishing; a higher one is refused."""
_TABLE = {
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
}
"""A table about which nothing is known but its name."""
_NOTHING = {"Effect": "Deny", "Action": "none:none", "Resource": "*"}
"""A statement that says nothing: a policy has to have one."""


@dataclass(frozen=True, slots=True)
class StandIn:
    """What stands in for something. ``arn`` is its own: another one than was named, for the stream of a table."""

    arn: str
    is_new: bool


async def make(operations: Operations, call: Call, step: MakeStandIn) -> StandIn:
    """Make what an ARN names, unless it is there. Raises UserError for what has no stand-in."""
    parts = Arn.parse(step.arn)
    if step.service == "s3":
        return StandIn(step.arn, await _bucket(operations, call, parts.resource))
    there = call.within(parts.account, parts.region)
    if step.service == "sns":
        return StandIn(step.arn, await _topic(operations, there, parts))
    if step.service == "sqs":
        return StandIn(step.arn, await _queue(operations, there, parts, step.timeout_s))
    if step.service == "iam":
        return StandIn(step.arn, await _policy(operations, call, parts))
    if step.service == "logs":
        return StandIn(step.arn, await _log_group(operations, there, parts))
    if step.service == "events":
        return StandIn(step.arn, await _bus(operations, there, parts))
    if step.service == "ssm":
        return StandIn(step.arn, await _parameter(operations, there, parts))
    if step.service == "dynamodb":
        return await _stream(operations, there, parts)
    if step.service == "lambda" and parts.resource.startswith("layer:"):
        return StandIn(step.arn, await _layer(operations, there, parts))
    if step.service == "lambda" and parts.resource.startswith("function:"):
        return StandIn(step.arn, await _function(operations, there, parts))
    arn = step.arn
    raise UserError(f"there is no stand-in for {arn}", todo="Make it in this file, or name one that it makes.")


async def _topic(operations: Operations, call: Call, arn: Arn) -> bool:
    try:
        await operations.perform(call, "sns", "GetTopicAttributes", {"TopicArn": str(arn)})
    except AwsError as error:
        if error.code not in ("NotFound", "NotFoundException"):
            raise
        await operations.perform(call, "sns", "CreateTopic", {"Name": arn.resource})
        return True
    return False


async def _queue(operations: Operations, call: Call, arn: Arn, timeout_s: int) -> bool:
    try:
        await operations.perform(call, "sqs", "GetQueueUrl", {"QueueName": arn.resource})
    except AwsError as error:
        if not error.code.endswith(("QueueDoesNotExist", "NonExistentQueue")):
            raise
    else:
        return False
    # A function may not run longer than its queue hides what it works on.
    attributes = {"VisibilityTimeout": str(max(timeout_s, VISIBILITY_S_MIN))}
    if arn.resource.endswith(".fifo"):
        attributes["FifoQueue"] = "true"
    await operations.perform(call, "sqs", "CreateQueue", {"QueueName": arn.resource, "Attributes": attributes})
    return True


async def _bus(operations: Operations, call: Call, arn: Arn) -> bool:
    name = arn.resource.removeprefix("event-bus/")
    try:
        await operations.perform(call, "events", "DescribeEventBus", {"Name": name})
    except AwsError as error:
        if error.code != "ResourceNotFoundException":
            raise
        await operations.perform(call, "events", "CreateEventBus", {"Name": name})
        return True
    return False


async def _log_group(operations: Operations, call: Call, arn: Arn) -> bool:
    try:
        request = {"logGroupName": arn.resource.removeprefix("log-group:")}
        await operations.perform(call, "logs", "CreateLogGroup", request)
    except AwsError as error:
        if error.code != "ResourceAlreadyExistsException":
            raise
        return False
    return True


async def _parameter(operations: Operations, call: Call, arn: Arn) -> bool:
    """A parameter whose value says what it stands for; an ARN where its name says that it is one."""
    name = arn.resource.removeprefix("parameter")
    name = name if name.count("/") > 1 else name.removeprefix("/")
    try:
        await operations.perform(call, "ssm", "GetParameter", {"Name": name})
    except AwsError as error:
        if error.code != "ParameterNotFound":
            raise
        text = text_for(name)
        value = arn_for(text, call.region, call.account) if text.endswith("-arn") else text
        await operations.perform(call, "ssm", "PutParameter", {"Name": name, "Type": "String", "Value": value})
        return True
    return False


async def _policy(operations: Operations, call: Call, arn: Arn) -> bool:
    """A managed policy that allows nothing."""
    try:
        await operations.perform(call, "iam", "GetPolicy", {"PolicyArn": str(arn)})
    except AwsError as error:
        if error.code not in ("NoSuchEntity", "NoSuchEntityException"):
            raise
    else:
        return False
    path, _, name = arn.resource.removeprefix("policy").rpartition("/")
    request = {
        "PolicyName": name,
        "Path": f"{path}/",
        "Description": "An empty stand-in for a policy that is not on this machine",
        "PolicyDocument": json.dumps({"Version": "2012-10-17", "Statement": [_NOTHING]}),
    }
    await operations.perform(call, "iam", "CreatePolicy", request)
    return True


async def _stream(operations: Operations, call: Call, arn: Arn) -> StandIn:
    """The stream of a table. Its label is the time when it was made here, so that its ARN is another one."""
    name = arn.resource.split("/")[1]
    is_new = False
    try:
        table = (await operations.perform(call, "dynamodb", "DescribeTable", {"TableName": name}))["Table"]
    except AwsError as error:
        if error.code != "ResourceNotFoundException":
            raise
        table = (await operations.perform(call, "dynamodb", "CreateTable", {"TableName": name, **_TABLE}))[
            "TableDescription"
        ]
        is_new = True
    if "LatestStreamArn" not in table:
        raise UserError(f"the table {name} has no stream", where=str(arn), todo="Give it a StreamSpecification.")
    return StandIn(table["LatestStreamArn"], is_new)


async def _bucket(operations: Operations, call: Call, name: str) -> bool:
    """A bucket in the account and region that are deployed to: an ARN of S3 names neither."""
    request: dict[str, Any] = {"Bucket": name}
    if call.region != REGION_DEFAULT:
        request["CreateBucketConfiguration"] = {"LocationConstraint": call.region}
    try:
        await operations.perform(call, "s3", "HeadBucket", {"Bucket": name})
    except AwsError:
        await operations.perform(call, "s3", "CreateBucket", request)
        return True
    return False


async def _function(operations: Operations, call: Call, arn: Arn) -> bool:
    """A function that takes whatever it is given, and answers nothing."""
    name = arn.resource.removeprefix("function:")
    try:
        await operations.perform(call, "lambda", "GetFunctionConfiguration", {"FunctionName": name})
    except AwsError as error:
        if error.code != "ResourceNotFoundException":
            raise
    else:
        return False
    request = {
        "FunctionName": name,
        "Description": "An empty stand-in for a function that is not on this machine",
        "Runtime": "python3.12",
        "Handler": "index.handler",
        "Role": f"arn:aws:iam::{call.account}:role/stand-in",
        "Code": {"ZipFile": _zip("index.py", "def handler(event, context):\n    return None\n")},
    }
    await operations.perform(call, "lambda", "CreateFunction", request)
    return True


async def _layer(operations: Operations, call: Call, arn: Arn) -> bool:
    _, name, version = arn.resource.split(":")
    wanted = int(version)
    if wanted > LAYER_VERSION_MAX:
        raise UserError(f"there is no stand-in for version {wanted} of a layer", where=str(arn))
    request = {"LayerName": name, "VersionNumber": wanted}
    try:
        await operations.perform(call, "lambda", "GetLayerVersion", request)
    except AwsError as error:
        if error.code != "ResourceNotFoundException":
            raise
    else:
        return False
    content = {"ZipFile": _zip("stand-in.txt", "The layer that belongs here is not on this machine.\n")}
    description = "An empty stand-in for a layer that is not on this machine"
    for _ in range(wanted):
        made = await operations.perform(
            call, "lambda", "PublishLayerVersion", {"LayerName": name, "Content": content, "Description": description}
        )
        if made["Version"] >= wanted:
            break
        await operations.perform(
            call, "lambda", "DeleteLayerVersion", {"LayerName": name, "VersionNumber": made["Version"]}
        )
    # Vendors let every account use their layers.
    anybody = {"StatementId": "anybody", "Action": "lambda:GetLayerVersion", "Principal": "*"}
    await operations.perform(call, "lambda", "AddLayerVersionPermission", request | anybody)
    return True


def _zip(name: str, text: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, text)
    return out.getvalue()
