"""What is told of bodies that are not of their model.

The words are those of json-schema-validator for Java, whose messages stand in what AWS answers. What templates show:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

import json
from typing import Any

import pytest

from stratolite.services.apigateway import failure
from stratolite.services.apigateway.validation import BodyValidator

SCHEMA = {
    "type": "object",
    "required": ["name", "email"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 2, "maxLength": 4, "pattern": "^[a-z]+$"},
        "email": {"type": ["string", "null"]},
        "age": {"type": "integer", "minimum": 1, "maximum": 150},
        "role": {"enum": ["member", "admin"]},
        "tags": {"type": "array", "minItems": 1},
    },
}
GOOD = {"name": "ada", "email": None}
validator = BodyValidator(json.dumps(SCHEMA), {})


@pytest.mark.parametrize(
    ("body", "reasons"),
    [
        ({}, '[object has missing required properties (["email","name"])]'),
        (
            GOOD | {"email": 1},
            '[instance type (integer) does not match any allowed primitive type (allowed: ["null","string"])]',
        ),
        (GOOD | {"name": "a"}, '[string "a" is too short (length: 1, required minimum: 2)]'),
        (GOOD | {"name": "abcde"}, '[string "abcde" is too long (length: 5, maximum allowed: 4)]'),
        (GOOD | {"name": "A1"}, '[ECMA 262 regex "^[a-z]+$" does not match input string "A1"]'),
        (GOOD | {"age": 0}, "[numeric instance is lower than the required minimum (minimum: 1, found: 0)]"),
        (GOOD | {"age": 200}, "[numeric instance is greater than the required maximum (maximum: 150, found: 200)]"),
        (GOOD | {"role": "x"}, '[instance value ("x") not found in enum (possible values: ["member","admin"])]'),
        (GOOD | {"b": 1}, '[object instance has properties which are not allowed by the schema: ["b"]]'),
        (GOOD | {"tags": []}, "[[] has less than 1 item]"),
    ],
)
def test_reasons(body: dict[str, Any], reasons: str) -> None:
    assert not validator.accepts(json.dumps(body).encode())
    assert validator.reasons(json.dumps(body).encode()) == reasons


def test_what_is_no_json_has_no_reasons() -> None:
    assert validator.reasons(b"{") == ""


def test_reasons_stand_between_quotes() -> None:
    variables = failure.error_variables(failure.bad_body(validator.reasons(b"{}")))
    template = '{"message": $context.error.messageString, "reasons": "$context.error.validationErrorString"}'
    said = json.loads(failure.render(template, lambda name: variables.get(name.removeprefix("context."))))
    assert said == {
        "message": "Invalid request body",
        "reasons": '[object has missing required properties (["email","name"])]',
    }
