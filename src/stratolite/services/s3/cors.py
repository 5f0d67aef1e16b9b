"""Cross-origin resource sharing: a bucket's rules, and what they let a browser do.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html and recorded answers (TestS3Cors).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from stratolite.core.errors import AwsError
from stratolite.http.message import Request
from stratolite.services.s3 import api
from stratolite.services.s3.domain import Bucket

METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD")
RULES_MAX = 100
VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"
_NOT_ALLOWED = (
    "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / "
    "Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec."
)
_ANY = "*"
_HEADER = re.compile(r"[\w!#$%&'*+.^`|~-]*", re.ASCII)
"""The characters of a header's name, and ``*``."""

Rule = Mapping[str, Any]


class AccessForbidden(AwsError):
    """A browser may not do what it asks for."""

    status = 403


def configuration(value: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The rules of a configuration. Raises MalformedXML, InvalidRequest."""
    rules: list[dict[str, Any]] = (value or {}).get("CORSRules", [])
    if not rules:
        raise api.MalformedXML
    if len(rules) > RULES_MAX:
        raise api.InvalidRequest(f"The number of CORS rules should not exceed allowed limit of {RULES_MAX} rules.")
    for rule in rules:
        if not rule.get("AllowedMethods") or "AllowedOrigins" not in rule:
            raise api.MalformedXML
        for method in rule["AllowedMethods"]:
            if method not in METHODS:
                text = f"Found unsupported HTTP method in CORS config. Unsupported method is {method}"
                raise api.InvalidRequest(text)
        for name in ("AllowedOrigins", "AllowedHeaders"):
            for pattern in rule.get(name, []):
                if pattern.count(_ANY) > 1:
                    raise api.InvalidRequest(f'{name[:-1]} "{pattern}" can not have more than one wildcard.')
        _check_characters(rule.get("AllowedHeaders", []))
        for header in rule.get("ExposeHeaders", []):
            if _ANY in header:
                raise api.InvalidRequest(
                    f'ExposeHeader "{header}" contains wildcard. We currently do not support wildcard for ExposeHeader.'
                )
        _check_characters(rule.get("ExposeHeaders", []))
    return rules


def _check_characters(headers: Sequence[str]) -> None:
    for header in headers:
        if not _HEADER.fullmatch(header):
            # So it is said of headers that are exposed, too.
            raise api.InvalidRequest(f'AllowedHeader "{header}" contains invalid character.')


def preflight(bucket: Bucket | None, request: Request, *, has_key: bool) -> list[tuple[str, str]]:
    """The headers that answer an OPTIONS request. Raises BadRequest, AccessForbidden."""
    origin, method = request.headers.get("origin"), request.headers.get("access-control-request-method")
    if not origin:
        raise api.BadRequest("Insufficient information. Origin request header needed.")
    if method and method not in METHODS:
        raise _unknown(method)
    wrong = next((name for name in _asked(request) if not _HEADER.fullmatch(name)), None)
    if wrong is not None:
        raise api.BadRequest(f'Access-Control-Request-Headers "{wrong}" contains invalid character.')
    said = method or "OPTIONS"
    if bucket is None:
        raise AccessForbidden("CORSResponse: Bucket not found", Method=said, ResourceType="BUCKET")
    rules = bucket.settings.get("cors")
    if not rules:
        raise AccessForbidden("CORSResponse: CORS is not enabled for this bucket.", Method=said, ResourceType="BUCKET")
    if not method:
        raise _unknown("null")
    asked = _asked(request)
    rule = _matching(rules, origin, method, asked)
    if rule is None:
        raise AccessForbidden(_NOT_ALLOWED, Method=method, ResourceType="OBJECT" if has_key else "BUCKET")
    allowed = [("access-control-allow-headers", ", ".join(asked))] if asked else []
    return [*_granted(rule, origin), *allowed]


def _unknown(method: str) -> api.BadRequest:
    return api.BadRequest(f"Invalid Access-Control-Request-Method: {method}")


def granted(bucket: Bucket, request: Request) -> list[tuple[str, str]]:
    """The headers that an answer to a browser's request carries; none when no rule lets it read the answer."""
    origin = request.headers.get("origin")
    method = request.headers.get("access-control-request-method") or request.method
    rule = _matching(bucket.settings.get("cors", ()), origin, method, _asked(request)) if origin else None
    return [] if rule is None else _granted(rule, origin)


def _asked(request: Request) -> list[str]:
    names = request.headers.get("access-control-request-headers").split(",")
    return [name.strip().lower() for name in names if name.strip()]


def _matching(rules: Sequence[Rule], origin: str, method: str, asked: Sequence[str]) -> Rule | None:
    for rule in rules:
        if (
            method in rule["AllowedMethods"]
            and any(_fits(pattern, origin) for pattern in rule.get("AllowedOrigins", ()))
            and all(any(_fits(p.lower(), name) for p in rule.get("AllowedHeaders", ())) for name in asked)
        ):
            return rule
    return None


def _granted(rule: Rule, origin: str) -> list[tuple[str, str]]:
    pattern = next(pattern for pattern in rule["AllowedOrigins"] if _fits(pattern, origin))
    headers = [
        ("access-control-allow-origin", _ANY if pattern == _ANY else origin),
        ("access-control-allow-methods", ", ".join(rule["AllowedMethods"])),
    ]
    if rule.get("ExposeHeaders"):
        headers.append(("access-control-expose-headers", ", ".join(rule["ExposeHeaders"])))
    if rule.get("MaxAgeSeconds") is not None:
        headers.append(("access-control-max-age", str(rule["MaxAgeSeconds"])))
    if pattern != _ANY:
        headers.append(("access-control-allow-credentials", "true"))
    return [*headers, ("vary", VARY)]


def _fits(pattern: str, text: str) -> bool:
    """Whether a text is of a pattern with at most one ``*``."""
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.split(_ANY)), text) is not None
