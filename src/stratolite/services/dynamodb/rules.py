"""Limits, and the checks of requests that the model cannot express. Everything raises ValidationException.

Tables and indexes are active as soon as the call that makes or changes them has returned (its answer says CREATING or
UPDATING, as on AWS). These settings are harmless: they are kept and described, and have no other effect here.

- ``ProvisionedThroughput``, ``OnDemandThroughput``, ``WarmThroughput``, ``BillingMode``: no request is ever throttled.
- ``SSESpecification``: encryption at rest shows nowhere but in the description.
- ``TableClass``: it changes the price alone.
- ``PointInTimeRecoverySpecification``: it shows only when a backup is restored.
- ``Tags``: they are told to whoever asks.
- ``ResourcePolicy``: nothing is authorized here; it is given back.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb import attributes
from stratolite.services.dynamodb.domain import (
    HASH_KEY_BYTES_MAX,
    RANGE_KEY_BYTES_MAX,
    Index,
    KeyAttribute,
    Schema,
    Table,
)

BATCH_GET_KEYS_MAX = 100
BATCH_GET_BYTES_MAX = 16 * 1024 * 1024
BATCH_WRITE_REQUESTS_MAX = 25
TRANSACTION_BYTES_MAX = 4 * 1024 * 1024
GIGABYTE_BYTES = 1024**3
TAGS_MAX = 50
TABLES_MAX = 2500
"""AWS's default quota of tables for an account and region."""
GLOBAL_INDEXES_MAX = 20
LOCAL_INDEXES_MAX = 5
PROJECTED_ATTRIBUTES_MAX = 100
KEY_ATTRIBUTES_MAX = 2
GLOBAL_KEY_ATTRIBUTES_MAX = 4
"""Of each kind, in a key of a global index."""
THROUGHPUT_UNITS_MAX = 1_000_000_000_000

INVALID = "One or more parameter values were invalid: "
NOT_VALID = "One or more parameter values are not valid. "
REPORTED = "1 validation error detected: "
"""What stands before anything that a request of one write is refused for without a look at its table (since 2026)."""
_HASH_TOO_LONG = f"{INVALID}Size of hashkey has exceeded the maximum size limit of2048 bytes"
_RANGE_TOO_LONG = f"{INVALID}Aggregated size of all range keys has exceeded the size limit of 1024 bytes"
KEY_MISMATCH = "The provided key element does not match the schema"


def check_expression_use(
    request: Mapping[str, Any],
    expressions: Sequence[str],
    others: Sequence[str],
    *,
    values: bool = True,
    alone: bool = False,
) -> None:
    """Refuse expressions beside the older parameters, and placeholders without an expression.

    ``alone``: the request is one write, whose refusal names no expression.
    """
    used = [name for name in expressions if name in request]
    if used:
        mixed = [name for name in others if name in request]
        if "KeyConditions" in mixed and "KeyConditionExpression" not in request:
            mixed.remove("KeyConditions")
        if mixed:
            raise ValidationException(
                "Can not use both expression and non-expression parameters in the same request: "
                f"Non-expression parameters: {{{', '.join(mixed)}}} Expression parameters: {{{', '.join(used)}}}"
            )
    if "ExpressionAttributeNames" in request and not used:
        raise ValidationException("ExpressionAttributeNames can only be specified when using expressions")
    with_values = [name for name in expressions if name != "ProjectionExpression"]
    if values and "ExpressionAttributeValues" in request and not any(name in request for name in with_values):
        verb = "are" if len(with_values) > 1 else "is"
        detail = "" if alone else f": {' and '.join(with_values)} {verb} null"
        raise ValidationException(f"ExpressionAttributeValues can only be specified when using expressions{detail}")


def check_conditional_operator(request: Mapping[str, Any], name: str) -> None:
    """Refuse ``ConditionalOperator`` where it has nothing to combine; ``name``: the parameter that holds conditions."""
    if "ConditionalOperator" not in request:
        return
    conditions = request.get(name)
    if not conditions:
        raise ValidationException("ConditionalOperator cannot be used without Filter or Expected")
    if len(conditions) == 1:
        raise ValidationException(
            "ConditionalOperator can only be used when Filter or Expected has two or more elements"
        )


def check_returns_old(request: Mapping[str, Any]) -> None:
    """Of the old and the new item, puts and deletes return only the old one."""
    if request.get("ReturnValues", "NONE") not in ("NONE", "ALL_OLD"):
        raise ValidationException("ReturnValues can only be ALL_OLD or NONE")


def check_item_size(size_bytes: int, purpose: str = "") -> None:
    """Refuse an item that is too large; ``purpose`` is " to update" for one that an update makes."""
    if size_bytes > attributes.ITEM_BYTES_MAX:
        raise ValidationException(f"Item size{purpose} has exceeded the maximum allowed size")


def check_attributes_to_get(names: Sequence[str] | None) -> None:
    """Refuse names that are too long or given twice."""
    seen: set[str] = set()
    attributes.check_names(names or ())
    for name in names or ():
        if name in seen:
            raise ValidationException(f"{INVALID}Duplicate value in attribute name: {name}")
        seen.add(name)


def check_key_shape(table: Table, key: Mapping[str, Any]) -> None:
    """Check that a key has exactly the attributes and types of the table's."""
    schema = table.schema
    if len(key) != (1 if schema.range is None else 2):
        raise ValidationException(KEY_MISMATCH)
    for attribute in schema.attributes:
        check_key_part(key, attribute, is_hash=attribute is schema.hash)


def check_key_part(key: Mapping[str, Any], attribute: KeyAttribute, *, is_hash: bool) -> None:
    """Check one attribute of a key."""
    value = key.get(attribute.name)
    if value is None or attribute.kind not in value:
        raise ValidationException(KEY_MISMATCH)
    _check_key_value(value[attribute.kind], attribute, is_hash)


def check_item_keys(table: Table, item: Mapping[str, Any]) -> None:
    """Check that an item has the table's key attributes, and index key attributes of the right types."""
    schema = table.schema
    for attribute in schema.attributes:
        value = item.get(attribute.name)
        if value is None:
            raise ValidationException(f"{INVALID}Missing the key {attribute.name} in the item")
        if attribute.kind not in value:
            raise ValidationException(
                f"{INVALID}Type mismatch for key {attribute.name} expected: {attribute.kind}"
                f" actual: {attributes.kind_of(value)}"
            )
        _check_key_value(value[attribute.kind], attribute, attribute is schema.hash)
    for index in table.indexes:
        check_index_keys(index, item)


def check_index_keys(index: Index, item: Mapping[str, Any]) -> None:
    """Check the types and sizes of an item's index key attributes, as far as it has them."""
    for attribute in index_key_attributes(index):
        value = item.get(attribute.name)
        if value is None:
            continue
        if attribute.kind not in value:
            raise index_kind_mismatch(index, attribute, attributes.kind_of(value))
        inner = value[attribute.kind]
        if inner == "":
            raise empty_index_key(index, attribute)
        _check_key_size(inner, attribute, attribute in index.schema.hashes)
    _check_joined_size(index, item)


def check_updated_index_keys(index: Index, item: Mapping[str, Any], old: Mapping[str, Any] | None) -> None:
    """The same of what an update changes, and worded as for one."""
    text = "The update expression attempted to update the secondary index key to "
    for attribute in index_key_attributes(index):
        value = item.get(attribute.name)
        if value is None or (old is not None and old.get(attribute.name) == value):
            continue
        if attribute.kind not in value:
            raise ValidationException(f"{text}unsupported type")
        if value[attribute.kind] == "":
            raise empty_index_update(attribute)
        _check_key_size(value[attribute.kind], attribute, attribute in index.schema.hashes)
    _check_joined_size(index, item)


def index_key_attributes(index: Index) -> tuple[KeyAttribute, ...]:
    """The key attributes that are the index's own: a local index shares its partition key with the table."""
    schema = index.schema
    if index.is_global:
        return schema.attributes
    return schema.ranges


def index_kind_mismatch(index: Index, attribute: KeyAttribute, actual: str) -> ValidationException:
    """An index key attribute would get a value of another type."""
    return ValidationException(
        f"{INVALID}Type mismatch for Index Key {attribute.name} Expected: {attribute.kind}"
        f" Actual: {actual} IndexName: {index.name}"
    )


def is_empty(item: Mapping[str, Any], attribute: KeyAttribute) -> bool:
    """Whether an item has an empty value of the right type for a key attribute."""
    value: Mapping[str, Any] = item.get(attribute.name, {})
    return value.get(attribute.kind) == ""


def check_emptiness(schema: Schema, item: Mapping[str, Any]) -> None:
    """Refuse empty values for key attributes."""
    for attribute in schema.attributes:
        if is_empty(item, attribute):
            raise empty_key(attribute)


def empty_key(attribute: KeyAttribute) -> ValidationException:
    """A key attribute of an item would be empty."""
    return ValidationException(f"{NOT_VALID}{_emptiness(attribute)} Key: {attribute.name}")


def empty_index_key(index: Index, attribute: KeyAttribute) -> ValidationException:
    """A key attribute of an index would be empty."""
    return ValidationException(
        f"{NOT_VALID}A value specified for a secondary index key is not supported. {_emptiness(attribute)}"
        f" IndexName: {index.name}, IndexKey: {attribute.name}"
    )


def empty_index_update(attribute: KeyAttribute) -> ValidationException:
    """An update would empty a key attribute of an index."""
    return ValidationException(
        f"{NOT_VALID}The update expression attempted to update a secondary index key to a value that is not supported."
        f" {_emptiness(attribute)}"
    )


def _emptiness(attribute: KeyAttribute) -> str:
    kind = "string" if attribute.kind == "S" else "binary"
    return f"The AttributeValue for a key attribute cannot contain an empty {kind} value."


def _check_key_value(inner: Any, attribute: KeyAttribute, is_hash: bool) -> None:
    if inner == "":
        raise empty_key(attribute)
    _check_key_size(inner, attribute, is_hash)


def _check_joined_size(index: Index, item: Mapping[str, Any]) -> None:
    """The attributes of a key of several count together."""
    if not index.schema.is_composite:
        return
    for key, size_max, text in (
        (index.schema.hashes, HASH_KEY_BYTES_MAX, _HASH_TOO_LONG),
        (index.schema.ranges, RANGE_KEY_BYTES_MAX, _RANGE_TOO_LONG),
    ):
        if sum(attributes.check_value(item[each.name]) for each in key if each.name in item) > size_max:
            raise ValidationException(text)


def _check_key_size(inner: Any, attribute: KeyAttribute, is_hash: bool) -> None:
    if attribute.kind == "N" or len(inner) * 4 <= RANGE_KEY_BYTES_MAX:
        return
    size = attributes.text_bytes(inner) if attribute.kind == "S" else len(attributes.binary(inner))
    if is_hash and size > HASH_KEY_BYTES_MAX:
        raise ValidationException(_HASH_TOO_LONG)
    if not is_hash and size > RANGE_KEY_BYTES_MAX:
        raise ValidationException(_RANGE_TOO_LONG)


def check_paths(table: Table, nested: frozenset[str]) -> None:
    """Refuse document paths into key attributes: those are scalars."""
    if not nested:
        return
    text = "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: "
    for attribute in table.schema.attributes:
        if attribute.name in nested:
            raise ValidationException(f"{text}Key: {attribute.name}")
    for index in table.indexes:
        for attribute in index_key_attributes(index):
            if attribute.name in nested:
                raise ValidationException(f"{text}IndexKey: {attribute.name}")


def check_filter(schema: Schema, heads: frozenset[str] | Mapping[str, Any], label: str) -> None:
    """Refuse filters on the key by which a query searches."""
    for attribute in schema.attributes:
        if attribute.name in heads:
            raise ValidationException(
                f"{label} can only contain non-primary key attributes: Primary key attribute: {attribute.name}"
            )


def collection_metrics(name: str, value: Mapping[str, Any], size_bytes: int) -> dict[str, Any]:
    """``ItemCollectionMetrics`` of a partition key: an estimate between whole gigabytes."""
    gigabytes = float(size_bytes // GIGABYTE_BYTES)
    return {"ItemCollectionKey": {name: value}, "SizeEstimateRangeGB": [gigabytes, gigabytes + 1.0]}
