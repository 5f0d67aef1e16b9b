"""The operators of event patterns: what EventBridge's rules and Lambda's filter criteria may say of a value.

Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html, and the texts of the
recorded entries ``test_event_pattern[..._EXC]``. Lists within ``anything-but`` name the place of a mistake twice, as
AWS does.
"""

from collections.abc import Callable, Mapping

from stratolite.core import pattern
from stratolite.core.pattern import Condition, Exists, Predicate
from stratolite.core.rule_language import InvalidRule, Reader, cidr, numeric, where, wildcard
from stratolite.core.rule_tokens import Token

_ANYTHING_BUT = "Value of anything-but must be an array or single string/number value."


def _exists(reader: Reader) -> Condition:
    token = reader.next()
    if not isinstance(token.value, bool):
        raise reader.fail("exists match pattern must be either true or false.", token.column)
    return Exists(token.value)


def _string_or_folded(name: str) -> Callable[[Reader], Condition]:
    """``prefix`` and ``suffix``: a string, or one in ``{"equals-ignore-case": ...}``."""
    predicate = _ENDS[name]

    def operator(reader: Reader) -> Condition:
        if reader.peek().kind != "{":
            return predicate(reader.text(name))
        reader.next()
        key = reader.next()
        if key.kind == "}" or key.value != "equals-ignore-case":
            raise reader.fail(f"Unsupported {name} match pattern: {key.text}", key.column)
        text = reader.text("equals-ignore-case")
        ending = reader.next()
        if ending.kind != "}":
            raise reader.fail("Only one key allowed in match expression", ending.column)
        return predicate(text, ignore_case=True)

    return operator


def _anything_but(reader: Reader) -> Condition:
    token = reader.next()
    if token.kind == "{":
        return _anything_but_expression(reader)
    if token.kind == "[":
        return pattern.anything_but(_refused_values(reader))
    if token.kind not in ("string", "number"):
        raise reader.fail(_ANYTHING_BUT, token.column)
    return pattern.anything_but([pattern.equal(token.value)])


def _refused_values(reader: Reader) -> list[Predicate]:
    refused: list[Token] = []
    while (item := reader.next()).kind != "]":
        if item.kind not in ("string", "number"):
            raise _twice(reader, "Inside anything but list, start|null|boolean is not supported.", item.column)
        refused.append(item)
    if len({item.kind for item in refused}) != 1:
        raise reader.fail(
            "Inside anything but list, either all values are number or string, mixed type is not supported", item.column
        )
    return [pattern.equal(item.value) for item in refused]


def _anything_but_expression(reader: Reader) -> Condition:
    name = reader.next()
    if name.kind == "}":
        raise reader.fail("Anything-But expression name not found", name.column)
    if name.value not in _REFUSABLE:
        raise reader.fail(f"Unsupported anything-but pattern: {name.value}", name.column)
    token = reader.peek()
    if token.kind == "[":
        reader.next()
        refused = []
        while reader.peek().kind != "]":
            refused.append(_refused(reader, str(name.value), in_list=True))
        reader.next()
        if not refused:
            raise reader.fail("Empty arrays are not allowed", reader.column)
    elif token.kind == "{":
        raise reader.fail(_ANYTHING_BUT, token.column)
    else:
        refused = [_refused(reader, str(name.value), in_list=False)]
    ending = reader.next()
    if ending.kind != "}":
        raise reader.fail("Only one key allowed in match expression", ending.column)
    return pattern.anything_but(refused)


def _refused(reader: Reader, name: str, *, in_list: bool) -> Predicate:
    token = reader.peek()
    if token.kind != "string":
        text = _REFUSABLE[name]
        raise _twice(reader, text, token.column) if in_list else reader.fail(text, token.column)
    if name in _ENDS and not token.value:
        raise reader.fail("Null prefix/suffix not allowed", token.column_read)
    if name == "wildcard":
        return wildcard(reader)
    reader.next()
    return _ENDS[name](token.value) if name in _ENDS else pattern.equals_ignore_case(token.value)


def _twice(reader: Reader, text: str, column: int) -> InvalidRule:
    place = where(reader.source, column)
    return InvalidRule(text + place + place)


_ENDS: Mapping[str, Callable[..., Predicate]] = {"prefix": pattern.prefix, "suffix": pattern.suffix}
_REFUSABLE = {
    "prefix": "prefix/suffix match pattern must be a string",
    "suffix": "prefix/suffix match pattern must be a string",
    "wildcard": "wildcard match pattern must be a string",
    "equals-ignore-case": "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
}
OPERATORS: Mapping[str, Callable[[Reader], Condition]] = {
    "prefix": _string_or_folded("prefix"),
    "suffix": _string_or_folded("suffix"),
    "wildcard": wildcard,
    "equals-ignore-case": lambda reader: pattern.equals_ignore_case(reader.text("equals-ignore-case")),
    "exists": _exists,
    "cidr": cidr,
    "anything-but": _anything_but,
    "numeric": lambda reader: numeric(reader, billions=5),
}
