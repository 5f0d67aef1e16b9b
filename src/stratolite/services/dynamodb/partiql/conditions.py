"""The grammar of conditions, operands and paths in statements. Raises ValidationException with DynamoDB's texts."""

from collections.abc import Callable
from typing import Any

from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb.expressions import operands
from stratolite.services.dynamodb.expressions.tree import (
    And,
    Between,
    Comparison,
    Condition,
    Function,
    In,
    Literal,
    Not,
    Operand,
    Or,
    Path,
)
from stratolite.services.dynamodb.partiql.lexer import malformed
from stratolite.services.dynamodb.partiql.statements import leaves
from stratolite.services.dynamodb.partiql.values import Values
from stratolite.services.dynamodb.partiql.words import RESERVED

NESTING_MAX = 100
"""How deep parentheses may stand in each other."""
_CLAUSES = ("FROM", "WHERE", "SET", "REMOVE", "RETURNING", "ORDER", "VALUE", "AND", "OR", "IN", "BETWEEN", "IS", "BY")
_SIGNS = {"=": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_TESTS = ("attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains")
_TYPES = {
    "NULL": "NULL",
    "BOOL": "BOOL",
    "BOOLEAN": "BOOL",
    "BLOB": "B",
    "STRING": "S",
    "NUMERIC": "N",
    "STRUCT": "M",
    "TUPLE": "M",
    "LIST": "L",
}


class Conditions(Values):
    """A position in the tokens, at which conditions, operands and paths are read."""

    # Conditions ------------------------------------------------------------------------------------------

    def where(self) -> Condition | None:
        if not self.accept_word("WHERE"):
            return None
        root = self.disjunction()
        for leaf in leaves(root):
            operands.check_leaf(leaf)
        return root

    def disjunction(self) -> Condition:
        parts = [self.conjunction()]
        while self.accept_word("OR"):
            parts.append(self.conjunction())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def conjunction(self) -> Condition:
        parts = [self.negation()]
        while self.accept_word("AND"):
            parts.append(self.negation())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def negation(self) -> Condition:
        if self.accept_word("NOT"):
            return Not(self.nested(self.negation))
        if self.accept("("):
            inner = self.nested(self.disjunction)
            self.expect(")")
            return inner
        return self.predicate()

    def nested(self, read: Callable[[], Condition]) -> Condition:
        self.depth += 1
        if self.depth > NESTING_MAX:
            raise ValidationException(f"The expression is nested too deeply; maximum depth: {NESTING_MAX}")
        inner = read()
        self.depth -= 1
        return inner

    def predicate(self) -> Condition:
        left = self.compared()
        token = self.token
        if token.kind == "sign" and token.text in _SIGNS:
            self.take()
            right = self.compared()
            if isinstance(left, Function) and left.name in _TESTS:
                return _as_told(left, _SIGNS[token.text], right)
            return Comparison(_SIGNS[token.text], left, right)
        if self.accept_word("BETWEEN"):
            low = self.compared()
            self.expect_word("AND")
            return Between(left, low, self.compared())
        if self.accept_word("IN"):
            return self.membership(left)
        if self.accept_word("IS"):
            return self.typed(left)
        if isinstance(left, Function) and left.name != "size":
            return left
        raise ValidationException("WHERE clause must contain an expression that resolves to a boolean")

    def membership(self, left: Operand) -> Condition:
        closing = ")" if self.accept("(") else "]"
        if closing == "]":
            self.expect("[")
        members = self.listed(self.operand)
        self.expect(closing)
        if not isinstance(left, Path):
            raise ValidationException(
                "IN operator must have a left hand argument of type Variable Reference and right hand argument of "
                "type Seq with at least one member"
            )
        return In(left, tuple(members))

    def typed(self, left: Operand) -> Condition:
        """What follows ``IS``."""
        negated = self.accept_word("NOT")
        if not isinstance(left, Path):
            raise ValidationException(
                "The left hand side argument to IS must be a Variable Reference, Literal, or Path"
            )
        word = self.take().text.upper()
        if word == "MISSING":
            return Function("attribute_exists" if negated else "attribute_not_exists", (left,))
        if word not in _TYPES:
            raise ValidationException(
                f"Unsupported data type for IS operator: {word}. Supported data types are "
                "[MISSING, NULL, BOOLEAN, BLOB, STRING, NUMERIC, STRUCT, TUPLE, LIST]"
            )
        test = Function("attribute_type", (left, Literal({"S": _TYPES[word]})))
        return Not(test) if negated else test

    def compared(self) -> Operand:
        """What stands on one side of an operator: a function too."""
        if not self.is_call():
            return self.operand()
        if self.token.text.lower() not in (*_TESTS, "size"):
            raise self.unrecognized()
        return Function(self.take().text.lower(), self.arguments())

    def arguments(self) -> tuple[Operand, ...]:
        self.expect("(")
        if self.accept(")"):
            return ()
        args = self.listed(self.operand)
        self.expect(")")
        return tuple(args)

    def is_call(self) -> bool:
        return self.token.kind == "word" and self.following.is_sign("(") and not self.token.is_word(*_CLAUSES)

    def unrecognized(self) -> ValidationException:
        return ValidationException(f"Unrecognized function: {self.token.text.lower()} at {self.token.place}")

    def operand(self) -> Operand:
        return Literal(self.value()) if self.begins_value() else self.path()

    # Names -----------------------------------------------------------------------------------------------

    def is_name(self) -> bool:
        """Whether a name comes next: in quotes, or no word of the language."""
        return self.token.kind == "name" or (self.token.kind == "word" and not self.token.is_word(*_CLAUSES))

    def name(self) -> str:
        if not self.is_name():
            raise self.unexpected()
        return self.take().text

    def path(self) -> Path:
        parts: list[str | int] = [self.name()]
        if parts == [""]:
            raise ValidationException("Path component cannot be an empty string")
        while True:
            if self.accept("."):
                if self.token.is_word(*RESERVED):
                    raise malformed("Invalid path dot component")
                parts.append(self.name())
            elif self.accept("["):
                parts.append(self.step())
                self.expect("]")
            else:
                return Path(tuple(parts))

    def step(self) -> str | int:
        token = self.take()
        if token.kind == "text":
            return token.text
        if token.is_sign("*"):
            raise ValidationException("Wildcard path component like a[*].b are not supported")
        if token.kind != "number" or not token.text.isdecimal():
            raise malformed("Unexpected path component")
        return int(token.text)

    def listed(self, read: Callable[[], Any]) -> list[Any]:
        """One or more, set apart by commas."""
        found = [read()]
        while self.accept(","):
            found.append(read())
        return found


def _as_told(test: Function, sign: str, told: Operand) -> Condition:
    """A test that is compared with what it may come to: ``attribute_exists(a) = true``."""
    if not isinstance(told, Literal) or "BOOL" not in told.value or sign not in ("=", "<>"):
        raise ValidationException("WHERE clause must contain an expression that resolves to a boolean")
    return test if told.value["BOOL"] is (sign == "=") else Not(test)
