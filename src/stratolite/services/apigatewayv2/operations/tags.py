"""Tags of APIs and stages."""

import re

from stratolite.core.call import Call
from stratolite.services.apigatewayv2 import Apigatewayv2, api, rules
from stratolite.services.apigatewayv2.store import Kind
from stratolite.storage.documents import Document

_RESOURCE = re.compile(r"arn:[\w-]+:apigateway:([\w-]+):(\d*):/apis/([^/]+)(?:/stages/([^/]+))?")


def tag_resource(call: Call, apigatewayv2: Apigatewayv2, request: api.TagResourceRequest) -> api.TagResourceResponse:
    """Add tags, or change their values."""
    kind, parent, key, document = _resource(call, apigatewayv2, request["ResourceArn"])
    tags = {**document.get("Tags", {}), **request.get("Tags", {})}
    rules.tags(tags)
    apigatewayv2.store.put(call, kind, parent, key, {**document, "Tags": tags})
    return {}


def untag_resource(call: Call, apigatewayv2: Apigatewayv2, request: api.UntagResourceRequest) -> None:
    """Take tags away; one that is not there is no error."""
    kind, parent, key, document = _resource(call, apigatewayv2, request["ResourceArn"])
    tags = {name: value for name, value in document.get("Tags", {}).items() if name not in request["TagKeys"]}
    apigatewayv2.store.put(call, kind, parent, key, {**document, "Tags": tags})


def get_tags(call: Call, apigatewayv2: Apigatewayv2, request: api.GetTagsRequest) -> api.GetTagsResponse:
    """The tags."""
    return {"Tags": _resource(call, apigatewayv2, request["ResourceArn"])[3].get("Tags", {})}


def _resource(call: Call, apigatewayv2: Apigatewayv2, arn: str) -> tuple[Kind, str, str, Document]:
    match = _RESOURCE.fullmatch(arn)
    if match is None or match.group(1) != call.region:
        raise api.BadRequestException(f"Invalid ARN specified: {arn}")
    kind: Kind = "api"
    parent, key = "", match.group(3)
    if match.group(4):
        kind, parent, key = "stage", key, match.group(4)
    document = apigatewayv2.store.get(call, kind, parent, key)
    if document is None:
        raise api.NotFoundException(f"Invalid resource specified: {arn}")
    return kind, parent, key, document
