"""The rules of composite alarms: ``ALARM("a") AND NOT (OK(b) OR INSUFFICIENT_DATA(c))``, ``TRUE``, ``FALSE``.

``NOT`` binds closest, then ``AND``, then ``OR``. Alarms are named by name or by ARN, with or without quotation marks.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from stratolite.services.cloudwatch.domain import STATES

ELEMENTS_MAX = 500
CHILDREN_MAX = 100

_TOKEN = re.compile(
    r'\s*(?:(?P<state>ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"(?P<quoted>[^"]+)"|\'(?P<single>[^\']+)\'|(?P<bare>[^\s()"\']+))'
    r"\s*\)|(?P<word>AND|OR|NOT|TRUE|FALSE)\b|(?P<mark>[()]))\s*"
)

StateOf = Callable[[str], str]
"""The state of an alarm by its name."""


class RuleError(ValueError):
    """A text that is no rule."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A node: ``kind`` is a state (of the alarm ``name``), ``AND``, ``OR``, ``NOT``, ``TRUE`` or ``FALSE``."""

    kind: str
    name: str = ""
    parts: tuple["Rule", ...] = ()

    def holds(self, state_of: StateOf) -> bool:
        """Whether the composite alarm is in ALARM."""
        if self.kind in STATES:
            return state_of(self.name) == self.kind
        if self.kind == "AND":
            return all(part.holds(state_of) for part in self.parts)
        if self.kind == "OR":
            return any(part.holds(state_of) for part in self.parts)
        if self.kind == "NOT":
            return not self.parts[0].holds(state_of)
        return self.kind == "TRUE"

    def names(self) -> Iterator[str]:
        """The alarms that are named, in order, repeated ones too."""
        if self.name:
            yield self.name
        for part in self.parts:
            yield from part.names()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    name: str = ""


def parse(text: str) -> Rule:
    """The rule of a text. Raises RuleError."""
    reader = _Reader(list(_tokens(text)))
    rule = reader.alternatives()
    if reader.kind:
        raise RuleError(f"unexpected {reader.kind}")
    return rule


def _tokens(text: str) -> Iterator[_Token]:
    place = 0
    count = 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise RuleError(f"unexpected {text[place:].split()[0]}" if text[place:].strip() else "it ends too early")
        place = found.end()
        count += found["mark"] is None
        if count > ELEMENTS_MAX:
            raise RuleError(f"it has more than {ELEMENTS_MAX} elements")
        if found["state"]:
            yield _Token(found["state"], found["quoted"] or found["single"] or found["bare"])
        else:
            yield _Token(found["word"] or found["mark"])


class _Reader:
    """Reads tokens by precedence, to a bounded depth."""

    DEPTH_MAX = 50

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._place = 0
        self._depth = 0

    @property
    def kind(self) -> str:
        return self._tokens[self._place].kind if self._place < len(self._tokens) else ""

    def alternatives(self) -> Rule:
        return self._joined("OR", self._conjunction)

    def _conjunction(self) -> Rule:
        return self._joined("AND", self._single)

    def _joined(self, word: str, part: Callable[[], Rule]) -> Rule:
        parts = [part()]
        while self.kind == word:
            self._place += 1
            parts.append(part())
        return parts[0] if len(parts) == 1 else Rule(word, parts=tuple(parts))

    def _single(self) -> Rule:
        if not self.kind:
            raise RuleError("it ends too early")
        self._depth += 1
        if self._depth > self.DEPTH_MAX:
            raise RuleError("it is nested too deeply")
        token = self._tokens[self._place]
        self._place += 1
        rule = self._of(token)
        self._depth -= 1
        return rule

    def _of(self, token: _Token) -> Rule:
        if token.kind == "NOT":
            return Rule("NOT", parts=(self._single(),))
        if token.kind == "(":
            rule = self.alternatives()
            if self.kind != ")":
                raise RuleError("a bracket is not closed")
            self._place += 1
            return rule
        if token.kind in STATES or token.kind in ("TRUE", "FALSE"):
            return Rule(token.kind, token.name)
        raise RuleError(f"unexpected {token.kind}")
