"""Many items: Query and Scan."""

from typing import TYPE_CHECKING, Any, cast

from stratolite.core.call import Call
from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb import api, keyconditions, legacy, rules, searching, tables
from stratolite.services.dynamodb.attributes import Item
from stratolite.services.dynamodb.domain import Index, Table, key_of
from stratolite.services.dynamodb.metrics import metered
from stratolite.services.dynamodb.store import Bounds

if TYPE_CHECKING:
    from stratolite.services.dynamodb import Dynamodb


@metered
def query(call: Call, dynamodb: "Dynamodb", request: api.QueryInput) -> api.QueryOutput:
    """Items of one partition, in the order of their sort key.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
    """
    found = tables.find(call, dynamodb, request["TableName"])
    rules.check_expression_use(
        request,
        ("ProjectionExpression", "FilterExpression", "KeyConditionExpression"),
        ("AttributesToGet", "QueryFilter", "ConditionalOperator", "KeyConditions"),
    )
    rules.check_conditional_operator(request, "QueryFilter")
    legacy.check_conditions(request.get("QueryFilter"))
    rules.check_attributes_to_get(request.get("AttributesToGet"))
    searching.check_start_values(request)
    if "KeyConditions" not in request and "KeyConditionExpression" not in request:
        raise ValidationException(
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
        )
    bound = searching.bind(request)
    conditions = searching.query_conditions(request, bound)
    searching.check_select(request)
    table = tables.known(found)
    index = searching.index_of(table, request)
    schema = index.schema if index is not None else table.schema
    start = cast(Item | None, request.get("ExclusiveStartKey"))
    if start is not None:
        _check_start_form(table, index, start)
    keyconditions.check(schema, conditions)
    if start is not None:
        searching.check_query_start(table, index, conditions, start)
    _check_paths(table, bound.projection.nested if bound.projection else frozenset())
    if bound.filter is not None:
        rules.check_filter(schema, bound.filter.heads, "Filter Expression")
    elif "QueryFilter" in request:
        rules.check_filter(schema, request["QueryFilter"], "QueryFilter")
    view = searching.View(dynamodb, request, table, index, bound)
    _check_paths(table, bound.filter.nested if bound.filter else frozenset())
    bounds = keyconditions.bounds(schema, conditions, forward=request.get("ScanIndexForward", True))
    if start is not None:
        bounds = searching.after(bounds, table, index, start)
    return cast(api.QueryOutput, searching.page(dynamodb, request, table, index, bounds, view))


@metered
def scan(call: Call, dynamodb: "Dynamodb", request: api.ScanInput) -> api.ScanOutput:
    """All items of a table or index, or those of one segment.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html
    """
    found = tables.find(call, dynamodb, request["TableName"])
    rules.check_expression_use(
        request,
        ("ProjectionExpression", "FilterExpression"),
        ("AttributesToGet", "ScanFilter", "ConditionalOperator"),
    )
    rules.check_conditional_operator(request, "ScanFilter")
    rules.check_attributes_to_get(request.get("AttributesToGet"))
    legacy.check_conditions(request.get("ScanFilter"))
    searching.check_start_values(request)
    _check_segment(request)
    bound = searching.bind(request)
    searching.check_select(request)
    table = tables.known(found)
    index = searching.index_of(table, request)
    start = cast(Item | None, request.get("ExclusiveStartKey"))
    if start is not None:
        wanted = searching.start_attributes(table, index)
        if len(start) != len(wanted):
            detail = f": {rules.KEY_MISMATCH}" if index is None else ""
            raise ValidationException(f"{searching.BAD_START}{detail}")
        if index is not None:
            _check_start_form(table, index, start)
    view = searching.View(dynamodb, request, table, index, bound)
    bounds = _scan_bounds(request, table, index, start)
    _check_paths(table, bound.projection.nested if bound.projection else frozenset())
    _check_paths(table, bound.filter.nested if bound.filter else frozenset())
    return cast(api.ScanOutput, searching.page(dynamodb, request, table, index, bounds, view))


def _check_paths(table: Table, nested: frozenset[str]) -> None:
    rules.check_paths(table, nested)


def _check_start_form(table: Table, index: Index | None, start: Item) -> None:
    """A starting key has the attributes of both keys, no more and no less."""
    if len(start) != len(searching.start_attributes(table, index)):
        raise ValidationException(searching.BAD_START)
    schema = index.schema if index is not None else table.schema
    for attribute in schema.attributes:
        if attribute.name not in start:
            raise ValidationException(searching.BAD_START)
        rules.check_key_part(start, attribute, is_hash=attribute in schema.hashes)


def _check_segment(request: api.ScanInput) -> None:
    segment, total = request.get("Segment"), request.get("TotalSegments")
    if segment is not None and total is None:
        raise ValidationException(
            "The TotalSegments parameter is required but was not present in the request when Segment parameter "
            "is present"
        )
    if total is None:
        return
    if segment is None:
        raise ValidationException(
            "The Segment parameter is required but was not present in the request when parameter TotalSegments "
            "is present"
        )
    if segment >= total:
        raise ValidationException(
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
            f"Segment: {segment} is not less than TotalSegments: {total}"
        )


def _scan_bounds(request: api.ScanInput, table: Table, index: Index | None, start: Item | None) -> Bounds:
    where = ""
    values: list[Any] = []
    first: bytes = b""
    last: bytes | None = None
    if "TotalSegments" in request:
        first, last = searching.segment_bounds(request["Segment"], request["TotalSegments"])
        where, values = " AND hash >= ?", [first]
        if last is not None:
            where += " AND hash < ?"
            values.append(last)
    bounds = Bounds(where, tuple(values))
    if start is None:
        return bounds
    searching.check_start(table, start)
    at = key_of(index.schema if index is not None else table.schema, start)
    if at.hash < first or (last is not None and at.hash >= last):
        raise ValidationException(
            f"{searching.BAD_START}: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. "
            f"TotalSegments: {request['TotalSegments']} Segment: {request['Segment']}"
        )
    return searching.after(bounds, table, index, start)
