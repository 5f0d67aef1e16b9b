"""The parameters from before expressions: Expected, AttributeUpdates, KeyConditions, QueryFilter, ScanFilter.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html
Everything raises ValidationException.
"""

from collections.abc import Callable, Mapping
from typing import Any

from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb import attributes
from stratolite.services.dynamodb.attributes import Item, Value
from stratolite.services.dynamodb.expressions import evaluate
from stratolite.services.dynamodb.expressions.evaluate import Test
from stratolite.services.dynamodb.expressions.update import added, copied, without

INVALID = "One or more parameter values were invalid: "
_MISMATCH = "Type mismatch for attribute to update"
_COUNTS: dict[str, tuple[int, int | None]] = {
    "NULL": (0, 0),
    "NOT_NULL": (0, 0),
    "IN": (1, None),
    "BETWEEN": (2, 2),
}
_KINDS = {
    # EQ and NE take values of every type.
    "LE": ("S", "N", "B"),
    "LT": ("S", "N", "B"),
    "GE": ("S", "N", "B"),
    "GT": ("S", "N", "B"),
    "CONTAINS": ("S", "N", "B"),
    "NOT_CONTAINS": ("S", "N", "B"),
    "BEGINS_WITH": ("S", "B"),
    "IN": ("S", "N", "B"),
    "BETWEEN": ("S", "N", "B"),
}
_SIGNS = {"EQ": "=", "NE": "<>", "LE": "<=", "LT": "<", "GE": ">=", "GT": ">"}


def check_expected(expected: Mapping[str, Mapping[str, Any]] | None) -> None:
    """Check the conditions of ``Expected``."""
    attributes.check_names(expected or ())
    for name, condition in (expected or {}).items():
        if "AttributeValueList" in condition and "Value" in condition:
            raise ValidationException(
                f"{INVALID}Value and AttributeValueList cannot be used together for Attribute: {name}"
            )
        if "ComparisonOperator" in condition:
            _check_comparison(name, condition)
        elif "AttributeValueList" in condition:
            raise ValidationException(
                f"{INVALID}AttributeValueList can only be used with a ComparisonOperator for Attribute: {name}"
            )
        else:
            _check_existence(name, condition)


def _check_comparison(name: str, condition: Mapping[str, Any]) -> None:
    operator = condition["ComparisonOperator"]
    if "Exists" in condition:
        raise ValidationException(
            f"{INVALID}Exists and ComparisonOperator cannot be used together for Attribute: {name}"
        )
    if operator not in ("NULL", "NOT_NULL") and "AttributeValueList" not in condition and "Value" not in condition:
        raise ValidationException(
            f"{INVALID}Value or AttributeValueList must be used with ComparisonOperator: {operator}"
            f" for Attribute: {name}"
        )
    _check_values(operator, _values(condition))


def _check_existence(name: str, condition: Mapping[str, Any]) -> None:
    exists = condition.get("Exists")
    if exists is not False and "Value" not in condition:
        shown = "null" if exists is None else "true"
        raise ValidationException(f"{INVALID}Value must be provided when Exists is {shown} for Attribute: {name}")
    if exists is False and "Value" in condition:
        raise ValidationException(f"{INVALID}Value cannot be used when Exists is false for Attribute: {name}")
    if "Value" in condition:
        attributes.check_value(condition["Value"])


def check_conditions(conditions: Mapping[str, Mapping[str, Any]] | None) -> None:
    """Check the conditions of KeyConditions, QueryFilter or ScanFilter."""
    attributes.check_names(conditions or ())
    for condition in (conditions or {}).values():
        _check_values(condition["ComparisonOperator"], _values(condition))


def _values(condition: Mapping[str, Any]) -> list[Any]:
    if "Value" in condition:
        return [condition["Value"]]
    values: list[Any] = condition.get("AttributeValueList") or []
    return values


def _check_values(operator: str, values: list[Any]) -> None:
    for value in values:
        attributes.check_value(value)
    low, high = _COUNTS.get(operator, (1, 1))
    if len(values) < low or (high is not None and len(values) > high):
        raise ValidationException(f"{INVALID}Invalid number of argument(s) for the {operator} ComparisonOperator")
    kinds = [attributes.kind_of(value) for value in values]
    if len(set(kinds)) > 1:
        raise ValidationException(f"{INVALID}AttributeValues inside AttributeValueList must be of same type")
    for kind in kinds:
        if operator in _KINDS and kind not in _KINDS[operator]:
            raise ValidationException(
                f"{INVALID}ComparisonOperator {operator} is not valid for {kind} AttributeValue type"
            )
    if operator == "BETWEEN" and evaluate.compare(">", values[0], values[1]):
        raise ValidationException(
            "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"
        )


def _test(name: str, condition: Mapping[str, Any]) -> Test:
    """The test of one checked condition."""
    operator, values = condition.get("ComparisonOperator"), _values(condition)
    if operator is None:
        if condition.get("Exists") is False:
            return lambda item: name not in item
        operator = "EQ"
    if operator in _SIGNS:
        sign, wanted = _SIGNS[operator], values[0]
        return lambda item: evaluate.compare(sign, item.get(name), wanted)
    if operator == "IN":
        return lambda item: any(evaluate.compare("=", item.get(name), value) for value in values)
    tests: dict[str, Callable[[Value | None], bool]] = {
        "NULL": lambda value: value is None,
        "NOT_NULL": lambda value: value is not None,
        "BETWEEN": lambda value: evaluate.between(value, values[0], values[1]),
        "CONTAINS": lambda value: evaluate.contains(value, values[0]),
        # Unlike NE, which what is not there always fulfils.
        "NOT_CONTAINS": lambda value: value is not None and not evaluate.contains(value, values[0]),
        "BEGINS_WITH": lambda value: evaluate.begins_with(value, values[0]),
    }
    test = tests[operator]
    return lambda item: test(item.get(name))


def compiled(conditions: Mapping[str, Mapping[str, Any]], conditional_operator: str | None) -> Test:
    """The test of checked conditions, joined by AND (the default) or OR."""
    tests = [_test(name, condition) for name, condition in conditions.items()]
    if conditional_operator == "OR":
        return lambda item: any(test(item) for test in tests)
    return lambda item: all(test(item) for test in tests)


# AttributeUpdates ---------------------------------------------------------------------------------------------


def check_updates(updates: Mapping[str, Mapping[str, Any]] | None) -> None:
    """Check ``AttributeUpdates``."""
    attributes.check_names(updates or ())
    for update in (updates or {}).values():
        value, action = update.get("Value"), update.get("Action")
        if value is None:
            if action != "DELETE":
                raise ValidationException(
                    f"{INVALID}Only DELETE action is allowed when no attribute value is specified"
                )
            continue
        attributes.check_value(value)
        kind = attributes.kind_of(value)
        if action == "DELETE" and kind not in evaluate.SET_KINDS:
            raise ValidationException(f"{INVALID}DELETE action with value is not supported for the type {kind}")
        if action == "ADD" and kind not in ("L", "N", *evaluate.SET_KINDS):
            raise ValidationException(f"{INVALID}ADD action is not supported for the type {kind}")


def apply_updates(updates: Mapping[str, Mapping[str, Any]], item: Item) -> Item:
    """The item after checked ``AttributeUpdates``. The given one is left as it is."""
    result = dict(item)
    for name, update in updates.items():
        value, action = update.get("Value"), update.get("Action", "PUT")
        if value is None:
            result.pop(name, None)
        elif action == "PUT":
            result[name] = copied(value)
        elif action == "ADD":
            result[name] = added(result.get(name), copied(value), _MISMATCH)
        elif name in result:
            left = without(result[name], value, _MISMATCH)
            if left is None:
                del result[name]
            else:
                result[name] = left
    return result
