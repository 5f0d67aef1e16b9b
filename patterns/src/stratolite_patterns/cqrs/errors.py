"""What can go wrong with a message, as one small hierarchy.

MessageError
├── InvalidMessage     its fields are wrong; ``errors`` has all of them (HTTP 400)
├── UnknownMessage     nobody handles a message of this name (HTTP 400)
├── UnknownRoute       no message has this method and path (HTTP 404)
├── MethodRefused      a command was asked for with GET, which caches and crawlers repeat (HTTP 405)
└── UnknownEvent       the function was invoked with something that is none of the events it reads

DeclarationError       a second handler, a field that does not exist: raised at import (a TypeError)
"""

from collections.abc import Iterable
from typing import NamedTuple


class FieldError(NamedTuple):
    """What is wrong with one field: a JSON pointer (RFC 6901; empty for the whole message), and a sentence's end."""

    pointer: str
    text: str


class MessageError(Exception):
    """A message that cannot be handled."""

    status = 400


class InvalidMessage(MessageError):
    """A message with wrong fields. ``__post_init__`` of a message may raise it too, for rules over several fields."""

    def __init__(self, errors: Iterable[FieldError | tuple[str, str]]) -> None:
        self.errors = tuple(FieldError(*error) for error in errors)
        super().__init__("; ".join(f"{pointer or 'the message'} {text}" for pointer, text in self.errors))


class UnknownMessage(MessageError):
    """Nobody handles a message of this name."""


class UnknownRoute(MessageError):
    """No message has this method and path."""

    status = 404


class MethodRefused(MessageError):
    """A command was asked for with a method that must change nothing."""

    status = 405


class UnknownEvent(MessageError):
    """An event of a kind that is not read here."""


class DeclarationError(TypeError):
    """A declaration that cannot be right."""
