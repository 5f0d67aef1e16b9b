"""Tags of functions and of event source mappings."""

from collections.abc import Mapping

from stratolite.core.call import Call
from stratolite.core.errors import NotImplementedHere
from stratolite.services.lambda_ import Lambda, api, rules
from stratolite.services.lambda_.domain import Function
from stratolite.services.lambda_.mapping_store import EventSourceMapping
from stratolite.services.lambda_.names import function_of_arn, invalid, not_found


def tag_resource(call: Call, lambda_: Lambda, request: api.TagResourceRequest) -> None:
    """Set tags."""
    tagged = _tagged(lambda_, request["Resource"])
    if not request["Tags"]:
        raise invalid("An error occurred and the request cannot be processed.")
    tags = {**tagged.tags, **request["Tags"]}
    rules.check_tags(tags)
    _set(lambda_, tagged, tags)


def untag_resource(call: Call, lambda_: Lambda, request: api.UntagResourceRequest) -> None:
    """Remove tags; one that is not there is no error."""
    tagged = _tagged(lambda_, request["Resource"])
    _set(lambda_, tagged, {key: value for key, value in tagged.tags.items() if key not in request["TagKeys"]})


def list_tags(call: Call, lambda_: Lambda, request: api.ListTagsRequest) -> api.ListTagsResponse:
    """All tags."""
    return {"Tags": dict(_tagged(lambda_, request["Resource"]).tags)}


def _tagged(lambda_: Lambda, arn: str) -> Function | EventSourceMapping:
    *_, kind, name = arn.split(":", 6)
    if kind == "event-source-mapping":
        # Recorded: ``test_tag_exceptions[event_source_mapping]``.
        mapping = lambda_.mappings.mapping(name)
        if mapping is None or mapping.arn != arn:
            raise not_found(f"Event source mapping not found: {arn}")
        return mapping
    if kind != "function":
        raise NotImplementedHere(f"Tags of a {kind} are not implemented by this version of Stratolite.")
    function = function_of_arn(arn)
    assert function is not None, "the model's pattern admits whole ARNs alone"
    if function.qualifier:
        raise invalid("Tags on function aliases and versions are not supported. Please specify a function ARN.")
    return lambda_.store.require_function(function)


def _set(lambda_: Lambda, tagged: Function | EventSourceMapping, tags: Mapping[str, str]) -> None:
    if isinstance(tagged, Function):
        lambda_.store.set_tags(tagged.name, tags)
    else:
        lambda_.mappings.set_tags(tagged.uuid, tags)
