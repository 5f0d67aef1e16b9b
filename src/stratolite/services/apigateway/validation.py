"""Models as validators: JSON Schema draft 4, with references between the models of an API.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html
Cost: importing the validator takes a few milliseconds, on the first validated request.
"""

import itertools
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from stratolite.services.apigateway import api

SCHEMA_BYTES_MAX = 400 * 1024
REASONS_MAX = 100
_REASONS: Mapping[str, Callable[[Any, Any, Any], str]] = {
    "type": lambda value, kind, limit: (
        f"instance type ({_type(value)}) does not match any allowed primitive type (allowed: {_compact(kind.types)})"
    ),
    "enum": lambda value, kind, limit: (
        f"instance value ({_compact(value)}) not found in enum (possible values: {_compact(kind.options)})"
    ),
    "additionalProperties": lambda value, kind, limit: (
        f"object instance has properties which are not allowed by the schema: {_compact(sorted(kind.unexpected))}"
    ),
    "minLength": lambda value, kind, limit: (
        f"string {_compact(value)} is too short (length: {len(value)}, required minimum: {limit})"
    ),
    "maxLength": lambda value, kind, limit: (
        f"string {_compact(value)} is too long (length: {len(value)}, maximum allowed: {limit})"
    ),
    "minimum": lambda value, kind, limit: (
        f"numeric instance is lower than the required minimum (minimum: {limit}, found: {value})"
    ),
    "maximum": lambda value, kind, limit: (
        f"numeric instance is greater than the required maximum (maximum: {limit}, found: {value})"
    ),
    "pattern": lambda value, kind, limit: (
        f"ECMA 262 regex {_compact(kind.pattern)} does not match input string {_compact(value)}"
    ),
}
"""What AWS's validator (json-schema-validator for Java) says, by keyword; others are told in our validator's words."""
_TYPES: Mapping[type, str] = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}
_REFERENCE = re.compile(r"https?://apigateway\.amazonaws\.com/restapis/[^/]+/models/([A-Za-z0-9]+)")


class BodyValidator:
    """One model, compiled."""

    def __init__(self, schema: str, models: Mapping[str, str]) -> None:
        import jsonschema_rs

        def retrieve(uri: str) -> Any:
            match = _REFERENCE.match(uri)
            return json.loads(models.get(match.group(1), "{}")) if match else {}

        self._validator = jsonschema_rs.Draft4Validator(json.loads(schema), retriever=retrieve)

    def accepts(self, body: bytes) -> bool:
        """Whether a body is of the model. An empty body counts as an empty object, as on AWS."""
        try:
            value = json.loads(body or b"{}")
        except (ValueError, RecursionError):
            return False
        return self._validator.is_valid(value)

    def reasons(self, body: bytes) -> str:
        """What ``$context.error.validationErrorString`` says of a body that is not accepted, if it is JSON."""
        try:
            value = json.loads(body or b"{}")
        except (ValueError, RecursionError):
            return ""
        missing: dict[str, list[str]] = {}
        said: list[str] = []
        for error in itertools.islice(self._validator.iter_errors(value), REASONS_MAX):
            kind: Any = error.kind
            if kind.name == "required":
                missing.setdefault(str(error.instance_path), []).append(kind.property)
            else:
                said.append(_reason(error))
        lacking = [f"object has missing required properties ({_compact(sorted(names))})" for names in missing.values()]
        return f"[{', '.join(lacking + said)}]"


def _reason(error: Any) -> str:
    say = _REASONS.get(error.kind.name)
    limit = getattr(error.kind, "limit", None)
    return say(error.instance, error.kind, limit) if say is not None else str(error.message)


def _type(value: Any) -> str:
    return "null" if value is None else _TYPES.get(type(value), "object")


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def check_schema(schema: str, content_type: str) -> None:
    """Raises BadRequestException for a schema that is none. Schemas of other types than JSON are kept unread."""
    if not schema or schema.strip() in ("{}", "[]"):
        raise api.BadRequestException("Model schema must have at least 1 property or array items defined")
    if len(schema) > SCHEMA_BYTES_MAX:
        raise api.BadRequestException("Model schema exceeds maximum size of 400 KB")
    if not content_type.startswith("application/json"):
        return
    try:
        value = json.loads(schema)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict) or not _compiles(value):
        raise api.BadRequestException(
            "Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified]"
        )


def _compiles(schema: dict[str, Any]) -> bool:
    import jsonschema_rs

    try:
        jsonschema_rs.Draft4Validator(schema, retriever=lambda uri: {})
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError):
        return False
    return True
