"""Expressions as they stand in a template: which function a value is, and what it refers to. Nothing is evaluated here.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

import re
from collections.abc import Iterator
from typing import Any

from stratolite.core.errors import NotImplementedHere, ValidationError

NO_VALUE = object()
"""``AWS::NoValue``: the property is left out."""

UNKNOWN = "{{changeSet:KNOWN_AFTER_APPLY}}"
"""What a change set shows for a value that only its execution will know."""

PSEUDO = frozenset(
    f"AWS::{name}"
    for name in ["AccountId", "NoValue", "NotificationARNs", "Partition", "Region", "StackId", "StackName", "URLSuffix"]
)
CONDITION_FUNCTIONS = frozenset({"Fn::And", "Fn::Equals", "Fn::If", "Fn::Not", "Fn::Or", "Condition"})
FUNCTIONS = (
    CONDITION_FUNCTIONS
    | frozenset(
        f"Fn::{name}"
        for name in [
            "Base64",
            "Cidr",
            "FindInMap",
            "GetAtt",
            "GetAZs",
            "ImportValue",
            "Join",
            "Length",
            "Select",
            "Split",
            "Sub",
            "ToJsonString",
        ]
    )
    | {"Ref"}
)

FIND_IN_MAP_FORM = (
    "Template error: every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for "
    "return value"
)
REF_FORM = "Template format error: Every Ref object must have a single String value."
VARIABLE = re.compile(r"\$\{([^}]*)\}")
_VARIABLE_NAME = re.compile(r"[A-Za-z0-9_.:]+")


def is_unknown(value: Any) -> bool:
    """Whether a value, or something in it, is known only when it is made."""
    if isinstance(value, str):
        return UNKNOWN in value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(is_unknown(one) for one in inner)


def function_of(value: Any) -> tuple[str, Any] | None:
    """The function that a value is, and its argument."""
    if isinstance(value, dict) and len(value) == 1:
        name, argument = next(iter(value.items()))
        if name in FUNCTIONS and (name != "Condition" or isinstance(argument, str)):
            return name, argument
        if isinstance(name, str) and name.startswith("Fn::") and name != "Fn::Transform":
            raise ValidationError(f"Template format error: Unrecognized intrinsic function {name}")
    if isinstance(value, dict) and "Fn::Transform" in value:
        raise NotImplementedHere("Fn::Transform is not implemented by this version of Stratolite.")
    return None


def references(value: Any) -> Iterator[tuple[str, str]]:
    """(logical id, attribute or empty) of every ``Ref``, ``Fn::GetAtt`` and ``${...}`` in a value."""
    found = function_of(value)
    if found is None:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        for one in inner:
            yield from references(one)
        return
    name, argument = found
    if name == "Ref":
        if not isinstance(argument, str):
            raise ValidationError(REF_FORM)
        yield argument, ""
    elif name == "Fn::GetAtt":
        yield get_att(argument)
        if isinstance(argument, list) and len(argument) == 2:
            yield from references(argument[1])
    elif name == "Fn::Sub":
        yield from _sub_references(argument)
    elif name != "Condition":
        yield from references(argument if not isinstance(argument, str) else [])


def conditions_named(value: Any) -> Iterator[str]:
    """The condition of every ``Fn::If`` in a value."""
    found = function_of(value)
    if found is not None and found[0] == "Fn::If" and isinstance(found[1], list) and found[1]:
        if isinstance(found[1][0], str):
            yield found[1][0]
        value = found[1][1:]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        yield from conditions_named(one)


def _sub_references(argument: Any) -> Iterator[tuple[str, str]]:
    text, variables = sub_arguments(argument)
    for variable in VARIABLE.findall(text):
        stripped = variable.strip()
        if variable.startswith("!") or stripped in variables:
            continue
        if not _VARIABLE_NAME.fullmatch(stripped):
            raise ValidationError(
                "Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, "
                "underscores, periods, and colons"
            )
        logical_id, _, attribute = stripped.partition(".")
        yield logical_id, attribute
    yield from references(list(variables.values()))


def get_att(argument: Any) -> tuple[str, str]:
    """(logical id, attribute) of a ``Fn::GetAtt``; no attribute where only its evaluation gives it."""
    said = (
        "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource "
        "attribute"
    )
    if isinstance(argument, str):
        argument = argument.split(".", 1)
    if not isinstance(argument, list) or len(argument) != 2 or not all(argument):
        raise ValidationError(said)
    if not isinstance(argument[0], str):
        raise ValidationError(said)
    return argument[0], argument[1] if isinstance(argument[1], str) else ""


def sub_arguments(argument: Any) -> tuple[str, dict[str, Any]]:
    """The text and the variables of a ``Fn::Sub``."""
    if isinstance(argument, str):
        return argument, {}
    if (
        isinstance(argument, list)
        and len(argument) == 2
        and isinstance(argument[0], str)
        and isinstance(argument[1], dict)
    ):
        return argument[0], argument[1]
    raise ValidationError(
        "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as "
        "first argument, and an optional second argument to specify a mapping of values to replace in the string"
    )
