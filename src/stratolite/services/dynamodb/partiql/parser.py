"""The grammar of statements. Raises ValidationException with DynamoDB's texts.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
"""

from collections.abc import Callable, Sequence
from typing import Any

from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb.attributes import Item, Value
from stratolite.services.dynamodb.expressions import operands
from stratolite.services.dynamodb.expressions.tree import (
    Action,
    And,
    Arithmetic,
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
from stratolite.services.dynamodb.partiql.lexer import END, Token, malformed, tokens
from stratolite.services.dynamodb.partiql.statements import (
    Delete,
    Exists,
    Insert,
    Select,
    Source,
    Statement,
    Update,
    leaves,
)
from stratolite.services.dynamodb.partiql.values import Values

NESTING_MAX = 100
"""How deep parentheses may stand in each other."""
_CLAUSES = ("FROM", "WHERE", "SET", "REMOVE", "RETURNING", "ORDER", "VALUE", "AND", "OR", "IN", "BETWEEN", "IS", "BY")
_SIGNS = {"=": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_FUNCTIONS = ("begins_with", "contains", "attribute_type", "size")
_TYPES = {
    "NULL": "NULL",
    "BOOLEAN": "BOOL",
    "BLOB": "B",
    "STRING": "S",
    "NUMERIC": "N",
    "STRUCT": "M",
    "TUPLE": "M",
    "LIST": "L",
}
_RETURNING = ("ALL OLD", "ALL NEW", "MODIFIED OLD", "MODIFIED NEW")


def parse(text: str, parameters: Sequence[Value] | None) -> Statement:
    """The statement that a text is, with the parameters in the places of its question marks."""
    parser = Parser(tokens(text), list(parameters or ()))
    statement = parser.statement()
    parser.end()
    return statement


class Parser(Values):
    """A position in the tokens, and what can stand there."""

    def statement(self) -> Statement:
        kinds: dict[str, Callable[[], Statement]] = {
            "SELECT": self.select,
            "INSERT": self.insert,
            "UPDATE": self.update,
            "DELETE": self.delete,
            "EXISTS": self.exists,
        }
        for word, read in kinds.items():
            if self.accept_word(word):
                return read()
        raise malformed("Expected data manipulation")

    def end(self) -> None:
        self.accept(";")
        if self.token.kind != END:
            raise self.unexpected()
        if self.parameters:
            raise self.miscounted()

    # Statements ------------------------------------------------------------------------------------------

    def select(self) -> Select:
        columns: list[Path] = []
        if not self.accept("*"):
            columns = self.listed(self.column)
        self.expect_word("FROM")
        source = self.source()
        where = self.where()
        order: list[tuple[str, bool]] = []
        if self.accept_word("ORDER"):
            self.expect_word("BY")
            order = self.listed(self.ordering)
        return Select(source, tuple(columns), where, tuple(order))

    def column(self) -> Path:
        if self.token.is_sign("*"):
            raise ValidationException("Other attributes should not be present in the projection when '*' is used.")
        path = self.path()
        if self.token.is_word("AS"):
            raise ValidationException("Aliasing is not supported")
        return path

    def ordering(self) -> tuple[str, bool]:
        name = self.name()
        if self.accept_word("DESC"):
            return name, False
        self.accept_word("ASC")
        return name, True

    def insert(self) -> Insert:
        self.expect_word("INTO")
        source = self.source()
        if self.token.is_word("VALUES"):
            raise ValidationException(
                "Unsupported operation: Inserting multiple items in a single statement is not supported, use "
                '"INSERT INTO tableName VALUE item" instead'
            )
        self.expect_word("VALUE")
        value = self.value()
        if "M" not in value:
            raise ValidationException(
                "Unsupported format in item expression. Please use struct format {...} to express item values for "
                "insert statement."
            )
        if self.token.is_word("RETURNING"):
            raise ValidationException("RETURNING is not supported in INSERT")
        item: Item = value["M"]
        return Insert(source, item)

    def update(self) -> Update:
        source = self.source()
        actions: list[Action] = []
        while True:
            if self.accept_word("SET"):
                actions += self.listed(self.assignment)
            elif self.accept_word("REMOVE"):
                actions += [Action("REMOVE", path) for path in self.listed(self.path)]
            else:
                break
        if not actions:
            raise ValidationException("Only SET and REMOVE are supported in update expressions at this time")
        operands.check_overlap([action.path.parts for action in actions])
        where = self.where()
        return Update(source, tuple(actions), where, self.returning())

    def delete(self) -> Delete:
        self.expect_word("FROM")
        source = self.source()
        where = self.where()
        returning = self.returning()
        if returning not in ("", "ALL OLD"):
            raise ValidationException(
                f"Invalid returning clause: RETURNING {returning} *. Only RETURNING ALL OLD * is allowed in DELETE "
                "statements."
            )
        return Delete(source, where, returning)

    def exists(self) -> Exists:
        self.expect("(")
        self.expect_word("SELECT")
        select = self.select()
        self.expect(")")
        return Exists(select)

    def source(self) -> Source:
        parts = [self.name()]
        while self.accept("."):
            parts.append(self.name())
        if "" in parts:
            raise ValidationException("Path component cannot be an empty string")
        if len(parts) > 2:
            raise ValidationException("A path may contain at most 2 components in the FROM clause")
        if self.token.is_sign(","):
            raise ValidationException("Only select from a single table or index is supported.")
        return Source(*parts)

    def returning(self) -> str:
        if not self.accept_word("RETURNING"):
            return ""
        words = f"{self.take().text} {self.take().text}".upper()
        if words not in _RETURNING or not self.accept("*"):
            raise ValidationException("Expected '*' after ( MODIFIED | ALL ) ( NEW | OLD ) in RETURNING clause")
        if self.token.is_sign(","):
            raise ValidationException("Invalid syntax with multiple returning elements in RETURNING clause")
        return words

    # Updates ---------------------------------------------------------------------------------------------

    def assignment(self) -> Action:
        path = self.path()
        self.expect("=")
        for name, section in (("SET_ADD", "ADD"), ("SET_DELETE", "DELETE")):
            if self.token.is_word(name) and self.following.is_sign("("):
                return self.set_change(path, name, section)
        value = self.assigned()
        operands.check_assigned(value)
        return Action("SET", path, value)

    def set_change(self, path: Path, name: str, section: str) -> Action:
        """``SET path = set_add(path, <<...>>)``, which DynamoDB's own expressions call ADD and DELETE."""
        self.take()
        self.expect("(")
        first = self.path()
        if first != path:
            raise ValidationException(f"The first argument to {name} must equal the assignment value")
        if not self.accept(","):
            raise ValidationException(f"{name} must have exactly two arguments")
        value = self.value()
        self.expect(")")
        if next(iter(value)) not in ("SS", "NS", "BS"):
            raise ValidationException(f"The second argument to {name} must be a value with type SET")
        return Action(section, path, Literal(value))

    def assigned(self) -> Operand:
        left = self.assigned_term()
        while self.token.is_sign("+", "-"):
            left = Arithmetic(self.take().text, left, self.assigned_term())
        return left

    def assigned_term(self) -> Operand:
        if not (self.token.kind == "word" and self.following.is_sign("(")):
            return self.operand()
        name = self.take().text
        if name.lower() != "list_append":
            raise ValidationException(f"Unrecognized function: {name}")
        self.expect("(")
        args = self.listed(self.operand)
        self.expect(")")
        return Function("list_append", tuple(args))

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
            return Comparison(_SIGNS[token.text], left, self.compared())
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
        if not (self.token.kind == "word" and self.following.is_sign("(")):
            return self.operand()
        name = self.take().text
        if name.lower() == "exists":
            raise ValidationException("EXISTS can only be used in ExecuteTransaction write requests.")
        if name.lower() not in _FUNCTIONS:
            raise ValidationException(f"Unrecognized function: {name}")
        self.expect("(")
        args = self.listed(self.operand)
        self.expect(")")
        return Function(name.lower(), tuple(args))

    def operand(self) -> Operand:
        return Literal(self.value()) if self.begins_value() else self.path()

    # Names -----------------------------------------------------------------------------------------------

    def name(self) -> str:
        token = self.token
        if token.kind != "name" and (token.kind != "word" or token.is_word(*_CLAUSES)):
            raise self.unexpected()
        return self.take().text

    def path(self) -> Path:
        parts: list[str | int] = [self.name()]
        if parts == [""]:
            raise ValidationException("Path component cannot be an empty string")
        while True:
            if self.accept("."):
                parts.append(self.name())
            elif self.accept("["):
                parts.append(self.step())
                self.expect("]")
            else:
                return Path(tuple(parts))

    def step(self) -> str | int:
        token: Token = self.take()
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
