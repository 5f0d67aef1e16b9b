"""SELECT: one partition after the other, or everything, in pages. Raises ValidationException with DynamoDB's texts.

The whole WHERE clause is tested on every row; what it says of keys only makes the rows fewer.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stratolite.core.errors import NotImplementedHere, ValidationException
from stratolite.services.dynamodb import keyconditions, rules, searching
from stratolite.services.dynamodb.attributes import Item
from stratolite.services.dynamodb.domain import Index, Schema, Table
from stratolite.services.dynamodb.expressions import evaluate, operands
from stratolite.services.dynamodb.expressions.binding import BoundProjection
from stratolite.services.dynamodb.expressions.evaluate import Test
from stratolite.services.dynamodb.keyconditions import KeyCondition
from stratolite.services.dynamodb.partiql import keys, statements
from stratolite.services.dynamodb.partiql.keys import Reach
from stratolite.services.dynamodb.partiql.statements import Select
from stratolite.services.dynamodb.store import Bounds, decode

if TYPE_CHECKING:
    from stratolite.services.dynamodb import Dynamodb


class _View(searching.View):
    """What of a row is answered: columns by the last names of their paths, as in PartiQL."""

    columns: tuple[tuple[str, Any], ...] = ()
    narrows: Test | None = None
    """A condition on what the index itself has of a row."""

    def row(self, stored: bytes, key: Any) -> tuple[bool, Any]:
        if self.narrows is not None and not self.narrows(decode(stored)):
            return False, None
        return super().row(stored, key)

    def project(self, item: Item) -> Item:
        found = ((name, evaluate.follow(parts, item)) for name, parts in self.columns)
        return {name: value for name, value in found if value is not None}


def check(statement: Select) -> tuple[tuple[str, Any], ...]:
    """The columns of a SELECT and their names, distinct.

    What has no name of its own has one by its position: PartiQL's specification, section 6.3.2.
    """
    columns = tuple(
        (str(path.parts[-1]) if isinstance(path.parts[-1], str) else f"_{position}", path.parts)
        for position, path in enumerate(statement.columns, start=1)
    )
    names = [name for name, _ in columns]
    for name in names:
        if names.count(name) > 1:
            raise ValidationException(f"Duplicate identifiers in select clause: {name}")
    return columns


def read(dynamodb: "Dynamodb", statement: Select, table: Table, request: Mapping[str, Any]) -> dict[str, Any]:
    """One page of a SELECT: ``Items``, and where the next one begins. ``request``: as ExecuteStatement's."""
    columns = check(statement)
    index = _index(table, statement, request)
    schema = index.schema if index is not None else table.schema
    view = _view(dynamodb, statement, table, index, request)
    view.columns = columns
    found = keys.reach(schema, statement.where)
    forward = _direction(statement, schema, found)
    places = _places(schema, found, forward)
    digest = hashlib.sha256(repr((statement, table.id)).encode()).hexdigest()[:16]
    position, start = _place(request.get("NextToken"), digest)
    answer: dict[str, Any] = {"Items": []}
    limit = request.get("Limit")
    while position < len(places):
        bounds = places[position]
        if start is not None:
            bounds = searching.after(bounds, table, index, start)
        asked = {name: request[name] for name in ("ConsistentRead", "ReturnConsumedCapacity") if name in request}
        page = searching.page(
            dynamodb, {**asked, **({"Limit": limit} if limit is not None else {})}, table, index, bounds, view
        )
        answer["Items"] += page["Items"]
        if "ConsumedCapacity" in page:
            answer["ConsumedCapacity"] = added(answer.get("ConsumedCapacity"), page["ConsumedCapacity"])
        start = page.get("LastEvaluatedKey")
        if start is None:
            position += 1
        if limit is not None:
            limit -= page["ScannedCount"]
        if start is not None or (limit == 0 and position < len(places)):
            answer["NextToken"] = base64.b64encode(json.dumps([digest, position, start]).encode()).decode()
            if start is not None:
                answer["LastEvaluatedKey"] = start
            break
    return answer


def added(total: Any, more: Any) -> Any:
    """Consumed capacities of one table together: numbers are added up."""
    if total is None or more is None:
        return more if total is None else total
    if isinstance(more, dict):
        return {name: added(total.get(name), more.get(name)) for name in {**total, **more}}
    return more if isinstance(more, str) else total + more


def _index(table: Table, statement: Select, request: Mapping[str, Any]) -> Index | None:
    if not statement.source.index:
        return None
    index = table.by_name.get(statement.source.index)
    if index is None:
        raise ValidationException("The table does not have the specified index")
    if index.is_global and request.get("ConsistentRead"):
        raise ValidationException("Strongly consistent read is not supported on Global Secondary Indexes")
    return index


def _view(
    dynamodb: "Dynamodb", statement: Select, table: Table, index: Index | None, request: Mapping[str, Any]
) -> _View:
    condition = statements.bound(statement.where) if statement.where is not None else None
    narrows = None
    if condition is not None:
        if index is not None and index.projected is not None:
            missing = [name for name in dict.fromkeys(_heads(statement)) if name not in index.projected]
            if missing and keys.names_partition(index.schema, statement.where):
                raise ValidationException(
                    f"{rules.INVALID}Secondary index {index.name} does not project one or more filter attributes: "
                    f"[{', '.join(missing)}]"
                )
            narrows = condition.test
        rules.check_paths(table, condition.nested)
    projection = None
    if statement.columns:
        nested = frozenset(str(path.parts[0]) for path in statement.columns if len(path.parts) > 1)
        projection = BoundProjection([path.parts for path in statement.columns], nested)
        rules.check_paths(table, nested)
    view = _View(
        dynamodb, request, table, index, searching.Expressions(None, None if narrows else condition, projection)
    )
    view.narrows = narrows
    return view


def _heads(statement: Select) -> list[str]:
    """The attributes that the condition names, in the order of the text."""
    assert statement.where is not None
    return [
        str(path.parts[0])
        for leaf in statements.leaves(statement.where)
        for operand in operands.operands_of(leaf)
        for path in statements.paths_in(operand)
    ]


def _direction(statement: Select, schema: Schema, found: Reach) -> bool:
    """Whether rows come in ascending order."""
    if not statement.order:
        return True
    if statement.where is None:
        raise ValidationException("Must have WHERE clause in the statement when using ORDER BY clause.")
    if schema.is_composite:
        raise NotImplementedHere(
            "ORDER BY on an index with several key attributes is not implemented by this version of Stratolite."
        )
    names = [attribute.name for attribute in schema.attributes]
    for name, _ in statement.order:
        if name not in names:
            raise ValidationException(f"Variable reference {name} in ORDER BY clause must be part of the primary key")
    if found.partitions is None:
        raise ValidationException(
            "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause."
        )
    ordered = dict(statement.order)
    if len(found.partitions) > 1:
        if schema.hash.name not in ordered:
            raise ValidationException(
                "Must have hash key in ORDER BY clause when more than one hash key condition specified in WHERE clause."
            )
        raise NotImplementedHere("ORDER BY over several partitions is not implemented by this version of Stratolite.")
    return ordered[schema.range.name] if schema.range is not None and schema.range.name in ordered else True


def _places(schema: Schema, found: Reach, forward: bool) -> list[Bounds]:
    """Where to read, one place after the other."""
    if found.partitions is None:
        return [Bounds("", ())]
    places = []
    for partition in found.partitions:
        conditions = {schema.hash.name: KeyCondition("EQ", [partition])}
        if found.sort is not None and schema.range is not None:
            conditions[schema.range.name] = found.sort
        keyconditions.check(schema, conditions)
        places.append(keyconditions.bounds(schema, conditions, forward=forward))
    return places


def _place(token: str | None, digest: str) -> tuple[int, Item | None]:
    """The place and the key after which a page begins."""
    if token is None:
        return 0, None
    try:
        told, position, start = json.loads(base64.b64decode(token, validate=True))
    except (ValueError, TypeError, binascii.Error) as error:
        raise ValidationException("Invalid NextToken") from error
    if told != digest:
        raise ValidationException("NextToken does not match request")
    return position, start
