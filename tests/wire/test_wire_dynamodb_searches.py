"""DynamoDB over the wire: Query and Scan of tables and indexes; pages, segments, filters, what is refused.

Expectations come from the developer guide (chapters on Query, Scan and secondary indexes), from a recording of AWS
where a test names it, and, for texts of refusals and the size of pages, from what dynalite's tests verified.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.conftest import RunningCloud, recorded
from tests.wire.answers import equal, refused
from tests.wire.dynamodb_tables import INDEXED, SORTED, keys, kinds, table, texts

INVALID = "One or more parameter values were invalid: "


@pytest.fixture(scope="module")
def dynamodb(cloud: RunningCloud) -> Any:
    return cloud.client("dynamodb")


@pytest.fixture(scope="module")
def numbers(dynamodb: Any) -> Iterator[str]:
    """A table with ten items of one partition, -4 to 5, and one of another."""
    with table(dynamodb, SORTED) as name:
        for number in range(-4, 6):
            even = {"even": {"BOOL": True}} if number % 2 == 0 else {}
            dynamodb.put_item(TableName=name, Item={"a": {"S": "x"}, "b": {"N": str(number)}, **even})
        dynamodb.put_item(TableName=name, Item={"a": {"S": "y"}, "b": {"N": "0"}})
        yield name


@pytest.fixture(scope="module")
def indexed(dynamodb: Any) -> Iterator[str]:
    """A table with three indexes and five items, of which three are in all indexes."""
    with table(dynamodb, INDEXED) as name:
        for place in range(5):
            item = texts(a="1", b=str(place), e=f"e{place}", f=f"f{place}")
            if place < 3:
                item |= {"c": {"S": "c"}, "d": {"N": str(10 - place)}}
            dynamodb.put_item(TableName=name, Item=item)
        yield name


def sort_keys(answer: Any) -> list[int]:
    return [int(item["b"]["N"]) for item in answer["Items"]]


def query(client: Any, name: str, condition: str = "a = :a", **request: Any) -> Any:
    values = {":a": {"S": "x"}, **request.pop("values", {})}
    return client.query(TableName=name, KeyConditionExpression=condition, ExpressionAttributeValues=values, **request)


# Query --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "values", "expected"),
    [
        ("a = :a", {}, list(range(-4, 6))),
        ("a = :a AND b = :b", {":b": "2"}, [2]),
        ("a = :a AND b < :b", {":b": "-2"}, [-4, -3]),
        ("a = :a AND b <= :b", {":b": "-2"}, [-4, -3, -2]),
        ("b > :b AND a = :a", {":b": "3"}, [4, 5]),
        ("a = :a AND :b <= b", {":b": "3.5"}, [4, 5]),
        ("(a = :a) AND (b BETWEEN :b AND :c)", {":b": "-1", ":c": "1"}, [-1, 0, 1]),
    ],
)
def test_key_conditions(dynamodb: Any, numbers: str, condition: str, values: Any, expected: list[int]) -> None:
    given = {name: {"N": text} for name, text in values.items()}
    forward = query(dynamodb, numbers, condition, values=given)
    assert sort_keys(forward) == expected
    assert (forward["Count"], forward["ScannedCount"]) == (len(expected), len(expected))
    backward = query(dynamodb, numbers, condition, values=given, ScanIndexForward=False)
    assert sort_keys(backward) == expected[::-1]


def test_key_conditions_from_before_expressions(dynamodb: Any, numbers: str) -> None:
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.KeyConditions.html
    conditions = {
        "a": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "x"}]},
        "b": {"ComparisonOperator": "GE", "AttributeValueList": [{"N": "2"}]},
    }
    even = {"even": {"ComparisonOperator": "NOT_NULL"}}
    answer = dynamodb.query(TableName=numbers, KeyConditions=conditions, QueryFilter=even)
    assert (sort_keys(answer), answer["ScannedCount"]) == ([2, 4], 4)
    prefix = {"b": {"ComparisonOperator": "BEGINS_WITH", "AttributeValueList": [{"N": "2"}]}}
    assert refused(dynamodb.query, TableName=numbers, KeyConditions={**conditions, **prefix})[1] == (
        f"{INVALID}ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type"
    )


def test_text_and_bytes_are_ordered_by_their_bytes(dynamodb: Any) -> None:
    with table(dynamodb, SORTED, AttributeDefinitions=kinds(a="S", b="S")) as name:
        for text in ("b", "B", "é", "z", "\U0001f600", "￼", "bb"):
            dynamodb.put_item(TableName=name, Item=texts(a="x", b=text))
        found = [item["b"]["S"] for item in query(dynamodb, name)["Items"]]
        assert found == ["B", "b", "bb", "z", "é", "￼", "\U0001f600"]
        found = query(dynamodb, name, "a = :a AND begins_with(b, :b)", values={":b": {"S": "b"}})["Items"]
        assert [item["b"]["S"] for item in found] == ["b", "bb"]
    with table(dynamodb, SORTED, AttributeDefinitions=kinds(a="S", b="B")) as name:
        for data in (b"\xff", b"\x00", b"\x7f\x80", b"\x7f"):
            dynamodb.put_item(TableName=name, Item={"a": {"S": "x"}, "b": {"B": data}})
        found = [item["b"]["B"] for item in query(dynamodb, name)["Items"]]
        assert found == [b"\x00", b"\x7f", b"\x7f\x80", b"\xff"]
        answer = query(dynamodb, name, "a = :a AND begins_with(b, :b)", values={":b": {"B": b"\xff"}})
        assert answer["Count"] == 1


def test_limits_and_starting_keys(dynamodb: Any, numbers: str) -> None:
    seen: list[int] = []
    request: dict[str, Any] = {}
    pages = 0
    while True:
        answer = query(dynamodb, numbers, Limit=3, **request)
        seen += sort_keys(answer)
        pages += 1
        if "LastEvaluatedKey" not in answer:
            break
        request = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
    assert (seen, pages) == (list(range(-4, 6)), 4)
    # A page that ends with the last item still names it: whether more follow is not known.
    assert "LastEvaluatedKey" in query(dynamodb, numbers, Limit=10)
    assert "LastEvaluatedKey" not in query(dynamodb, numbers, Limit=11)
    start = {"a": {"S": "x"}, "b": {"N": "0.5"}}
    assert sort_keys(query(dynamodb, numbers, ExclusiveStartKey=start)) == [1, 2, 3, 4, 5]
    assert sort_keys(query(dynamodb, numbers, ExclusiveStartKey=start, ScanIndexForward=False)) == [0, -1, -2, -3, -4]


def test_limits_count_before_filters(dynamodb: Any, numbers: str) -> None:
    answer = query(dynamodb, numbers, Limit=4, FilterExpression="attribute_exists(even)", ProjectionExpression="b")
    assert (sort_keys(answer), answer["Count"], answer["ScannedCount"]) == ([-4, -2], 2, 4)
    assert answer["Items"][0] == {"b": {"N": "-4"}}
    assert answer["LastEvaluatedKey"] == {"a": {"S": "x"}, "b": {"N": "-1"}}
    counted = query(dynamodb, numbers, Select="COUNT", FilterExpression="attribute_exists(even)")
    assert (counted["Count"], counted["ScannedCount"], "Items" in counted) == (5, 10, False)


def test_a_page_reads_a_megabyte(dynamodb: Any) -> None:
    # Each row carries 18 bytes for 3 KB, and 2 of its own: 26 rows of 40,000 bytes are just over the limit.
    with table(dynamodb, SORTED) as name:
        for number in range(30):
            dynamodb.put_item(TableName=name, Item={"a": {"S": "x"}, "b": {"N": str(number)}, "t": {"S": "y" * 40000}})
        answer = query(dynamodb, name, ReturnConsumedCapacity="TOTAL", Select="COUNT")
        assert (answer["Count"], answer["LastEvaluatedKey"]["b"]) == (27, {"N": "26"})
        assert answer["ConsumedCapacity"]["CapacityUnits"] == 132.0
        rest = query(dynamodb, name, Select="COUNT", ExclusiveStartKey=answer["LastEvaluatedKey"])
        assert (rest["Count"], "LastEvaluatedKey" in rest) == (3, False)


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        ("a = :a OR b = :b", "Invalid operator used in KeyConditionExpression: OR"),
        ("a = :a AND NOT b = :b", "Invalid operator used in KeyConditionExpression: NOT"),
        ("a = :a AND b <> :b", "Invalid operator used in KeyConditionExpression: <>"),
        ("a = :a AND b IN (:b)", "Invalid operator used in KeyConditionExpression: IN"),
        (
            "a = :a AND attribute_exists(b) AND b = :b",
            "Invalid operator used in KeyConditionExpression: attribute_exists",
        ),
        ("a = :a AND size(b) = :b", "KeyConditionExpressions cannot contain nested operations"),
        ("a = :a AND b.c = :b", "KeyConditionExpressions cannot have conditions on nested attributes"),
        ("a = :a AND a = :a AND b = :b", "KeyConditionExpressions must only contain one condition per key"),
        (
            "a = :a AND :b = :b",
            "Invalid condition in KeyConditionExpression: No key attribute specified",
        ),
        ("a = :a AND b = :b AND c = :b", "Conditions can be of length 1 or 2 only"),
        ("b = :b", "Query condition missed key schema element: a"),
        ("a = :a AND c = :b", "Query condition missed key schema element: b"),
        ("a > :a AND b = :b", "Query key condition not supported"),
        ("a = :b", f"{INVALID}Condition parameter type does not match schema type"),
        (
            "b BETWEEN :b AND :a AND a = :a",
            "Invalid KeyConditionExpression: The BETWEEN operator requires same data type for lower and upper bounds; "
            "lower bound operand: AttributeValue: {N:1}, upper bound operand: AttributeValue: {S:x}",
        ),
    ],
)
def test_refused_key_conditions(dynamodb: Any, numbers: str, condition: str, text: str) -> None:
    values = {name: value for name, value in ((":a", {"S": "x"}), (":b", {"N": "1"})) if name in condition}
    answer = refused(
        dynamodb.query, TableName=numbers, KeyConditionExpression=condition, ExpressionAttributeValues=values
    )
    assert answer == ("ValidationException", text, 400)


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (
            {"FilterExpression": "b = :a"},
            "Filter Expression can only contain non-primary key attributes: Primary key attribute: b",
        ),
        ({"ExclusiveStartKey": {"a": {"S": "x"}}}, "The provided starting key is invalid"),
        (
            {"ExclusiveStartKey": {"a": {"S": "x"}, "b": {"S": "x"}}},
            "The provided key element does not match the schema",
        ),
        (
            {"ExclusiveStartKey": {"a": {"S": "other"}, "b": {"N": "1"}}},
            "The provided starting key is outside query boundaries based on provided conditions",
        ),
        ({"IndexName": "none"}, "The table does not have the specified index: none"),
        (
            {"Select": "ALL_PROJECTED_ATTRIBUTES"},
            "1 validation error detected: ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName",
        ),
        (
            {"QueryFilter": {"c": {"ComparisonOperator": "NULL"}}},
            "Can not use both expression and non-expression parameters in the same request: "
            "Non-expression parameters: {QueryFilter} Expression parameters: {KeyConditionExpression}",
        ),
        (
            {"ProjectionExpression": "a.b"},
            "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: a",
        ),
        (
            {"ProjectionExpression": "c, c"},
            "Invalid ProjectionExpression: Two document paths overlap with each other; "
            "must remove or rewrite one of these paths; path one: [c], path two: [c]",
        ),
    ],
)
def test_refused_queries(dynamodb: Any, numbers: str, request_: Any, text: str) -> None:
    request = {
        "TableName": numbers,
        "KeyConditionExpression": "a = :a",
        "ExpressionAttributeValues": texts(**{":a": "x"}),
    }
    assert refused(dynamodb.query, **request, **request_) == ("ValidationException", text, 400)


def test_a_query_needs_key_conditions(dynamodb: Any, numbers: str) -> None:
    assert refused(dynamodb.query, TableName=numbers)[1] == (
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
    )
    assert refused(dynamodb.query, TableName="nowhere", KeyConditionExpression="a = a")[0] == "ValidationException"
    missing = {
        "TableName": "nowhere",
        "KeyConditionExpression": "a = :a",
        "ExpressionAttributeValues": texts(**{":a": "x"}),
    }
    assert refused(dynamodb.query, **missing)[:2] == ("ResourceNotFoundException", "Requested resource not found")


# Indexes ------------------------------------------------------------------------------------------------------


def test_a_local_index_orders_by_its_own_key(dynamodb: Any) -> None:
    entry = recorded("dynamodb/test_dynamodb.json", "test_valid_local_secondary_index")["Items"]
    index = {"IndexName": "LSI1", "KeySchema": keys("PK", "LSI1SK"), "Projection": {"ProjectionType": "ALL"}}
    definition = {"KeySchema": keys("PK", "SK"), "AttributeDefinitions": kinds(PK="S", SK="S", LSI1SK="N")}
    with table(dynamodb, definition, LocalSecondaryIndexes=[index]) as name:
        item = {**texts(PK="test one", SK="hello"), "LSI1SK": {"N": "123"}}
        dynamodb.put_item(TableName=name, Item=item)
        answer = dynamodb.query(
            TableName=name,
            IndexName="LSI1",
            KeyConditionExpression="PK = :v1",
            ExpressionAttributeValues={":v1": {"S": "test one"}},
            Select="ALL_ATTRIBUTES",
        )
        equal(answer, entry)


def test_indexes_hold_what_is_projected_and_only_items_with_their_keys(dynamodb: Any, indexed: str) -> None:
    answer = dynamodb.query(
        TableName=indexed,
        IndexName="all",
        KeyConditionExpression="c = :c AND d < :d",
        ExpressionAttributeValues={":c": {"S": "c"}, ":d": {"N": "10"}},
    )
    assert [item["f"]["S"] for item in answer["Items"]] == ["f2", "f1"]
    some = dynamodb.scan(TableName=indexed, IndexName="some", ConsistentRead=False)
    assert sorted(set().union(*some["Items"])) == ["a", "b", "c", "e"]
    local = dynamodb.scan(TableName=indexed, IndexName="local", ConsistentRead=True)
    assert (local["Count"], sorted(set().union(*local["Items"]))) == (3, ["a", "b", "d"])


def test_a_local_index_fetches_what_it_lacks(dynamodb: Any, indexed: str) -> None:
    request = {
        "TableName": indexed,
        "IndexName": "local",
        "KeyConditionExpression": "a = :a",
        "ExpressionAttributeValues": texts(**{":a": "1"}),
        "ReturnConsumedCapacity": "INDEXES",
    }
    answer = dynamodb.query(**request, ProjectionExpression="f")
    assert answer["Items"] == [texts(f="f2"), texts(f="f1"), texts(f="f0")]
    assert answer["ConsumedCapacity"] == {
        "TableName": indexed,
        "CapacityUnits": 1.0,
        "Table": {"CapacityUnits": 0.5},
        "LocalSecondaryIndexes": {"local": {"CapacityUnits": 0.5}},
    }
    assert dynamodb.query(**request, Select="ALL_ATTRIBUTES")["Items"][0]["e"] == {"S": "e2"}
    filtered = {**request, "ExpressionAttributeValues": texts(**{":a": "1", ":f": "f1"})}
    assert dynamodb.query(**filtered, FilterExpression="f = :f")["Items"] == [{**texts(a="1", b="1"), "d": {"N": "9"}}]


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (
            {"IndexName": "all", "ConsistentRead": True},
            "Consistent reads are not supported on global secondary indexes",
        ),
        (
            {"IndexName": "some", "Select": "ALL_ATTRIBUTES"},
            f"{INVALID}Select type ALL_ATTRIBUTES is not supported for global secondary index some "
            "because its projection type is not ALL",
        ),
        (
            {"IndexName": "some", "ProjectionExpression": "f"},
            f"{INVALID}Global secondary index some does not project [f]",
        ),
        ({"IndexName": "all", "ExclusiveStartKey": texts(a="1", b="1")}, "The provided starting key is invalid"),
        (
            {"Select": "SPECIFIC_ATTRIBUTES"},
            "1 validation error detected: Must specify the AttributesToGet or ProjectionExpression "
            "when choosing to get SPECIFIC_ATTRIBUTES",
        ),
        (
            {"Select": "COUNT", "AttributesToGet": ["a"]},
            "1 validation error detected: Cannot specify the AttributesToGet when choosing to get only the Count",
        ),
        ({"AttributesToGet": ["a", "a"]}, f"{INVALID}Duplicate value in attribute name: a"),
    ],
)
def test_refused_scans(dynamodb: Any, indexed: str, request_: Any, text: str) -> None:
    assert refused(dynamodb.scan, TableName=indexed, **request_) == ("ValidationException", text, 400)


def test_pages_of_an_index_go_on_after_equal_keys(dynamodb: Any) -> None:
    with table(dynamodb, INDEXED) as name:
        for place in range(7):
            dynamodb.put_item(TableName=name, Item={**texts(a=str(place), b="b", c="c"), "d": {"N": "1"}})
        seen: list[str] = []
        request: dict[str, Any] = {}
        while True:
            answer = dynamodb.query(
                TableName=name,
                IndexName="all",
                KeyConditionExpression="c = :c",
                ExpressionAttributeValues=texts(**{":c": "c"}),
                Limit=2,
                **request,
            )
            seen += [item["a"]["S"] for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                break
            assert set(answer["LastEvaluatedKey"]) == {"a", "b", "c", "d"}
            request = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
        assert sorted(seen) == [str(place) for place in range(7)]


def test_entries_follow_their_items(dynamodb: Any) -> None:
    def found(name: str, value: str) -> list[str]:
        answer = dynamodb.query(
            TableName=name,
            IndexName="some",
            KeyConditionExpression="c = :c",
            ExpressionAttributeValues=texts(**{":c": value}),
        )
        return [item.get("e", {}).get("S", "") for item in answer["Items"]]

    with table(dynamodb, INDEXED) as name:
        key = texts(a="1", b="1")
        dynamodb.put_item(TableName=name, Item={**key, **texts(c="one", e="e1")})
        assert found(name, "one") == ["e1"]
        update = {"TableName": name, "Key": key}
        dynamodb.update_item(
            **update,
            UpdateExpression="SET c = :c, e = :e",
            ExpressionAttributeValues=texts(**{":c": "two", ":e": "e2"}),
        )
        assert (found(name, "one"), found(name, "two")) == ([], ["e2"])
        dynamodb.update_item(**update, UpdateExpression="REMOVE c")
        assert found(name, "two") == []
        dynamodb.put_item(TableName=name, Item={**key, **texts(c="three")})
        dynamodb.delete_item(TableName=name, Key=key)
        assert found(name, "three") == []


# Scan ---------------------------------------------------------------------------------------------------------


def test_segments_share_a_table(dynamodb: Any) -> None:
    with table(dynamodb) as name:
        for place in range(40):
            dynamodb.put_item(TableName=name, Item=texts(a=str(place)))
        segments = [
            {item["a"]["S"] for item in dynamodb.scan(TableName=name, Segment=segment, TotalSegments=4)["Items"]}
            for segment in range(4)
        ]
        assert sum(map(len, segments)) == 40
        assert set().union(*segments) == {str(place) for place in range(40)}
        assert all(segments), "forty keys reach every quarter of the hashes"
        outside = texts(a=next(iter(segments[1])))
        answer = refused(dynamodb.scan, TableName=name, Segment=0, TotalSegments=4, ExclusiveStartKey=outside)
        assert answer[1] == (
            "The provided starting key is invalid: Invalid ExclusiveStartKey. "
            "Please use ExclusiveStartKey with correct Segment. TotalSegments: 4 Segment: 0"
        )


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (
            {"Segment": 0},
            "The TotalSegments parameter is required but was not present in the request when Segment parameter is "
            "present",
        ),
        (
            {"TotalSegments": 1},
            "The Segment parameter is required but was not present in the request when parameter TotalSegments is "
            "present",
        ),
        (
            {"TotalSegments": 2, "Segment": 2},
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
            "Segment: 2 is not less than TotalSegments: 2",
        ),
        (
            {"ExclusiveStartKey": texts(a="1")},
            "The provided starting key is invalid: The provided key element does not match the schema",
        ),
    ],
)
def test_refused_segments(dynamodb: Any, numbers: str, request_: Any, text: str) -> None:
    assert refused(dynamodb.scan, TableName=numbers, **request_) == ("ValidationException", text, 400)


def test_scan_filters(dynamodb: Any, numbers: str) -> None:
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.ScanFilter.html
    conditions = {
        "b": {"ComparisonOperator": "GT", "AttributeValueList": [{"N": "3"}]},
        "even": {"ComparisonOperator": "NOT_NULL"},
    }
    both = dynamodb.scan(TableName=numbers, ScanFilter=conditions)
    assert (sort_keys(both), both["ScannedCount"]) == ([4], 11)
    either = dynamodb.scan(TableName=numbers, ScanFilter=conditions, ConditionalOperator="OR")
    assert sorted(sort_keys(either)) == [-4, -2, 0, 2, 4, 5]
    filtered = dynamodb.scan(
        TableName=numbers,
        FilterExpression="#b IN (:one, :two) OR NOT a = :x",
        ExpressionAttributeNames={"#b": "b"},
        ExpressionAttributeValues={":one": {"N": "1"}, ":two": {"N": "2.0"}, ":x": {"S": "x"}},
    )
    assert sorted(sort_keys(filtered)) == [0, 1, 2]


def test_conditions_of_old_are_equal_to_values_of_every_type(dynamodb: Any) -> None:
    # The same page, for EQ and NE: "supported for all data types, including lists and maps".
    values: list[Any] = [{"BOOL": True}, {"NULL": True}, {"L": [{"S": "x"}]}, {"M": {"p": {"N": "1"}}}, {"SS": ["x"]}]
    with table(dynamodb) as name:
        for place, value in enumerate(values):
            dynamodb.put_item(TableName=name, Item={"a": {"S": str(place)}, "v": value})
        for place, value in enumerate(values):
            for operator, count in (("EQ", 1), ("NE", 4)):
                condition = {"v": {"ComparisonOperator": operator, "AttributeValueList": [value]}}
                assert dynamodb.scan(TableName=name, ScanFilter=condition)["Count"] == count
            put = {"TableName": name, "Item": {"a": {"S": str(place)}}}
            dynamodb.put_item(**put, Expected={"v": {"ComparisonOperator": "EQ", "AttributeValueList": [value]}})
