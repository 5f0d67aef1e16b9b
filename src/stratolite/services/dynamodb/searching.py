"""Pages of Query and Scan: which rows, how many of them, and what of them is answered.

A page ends at ``Limit`` items or when 1 MB was read, before filters. Rows that need neither filter nor projection are
answered as their bytes and never decoded; their cost is that of reading them.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Raw

from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb import attributes, capacity, keyconditions, legacy, rules
from stratolite.services.dynamodb.attributes import Item
from stratolite.services.dynamodb.domain import Index, KeyAttribute, Table, key_of
from stratolite.services.dynamodb.expressions import evaluate
from stratolite.services.dynamodb.expressions.binding import Binding, BoundCondition, BoundProjection
from stratolite.services.dynamodb.expressions.evaluate import Test
from stratolite.services.dynamodb.expressions.tree import Part
from stratolite.services.dynamodb.keyconditions import KeyConditions
from stratolite.services.dynamodb.pages import Page
from stratolite.services.dynamodb.store import Bounds, decode

if TYPE_CHECKING:
    from stratolite.services.dynamodb import Dynamodb

BAD_START = "The provided starting key is invalid"
SEGMENT_BITS = 12
"""Segments are ranges of the first bits of the partition key's hash."""
_SEGMENTS = 1 << SEGMENT_BITS
_UNPREFIXED = ("contains duplicates", "number set", "numeric value", "significant digits", "number with magnitude")


class Expressions(NamedTuple):
    """The expressions of a search, bound."""

    key: BoundCondition | None
    filter: BoundCondition | None
    projection: BoundProjection | None


def bind(request: Mapping[str, Any]) -> Expressions:
    """Bind what expressions there are. Raises ValidationException."""
    binding = Binding(request.get("ExpressionAttributeNames"), request.get("ExpressionAttributeValues"))
    key, test = (
        binding.condition(name, request[name]) if name in request else None
        for name in ("KeyConditionExpression", "FilterExpression")
    )
    projection = None
    if "ProjectionExpression" in request:
        projection = binding.projection(request["ProjectionExpression"])
    binding.end()
    return Expressions(key, test, projection)


def check_start_values(request: Mapping[str, Any]) -> None:
    """Check the values of ``ExclusiveStartKey`` by themselves. Raises ValidationException."""
    for value in request.get("ExclusiveStartKey", {}).values():
        try:
            attributes.check_value(value)
        except ValidationException as error:
            if any(part in error.message for part in _UNPREFIXED):
                raise
            raise ValidationException(f"{BAD_START}: {error.message}") from error


def check_select(request: Mapping[str, Any]) -> None:
    """Check that ``Select`` goes with the other parameters. Raises ValidationException."""
    select = request.get("Select")
    if select is None:
        return
    named = next((name for name in ("AttributesToGet", "ProjectionExpression") if name in request), None)
    fault = ""
    if select == "SPECIFIC_ATTRIBUTES" and named is None:
        fault = "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"
    elif select != "SPECIFIC_ATTRIBUTES" and named is not None:
        shown = "only the Count" if select == "COUNT" else select
        fault = f"Cannot specify the {named} when choosing to get {shown}"
    elif select == "ALL_PROJECTED_ATTRIBUTES" and "IndexName" not in request:
        fault = "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"
    if fault:
        raise ValidationException(f"{rules.REPORTED}{fault}")


def index_of(table: Table, request: Mapping[str, Any]) -> Index | None:
    """The index that a search names. Raises ValidationException."""
    name = request.get("IndexName")
    if name is None:
        return None
    index = table.by_name.get(name)
    if index is None:
        raise ValidationException(f"The table does not have the specified index: {name}")
    if index.is_global and request.get("ConsistentRead"):
        raise ValidationException("Consistent reads are not supported on global secondary indexes")
    return index


def start_attributes(table: Table, index: Index | None) -> tuple[KeyAttribute, ...]:
    """The attributes of a starting key: the table's keys, and the index's."""
    if index is None:
        return table.schema.attributes
    own = [key for key in index.schema.attributes if key not in table.schema.attributes]
    return (*table.schema.attributes, *own)


def check_start(table: Table, start: Mapping[str, Any]) -> None:
    """Check a starting key's attributes against the table's key. Raises ValidationException."""
    key = {attribute.name: start[attribute.name] for attribute in table.schema.attributes if attribute.name in start}
    try:
        rules.check_key_shape(table, key)
    except ValidationException as error:
        raise ValidationException(f"{BAD_START}: {error.message}") from error


def after(bounds: Bounds, table: Table, index: Index | None, start: Item) -> Bounds:
    """The bounds, past a starting key."""
    key = key_of(table.schema, start)
    sign = ">" if bounds.forward else "<"
    if index is None:
        where, values = f" AND (hash, range) {sign} (?, ?)", (key.hash, key.range)
        return Bounds(bounds.where + where, (*bounds.values, *values), bounds.forward)
    at = key_of(index.schema, start)
    where = f" AND (hash, range, item_hash, item_range) {sign} (?, ?, ?, ?)"
    return Bounds(bounds.where + where, (*bounds.values, *at, key.behind_its_hash, key.range), bounds.forward)


def segment_bounds(segment: int, total: int) -> tuple[bytes, bytes | None]:
    """The prefixes of partition keys from which and below which a segment reads."""
    first = -(-_SEGMENTS * segment // total)
    last = -(-_SEGMENTS * (segment + 1) // total)
    shift = 24 - SEGMENT_BITS
    return (first << shift).to_bytes(3, "big"), (last << shift).to_bytes(3, "big") if last < _SEGMENTS else None


class View:
    """What of each row a search answers."""

    def __init__(
        self, dynamodb: "Dynamodb", request: Mapping[str, Any], table: Table, index: Index | None, bound: Expressions
    ) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._index = index
        self.counts_only = request.get("Select") == "COUNT"
        self._shows_all = request.get("Select") == "ALL_ATTRIBUTES"
        self.paths: list[tuple[Part, ...]] | None = None
        if bound.projection is not None:
            self.paths = bound.projection.paths
        elif "AttributesToGet" in request:
            self.paths = [(name,) for name in request["AttributesToGet"]]
        self.test = _filter(request, bound)
        self.fetches = self._must_fetch(request, bound)
        self.fetched_bytes = 0

    def _must_fetch(self, request: Mapping[str, Any], bound: Expressions) -> bool:
        """Whether items have to be read from the table because the index holds too little of them."""
        index = self._index
        if index is None or index.projected is None:
            return False
        if request.get("Select") == "ALL_ATTRIBUTES":
            if index.is_global:
                raise ValidationException(
                    f"{rules.INVALID}Select type ALL_ATTRIBUTES is not supported for global secondary index "
                    f"{index.name} because its projection type is not ALL"
                )
            return True
        wanted = [str(parts[0]) for parts in self.paths or ()]
        missing = [name for name in dict.fromkeys(wanted) if name not in index.projected]
        if missing and index.is_global:
            raise ValidationException(
                f"{rules.INVALID}Global secondary index {index.name} does not project {attributes.shown(missing)}"
            )
        filtered = bound.filter.heads if bound.filter is not None else frozenset()
        return not index.is_global and bool(missing or filtered - index.projected)

    def row(self, stored: bytes, key: Any) -> tuple[bool, Any]:
        """Whether a row passes the filter, and what is answered of it."""
        whole = stored
        if self.fetches:
            fetched = self._dynamodb.store.get(self._table, key)
            assert fetched is not None, "an index entry without its item"
            self.fetched_bytes += fetched.size_bytes
            whole = fetched.item
        shown = Raw(whole if self._shows_all else stored)
        if self.test is None and self.paths is None:
            return True, shown
        item: Item = decode(whole)
        if self.test is not None and not self.test(item):
            return False, None
        return True, shown if self.paths is None else self.project(item)

    def project(self, item: Item) -> Item:
        """What of an item is answered where not all of it is."""
        return evaluate.project(self.paths or [], item)


def _filter(request: Mapping[str, Any], bound: Expressions) -> Test | None:
    if bound.filter is not None:
        return bound.filter.test
    conditions = request.get("QueryFilter") or request.get("ScanFilter")
    return legacy.compiled(conditions, request.get("ConditionalOperator")) if conditions else None


def page(
    dynamodb: "Dynamodb", request: Mapping[str, Any], table: Table, index: Index | None, bounds: Bounds, view: View
) -> dict[str, Any]:
    """One page of answers."""
    limit = request.get("Limit")
    items: list[Any] = []
    scanned = size = 0
    last: bytes | None = None
    read = Page(table.schema.range.name if table.schema.range is not None else "")
    for found in dynamodb.store.search(table, index, bounds):
        scanned += 1
        size += found.size_bytes
        read.add(found)
        passed, shown = view.row(found.item, found.key)
        if passed:
            items.append(shown)
        if scanned == limit or read.is_full:
            last = found.item
            break
    answer: dict[str, Any] = {"Count": len(items), "ScannedCount": scanned}
    if not view.counts_only:
        answer["Items"] = items
    if last is not None:
        item = decode(last)
        names = [attribute.name for attribute in start_attributes(table, index)]
        answer["LastEvaluatedKey"] = {name: item[name] for name in names}
    units, index_units = _consumed(request, index, size, view)
    dynamodb.meters.read(table, units, index_units)
    if "ReturnConsumedCapacity" in request:
        answer.update(capacity.consumed(request, table, units, index_units))
    return answer


def _consumed(
    request: Mapping[str, Any], index: Index | None, size: int, view: View
) -> tuple[float, dict[str, float] | None]:
    """The units of the table, and of the index that was searched."""
    consistent = request.get("ConsistentRead", False)
    units = capacity.read_units(size, consistent=consistent)
    if index is None:
        return units, None
    fetched = capacity.read_units(view.fetched_bytes, consistent=consistent) if view.fetched_bytes else 0.0
    return fetched, {index.name: units}


# Query --------------------------------------------------------------------------------------------------------


def query_conditions(request: Mapping[str, Any], bound: Expressions) -> KeyConditions:
    """The key conditions of a query, checked as far as the request alone allows. Raises ValidationException."""
    if bound.key is not None:
        conditions = keyconditions.from_expression(bound.key.root)
        legacy.check_conditions(
            {
                name: {"ComparisonOperator": condition.operator, "AttributeValueList": condition.values}
                for name, condition in conditions.items()
            }
        )
    else:
        legacy.check_conditions(request["KeyConditions"])
        conditions = keyconditions.from_parameter(request["KeyConditions"])
    if not conditions:
        raise ValidationException(keyconditions.NUMBER)
    return conditions


def check_query_start(table: Table, index: Index | None, conditions: KeyConditions, start: Item) -> None:
    """Check that a query can start at a key: of the right form, and within what is searched."""
    schema = index.schema if index is not None else table.schema
    check_start(table, start)
    same = all(evaluate.equal(start[each.name], conditions[each.name].values[0]) for each in schema.hashes)
    sorting = {each.name: conditions[each.name] for each in schema.ranges if each.name in conditions}
    if not sorting:
        if not same:
            raise ValidationException(
                "The provided starting key is outside query boundaries based on provided conditions"
            )
        return
    test = legacy.compiled(
        {
            name: {"ComparisonOperator": condition.operator, "AttributeValueList": condition.values}
            for name, condition in sorting.items()
        },
        None,
    )
    if not test(start):
        raise ValidationException("The provided starting key does not match the range key predicate")
    if not same:
        raise ValidationException("The query can return at most one row and cannot be restarted")
