"""Cross-origin resource sharing: the gateway answers preflight requests, and says in all other answers what it allows.

Where an API has a configuration, what its functions say about it does not count.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
"""

from stratolite.http.message import Request
from stratolite.services.apigatewayv2.domain import Cors

Fields = list[tuple[str, str]]
PREFIX = "access-control-"


def is_preflight(request: Request) -> bool:
    """Whether a browser asks what it may."""
    headers = request.headers
    return request.method == "OPTIONS" and "origin" in headers and "access-control-request-method" in headers


def preflight(cors: Cors, request: Request) -> Fields:
    """The fields of the answer to a preflight request: none when the origin is not allowed."""
    fields = _origin(cors, request)
    if fields:
        if cors.allow_methods:
            fields.append(("access-control-allow-methods", ",".join(cors.allow_methods)))
        if cors.allow_headers:
            fields.append(("access-control-allow-headers", ",".join(cors.allow_headers)))
        if cors.max_age_s is not None:
            fields.append(("access-control-max-age", str(cors.max_age_s)))
    return fields


def shared(cors: Cors, request: Request, fields: Fields) -> Fields:
    """The fields of any other answer: the integration's own about this are replaced."""
    kept = [field for field in fields if not field[0].lower().startswith(PREFIX)]
    own = _origin(cors, request)
    if own and cors.expose_headers:
        own.append(("access-control-expose-headers", ",".join(cors.expose_headers)))
    return kept + own


def is_allowed(origin: str, allowed: tuple[str, ...]) -> bool:
    """Whether an origin is among those allowed: ``*`` is any, ``https://*`` any with that scheme."""
    return any(
        origin == each or each == "*" or (each.endswith("://*") and origin.startswith(each[:-1])) for each in allowed
    )


def _origin(cors: Cors, request: Request) -> Fields:
    origin = request.headers.get("origin")
    if not origin or not is_allowed(origin, cors.allow_origins):
        return []
    # Browsers take no star together with credentials.
    is_anyone = "*" in cors.allow_origins and not cors.allow_credentials
    fields = [("access-control-allow-origin", "*" if is_anyone else origin)]
    if cors.allow_credentials:
        fields.append(("access-control-allow-credentials", "true"))
    return fields if is_anyone else [*fields, ("vary", "origin")]
