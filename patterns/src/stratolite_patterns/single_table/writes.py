"""Every write as data: what is sent to DynamoDB, and what it means when a condition does not hold.

The same write goes alone (PutItem, UpdateItem, DeleteItem) or into a transaction: a conditional check is made in one
place for both. None of them overwrites what it did not expect.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stratolite_patterns.attribute_values import AttributeValue, ValueRefused
from stratolite_patterns.single_table.entity import Entity, Key, epoch
from stratolite_patterns.single_table.errors import (
    AlreadyExists,
    CheckFailed,
    DeclarationError,
    FieldRefused,
    ItemError,
    NotFound,
    VersionConflict,
    WrongEntity,
)

_Names = dict[str, str]
_Values = dict[str, AttributeValue]


@dataclass(frozen=True, slots=True)
class Add:
    """A number to be added to what is stored, in DynamoDB, so that nobody's addition is lost."""

    by: Any


@dataclass(frozen=True, slots=True)
class Write:
    """One write. ``kind`` is its name in TransactWriteItems; ``arguments`` lack the table's name."""

    kind: str
    entity: Entity
    key: Key[Any]
    arguments: dict[str, Any]
    expected: str
    """What the condition says of the item: ``new``, ``there`` or ``unchanged``; ``check`` for a transaction's own."""
    result: Any = None

    def failure(self, item: Mapping[str, AttributeValue] | None, now_s: float) -> ItemError:
        """The error for a condition that did not hold; ``item`` is what was there."""
        entity, key = self.entity, dict(self.key.attributes)
        if not item or entity.has_expired(item, now_s):
            missing = CheckFailed if self.expected == "check" else NotFound
            return missing(entity.kind, key, text=NotFound.text)
        is_other = item.get(entity.layout.type_attribute, {}).get("S") != entity.name
        current = None if is_other else entity.read(item)
        if self.expected == "new":
            return AlreadyExists(entity.kind, key, current)
        if is_other:
            return WrongEntity(entity.kind, key)
        return (CheckFailed if self.expected == "check" else VersionConflict)(entity.kind, key, current)


class Condition:
    """A condition, its names and its values, as they grow."""

    def __init__(self, entity: Entity) -> None:
        self.entity = entity
        self.terms: list[str] = []
        self.names: _Names = {}
        self.values: _Values = {}

    def name(self, attribute: str) -> str:
        """The alias of an attribute: its own name could be one of DynamoDB's 573 reserved words."""
        for known, name in self.names.items():
            if name == attribute:
                return known
        alias = f"#n{len(self.names)}"
        self.names[alias] = attribute
        return alias

    def value(self, value: AttributeValue) -> str:
        """The alias of a value."""
        alias = f":v{len(self.values)}"
        self.values[alias] = value
        return alias

    def is_there(self, now_s: float) -> None:
        """An entity of this class is there, and has not expired."""
        kind = self.name(self.entity.layout.type_attribute)
        self.terms.append(f"{kind} = {self.value({'S': self.entity.name})}")
        if self.entity.ttl:
            ttl = self.name(self.entity.layout.ttl_attribute)
            self.terms.append(f"(attribute_not_exists({ttl}) OR {ttl} > {self.value({'N': str(int(now_s))})})")

    def is_new(self, now_s: float) -> None:
        """Nothing is there, or what has expired."""
        term = f"attribute_not_exists({self.name(self.entity.layout.key.partition)})"
        if self.entity.ttl:
            ttl, kind = self.name(self.entity.layout.ttl_attribute), self.name(self.entity.layout.type_attribute)
            now, name = self.value({"N": str(int(now_s))}), self.value({"S": self.entity.name})
            term = f"{term} OR ({kind} = {name} AND {ttl} <= {now})"
        self.terms.append(term)

    def has_version(self, version: int) -> None:
        """Nobody has changed it since it was read with this version."""
        assert self.entity.version is not None
        self.terms.append(f"{self.name(self.entity.version)} = {self.value({'N': str(version)})}")

    def arguments(self) -> dict[str, Any]:
        """The condition's part of a request."""
        found: dict[str, Any] = {
            "ConditionExpression": " AND ".join(self.terms),
            "ExpressionAttributeNames": self.names,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if self.values:
            found["ExpressionAttributeValues"] = self.values
        return found


def create(entity: Entity, instance: Any, now_s: float) -> Write:
    """A new item. Raises KeyRefused, ValueRefused."""
    if entity.version:
        instance = dataclasses.replace(instance, **{entity.version: 1})
    condition = Condition(entity)
    condition.is_new(now_s)
    key = entity.key_of_instance(instance)
    return Write("Put", entity, key, {"Item": entity.item_of(instance), **condition.arguments()}, "new", instance)


def replace(entity: Entity, instance: Any, now_s: float) -> Write:
    """The whole item again, where nobody has changed it. Raises KeyRefused, ValueRefused, DeclarationError."""
    if not entity.version:
        raise DeclarationError(
            f"replacing a {entity.kind.__name__} could lose what others changed: declare its version, or use update"
        )
    condition = Condition(entity)
    condition.is_there(now_s)
    condition.has_version(entity.version_of(instance))
    instance = dataclasses.replace(instance, **{entity.version: entity.version_of(instance) + 1})
    arguments = {"Item": entity.item_of(instance), **condition.arguments()}
    return Write("Put", entity, entity.key_of_instance(instance), arguments, "unchanged", instance)


def delete(entity: Entity, key: Key[Any], instance: Any, now_s: float) -> Write:
    """The end of an item; with an instance, where nobody has changed it."""
    condition = Condition(entity)
    condition.is_there(now_s)
    if instance is not None and entity.version:
        condition.has_version(entity.version_of(instance))
    return Write("Delete", entity, key, {"Key": key.typed(), **condition.arguments()}, "unchanged")


def check(entity: Entity, key: Key[Any], version: int | None, now_s: float, *, exists: bool) -> Write:
    """A condition of a transaction about an item that it does not write. Raises DeclarationError."""
    condition = Condition(entity)
    if exists:
        condition.is_there(now_s)
    else:
        condition.is_new(now_s)
    if version is not None:
        if not entity.version:
            raise DeclarationError(f"{entity.kind.__name__} has no version to be checked")
        condition.has_version(version)
    return Write("ConditionCheck", entity, key, {"Key": key.typed(), **condition.arguments()}, "check")


def update(entity: Entity, key: Key[Any], instance: Any, changes: Mapping[str, Any], now_s: float) -> Write:
    """Chosen fields, and the places in indexes that depend on them. Raises FieldRefused, KeyRefused, ValueRefused."""
    _check_changes(entity, changes)
    condition = Condition(entity)
    sets, removes, adds = [], [], []
    for name, attribute in _attributes(entity, key, instance, changes).items():
        alias = condition.name(name)
        if attribute is None:
            removes.append(alias)
        elif isinstance(attribute, Add):
            adds.append(f"{alias} {condition.value(_added(entity, name, attribute))}")
        else:
            sets.append(f"{alias} = {condition.value(attribute)}")
    if entity.version:
        adds.append(f"{condition.name(entity.version)} {condition.value({'N': '1'})}")
    condition.is_there(now_s)
    if instance is not None and entity.version:
        condition.has_version(entity.version_of(instance))
    clauses = [("SET", sets), ("REMOVE", removes), ("ADD", adds)]
    expression = " ".join(f"{verb} {', '.join(terms)}" for verb, terms in clauses if terms)
    arguments = {"Key": key.typed(), "UpdateExpression": expression, **condition.arguments()}
    return Write("Update", entity, key, arguments, "unchanged")


def _check_changes(entity: Entity, changes: Mapping[str, Any]) -> None:
    name = entity.kind.__name__
    if not changes:
        raise FieldRefused(f"nothing of the {name} is to be changed")
    for field in changes:
        if field not in entity.fields:
            raise FieldRefused(f"{name} has no field {field}")
        if field in entity.key.fields:
            raise FieldRefused(f"{name}.{field} is in its key: an item with another key is another item")
        if field == entity.version:
            raise FieldRefused(f"{name}.{field} is its version, which every change counts up by itself")


def _added(entity: Entity, name: str, change: Add) -> AttributeValue:
    attribute = entity.fields[name].codec.encode(change.by)
    if "N" not in attribute:
        raise ValueRefused("only a number can be added to", f"{entity.kind.__name__}.{name}")
    return attribute


def _attributes(
    entity: Entity, key: Key[Any], instance: Any, changes: Mapping[str, Any]
) -> dict[str, AttributeValue | Add | None]:
    """What is set, added to, or removed (None), by attribute."""
    found: dict[str, AttributeValue | Add | None] = {}
    for name, value in changes.items():
        field = entity.fields[name]
        if isinstance(value, Add):
            found[name] = value
        elif value is None and field.is_optional:
            found[name] = None
        else:
            try:
                found[name] = field.codec.encode(value)
            except ValueRefused as error:
                raise ValueRefused(error.text, f"{entity.kind.__name__}.{name}") from None
    values = {name: getattr(instance, name) for name in entity.fields} if instance is not None else dict(key.fields)
    values.update(changes)
    for index, templates in entity.indexes.items():
        found.update(_moved(entity, index, templates.fields, values, changes))
    if entity.ttl and entity.ttl in changes:
        expiry = changes[entity.ttl]
        found[entity.layout.ttl_attribute] = None if expiry is None else epoch(expiry)
    return found


def _moved(
    entity: Entity, index: str, fields: tuple[str, ...], values: Mapping[str, Any], changes: Mapping[str, Any]
) -> dict[str, AttributeValue | Add | None]:
    if not set(fields) & set(changes):
        return {}
    name = entity.kind.__name__
    for field in fields:
        if isinstance(values.get(field), Add):
            raise FieldRefused(f"{name}.{field} is in the key of {index}: set it, since the sum is not known here")
        if field not in values:
            raise FieldRefused(
                f"this moves the {name} in {index}, whose key also has {field}: give it too, or update an instance"
            )
    places = entity.index_attributes(index, values)
    return {name: None if text is None else {"S": text} for name, text in places.items()}
