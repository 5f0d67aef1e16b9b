"""The policies that authorizers return: read strictly, judged as IAM does, a Deny before any Allow.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html,
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
What cannot be read is refused as a whole: a statement that is half understood would open a door or close one.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from stratolite.core.conditions import Facts, condition, wildcards

RESOURCE_LENGTH_MAX = 512
_INVOKE = "execute-api:invoke"
_ELEMENTS = frozenset({"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"})
_ARN_PARTS = 6
_ANY = re.compile(".*", re.DOTALL)


class Malformed(Exception):
    """The document is no policy. Logs are told why; the client is not, as on AWS."""


class Verdict(Enum):
    """What a policy says about a request."""

    ALLOWED = "allowed"
    DENIED = "denied"
    """No statement speaks of it."""
    DENIED_EXPLICITLY = "denied explicitly"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement that speaks of invoking. ``is_negated``: it speaks of all resources but these (NotResource)."""

    allows: bool
    resources: tuple[re.Pattern[str], ...]
    is_negated: bool
    conditions: tuple[Callable[[Facts], bool], ...] = ()

    def matches(self, method_arn: str, facts: Facts) -> bool:
        """Whether it speaks of a request."""
        named = any(resource.fullmatch(method_arn) for resource in self.resources)
        return named != self.is_negated and all(holds(facts) for holds in self.conditions)


def judge(statements: Sequence[Statement], method_arn: str, facts: Facts) -> Verdict:
    """What statements say about a request to a method: any Deny wins, then any Allow, else it is denied."""
    speaking = [statement for statement in statements if statement.matches(method_arn, facts)]
    if not speaking:
        return Verdict.DENIED
    return Verdict.ALLOWED if all(statement.allows for statement in speaking) else Verdict.DENIED_EXPLICITLY


def read(document: Any) -> tuple[Statement, ...]:
    """The statements of a decoded policy document that speak of invoking. Raises Malformed."""
    if not isinstance(document, Mapping) or "Statement" not in document:
        raise Malformed("no policy document")
    given = document["Statement"]
    statements = [given] if isinstance(given, Mapping) else given
    if not isinstance(statements, list):
        raise Malformed("Statement is no list")
    return tuple(found for each in statements if (found := _statement(each)) is not None)


def _statement(given: Any) -> Statement | None:
    if not isinstance(given, Mapping) or not given.keys() <= _ELEMENTS:
        raise Malformed("a statement with an unknown element")
    if given.get("Effect") not in ("Allow", "Deny"):
        raise Malformed("Effect is neither Allow nor Deny")
    actions, is_other = _either(given, "Action")
    resources, is_negated = _either(given, "Resource")
    patterns = tuple(_resource(each) for each in resources)
    try:
        conditions = condition(given.get("Condition"))
    except ValueError as error:
        raise Malformed(str(error)) from None
    # Names of actions are the same in either case: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
    if any(re.fullmatch(wildcards(each.lower()), _INVOKE) for each in actions) == is_other:
        return None
    return Statement(given["Effect"] == "Allow", patterns, is_negated, conditions)


def _either(given: Mapping[str, Any], name: str) -> tuple[list[str], bool]:
    """The values of an element or of its negation, of which there is exactly one; whether it is the negation."""
    if (name in given) == (f"Not{name}" in given):
        raise Malformed(f"neither {name} nor Not{name}, or both")
    is_negated = name not in given
    value = given[f"Not{name}" if is_negated else name]
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not values or not all(isinstance(each, str) for each in values):
        raise Malformed(f"{name} is no text and no list of texts")
    return values, is_negated


def _resource(arn: str) -> re.Pattern[str]:
    """An ARN with wildcards, part by part; parts that are left out at its end are any, as IAM has it."""
    if arn == "*":
        return _ANY
    if not arn.startswith("arn:") or len(arn) > RESOURCE_LENGTH_MAX:
        raise Malformed("Resource is no ARN")
    parts = arn.split(":", _ARN_PARTS - 1)
    parts += ["*"] * (_ARN_PARTS - len(parts))
    source = ":".join(wildcards(part, any_of="[^:]") for part in parts[:-1])
    return re.compile(f"{source}:{wildcards(parts[-1])}", re.DOTALL)
