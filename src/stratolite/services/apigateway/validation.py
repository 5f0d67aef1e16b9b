"""Models as validators: JSON Schema draft 4, with references between the models of an API.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html
Cost: importing the validator takes a few milliseconds, on the first validated request.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from stratolite.services.apigateway import api

SCHEMA_BYTES_MAX = 400 * 1024
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
