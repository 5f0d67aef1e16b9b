"""Event patterns: from their JSON, with AWS's errors, to a pattern that matches an event.

Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html, and the texts of the recorded
entries ``test_event_pattern[..._EXC]``. The operators are in ``core/rule_operators.py``.
"""

import json
from collections.abc import Mapping
from typing import Any

from stratolite.core import pattern, rule_language
from stratolite.core.pattern import Pattern
from stratolite.core.rule_language import InvalidRule, NotJson
from stratolite.core.rule_operators import OPERATORS
from stratolite.services.events import complexity


class InvalidPattern(Exception):
    """The pattern is not valid; the message is AWS's reason."""


def parse(source: str) -> Pattern:
    """The pattern that an ``EventPattern`` means. Raises InvalidPattern."""
    try:
        parsed = rule_language.read(source, OPERATORS)
    except NotJson as error:
        raise InvalidPattern(error.text + rule_language.where(source, error.column)) from error
    except InvalidRule as error:
        raise InvalidPattern(str(error)) from error
    if parsed == Pattern():
        raise InvalidPattern("Empty objects are not allowed" + rule_language.where(source, source.index("{") + 2))
    if '"wildcard"' in source and complexity.is_too_complex(json.loads(source)):
        raise InvalidPattern(complexity.TOO_COMPLEX)
    return rule_language.spread(parsed)


def matches(compiled: Pattern, event: Mapping[str, Any]) -> bool:
    """Whether an event matches; dots in its keys are nested keys."""
    return pattern.matches(compiled, pattern.nest(event))
