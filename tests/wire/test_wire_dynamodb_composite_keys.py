"""Global indexes whose keys are of several attributes.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.DesignPattern.MultiAttributeKeys.html
"""

from itertools import product
from typing import Any

import pytest
from tests.conftest import RunningCloud
from tests.wire.answers import refused
from tests.wire.dynamodb_tables import kinds, table, texts


def schema(hashes: str, ranges: str = "") -> list[dict[str, str]]:
    """A key schema of attributes with names of one letter."""
    return [
        {"AttributeName": name, "KeyType": kind}
        for kind, names in (("HASH", hashes), ("RANGE", ranges))
        for name in names
    ]


def index(*parts: str) -> dict[str, Any]:
    return {"IndexName": "many", "KeySchema": schema(*parts), "Projection": {"ProjectionType": "ALL"}}


WIDE: dict[str, Any] = {
    "KeySchema": schema("k"),
    "AttributeDefinitions": kinds(k="S", a="S", b="N", x="S", y="N", z="B"),
    "GlobalSecondaryIndexes": [index("ab", "xyz")],
}
TEXTS = ["", "\0", "\0\0", "\0\u0001", "a", "a\0", "aa", "é"]
"""Sort keys of which some begin others, or hold what ends a key in storage."""
ALL_HASHES = "Query key condition not supported: all HASH key attributes must have equality conditions"
LEADING_RANGES = (
    "Query key condition not supported: RANGE key attributes must be used from left to right, all but the last with "
    "equality conditions"
)
NUMBERS = ["-1.5", "-1", "0", "1", "1.5", "20"]


def entry(key: str, a: str = "t", b: str = "1", **more: Any) -> dict[str, Any]:
    return {"k": {"S": key}, "a": {"S": a}, "b": {"N": b}, "z": {"B": b"z"}, **more}


def found(dynamodb: Any, name: str, condition: str, values: dict[str, Any], **more: Any) -> list[tuple[str, float]]:
    """The sort keys that a query of one partition finds, page by page."""
    request = {
        "TableName": name,
        "IndexName": "many",
        "KeyConditionExpression": f"a = :a AND b = :b{condition}",
        "ExpressionAttributeValues": {":a": {"S": "t"}, ":b": {"N": "1"}, **values},
        **more,
    }
    pages = dynamodb.get_paginator("query").paginate(**request)
    return [(item["x"]["S"], float(item["y"]["N"])) for page in pages for item in page["Items"]]


@pytest.fixture(scope="module")
def dynamodb(cloud: RunningCloud) -> Any:
    return cloud.client("dynamodb")


@pytest.fixture(scope="module")
def wide(dynamodb: Any) -> Any:
    with table(dynamodb, WIDE) as name:
        pairs = list(product([text for text in TEXTS if text], NUMBERS))
        for number, (text, value) in enumerate(pairs):
            dynamodb.put_item(TableName=name, Item=entry(f"{number * 7919 % 1000}", x={"S": text}, y={"N": value}))
        for other in (entry("p", a="t1"), entry("q", b="11")):
            dynamodb.put_item(TableName=name, Item={**other, "x": {"S": "a"}, "y": {"N": "1"}})
        yield (
            name,
            sorted(((text, float(value)) for text, value in pairs), key=lambda pair: (pair[0].encode(), pair[1])),
        )


@pytest.mark.parametrize(
    ("sign", "test"),
    [
        ("=", lambda found, wanted: found == wanted),
        ("<", lambda found, wanted: found < wanted),
        ("<=", lambda found, wanted: found <= wanted),
        (">", lambda found, wanted: found > wanted),
        (">=", lambda found, wanted: found >= wanted),
    ],
)
def test_comparisons_with_the_last_attribute_that_is_named(dynamodb: Any, wide: Any, sign: str, test: Any) -> None:
    name, pairs = wide
    for text in TEXTS[1:]:
        expected = [pair for pair in pairs if test(pair[0].encode(), text.encode())]
        assert found(dynamodb, name, f" AND x {sign} :x", {":x": {"S": text}}) == expected, text
    for value in (*NUMBERS, "1.2", "-30"):
        values = {":x": {"S": "a"}, ":y": {"N": value}}
        expected = [pair for pair in pairs if pair[0] == "a" and test(pair[1], float(value))]
        assert found(dynamodb, name, f" AND x = :x AND y {sign} :y", values) == expected, value


def test_stretches_of_the_last_attribute_that_is_named(dynamodb: Any, wide: Any) -> None:
    name, pairs = wide
    for text in ("\0", "a", "é", "b"):
        expected = [pair for pair in pairs if pair[0].startswith(text)]
        assert found(dynamodb, name, " AND begins_with(x, :x)", {":x": {"S": text}}) == expected
    values = {":x": {"S": "\0\0"}, ":y": {"S": "a\0"}}
    assert found(dynamodb, name, " AND x BETWEEN :x AND :y", values) == [
        pair for pair in pairs if b"\0\0" <= pair[0].encode() <= b"a\0"
    ]
    values = {":x": {"S": "aa"}, ":y": {"N": "-1"}, ":z": {"N": "1"}}
    assert found(dynamodb, name, " AND x = :x AND y BETWEEN :y AND :z", values) == [("aa", -1), ("aa", 0), ("aa", 1)]


def test_the_last_attribute_of_all(dynamodb: Any, wide: Any) -> None:
    name, _ = wide
    values = {":x": {"S": "a"}, ":y": {"N": "1"}}
    for condition, is_there in (
        ("= :z", True),
        ("< :z", False),
        ("<= :z", True),
        ("> :z", False),
        (">= :z", True),
        ("BETWEEN :z AND :z", True),
    ):
        rest = f" AND x = :x AND y = :y AND z {condition}"
        assert bool(found(dynamodb, name, rest, {**values, ":z": {"B": b"z"}})) is is_there, condition
    assert found(dynamodb, name, " AND x = :x AND y = :y AND begins_with(z, :z)", {**values, ":z": {"B": b"z"}})


def test_pages_and_directions(dynamodb: Any, wide: Any) -> None:
    name, pairs = wide
    assert found(dynamodb, name, "", {}) == pairs
    assert found(dynamodb, name, "", {}, PaginationConfig={"PageSize": 5}) == pairs
    backwards = found(dynamodb, name, "", {}, PaginationConfig={"PageSize": 4}, ScanIndexForward=False)
    assert backwards == pairs[::-1]
    pages = dynamodb.get_paginator("scan").paginate(TableName=name, IndexName="many", PaginationConfig={"PageSize": 7})
    assert sum(page["Count"] for page in pages) == len(pairs) + 2
    page = dynamodb.scan(TableName=name, IndexName="many", Limit=1)
    assert sorted(page["LastEvaluatedKey"]) == ["a", "b", "k", "x", "y", "z"]


def test_key_conditions_of_old(dynamodb: Any, wide: Any) -> None:
    name, _ = wide

    def equals(**value: Any) -> dict[str, Any]:
        return {"ComparisonOperator": "EQ", "AttributeValueList": [value]}

    conditions = {"a": equals(S="t"), "b": equals(N="1"), "x": equals(S="a"), "y": equals(N="20")}
    answer = dynamodb.query(TableName=name, IndexName="many", KeyConditions=conditions)
    assert [item["y"] for item in answer["Items"]] == [{"N": "20"}]


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        ("a = :a", ALL_HASHES),
        ("a = :a AND b > :n", ALL_HASHES),
        ("a = :a AND b = :n AND y = :n", LEADING_RANGES),
        ("a = :a AND b = :n AND x > :a AND y = :n", LEADING_RANGES),
        ("a = :a AND b = :n AND x > :a AND y > :n", LEADING_RANGES),
        ("a = :a AND b = :n AND u = :n", "Query key condition not supported"),
        (
            "a = :a AND b = :n AND x = :n",
            "One or more parameter values were invalid: Condition parameter type does not match schema type",
        ),
    ],
)
def test_refused_conditions(dynamodb: Any, wide: Any, condition: str, text: str) -> None:
    values = {key: value for key, value in ((":a", {"S": "t"}), (":n", {"N": "1"})) if key in condition}
    answer = refused(
        dynamodb.query,
        TableName=wide[0],
        IndexName="many",
        KeyConditionExpression=condition,
        ExpressionAttributeValues=values,
    )
    assert answer == ("ValidationException", text, 400)


def test_entries_follow_their_items(dynamodb: Any) -> None:
    with table(dynamodb, WIDE) as name:
        whole = entry("1", x={"S": "a"}, y={"N": "1"})
        dynamodb.put_item(TableName=name, Item={key: value for key, value in whole.items() if key != "y"})
        assert found(dynamodb, name, "", {}) == []
        update = {"UpdateExpression": "SET y = :y", "ExpressionAttributeValues": {":y": {"N": "7"}}}
        dynamodb.update_item(TableName=name, Key=texts(k="1"), **update)
        assert found(dynamodb, name, "", {}) == [("a", 7)]
        update["ExpressionAttributeValues"] = {":y": {"N": "8"}}
        dynamodb.update_item(TableName=name, Key=texts(k="1"), **update)
        assert found(dynamodb, name, "", {}) == [("a", 8)]
        statement = f"SELECT k, y FROM \"{name}\".\"many\" WHERE a = 't' AND b = 1 AND x = 'a' AND y > 7"
        assert dynamodb.execute_statement(Statement=statement)["Items"] == [{"k": {"S": "1"}, "y": {"N": "8"}}]
        dynamodb.delete_item(TableName=name, Key=texts(k="1"))
        assert found(dynamodb, name, "", {}) == []


def test_sizes_of_a_key_count_together(dynamodb: Any) -> None:
    with table(dynamodb, WIDE) as name:
        fits = entry("1", x={"S": "x" * 1000}, y={"N": "1"}) | {"z": {"B": b"z" * 22}}
        dynamodb.put_item(TableName=name, Item=fits)
        text = "Aggregated size of all range keys has exceeded the size limit of 1024 bytes"
        answer = refused(dynamodb.put_item, TableName=name, Item=fits | {"z": {"B": b"z" * 23}})
        assert answer == ("ValidationException", f"One or more parameter values were invalid: {text}", 400)


def test_an_index_that_comes_later(dynamodb: Any) -> None:
    simple = {"KeySchema": schema("k"), "AttributeDefinitions": kinds(k="S")}
    with table(dynamodb, simple) as name:
        dynamodb.put_item(TableName=name, Item=texts(k="1", a="t", b="u", c="v"))
        dynamodb.update_table(
            TableName=name,
            AttributeDefinitions=kinds(k="S", a="S", b="S", c="S"),
            GlobalSecondaryIndexUpdates=[{"Create": index("abc")}],
        )
        described = dynamodb.describe_table(TableName=name)["Table"]["GlobalSecondaryIndexes"][0]
        assert described["KeySchema"] == schema("abc")
        answer = dynamodb.query(
            TableName=name,
            IndexName="many",
            KeyConditionExpression="a = :a AND b = :b AND c = :c",
            ExpressionAttributeValues={":a": {"S": "t"}, ":b": {"S": "u"}, ":c": {"S": "v"}},
        )
        assert answer["Count"] == 1


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            {"KeySchema": schema("k", "ab")},
            "'keySchema' failed to satisfy constraint: Member must have length less than",
        ),
        (
            {"KeySchema": schema("k", "a"), "LocalSecondaryIndexes": [index("k", "ab")]},
            "'localSecondaryIndexes.1.member.keySchema' failed to satisfy constraint: Member must have length less",
        ),
        (
            {"GlobalSecondaryIndexes": [index("aba")]},
            "The KeySchema contains multiple key attributes with the same name",
        ),
        (
            {"GlobalSecondaryIndexes": [index("abxyk")]},
            "The KeySchema exceeds the maximum allowed number of HASH key attributes",
        ),
        (
            {"GlobalSecondaryIndexes": [{**index("a", "b"), "KeySchema": schema("a", "b") + schema("x")}]},
            "All HASH key attributes must precede RANGE key attributes in the KeySchema",
        ),
    ],
)
def test_refused_schemas(dynamodb: Any, change: dict[str, Any], text: str) -> None:
    code, message, status = refused(
        dynamodb.create_table, TableName="refused", BillingMode="PAY_PER_REQUEST", **{**WIDE, **change}
    )
    assert (code, status) == ("ValidationException", 400)
    assert text in message
