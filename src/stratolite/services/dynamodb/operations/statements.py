"""PartiQL: ExecuteStatement, BatchExecuteStatement, ExecuteTransaction.

What a statement's text tells is refused before any table is looked up, as on AWS.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from msgspec import Raw

from stratolite.core.call import Call
from stratolite.core.errors import AwsError, ValidationException
from stratolite.services.dynamodb import api, attributes, capacity, tables, transacting
from stratolite.services.dynamodb.attributes import Item
from stratolite.services.dynamodb.domain import Table, key_of
from stratolite.services.dynamodb.expressions import evaluate
from stratolite.services.dynamodb.partiql import keys, parameters, parser, selecting, writes
from stratolite.services.dynamodb.partiql.statements import Exists, Select, Statement, Update
from stratolite.services.dynamodb.store import decode
from stratolite.services.dynamodb.writing import Units, replace_item

if TYPE_CHECKING:
    from stratolite.services.dynamodb import Dynamodb

_ON_INDEX = "This operation is not supported on an index"
_SELECT_KEY = "Select statements within {} must specify the primary key in the where clause."
_CODES = {
    "AccessDeniedException": "AccessDenied",
    "ConditionalCheckFailedException": "ConditionalCheckFailed",
    "DuplicateItemException": "DuplicateItem",
    "ResourceNotFoundException": "ResourceNotFound",
    "ValidationException": "ValidationError",
}
_OF_ITEMS = ("ConditionalCheckFailedException", "DuplicateItemException")
"""What a statement of a batch fails with because of the item that is there: its table is told then."""


class Parsed(NamedTuple):
    """A statement with what was asked of it."""

    statement: Statement
    request: Mapping[str, Any]


def execute_statement(
    call: Call, dynamodb: "Dynamodb", request: api.ExecuteStatementInput
) -> api.ExecuteStatementOutput:
    """Do what one statement says.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html
    """
    parsed = _parse(cast(Mapping[str, Any], request))
    if isinstance(parsed.statement, Exists):
        raise ValidationException("EXISTS can only be used in ExecuteTransaction write requests.")
    table = tables.known(tables.find(call, dynamodb, parsed.statement.source.table))
    return cast(api.ExecuteStatementOutput, _execute(call, dynamodb, parsed, table))


def batch_execute_statement(
    call: Call, dynamodb: "Dynamodb", request: api.BatchExecuteStatementInput
) -> api.BatchExecuteStatementOutput:
    """Do what several statements say, each for itself: one that fails is told of in its place.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html
    """
    shared = {name: request["ReturnConsumedCapacity"] for name in ("ReturnConsumedCapacity",) if name in request}
    responses: list[dict[str, Any]] = []
    consumed: dict[str, Any] = {}
    for member in request["Statements"]:
        try:
            parsed, table = _member(call, dynamodb, {**cast(dict[str, Any], member), **shared})
        except AwsError as error:
            responses.append(_error(error))
            continue
        try:
            answer = dynamodb.world.database.nested(partial(_execute, call, dynamodb, parsed, table))
        except AwsError as error:
            responses.append({**_error(error), **({"TableName": table.name} if error.code in _OF_ITEMS else {})})
            continue
        items = answer["Items"]
        responses.append({"TableName": table.name, **({"Item": items[0]} if items else {})})
        if "ConsumedCapacity" in answer:
            consumed[table.name] = selecting.added(consumed.get(table.name), answer["ConsumedCapacity"])
    result: dict[str, Any] = {"Responses": responses}
    if consumed:
        result["ConsumedCapacity"] = list(consumed.values())
    return cast(api.BatchExecuteStatementOutput, result)


def execute_transaction(
    call: Call, dynamodb: "Dynamodb", request: api.ExecuteTransactionInput
) -> api.ExecuteTransactionOutput:
    """Do what up to 100 statements say, all or none: reads alone, or writes and conditions alone.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteTransaction.html
    """
    wanted = cast(Sequence[Mapping[str, Any]], request["TransactStatements"])
    digest = transacting.digest_of(wanted)
    for member in wanted:
        parameters.check(member.get("Parameters") or ())
    parsed = [_of_transaction(position, member) for position, member in enumerate(wanted)]
    reads = [isinstance(each.statement, Select) for each in parsed]
    if any(reads) and not all(reads):
        raise ValidationException("Unsupported operation in transaction.")
    known = [tables.known(tables.find(call, dynamodb, each.statement.source.table)) for each in parsed]
    if all(reads):
        return cast(api.ExecuteTransactionOutput, _read_all(dynamodb, parsed, known, cast(Any, request)))
    for position, (each, table) in enumerate(zip(parsed, known, strict=True)):
        try:
            writes.check_key(each.statement, table)
        except ValidationException as error:
            raise _failed(position, error.message) from error
    planned = [writes.action_of(each.statement, each.request) for each in parsed]
    transacting.check_payload(sum(action.payload_bytes for action in planned))
    answer = transacting.write(call, dynamodb, cast(Any, request), planned, known, digest)
    return cast(api.ExecuteTransactionOutput, {"Responses": [], **answer})


def _parse(request: Mapping[str, Any]) -> Parsed:
    parameters.check(request.get("Parameters") or ())
    statement = parser.parse(request["Statement"], request.get("Parameters"))
    if isinstance(statement, Select):
        selecting.check(statement)
    return Parsed(statement, request)


def _execute(call: Call, dynamodb: "Dynamodb", parsed: Parsed, table: Table) -> dict[str, Any]:
    if isinstance(parsed.statement, Select):
        return selecting.read(dynamodb, parsed.statement, table, parsed.request)
    return _write(call, dynamodb, parsed, table)


def _write(call: Call, dynamodb: "Dynamodb", parsed: Parsed, table: Table) -> dict[str, Any]:
    """Do a write; ``Items`` are what the statement wants returned."""
    statement = parsed.statement
    if statement.source.index:
        raise ValidationException(_ON_INDEX)
    action = writes.action_of(statement, parsed.request)
    key = action.aim(table)
    stored = dynamodb.store.get(table, key)
    old: Item | None = decode(stored.item) if stored else None
    new, size = action.outcome(old)
    units: Units = {}
    if new is not None or stored:
        wanted = (new, size) if new is not None else None
        units = replace_item(call, dynamodb, table, key, wanted, stored, old)
    written = capacity.write_units(size, stored.size_bytes if stored else 0)
    dynamodb.meters.wrote(table, written, units)
    returned = _returned(statement, action, old, new)
    return {"Items": returned, **capacity.consumed(parsed.request, table, written, units)}


def _returned(statement: Statement, action: Any, old: Item | None, new: Item | None) -> list[Item]:
    """What RETURNING asks for: nothing where there is nothing of it."""
    wanted = getattr(statement, "returning", "")
    if not wanted:
        return []
    item = old if wanted.endswith("OLD") else new
    if item is not None and wanted.startswith("MODIFIED"):
        assert isinstance(statement, Update), "only updates modify"
        item = evaluate.project(action.paths, item)
    return [item] if item else []


def _member(call: Call, dynamodb: "Dynamodb", request: Mapping[str, Any]) -> tuple[Parsed, Table]:
    """A statement of a batch, and its table."""
    parsed = _parse(request)
    statement = parsed.statement
    if isinstance(statement, Exists):
        raise ValidationException("EXISTS can only be used in ExecuteTransaction write requests.")
    table = tables.known(tables.find(call, dynamodb, statement.source.table))
    if isinstance(statement, Select) and (statement.source.index or not _names_item(table, statement)):
        raise ValidationException(_SELECT_KEY.format("BatchExecuteStatement"))
    return parsed, table


def _error(error: AwsError) -> dict[str, Any]:
    """The answer to a statement of a batch that failed."""
    code = _CODES.get(error.code, "InternalServerError")
    return {"Error": {"Code": code, "Message": error.message, **error.fields}}


def _names_item(table: Table, statement: Select) -> bool:
    """Whether a SELECT means one item, and asks for no more of it than that it is there."""
    key, rest = keys.item_key(table.schema, statement.where)
    return key is not None and rest is None


def _of_transaction(position: int, request: Mapping[str, Any]) -> Parsed:
    """A statement of a transaction, as far as its text alone can be wrong."""
    try:
        parsed = _parse(request)
        statement = parsed.statement
        if getattr(statement, "returning", ""):
            raise ValidationException("RETURNING clause is not supported in ExecuteTransaction.")
        if statement.source.index:
            raise ValidationException(
                "Reads on indices are not supported within transactions."
                if isinstance(statement, Select)
                else "Operations on indices are not supported in transactions"
            )
    except ValidationException as error:
        raise _failed(position, error.message) from error
    return parsed


def _failed(position: int, text: str) -> ValidationException:
    return ValidationException(f"Validation failed in TransactStatements[{position}]: {text}")


def _read_all(
    dynamodb: "Dynamodb", parsed: Sequence[Parsed], known: Sequence[Table], request: Mapping[str, Any]
) -> dict[str, Any]:
    """The items of a transaction that reads."""
    aimed = []
    for position, (each, table) in enumerate(zip(parsed, known, strict=True)):
        assert isinstance(each.statement, Select)
        key, rest = keys.item_key(table.schema, each.statement.where)
        if key is None or rest is not None:
            raise _failed(position, _SELECT_KEY.format("ExecuteTransaction"))
        attributes.check_item(key)
        aimed.append((table.id, key_of(table.schema, key)))
    transacting.check_distinct(aimed)
    consumption = transacting.Consumption(dynamodb, request, "Read")
    responses: list[dict[str, Any]] = []
    for each, table, (_, place) in zip(parsed, known, aimed, strict=True):
        assert isinstance(each.statement, Select)
        stored = dynamodb.store.get(table, place)
        consumption.add(table, capacity.read_units(stored.size_bytes if stored else 0, consistent=True))
        items: list[Item | Raw] = selecting.read(dynamodb, each.statement, table, {})["Items"]
        responses.append({"Item": items[0]} if items else {})
    return {"Responses": responses, **consumption.shown()}
