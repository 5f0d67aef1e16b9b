"""Where a distribution gets what it serves."""

from typing import Any
from urllib.parse import urlsplit

from stratolite.templates.document import copied
from stratolite.templates.javascript import json_text, truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import refusal
from stratolite.templates.serverless.distribution.edges import Edge
from stratolite.templates.serverless.distribution.extension import extend
from stratolite.templates.serverless.event import Event

_ESCAPED = {sign: f"%{ord(sign):02X}" for sign in "{}|^`<>\"' "} | {"\\": "/"}
"""How signs are written in the path of an origin that no URL has."""


class Origins:
    """The origins of a distribution, in the order of the file; those of one id are one."""

    def __init__(self) -> None:
        self.found: list[dict[str, Any]] = []
        self.default: dict[str, Any] | None = None

    def add(self, edge: Edge) -> dict[str, Any]:
        """The origin of an event. Raises UserError for a second default."""
        origin = _read(edge.event)
        before = next((one for one in self.found if one["Id"] == origin["Id"]), None)
        if before is None:
            self.found.append(origin)
        else:
            origin = extend(before, origin)
        if truthy(edge.settings.get("isDefaultOrigin")):
            if self.default is not None and self.default is not origin:
                at = edge.event.mark("isDefaultOrigin")
                raise refusal("two origins are the default", at, "Leave 'isDefaultOrigin' out of all but one.")
            self.default = origin
        return origin


def _read(event: Event) -> dict[str, Any]:
    given = event.settings["origin"]
    origin = copied(given) if isinstance(given, dict) else _of_url(event, str(given))
    return {**origin, "Id": _id(origin)}


def _of_url(event: Event, text: str) -> dict[str, Any]:
    url = urlsplit(text)
    if not url.hostname:
        raise refusal(f"not the URL of an origin: {text!r}", event.mark("origin"), "Write 'https://example.com'.")
    origin: dict[str, Any] = {"DomainName": url.hostname}
    if len(url.path) > 1:
        origin["OriginPath"] = "".join(_ESCAPED.get(sign, sign) for sign in url.path)
    if url.scheme == "s3":
        return {**origin, "S3OriginConfig": {}}
    return {**origin, "CustomOriginConfig": {"OriginProtocolPolicy": "match-viewer"}}


def _id(origin: dict[str, Any]) -> str:
    domain = origin.get("DomainName")
    name = domain if isinstance(domain, str) else naming.alphanumeric(json_text(domain))
    return f"{'s3' if truthy(origin.get('S3OriginConfig')) else 'custom'}/{name}{origin.get('OriginPath') or ''}"
