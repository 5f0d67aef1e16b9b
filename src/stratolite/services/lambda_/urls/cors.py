"""Cross-origin resource sharing of function URLs. Lambda answers preflight requests itself where it is configured.

Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-cors
"""

from collections.abc import Mapping
from typing import Any

from stratolite.http.message import Request, Response

Fields = list[tuple[str, str]]


def preflight(cors: Mapping[str, Any], request: Request) -> Response | None:
    """The answer to a preflight request, or None for any other one."""
    if not cors or request.method != "OPTIONS" or "access-control-request-method" not in request.headers:
        return None
    fields = _origin(cors, request)
    if fields:
        for setting, name in (("AllowMethods", "methods"), ("AllowHeaders", "headers")):
            if cors.get(setting):
                fields.append((f"Access-Control-Allow-{name.title()}", ",".join(cors[setting])))
        if cors.get("MaxAge") is not None:
            fields.append(("Access-Control-Max-Age", str(cors["MaxAge"])))
    return Response(200, fields)


def shared(cors: Mapping[str, Any], request: Request) -> Fields:
    """What is added to every other answer, also where the function has said the same itself."""
    fields = _origin(cors, request)
    if fields and cors.get("ExposeHeaders"):
        fields.append(("Access-Control-Expose-Headers", ",".join(cors["ExposeHeaders"])))
    return fields


def _origin(cors: Mapping[str, Any], request: Request) -> Fields:
    """Nothing when the request's origin is not allowed."""
    origin, allowed = request.headers.get("origin"), cors.get("AllowOrigins", [])
    if not origin or not ("*" in allowed or origin in allowed):
        return []
    has_credentials = cors.get("AllowCredentials", False)
    # Browsers take no star together with credentials.
    is_anyone = "*" in allowed and not has_credentials
    fields = [("Access-Control-Allow-Origin", "*" if is_anyone else origin)]
    if has_credentials:
        fields.append(("Access-Control-Allow-Credentials", "true"))
    return fields if is_anyone else [*fields, ("Vary", "Origin")]
