"""Tags of parameters."""

from stratolite.core.call import Call
from stratolite.core.errors import NotImplementedHere
from stratolite.services.ssm import Ssm, api, lookup, rules
from stratolite.services.ssm.domain import Parameter


def add_tags_to_resource(call: Call, ssm: Ssm, request: api.AddTagsToResourceRequest) -> api.AddTagsToResourceResult:
    """Add tags, or give new values to those that are there."""
    parameter = _tagged(call, ssm, request["ResourceType"], request["ResourceId"])
    tags = {**parameter.tags, **{tag["Key"]: tag["Value"] for tag in request["Tags"]}}
    rules.check_tags(tags)
    ssm.store.set_tags(parameter, tags)
    return {}


def remove_tags_from_resource(
    call: Call, ssm: Ssm, request: api.RemoveTagsFromResourceRequest
) -> api.RemoveTagsFromResourceResult:
    """Remove tags; those that are not there are no error."""
    parameter = _tagged(call, ssm, request["ResourceType"], request["ResourceId"])
    ssm.store.set_tags(
        parameter, {key: value for key, value in parameter.tags.items() if key not in request["TagKeys"]}
    )
    return {}


def list_tags_for_resource(
    call: Call, ssm: Ssm, request: api.ListTagsForResourceRequest
) -> api.ListTagsForResourceResult:
    """The tags of a parameter."""
    parameter = _tagged(call, ssm, request["ResourceType"], request["ResourceId"])
    return {"TagList": [{"Key": key, "Value": value} for key, value in parameter.tags.items()]}


def _tagged(call: Call, ssm: Ssm, kind: str, name: str) -> Parameter:
    if kind != "Parameter":
        raise NotImplementedHere(f"Resources of the type {kind} are not implemented by this version of Stratolite.")
    found = ssm.store.latest(call, lookup.named(name)[0])
    if found is None:
        raise api.InvalidResourceId("")
    return found
