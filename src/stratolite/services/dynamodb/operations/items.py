"""One item: PutItem, GetItem, UpdateItem, DeleteItem.

The order of checks is DynamoDB's: what the request alone tells (parameters that exclude each other, values,
expressions), then the table and the key, then the condition.
"""

from typing import TYPE_CHECKING, Any, cast

from msgspec import Raw

from stratolite.core.call import Call
from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb import api, attributes, capacity, legacy, rules, tables
from stratolite.services.dynamodb.attributes import Item
from stratolite.services.dynamodb.domain import ItemKey, Table, key_of
from stratolite.services.dynamodb.expressions import evaluate, operands, update
from stratolite.services.dynamodb.expressions.binding import Binding
from stratolite.services.dynamodb.expressions.tree import Part
from stratolite.services.dynamodb.guards import Guard
from stratolite.services.dynamodb.store import Stored, decode, encode
from stratolite.services.dynamodb.writing import replace_item

if TYPE_CHECKING:
    from stratolite.services.dynamodb import Dynamodb

_PLAIN_PUT = {"TableName", "Item"}
_PLAIN_GET = {"TableName", "Key", "ConsistentRead"}


def put_item(call: Call, dynamodb: "Dynamodb", request: api.PutItemInput) -> api.PutItemOutput:
    """Write a whole item. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html"""
    found = tables.find(call, dynamodb, request["TableName"])
    item = cast(Item, request["Item"])
    if request.keys() == _PLAIN_PUT:
        guard = None
        size = _checked_size(item)
    else:
        rules.check_expression_use(request, ("ConditionExpression",), ("Expected",))
        size = attributes.check_item(item)
        if request.get("ReturnValues", "NONE") not in ("NONE", "ALL_OLD"):
            raise ValidationException("ReturnValues can only be ALL_OLD or NONE")
        _check_size(size)
        guard = Guard(request)
    table = tables.known(found)
    rules.check_item_keys(table, item)
    key = key_of(table.schema, item)
    if guard is None and not table.indexes and not table.ttl_attribute:
        dynamodb.store.put(table, key, size, encode(item))
        return {}
    if guard is not None:
        guard.check_paths(table)
    stored = dynamodb.store.get(table, key)
    old: Item | None = decode(stored.item) if stored else None
    if guard is not None:
        guard.check(old)
    units = replace_item(call, dynamodb, table, key, (item, size), old)
    answer: dict[str, Any] = {}
    if stored and request.get("ReturnValues") == "ALL_OLD":
        answer["Attributes"] = Raw(stored.item)
    written = capacity.write_units(size, stored.size_bytes if stored else 0)
    answer.update(capacity.consumed(request, table, written, units))
    answer.update(_collection(dynamodb, request, table, key, item))
    return cast(api.PutItemOutput, answer)


def get_item(call: Call, dynamodb: "Dynamodb", request: api.GetItemInput) -> api.GetItemOutput:
    """Read one item. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html"""
    found = tables.find(call, dynamodb, request["TableName"])
    key = cast(Item, request["Key"])
    paths: list[tuple[Part, ...]] | None = None
    if request.keys() <= _PLAIN_GET:
        attributes.check_item(key)
        table = tables.known(found)
        rules.check_key_shape(table, key)
    else:
        rules.check_expression_use(request, ("ProjectionExpression",), ("AttributesToGet",))
        attributes.check_item(key)
        rules.check_attributes_to_get(request.get("AttributesToGet"))
        binding = Binding(request.get("ExpressionAttributeNames"), None)
        projection = binding.projection(request["ProjectionExpression"]) if "ProjectionExpression" in request else None
        binding.end()
        table = tables.known(found)
        rules.check_key_shape(table, key)
        if projection is not None:
            rules.check_paths(table, projection.nested)
            paths = projection.paths
        elif "AttributesToGet" in request:
            paths = [(name,) for name in request["AttributesToGet"]]
    stored = dynamodb.store.get(table, key_of(table.schema, key))
    answer: dict[str, Any] = {}
    if stored is not None:
        answer["Item"] = Raw(stored.item) if paths is None else evaluate.project(paths, decode(stored.item))
    if "ReturnConsumedCapacity" in request:
        read = capacity.read_units(stored.size_bytes if stored else 0, consistent=request.get("ConsistentRead", False))
        answer.update(capacity.consumed(request, table, read))
    return cast(api.GetItemOutput, answer)


def delete_item(call: Call, dynamodb: "Dynamodb", request: api.DeleteItemInput) -> api.DeleteItemOutput:
    """Delete an item; one that is not there is no error.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteItem.html
    """
    found = tables.find(call, dynamodb, request["TableName"])
    rules.check_expression_use(request, ("ConditionExpression",), ("Expected",))
    wanted = cast(Item, request["Key"])
    attributes.check_item(wanted)
    if request.get("ReturnValues", "NONE") not in ("NONE", "ALL_OLD"):
        raise ValidationException("ReturnValues can only be ALL_OLD or NONE")
    guard = Guard(request)
    table = tables.known(found)
    rules.check_key_shape(table, wanted)
    guard.check_paths(table)
    key = key_of(table.schema, wanted)
    stored = dynamodb.store.get(table, key)
    old: Item | None = decode(stored.item) if stored else None
    guard.check(old)
    units = replace_item(call, dynamodb, table, key, None, old) if stored else {}
    answer: dict[str, Any] = {}
    if stored and request.get("ReturnValues") == "ALL_OLD":
        answer["Attributes"] = Raw(stored.item)
    written = capacity.write_units(stored.size_bytes if stored else 0)
    answer.update(capacity.consumed(request, table, written, units))
    answer.update(_collection(dynamodb, request, table, key, wanted))
    return cast(api.DeleteItemOutput, answer)


def update_item(call: Call, dynamodb: "Dynamodb", request: api.UpdateItemInput) -> api.UpdateItemOutput:
    """Change some attributes of an item, or make it.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
    """
    found = tables.find(call, dynamodb, request["TableName"])
    rules.check_expression_use(request, ("UpdateExpression", "ConditionExpression"), ("AttributeUpdates", "Expected"))
    wanted = cast(Item, request["Key"])
    attributes.check_item(wanted)
    legacy.check_updates(request.get("AttributeUpdates"))
    guard = Guard(request)
    table = tables.known(found)
    rules.check_key_shape(table, wanted)
    _check_targets(table, guard, request)
    guard.check_paths(table)
    key = key_of(table.schema, wanted)
    stored = dynamodb.store.get(table, key)
    old: Item | None = decode(stored.item) if stored else None
    guard.check(old)
    new = _updated(guard, request, old if old is not None else dict(wanted))
    if old is None and _removes_only(guard, request):
        # What is not there cannot lose anything: AWS does not make an item for that.
        return cast(api.UpdateItemOutput, capacity.consumed(request, table, capacity.write_units()))
    size = attributes.check_item(new)
    if size > attributes.ITEM_BYTES_MAX:
        raise ValidationException("Item size to update has exceeded the maximum allowed size")
    for index in table.indexes:
        rules.check_updated_index_keys(index, new)
    units = replace_item(call, dynamodb, table, key, (new, size), old)
    answer = _returned(guard, request, stored, old, new)
    written = capacity.write_units(size, stored.size_bytes if stored else 0)
    answer.update(capacity.consumed(request, table, written, units))
    answer.update(_collection(dynamodb, request, table, key, wanted))
    return cast(api.UpdateItemOutput, answer)


def _checked_size(item: Item) -> int:
    size = attributes.check_item(item)
    if size > attributes.ITEM_BYTES_MAX:
        _check_size(size)
    return size


def _check_size(size: int) -> None:
    if size > attributes.ITEM_BYTES_MAX:
        raise ValidationException("Item size has exceeded the maximum allowed size")


def _check_targets(table: Table, guard: Guard, request: api.UpdateItemInput) -> None:
    """Refuse updates of the key, and values of a wrong type for an index's key."""
    kinds: dict[str, str] = {}
    if guard.update is not None:
        for action in guard.update.actions:
            head = str(action.path.parts[0])
            kinds.setdefault(head, "")
            if len(action.path.parts) == 1 and action.operand is not None:
                kinds[head] = operands.static_kind(action.operand)
    for name, change in request.get("AttributeUpdates", {}).items():
        kinds[name] = attributes.kind_of(cast(Any, change["Value"])) if "Value" in change else ""
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


def _removes_only(guard: Guard, request: api.UpdateItemInput) -> bool:
    if guard.update is not None:
        return all(action.section in ("REMOVE", "DELETE") for action in guard.update.actions)
    updates = request.get("AttributeUpdates")
    return bool(updates) and all(update.get("Action") == "DELETE" for update in (updates or {}).values())


def _updated(guard: Guard, request: api.UpdateItemInput, item: Item) -> Item:
    if guard.update is not None:
        return update.apply(guard.update, item)
    if "AttributeUpdates" in request:
        return legacy.apply_updates(request["AttributeUpdates"], item)
    return item


def _returned(
    guard: Guard, request: api.UpdateItemInput, stored: Stored | None, old: Item | None, new: Item
) -> dict[str, Any]:
    """``Attributes`` of an update's answer."""
    wanted = request.get("ReturnValues", "NONE")
    if wanted == "ALL_NEW":
        return {"Attributes": new}
    if wanted == "ALL_OLD":
        return {"Attributes": Raw(stored.item)} if stored else {}
    if wanted == "NONE":
        return {}
    source = old if wanted == "UPDATED_OLD" else new
    if source is None:
        return {}
    if guard.update is not None:
        paths = guard.update.paths
    else:
        paths = [(name,) for name in request.get("AttributeUpdates", {})]
    touched = evaluate.project(paths, source)
    return {"Attributes": touched} if touched else {}


def _collection(dynamodb: "Dynamodb", request: Any, table: Table, key: ItemKey, item: Item) -> dict[str, Any]:
    """``ItemCollectionMetrics``: the size of all items with this partition key, for tables with local indexes."""
    if request.get("ReturnItemCollectionMetrics") != "SIZE" or all(index.is_global for index in table.indexes):
        return {}
    name = table.schema.hash.name
    size = dynamodb.store.collection_bytes(table, key.hash)
    return {"ItemCollectionMetrics": rules.collection_metrics(name, item[name], size)}
