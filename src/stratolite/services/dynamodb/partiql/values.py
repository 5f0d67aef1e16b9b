"""Values in statements: literals, and the parameters of question marks. Raises ValidationException."""

from collections.abc import Callable

from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb import attributes, numbers
from stratolite.services.dynamodb.attributes import Value
from stratolite.services.dynamodb.partiql.lexer import END, Token, malformed

_CONSTANTS: dict[str, Value] = {"TRUE": {"BOOL": True}, "FALSE": {"BOOL": False}, "NULL": {"NULL": True}}
ROOT = "root"
_SETS = {"S": "SS", "N": "NS", "B": "BS"}


class Values:
    """A position in the tokens, at which values are read."""

    def __init__(self, found: list[Token], parameters: list[Value]) -> None:
        self._tokens = found
        self._position = 0
        self.parameters = parameters
        """Those that have not found their place yet."""
        self.depth = 0

    @property
    def token(self) -> Token:
        return self._tokens[self._position]

    @property
    def following(self) -> Token:
        return self._tokens[min(self._position + 1, len(self._tokens) - 1)]

    def take(self) -> Token:
        token = self.token
        self._position = min(self._position + 1, len(self._tokens) - 1)
        return token

    def accept(self, sign: str) -> bool:
        if self.token.is_sign(sign):
            self.take()
            return True
        return False

    def accept_word(self, word: str) -> bool:
        if self.token.is_word(word):
            self.take()
            return True
        return False

    def expect(self, sign: str) -> None:
        if not self.accept(sign):
            raise self.unexpected()

    def expect_word(self, word: str) -> None:
        if not self.accept_word(word):
            raise malformed(f"Expected {word.lower()}")

    def unexpected(self) -> ValidationException:
        return malformed("Unexpected term" if self.token.kind != END else "Unexpected end of statement")

    @staticmethod
    def miscounted() -> ValidationException:
        return ValidationException("Number of parameters in request and statement don't match.")

    # Values ----------------------------------------------------------------------------------------------

    def begins_value(self) -> bool:
        """Whether a value comes next, and not a path."""
        token = self.token
        return (
            token.kind in ("text", "number", "parameter")
            or token.is_sign("{", "[", "<<", "-", "+")
            or token.is_word(*_CONSTANTS, "MISSING")
        )

    def value(self, *, is_item: bool = False) -> Value:
        """A value, checked and canonical. ``is_item``: whether its fields are attributes, each with a value of its own.

        Numbers that are none say where in the value they are, which errors call its root.
        """
        found = self._value("" if is_item else ROOT)
        attributes.check_value(found)
        return found

    def _value(self, path: str) -> Value:
        token = self.take()
        if token.kind == "parameter":
            if not self.parameters:
                raise self.miscounted()
            return self.parameters.pop(0)
        if token.kind == "text":
            return {"S": token.text}
        if token.kind == "number":
            return _number(token.text, path)
        if token.is_sign("-", "+") and self.token.kind == "number":
            sign = "-" if token.text == "-" else ""
            return _number(sign + self.take().text, path)
        if token.is_word(*_CONSTANTS):
            return dict(_CONSTANTS[token.text.upper()])
        if token.is_word("MISSING"):
            raise ValidationException("MISSING must be compared using IS operator")
        for sign, read in (("[", self._list), ("{", self._map), ("<<", self._set)):
            if token.is_sign(sign):
                return self._deeper(read, path)
        if token.kind == "word" and self.token.is_sign("("):
            raise ValidationException(
                f"Unsupported data type: {token.text.lower()} under key {path or ROOT} at {token.place}"
            )
        raise malformed("Unexpected term" if token.kind != END else "Unexpected end of statement")

    def _deeper(self, read: Callable[[str], Value], path: str) -> Value:
        self.depth += 1
        if self.depth > attributes.NESTING_MAX:
            raise attributes.too_deep()
        found = read(path)
        self.depth -= 1
        return found

    def _members(self, closing: str, path: str) -> list[Value]:
        found: list[Value] = []
        while not self.accept(closing):
            if found:
                self.expect(",")
            found.append(self._value(f"{path}[{len(found)}]"))
        return found

    def _list(self, path: str) -> Value:
        return {"L": self._members("]", path)}

    def _set(self, path: str) -> Value:
        members = self._members(">>", path)
        if not members:
            raise ValidationException("Empty bags are not supported")
        kinds = {next(iter(member), "") for member in members}
        kind = kinds.pop()
        if kinds or kind not in _SETS:
            raise ValidationException(
                "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags"
            )
        return {_SETS[kind]: [member[kind] for member in members]}

    def _map(self, path: str) -> Value:
        fields: dict[str, Value] = {}
        while not self.accept("}"):
            if fields:
                self.expect(",")
            token = self.take()
            if token.kind not in ("text", "name"):
                raise malformed("Unexpected term")
            if token.text in fields:
                raise ValidationException(f"Duplicate keys in tuple. Key: {token.text}")
            self.expect(":")
            fields[token.text] = self._value(f"{path}.{token.text}" if path else ROOT)
        return {"M": fields}


def _number(text: str, path: str) -> Value:
    try:
        return {"N": numbers.canonical(text)}
    except ValidationException as error:
        raise ValidationException(f"{error.message} under {path}") from error
