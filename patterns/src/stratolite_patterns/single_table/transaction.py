"""Transactions: all of some writes, or none, over any entities of one table.

    with table.transaction() as change:
        change.create(user)
        change.create(EmailOwner(email=user.email, user_id=user.id))
        change.include(outbox.entry(user.id, user_created(user)))

Nothing is sent until the block ends, and nothing at all when it raises. When AWS cancels, its reasons become the errors
that the same writes raise alone (AlreadyExists, VersionConflict, ...), the first of them; its ``also`` has the others.
"""

import time
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from stratolite_patterns.single_table import writes
from stratolite_patterns.single_table.errors import (
    DeclarationError,
    TableError,
    TransactionConflict,
    TransactionRefused,
)
from stratolite_patterns.single_table.writes import Write

if TYPE_CHECKING:
    from stratolite_patterns.single_table.table import Table

T = TypeVar("T")

WRITES_MAX = 100
ATTEMPTS_MAX = 4
PAUSE_S = 0.05
"""The first pause; each further one is twice as long, and a random part of it is waited."""
_REPEATED = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}


class Transaction:
    """Writes that are made together, at the end of the block."""

    def __init__(self, table: "Table", token: str | None) -> None:
        self._table = table
        self._token = token
        self._writes: dict[tuple[tuple[str, str], ...], Write] = {}
        self._included: list[Mapping[str, Any]] = []

    def create(self, entity: T) -> T:
        """A new item, as ``Table.create``; the entity as it will be."""
        write = writes.create(self._table.entity_of(type(entity)), entity, self._table.now_s())
        self._add(write)
        result: T = write.result
        return result

    def replace(self, entity: T) -> T:
        """The whole item again, as ``Table.replace``; the entity as it will be."""
        write = writes.replace(self._table.entity_of(type(entity)), entity, self._table.now_s())
        self._add(write)
        result: T = write.result
        return result

    def update(self, what: object, /, **changes: Any) -> None:
        """Chosen fields, as ``Table.update``."""
        entity, key, instance = self._table.target(what)
        self._add(writes.update(entity, key, instance, changes, self._table.now_s()))

    def delete(self, what: object, /) -> None:
        """The end of an item, which has to be there."""
        entity, key, instance = self._table.target(what)
        self._add(writes.delete(entity, key, instance, self._table.now_s()))

    def check(self, what: object, /, *, exists: bool = True, version: int | None = None) -> None:
        """An item that is not written has to be there, or not; unchanged, if an instance or a version is given."""
        entity, key, instance = self._table.target(what)
        if version is None and instance is not None and entity.version and exists:
            version = entity.version_of(instance)
        if version is not None and not exists:
            raise DeclarationError("an item that must not exist has no version")
        self._add(writes.check(entity, key, version, self._table.now_s(), exists=exists))

    def include(self, entry: Mapping[str, Any]) -> None:
        """An entry of TransactItems that something else has made, such as an outbox's: written with the rest or not."""
        self._require_room()
        self._included.append(entry)

    def __enter__(self) -> "Transaction":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._commit()

    def _add(self, write: Write) -> None:
        known = self._writes.get(write.key.attributes)
        if known is not None:
            raise DeclarationError(
                f"{' / '.join(dict(write.key.attributes).values())} is in this transaction already: it can be once"
            )
        self._require_room()
        self._writes[write.key.attributes] = write

    def _require_room(self) -> None:
        if len(self._writes) + len(self._included) == WRITES_MAX:
            raise DeclarationError(f"a transaction has at most {WRITES_MAX} writes")

    def _commit(self) -> None:
        if not self._writes and not self._included:
            return
        client, name = self._table.client(), self._table.name
        items: list[Mapping[str, Any]] = [
            {write.kind: {"TableName": name, **write.arguments}} for write in self._writes.values()
        ]
        items += self._included
        arguments = {"TransactItems": items, **({"ClientRequestToken": self._token} if self._token else {})}
        for attempt in range(ATTEMPTS_MAX):
            try:
                client.transact_write_items(**arguments)
                return
            except client.exceptions.TransactionCanceledException as error:
                reasons = error.response.get("CancellationReasons", [])
                self._explain(reasons, error)
            # What is left is a conflict with others, or throttling: nothing was written, and they will be done.
            if attempt + 1 < ATTEMPTS_MAX:
                pause(attempt)
        raise TransactionConflict(f"others wrote the same items in {ATTEMPTS_MAX} attempts; nothing was written")

    def _explain(self, reasons: list[dict[str, Any]], cause: Exception) -> None:
        """Raise what a cancellation means, unless it is to be tried again."""
        errors: list[TableError] = []
        for write, reason in zip(self._writes.values(), reasons, strict=False):
            code = reason.get("Code", "None")
            if code == "ConditionalCheckFailed":
                errors.append(write.failure(reason.get("Item"), self._table.now_s()))
            elif code != "None" and code not in _REPEATED:
                key = " / ".join(dict(write.key.attributes).values())
                errors.append(TransactionRefused(f"{key}: {code}: {reason.get('Message', '')}"))
        for reason in reasons[len(self._writes) :]:
            code = reason.get("Code", "None")
            if code != "None" and code not in _REPEATED:
                errors.append(TransactionRefused(f"what was included: {code}: {reason.get('Message', '')}"))
        if errors:
            errors[0].also = errors[1:]
            raise errors[0] from cause
        if not reasons:
            raise TransactionRefused(str(cause)) from cause


def pause(attempt: int) -> None:
    """Wait a random part of a time that doubles with each attempt, so that those who collided do not meet again."""
    import random

    time.sleep(random.uniform(0, PAUSE_S * 2**attempt))
