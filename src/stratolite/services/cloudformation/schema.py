"""Properties against the registry's schemas: unknown and missing ones, wrong types, what needs a replacement.

Names are checked through expressions (whose values are not known yet), and refuse a template. Values are checked once
they are known, and fail a resource, as on AWS. They are brought to the schema's types: ``"5"`` is taken for 5.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from stratolite.core.resource_types import ResourceType
from stratolite.core.service import Service
from stratolite.services.cloudformation import skipped
from stratolite.services.cloudformation.expressions import NO_VALUE, UNKNOWN, function_of

DEPTH_MAX = 40


@cache
def schemas(service: str) -> Mapping[str, Any]:
    """The schemas of the types that a service makes."""
    path = files("stratolite.services") / service / "resources.json"
    loaded: Mapping[str, Any] = json.loads(path.read_text())
    return loaded


@cache
def stand_ins() -> Mapping[str, Any]:
    """The schemas of the types that have stand-ins."""
    path = files("stratolite.services") / "cloudformation" / "stand_ins.json"
    loaded: Mapping[str, Any] = json.loads(path.read_text())
    return loaded


def of(service: Service, kind: ResourceType) -> Mapping[str, Any]:
    """The schema of a type, of the service that makes it."""
    if kind.name.startswith(skipped.PREFIX):
        return skipped.SCHEMA
    found: Mapping[str, Any] = (stand_ins() if kind.stands_in else schemas(service.name))[kind.name]
    return found


def create_only(schema: Mapping[str, Any], kind: ResourceType) -> frozenset[str]:
    """Top-level properties whose change needs a replacement."""
    pointers = schema.get("createOnlyProperties", ())
    return frozenset(pointer.split("/")[2] for pointer in pointers) | kind.replaces


def identifiers(schema: Mapping[str, Any]) -> list[str]:
    """The properties that identify a resource and that a template can give."""
    read_only = set(schema.get("readOnlyProperties", ()))
    return [pointer.split("/")[2] for pointer in schema.get("primaryIdentifier", ()) if pointer not in read_only]


def has_attribute(schema: Mapping[str, Any], name: str) -> bool:
    """Whether ``Fn::GetAtt`` gives an attribute: a type's properties are its attributes, the read-only ones too."""
    is_open = schema.get("additionalProperties") is True
    return is_open or name.partition(".")[0] in schema.get("properties", {})


def is_taggable(schema: Mapping[str, Any], kind: ResourceType) -> bool:
    """Whether resources of a type bear tags here."""
    return "Tags" in schema.get("properties", {}) and ("Tags" in kind.implemented or "Tags" in kind.accepted)


def problems(
    kind: ResourceType, schema: Mapping[str, Any], logical_id: str, properties: Mapping[str, Any]
) -> list[str]:
    """What is wrong with properties that may still have expressions in them; empty when nothing is."""
    found = [
        f"{place}: extraneous key [{key}] is not permitted"
        for place, key in _unknown(schema, schema, properties, "#", 0)
    ]
    read_only = {pointer.split("/")[2] for pointer in schema.get("readOnlyProperties", ()) if pointer.count("/") == 2}
    found += [
        f"#: extraneous key [{name}] is not permitted"
        for name in properties
        if name in read_only and name in schema.get("properties", {}) and name not in kind.implemented
    ]
    result = []
    if found:
        result.append(failed(logical_id, found))
    unbuilt = sorted(
        name
        for name in properties
        if name in schema.get("properties", {})
        and name not in kind.implemented
        and name not in kind.accepted
        and name not in read_only
        and properties[name] != {"Ref": "AWS::NoValue"}
    )
    if unbuilt:
        result.append(
            f"The property {', '.join(unbuilt)} of {logical_id} ({kind.name}) is not implemented by this version of "
            "Stratolite."
        )
    return result


def _unknown(
    root: Mapping[str, Any], schema: Mapping[str, Any], value: Any, place: str, depth: int
) -> Iterator[tuple[str, str]]:
    """(place, key) of every name that the schema does not have, looking into both branches of Fn::If."""
    schema = _followed(root, schema)
    if depth > DEPTH_MAX:
        return
    if isinstance(value, dict):
        found = function_of(value)
        if found is not None:
            if found[0] == "Fn::If" and isinstance(found[1], list):
                for branch in found[1][1:]:
                    yield from _unknown(root, schema, branch, place, depth + 1)
            return
        names = schema.get("properties")
        if names is None:
            return
        for key, inner in value.items():
            if key in names:
                yield from _unknown(root, names[key], inner, f"{place}/{key}", depth + 1)
            elif schema.get("additionalProperties", False) is False and not _by_pattern(schema, key):
                yield place, key
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        for index, inner in enumerate(value):
            yield from _unknown(root, schema["items"], inner, f"{place}/{index}", depth + 1)


def _by_pattern(schema: Mapping[str, Any], key: str) -> bool:
    return any(re.search(pattern, key) for pattern in schema.get("patternProperties", {})) or any(
        word in schema for word in ("oneOf", "anyOf", "allOf") if "properties" not in schema
    )


def _followed(root: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        target: Any = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        schema = target
    return schema


def coerced(root: Mapping[str, Any], value: Any, schema: Mapping[str, Any] | None = None) -> Any:
    """A resolved value in the schema's types: texts to numbers and booleans, and back."""
    schema = _followed(root, root if schema is None else schema)
    if value is NO_VALUE or (isinstance(value, str) and UNKNOWN in value):
        return value
    if isinstance(value, dict):
        names = schema.get("properties", {})
        return {key: coerced(root, inner, names.get(key, {})) for key, inner in value.items()}
    if isinstance(value, list):
        items = schema.get("items")
        return [coerced(root, inner, items if isinstance(items, dict) else {}) for inner in value]
    kinds = schema.get("type", ())
    return _scalar(value, {kinds} if isinstance(kinds, str) else set(kinds))


def _scalar(value: Any, kinds: set[str]) -> Any:
    if isinstance(value, str):
        if "string" in kinds or not kinds:
            return value
        if "boolean" in kinds and value.lower() in ("true", "false"):
            return value.lower() == "true"
        if "integer" in kinds and re.fullmatch(r"-?\d+", value):
            return int(value)
        if "number" in kinds and re.fullmatch(r"-?\d+(\.\d+)?", value):
            return float(value) if "." in value else int(value)
    elif isinstance(value, bool):
        return ("true" if value else "false") if kinds == {"string"} else value
    elif isinstance(value, int | float) and kinds == {"string"}:
        return str(value)
    return value


def failed(logical_id: str, found: Iterable[str]) -> str:
    """What is wrong with a resource's properties, as CloudFormation says it."""
    return f"Properties validation failed for resource {logical_id} with message:\n" + "\n".join(found)


def violations(schema: Mapping[str, Any], properties: Mapping[str, Any]) -> list[str]:
    """Wrong types and values of resolved properties, in the registry's words."""
    return [text for text in _violations(schema, schema, properties, "#", 0) if text]


def _violations(
    root: Mapping[str, Any], schema: Mapping[str, Any], value: Any, place: str, depth: int
) -> Iterator[str]:
    schema = _followed(root, schema)
    if depth > DEPTH_MAX or (isinstance(value, str) and UNKNOWN in value):
        return
    kinds = schema.get("type", ())
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    if kinds and not any(_is(kind, value) for kind in kinds):
        yield f"{place}: expected type: {_java(kinds[0])}, found: {_java(_kind(value))}"
        return
    if schema.get("enum") and not isinstance(value, dict | list) and value not in schema["enum"]:
        yield f"{place}: {value} is not a valid enum value"
    if isinstance(value, dict):
        names = schema.get("properties", {})
        for name in schema.get("required", ()):
            if name not in value:
                yield f"{place}: required key [{name}] not found"
        for key, inner in value.items():
            if key in names:
                yield from _violations(root, names[key], inner, f"{place}/{key}", depth + 1)
            elif schema.get("additionalProperties", True) is False and names and not _by_pattern(schema, key):
                yield f"{place}: extraneous key [{key}] is not permitted"
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        for index, inner in enumerate(value):
            yield from _violations(root, schema["items"], inner, f"{place}/{index}", depth + 1)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object" if isinstance(value, dict) else "null"


def _is(kind: str, value: Any) -> bool:
    found = _kind(value)
    return found == kind or (kind == "number" and found == "integer")


def _java(kind: str) -> str:
    return {
        "object": "JSONObject",
        "array": "JSONArray",
        "string": "String",
        "integer": "Integer",
        "number": "Number",
        "boolean": "Boolean",
    }.get(kind, kind)
