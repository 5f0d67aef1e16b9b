"""Tags of buses and rules."""

from collections.abc import Mapping
from dataclasses import replace

from stratolite.core.call import Call
from stratolite.core.errors import ValidationException
from stratolite.services.events import Events, api, rules
from stratolite.services.events.domain import Bus, Rule
from stratolite.services.events.lookup import require_bus, rule_of_arn


def tag_resource(call: Call, events: Events, request: api.TagResourceRequest) -> None:
    """Add tags to a bus or rule, or change them."""
    resource = _resource(call, events, request["ResourceARN"])
    tags = {**resource.tags, **rules.tags(request["Tags"])}
    rules.tags(rules.shown_tags(tags))
    _set(events, resource, tags)


def untag_resource(call: Call, events: Events, request: api.UntagResourceRequest) -> None:
    """Take tags off a bus or rule."""
    resource = _resource(call, events, request["ResourceARN"])
    _set(events, resource, {key: value for key, value in resource.tags.items() if key not in request["TagKeys"]})


def list_tags_for_resource(
    call: Call, events: Events, request: api.ListTagsForResourceRequest
) -> api.ListTagsForResourceResponse:
    """The tags of a bus or rule."""
    return {"Tags": rules.shown_tags(_resource(call, events, request["ResourceARN"]).tags)}


def _resource(call: Call, events: Events, arn: str) -> Bus | Rule:
    if ":rule/" in arn:
        return rule_of_arn(call, events, arn)
    if ":event-bus/" in arn:
        return require_bus(call, events, arn)
    raise ValidationException(f"Parameter {arn} is not valid. Reason: Provided Arn is not in correct format.")


def _set(events: Events, resource: Bus | Rule, tags: Mapping[str, str]) -> None:
    if isinstance(resource, Bus):
        events.store.put_bus(replace(resource, tags=tags))
    else:
        events.store.put_rule(replace(resource, tags=tags))
