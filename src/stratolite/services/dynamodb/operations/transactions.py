"""Several items, all or none: TransactWriteItems and TransactGetItems. Each is one transaction of the database.

What a request alone tells is refused as a whole. What its tables and items tell cancels the transaction, with a reason
for each action: the first action that does not fit its table, or else every action that fails.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import msgspec
from msgspec import Raw

from stratolite.core.call import Call
from stratolite.core.errors import AwsError, ValidationException
from stratolite.services.dynamodb import actions, api, attributes, capacity, rules, tables
from stratolite.services.dynamodb.actions import Action
from stratolite.services.dynamodb.attributes import Item
from stratolite.services.dynamodb.domain import ItemKey, Table, key_of
from stratolite.services.dynamodb.expressions import evaluate
from stratolite.services.dynamodb.expressions.binding import Binding, BoundProjection
from stratolite.services.dynamodb.store import Stored, decode
from stratolite.services.dynamodb.writing import Units, replace_item

if TYPE_CHECKING:
    from stratolite.services.dynamodb import Dynamodb

TOKEN_VALID_MS = 10 * 60 * 1000
UNITS_FACTOR = 2
"""A transaction prepares and commits, and consumes units for both."""
_ACTIONS: Mapping[str, Callable[[Mapping[str, Any]], Action]] = {
    "ConditionCheck": actions.ConditionCheck,
    "Put": actions.Put,
    "Delete": actions.Delete,
    "Update": actions.Update,
}
_CODES = {"ConditionalCheckFailedException": "ConditionalCheckFailed", "ValidationException": "ValidationError"}
_encode_sorted = msgspec.json.Encoder(order="sorted").encode


class Aimed(NamedTuple):
    """An action and the item that it aims at, as it stands."""

    action: Action
    table: Table
    key: ItemKey
    stored: Stored | None


class Consumption:
    """What a transaction consumes, by table, in the order of the request."""

    def __init__(self, request: Mapping[str, Any], kind: str) -> None:
        self._request = request
        self._kind = kind
        self._tables: dict[int, tuple[Table, list[float], Units]] = {}

    def add(self, table: Table, units: float, indexes: Mapping[str, float] | None = None) -> None:
        """Add the units of one action."""
        _, total, index_units = self._tables.setdefault(table.id, (table, [], {}))
        total.append(units * UNITS_FACTOR)
        for name, used in (indexes or {}).items():
            index_units[name] = index_units.get(name, 0.0) + used * UNITS_FACTOR

    def shown(self) -> dict[str, Any]:
        """``ConsumedCapacity`` as a result's member, if it is wanted."""
        listed: list[Any] = []
        for table, total, indexes in self._tables.values():
            listed += capacity.consumed(self._request, table, sum(total), indexes, kind=self._kind).values()
        return {"ConsumedCapacity": listed} if listed else {}


def transact_write_items(
    call: Call, dynamodb: "Dynamodb", request: api.TransactWriteItemsInput
) -> api.TransactWriteItemsOutput:
    """Write up to 100 items in any tables, if all conditions hold.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
    """
    chosen = [_chosen(cast(dict[str, Any], entry)) for entry in request["TransactItems"]]
    digest = hashlib.sha256(_encode_sorted(request["TransactItems"])).digest()
    found = [tables.find(call, dynamodb, wanted["TableName"]) for _, wanted in chosen]
    planned = [_ACTIONS[name](wanted) for name, wanted in chosen]
    _check_payload(sum(action.payload_bytes for action in planned))
    known = [tables.known(table) for table in found]
    aimed = _aim(dynamodb, planned, known)
    token = request.get("ClientRequestToken")
    if token is not None and _is_done(call, dynamodb, token, digest):
        return cast(api.TransactWriteItemsOutput, _read_again(request, aimed))
    answer = _perform(call, dynamodb, request, aimed)
    if token is not None:
        dynamodb.store.add_transaction(call, token, digest, call.now_ms - TOKEN_VALID_MS)
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
    for position, (get, table, projection) in enumerate(zip(gets, known, projections, strict=True)):
        try:
            rules.check_key_shape(table, get["Key"])
            if projection is not None:
                rules.check_paths(table, projection.nested)
        except ValidationException as error:
            raise _cancelled(len(gets), {position: error}) from error
        keys.append((table.id, key_of(table.schema, get["Key"])))
    _check_distinct(keys)
    consumption = Consumption(cast(dict[str, Any], request), "Read")
    responses: list[dict[str, Any]] = []
    size = 0
    for table, (_, key), projection in zip(known, keys, projections, strict=True):
        stored = dynamodb.store.get(table, key)
        size += stored.size_bytes if stored else 0
        consumption.add(table, capacity.read_units(stored.size_bytes if stored else 0, consistent=True))
        responses.append({} if stored is None else {"Item": _read(stored, projection)})
    _check_payload(size)
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


def _check_payload(size_bytes: int) -> None:
    if size_bytes > rules.TRANSACTION_BYTES_MAX:
        # The repetition is AWS's.
        text = "Transaction payload size cannot exceed 4MB. Payload Size: "
        raise ValidationException(f"{text}: {text}{size_bytes}")


def _check_distinct(keys: Sequence[tuple[int, ItemKey]]) -> None:
    if len(set(keys)) != len(keys):
        raise ValidationException("Transaction request cannot include multiple operations on one item")


def _aim(dynamodb: "Dynamodb", planned: Sequence[Action], known: Sequence[Table]) -> list[Aimed]:
    """The actions with their items. Raises TransactionCanceledException for the first that does not fit its table."""
    keys: list[tuple[int, ItemKey]] = []
    for position, (action, table) in enumerate(zip(planned, known, strict=True)):
        try:
            keys.append((table.id, action.aim(table)))
        except ValidationException as error:
            raise _cancelled(len(planned), {position: error}) from error
    _check_distinct(keys)
    return [
        Aimed(action, table, key, dynamodb.store.get(table, key))
        for action, table, (_, key) in zip(planned, known, keys, strict=True)
    ]


def _is_done(call: Call, dynamodb: "Dynamodb", token: str, digest: bytes) -> bool:
    """Whether this very transaction was done lately. Raises IdempotentParameterMismatchException for another one."""
    known = dynamodb.store.transaction_digest(call, token, call.now_ms - TOKEN_VALID_MS)
    if known is not None and known != digest:
        raise api.IdempotentParameterMismatchException(
            "DynamoDB rejected the request because you retried a request with a different payload but with an "
            "idempotent token that was already used."
        )
    return known is not None


def _read_again(request: api.TransactWriteItemsInput, aimed: Sequence[Aimed]) -> dict[str, Any]:
    """What a transaction answers that was done before: it only reads its items."""
    consumption = Consumption(cast(dict[str, Any], request), "Read")
    for _, table, _, stored in aimed:
        consumption.add(table, capacity.read_units(stored.size_bytes if stored else 0, consistent=True))
    return consumption.shown()


def _perform(
    call: Call, dynamodb: "Dynamodb", request: api.TransactWriteItemsInput, aimed: Sequence[Aimed]
) -> dict[str, Any]:
    """Check all conditions, then write. Raises TransactionCanceledException."""
    old = [decode(entry.stored.item) if entry.stored else None for entry in aimed]
    outcomes: list[actions.Outcome] = []
    failures: dict[int, AwsError] = {}
    for position, entry in enumerate(aimed):
        try:
            outcomes.append(entry.action.outcome(old[position]))
        except (ValidationException, api.ConditionalCheckFailedException) as error:
            failures[position] = error
    if failures:
        raise _cancelled(len(aimed), failures)
    consumption = Consumption(cast(dict[str, Any], request), "Write")
    for (action, table, key, stored), before, (new, size) in zip(aimed, old, outcomes, strict=True):
        units: Units = {}
        if action.writes and (new is not None or stored):
            wanted = (new, size) if new is not None else None
            units = replace_item(call, dynamodb, table, key, wanted, stored, before)
        consumption.add(table, capacity.write_units(size, stored.size_bytes if stored else 0), units)
    return {**consumption.shown(), **_metrics(dynamodb, request, aimed)}


def _cancelled(number: int, failures: Mapping[int, AwsError]) -> AwsError:
    reasons: list[dict[str, Any]] = [{"Code": "None"} for _ in range(number)]
    for position, error in failures.items():
        reasons[position] = {"Code": _CODES[error.code], "Message": error.message, **error.fields}
    codes = attributes.shown(reason["Code"] for reason in reasons)
    return api.TransactionCanceledException(
        f"Transaction cancelled, please refer cancellation reasons for specific reasons {codes}",
        CancellationReasons=reasons,
    )


def _metrics(dynamodb: "Dynamodb", request: api.TransactWriteItemsInput, aimed: Sequence[Aimed]) -> dict[str, Any]:
    """``ItemCollectionMetrics`` of the tables with local indexes, once for each partition key."""
    if request.get("ReturnItemCollectionMetrics") != "SIZE":
        return {}
    found: dict[str, dict[bytes, Any]] = {}
    for action, table, key, _ in aimed:
        if action.writes and any(not index.is_global for index in table.indexes):
            name = table.schema.hash.name
            size = dynamodb.store.collection_bytes(table, key.hash)
            metrics = rules.collection_metrics(name, action.named[name], size)
            found.setdefault(table.name, {})[key.hash] = metrics
    return {"ItemCollectionMetrics": {name: list(each.values()) for name, each in found.items()}} if found else {}


def _projection(get: Mapping[str, Any]) -> BoundProjection | None:
    rules.check_expression_use(get, ("ProjectionExpression",), ())
    attributes.check_item(get["Key"])
    binding = Binding(get.get("ExpressionAttributeNames"), None)
    projection = binding.projection(get["ProjectionExpression"]) if "ProjectionExpression" in get else None
    binding.end()
    return projection


def _read(stored: Stored, projection: BoundProjection | None) -> Item | Raw:
    return Raw(stored.item) if projection is None else evaluate.project(projection.paths, decode(stored.item))
