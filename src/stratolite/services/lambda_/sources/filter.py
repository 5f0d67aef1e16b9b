"""Filter criteria: which records of a source are for the function.

A record passes when any of the filters matches it; without filters all pass. Each filter is an event pattern, with the
operators of EventBridge's. Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
"""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from stratolite.core import pattern, rule_language
from stratolite.core.pattern import Pattern
from stratolite.core.rule_language import InvalidRule
from stratolite.core.rule_operators import OPERATORS

Matches = Callable[[Mapping[str, Any]], bool]


class InvalidFilter(Exception):
    """A pattern that is no filter; AWS does not say why."""


def compiled(source: str) -> Pattern:
    """The pattern that a filter's text means. Raises InvalidFilter."""
    try:
        parsed = rule_language.read(source, OPERATORS)
    except InvalidRule as error:
        raise InvalidFilter(str(error)) from error
    if parsed == Pattern():
        raise InvalidFilter("the pattern asks for nothing")
    return parsed


def of_records(criteria: Mapping[str, Any]) -> Matches | None:
    """What FilterCriteria say of a stream's records; None when every record passes."""
    patterns = _patterns(criteria)
    if not patterns:
        return None
    return lambda record: any(pattern.matches(one, record) for one in patterns)


def of_messages(criteria: Mapping[str, Any]) -> Matches | None:
    """What FilterCriteria say of a queue's messages (as the function's event has them); None when every one passes.

    A body that is a JSON object or array is looked into, and matches no filter for plain text; nor does a plain body
    match a filter that looks into it. A filter that does not speak of the body does not mind what it is. Source:
    https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html
    """
    return _of_documents(criteria, "body", lambda message: {**message, "body": _document(message["body"])})


def of_data(criteria: Mapping[str, Any]) -> Matches | None:
    """What FilterCriteria say of Kinesis's records (as the function's event has them); None when every one passes.

    Filters see what is inside ``kinesis``, and ``data`` decoded: one that looks into it passes over what is no JSON
    object or array. Source: https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis-filtering.html
    """

    def seen(event: Mapping[str, Any]) -> Mapping[str, Any]:
        data = base64.b64decode(event["kinesis"]["data"]).decode(errors="replace")
        return {**event, **event["kinesis"], "data": _document(data)}

    return _of_documents(criteria, "data", seen)


def _of_documents(
    criteria: Mapping[str, Any], name: str, seen: Callable[[Mapping[str, Any]], Mapping[str, Any]]
) -> Matches | None:
    """Filters over what has a document under a name, and how they see it."""
    patterns = _patterns(criteria)
    if not patterns:
        return None

    def passes(record: Mapping[str, Any]) -> bool:
        shown = seen(record)
        is_plain = isinstance(shown[name], str)
        return any(_is_for(one, name, is_plain=is_plain) and pattern.matches(one, shown) for one in patterns)

    return passes


def _patterns(criteria: Mapping[str, Any]) -> Sequence[Pattern]:
    return [compiled(one.get("Pattern", "")) for one in criteria.get("Filters", [])]


def _document(body: str) -> Any:
    """A body that is a JSON object or array, decoded; any other body as it is."""
    if body.lstrip(" \t\r\n")[:1] not in ("{", "["):
        return body
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        pass
    try:
        # Numbers over any size and lone surrogates, which the quicker one does not take.
        return json.loads(body)
    except ValueError:
        return body


def _is_for(asked: Pattern, name: str, *, is_plain: bool) -> bool:
    """Whether a filter that speaks of a document expects what it is: plain text, or JSON."""
    return not (name in asked.nested and is_plain) and not (name in asked.leaves and not is_plain)
