"""What a table knows of a class: its fields, the templates of its keys, its version and its expiry.

Declarations are checked here, once, at import: fields that would lie over key attributes, templates that name no field,
two classes whose keys could be the same.
"""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

from stratolite_patterns.attribute_values import AttributeValue
from stratolite_patterns.single_table.codecs import Field, decode_fields, encode_fields, fields_of
from stratolite_patterns.single_table.errors import DeclarationError, FieldRefused
from stratolite_patterns.single_table.keys import PARTITION_BYTES_MAX, SORT_BYTES_MAX, Template, checked, parse

T = TypeVar("T")


class KeyNames(NamedTuple):
    """The two attributes of a key."""

    partition: str
    sort: str


class KeyTemplates(NamedTuple):
    """The two templates of a key."""

    partition: Template
    sort: Template

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that they are made of."""
        return tuple(dict.fromkeys(self.partition.fields + self.sort.fields))


@dataclass(frozen=True, slots=True)
class Layout:
    """The attributes of a table that are not fields of anything."""

    key: KeyNames
    indexes: Mapping[str, KeyNames]
    type_attribute: str
    ttl_attribute: str
    separator: str

    @property
    def reserved(self) -> frozenset[str]:
        """The attributes that no field may lie over."""
        names = {self.type_attribute, self.ttl_attribute, *self.key}
        return frozenset(names.union(*self.indexes.values()))


@dataclass(frozen=True, slots=True)
class Key(Generic[T]):
    """The key of one item: the class, the fields in it, and the attributes in the table."""

    kind: type[T]
    fields: tuple[tuple[str, Any], ...]
    attributes: tuple[tuple[str, str], ...]

    def typed(self) -> dict[str, AttributeValue]:
        """The key as DynamoDB takes it."""
        return {name: {"S": text} for name, text in self.attributes}


@dataclass(frozen=True, slots=True)
class Entity:
    """A declared class."""

    kind: type
    name: str
    layout: Layout
    fields: Mapping[str, Field]
    key: KeyTemplates
    indexes: Mapping[str, KeyTemplates]
    version: str | None
    ttl: str | None

    def key_of(self, values: Mapping[str, Any]) -> Key[Any]:
        """The key of an item with these fields. Raises KeyRefused, FieldRefused for a field that is not in the key."""
        names = self.key.fields
        for name in values:
            if name not in names:
                raise FieldRefused(f"{name} is not in the key of {self.kind.__name__}, which has {', '.join(names)}")
        return self._key(values)

    def key_of_instance(self, instance: Any) -> Key[Any]:
        """The key of an instance. Raises KeyRefused."""
        return self._key({name: getattr(instance, name) for name in self.key.fields})

    def _key(self, values: Mapping[str, Any]) -> Key[Any]:
        pair = filled(self.key, values)
        key = tuple(zip(self.layout.key, pair, strict=True))
        return Key(self.kind, tuple((name, values[name]) for name in self.key.fields), key)

    def version_of(self, instance: Any) -> int:
        """The version that an instance was read with; 0 before it was created."""
        return int(getattr(instance, self.version)) if self.version else 0

    def item_of(self, instance: Any) -> dict[str, AttributeValue]:
        """The whole item: its fields first, then what the table needs, which nothing can lie over."""
        item = encode_fields(self.fields.values(), instance)
        values = {name: getattr(instance, name) for name in self.fields}
        for name, text in self._key(values).attributes:
            item[name] = {"S": text}
        for index in self.indexes:
            for name, entry in self.index_attributes(index, values).items():
                if entry is not None:
                    item[name] = {"S": entry}
        item[self.layout.type_attribute] = {"S": self.name}
        if self.ttl and (expiry := getattr(instance, self.ttl)) is not None:
            item[self.layout.ttl_attribute] = epoch(expiry)
        return item

    def index_attributes(self, index: str, values: Mapping[str, Any]) -> dict[str, str | None]:
        """An item's place in an index, by attribute; None where a field that it is made of is None: it is not there."""
        names, templates = self.layout.indexes[index], self.indexes[index]
        if any(values[name] is None for name in templates.fields):
            return dict.fromkeys(names)
        return dict(zip(names, filled(templates, values), strict=True))

    def read(self, item: Mapping[str, AttributeValue]) -> Any:
        """An instance of the class. Raises ValueRefused for an attribute that cannot be read."""
        return decode_fields(self.kind, self.fields.values(), item)

    def has_expired(self, item: Mapping[str, AttributeValue], now_s: float) -> bool:
        """Whether an item's time is over. DynamoDB deletes it within days, and answers with it until then."""
        if self.ttl is None or self.layout.ttl_attribute not in item:
            return False
        return float(item[self.layout.ttl_attribute]["N"]) <= now_s


def epoch(moment: datetime) -> AttributeValue:
    """A time of expiry as DynamoDB reads it: whole seconds, never earlier than was said."""
    return {"N": str(math.ceil(moment.timestamp()))}


def filled(templates: KeyTemplates, values: Mapping[str, Any]) -> tuple[str, str]:
    """Both parts of a key. Raises KeyRefused."""
    partition = checked(templates.partition.fill(values), PARTITION_BYTES_MAX)
    return partition, checked(templates.sort.fill(values), SORT_BYTES_MAX)


def declare(
    kind: type,
    name: str,
    layout: Layout,
    *,
    key: tuple[str, str],
    indexes: Mapping[str, tuple[str, str]],
    version: str | None,
    ttl: str | None,
) -> Entity:
    """Check a declaration. Raises DeclarationError."""
    if not dataclasses.is_dataclass(kind):
        raise DeclarationError(f"{kind.__name__} is not a dataclass: put @dataclass below @table.entity(...)")
    fields = {field.name: field for field in fields_of(kind)}
    over = sorted(layout.reserved & set(fields))
    if over:
        raise DeclarationError(
            f"{kind.__name__}.{over[0]} would lie over an attribute that the table needs: rename one of them"
        )
    entity = Entity(
        kind,
        name,
        layout,
        fields,
        _templates(kind, fields, key, layout.separator),
        {index: _templates(kind, fields, each, layout.separator) for index, each in indexes.items()},
        version,
        ttl,
    )
    unknown = sorted(set(indexes) - set(layout.indexes))
    if unknown:
        raise DeclarationError(f"{kind.__name__}: the table has no index {', '.join(unknown)}")
    _check_special_fields(entity)
    return entity


def _templates(kind: type, fields: Mapping[str, Field], pair: tuple[str, str], separator: str) -> KeyTemplates:
    templates = KeyTemplates(parse(pair[0], separator), parse(pair[1], separator))
    for name in templates.fields:
        if name not in fields:
            raise DeclarationError(f"{kind.__name__} has no field {name}, which its key template names")
    return templates


def _check_special_fields(entity: Entity) -> None:
    import typing

    name, hints = entity.kind.__name__, typing.get_type_hints(entity.kind)
    for role, field in (("version", entity.version), ("ttl", entity.ttl)):
        if field is None:
            continue
        if field not in entity.fields:
            raise DeclarationError(f"{name} has no field {field}, which is to be its {role}")
        if field in entity.key.fields:
            raise DeclarationError(f"{name}.{field} is in its key, which never changes, and is to be its {role}")
    if entity.version and hints[entity.version] is not int:
        raise DeclarationError(f"{name}.{entity.version} is to be its version: annotate it as int, with the default 0")
    if entity.ttl and datetime not in (hints[entity.ttl], *typing.get_args(hints[entity.ttl])):
        raise DeclarationError(f"{name}.{entity.ttl} is when it expires: annotate it as datetime, or datetime | None")
