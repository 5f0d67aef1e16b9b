"""The grammars of updates and projections, and the parses of all expressions. Text in, tree out; no names or values
are looked up.

Raises ValidationException as ``grammar`` says. ``PARSES_CACHED_MAX`` parses of each kind are cached by text.
"""

from functools import lru_cache

from stratolite.services.dynamodb.expressions.conditions import ConditionGrammar
from stratolite.services.dynamodb.expressions.grammar import UPDATE_FUNCTIONS, Descent, Grammar, descend
from stratolite.services.dynamodb.expressions.lexer import END
from stratolite.services.dynamodb.expressions.tree import (
    Action,
    Arithmetic,
    Operand,
    ParsedCondition,
    ParsedProjection,
    ParsedUpdate,
)

PARSES_CACHED_MAX = 1024
_SECTIONS = ("SET", "REMOVE", "ADD", "DELETE")


class UpdateGrammar(Grammar):
    keywords = frozenset(_SECTIONS)
    functions = UPDATE_FUNCTIONS
    operand_function = "if_not_exists"
    noun = "an update"

    def __init__(self, text: str) -> None:
        self.result = ParsedUpdate()
        super().__init__(text, self.result)

    def parse(self) -> ParsedUpdate:
        seen: set[str] = set()
        while True:
            section = self.token.text.upper() if self.token.kind == "word" else ""
            if section not in _SECTIONS:
                raise self.unexpected()
            self.position += 1
            self.result.actions.append(self.action(section))
            while self.accept(","):
                self.result.actions.append(self.action(section))
            if section in seen:
                self.parsed.fault("section", f'The "{section}" section can only be used once in an update expression;')
            seen.add(section)
            if self.token.kind == END:
                return self.result

    def action(self, section: str) -> Action:
        path = self.path()
        if section == "REMOVE":
            return Action(section, path)
        if section == "SET":
            self.expect("=")
            return Action(section, path, descend(self.assigned()))
        return Action(section, path, self.value())

    def assigned(self) -> Descent:
        left: Operand = yield self.operand()
        for sign in ("+", "-"):
            if self.accept(sign):
                self.operate()
                right: Operand = yield self.operand()
                self.use(left, right)
                return Arithmetic(sign, left, right)
        return left

    def operand(self) -> Descent:
        if self.accept("("):
            inner = yield self.assigned()
            self.expect(")")
            return inner
        if self.is_call():
            return (yield self.call(self.operand))
        if self.token.kind == "value":
            return self.value()
        return self.path()


class ProjectionGrammar(Grammar):
    def __init__(self, text: str) -> None:
        self.result = ParsedProjection()
        super().__init__(text, self.result)

    def parse(self) -> ParsedProjection:
        self.result.paths.append(self.path())
        while self.accept(","):
            self.result.paths.append(self.path())
        self.end()
        return self.result


@lru_cache(PARSES_CACHED_MAX)
def parse_condition(text: str) -> ParsedCondition:
    """The tree of a ConditionExpression, FilterExpression or KeyConditionExpression."""
    return ConditionGrammar(text).parse()


@lru_cache(PARSES_CACHED_MAX)
def parse_update(text: str) -> ParsedUpdate:
    """The tree of an UpdateExpression."""
    return UpdateGrammar(text).parse()


@lru_cache(PARSES_CACHED_MAX)
def parse_projection(text: str) -> ParsedProjection:
    """The tree of a ProjectionExpression."""
    return ProjectionGrammar(text).parse()
