"""DynamoDB beside a small model of it: the same items, searches and updates must give the same answers."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import RunningCloud
from tests.wire.dynamodb_model import (
    Refused,
    Rendering,
    canonical,
    compared,
    condition_text,
    holds,
    plain,
    update_text,
    updated,
)
from tests.wire.dynamodb_tables import keys, kinds, table

MODEST = settings(max_examples=100)
DEFINITION: dict[str, Any] = {
    "KeySchema": keys("a", "b"),
    "AttributeDefinitions": kinds(a="S", b="N", c="S", d="N"),
    "LocalSecondaryIndexes": [
        {"IndexName": "local", "KeySchema": keys("a", "d"), "Projection": {"ProjectionType": "ALL"}}
    ],
    "GlobalSecondaryIndexes": [
        {"IndexName": "global", "KeySchema": keys("c", "b"), "Projection": {"ProjectionType": "ALL"}}
    ],
}
SCHEMAS = {"": ("a", "b"), "local": ("a", "d"), "global": ("c", "b")}

TEXTS = st.sampled_from(["", "a", "ab", "b", "é", "\U0001f600"])
KEY_TEXTS = st.sampled_from(["a", "ab", "é"])
NUMBERS = st.sampled_from(["0", "1", "-1", "10", "1.5", "-0.001", "99999999999999999999", "1e-5", "-12.34", "2"])
SCALARS = TEXTS.map(lambda text: {"S": text}) | NUMBERS.map(lambda text: {"N": text})
LEAVES = SCALARS | st.booleans().map(lambda flag: {"BOOL": flag}) | st.just({"NULL": True})
SETS = st.lists(TEXTS, min_size=1, max_size=3, unique=True).map(lambda members: {"SS": members}) | st.lists(
    st.sampled_from(["1", "2", "-3"]), min_size=1, unique=True
).map(lambda members: {"NS": members})
DOCUMENTS = st.recursive(
    LEAVES | SETS,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda members: {"L": members})
        | st.dictionaries(st.sampled_from("xy"), inner, max_size=2).map(lambda fields: {"M": fields})
    ),
    max_leaves=5,
)
ATTRIBUTES = st.sampled_from(["e", "f", "g"])
ITEMS = st.builds(
    lambda keys, rest: {**keys, **rest},
    st.fixed_dictionaries(
        {"a": KEY_TEXTS.map(lambda text: {"S": text}), "b": NUMBERS.map(lambda text: {"N": text})},
        optional={"c": KEY_TEXTS.map(lambda text: {"S": text}), "d": NUMBERS.map(lambda text: {"N": text})},
    ),
    st.dictionaries(ATTRIBUTES, DOCUMENTS, max_size=3),
)

SIGNS = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
BOUNDS = st.lists(NUMBERS, min_size=2, max_size=2).map(lambda pair: sorted(pair, key=lambda text: plain({"N": text})))
SIMPLE_CONDITIONS = st.one_of(
    st.tuples(SIGNS, ATTRIBUTES, SCALARS),
    st.tuples(st.sampled_from(["=", "<>"]), ATTRIBUTES, DOCUMENTS),
    st.tuples(st.just("paths"), st.just("e"), SIGNS, st.sampled_from(["f", "g"])),
    st.tuples(st.just("BETWEEN"), ATTRIBUTES, BOUNDS).map(
        lambda node: (node[0], node[1], {"N": node[2][0]}, {"N": node[2][1]})
    ),
    st.tuples(st.just("IN"), ATTRIBUTES, st.lists(DOCUMENTS, min_size=1, max_size=3)),
    st.tuples(st.sampled_from(["attribute_exists", "attribute_not_exists"]), ATTRIBUTES),
    st.tuples(
        st.just("attribute_type"), ATTRIBUTES, st.sampled_from(["S", "N", "L", "M", "SS"]).map(lambda kind: {"S": kind})
    ),
    st.tuples(st.just("begins_with"), ATTRIBUTES, TEXTS.map(lambda text: {"S": text})),
    st.tuples(st.just("contains"), ATTRIBUTES, SCALARS),
    st.tuples(st.just("size"), ATTRIBUTES, SIGNS, st.sampled_from("0123").map(lambda text: {"N": text})),
)
CONDITIONS = st.recursive(
    SIMPLE_CONDITIONS,
    lambda inner: st.tuples(st.sampled_from(["AND", "OR"]), inner, inner) | st.tuples(st.just("NOT"), inner),
    max_leaves=4,
)


@pytest.fixture(scope="module")
def dynamodb(cloud: RunningCloud) -> Any:
    return cloud.client("dynamodb")


@pytest.fixture(scope="module")
def name(dynamodb: Any) -> Iterator[str]:
    with table(dynamodb, DEFINITION) as made:
        yield made


def fill(dynamodb: Any, name: str, items: list[Any]) -> list[Any]:
    """Make a table hold these items, the later ones in the place of earlier ones with the same key; those items."""
    there = dynamodb.scan(TableName=name, ProjectionExpression="a, b")["Items"]
    held = {(plain(item["a"]), plain(item["b"])): item for item in items}
    kept = [{"PutRequest": {"Item": item}} for item in held.values()]
    gone = [{"DeleteRequest": {"Key": key}} for key in there if (plain(key["a"]), plain(key["b"])) not in held]
    if kept or gone:
        dynamodb.batch_write_item(RequestItems={name: kept + gone})
    return list(held.values())


def all_pages(ask: Any, **request: Any) -> tuple[list[Any], int]:
    """The items of all pages and how many were read."""
    items: list[Any] = []
    scanned = 0
    while True:
        answer = ask(**request)
        assert answer["Count"] == len(answer["Items"])
        items += answer["Items"]
        scanned += answer["ScannedCount"]
        if "LastEvaluatedKey" not in answer:
            return items, scanned
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def unordered(items: list[Any]) -> list[str]:
    return sorted(repr(sorted(canonical(item).items())) for item in items)


@MODEST
@given(
    items=st.lists(ITEMS, max_size=8),
    index=st.sampled_from(["", "local", "global"]),
    hash_key=KEY_TEXTS,
    sort=st.none() | st.tuples(st.sampled_from(["=", "<", "<=", ">", ">="]), NUMBERS) | BOUNDS,
    condition=st.none() | CONDITIONS,
    limit=st.none() | st.integers(1, 3),
    forward=st.booleans(),
)
def test_queries(
    dynamodb: Any,
    name: str,
    items: list[Any],
    index: str,
    hash_key: str,
    sort: Any,
    condition: Any,
    limit: int | None,
    forward: bool,
) -> None:
    held = fill(dynamodb, name, items)
    partition, order = SCHEMAS[index]
    out = Rendering()
    key_condition = f"{partition} = {out.value({'S': hash_key})}"
    expected = [item for item in held if item.get(partition) == {"S": hash_key} and order in item]
    if isinstance(sort, tuple):
        key_condition += f" AND {order} {sort[0]} {out.value({'N': sort[1]})}"
        expected = [item for item in expected if compared(item[order], sort[0], {"N": sort[1]})]
    elif sort is not None:
        low, high = ({"N": text} for text in sort)
        key_condition += f" AND {order} BETWEEN {out.value(low)} AND {out.value(high)}"
        expected = [item for item in expected if compared(item[order], ">=", low) and compared(item[order], "<=", high)]
    request: dict[str, Any] = {"TableName": name, "KeyConditionExpression": key_condition, "ScanIndexForward": forward}
    request |= {"IndexName": index} if index else {}
    request |= {"Limit": limit} if limit else {}
    scanned = len(expected)
    if condition is not None:
        request["FilterExpression"] = condition_text(condition, out)
        expected = [item for item in expected if holds(condition, item)]
    found, read = all_pages(dynamodb.query, **request, **out.parameters)
    assert unordered(found) == unordered(expected)
    assert read == scanned
    order_keys = [plain(item[order]) for item in found]
    assert order_keys == sorted(order_keys, reverse=not forward)


@MODEST
@given(
    items=st.lists(ITEMS, max_size=8),
    index=st.sampled_from(["", "local", "global"]),
    condition=st.none() | CONDITIONS,
    limit=st.none() | st.integers(1, 3),
    segments=st.integers(1, 3),
)
def test_scans(
    dynamodb: Any, name: str, items: list[Any], index: str, condition: Any, limit: int | None, segments: int
) -> None:
    held = fill(dynamodb, name, items)
    expected = [item for item in held if set(SCHEMAS[index]) <= set(item)]
    out = Rendering()
    request: dict[str, Any] = {"TableName": name, "TotalSegments": segments}
    request |= {"IndexName": index} if index else {}
    request |= {"Limit": limit} if limit else {}
    if condition is not None:
        request["FilterExpression"] = condition_text(condition, out)
        expected = [item for item in expected if holds(condition, item)]
    found: list[Any] = []
    for segment in range(segments):
        found += all_pages(dynamodb.scan, **request, **out.parameters, Segment=segment)[0]
    assert unordered(found) == unordered(expected)


# Updates ------------------------------------------------------------------------------------------------------

VALUES = DOCUMENTS.map(lambda value: ("value", value))
OPERANDS = st.recursive(
    VALUES | ATTRIBUTES.map(lambda attribute: ("path", attribute)),
    lambda inner: st.tuples(st.just("if_not_exists"), ATTRIBUTES, inner),
    max_leaves=2,
)
NUMERIC = NUMBERS.map(lambda text: ("value", {"N": text})) | ATTRIBUTES.map(lambda attribute: ("path", attribute))
LISTS = st.lists(LEAVES, max_size=2).map(lambda members: ("value", {"L": members})) | ATTRIBUTES.map(
    lambda attribute: ("path", attribute)
)
ASSIGNED = (
    OPERANDS | st.tuples(st.sampled_from("+-"), NUMERIC, NUMERIC) | st.tuples(st.just("list_append"), LISTS, LISTS)
)
PATHS = st.builds(lambda head, rest: (head, *rest), ATTRIBUTES, st.lists(st.sampled_from(["x", "y", 0, 1]), max_size=2))
ACTIONS = st.one_of(
    st.tuples(st.just("SET"), PATHS, ASSIGNED),
    st.tuples(st.just("REMOVE"), PATHS),
    st.tuples(st.just("ADD"), PATHS, NUMBERS.map(lambda text: {"N": text}) | SETS),
    st.tuples(st.just("DELETE"), PATHS, SETS),
)


@MODEST
@given(
    start=st.none() | st.dictionaries(ATTRIBUTES, DOCUMENTS, max_size=3),
    updates=st.lists(st.lists(ACTIONS, min_size=1, max_size=2, unique_by=lambda action: action[1][0]), max_size=5),
)
def test_updates(dynamodb: Any, name: str, start: Any, updates: list[Any]) -> None:
    key = {"a": {"S": "k"}, "b": {"N": "1"}}
    fill(dynamodb, name, [] if start is None else [{**key, **start}])
    item = None if start is None else {**key, **start}
    for actions in updates:
        out = Rendering()
        text = update_text(actions, out)
        try:
            answer = dynamodb.update_item(
                TableName=name, Key=key, UpdateExpression=text, ReturnValues="ALL_NEW", **out.parameters
            )
        except ClientError as error:
            assert error.response["Error"]["Code"] == "ValidationException"
            if not error.response["Error"]["Message"].startswith("Invalid UpdateExpression: "):
                with pytest.raises(Refused):
                    updated(actions, item or key)
            continue
        removes_only = all(action[0] in ("REMOVE", "DELETE") for action in actions)
        if item is not None or not removes_only:
            item = updated(actions, item or key)
        assert canonical(answer.get("Attributes", {})) == canonical(item or {})
    stored = dynamodb.get_item(TableName=name, Key=key, ConsistentRead=True).get("Item")
    assert (stored is None) == (item is None)
    assert canonical(stored or {}) == canonical(item or {})
