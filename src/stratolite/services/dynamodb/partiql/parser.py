"""The grammar of statements. Raises ValidationException with DynamoDB's texts.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
"""

from collections.abc import Callable, Sequence

from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb.attributes import Item, Value
from stratolite.services.dynamodb.expressions import operands
from stratolite.services.dynamodb.expressions.tree import Action, Arithmetic, Function, Operand, Path
from stratolite.services.dynamodb.partiql.conditions import Conditions
from stratolite.services.dynamodb.partiql.lexer import END, malformed, tokens
from stratolite.services.dynamodb.partiql.statements import (
    Delete,
    Exists,
    Insert,
    Select,
    Source,
    Statement,
    Update,
)

_RETURNING = ("ALL OLD", "ALL NEW", "MODIFIED OLD", "MODIFIED NEW")


def parse(text: str, parameters: Sequence[Value] | None) -> Statement:
    """The statement that a text is, with parameters (checked already) in the places of its question marks."""
    parser = Parser(tokens(text), list(parameters or ()))
    statement = parser.statement()
    parser.end()
    return statement


class Parser(Conditions):
    """A position in the tokens, and what can stand there."""

    def statement(self) -> Statement:
        kinds: dict[str, Callable[[], Statement]] = {
            "SELECT": self.select,
            "INSERT": self.insert,
            "UPDATE": self.update,
            "DELETE": self.delete,
            "EXISTS": self.exists,
            "FROM": self.from_first,
        }
        for word, read in kinds.items():
            if self.accept_word(word):
                return read()
        raise malformed("Expected data manipulation")

    def end(self) -> None:
        self.accept(";")
        if self.token.kind != END:
            raise malformed("Unexpected token after expression")
        if self.parameters:
            raise self.miscounted()

    # Statements ------------------------------------------------------------------------------------------

    def select(self) -> Select:
        columns: list[Path] = []
        if not self.accept("*"):
            columns = self.listed(self.column)
        self.expect_word("FROM")
        source = self.unaliased()
        where = self.where()
        order: list[tuple[str, bool]] = []
        if self.accept_word("ORDER"):
            self.expect_word("BY")
            order = self.listed(self.ordering)
        return Select(source, tuple(columns), where, tuple(order))

    def column(self) -> Path:
        if self.token.is_sign("*"):
            raise ValidationException("Other attributes should not be present in the projection when '*' is used.")
        if self.is_call():
            raise ValidationException(f"Unexpected path component at {self.token.place}")
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
        if self.is_name() and not self.token.is_word("VALUE"):
            raise malformed("Unexpected token after expression")
        self.expect_word("VALUE")
        value = self.value(is_item=True)
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
        source = self.unaliased()
        actions = self.actions()
        return Update(source, actions, self.where(), self.returning())

    def from_first(self) -> Update:
        """The other form of an update: ``FROM table WHERE ... SET ...``."""
        source = self.unaliased()
        where = self.where()
        return Update(source, self.actions(), where, self.returning())

    def actions(self) -> tuple[Action, ...]:
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
        return tuple(actions)

    def delete(self) -> Delete:
        self.expect_word("FROM")
        source = self.unaliased()
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

    def unaliased(self) -> Source:
        source = self.source()
        if self.token.is_word("AS") or self.is_name():
            raise ValidationException("Aliasing is not supported")
        return source

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
            if self.token.is_word(name) and self.is_call():
                return self.set_change(path, name, section)
        value = self.assigned()
        operands.check_assigned(value)
        return Action("SET", path, value)

    def set_change(self, path: Path, name: str, section: str) -> Action:
        """``SET path = set_add(path, <<...>>)``, which DynamoDB's own expressions call ADD and DELETE."""
        place = self.take().place
        self.expect("(")
        first_place = self.token.place
        args = self.listed(self.operand)
        self.expect(")")
        if len(args) != 2:
            raise ValidationException(f"{name} must have exactly two arguments at {place}")
        first, second = args
        if first != path:
            raise ValidationException(f"The first argument to {name} must equal the assignment value at {place}")
        if operands.static_kind(second) not in ("SS", "NS", "BS"):
            raise ValidationException(f"The second argument to {name} must be a value with type SET at {first_place}")
        return Action(section, path, second)

    def assigned(self) -> Operand:
        left = self.assigned_term()
        while self.token.is_sign("+", "-"):
            left = Arithmetic(self.take().text, left, self.assigned_term())
        return left

    def assigned_term(self) -> Operand:
        if not self.is_call():
            return self.operand()
        if not self.token.is_word("LIST_APPEND"):
            raise self.unrecognized()
        self.take()
        return Function("list_append", self.arguments())
