"""Filter policies: from their JSON, with AWS's errors, to a pattern that matches a message.

Sources: https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html (operators, both scopes),
.../attribute-key-matching.html (``exists``) and .../subscription-filter-policy-constraints.html (five keys, 150
combinations, what message attributes are compared). AWS refuses a policy in the words of its open rule engine, whose
reading this follows: https://github.com/aws/event-ruler.
"""

import ipaddress
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stratolite.core import pattern
from stratolite.core.pattern import Condition, Exists, Pattern, Predicate, Scalar
from stratolite.services.sns import rules
from stratolite.services.sns.filter_document import of_attributes, of_body
from stratolite.services.sns.policy_reader import PolicySyntaxError, Token, tokens

MESSAGE_ATTRIBUTES = "MessageAttributes"
MESSAGE_BODY = "MessageBody"


_TOO_MANY = "Too many elements in numeric expression"
_INTEGER = re.compile(r"[+-]?[0-9]{1,9}")
_ESCAPED = re.compile(r"\\[*\\]")


class FilterPolicyError(Exception):
    """The policy is not valid; the message is AWS's."""


class NestedPolicyError(Exception):
    """A nested policy in the scope MessageAttributes."""


def parse(source: str, scope: str) -> Pattern:
    """The pattern of a policy. Raises FilterPolicyError, NestedPolicyError."""
    try:
        read = tokens(source)
    except PolicySyntaxError as error:
        raise FilterPolicyError(f"failed to parse JSON. {error}") from error
    if read[0].kind != "{":
        raise FilterPolicyError("Filter is not an object" + _where(source, read[0].column))
    parsed = _Parser(source, read).object(is_root=True)
    policy = json.loads(source)
    keys = set(policy)
    if scope == MESSAGE_ATTRIBUTES:
        if _is_nested(parsed):
            raise NestedPolicyError("Filter policy scope MessageAttributes does not support nested filter policy")
        # Names of attributes may have dots, and those of all alternatives count.
        keys = _names(parsed)
    else:
        parsed = _spread(parsed)
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
    """What ``_Parser.is_group`` says, of decoded JSON."""
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


def _where(source: str, column: int) -> str:
    return f'\n at [Source: (String)"{source}"; line: 1, column: {column}]'


@dataclass
class _Parser:
    """Walks the tokens; each method leaves the position after what it read."""

    source: str
    read: Sequence[Token]
    at: int = 0

    def next(self) -> Token:
        token = self.read[self.at]
        self.at += 1
        return token

    def peek(self) -> Token:
        return self.read[self.at]

    def fail(self, text: str, column: int) -> FilterPolicyError:
        return FilterPolicyError(text + _where(self.source, column))

    def object(self, *, is_root: bool = False) -> Pattern:
        opening = self.next()
        if self.peek().kind == "}" and not is_root:
            raise self.fail("Empty objects are not allowed", opening.column)
        leaves: dict[str, tuple[Condition, ...]] = {}
        nested: dict[str, Pattern] = {}
        groups: list[tuple[Pattern, ...]] = []
        while (name := self.next()).kind != "}":
            value = self.peek()
            if value.kind == "{":
                nested[name.value] = self.object()
            elif value.kind != "[":
                raise self.fail(f'"{name.value}" must be an object or an array', value.column)
            elif name.value == pattern.OR and self.is_group():
                groups.append(self.alternatives())
            else:
                leaves[name.value] = self.conditions()
        return Pattern(leaves, nested, tuple(groups))

    def is_group(self) -> bool:
        """Whether ``$or`` is the operator: at least two objects, none of them a match expression."""
        depth, members, names = 0, 0, []
        for token in self.read[self.at :]:
            if depth == 1 and token.kind not in ("{", "]"):
                return False
            if depth == 1 and token.kind == "{":
                members += 1
            if depth == 2 and token.kind == "name":
                names.append(token.value)
            depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(token.kind, 0)
            if depth == 0:
                break
        return members >= 2 and not set(names) & set(_OPERATORS)

    def alternatives(self) -> tuple[Pattern, ...]:
        self.next()
        group = []
        while self.peek().kind != "]":
            group.append(self.object())
        self.next()
        return tuple(group)

    def conditions(self) -> tuple[Condition, ...]:
        self.next()
        if self.peek().kind == "]":
            raise self.fail("Empty arrays are not allowed", self.peek().column)
        found: list[Condition] = []
        while (token := self.peek()).kind != "]":
            if token.kind == "[":
                raise self.fail("Match value must be String, number, true, false, or null", token.column)
            if token.kind == "{":
                found.append(self.expression())
            else:
                found.append(pattern.equal(self.next().value))
        self.next()
        return tuple(found)

    def expression(self) -> Condition:
        self.next()
        name = self.next()
        if name.kind == "}":
            raise self.fail("Match expression name not found", name.column)
        reader = _OPERATORS.get(name.value)
        if reader is None:
            raise self.fail(f"Unrecognized match type {name.value}", self.peek().column)
        condition = reader(self)
        ending = self.next()
        if ending.kind != "}":
            is_list = name.value in ("numeric", "anything-but")
            raise self.fail(_TOO_MANY if is_list else "Only one key allowed in match expression", ending.column)
        return condition

    @property
    def column(self) -> int:
        """Where AWS's parser stands after the token that was read last."""
        return self.read[self.at - 1].column

    def text(self, operator: str) -> str:
        token = self.next()
        if token.kind != "string":
            raise self.fail(f"{operator} match pattern must be a string", token.column)
        return str(token.value)


def _spread(parsed: Pattern) -> Pattern:
    """Dots in a pattern's keys are nested keys, as they are in a document's."""
    spread = Pattern(alternatives=tuple(tuple(map(_spread, group)) for group in parsed.alternatives))
    for key, conditions in parsed.leaves.items():
        *path, last = key.split(".") if key.strip(".") else [key]
        spread = _merged(spread, _below(path, Pattern({last: conditions})))
    for key, inner in parsed.nested.items():
        path = key.split(".") if key.strip(".") else [key]
        spread = _merged(spread, _below(path, _spread(inner)))
    return spread


def _below(path: Sequence[str], inner: Pattern) -> Pattern:
    for key in reversed(path):
        inner = Pattern(nested={key: inner})
    return inner


def _merged(first: Pattern, second: Pattern) -> Pattern:
    nested = dict(first.nested)
    for key, inner in second.nested.items():
        nested[key] = _merged(nested[key], inner) if key in nested else inner
    return Pattern({**first.leaves, **second.leaves}, nested, first.alternatives + second.alternatives)


def _exists(parser: _Parser) -> Condition:
    token = parser.next()
    if not isinstance(token.value, bool):
        raise parser.fail("exists match pattern must be either true or false.", token.column)
    return _is_present if token.value else Exists(False)


def _is_present(value: Scalar) -> bool:
    """The key must have a value that is neither null nor empty."""
    return value is not None and value != ""


def _cidr(parser: _Parser) -> Condition:
    text = parser.text("prefix")
    parts = text.rstrip("/").split("/")
    if len(parts) != 2:
        raise FilterPolicyError("Malformed CIDR, one '/' required")
    if not _INTEGER.fullmatch(parts[1]):
        raise FilterPolicyError("Malformed CIDR, mask bits must be an integer")
    bits = int(parts[1])
    if bits < 0:
        raise FilterPolicyError("Malformed CIDR, mask bits must not be negative")
    try:
        address = ipaddress.ip_address(parts[0])
    except ValueError as error:
        raise FilterPolicyError(f"Nonstandard IP address: {parts[0]}") from error
    if bits >= address.max_prefixlen:
        raise FilterPolicyError(f"IPv{address.version} mask bits must be < {address.max_prefixlen}")
    return pattern.cidr(f"{address}/{bits}")


def _wildcard(parser: _Parser) -> Predicate:
    text = parser.text("wildcard")
    doubled = _ESCAPED.sub("..", text).find("**")
    if doubled >= 0:
        # The position counts the quotation mark before the text.
        raise parser.fail(f"Consecutive wildcard characters at pos {doubled + 1}", parser.column)
    return pattern.wildcard(text)


def _anything_but(parser: _Parser) -> Condition:
    token = parser.next()
    if token.kind == "{":
        return pattern.anything_but([_nested_operator(parser)])
    if token.kind not in ("[", "string", "number"):
        raise parser.fail("Value of anything-but must be an array or single string/number value.", token.column)
    if token.kind != "[":
        return pattern.anything_but([pattern.equal(token.value)])
    refused: list[Token] = []
    while (item := parser.next()).kind != "]":
        if item.kind not in ("string", "number"):
            raise parser.fail("Inside anything but list, start|null|boolean is not supported.", item.column)
        refused.append(item)
    if len({item.kind for item in refused}) != 1:
        raise parser.fail(
            "Inside anything but list, either all values are number or string, mixed type is not supported", item.column
        )
    return pattern.anything_but([pattern.equal(item.value) for item in refused])


def _nested_operator(parser: _Parser) -> Predicate:
    """What ``anything-but`` may hold: ``prefix`` and ``wildcard``; AWS refuses the others by name."""
    name = parser.next()
    if name.kind == "}":
        raise parser.fail("Anything-But expression name not found", name.column)
    if name.value not in ("prefix", "wildcard"):
        raise parser.fail(f"Unsupported anything-but pattern: {name.value}", name.column)
    text = parser.peek()
    inner = _STRING_OPERATORS[str(name.value)](parser)
    if name.value == "prefix" and not text.value:
        raise parser.fail("Null prefix not allowed", text.column)
    ending = parser.next()
    if ending.kind != "}":
        raise parser.fail("Only one key allowed in match expression", ending.column)
    return inner


def _numeric(parser: _Parser) -> Condition:
    opening = parser.next()
    if opening.kind != "[":
        raise parser.fail("Value of numeric must be an array.", opening.column)
    sign = parser.next()
    if sign.kind != "string":
        raise parser.fail(f"Invalid member in numeric match: {sign.text}", sign.column)
    value = parser.next()
    if sign.value not in ("=", "<", "<=", ">", ">="):
        raise parser.fail(f"Unrecognized numeric range operator: {sign.value}", value.column)
    if value.kind != "number":
        word = "equals" if sign.value == "=" else sign.value
        raise parser.fail(f"Value of {word} must be numeric", value.column)
    ending = parser.next()
    if ending.kind == "]":
        _in_range(parser, ending, value)
        return pattern.numeric([(sign.value, value.value)])
    if sign.value in ("=", "<", "<="):
        raise parser.fail(_TOO_MANY, ending.column)
    return _range(parser, sign, value, ending)


def _range(parser: _Parser, sign: Token, value: Token, second: Token) -> Condition:
    if second.kind != "string":
        raise parser.fail(f"Bad value in numeric range: {second.text}", second.column)
    if second.value not in ("<", "<="):
        raise parser.fail(f"Bad numeric range operator: {second.value}", second.column_read)
    top = parser.next()
    if top.kind != "number":
        raise parser.fail(f"Value of {second.value} must be numeric", top.column)
    ending = parser.next()
    if ending.kind != "]":
        raise parser.fail("Too many terms in numeric range expression", ending.column)
    _in_range(parser, ending, value, top)
    if value.value >= top.value:
        raise parser.fail("Bottom must be less than top", ending.column)
    return pattern.numeric([(sign.value, value.value), (second.value, top.value)])


def _in_range(parser: _Parser, ending: Token, *values: Token) -> None:
    limit = rules.FILTER_NUMBER_MAX
    if any(abs(value.value) > limit for value in values):
        raise parser.fail("Value must be between -1.0E9 and 1.0E9, inclusive", ending.column)


_STRING_OPERATORS: Mapping[str, Callable[[_Parser], Predicate]] = {
    "prefix": lambda parser: pattern.prefix(parser.text("prefix")),
    "suffix": lambda parser: pattern.suffix(parser.text("suffix")),
    "wildcard": _wildcard,
    "equals-ignore-case": lambda parser: pattern.equals_ignore_case(parser.text("equals-ignore-case")),
}
_OPERATORS: Mapping[str, Callable[[_Parser], Condition]] = {
    **_STRING_OPERATORS,
    "exists": _exists,
    "cidr": _cidr,
    "anything-but": _anything_but,
    "numeric": _numeric,
}
