"""Filter policies: from their JSON, with AWS's errors, to a pattern that matches a message.

Sources: https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html (operators, both scopes),
.../attribute-key-matching.html (``exists``) and .../subscription-filter-policy-constraints.html (five keys, 150
combinations, what message attributes are compared). AWS refuses a policy in the words of its open rule engine, whose
reading this follows: https://github.com/aws/event-ruler.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from stratolite.core import pattern, rule_language
from stratolite.core.pattern import Condition, Exists, Pattern, Predicate, Scalar
from stratolite.core.rule_language import InvalidRule, NotJson, Reader
from stratolite.core.rule_tokens import Token
from stratolite.services.sns import rules
from stratolite.services.sns.filter_document import of_attributes, of_body

MESSAGE_ATTRIBUTES = "MessageAttributes"
MESSAGE_BODY = "MessageBody"


class FilterPolicyError(Exception):
    """The policy is not valid; the message is AWS's."""


class NestedPolicyError(Exception):
    """A nested policy in the scope MessageAttributes."""


def parse(source: str, scope: str) -> Pattern:
    """The pattern of a policy. Raises FilterPolicyError, NestedPolicyError."""
    try:
        parsed = rule_language.read(source, _OPERATORS)
    except NotJson as error:
        raise FilterPolicyError(f"failed to parse JSON. {error}") from error
    except InvalidRule as error:
        raise FilterPolicyError(str(error)) from error
    policy = json.loads(source)
    keys = set(policy)
    if scope == MESSAGE_ATTRIBUTES:
        if _is_nested(parsed):
            raise NestedPolicyError("Filter policy scope MessageAttributes does not support nested filter policy")
        # Names of attributes may have dots, and those of all alternatives count.
        keys = _names(parsed)
    else:
        parsed = rule_language.spread(parsed)
    if len(keys) > rules.FILTER_KEYS_MAX:
        raise FilterPolicyError(f"Filter policy can not have more than {rules.FILTER_KEYS_MAX} keys")
    if _combinations(policy, 1) > rules.FILTER_COMBINATIONS_MAX:
        raise FilterPolicyError("Filter policy is too complex")
    return parsed


def accepts(compiled: Pattern, scope: str, message: str, attributes: Mapping[str, Any]) -> bool:
    """Whether a message passes. One that has nothing to compare never does, not even when absence is asked for; the
    empty policy lets all pass."""
    if compiled == Pattern():
        return True
    document = of_attributes(attributes) if scope == MESSAGE_ATTRIBUTES else of_body(message)
    return bool(document) and pattern.matches(compiled, document)


def _combinations(policy: Any, depth: int) -> int:
    """Values of every key multiplied, each times its depth; the alternatives of ``$or`` added."""
    total = 1
    for key, value in policy.items():
        if key == pattern.OR and _are_alternatives(value):
            total *= sum(_combinations(item, depth) for item in value)
        elif isinstance(value, dict):
            total *= _combinations(value, depth + 1)
        else:
            total *= sum(_weight(condition) for condition in value) * depth
    return total


def _are_alternatives(value: Any) -> bool:
    """What ``Reader.is_group`` says, of decoded JSON."""
    return (
        isinstance(value, list)
        and len(value) > 1
        and all(isinstance(item, dict) and not item.keys() & _OPERATORS.keys() for item in value)
    )


def _is_nested(parsed: Pattern) -> bool:
    return bool(parsed.nested) or any(_is_nested(inner) for group in parsed.alternatives for inner in group)


def _names(parsed: Pattern) -> set[str]:
    """The keys of a policy without nested ones."""
    return set(parsed.leaves).union(*(_names(inner) for group in parsed.alternatives for inner in group))


def _weight(condition: Any) -> int:
    if isinstance(condition, dict):
        refused = condition.get("anything-but")
        if isinstance(refused, list):
            return len(refused)
    return 1


def _exists(reader: Reader) -> Condition:
    token = reader.next()
    if not isinstance(token.value, bool):
        raise reader.fail("exists match pattern must be either true or false.", token.column)
    return _is_present if token.value else Exists(False)


def _is_present(value: Scalar) -> bool:
    """The key must have a value that is neither null nor empty."""
    return value is not None and value != ""


def _anything_but(reader: Reader) -> Condition:
    token = reader.next()
    if token.kind == "{":
        return pattern.anything_but([_nested_operator(reader)])
    if token.kind not in ("[", "string", "number"):
        raise reader.fail("Value of anything-but must be an array or single string/number value.", token.column)
    if token.kind != "[":
        return pattern.anything_but([pattern.equal(token.value)])
    refused: list[Token] = []
    while (item := reader.next()).kind != "]":
        if item.kind not in ("string", "number"):
            raise reader.fail("Inside anything but list, start|null|boolean is not supported.", item.column)
        refused.append(item)
    if len({item.kind for item in refused}) != 1:
        raise reader.fail(
            "Inside anything but list, either all values are number or string, mixed type is not supported", item.column
        )
    return pattern.anything_but([pattern.equal(item.value) for item in refused])


def _nested_operator(reader: Reader) -> Predicate:
    """What ``anything-but`` may hold: ``prefix`` and ``wildcard``; AWS refuses the others by name."""
    name = reader.next()
    if name.kind == "}":
        raise reader.fail("Anything-But expression name not found", name.column)
    if name.value not in ("prefix", "wildcard"):
        raise reader.fail(f"Unsupported anything-but pattern: {name.value}", name.column)
    text = reader.peek()
    inner = _STRING_OPERATORS[str(name.value)](reader)
    if name.value == "prefix" and not text.value:
        raise reader.fail("Null prefix not allowed", text.column)
    ending = reader.next()
    if ending.kind != "}":
        raise reader.fail("Only one key allowed in match expression", ending.column)
    return inner


_STRING_OPERATORS: Mapping[str, Callable[[Reader], Predicate]] = {
    "prefix": lambda reader: pattern.prefix(reader.text("prefix")),
    "suffix": lambda reader: pattern.suffix(reader.text("suffix")),
    "wildcard": rule_language.wildcard,
    "equals-ignore-case": lambda reader: pattern.equals_ignore_case(reader.text("equals-ignore-case")),
}
_OPERATORS: Mapping[str, Callable[[Reader], Condition]] = {
    **_STRING_OPERATORS,
    "exists": _exists,
    "cidr": rule_language.cidr,
    "anything-but": _anything_but,
    "numeric": lambda reader: rule_language.numeric(reader, billions=1),
}
