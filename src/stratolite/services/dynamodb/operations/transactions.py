"""Several items, all or none: TransactWriteItems and TransactGetItems. Each is one transaction of the database.

What a request alone tells is refused as a whole. What its tables and items tell cancels the transaction, with a reason
for each action: the first action that does not fit its table, or else every action that fails.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from msgspec import Raw

from stratolite.core.call import Call
from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb import actions, api, attributes, capacity, rules, tables, transacting
from stratolite.services.dynamodb.actions import Action
from stratolite.services.dynamodb.attributes import Item
from stratolite.services.dynamodb.domain import ItemKey, key_of
from stratolite.services.dynamodb.expressions import evaluate
from stratolite.services.dynamodb.expressions.binding import Binding, BoundProjection
from stratolite.services.dynamodb.store import Stored, decode

if TYPE_CHECKING:
    from stratolite.services.dynamodb import Dynamodb

_ACTIONS: Mapping[str, Callable[[Mapping[str, Any]], Action]] = {
    "ConditionCheck": actions.ConditionCheck,
    "Put": actions.Put,
    "Delete": actions.Delete,
    "Update": actions.Update,
}


def transact_write_items(
    call: Call, dynamodb: "Dynamodb", request: api.TransactWriteItemsInput
) -> api.TransactWriteItemsOutput:
    """Write up to 100 items in any tables, if all conditions hold.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
    """
    chosen = [_chosen(cast(dict[str, Any], entry)) for entry in request["TransactItems"]]
    digest = transacting.digest_of(request["TransactItems"])
    found = [tables.find(call, dynamodb, wanted["TableName"]) for _, wanted in chosen]
    planned = [_ACTIONS[name](wanted) for name, wanted in chosen]
    for action in planned:
        rules.check_item_size(action.item_bytes)
    transacting.check_payload(sum(action.payload_bytes for action in planned))
    known = [tables.known(table) for table in found]
    for action, table in zip(planned, known, strict=True):
        action.check_emptiness(table)
    answer = transacting.write(call, dynamodb, cast(Any, request), planned, known, digest)
    return cast(api.TransactWriteItemsOutput, answer)


def transact_get_items(
    call: Call, dynamodb: "Dynamodb", request: api.TransactGetItemsInput
) -> api.TransactGetItemsOutput:
    """Read up to 100 items of any tables as they stand at one moment.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactGetItems.html
    """
    gets = [cast(dict[str, Any], entry["Get"]) for entry in request["TransactItems"]]
    projections = [_projection(get) for get in gets]
    known = [tables.known(tables.find(call, dynamodb, get["TableName"])) for get in gets]
    keys: list[tuple[int, ItemKey]] = []
    for get, table in zip(gets, known, strict=True):
        rules.check_emptiness(table.schema, get["Key"])
    for position, (get, table, projection) in enumerate(zip(gets, known, projections, strict=True)):
        try:
            rules.check_key_shape(table, get["Key"])
            if projection is not None:
                rules.check_paths(table, projection.nested)
        except ValidationException as error:
            raise transacting.cancelled(len(gets), {position: error}) from error
        keys.append((table.id, key_of(table.schema, get["Key"])))
    transacting.check_distinct(keys)
    consumption = transacting.Consumption(dynamodb, cast(dict[str, Any], request), "Read")
    responses: list[dict[str, Any]] = []
    size = 0
    for table, (_, key), projection in zip(known, keys, projections, strict=True):
        stored = dynamodb.store.get(table, key)
        size += stored.size_bytes if stored else 0
        consumption.add(table, capacity.read_units(stored.size_bytes if stored else 0, consistent=True))
        responses.append({} if stored is None else {"Item": _read(stored, projection)})
    transacting.check_payload(size)
    return cast(api.TransactGetItemsOutput, {"Responses": responses, **consumption.shown()})


def _chosen(entry: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The one action that an entry holds."""
    if not entry:
        raise ValidationException(
            "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request"
        )
    if len(entry) > 1:
        raise ValidationException("TransactItems can only contain one of Check, Put, Update or Delete")
    (chosen,) = entry.items()
    return chosen


def _projection(get: Mapping[str, Any]) -> BoundProjection | None:
    rules.check_expression_use(get, ("ProjectionExpression",), ())
    attributes.check_item(get["Key"])
    binding = Binding(get.get("ExpressionAttributeNames"), None)
    projection = binding.projection(get["ProjectionExpression"]) if "ProjectionExpression" in get else None
    binding.end()
    return projection


def _read(stored: Stored, projection: BoundProjection | None) -> Item | Raw:
    return Raw(stored.item) if projection is None else evaluate.project(projection.paths, decode(stored.item))
