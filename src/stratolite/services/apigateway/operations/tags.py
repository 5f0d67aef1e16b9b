"""Tags of APIs, stages, keys and usage plans."""

import re

from stratolite.core.call import Call
from stratolite.services.apigateway import Apigateway, api
from stratolite.services.apigateway.store import Kind
from stratolite.storage.documents import Document

TAGS_MAX = 50
_RESOURCE = re.compile(
    r"arn:[\w-]+:apigateway:([\w-]+):(\d*):/(restapis|apikeys|usageplans)/([^/]+)(?:/stages/([^/]+))?"
)
_KINDS: dict[str, Kind] = {"restapis": "restapi", "apikeys": "key", "usageplans": "plan"}


def tag_resource(call: Call, apigateway: Apigateway, request: api.TagResourceRequest) -> None:
    """Add tags, or change their values."""
    kind, parent, key, document = _resource(call, apigateway, request["resourceArn"])
    tags = {**document.get("tags", {}), **request["tags"]}
    if len(tags) > TAGS_MAX:
        raise api.BadRequestException(f"At most {TAGS_MAX} tags are allowed.")
    apigateway.store.put(call, kind, parent, key, {**document, "tags": tags})


def untag_resource(call: Call, apigateway: Apigateway, request: api.UntagResourceRequest) -> None:
    """Take tags away; one that is not there is no error."""
    kind, parent, key, document = _resource(call, apigateway, request["resourceArn"])
    tags = {name: value for name, value in document.get("tags", {}).items() if name not in request["tagKeys"]}
    apigateway.store.put(call, kind, parent, key, {**document, "tags": tags})


def get_tags(call: Call, apigateway: Apigateway, request: api.GetTagsRequest) -> api.Tags:
    """The tags. (AWS does not support ``limit`` and ``position`` here either.)"""
    return {"tags": _resource(call, apigateway, request["resourceArn"])[3].get("tags", {})}


def _resource(call: Call, apigateway: Apigateway, arn: str) -> tuple[Kind, str, str, Document]:
    match = _RESOURCE.fullmatch(arn)
    if match is None or match.group(1) != call.region:
        raise api.BadRequestException(f"Invalid ARN specified: {arn}")
    collection, key, stage = match.group(3, 4, 5)
    kind, parent = _KINDS[collection], ""
    if stage:
        kind, parent, key = "stage", key, stage
    document = apigateway.store.get(call, kind, parent, key)
    if document is None:
        raise api.NotFoundException(f"Invalid resource specified: {arn}")
    return kind, parent, key, document
