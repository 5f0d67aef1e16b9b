"""Documentation parts: what an API says of itself to people, by the place in it that each is about.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-documenting-api-content-representation.html
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from stratolite.core.call import Call
from stratolite.services.apigateway import Apigateway, api
from stratolite.storage.documents import Document

PART_ID_LENGTH = 6
NO_PART = "Invalid Documentation part identifier specified"
NO_VERSION = "Invalid Documentation version specified"
"""AWS's text is not recorded."""
_METHOD = ("path", "method")
_RESPONSE = (*_METHOD, "statusCode")
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "API": (),
    "AUTHORIZER": ("name",),
    "MODEL": ("name",),
    "RESOURCE": ("path",),
    "METHOD": _METHOD,
    "PATH_PARAMETER": (*_METHOD, "name"),
    "QUERY_PARAMETER": (*_METHOD, "name"),
    "REQUEST_HEADER": (*_METHOD, "name"),
    "REQUEST_BODY": _METHOD,
    "RESPONSE": _RESPONSE,
    "RESPONSE_HEADER": (*_RESPONSE, "name"),
    "RESPONSE_BODY": _RESPONSE,
}
_DEFAULTS = {"path": "/", "method": "*", "statusCode": "*"}


def location(given: Mapping[str, Any]) -> Document:
    """A place, with what it does not say as AWS fills it in. Raises BadRequestException for what is none."""
    kind = str(given.get("type", ""))
    if kind not in _FIELDS:
        raise api.BadRequestException(f"Invalid documentation part location type specified: {kind}")
    fields = _FIELDS[kind]
    unfit = [name for name in ("path", "method", "statusCode", "name") if given.get(name) and name not in fields]
    if unfit:
        raise api.BadRequestException(f"Invalid location for type {kind}: {', '.join(unfit)} cannot be specified")
    found: Document = {"type": kind}
    for name in fields:
        value = given.get(name) or _DEFAULTS.get(name)
        if value is None:
            raise api.BadRequestException(f"Invalid location for type {kind}: {name} must be specified")
        found[name] = str(value)
    return found


def properties(text: str) -> str:
    """The content: a JSON object, as text. Raises BadRequestException."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise api.BadRequestException("Invalid documentation part properties specified: they must be a JSON object")
    return text


def imported(given: Any) -> list[Document]:
    """The parts of ``x-amazon-apigateway-documentation``. Raises BadRequestException for what are none."""
    parts = given.get("documentationParts") if isinstance(given, dict) else None
    found = []
    for part in parts if isinstance(parts, list) else ():
        if not isinstance(part, dict) or not isinstance(part.get("location"), dict):
            raise api.BadRequestException("Invalid documentation part specified")
        content = part.get("properties") or {}
        text = content if isinstance(content, str) else json.dumps(content, default=str)
        found.append({"location": location(part["location"]), "properties": properties(text)})
    return found


def exported(version: Document, created: str) -> Document:
    """A version of the documentation, as definitions have it."""
    parts = [{**part, "properties": json.loads(part["properties"])} for part in version["_parts"]]
    return {"version": version["version"], "createdDate": created, "documentationParts": parts}


def put(call: Call, apigateway: Apigateway, api_id: str, parts: Iterable[Document]) -> list[str]:
    """Keep parts, each in the place of that about the same; their ids."""
    known = apigateway.store.all(call, "documentation_part", api_id)
    ids = {json.dumps(part["location"]): part["id"] for part in known}
    kept = []
    for part in parts:
        key = ids.setdefault(json.dumps(part["location"]), apigateway.world.entropy.token(PART_ID_LENGTH))
        apigateway.store.put(call, "documentation_part", api_id, key, {**part, "id": key})
        kept.append(key)
    return kept
