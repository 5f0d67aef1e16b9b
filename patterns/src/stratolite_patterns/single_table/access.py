"""Access patterns: the questions that a table was designed to answer, each with a name.

A pattern is a Query (never a Scan) whose keys are made of templates, and whose pages hold up to ``limit`` entities:
what a filter, an expiry or another class takes away does not count, as it does for DynamoDB's own Limit. Pages are
bounded in the requests that they may cost, so that a filter that matches nothing ends as well.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from stratolite_patterns.attribute_values import AttributeValue, ValueRefused, marshal
from stratolite_patterns.single_table.comparisons import SORTS, Comparison, equals
from stratolite_patterns.single_table.entity import Entity, KeyNames
from stratolite_patterns.single_table.errors import DeclarationError, FieldRefused, KeyRefused
from stratolite_patterns.single_table.keys import PARTITION_BYTES_MAX, SORT_BYTES_MAX, Template, checked, parse

if TYPE_CHECKING:
    from stratolite_patterns.single_table.table import Table

T = TypeVar("T")

LIMIT = 50
LIMIT_MAX = 1000
REQUESTS_MAX = 10
"""Queries for one page. A page that reached it may be short, or empty, and has a token for the rest."""
FILTERED_READ = 200
"""Items that one query reads where a filter will leave few of them."""
_RESERVED = {"limit", "after"}


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some entities, and the token of the next page, if there is one."""

    items: list[T]
    next: str | None

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a pattern asks, parsed and checked."""

    entities: Mapping[str, Entity]
    index: str | None
    key: KeyNames
    partition: Template
    sort: Comparison | None
    sorts: tuple[Template, ...]
    filters: Mapping[str, Comparison]
    forward: bool
    limit: int
    limit_max: int
    consistent: bool

    @property
    def parameters(self) -> frozenset[str]:
        """The names of what a call has to give."""
        names = {*self.partition.fields, *(name for sort in self.sorts for name in sort.fields)}
        operands = (operand for comparison in self.filters.values() for operand in comparison.operands)
        return frozenset(names.union(name for operand in operands if (name := parameter(operand))))


class AccessPattern(Generic[T]):
    """A named question: ``page = posts_of_user(user_id="ada", limit=20, after=token)``."""

    def __init__(self, table: "Table", name: str, plan: Plan) -> None:
        self.name = name
        self.plan = plan
        self._table = table

    def __call__(self, *, limit: int | None = None, after: str | None = None, **parameters: Any) -> Page[T]:
        """One page of at most ``limit`` entities, after the token of another one.

        Raises InvalidPageToken, KeyRefused for a parameter that is missing or cannot be in a key, FieldRefused for one
        that is not asked for, ValueRefused for a limit out of bounds.
        """
        wanted = self.plan.limit if limit is None else limit
        if isinstance(wanted, bool) or not isinstance(wanted, int) or not 1 <= wanted <= self.plan.limit_max:
            raise ValueRefused(f"a page has 1 to {self.plan.limit_max} items, not {wanted!r}", "limit")
        request, query = self._request(parameters)
        start = None if after is None else self._start(self._table.read_token(after, query))
        found, rest = self._collect(request, wanted, start)
        token = None if rest is None else self._table.write_token([rest[name]["S"] for name in self._names], query)
        return Page(found, token)

    def all(self, **parameters: Any) -> Iterator[T]:
        """Every entity, page by page as they are needed; no token is made."""
        request, _ = self._request(parameters)
        start = None
        while True:
            found, start = self._collect(request, self.plan.limit_max, start)
            yield from found
            if start is None:
                return

    def first(self, **parameters: Any) -> T | None:
        """The first entity, if there is one."""
        request, _ = self._request(parameters)
        start = None
        while True:
            found, start = self._collect(request, 1, start)
            if found or start is None:
                return found[0] if found else None

    @property
    def _names(self) -> list[str]:
        """The attributes of a start key, in the order of tokens."""
        return sorted({*self._table.layout.key, *self.plan.key})

    def _start(self, texts: list[str]) -> dict[str, AttributeValue]:
        return {name: {"S": text} for name, text in zip(self._names, texts, strict=True)}

    def _request(self, parameters: Mapping[str, Any]) -> tuple[dict[str, Any], list[object]]:
        """The arguments of Query, and what a token is bound to."""
        plan = self.plan
        unknown = sorted(set(parameters) - plan.parameters)
        if unknown:
            raise FieldRefused(f"{self.name} asks for {', '.join(sorted(plan.parameters))}, not {unknown[0]}")
        lacking = sorted(plan.parameters - set(parameters))
        if lacking:
            raise KeyRefused(f"{self.name} needs a value for {', '.join(lacking)}")
        names, values = (
            {"#p": plan.key.partition},
            {":p": checked(plan.partition.fill(parameters), PARTITION_BYTES_MAX)},
        )
        terms = ["#p = :p"]
        if plan.sort:
            names["#s"] = plan.key.sort
            aliases = [f":s{place}" for place in range(len(plan.sorts))]
            for alias, template in zip(aliases, plan.sorts, strict=True):
                values[alias] = checked(template.fill(parameters), SORT_BYTES_MAX)
            terms.append(plan.sort.expression("#s", aliases))
        typed: dict[str, Any] = {alias: {"S": text} for alias, text in values.items()}
        request: dict[str, Any] = {
            "KeyConditionExpression": " AND ".join(terms),
            "ScanIndexForward": plan.forward,
            "ConsistentRead": plan.consistent,
            **({"IndexName": plan.index} if plan.index else {}),
        }
        self._filter(request, names, typed, parameters)
        request["ExpressionAttributeNames"], request["ExpressionAttributeValues"] = names, typed
        bound = json.dumps(typed, sort_keys=True, default=lambda held: bytes(held).hex())
        return request, [self._table.name, self.name, plan.forward, bound]

    def _filter(
        self, request: dict[str, Any], names: dict[str, str], values: dict[str, Any], parameters: Mapping[str, Any]
    ) -> None:
        terms = []
        for place, (field, comparison) in enumerate(self.plan.filters.items()):
            names[f"#f{place}"] = field
            aliases = []
            for number, operand in enumerate(comparison.operands):
                aliases.append(f":f{place}_{number}")
                name = parameter(operand)
                values[aliases[-1]] = self._operand(field, comparison, parameters[name] if name else operand)
            terms.append(comparison.expression(f"#f{place}", aliases))
        if terms:
            request["FilterExpression"] = " AND ".join(terms)

    def _operand(self, field: str, comparison: Comparison, value: Any) -> AttributeValue:
        if comparison.operator == "contains":
            return marshal(value)
        codec = next(e.fields[field].codec for e in self.plan.entities.values() if field in e.fields)
        try:
            return codec.encode(value)
        except ValueRefused as error:
            raise ValueRefused(error.text, field) from None

    def _collect(
        self, request: dict[str, Any], wanted: int, start: Mapping[str, AttributeValue] | None
    ) -> tuple[list[T], dict[str, AttributeValue] | None]:
        """Up to so many entities, and the key after which there are more."""
        table = self._table
        found: list[T] = []
        last: dict[str, AttributeValue] = {}
        now_s = table.now_s()
        client, name = table.client(), table.name
        for _ in range(REQUESTS_MAX):
            # One more than is wanted tells whether there is another page.
            read = max(wanted + 1, FILTERED_READ) if self.plan.filters else wanted + 1 - len(found)
            arguments = {**request, "TableName": name, "Limit": read}
            if start is not None:
                arguments["ExclusiveStartKey"] = start
            answer = client.query(**arguments)
            for item in answer["Items"]:
                entity = self._visible(item, now_s)
                if entity is None:
                    continue
                if len(found) == wanted:
                    return found, last
                found.append(entity.read(item))
                last = {name: item[name] for name in self._names}
            start = answer.get("LastEvaluatedKey")
            if start is None:
                return found, None
        return found, dict(start) if start is not None else None

    def _visible(self, item: Mapping[str, AttributeValue], now_s: float) -> Entity | None:
        kind = item.get(self._table.layout.type_attribute, {}).get("S", "")
        entity = self.plan.entities.get(kind)
        return None if entity is None or entity.has_expired(item, now_s) else entity


def parameter(operand: object) -> str | None:
    """The name of the parameter that an operand of a filter stands for."""
    if isinstance(operand, str) and operand[:1] == "{" and operand[-1:] == "}" and operand[1:-1].isidentifier():
        return operand[1:-1]
    return None


def plan_of(
    name: str,
    entities: Mapping[str, Entity],
    *,
    index: str | None,
    pk: str,
    sk: str | Comparison | None,
    filters: Mapping[str, Comparison],
    forward: bool,
    limit: int,
    limit_max: int,
    consistent: bool,
) -> Plan:
    """Check a pattern. Raises DeclarationError for one that could find nothing, or that DynamoDB cannot ask."""
    layout = next(iter(entities.values())).layout
    refuse = _refuser(name)
    if index is not None and index not in layout.indexes:
        raise refuse(f"the table has no index {index}")
    if index is not None and consistent:
        raise refuse("an index cannot be read consistently")
    if not 1 <= limit <= limit_max:
        raise refuse(f"its limit is not between 1 and {limit_max}")
    partition = parse(pk, layout.separator)
    for entity in entities.values():
        templates = entity.key if index is None else entity.indexes.get(index)
        if templates is None:
            raise refuse(f"{entity.kind.__name__} is not in {index}")
        if templates.partition.shape != partition.shape:
            raise refuse(f"{entity.kind.__name__} is kept under {templates.partition.text}, so {pk} cannot find it")
    comparison = equals(sk) if isinstance(sk, str) else sk
    if comparison and comparison.operator not in SORTS:
        raise refuse(f"DynamoDB cannot ask {comparison.operator} of a sort key; filter instead")
    for field in filters:
        if not any(field in entity.fields for entity in entities.values()):
            raise refuse(f"none of its classes has a field {field}")
    key = layout.key if index is None else layout.indexes[index]
    sorts = tuple(parse(operand, layout.separator) for operand in comparison.operands) if comparison else ()
    plan = Plan(entities, index, key, partition, comparison, sorts, filters, forward, limit, limit_max, consistent)
    taken = sorted(plan.parameters & _RESERVED)
    if taken:
        raise refuse(f"{taken[0]} is what its pages are asked by, so name the parameter differently")
    return plan


def _refuser(name: str) -> Callable[[str], DeclarationError]:
    return lambda text: DeclarationError(f"the access pattern {name}: {text}")
