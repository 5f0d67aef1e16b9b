"""One item: PutItem, GetItem, UpdateItem, DeleteItem.

The order of checks is DynamoDB's: what the request alone tells (parameters that exclude each other, values,
expressions), then the table and the key, then the condition. Since the summer of 2026 writes report the first kind as
"1 validation error detected: ...", in all but two regions; reads and requests of several writes do not.
"""

from typing import TYPE_CHECKING, Any, TypeVar, cast

from msgspec import Raw

from stratolite.core.call import Call
from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb import actions, api, attributes, capacity, rules, tables
from stratolite.services.dynamodb.actions import Action, Update
from stratolite.services.dynamodb.attributes import Item
from stratolite.services.dynamodb.domain import ItemKey, Table, key_of
from stratolite.services.dynamodb.expressions import evaluate
from stratolite.services.dynamodb.expressions.binding import Binding
from stratolite.services.dynamodb.expressions.tree import Part
from stratolite.services.dynamodb.metrics import metered
from stratolite.services.dynamodb.store import Stored, decode, encode
from stratolite.services.dynamodb.writing import Units, replace_item

if TYPE_CHECKING:
    from stratolite.services.dynamodb import Dynamodb

_Single = TypeVar("_Single", actions.Put, actions.Delete, actions.Update)

_PLAIN_PUT = {"TableName", "Item"}
_PLAIN_GET = {"TableName", "Key", "ConsistentRead"}


@metered
def put_item(call: Call, dynamodb: "Dynamodb", request: api.PutItemInput) -> api.PutItemOutput:
    """Write a whole item. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html"""
    found = tables.find(call, dynamodb, request["TableName"])
    if (
        request.keys() == _PLAIN_PUT
        and found is not None
        and not found.indexes
        and not (found.ttl_attribute or found.destinations)
    ):
        return _put_plainly(call, dynamodb, found, cast(Item, request["Item"]))
    return cast(api.PutItemOutput, _write(call, dynamodb, found, _asked(actions.Put, request), request))


def _put_plainly(call: Call, dynamodb: "Dynamodb", table: Table, item: Item) -> api.PutItemOutput:
    """A put that needs to know nothing of what stood there, unless a stream tells of it: most of them."""
    try:
        size = attributes.check_item(item)
    except ValidationException as error:
        raise _reported(error) from error
    rules.check_item_size(size)
    rules.check_item_keys(table, item)
    key, data = key_of(table.schema, item), encode(item)
    if table.capture is not None:
        dynamodb.streams.record(call, table, (data, size), dynamodb.store.get(table, key))
    dynamodb.store.put(table, key, size, data)
    dynamodb.meters.wrote(table, capacity.write_units(size))
    return {}


@metered
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
    read = capacity.read_units(stored.size_bytes if stored else 0, consistent=request.get("ConsistentRead", False))
    dynamodb.meters.read(table, read)
    if "ReturnConsumedCapacity" in request:
        answer.update(capacity.consumed(request, table, read))
    return cast(api.GetItemOutput, answer)


@metered
def delete_item(call: Call, dynamodb: "Dynamodb", request: api.DeleteItemInput) -> api.DeleteItemOutput:
    """Delete an item; one that is not there is no error.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteItem.html
    """
    found = tables.find(call, dynamodb, request["TableName"])
    return cast(api.DeleteItemOutput, _write(call, dynamodb, found, _asked(actions.Delete, request), request))


@metered
def update_item(call: Call, dynamodb: "Dynamodb", request: api.UpdateItemInput) -> api.UpdateItemOutput:
    """Change some attributes of an item, or make it.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
    """
    found = tables.find(call, dynamodb, request["TableName"])
    return cast(api.UpdateItemOutput, _write(call, dynamodb, found, _asked(actions.Update, request), request))


def _asked(kind: type[_Single], request: Any) -> _Single:
    """The write that a request is. Raises ValidationException for what the request alone tells."""
    try:
        action = kind(request, alone=True)
    except ValidationException as error:
        raise _reported(error) from error
    rules.check_item_size(action.item_bytes)
    return action


def _reported(error: ValidationException) -> ValidationException:
    """A refusal as the validator of single writes words it: as its report of one error.

    What is no attribute value at all is refused before that validator looks at it.
    """
    if error.message in attributes.MISSHAPEN:
        return error
    return ValidationException(f"{rules.REPORTED}{error.message}")


def _write(call: Call, dynamodb: "Dynamodb", found: Table | None, action: Action, request: Any) -> dict[str, Any]:
    table = tables.known(found)
    key = action.aim(table)
    stored = dynamodb.store.get(table, key)
    old: Item | None = decode(stored.item) if stored else None
    new, size = action.outcome(old)
    units: Units = {}
    if new is not None or stored:
        wanted = (new, size) if new is not None else None
        units = replace_item(call, dynamodb, table, key, wanted, stored, old)
    answer = _returned(request, action, stored, old, new)
    written = capacity.write_units(size, stored.size_bytes if stored else 0)
    dynamodb.meters.wrote(table, written, units)
    answer.update(capacity.consumed(request, table, written, units))
    answer.update(_collection(dynamodb, request, table, key, action.named))
    return answer


def _returned(
    request: Any, action: Action, stored: Stored | None, old: Item | None, new: Item | None
) -> dict[str, Any]:
    """``Attributes`` of a write's answer."""
    wanted = request.get("ReturnValues", "NONE")
    if wanted == "NONE":
        return {}
    if wanted == "ALL_OLD":
        return {"Attributes": Raw(stored.item)} if stored else {}
    assert isinstance(action, Update), "only updates return what is new"
    source = old if wanted == "UPDATED_OLD" else new
    if source is None:
        return {}
    touched = source if wanted == "ALL_NEW" else evaluate.project(action.paths, source)
    return {"Attributes": touched} if touched else {}


def _collection(dynamodb: "Dynamodb", request: Any, table: Table, key: ItemKey, item: Item) -> dict[str, Any]:
    """``ItemCollectionMetrics``: the size of all items with this partition key, for tables with local indexes."""
    if request.get("ReturnItemCollectionMetrics") != "SIZE" or all(index.is_global for index in table.indexes):
        return {}
    name = table.schema.hash.name
    size = dynamodb.store.collection_bytes(table, key.hash)
    return {"ItemCollectionMetrics": rules.collection_metrics(name, item[name], size)}
