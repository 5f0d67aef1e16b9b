"""Tags of caches and groups."""

from stratolite.core.arn import Arn
from stratolite.core.call import Call
from stratolite.services.elasticache import Elasticache, api, lookup, rules, view
from stratolite.services.elasticache.domain import (
    CLUSTER,
    GROUP,
    PARAMETER_GROUP,
    SERVERLESS,
    SUBNET_GROUP,
    Cache,
    Group,
)


def add_tags_to_resource(
    call: Call, elasticache: Elasticache, request: api.AddTagsToResourceMessage
) -> api.TagListMessage:
    """Add tags, or give new values to those that are there."""
    owner = _owner(call, elasticache, request["ResourceName"])
    added = {**owner.tags, **rules.tags(request["Tags"])}
    tags = rules.tags([{"Key": key, "Value": value} for key, value in added.items()])
    elasticache.store.put_tags(owner, tags)
    return {"TagList": view.tags(_owner(call, elasticache, owner.arn))}


def remove_tags_from_resource(
    call: Call, elasticache: Elasticache, request: api.RemoveTagsFromResourceMessage
) -> api.TagListMessage:
    """Take tags away. Raises TagNotFound for one that is not there."""
    owner = _owner(call, elasticache, request["ResourceName"])
    for key in request["TagKeys"]:
        if key not in owner.tags:
            raise api.TagNotFoundFault(f"{key} tag not present")
    elasticache.store.put_tags(owner, {key: owner.tags[key] for key in owner.tags if key not in request["TagKeys"]})
    return {"TagList": view.tags(_owner(call, elasticache, owner.arn))}


def list_tags_for_resource(
    call: Call, elasticache: Elasticache, request: api.ListTagsForResourceMessage
) -> api.TagListMessage:
    """The tags of a cache or group."""
    return {"TagList": view.tags(_owner(call, elasticache, request["ResourceName"]))}


def _owner(call: Call, elasticache: Elasticache, text: str) -> Cache | Group:
    """What an ARN names. Raises InvalidARN, and each kind's own error for what is not there."""
    try:
        arn = Arn.parse(text)
    except ValueError:
        raise api.InvalidARNFault(f"Invalid ARN: {text}") from None
    kind, _, name = arn.resource.partition(":")
    there, store = call.within(arn.account, arn.region), elasticache.store
    if arn.service != "elasticache" or not name:
        raise api.InvalidARNFault(f"Invalid ARN: {text}")
    if kind == CLUSTER:
        return lookup.require_cluster(there, store, name)
    if kind == GROUP:
        return lookup.require_replication_group(there, store, name)
    if kind == SERVERLESS:
        return lookup.require_serverless(there, store, name)
    if kind == SUBNET_GROUP:
        return lookup.require_subnet_group(there, store, name)
    if kind == PARAMETER_GROUP:
        return lookup.require_parameter_group(there, store, name)
    raise api.InvalidARNFault(f"Invalid ARN: {text}")
