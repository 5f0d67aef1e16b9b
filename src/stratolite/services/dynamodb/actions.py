"""One write of one item in its stages, for single writes and transactions alike.

1. The constructor checks what the request alone tells: parameters that exclude each other, values, expressions
   (``alone``: the request is this one write, which AWS words differently); then comes the size of an item.
2. ``aim`` checks it against the table and finds the key.
3. ``outcome`` checks the condition against what stands there, and says what shall stand there.

Nothing is written here. Everything raises ValidationException; ``outcome`` also ConditionalCheckFailedException.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, NamedTuple

from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb import attributes, legacy, rules
from stratolite.services.dynamodb.attributes import Item
from stratolite.services.dynamodb.domain import ItemKey, Table, key_of
from stratolite.services.dynamodb.expressions import operands, update
from stratolite.services.dynamodb.expressions.tree import Literal, Part
from stratolite.services.dynamodb.guards import Guard


class Outcome(NamedTuple):
    """What shall stand where a write aims: an item of a size, or nothing."""

    item: Item | None
    size_bytes: int = 0


class Action(ABC):
    """A write that a request asks for."""

    guard: Guard
    writes = True
    """Whether anything may change: a condition check only looks."""
    item_bytes = 0
    """The size of the whole item that a put writes."""

    @property
    @abstractmethod
    def named(self) -> Item:
        """The attributes that name the item, the key among them."""

    @property
    @abstractmethod
    def payload_bytes(self) -> int:
        """What it counts in the size of a transaction."""

    def check_emptiness(self, table: Table) -> None:
        """Refuse empty values for key attributes, for which transactions are refused as a whole."""
        rules.check_emptiness(table.schema, self.named)

    @abstractmethod
    def aim(self, table: Table) -> ItemKey:
        """The item's key in a table."""

    @abstractmethod
    def outcome(self, old: Item | None) -> Outcome:
        """What shall stand there instead of the old item."""


class Put(Action):
    """A whole item."""

    def __init__(self, request: Mapping[str, Any], *, alone: bool = False) -> None:
        rules.check_expression_use(request, ("ConditionExpression",), ("Expected",), alone=alone)
        rules.check_conditional_operator(request, "Expected")
        self._item: Item = request["Item"]
        self.item_bytes = attributes.check_item(self._item)
        rules.check_returns_old(request)
        self.guard = Guard(request, alone=alone)

    @property
    def named(self) -> Item:
        return self._item

    def check_emptiness(self, table: Table) -> None:
        super().check_emptiness(table)
        for index in table.indexes:
            for attribute in rules.index_key_attributes(index):
                if rules.is_empty(self._item, attribute):
                    raise rules.empty_index_key(index, attribute)

    @property
    def payload_bytes(self) -> int:
        return self.item_bytes

    def aim(self, table: Table) -> ItemKey:
        rules.check_item_keys(table, self._item)
        self.guard.check_paths(table)
        return key_of(table.schema, self._item)

    def outcome(self, old: Item | None) -> Outcome:
        self.guard.check(old)
        return Outcome(self._item, self.item_bytes)


class _Keyed(Action):
    """A write that names its item by the key."""

    def __init__(self, key: Item) -> None:
        self._key = key
        self._key_bytes = attributes.check_item(key)

    @property
    def named(self) -> Item:
        return self._key

    @property
    def payload_bytes(self) -> int:
        return self._key_bytes

    def aim(self, table: Table) -> ItemKey:
        rules.check_key_shape(table, self._key)
        self.guard.check_paths(table)
        return key_of(table.schema, self._key)


class Delete(_Keyed):
    """An item that shall go."""

    def __init__(self, request: Mapping[str, Any], *, alone: bool = False) -> None:
        rules.check_expression_use(request, ("ConditionExpression",), ("Expected",), alone=alone)
        rules.check_conditional_operator(request, "Expected")
        super().__init__(request["Key"])
        rules.check_returns_old(request)
        self.guard = Guard(request, alone=alone)

    def outcome(self, old: Item | None) -> Outcome:
        self.guard.check(old)
        return Outcome(None)


class ConditionCheck(_Keyed):
    """An item that shall only fulfil a condition."""

    writes = False

    def __init__(self, request: Mapping[str, Any]) -> None:
        super().__init__(request["Key"])
        self.guard = Guard(request)

    def outcome(self, old: Item | None) -> Outcome:
        self.guard.check(old)
        return Outcome(old)


class Update(_Keyed):
    """Some attributes changed, or an item made of them."""

    def __init__(self, request: Mapping[str, Any], *, alone: bool = False) -> None:
        rules.check_expression_use(
            request, ("UpdateExpression", "ConditionExpression"), ("AttributeUpdates", "Expected"), alone=alone
        )
        rules.check_conditional_operator(request, "Expected")
        super().__init__(request["Key"])
        self._updates: Mapping[str, Mapping[str, Any]] | None = request.get("AttributeUpdates")
        legacy.check_updates(self._updates)
        self.guard = Guard(request, alone=alone)
        self._table: Table | None = None

    @property
    def paths(self) -> list[tuple[Part, ...]]:
        """The paths that are changed."""
        if self.guard.update is not None:
            return self.guard.update.paths
        return [(name,) for name in self._updates or ()]

    @property
    def payload_bytes(self) -> int:
        return self._key_bytes + self.guard.values_bytes

    def check_emptiness(self, table: Table) -> None:
        super().check_emptiness(table)
        actions = self.guard.update.actions if self.guard.update is not None else ()
        values = {action.path.parts: action.operand for action in actions}
        for index in table.indexes:
            for attribute in rules.index_key_attributes(index):
                operand = values.get((attribute.name,))
                if isinstance(operand, Literal) and operand.value.get(attribute.kind) == "":
                    raise rules.empty_index_update(attribute)

    def aim(self, table: Table) -> ItemKey:
        rules.check_key_shape(table, self._key)
        self._check_targets(table)
        self.guard.check_paths(table)
        self._table = table
        return key_of(table.schema, self._key)

    def outcome(self, old: Item | None) -> Outcome:
        self.guard.check(old)
        if old is None and self._removes_only:
            # What is not there cannot lose anything: AWS neither makes an item for that nor looks at the paths.
            return Outcome(None)
        new = self._updated(old if old is not None else dict(self._key))
        size = attributes.check_item(new)
        rules.check_item_size(size, " to update")
        assert self._table is not None, "aim first"
        for index in self._table.indexes:
            rules.check_updated_index_keys(index, new, old)
        return Outcome(new, size)

    def _updated(self, item: Item) -> Item:
        if self.guard.update is not None:
            return update.apply(self.guard.update, item)
        return item if self._updates is None else legacy.apply_updates(self._updates, item)

    @property
    def _removes_only(self) -> bool:
        if self.guard.update is not None:
            return all(action.section in ("REMOVE", "DELETE") for action in self.guard.update.actions)
        updates = self._updates or {}
        return bool(updates) and all(change.get("Action") == "DELETE" for change in updates.values())

    def _check_targets(self, table: Table) -> None:
        """Refuse updates of the key, and values of a wrong type for an index's key."""
        kinds: dict[str, str] = {}
        if self.guard.update is not None:
            for action in self.guard.update.actions:
                head = str(action.path.parts[0])
                kinds.setdefault(head, "")
                if len(action.path.parts) == 1 and action.operand is not None:
                    kinds[head] = operands.static_kind(action.operand)
        for name, change in (self._updates or {}).items():
            kinds[name] = attributes.kind_of(change["Value"]) if "Value" in change else ""
        for attribute in table.schema.attributes:
            if attribute.name in kinds:
                raise ValidationException(
                    f"{rules.INVALID}Cannot update attribute {attribute.name}. This attribute is part of the key"
                )
        for index in table.indexes:
            for attribute in rules.index_key_attributes(index):
                kind = kinds.get(attribute.name, "")
                if kind and kind != attribute.kind:
                    raise rules.index_kind_mismatch(index, attribute, kind)
