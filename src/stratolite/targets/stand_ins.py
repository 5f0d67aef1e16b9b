"""Stand-ins: what an application names by ARN and does not make, made empty in the place that the ARN names.

A topic of another team, a layer of a vendor: they exist on AWS and not on this machine. A stand-in lets the rest run;
it does nothing that the real thing does, which is why each one is told to the user.
"""

import io
import zipfile
from typing import Any

from stratolite.core.arn import Arn
from stratolite.core.call import REGION_DEFAULT, Call
from stratolite.core.errors import AwsError, UserError
from stratolite.core.service import Operations

LAYER_VERSION_MAX = 2000
"""A layer's version number is reached by publishing; a higher one is refused."""


async def make(operations: Operations, call: Call, service: str, arn: str) -> bool:
    """Make what an ARN names, unless it is there; whether it was made. Raises UserError for what has no stand-in."""
    parts = Arn.parse(arn)
    if service == "s3":
        return await _bucket(operations, call, parts.resource)
    there = call.within(parts.account, parts.region)
    if service == "sns":
        return await _topic(operations, there, parts)
    if service == "lambda" and parts.resource.startswith("layer:"):
        return await _layer(operations, there, parts)
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
    content = {"ZipFile": _empty_zip()}
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
    return True


def _empty_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("stand-in.txt", "The layer that belongs here is not on this machine.\n")
    return out.getvalue()
