"""Statements that write, as actions: what they mean becomes known when they aim at a table.

Raises ValidationException with DynamoDB's texts, ConditionalCheckFailedException and DuplicateItemException.
"""

from collections.abc import Mapping
from typing import Any

from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb import actions, api, attributes
from stratolite.services.dynamodb.actions import Action, Outcome
from stratolite.services.dynamodb.attributes import Item
from stratolite.services.dynamodb.domain import ItemKey, Table
from stratolite.services.dynamodb.expressions import operands
from stratolite.services.dynamodb.expressions.binding import BoundUpdate
from stratolite.services.dynamodb.expressions.tree import Condition, Literal, Operand
from stratolite.services.dynamodb.guards import Guard
from stratolite.services.dynamodb.partiql import keys, statements
from stratolite.services.dynamodb.partiql.statements import Delete, Exists, Insert, Statement, Update

INCOMPLETE_KEY = "Where clause does not contain a mandatory equality on all key attributes"
_NO_CHECK = "EXISTS() must contain a single item read with additional condition"


class Insertion(actions.Put):
    """INSERT: a whole item, where there is none yet."""

    def __init__(self, statement: Insert) -> None:
        super().__init__({"Item": statement.item})

    def aim(self, table: Table) -> ItemKey:
        for attribute in table.schema.attributes:
            if attribute.name not in self.named:
                raise ValidationException(f"Key attribute should be present in the item: Key {attribute.name}")
            keys.check_kind(attribute, self.named)
        return super().aim(table)

    def outcome(self, old: Item | None) -> Outcome:
        if old is not None:
            raise api.DuplicateItemException("Duplicate primary key exists in table")
        return super().outcome(old)


class Removal(actions.Delete):
    """DELETE: an item that is there has to meet the conditions; one that is not there is no error."""

    def __init__(self, statement: Delete, request: Mapping[str, Any]) -> None:
        self._statement = statement
        self._request = request
        self._key = {}

    @property
    def payload_bytes(self) -> int:
        return _values_bytes(self._statement.where)

    def aim(self, table: Table) -> ItemKey:
        self._key, rest = _named(table, self._statement.where, INCOMPLETE_KEY)
        self.guard = Guard(self._request, (statements.bound(rest) if rest else None, None))
        return super().aim(table)

    def outcome(self, old: Item | None) -> Outcome:
        return Outcome(None) if old is None else super().outcome(old)


class Change(actions.Update):
    """UPDATE: of an item that is there."""

    def __init__(self, statement: Update, request: Mapping[str, Any]) -> None:
        self._statement = statement
        self._request = request
        self._key = {}
        self._updates = None
        self._table = None
        operands.check_sets(list(statement.actions))

    @property
    def payload_bytes(self) -> int:
        found = [action.operand for action in self._statement.actions if action.operand is not None]
        return _values_bytes(self._statement.where) + sum(map(_operand_bytes, found))

    def aim(self, table: Table) -> ItemKey:
        self._key, rest = _named(table, self._statement.where, INCOMPLETE_KEY)
        changed = [action.path for action in self._statement.actions]
        nested = frozenset(str(path.parts[0]) for path in changed if len(path.parts) > 1)
        update = BoundUpdate(list(self._statement.actions), nested)
        self.guard = Guard(self._request, (statements.bound(rest) if rest else None, update))
        return super().aim(table)

    def outcome(self, old: Item | None) -> Outcome:
        if old is None:
            raise api.ConditionalCheckFailedException("The conditional request failed")
        return super().outcome(old)


class Check(actions.ConditionCheck):
    """EXISTS: a condition of a transaction."""

    def __init__(self, statement: Exists, request: Mapping[str, Any]) -> None:
        self._statement = statement
        self._request = request
        self._key = {}

    @property
    def payload_bytes(self) -> int:
        return _values_bytes(self._statement.select.where)

    def aim(self, table: Table) -> ItemKey:
        self._key, rest = _named(table, self._statement.select.where, _NO_CHECK)
        if rest is None:
            raise ValidationException(_NO_CHECK)
        self.guard = Guard(self._request, (statements.bound(rest), None))
        return super().aim(table)


def action_of(statement: Statement, request: Mapping[str, Any]) -> Action:
    """The action that a statement is; ``request``: what was asked with it."""
    if isinstance(statement, Insert):
        return Insertion(statement)
    if isinstance(statement, Delete):
        return Removal(statement, request)
    if isinstance(statement, Update):
        return Change(statement, request)
    assert isinstance(statement, Exists), "a SELECT writes nothing"
    return Check(statement, request)


def check_key(statement: Statement, table: Table) -> None:
    """Check that a statement of a transaction names one item: otherwise it is refused, and cancels nothing."""
    if isinstance(statement, Exists):
        _, rest = _named(table, statement.select.where, _NO_CHECK)
        if rest is None:
            raise ValidationException(_NO_CHECK)
    elif isinstance(statement, Update | Delete):
        _named(table, statement.where, INCOMPLETE_KEY)


def _named(table: Table, where: Condition | None, incomplete: str) -> tuple[Item, Condition | None]:
    key, rest = keys.item_key(table.schema, where)
    if key is None:
        raise ValidationException(incomplete)
    attributes.check_item(key)
    return key, rest


def _values_bytes(where: Condition | None) -> int:
    """The size of the values that a condition compares with."""
    if where is None:
        return 0
    found = statements.leaves(where)
    return sum(_operand_bytes(operand) for leaf in found for operand in operands.operands_of(leaf))


def _operand_bytes(operand: Operand) -> int:
    return attributes.check_value(operand.value) if isinstance(operand, Literal) else 0
