"""What the grammars of expressions share: a position in the tokens; paths, functions, values; limits.

Raises ValidationException for texts that are no expression; what is grammatical but wrong (reserved words, unknown
functions, redundant parentheses, too many operators) is noted as a fault of the tree.

Only their length limits how deep expressions nest. So methods that can come back to themselves are descents: they yield
the descents that they wait for, and ``descend`` has the stack that would else be the interpreter's.
"""

from collections.abc import Callable, Generator
from typing import Any

from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb.expressions.lexer import END, Token, syntax_error, tokens
from stratolite.services.dynamodb.expressions.tree import Function, Operand, Parsed, Part, Path, ValueRef
from stratolite.services.dynamodb.expressions.words import is_reserved

OPERATORS_MAX = 300
"""How many operators and functions an expression may have."""
INDEX_MAX = (1 << 31) - 1

CONDITION_FUNCTIONS = frozenset(
    ("attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains", "size")
)
UPDATE_FUNCTIONS = frozenset(("if_not_exists", "list_append"))

Descent = Generator[Any, Any, Any]


def descend(descent: Descent) -> Any:
    """What a descent returns."""
    waiting = [descent]
    value: Any = None
    while waiting:
        try:
            inner = waiting[-1].send(value)
        except StopIteration as end:
            waiting.pop()
            value = end.value
        else:
            waiting.append(inner)
            value = None
    return value


class Grammar:
    """What the three grammars share: a position in the tokens, paths, functions, values."""

    keywords: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()
    operand_function = ""
    """The one function whose value operators and other functions can use."""
    noun = ""

    def __init__(self, text: str, parsed: Parsed) -> None:
        self.text = text
        self.tokens = tokens(text)
        self.position = 0
        self.operators = 0
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

    def operate(self) -> None:
        """Count an operator or a function."""
        self.operators += 1
        if self.operators > OPERATORS_MAX:
            self.parsed.fault(
                "operators", f"The expression contains too many operators; operator count: {self.operators}"
            )

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
                parts.append(self.index())
                self.expect("]")
            else:
                return parts

    def index(self) -> int:
        token = self.token
        if token.kind != "number":
            raise self.unexpected()
        self.position += 1
        # Expressions are short, so that any number in one can be read.
        index = int(token.text)
        if index > INDEX_MAX:
            self.parsed.fault("reserved", f"List index is not within the allowable range; index: [{token.text}]")
        return index

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

    def call(self, argument: Callable[[], Descent]) -> Descent:
        """``name(argument, ...)``, a Function."""
        name = self.token.text
        if name.upper() in self.keywords:
            raise self.unexpected()
        self.operate()
        self.position += 2
        args: list[Operand] = [(yield argument())]
        while self.accept(","):
            args.append((yield argument()))
        self.expect(")")
        if name not in self.functions:
            known = name in CONDITION_FUNCTIONS or name in UPDATE_FUNCTIONS
            text = f"The function is not allowed in {self.noun} expression" if known else "Invalid function name"
            self.parsed.fault("unknown", f"{text}; function: {name}")
        self.use(*args)
        return Function(name, tuple(args))

    def use(self, *operands: Operand) -> None:
        """Note functions that give no value to use, among the operands of an operator or a function."""
        for operand in operands:
            if type(operand) is Function and operand.name != self.operand_function:
                self.misuse(operand)

    def misuse(self, function: Function) -> None:
        """Note a function that stands where it may not."""
        self.parsed.fault(
            "misused",
            f"The function is not allowed to be used this way in an expression; function: {function.name}",
        )
