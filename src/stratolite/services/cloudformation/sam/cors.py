"""``Cors`` of REST APIs: a method ``options`` for each path, which answers by itself.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-corsconfiguration.html
"""

from collections.abc import Mapping
from typing import Any

from stratolite.services.cloudformation.sam.expansion import invalid

ANY = "x-amazon-apigateway-any-method"
_ALL = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
_KNOWN = frozenset({"AllowCredentials", "AllowHeaders", "AllowMethods", "AllowOrigin", "MaxAge"})
_PREFIX = "Access-Control-"


def add(name: str, paths: dict[str, Any], given: Any, security: list[dict[str, Any]] | None) -> None:
    """Answer preflights of all paths that do not answer them themselves. Raises TransformError."""
    settings = given if isinstance(given, dict) and set(given) <= _KNOWN else {"AllowOrigin": given}
    if "AllowOrigin" not in settings:
        raise invalid(name, "Cors Properties must be specified: AllowOrigin is missing.")
    for item in paths.values():
        if "options" in item or not item or "Fn::If" in item:
            continue
        item["options"] = _options(settings, _methods(item))
        if security is not None:
            item["options"]["security"] = security


def _methods(item: Mapping[str, Any]) -> str:
    names = set(_ALL) if ANY in item else {name.upper() for name in item if name.upper() in _ALL} | {"OPTIONS"}
    return f"'{','.join(sorted(names))}'"


def _options(settings: Mapping[str, Any], methods: str) -> dict[str, Any]:
    values = {"Allow-Origin": settings["AllowOrigin"]}
    if settings.get("AllowHeaders"):
        values["Allow-Headers"] = settings["AllowHeaders"]
    values["Allow-Methods"] = settings.get("AllowMethods") or methods
    if settings.get("MaxAge") is not None:
        values["Max-Age"] = settings["MaxAge"]
    if settings.get("AllowCredentials") in (True, "true"):
        values["Allow-Credentials"] = "'true'"
    return {
        "summary": "CORS support",
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "x-amazon-apigateway-integration": {
            "type": "mock",
            "requestTemplates": {"application/json": '{\n  "statusCode" : 200\n}\n'},
            "responses": {
                "default": {
                    "statusCode": "200",
                    "responseParameters": {
                        f"method.response.header.{_PREFIX}{name}": value for name, value in values.items()
                    },
                    "responseTemplates": {"application/json": "{}\n"},
                }
            },
        },
        "responses": {
            "200": {
                "description": "Default response for CORS method",
                "headers": {f"{_PREFIX}{name}": {"type": "string"} for name in values},
            }
        },
    }
