"""Tags of streams, by name or ARN, and of consumers, by ARN."""

from collections.abc import Mapping
from dataclasses import replace

from stratolite.core.call import Call
from stratolite.services.kinesis import Kinesis, api, rules
from stratolite.services.kinesis.lookup import require_resource, require_stream

TAGS_LISTED = 50


def add_tags_to_stream(call: Call, kinesis: Kinesis, request: api.AddTagsToStreamInput) -> None:
    """Add tags to a stream, or change them.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_AddTagsToStream.html
    """
    stream = require_stream(call, kinesis, request)
    kinesis.store.set_stream(replace(stream, tags=rules.tags(stream.tags, request["Tags"])))


def remove_tags_from_stream(call: Call, kinesis: Kinesis, request: api.RemoveTagsFromStreamInput) -> None:
    """Take tags off a stream.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_RemoveTagsFromStream.html
    """
    stream = require_stream(call, kinesis, request)
    kinesis.store.set_stream(replace(stream, tags=_without(stream.tags, request["TagKeys"])))


def list_tags_for_stream(
    call: Call, kinesis: Kinesis, request: api.ListTagsForStreamInput
) -> api.ListTagsForStreamOutput:
    """A page of a stream's tags, in order of key.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListTagsForStream.html
    """
    stream = require_stream(call, kinesis, request)
    after, limit = request.get("ExclusiveStartTagKey", ""), request.get("Limit", TAGS_LISTED)
    found = [tag for tag in rules.shown_tags(stream.tags) if tag["Key"] > after]
    return {"Tags": found[:limit], "HasMoreTags": len(found) > limit}


def tag_resource(call: Call, kinesis: Kinesis, request: api.TagResourceInput) -> None:
    """Add tags to a stream or consumer, or change them.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_TagResource.html
    """
    resource = require_resource(call, kinesis, request["ResourceARN"])
    kinesis.store.set_resource(replace(resource, tags=rules.tags(resource.tags, request["Tags"])))


def untag_resource(call: Call, kinesis: Kinesis, request: api.UntagResourceInput) -> None:
    """Take tags off a stream or consumer.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UntagResource.html
    """
    resource = require_resource(call, kinesis, request["ResourceARN"])
    kinesis.store.set_resource(replace(resource, tags=_without(resource.tags, request["TagKeys"])))


def list_tags_for_resource(
    call: Call, kinesis: Kinesis, request: api.ListTagsForResourceInput
) -> api.ListTagsForResourceOutput:
    """The tags of a stream or consumer.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListTagsForResource.html
    """
    return {"Tags": rules.shown_tags(require_resource(call, kinesis, request["ResourceARN"]).tags)}


def _without(tags: Mapping[str, str], keys: list[str]) -> dict[str, str]:
    return {key: value for key, value in tags.items() if key not in keys}
