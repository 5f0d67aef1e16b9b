"""The language of AWS's open rule engine, in which SNS writes filter policies and EventBridge writes event patterns.

``read`` gives the pattern of a rule. Each service speaks a dialect of it: its operators are readers by name, and what
they share is here. Errors quote the place where AWS's parser stood.

Source: https://github.com/aws/event-ruler, whose reading this follows.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from stratolite.core import pattern
from stratolite.core.pattern import Condition, Pattern, Predicate
from stratolite.core.rule_tokens import RuleSyntaxError, Token, tokens

COMPARISONS = ("=", "<", "<=", ">", ">=")

_TOO_MANY = "Too many elements in numeric expression"
_INTEGER = re.compile(r"[+-]?[0-9]{1,9}")
_ESCAPED = re.compile(r"\\[*\\]")
_BILLION = 1_000_000_000


class InvalidRule(Exception):
    """The rule is not valid; the message is AWS's, with the place."""


class NotJson(InvalidRule):
    """The rule is not JSON. ``text`` and ``column`` are the parser's."""

    def __init__(self, error: RuleSyntaxError) -> None:
        super().__init__(str(error))
        self.text = error.text
        self.column = error.column


def read(source: str, operators: "Mapping[str, Operator]") -> Pattern:
    """The pattern of a rule, its keys as they are written. Raises NotJson, InvalidRule."""
    try:
        found = tokens(source)
    except RuleSyntaxError as error:
        raise NotJson(error) from error
    if found[0].kind != "{":
        raise InvalidRule("Filter is not an object" + where(source, found[0].column))
    return Reader(source, found, operators).object(is_root=True)


def where(source: str, column: int) -> str:
    """How AWS names a place."""
    return f'\n at [Source: (String)"{source}"; line: 1, column: {column}]'


@dataclass
class Reader:
    """Walks the tokens; each method leaves the position after what it read."""

    source: str
    read: Sequence[Token]
    operators: "Mapping[str, Operator]"
    at: int = 0

    def next(self) -> Token:
        token = self.read[self.at]
        self.at += 1
        return token

    def peek(self) -> Token:
        return self.read[self.at]

    def fail(self, text: str, column: int) -> InvalidRule:
        return InvalidRule(text + where(self.source, column))

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
        return members >= 2 and not set(names) & set(self.operators)

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
        reader = self.operators.get(name.value)
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


def cidr(reader: Reader) -> Condition:
    text = reader.text("prefix")
    parts = text.rstrip("/").split("/")
    if len(parts) != 2:
        raise InvalidRule("Malformed CIDR, one '/' required")
    if not _INTEGER.fullmatch(parts[1]):
        raise InvalidRule("Malformed CIDR, mask bits must be an integer")
    bits = int(parts[1])
    if bits < 0:
        raise InvalidRule("Malformed CIDR, mask bits must not be negative")
    try:
        address = ipaddress.ip_address(parts[0])
    except ValueError as error:
        raise InvalidRule(f"Nonstandard IP address: {parts[0]}") from error
    if bits >= address.max_prefixlen:
        raise InvalidRule(f"IPv{address.version} mask bits must be < {address.max_prefixlen}")
    return pattern.cidr(f"{address}/{bits}")


def wildcard(reader: Reader) -> Predicate:
    text = reader.text("wildcard")
    plain = _ESCAPED.sub("..", text)
    # Positions count the quotation mark before the text; what comes first is told.
    faults = [("Consecutive wildcard characters", plain.find("**")), ("Invalid escape character", plain.find("\\"))]
    found = [(at, fault) for fault, at in faults if at >= 0]
    if found:
        at, fault = min(found)
        raise reader.fail(f"{fault} at pos {at + 1}", reader.column)
    return pattern.wildcard(text)


def numeric(reader: Reader, billions: int) -> Condition:
    """A range of numbers, none of which is further from zero than so many billions."""
    opening = reader.next()
    if opening.kind != "[":
        raise reader.fail("Value of numeric must be an array.", opening.column)
    sign = reader.next()
    if sign.kind != "string":
        raise reader.fail(f"Invalid member in numeric match: {sign.text}", sign.column)
    value = reader.next()
    if sign.value not in COMPARISONS:
        raise reader.fail(f"Unrecognized numeric range operator: {sign.value}", value.column)
    if value.kind != "number":
        word = "equals" if sign.value == "=" else sign.value
        raise reader.fail(f"Value of {word} must be numeric", value.column)
    ending = reader.next()
    if ending.kind == "]":
        _in_range(reader, billions, ending, value)
        return pattern.numeric([(sign.value, value.value)])
    if sign.value in ("=", "<", "<="):
        raise reader.fail(_TOO_MANY, ending.column)
    return _range(reader, billions, sign, value, ending)


def _range(reader: Reader, billions: int, sign: Token, value: Token, second: Token) -> Condition:
    if second.kind != "string":
        raise reader.fail(f"Bad value in numeric range: {second.text}", second.column)
    if second.value not in ("<", "<="):
        raise reader.fail(f"Bad numeric range operator: {second.value}", second.column_read)
    top = reader.next()
    if top.kind != "number":
        raise reader.fail(f"Value of {second.value} must be numeric", top.column)
    ending = reader.next()
    if ending.kind != "]":
        raise reader.fail("Too many terms in numeric range expression", ending.column)
    _in_range(reader, billions, ending, value, top)
    if value.value >= top.value:
        raise reader.fail("Bottom must be less than top", ending.column)
    return pattern.numeric([(sign.value, value.value), (second.value, top.value)])


def _in_range(reader: Reader, billions: int, ending: Token, *values: Token) -> None:
    if any(abs(value.value) > billions * _BILLION for value in values):
        raise reader.fail(f"Value must be between -{billions}.0E9 and {billions}.0E9, inclusive", ending.column)


Operator = Callable[[Reader], Condition]
"""Reads what an operator is given, from after its name to before the end of its object."""


def spread(parsed: Pattern) -> Pattern:
    """Dots in a pattern's keys are nested keys, as they are in a document's."""
    found = Pattern(alternatives=tuple(tuple(map(spread, group)) for group in parsed.alternatives))
    for key, conditions in parsed.leaves.items():
        *path, last = key.split(".") if key.strip(".") else [key]
        found = _merged(found, _below(path, Pattern({last: conditions})))
    for key, inner in parsed.nested.items():
        path = key.split(".") if key.strip(".") else [key]
        found = _merged(found, _below(path, spread(inner)))
    return found


def _below(path: Sequence[str], inner: Pattern) -> Pattern:
    for key in reversed(path):
        inner = Pattern(nested={key: inner})
    return inner


def _merged(first: Pattern, second: Pattern) -> Pattern:
    nested = dict(first.nested)
    for key, inner in second.nested.items():
        nested[key] = _merged(nested[key], inner) if key in nested else inner
    return Pattern({**first.leaves, **second.leaves}, nested, first.alternatives + second.alternatives)
