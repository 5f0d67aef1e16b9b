"""Intrinsic functions: what a template's expressions are worth.

``Resolver`` evaluates a value once the resources that it names exist. A value that is not known yet (in a change set)
is ``UNKNOWN``, and spreads to whatever is made of it.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

import base64
import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stratolite.core.errors import ValidationError
from stratolite.services.cloudformation import dynamic_references
from stratolite.services.cloudformation.expressions import (
    FIND_IN_MAP_FORM,
    NO_VALUE,
    PSEUDO,
    REF_FORM,
    UNKNOWN,
    VARIABLE,
    function_of,
    get_att,
    is_unknown,
    sub_arguments,
)

_AZ_LETTERS = "abc"
CIDRS_MAX = 256


@dataclass
class Context:
    """What expressions can refer to."""

    parameters: Mapping[str, Any]
    pseudo: Mapping[str, Any]
    mappings: Mapping[str, Any] = field(default_factory=dict)
    conditions: Mapping[str, bool] = field(default_factory=dict)
    ref: Callable[[str], Any] = lambda logical_id: UNKNOWN
    attribute: Callable[[str, str], Any] = lambda logical_id, name: UNKNOWN
    imported: Callable[[str], str] = lambda name: UNKNOWN
    dynamic: Callable[[str], str] = dynamic_references.refuse


class Resolver:
    """Evaluates values in a context."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def resolve(self, value: Any) -> Any:
        """The value without functions. ``AWS::NoValue`` drops out of the mapping or list it stands in."""
        found = function_of(value)
        if found is not None:
            return self._dynamic(self._apply(*found))
        if isinstance(value, dict):
            inner = {key: self.resolve(one) for key, one in value.items()}
            return {key: one for key, one in inner.items() if one is not NO_VALUE}
        if isinstance(value, list):
            return [one for one in (self.resolve(one) for one in value) if one is not NO_VALUE]
        return self._dynamic(value)

    def _dynamic(self, value: Any) -> Any:
        """A text with values in the place of its dynamic references; anything else as it is."""
        return self._context.dynamic(value) if isinstance(value, str) and "{{resolve:" in value else value

    def taken(self, value: Any) -> Any:
        """The value with every ``Fn::If`` replaced by the branch that is taken; other functions stay."""
        found = function_of(value)
        if found is not None and found[0] == "Fn::If":
            return self.taken(self._branch(found[1]))
        if isinstance(value, dict):
            return {key: self.taken(one) for key, one in value.items()}
        return [self.taken(one) for one in value] if isinstance(value, list) else value

    def condition(self, value: Any) -> bool:
        """The truth of a condition."""
        found = function_of(value)
        if found is not None:
            result = self._apply(*found)
            if isinstance(result, bool):
                return result
        raise ValidationError(
            "Template format error: Every Conditions member must be an object with a condition function."
        )

    def _apply(self, name: str, argument: Any) -> Any:
        method = getattr(self, f"_{name.removeprefix('Fn::').lower()}")
        return method(argument)

    # Reference -------------------------------------------------------------------------------------------

    def _ref(self, argument: Any) -> Any:
        context = self._context
        if not isinstance(argument, str):
            raise ValidationError(REF_FORM)
        if argument == "AWS::NoValue":
            return NO_VALUE
        if argument in context.pseudo:
            return context.pseudo[argument]
        if argument in context.parameters:
            return context.parameters[argument]
        return context.ref(argument)

    def _getatt(self, argument: Any) -> Any:
        if isinstance(argument, list) and len(argument) == 2 and not isinstance(argument[1], str):
            argument = [argument[0], self.resolve(argument[1])]
        return self._context.attribute(*get_att(argument))

    def _importvalue(self, argument: Any) -> Any:
        return self._context.imported(str(self.resolve(argument)))

    def _findinmap(self, argument: Any) -> Any:
        if not isinstance(argument, list) or len(argument) not in (3, 4):
            raise ValidationError(FIND_IN_MAP_FORM)
        name, top, second = (self.resolve(one) for one in argument[:3])
        try:
            return self._context.mappings[name][str(top)][str(second)]
        except (KeyError, TypeError) as error:
            if len(argument) == 4 and isinstance(argument[3], dict) and "DefaultValue" in argument[3]:
                return self.resolve(argument[3]["DefaultValue"])
            raise ValidationError(f"Template error: Unable to get mapping for {name}::{top}::{second}") from error

    def _getazs(self, argument: Any) -> list[str]:
        region = self.resolve(argument) or self._context.pseudo["AWS::Region"]
        return [f"{region}{letter}" for letter in _AZ_LETTERS]

    # Text and lists --------------------------------------------------------------------------------------

    def _sub(self, argument: Any) -> str:
        text, variables = sub_arguments(argument)
        values = {name: self.resolve(one) for name, one in variables.items()}

        def replace(found: re.Match[str]) -> str:
            variable = found.group(1)
            if variable.startswith("!"):
                return f"${{{variable[1:]}}}"
            name = variable.strip()
            if name in values:
                value = values[name]
            elif "." in name and name not in PSEUDO:
                value = self._context.attribute(*name.split(".", 1))
            else:
                value = self._ref(name)
            if isinstance(value, list | dict):
                raise ValidationError(
                    f"Template error: variable {name} in Fn::Sub expression does not resolve to a string"
                )
            return _text(value)

        result = VARIABLE.sub(replace, text)
        return UNKNOWN if UNKNOWN in result else result

    def _join(self, argument: Any) -> str:
        said = (
            "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of "
            "strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined."
        )
        if not isinstance(argument, list) or len(argument) != 2 or not isinstance(argument[0], str):
            raise ValidationError(said)
        parts = self.resolve(argument[1])
        if is_unknown(parts):
            return UNKNOWN
        if not isinstance(parts, list) or any(isinstance(part, dict) for part in parts):
            raise ValidationError(said)
        return argument[0].join(_text(part) for part in parts)

    def _split(self, argument: Any) -> Any:
        said = (
            "Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string "
            "to be split or a function that returns a string to be split."
        )
        if not isinstance(argument, list) or len(argument) != 2 or not isinstance(argument[0], str) or not argument[0]:
            raise ValidationError(said)
        text = self.resolve(argument[1])
        if not isinstance(text, str):
            raise ValidationError(said)
        return UNKNOWN if is_unknown(text) else text.split(argument[0])

    def _select(self, argument: Any) -> Any:
        said = "Template error: Fn::Select requires a list argument with two elements: an integer index and a list"
        if not isinstance(argument, list) or len(argument) != 2:
            raise ValidationError(said)
        index, items = self.resolve(argument[0]), self.resolve(argument[1])
        if isinstance(items, str) and UNKNOWN in items:
            return UNKNOWN
        if not isinstance(items, list) or not re.fullmatch(r"-?\d+", str(index)):
            raise ValidationError(said)
        place = int(str(index))
        if not 0 <= place < len(items):
            if isinstance(argument[1], list):
                raise ValidationError(said)
            raise ValidationError(f"Template error: Fn::Select cannot select nonexistent value at index {place}")
        return items[place]

    def _base64(self, argument: Any) -> str:
        value = self.resolve(argument)
        if isinstance(value, list | dict):
            raise ValidationError("Template error: every Fn::Base64 object must have a String-typed value.")
        return UNKNOWN if is_unknown(value) else base64.b64encode(_text(value).encode()).decode()

    def _length(self, argument: Any) -> Any:
        value = self.resolve(argument)
        if value == UNKNOWN:
            return UNKNOWN
        if not isinstance(value, list):
            raise ValidationError("Template error: Fn::Length requires a list")
        return len(value)

    def _tojsonstring(self, argument: Any) -> str:
        value = self.resolve(argument)
        if value is NO_VALUE:
            return ""
        return UNKNOWN if is_unknown(value) else json.dumps(value, separators=(",", ":"))

    def _cidr(self, argument: Any) -> Any:
        if not isinstance(argument, list) or len(argument) not in (2, 3):
            raise ValidationError("Template error: every Fn::Cidr object requires two or three parameters")
        block, count, *bits = (self.resolve(one) for one in argument)
        if block == UNKNOWN:
            return UNKNOWN
        if is_unknown([count, *bits]):
            return UNKNOWN
        if not re.fullmatch(r"\d{1,3}", str(count)) or not 1 <= int(count) <= CIDRS_MAX:
            raise ValidationError(f"Template error: Fn::Cidr requires a count between 1 and {CIDRS_MAX}")
        try:
            network = ipaddress.ip_network(block)
            width = network.max_prefixlen - (int(bits[0]) if bits else 8)
            subnets = network.subnets(new_prefix=width)
            return [str(next(subnets)) for _ in range(int(count))]
        except (ValueError, StopIteration) as error:
            raise ValidationError(f"Template error: Fn::Cidr cannot divide {block}: {error}") from error

    # Conditions ------------------------------------------------------------------------------------------

    def _condition(self, argument: str) -> bool:
        known = self._context.conditions.get(argument)
        if known is None:
            raise ValidationError(
                f"Template format error: Unresolved condition dependency {argument} in the Conditions block"
            )
        return known

    def _if(self, argument: Any) -> Any:
        return self.resolve(self._branch(argument))

    def _branch(self, argument: Any) -> Any:
        if not isinstance(argument, list) or len(argument) != 3 or not isinstance(argument[0], str):
            raise ValidationError("Template error: Fn::If requires a list argument with three elements")
        truth = self._context.conditions.get(argument[0])
        if truth is None:
            raise ValidationError(f"Template error: unresolved condition dependency {argument[0]} in Fn::If")
        return argument[1] if truth else argument[2]

    def _equals(self, argument: Any) -> bool:
        if not isinstance(argument, list) or len(argument) != 2:
            raise ValidationError("Template error: every Fn::Equals object requires a list of 2 string parameters.")
        left, right = (self.resolve(one) for one in argument)
        return _text(left) == _text(right)

    def _and(self, argument: Any) -> bool:
        return all(self._members("Fn::And", argument))

    def _or(self, argument: Any) -> bool:
        return any(self._members("Fn::Or", argument))

    def _not(self, argument: Any) -> bool:
        if not isinstance(argument, list) or len(argument) != 1:
            raise ValidationError("Template error: every Fn::Not object requires a list argument with one element.")
        return not self.condition(argument[0])

    def _members(self, name: str, argument: Any) -> list[bool]:
        if not isinstance(argument, list) or not 2 <= len(argument) <= 10:
            raise ValidationError(
                f"Template error: every {name} object requires a list of at least 2 and at most 10 boolean parameters."
            )
        return [self.condition(one) for one in argument]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(_text(one) for one in value)
    return "" if value is NO_VALUE else str(value)


def evaluate_conditions(context: Context, conditions: Mapping[str, Any]) -> None:
    """Put the truth of every condition into a context. Raises ValidationError for a circle."""
    known: dict[str, bool] = {}
    context.conditions = known
    resolver, waiting = Resolver(context), dict(conditions)
    while waiting:
        ready = [name for name, value in waiting.items() if not _named(value) & (set(waiting) - {name})]
        if not ready:
            raise ValidationError(
                f"Template format error: Circular dependency between conditions: [{', '.join(sorted(waiting))}]"
            )
        for name in ready:
            known[name] = resolver.condition(waiting.pop(name))


def _named(value: Any) -> set[str]:
    """The conditions that a condition refers to."""
    if isinstance(value, dict):
        own = {value["Condition"]} if isinstance(value.get("Condition"), str) and len(value) == 1 else set()
        if isinstance(value.get("Fn::If"), list) and value["Fn::If"]:
            own.add(str(value["Fn::If"][0]))
        return own.union(*(_named(inner) for inner in value.values()))
    if isinstance(value, list):
        return set().union(*(_named(inner) for inner in value))
    return set()
