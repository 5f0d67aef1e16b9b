"""The Rules section: what a template asserts about the values of its parameters, before anything is made.

It has functions of its own, that stand nowhere else. Those that ask EC2 about networks (``Fn::ValueOf``) are refused.
AWS's words for an assertion that does not hold are not documented; here they are the rule's name and its description.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html
and https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-rules.html
"""

from collections.abc import Mapping
from typing import Any

from stratolite.core.errors import NotImplementedHere, ValidationError
from stratolite.services.cloudformation.parameters import text_of

KEYS = frozenset({"Assertions", "RuleCondition"})
ASSERTION_KEYS = frozenset({"Assert", "AssertDescription"})
OF_NETWORKS = ("Fn::ValueOf", "Fn::ValueOfAll")
MEMBERS_MAX = 10


def check(section: Any) -> None:
    """Raises ValidationError for rules that are none."""
    if not isinstance(section, dict):
        raise ValidationError("Template format error: Rules section must be a map.")
    for name, rule in section.items():
        if not isinstance(rule, dict) or set(rule) - KEYS or not isinstance(rule.get("Assertions"), list):
            raise ValidationError(f"Template format error: Rule {name} needs Assertions, and may have a RuleCondition.")
        for one in rule["Assertions"]:
            if not isinstance(one, dict) or set(one) - ASSERTION_KEYS or "Assert" not in one:
                raise ValidationError(
                    f"Template format error: Every assertion of rule {name} needs an Assert, and may have an "
                    "AssertDescription."
                )


def uphold(body: Mapping[str, Any], values: Mapping[str, Any], pseudo: Mapping[str, Any]) -> None:
    """Raises ValidationError for assertions that do not hold. ``values``: the typed values of parameters."""
    rules = _Rules(body.get("Parameters", {}), values, pseudo)
    broken: list[str] = []
    for name, rule in body.get("Rules", {}).items():
        if "RuleCondition" in rule and not rules.truth(rule["RuleCondition"]):
            continue
        broken += [
            f"{name}: {one.get('AssertDescription', 'an assertion does not hold')}"
            for one in rule["Assertions"]
            if not rules.truth(one["Assert"])
        ]
    if broken:
        raise ValidationError(f"Template error: the following rules are violated: [{'; '.join(broken)}]")


class _Rules:
    """Evaluates the functions of rules."""

    def __init__(self, declared: Mapping[str, Any], values: Mapping[str, Any], pseudo: Mapping[str, Any]) -> None:
        self._declared = declared
        self._names = {**pseudo, **values}

    def truth(self, value: Any) -> bool:
        """Whether a rule's condition or assertion holds."""
        name, argument = next(iter(value.items())) if isinstance(value, dict) and len(value) == 1 else ("", None)
        if name in ("Fn::And", "Fn::Or"):
            if not isinstance(argument, list) or not 2 <= len(argument) <= MEMBERS_MAX:
                raise ValidationError(
                    f"Template error: every {name} object requires a list of at least 2 and at most {MEMBERS_MAX} "
                    "boolean parameters."
                )
            return (all if name == "Fn::And" else any)([self.truth(one) for one in argument])
        if name == "Fn::Not":
            if not isinstance(argument, list) or len(argument) != 1:
                raise ValidationError("Template error: every Fn::Not object requires a list argument with one element.")
            return not self.truth(argument[0])
        if name not in ("Fn::Contains", "Fn::EachMemberEquals", "Fn::EachMemberIn", "Fn::Equals"):
            raise ValidationError(
                "Template format error: Every condition and assertion of Rules must be a function of rules, and "
                f"{name or 'this'} is none."
            )
        if not isinstance(argument, list) or len(argument) != 2:
            raise ValidationError(f"Template error: every {name} object requires a list of 2 parameters.")
        left, right = (self._value(one) for one in argument)
        if name == "Fn::Equals":
            return text_of(left) == text_of(right)
        if name == "Fn::Contains":
            return text_of(right) in _texts(name, left)
        if name == "Fn::EachMemberEquals":
            return all(one == text_of(right) for one in _texts(name, left))
        return set(_texts(name, left)) <= set(_texts(name, right))

    def _value(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._value(one) for one in value]
        if not isinstance(value, dict):
            return value
        name, argument = next(iter(value.items())) if len(value) == 1 else ("", None)
        if name == "Ref" and isinstance(argument, str) and argument in self._names:
            return self._names[argument]
        if name == "Ref":
            raise ValidationError(
                f"Template format error: Unresolved dependencies [{argument}]. Cannot reference resources in the Rules "
                "block of the template"
            )
        if name == "Fn::RefAll":
            return self._all_of(str(argument))
        if name in OF_NETWORKS:
            raise NotImplementedHere(f"{name} asks EC2, which is not part of this version of Stratolite.")
        raise ValidationError(f"Template format error: {name or 'an object'} cannot stand in a rule.")

    def _all_of(self, kind: str) -> list[str]:
        """The values of all parameters of a type, and the members of all lists of it."""
        found: list[str] = []
        for name, declaration in self._declared.items():
            if declaration.get("Type") in (kind, f"List<{kind}>"):
                value = self._names[name]
                found += value if isinstance(value, list) else [value]
        return found


def _texts(name: str, value: Any) -> list[str]:
    if not isinstance(value, list):
        raise ValidationError(f"Template error: {name} requires a list of strings.")
    return [text_of(one) for one in value]
