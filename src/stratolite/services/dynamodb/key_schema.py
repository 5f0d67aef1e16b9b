"""Key schemas of requests, checked: of tables and local indexes one or two attributes, of global indexes up to eight.

Everything raises ValidationException.
"""

from collections.abc import Mapping
from typing import Any

from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb import rules
from stratolite.services.dynamodb.attributes import shown


def check_lengths(request: Mapping[str, Any]) -> None:
    """Keys of tables and local indexes have two attributes at most: what the model says where it holds for no other."""
    local = request.get("LocalSecondaryIndexes", ())
    listed = [("keySchema", request["KeySchema"])]
    listed += [(f"localSecondaryIndexes.{n}.member.keySchema", index["KeySchema"]) for n, index in enumerate(local, 1)]
    problems = [
        f"Value '{_elements(schema)}' at '{place}' failed to satisfy constraint: "
        f"Member must have length less than or equal to {rules.KEY_ATTRIBUTES_MAX}"
        for place, schema in listed
        if len(schema) > rules.KEY_ATTRIBUTES_MAX
    ]
    if problems:
        count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''}"
        raise ValidationException(f"{count} detected: {'; '.join(problems)}")


def _elements(schema: list[dict[str, str]]) -> str:
    return shown(
        f"KeySchemaElement(attributeName={entry['AttributeName']}, keyType={entry['KeyType']})" for entry in schema
    )


def check_global(schema: list[dict[str, str]], defined: list[str]) -> None:
    """Check the key schema of a global index, which may have up to four attributes of each kind.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.DesignPattern.MultiAttributeKeys.html
    """
    kinds = [entry["KeyType"] for entry in schema]
    names = [entry["AttributeName"] for entry in schema]
    check(schema, defined, several=True)
    if len(set(names)) != len(names):
        raise ValidationException("The KeySchema contains multiple key attributes with the same name")
    if kinds != sorted(kinds):
        raise ValidationException(
            f"{rules.INVALID}All HASH key attributes must precede RANGE key attributes in the KeySchema"
        )
    for kind in ("HASH", "RANGE"):
        if kinds.count(kind) > rules.GLOBAL_KEY_ATTRIBUTES_MAX:
            raise ValidationException(
                f"{rules.INVALID}The KeySchema exceeds the maximum allowed number of {kind} key attributes"
            )


def check_same_kinds(definition: Mapping[str, Any], schema: list[dict[str, str]], given: Mapping[str, str]) -> None:
    """Refuse a new index's key of an attribute that has another type in a key of the table."""
    kinds = {entry["AttributeName"]: entry["AttributeType"] for entry in definition["AttributeDefinitions"]}
    others = [definition["KeySchema"]]
    for listed in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes"):
        others += [index["KeySchema"] for index in definition.get(listed, ())]
    for entry in schema:
        name = entry["AttributeName"]
        if kinds.get(name, given[name]) != given[name]:
            existing = next(other for other in others if any(key["AttributeName"] == name for key in other))
            raise ValidationException(
                f"{rules.INVALID}Attributes cannot be redefined. Please check that your attribute has the same type "
                f"as previously defined. Existing schema: {_schema(existing, kinds)} "
                f"New schema: {_schema(schema, given)}"
            )


def _schema(schema: list[dict[str, str]], kinds: Mapping[str, str]) -> str:
    keys = (
        f"SchemaElement: key{{{entry['AttributeName']}:{kinds[entry['AttributeName']]}:{entry['KeyType']}}}"
        for entry in schema
    )
    return f"Schema:{shown(keys)}"


def check(schema: list[dict[str, str]], defined: list[str], *, several: bool = False) -> None:
    """Check the key schema of a table or an index; ``several``: whether it may have several of a kind."""
    keys = [entry["AttributeName"] for entry in schema]
    if any(key not in defined for key in keys):
        raise ValidationException(
            f"{rules.INVALID}Some index key attributes are not defined in AttributeDefinitions. "
            f"Keys: {shown(keys)}, AttributeDefinitions: {shown(defined)}"
        )
    if len(keys) == 2 and keys[0] == keys[1] and not (several and schema[1]["KeyType"] == "HASH"):
        raise ValidationException("Both the Hash Key and the Range Key element in the KeySchema have the same name")
    if schema[0]["KeyType"] != "HASH":
        raise ValidationException("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
    if len(schema) == 2 and schema[1]["KeyType"] != "RANGE" and not several:
        raise ValidationException("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")
