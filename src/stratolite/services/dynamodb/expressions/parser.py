"""The grammars of conditions, updates and projections. Text in, tree out; no names or values are looked up.

Raises ValidationException for texts that are no expression; what is grammatical but wrong (reserved words, unknown
functions, redundant parentheses) is noted as a fault of the tree. ``PARSES_CACHED_MAX`` parses are cached by text.
"""

from collections.abc import Callable
from functools import lru_cache

from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb.expressions.lexer import END, Token, syntax_error, tokens
from stratolite.services.dynamodb.expressions.tree import (
    Action,
    And,
    Arithmetic,
    Between,
    Comparison,
    Condition,
    Function,
    In,
    Leaf,
    Literal,
    Not,
    Operand,
    Or,
    Parsed,
    ParsedCondition,
    ParsedProjection,
    ParsedUpdate,
    Part,
    Path,
    ValueRef,
)
from stratolite.services.dynamodb.expressions.words import is_reserved

PARSES_CACHED_MAX = 1024
NESTING_MAX = 100
"""How deep parentheses and functions may stand in each other."""
INDEX_DIGITS_MAX = 9

CONDITION_FUNCTIONS = frozenset(
    ("attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains", "size")
)
UPDATE_FUNCTIONS = frozenset(("if_not_exists", "list_append"))
_CONDITION_WORDS = frozenset(("BETWEEN", "IN", "AND", "OR", "NOT"))
_SECTIONS = ("SET", "REMOVE", "ADD", "DELETE")
_COMPARATORS = frozenset(("=", "<>", "<", "<=", ">", ">="))
_OPERANDS = (Path, ValueRef, Function, Arithmetic)
_LEAVES = (Comparison, Between, In, Function)

Node = Condition | Operand


class _Parser:
    """What the three grammars share: a position in the tokens, paths, functions, values."""

    keywords: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()

    def __init__(self, text: str, parsed: Parsed) -> None:
        self.text = text
        self.tokens = tokens(text)
        self.position = 0
        self.depth = 0
        self.parsed = parsed

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def unexpected(self) -> ValidationException:
        return syntax_error(self.text, self.tokens, self.position)

    def accept(self, sign: str) -> bool:
        if self.token.kind == "sign" and self.token.text == sign:
            self.position += 1
            return True
        return False

    def expect(self, sign: str) -> None:
        if not self.accept(sign):
            raise self.unexpected()

    def accept_word(self, word: str) -> bool:
        if self.token.is_word(word):
            self.position += 1
            return True
        return False

    def end(self) -> None:
        if self.token.kind != END:
            raise self.unexpected()

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > NESTING_MAX:
            raise ValidationException(f"The expression is nested too deeply; maximum depth: {NESTING_MAX}")

    def name(self) -> str:
        """One step of a path that is a name."""
        token = self.token
        if token.kind == "alias":
            self.parsed.names.add(token.text)
        elif token.kind == "word" and token.text.upper() not in self.keywords:
            if is_reserved(token.text):
                self.parsed.fault("reserved", f"Attribute name is a reserved keyword; reserved keyword: {token.text}")
        else:
            raise self.unexpected()
        self.position += 1
        return token.text

    def path(self) -> Path:
        return Path((self.name(), *self.steps()))

    def steps(self) -> list[Part]:
        """What follows the first name of a path."""
        parts: list[Part] = []
        while True:
            if self.accept("."):
                parts.append(self.name())
            elif self.accept("["):
                if self.token.kind != "number" or len(self.token.text) > INDEX_DIGITS_MAX:
                    raise self.unexpected()
                parts.append(int(self.token.text))
                self.position += 1
                self.expect("]")
            else:
                return parts

    def value(self) -> ValueRef:
        token = self.token
        if token.kind != "value":
            raise self.unexpected()
        self.parsed.values.add(token.text)
        self.position += 1
        return ValueRef(token.text)

    def is_call(self) -> bool:
        following = self.tokens[min(self.position + 1, len(self.tokens) - 1)]
        return self.token.kind == "word" and following.kind == "sign" and following.text == "("

    def call(self, argument: Callable[[], Operand]) -> Function:
        """``name(argument, ...)``"""
        name = self.token.text
        if name.upper() in self.keywords:
            raise self.unexpected()
        self.deeper()
        self.position += 2
        args = [argument()]
        while self.accept(","):
            args.append(argument())
        self.expect(")")
        self.depth -= 1
        if name not in self.functions:
            self.parsed.fault("unknown", f"Invalid function name; function: {name}")
        return Function(name, tuple(args))


class _ConditionParser(_Parser):
    keywords = _CONDITION_WORDS
    functions = CONDITION_FUNCTIONS

    def __init__(self, text: str) -> None:
        self.result = ParsedCondition()
        super().__init__(text, self.result)
        self.groups: dict[int, int] = {}

    def parse(self) -> ParsedCondition:
        root = self.condition(self.disjunction())
        self.end()
        self.result.root = root
        _collect(root, self.result.leaves)
        return self.result

    def disjunction(self) -> Node:
        first = self.conjunction()
        if not self.token.is_word("OR"):
            return first
        parts = [self.condition(first)]
        while self.accept_word("OR"):
            parts.append(self.condition(self.conjunction()))
        return Or(tuple(parts))

    def conjunction(self) -> Node:
        first = self.negation()
        if not self.token.is_word("AND"):
            return first
        parts = [self.condition(first)]
        while self.accept_word("AND"):
            parts.append(self.condition(self.negation()))
        return And(tuple(parts))

    def negation(self) -> Node:
        if not self.accept_word("NOT"):
            return self.comparison()
        self.deeper()
        inner = self.condition(self.negation())
        self.depth -= 1
        return Not(inner)

    def comparison(self) -> Node:
        left = self.term()
        token = self.token
        if token.kind == "sign" and token.text in _COMPARATORS:
            left = self.operand(left)
            self.position += 1
            return self.checked(Comparison(token.text, left, self.operand(self.term())))
        if token.is_word("BETWEEN"):
            left = self.operand(left)
            self.position += 1
            low = self.operand(self.term())
            if not self.accept_word("AND"):
                raise self.unexpected()
            return self.checked(Between(left, low, self.operand(self.term())))
        if token.is_word("IN"):
            left = self.operand(left)
            self.position += 1
            self.expect("(")
            members = [self.operand(self.term())]
            while self.accept(","):
                members.append(self.operand(self.term()))
            self.expect(")")
            return self.checked(In(left, tuple(members)))
        return left

    def term(self) -> Node:
        """An operand, or anything in parentheses: which of the two is known only from what follows."""
        if self.token.kind == "sign" and self.token.text == "(":
            return self.group()
        if self.is_call():
            function = self.call(lambda: self.operand(self.term()))
            self.misuse(function.args)
            return function
        if self.token.kind == "value":
            return self.value()
        return self.path()

    def group(self) -> Node:
        opened = self.position
        self.deeper()
        self.position += 1
        inner = self.disjunction()
        closed = self.position
        self.expect(")")
        self.depth -= 1
        self.groups[opened] = closed
        if self.groups.get(opened + 1) == closed - 1:
            self.parsed.fault("parentheses", "The expression has redundant parentheses;")
        if type(inner) is Path:
            return Path((*inner.parts, *self.steps()))
        return inner

    def operand(self, node: Node) -> Operand:
        if isinstance(node, _OPERANDS):
            return node
        raise self.unexpected()

    def condition(self, node: Node) -> Condition:
        """A node where a condition has to stand; ``size`` alone is none."""
        if isinstance(node, Path | ValueRef | Literal | Arithmetic):
            raise self.unexpected()
        if type(node) is Function and node.name == "size":
            self.fault_misuse(node)
        return node

    def checked(self, leaf: Comparison | Between | In) -> Leaf:
        operands: tuple[Operand, ...]
        if type(leaf) is Comparison:
            operands = (leaf.left, leaf.right)
        elif type(leaf) is Between:
            operands = (leaf.operand, leaf.low, leaf.high)
        else:
            assert type(leaf) is In
            operands = (leaf.operand, *leaf.members)
        self.misuse(operands)
        return leaf

    def misuse(self, operands: tuple[Operand, ...]) -> None:
        """Of the functions only ``size`` gives a value that others can use."""
        for operand in operands:
            if type(operand) is Function and operand.name != "size":
                self.fault_misuse(operand)

    def fault_misuse(self, function: Function) -> None:
        self.parsed.fault(
            "misused",
            f"The function is not allowed to be used this way in an expression; function: {function.name}",
        )


def _collect(node: Condition, leaves: list[Leaf]) -> None:
    if isinstance(node, And | Or):
        for inner in node.conditions:
            _collect(inner, leaves)
    elif isinstance(node, Not):
        _collect(node.condition, leaves)
    else:
        leaves.append(node)


class _UpdateParser(_Parser):
    keywords = frozenset(_SECTIONS)
    functions = UPDATE_FUNCTIONS

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
            return Action(section, path, self.assigned())
        return Action(section, path, self.value())

    def assigned(self) -> Operand:
        left = self.operand()
        for sign in ("+", "-"):
            if self.accept(sign):
                return Arithmetic(sign, left, self.operand())
        return left

    def operand(self) -> Operand:
        if self.accept("("):
            self.deeper()
            inner = self.assigned()
            self.expect(")")
            self.depth -= 1
            return inner
        if self.is_call():
            return self.call(self.operand)
        if self.token.kind == "value":
            return self.value()
        return self.path()


class _ProjectionParser(_Parser):
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
    return _ConditionParser(text).parse()


@lru_cache(PARSES_CACHED_MAX)
def parse_update(text: str) -> ParsedUpdate:
    """The tree of an UpdateExpression."""
    return _UpdateParser(text).parse()


@lru_cache(PARSES_CACHED_MAX)
def parse_projection(text: str) -> ParsedProjection:
    """The tree of a ProjectionExpression."""
    return _ProjectionParser(text).parse()
