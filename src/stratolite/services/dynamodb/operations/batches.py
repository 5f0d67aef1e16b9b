"""Many items by their keys: BatchGetItem and BatchWriteItem. Each is one transaction here; AWS promises less."""

from typing import TYPE_CHECKING, Any, cast

from msgspec import Raw

from stratolite.core.call import Call
from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb import api, attributes, capacity, rules, tables
from stratolite.services.dynamodb.attributes import Item
from stratolite.services.dynamodb.domain import ItemKey, Table, key_of
from stratolite.services.dynamodb.expressions import evaluate
from stratolite.services.dynamodb.expressions.binding import Binding, BoundProjection
from stratolite.services.dynamodb.expressions.tree import Part
from stratolite.services.dynamodb.store import decode
from stratolite.services.dynamodb.writing import Units, replace_item

if TYPE_CHECKING:
    from stratolite.services.dynamodb import Dynamodb

_DUPLICATES = "Provided list of item keys contains duplicates"


def batch_get_item(call: Call, dynamodb: "Dynamodb", request: api.BatchGetItemInput) -> api.BatchGetItemOutput:
    """Read up to 100 items; what goes beyond 16 MB is left to a further call.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
    """
    requests = cast(dict[str, dict[str, Any]], request["RequestItems"])
    found = {name: tables.find(call, dynamodb, name) for name in requests}
    projections = _check_gets(requests)
    responses: dict[str, list[Any]] = {}
    left: dict[str, Any] = {}
    consumed: list[Any] = []
    known = {name: tables.known(found[name]) for name in requests}
    keys = {name: _keys(known[name], wanted["Keys"]) for name, wanted in requests.items()}
    room = rules.BATCH_GET_BYTES_MAX
    for name, wanted in requests.items():
        table, projection = known[name], projections[name]
        if projection is not None:
            rules.check_paths(table, projection.nested)
        paths = _paths(wanted, projection)
        units = 0.0
        items = responses[name] = []
        skipped = []
        for given, key in zip(wanted["Keys"], keys[name], strict=True):
            stored = dynamodb.store.get(table, key)
            size = stored.size_bytes if stored else 0
            if size > room:
                skipped.append(given)
                continue
            room -= size
            units += capacity.read_units(size, consistent=wanted.get("ConsistentRead", False))
            if stored is not None:
                items.append(Raw(stored.item) if paths is None else evaluate.project(paths, decode(stored.item)))
        if skipped:
            left[name] = {**wanted, "Keys": skipped}
        dynamodb.meters.read(table, units)
        consumed += capacity.consumed(request, table, units).values()
    answer: dict[str, Any] = {"Responses": responses, "UnprocessedKeys": left}
    if consumed:
        answer["ConsumedCapacity"] = consumed
    return cast(api.BatchGetItemOutput, answer)


def batch_write_item(call: Call, dynamodb: "Dynamodb", request: api.BatchWriteItemInput) -> api.BatchWriteItemOutput:
    """Put and delete up to 25 items; all or, when the request is wrong, none of them.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
    """
    requests = cast(dict[str, list[dict[str, Any]]], request["RequestItems"])
    found = {name: tables.find(call, dynamodb, name) for name in requests}
    sizes = _check_writes(requests)
    known = {name: tables.known(found[name]) for name in requests}
    keys = {name: _written_keys(known[name], writes) for name, writes in requests.items()}
    consumed: list[Any] = []
    metrics: dict[str, list[Any]] = {}
    for name, writes in requests.items():
        table = known[name]
        written = 0.0
        units: Units = {}
        for position, (write, key) in enumerate(zip(writes, keys[name], strict=True)):
            used, entries = _write(call, dynamodb, table, key, write, sizes[name][position])
            written += used
            for index, more in entries.items():
                units[index] = units.get(index, 0.0) + more
        dynamodb.meters.wrote(table, written, units)
        consumed += capacity.consumed(request, table, written, units).values()
        found_metrics = _metrics(dynamodb, request, table, writes, keys[name])
        if found_metrics:
            metrics[name] = found_metrics
    answer: dict[str, Any] = {"UnprocessedItems": {}}
    if metrics:
        answer["ItemCollectionMetrics"] = metrics
    if consumed:
        answer["ConsumedCapacity"] = consumed
    return cast(api.BatchWriteItemOutput, answer)


def _check_gets(requests: dict[str, dict[str, Any]]) -> dict[str, BoundProjection | None]:
    """Check the requests by themselves; their projections."""
    projections: dict[str, BoundProjection | None] = {}
    number = 0
    for name, wanted in requests.items():
        rules.check_expression_use(wanted, ("ProjectionExpression",), ("AttributesToGet",))
        rules.check_attributes_to_get(wanted.get("AttributesToGet"))
        binding = Binding(wanted.get("ExpressionAttributeNames"), None)
        text = wanted.get("ProjectionExpression")
        projections[name] = binding.projection(text) if text is not None else None
        binding.end()
        seen = set()
        for key in wanted["Keys"]:
            attributes.check_item(key)
            shown = repr(sorted((part, sorted(value.items())) for part, value in key.items()))
            if shown in seen:
                raise ValidationException(_DUPLICATES)
            seen.add(shown)
            number += 1
            if number > rules.BATCH_GET_KEYS_MAX:
                raise ValidationException("Too many items requested for the BatchGetItem call")
    return projections


def _keys(table: Table, keys: list[Item]) -> list[ItemKey]:
    for key in keys:
        rules.check_key_shape(table, key)
    return [key_of(table.schema, key) for key in keys]


def _paths(wanted: dict[str, Any], projection: BoundProjection | None) -> list[tuple[Part, ...]] | None:
    if projection is not None:
        return projection.paths
    if "AttributesToGet" in wanted:
        return [(name,) for name in wanted["AttributesToGet"]]
    return None


def _check_writes(requests: dict[str, list[dict[str, Any]]]) -> dict[str, list[int]]:
    """Check the writes by themselves; the sizes of the items."""
    sizes: dict[str, list[int]] = {}
    if sum(map(len, requests.values())) > rules.BATCH_WRITE_REQUESTS_MAX:
        raise ValidationException("Too many items requested for the BatchWriteItem call")
    for name, writes in requests.items():
        sizes[name] = []
        for write in writes:
            if len(write) != 1:
                raise ValidationException(
                    "Supplied AttributeValue has more than one datatypes set, "
                    "must contain exactly one of the supported datatypes"
                )
            if "DeleteRequest" in write:
                attributes.check_item(write["DeleteRequest"]["Key"])
                sizes[name].append(0)
                continue
            size = attributes.check_item(write["PutRequest"]["Item"])
            if size > attributes.ITEM_BYTES_MAX:
                raise ValidationException("Item size has exceeded the maximum allowed size")
            sizes[name].append(size)
    return sizes


def _written_keys(table: Table, writes: list[dict[str, Any]]) -> list[ItemKey]:
    """The keys of a table's writes. Key errors are worded alike for puts and deletes here."""
    keys: dict[ItemKey, None] = {}
    for write in writes:
        if "PutRequest" in write:
            item = write["PutRequest"]["Item"]
            for attribute in table.schema.attributes:
                if attribute.kind not in item.get(attribute.name, ()):
                    raise ValidationException(rules.KEY_MISMATCH)
            rules.check_item_keys(table, item)
        else:
            item = write["DeleteRequest"]["Key"]
            rules.check_key_shape(table, item)
        key = key_of(table.schema, item)
        if key in keys:
            raise ValidationException(_DUPLICATES)
        keys[key] = None
    return list(keys)


def _write(
    call: Call, dynamodb: "Dynamodb", table: Table, key: ItemKey, write: dict[str, Any], size: int
) -> tuple[float, Units]:
    """Do one write; the units that the table and each index consumed."""
    stored = dynamodb.store.get(table, key)
    old = decode(stored.item) if stored and (table.indexes or table.ttl_attribute) else None
    new = (write["PutRequest"]["Item"], size) if "PutRequest" in write else None
    entries = replace_item(call, dynamodb, table, key, new, stored, old) if new or stored else {}
    return capacity.write_units(size, stored.size_bytes if stored else 0), entries


def _metrics(
    dynamodb: "Dynamodb",
    request: api.BatchWriteItemInput,
    table: Table,
    writes: list[dict[str, Any]],
    keys: list[ItemKey],
) -> list[dict[str, Any]]:
    """``ItemCollectionMetrics``, once for each partition key."""
    if request.get("ReturnItemCollectionMetrics") != "SIZE" or all(index.is_global for index in table.indexes):
        return []
    name = table.schema.hash.name
    found: dict[bytes, dict[str, Any]] = {}
    for write, key in zip(writes, keys, strict=True):
        item = write["PutRequest"]["Item"] if "PutRequest" in write else write["DeleteRequest"]["Key"]
        if key.hash not in found:
            found[key.hash] = rules.collection_metrics(
                name, item[name], dynamodb.store.collection_bytes(table, key.hash)
            )
    return list(found.values())
