"""Transactions: what writes several items or none does with them, whether it was asked in requests or in statements.

What a request alone tells is refused as a whole. What its tables and items tell cancels the transaction, with a reason
for each action: the first action that does not fit its table, or else every action that fails.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from stratolite.core.call import Call
from stratolite.core.errors import AwsError, ValidationException
from stratolite.services.dynamodb import actions, api, attributes, capacity, rules
from stratolite.services.dynamodb.actions import Action
from stratolite.services.dynamodb.domain import ItemKey, Table
from stratolite.services.dynamodb.store import Stored, decode
from stratolite.services.dynamodb.writing import Units, replace_item

if TYPE_CHECKING:
    from stratolite.services.dynamodb import Dynamodb

TOKEN_VALID_MS = 10 * 60 * 1000
UNITS_FACTOR = 2
"""A transaction prepares and commits, and consumes units for both."""
_CODES = {
    "ConditionalCheckFailedException": "ConditionalCheckFailed",
    "DuplicateItemException": "DuplicateItem",
    "ValidationException": "ValidationError",
}
_REFUSALS = (ValidationException, api.ConditionalCheckFailedException, api.DuplicateItemException)
_encode_sorted = msgspec.json.Encoder(order="sorted").encode


class Aimed(NamedTuple):
    """An action and the item that it aims at, as it stands."""

    action: Action
    table: Table
    key: ItemKey
    stored: Stored | None


class Consumption:
    """What a transaction consumes, by table, in the order of the request."""

    def __init__(self, dynamodb: "Dynamodb", request: Mapping[str, Any], kind: str) -> None:
        self._meters = dynamodb.meters
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
        """``ConsumedCapacity`` as a result's member, if it is wanted; counted in any case."""
        listed: list[Any] = []
        for table, total, indexes in self._tables.values():
            count = self._meters.read if self._kind == "Read" else self._meters.wrote
            count(table, sum(total), indexes)
            listed += capacity.consumed(self._request, table, sum(total), indexes, kind=self._kind).values()
        return {"ConsumedCapacity": listed} if listed else {}


def digest_of(wanted: Any) -> bytes:
    """What tells one transaction from another with the same token; to be taken before values are made canonical."""
    return hashlib.sha256(_encode_sorted(wanted)).digest()


def write(
    call: Call,
    dynamodb: "Dynamodb",
    request: Mapping[str, Any],
    planned: Sequence[Action],
    known: Sequence[Table],
    digest: bytes,
) -> dict[str, Any]:
    """Do what is planned for these tables, unless this very transaction was done lately; what is answered of it.

    Raises TransactionCanceledException and IdempotentParameterMismatchException.
    """
    aimed = _aim(dynamodb, planned, known)
    token = request.get("ClientRequestToken")
    if token is not None and _is_done(call, dynamodb, token, digest):
        return _read_again(dynamodb, request, aimed)
    answer = _perform(call, dynamodb, request, aimed)
    if token is not None:
        dynamodb.store.add_transaction(call, token, digest, call.now_ms - TOKEN_VALID_MS)
    return answer


def check_payload(size_bytes: int) -> None:
    """Raises ValidationException for more than a transaction may read or write."""
    if size_bytes > rules.TRANSACTION_BYTES_MAX:
        # The repetition is AWS's.
        text = "Transaction payload size cannot exceed 4MB. Payload Size: "
        raise ValidationException(f"{text}: {text}{size_bytes}")


def check_distinct(keys: Sequence[tuple[int, ItemKey]]) -> None:
    """Raises ValidationException when two of a transaction's actions mean one item."""
    if len(set(keys)) != len(keys):
        raise ValidationException("Transaction request cannot include multiple operations on one item")


def _aim(dynamodb: "Dynamodb", planned: Sequence[Action], known: Sequence[Table]) -> list[Aimed]:
    """The actions with their items. Raises TransactionCanceledException for the first that does not fit its table."""
    keys: list[tuple[int, ItemKey]] = []
    for position, (action, table) in enumerate(zip(planned, known, strict=True)):
        try:
            keys.append((table.id, action.aim(table)))
        except ValidationException as error:
            raise cancelled(len(planned), {position: error}) from error
    check_distinct(keys)
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


def _read_again(dynamodb: "Dynamodb", request: Mapping[str, Any], aimed: Sequence[Aimed]) -> dict[str, Any]:
    """What a transaction answers that was done before: it only reads its items."""
    consumption = Consumption(dynamodb, request, "Read")
    for _, table, _, stored in aimed:
        consumption.add(table, capacity.read_units(stored.size_bytes if stored else 0, consistent=True))
    return consumption.shown()


def _perform(call: Call, dynamodb: "Dynamodb", request: Mapping[str, Any], aimed: Sequence[Aimed]) -> dict[str, Any]:
    """Check all conditions, then write. Raises TransactionCanceledException."""
    old = [decode(entry.stored.item) if entry.stored else None for entry in aimed]
    outcomes: list[actions.Outcome] = []
    failures: dict[int, AwsError] = {}
    for position, entry in enumerate(aimed):
        try:
            outcomes.append(entry.action.outcome(old[position]))
        except _REFUSALS as error:
            failures[position] = error
    if failures:
        raise cancelled(len(aimed), failures)
    consumption = Consumption(dynamodb, request, "Write")
    for (action, table, key, stored), before, (new, size) in zip(aimed, old, outcomes, strict=True):
        units: Units = {}
        if action.writes and (new is not None or stored):
            wanted = (new, size) if new is not None else None
            units = replace_item(call, dynamodb, table, key, wanted, stored, before)
        consumption.add(table, capacity.write_units(size, stored.size_bytes if stored else 0), units)
    return {**consumption.shown(), **_metrics(dynamodb, request, aimed)}


def cancelled(number: int, failures: Mapping[int, AwsError]) -> AwsError:
    """The refusal of a transaction of some actions, by the position of what is wrong."""
    reasons: list[dict[str, Any]] = [{"Code": "None"} for _ in range(number)]
    for position, error in failures.items():
        reasons[position] = {"Code": _CODES[error.code], "Message": error.message, **error.fields}
    codes = attributes.shown(reason["Code"] for reason in reasons)
    return api.TransactionCanceledException(
        f"Transaction cancelled, please refer cancellation reasons for specific reasons {codes}",
        CancellationReasons=reasons,
    )


def _metrics(dynamodb: "Dynamodb", request: Mapping[str, Any], aimed: Sequence[Aimed]) -> dict[str, Any]:
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
