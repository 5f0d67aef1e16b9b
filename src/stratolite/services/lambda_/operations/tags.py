"""Tags of functions."""

from stratolite.core.call import Call
from stratolite.core.errors import NotImplementedHere
from stratolite.services.lambda_ import Lambda, api, rules
from stratolite.services.lambda_.domain import Function
from stratolite.services.lambda_.names import function_of_arn, invalid


def tag_resource(call: Call, lambda_: Lambda, request: api.TagResourceRequest) -> None:
    """Set tags."""
    function = _function(lambda_, request["Resource"])
    if not request["Tags"]:
        raise invalid("An error occurred and the request cannot be processed.")
    tags = {**function.tags, **request["Tags"]}
    rules.check_tags(tags)
    lambda_.store.set_tags(function.name, tags)


def untag_resource(call: Call, lambda_: Lambda, request: api.UntagResourceRequest) -> None:
    """Remove tags; one that is not there is no error."""
    function = _function(lambda_, request["Resource"])
    left = {key: value for key, value in function.tags.items() if key not in request["TagKeys"]}
    lambda_.store.set_tags(function.name, left)


def list_tags(call: Call, lambda_: Lambda, request: api.ListTagsRequest) -> api.ListTagsResponse:
    """All tags."""
    return {"Tags": dict(_function(lambda_, request["Resource"]).tags)}


def _function(lambda_: Lambda, arn: str) -> Function:
    kind = arn.split(":")[5]
    if kind != "function":
        raise NotImplementedHere(f"Tags of a {kind} are not implemented by this version of Stratolite.")
    name = function_of_arn(arn)
    assert name is not None, "the model's pattern admits whole ARNs alone"
    if name.qualifier:
        raise invalid("Tags on function aliases and versions are not supported. Please specify a function ARN.")
    return lambda_.store.require_function(name)
