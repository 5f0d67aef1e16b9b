"""Parameters: their values, from the caller, from the last deployment, or by default.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from stratolite.core.errors import NotImplementedHere, ValidationError

HIDDEN = "****"
STORED = "AWS::SSM::Parameter::"
"""What the types of parameters begin with whose texts are names of what Systems Manager keeps."""
_STORED_VALUE = re.compile(rf"{STORED}Value<(.+)>")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")


def values(
    declared: Mapping[str, Mapping[str, Any]],
    given: Sequence[Mapping[str, Any]],
    previous: Mapping[str, str],
) -> dict[str, str]:
    """The text of every parameter. Raises ValidationError for missing, unknown and wrong ones."""
    texts: dict[str, str] = {}
    named: dict[str, Mapping[str, Any]] = {one["ParameterKey"]: one for one in given if "ParameterKey" in one}
    unknown = sorted(set(named) - set(declared))
    if unknown:
        raise ValidationError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    missing = []
    for name, declaration in declared.items():
        one = named.get(name)
        if one is not None and one.get("UsePreviousValue"):
            if name not in previous:
                raise ValidationError(
                    f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as true for a parameter "
                    "key not in the previous template"
                )
            if one.get("ParameterValue"):
                raise ValidationError(
                    f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as true and non empty "
                    "value for a parameter"
                )
            texts[name] = previous[name]
        elif one is not None and "ParameterValue" in one:
            texts[name] = str(one["ParameterValue"])
        elif "Default" in declaration:
            texts[name] = text_of(declaration["Default"])
        else:
            missing.append(name)
    if missing:
        raise _missing(declared, missing)
    for name, text in texts.items():
        _check(name, declared[name], text)
    return texts


def check_declaration(name: str, declaration: Mapping[str, Any]) -> None:
    """Raises ValidationError for a declaration whose constraints cannot be read, NotImplementedHere for its pattern."""
    if isinstance(declaration.get("Default"), dict | list):
        raise ValidationError("Template format error: Every Default member must be a string.")
    if not isinstance(declaration.get("AllowedValues", []), list):
        raise ValidationError("Template format error: Every AllowedValues member must be a list.")
    for key in ("MinLength", "MaxLength", "MinValue", "MaxValue"):
        if key in declaration and not _NUMBER.fullmatch(str(declaration[key])):
            raise ValidationError(f"Template format error: Every {key} member must be a number.")
    pattern = declaration.get("AllowedPattern", "")
    if not isinstance(pattern, str):
        raise ValidationError("Template format error: Every AllowedPattern member must be a string.")
    try:
        re.compile(pattern)
    except (re.error, RecursionError) as error:
        raise NotImplementedHere(f"The AllowedPattern of parameter {name} cannot be read here: {error}.") from error


def _missing(declared: Mapping[str, Mapping[str, Any]], names: Sequence[str]) -> ValidationError:
    for name in names:
        if str(declared[name]["Type"]).startswith("AWS::SSM::"):
            return ValidationError(f"Parameter {name} should either have input value or default value")
    return ValidationError(f"Parameters: [{', '.join(names)}] must have values")


def typed(declared: Mapping[str, Mapping[str, Any]], texts: Mapping[str, str]) -> dict[str, Any]:
    """What ``Ref`` gives for each parameter: lists for the list types, texts otherwise."""
    return {
        name: [part.strip() for part in text.split(",")] if _is_list(declared[name]) else text
        for name, text in texts.items()
    }


def _is_list(declaration: Mapping[str, Any]) -> bool:
    kind = str(declaration.get("Type", "String"))
    stored = _STORED_VALUE.fullmatch(kind)
    kind = stored[1] if stored else kind
    return kind == "CommaDelimitedList" or kind.startswith("List<")


def text_of(value: Any) -> str:
    """A value as parameters have it: lists with commas."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(text_of(one) for one in value)
    return str(value)


def _check(name: str, declaration: Mapping[str, Any], text: str) -> None:
    kind = str(declaration["Type"])
    is_list = _is_list(declaration) and not kind.startswith(STORED)
    parts = [part.strip() for part in text.split(",")] if is_list else [text]
    if kind in ("Number", "List<Number>"):
        for part in parts:
            if not _NUMBER.fullmatch(part):
                raise ValidationError(f"Parameter '{name}' must be a number.")
    said = declaration.get("ConstraintDescription")
    for part in parts:
        problem = _problem(declaration, kind, part)
        if problem:
            raise ValidationError(
                f"Parameter '{name}' failed to satisfy constraint: {said}" if said else f"Parameter '{name}' {problem}"
            )


def _problem(declaration: Mapping[str, Any], kind: str, text: str) -> str:
    allowed = declaration.get("AllowedValues")
    if allowed is not None and text not in [text_of(one) for one in allowed]:
        return "must be one of AllowedValues"
    pattern = declaration.get("AllowedPattern")
    if pattern is not None and not re.fullmatch(pattern, text):
        return f"must match pattern {pattern}"
    if "MinLength" in declaration and len(text) < float(declaration["MinLength"]):
        return f"must contain at least {declaration['MinLength']} characters"
    if "MaxLength" in declaration and len(text) > float(declaration["MaxLength"]):
        return f"must contain at most {declaration['MaxLength']} characters"
    if kind in ("Number", "List<Number>"):
        if "MinValue" in declaration and float(text) < float(declaration["MinValue"]):
            return f"must be a number not less than {declaration['MinValue']}"
        if "MaxValue" in declaration and float(text) > float(declaration["MaxValue"]):
            return f"must be a number not greater than {declaration['MaxValue']}"
    return ""


def shown(
    declared: Mapping[str, Mapping[str, Any]], texts: Mapping[str, str], resolved: Mapping[str, str]
) -> list[dict[str, str]]:
    """Parameters as stacks show them; secret ones are hidden. ``resolved``: the values of those that are stored."""
    result = []
    for name, text in texts.items():
        is_hidden = is_secret(declared.get(name, {}))
        one = {"ParameterKey": name, "ParameterValue": HIDDEN if is_hidden else text}
        if name in resolved:
            one["ResolvedValue"] = HIDDEN if is_hidden else resolved[name]
        result.append(one)
    return result


def is_secret(declaration: Mapping[str, Any]) -> bool:
    """Whether a parameter's value is not to be shown (NoEcho)."""
    return text_of(declaration.get("NoEcho", False)).lower() == "true"
