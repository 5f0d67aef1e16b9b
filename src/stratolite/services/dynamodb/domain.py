"""Tables, indexes and keys as values. Nothing here reads or writes.

A ``Table`` is compiled from its stored definition once and cached; operations on items work with it alone.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from stratolite.services.dynamodb import attributes, numbers
from stratolite.services.dynamodb.attributes import Item, Value

HASH_PREFIX_BYTES = 3
HASH_KEY_BYTES_MAX = 2048
RANGE_KEY_BYTES_MAX = 1024


class ItemKey(NamedTuple):
    """Where an item is stored: the encoded partition key, behind a prefix of its hash, and the encoded sort key."""

    hash: bytes
    range: bytes

    @property
    def behind_its_hash(self) -> bytes:
        """The partition key behind a prefix of the whole key's hash: by that DynamoDB orders the entries of an index
        whose index keys are equal."""
        return _hash_prefix(self.hash[HASH_PREFIX_BYTES:] + self.range) + self.hash


@dataclass(frozen=True, slots=True)
class KeyAttribute:
    """One key attribute: its name and its type (``S``, ``N`` or ``B``)."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Schema:
    """A key schema: a partition key and perhaps a sort key; those of global indexes may be of several attributes.

    Where a schema is not ``is_composite``, ``hash`` and ``range`` are all there is to it.
    """

    hashes: tuple[KeyAttribute, ...]
    ranges: tuple[KeyAttribute, ...] = ()
    hash: KeyAttribute = field(init=False)
    range: KeyAttribute | None = field(init=False)
    is_composite: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "hash", self.hashes[0])
        object.__setattr__(self, "range", self.ranges[0] if self.ranges else None)
        object.__setattr__(self, "is_composite", len(self.hashes) > 1 or len(self.ranges) > 1)

    @property
    def attributes(self) -> tuple[KeyAttribute, ...]:
        return (*self.hashes, *self.ranges)


@dataclass(frozen=True, slots=True)
class Index:
    """A secondary index. ``projected`` names its attributes; None means all of them."""

    id: int
    name: str
    schema: Schema
    is_global: bool
    projected: frozenset[str] | None

    def key(self, item: Mapping[str, Value]) -> ItemKey | None:
        """Where an item stands in the index; None for an item that lacks a key attribute (sparse indexes).

        What is too long for a key, or empty, is as good as lacking: an item may have had it before the index came.
        """
        schema = self.schema
        if not (_fits(item, schema.hashes, HASH_KEY_BYTES_MAX) and _fits(item, schema.ranges, RANGE_KEY_BYTES_MAX)):
            return None
        return key_of(schema, item)

    def project(self, item: Item) -> Item:
        """What of an item the index holds."""
        if self.projected is None:
            return item
        return {name: value for name, value in item.items() if name in self.projected}


@dataclass(frozen=True, slots=True)
class Capture:
    """That a table's changes go into a stream, and what of them."""

    stream_id: int
    view: str
    keeps_new: bool
    keeps_old: bool


@dataclass(frozen=True)
class Table:
    """A table as operations on items need it; ``definition`` is what is stored and described."""

    id: int
    name: str
    account: str
    region: str
    definition: Mapping[str, Any]
    schema: Schema
    indexes: tuple[Index, ...] = ()
    ttl_attribute: str = ""
    """The attribute by which items expire; empty while time to live is off."""
    capture: Capture | None = None
    """None while the table has no stream."""
    destinations: tuple[Mapping[str, Any], ...] = ()
    """The streams of Kinesis that get its changes."""
    by_name: Mapping[str, Index] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return str(self.definition["TableArn"])


def _fits(item: Mapping[str, Value], key: tuple[KeyAttribute, ...], bytes_max: int) -> bool:
    """Whether an item has a key's attributes, of their types and not too long together."""
    total = 0
    for attribute in key:
        value = item.get(attribute.name)
        if value is None or attribute.kind not in value:
            return False
        if attribute.kind != "N":
            inner = value[attribute.kind]
            if not inner:
                return False
            total += len(inner)
    if total * 4 <= bytes_max:
        return True
    return sum(attributes.check_value(item[attribute.name]) for attribute in key) <= bytes_max


def ordered_bytes(value: Value, kind: str) -> bytes:
    """A key value in bytes that are ordered as DynamoDB orders values of its type."""
    if kind == "S":
        text: str = value["S"]
        return text.encode()
    if kind == "N":
        return numbers.key_bytes(value["N"])
    return attributes.binary(value["B"])


def hash_bytes(value: Value, kind: str) -> bytes:
    """A partition key's bytes behind a prefix of its hash: scans and segments go by that hash, as in DynamoDB."""
    key = ordered_bytes(value, kind)
    return _hash_prefix(key) + key


def joined_hash(values: Iterable[tuple[Value, str]]) -> bytes:
    """A partition key of several attributes (values with their types), behind a prefix of its hash."""
    key = b"".join(closed_bytes(value, kind) for value, kind in values)
    return _hash_prefix(key) + key


def open_bytes(value: Value, kind: str) -> bytes:
    """A value's bytes where others may follow in the same key: they hold no two zeros in a row."""
    return ordered_bytes(value, kind).replace(b"\0", b"\0\xff")


def closed_bytes(value: Value, kind: str) -> bytes:
    """The same with an end, which is below anything that a longer value goes on with."""
    return open_bytes(value, kind) + b"\0\0"


def _hash_prefix(key: bytes) -> bytes:
    return hashlib.md5(b"Outliers" + key, usedforsecurity=False).digest()[:HASH_PREFIX_BYTES]


def key_of(schema: Schema, item: Mapping[str, Value]) -> ItemKey:
    """Where an item that is known to have its keys is stored."""
    if schema.is_composite:
        *leading, last = schema.ranges or (None,)
        sorting = b"".join(closed_bytes(item[each.name], each.kind) for each in leading if each is not None)
        end = b"" if last is None else ordered_bytes(item[last.name], last.kind)
        return ItemKey(joined_hash((item[each.name], each.kind) for each in schema.hashes), sorting + end)
    sort = schema.range
    return ItemKey(
        hash_bytes(item[schema.hash.name], schema.hash.kind),
        b"" if sort is None else ordered_bytes(item[sort.name], sort.kind),
    )


def schema_of(elements: list[dict[str, str]], kinds: Mapping[str, str]) -> Schema:
    """A schema from ``KeySchema`` and the types of ``AttributeDefinitions``."""
    hashes, ranges = (
        tuple(
            KeyAttribute(element["AttributeName"], kinds[element["AttributeName"]])
            for element in elements
            if element["KeyType"] == kind
        )
        for kind in ("HASH", "RANGE")
    )
    return Schema(hashes, ranges)


def table_of(table_id: int, account: str, region: str, definition: Mapping[str, Any]) -> Table:
    """Compile a stored definition."""
    kinds = {entry["AttributeName"]: entry["AttributeType"] for entry in definition["AttributeDefinitions"]}
    schema = schema_of(definition["KeySchema"], kinds)
    # Global indexes first: that is the order in which DynamoDB checks an item against them.
    indexes = tuple(
        _index(entry, schema, kinds, is_global)
        for listed, is_global in (("GlobalSecondaryIndexes", True), ("LocalSecondaryIndexes", False))
        for entry in definition.get(listed, ())
    )
    ttl = definition.get("TimeToLive", {})
    return Table(
        id=table_id,
        name=definition["TableName"],
        account=account,
        region=region,
        definition=definition,
        schema=schema,
        indexes=indexes,
        ttl_attribute=ttl.get("AttributeName", ""),
        capture=_capture(definition),
        destinations=tuple(one for one in definition.get("KinesisDestinations", ()) if not one.get("IsDisabled")),
        by_name={index.name: index for index in indexes},
    )


def _capture(definition: Mapping[str, Any]) -> Capture | None:
    if "StreamSpecification" not in definition:
        return None
    view = definition["StreamSpecification"]["StreamViewType"]
    both = view == "NEW_AND_OLD_IMAGES"
    return Capture(definition["StreamId"], view, both or view == "NEW_IMAGE", both or view == "OLD_IMAGE")


def _index(entry: Mapping[str, Any], schema: Schema, kinds: Mapping[str, str], is_global: bool) -> Index:
    own = schema_of(entry["KeySchema"], kinds)
    projection = entry["Projection"]
    projected = None
    if projection["ProjectionType"] != "ALL":
        keys = [key.name for key in (*schema.attributes, *own.attributes)]
        projected = frozenset((*keys, *projection.get("NonKeyAttributes", ())))
    return Index(entry["IndexId"], entry["IndexName"], own, is_global, projected)
