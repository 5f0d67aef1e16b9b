"""What can go wrong with a table, as one small hierarchy.

TableError
├── AlreadyExists        a creation found an item with its key; ``current`` is what is there
├── NotFound             an item that has to be there is not, or has expired
├── VersionConflict      somebody else changed the item first; ``current`` is what is there now
├── CheckFailed          a condition of a transaction did not hold
├── WrongEntity          the item with this key is of another class
├── TransactionConflict  others wrote the same items at the same time; nothing was written, and it can be repeated
├── TransactionRefused   AWS refused an item of a transaction; nothing was written
├── Throttled            AWS did not answer for all keys of a batch within the attempts
├── InvalidPageToken     a page token that was tampered with, or belongs to another query
├── SigningKeyMissing    a page token has to be made or read, and the table has no key to sign with
├── DeclarationError     an entity or access pattern that cannot be right (at import, also a TypeError)
├── FieldRefused         a field that does not exist, or must not be changed (also a ValueError)
└── KeyRefused           a value that cannot be part of a key (also a ValueError)

ValueRefused             a value that its field cannot hold (a ValueError; attribute_values.py)
"""

from collections.abc import Sequence
from typing import Any

from stratolite_patterns.attribute_values import ValueRefused as ValueRefused


class TableError(Exception):
    """Whatever this package raises on purpose."""

    also: "Sequence[TableError]" = ()
    """What else was wrong with the same transaction."""


class ItemError(TableError):
    """An error about one item: ``entity`` is its class, ``key`` its key's attributes, ``current`` what is there."""

    text = "cannot be used"

    def __init__(self, entity: type, key: dict[str, str], current: Any = None, text: str = "") -> None:
        super().__init__(f"{entity.__name__} {' / '.join(key.values())} {text or self.text}")
        self.public = f"{entity.__name__} {text or self.text}"
        """What may be told to a client: without the key."""
        self.entity = entity
        self.key = key
        self.current = current


class AlreadyExists(ItemError):
    """A creation found an item with its key."""

    text = "exists already"


class NotFound(ItemError):
    """There is no such item, or it has expired."""

    text = "does not exist"


class VersionConflict(ItemError):
    """Somebody else changed the item since it was read."""

    text = "was changed by somebody else"


class CheckFailed(ItemError):
    """A condition of a transaction did not hold."""

    text = "is not as the transaction needs it"


class WrongEntity(ItemError):
    """The item with this key is of another class."""

    text = "is an entity of another class"


class TransactionConflict(TableError):
    """Others wrote the same items at the same time. Nothing was written."""


class TransactionRefused(TableError):
    """AWS refused a transaction for another reason than its conditions. Nothing was written."""


class Throttled(TableError):
    """AWS left keys of a batch unanswered, again and again."""


class InvalidPageToken(TableError):
    """A page token that was tampered with, or that another query gave."""


class SigningKeyMissing(TableError):
    """Page tokens need a key to be signed with: ``Table(..., signing_key=...)``."""


class DeclarationError(TableError, TypeError):
    """A declaration that cannot be right. Raised at import, where it can be mended."""


class FieldRefused(TableError, ValueError):
    """A field that does not exist, or that must not be changed."""


class KeyRefused(TableError, ValueError):
    """A value that cannot be part of a key."""


STATUSES: dict[type[Exception], int] = {
    AlreadyExists: 409,
    NotFound: 404,
    VersionConflict: 409,
    CheckFailed: 409,
    TransactionConflict: 503,
    Throttled: 503,
    InvalidPageToken: 400,
    KeyRefused: 400,
    ValueRefused: 400,
}
"""What an API answers to these: ``cqrs.Bus(errors=single_table.STATUSES)``. The others are faults."""
