"""DynamoDB over the wire: one item put, read, updated and deleted; conditions, answers, capacity, limits.

Expectations come from recordings of AWS where a test names an entry, else from the API reference and the developer
guide; the texts of refusals are those that dynalite's tests verified against DynamoDB.
"""

from typing import Any

import pytest
from tests.conftest import RunningCloud, recorded
from tests.wire.answers import answered, equal, refused
from tests.wire.dynamodb_tables import INDEXED, SIMPLE, SORTED, table, texts

ANSWERS = "dynamodb/test_dynamodb.json"
INVALID = "One or more parameter values were invalid: "
REPORTED = "1 validation error detected: "
NOT_VALID = "One or more parameter values are not valid. "
MISMATCH = "The provided key element does not match the schema"


@pytest.fixture(scope="module")
def dynamodb(cloud: RunningCloud) -> Any:
    return cloud.client("dynamodb")


def item(client: Any, name: str, **key: Any) -> Any:
    """An item as it stands; None when there is none."""
    return client.get_item(TableName=name, Key=key or texts(a="1"), ConsistentRead=True).get("Item")


# What writes return -------------------------------------------------------------------------------------------


def test_puts_return_what_stood_there(dynamodb: Any) -> None:
    entry = recorded(ANSWERS, "test_return_values_in_put_item")
    key = {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}
    kinds = [{"AttributeName": "id", "AttributeType": "S"}]
    with table(dynamodb, key, AttributeDefinitions=kinds) as name:
        first = {"TableName": name, "Item": texts(id="id1", data="foobar")}
        equal(dynamodb.put_item(**first, ReturnValues="ALL_OLD"), entry["PutFirstItem"])
        equal(dynamodb.put_item(**first, ReturnValues="ALL_OLD"), entry["PutFirstItemOLD"])
        changed = {"TableName": name, "Item": texts(id="id1", data="foobar2")}
        equal(dynamodb.put_item(**changed, ReturnValues="ALL_OLD"), entry["PutFirstItemB"])
        second = {"TableName": name, "Item": texts(id="id2", data="foobar")}
        equal(dynamodb.put_item(**second), entry["PutSecondItem"])
        equal(dynamodb.put_item(**second, ReturnValues="NONE"), entry["PutSecondItemReturnNone"])


def test_empty_values_are_values(dynamodb: Any) -> None:
    entry = recorded(ANSWERS, "test_empty_and_binary_values")
    with table(dynamodb) as name:
        equal(dynamodb.put_item(TableName=name, Item=texts(a="1", data="")), entry["PutFirstItem"])
        binary = {"a": {"S": "2"}, "data": {"B": b"\x90"}}
        equal(dynamodb.put_item(TableName=name, Item=binary), entry["PutSecondItem"])
        assert item(dynamodb, name) == texts(a="1", data="")
        assert item(dynamodb, name, a={"S": "2"}) == binary
        empty = {"a": {"S": "3"}, "b": {"B": b""}, "l": {"L": []}, "m": {"M": {}}}
        dynamodb.put_item(TableName=name, Item=empty)
        assert item(dynamodb, name, a={"S": "3"}) == empty


def test_bytes_stay_bytes(dynamodb: Any) -> None:
    entry = recorded(ANSWERS, "test_data_encoding_consistency")
    with table(
        dynamodb,
        {**SIMPLE, "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]},
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    ) as name:
        dynamodb.put_item(TableName=name, Item={"id": {"S": "id1"}, "version": {"N": "1"}, "data": {"B": b"\x90"}})
        equal(item(dynamodb, name, id={"S": "id1"}), entry["GetItem"])
        dynamodb.update_item(
            TableName=name,
            Key=texts(id="id1"),
            UpdateExpression="SET version=:v",
            ExpressionAttributeValues={":v": {"N": "2"}},
        )
        equal(item(dynamodb, name, id={"S": "id1"}), entry["GetItemAfterUpdate"])


def test_a_failed_condition_may_return_the_item(dynamodb: Any) -> None:
    entry = recorded(ANSWERS, "test_return_values_on_conditions_check_failure")["items"]
    kinds = [{"AttributeName": "id", "AttributeType": "S"}]
    with table(
        dynamodb, {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}, AttributeDefinitions=kinds
    ) as name:
        dynamodb.put_item(TableName=name, Item={**texts(id="456", product="sporting goods"), "price": {"N": "650"}})
        request = {
            "TableName": name,
            "Key": texts(id="456"),
            "ConditionExpression": "price > :hi",
            "ExpressionAttributeValues": {":hi": {"N": "700"}},
        }
        answer = answered(dynamodb.delete_item, **request, ReturnValuesOnConditionCheckFailure="ALL_OLD")
        equal(answer, entry)
        assert answer["Item"] == entry["Item"]
        assert "Item" not in answered(dynamodb.delete_item, **request)
        missing = {**request, "Key": texts(id="none"), "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
        assert "Item" not in answered(dynamodb.delete_item, **missing)


@pytest.mark.parametrize(
    ("wanted", "attributes"),
    [
        ("NONE", None),
        ("ALL_OLD", {"a": {"S": "1"}, "n": {"N": "1"}, "m": {"M": {"x": {"N": "1"}, "y": {"N": "2"}}}}),
        ("UPDATED_OLD", {"n": {"N": "1"}, "m": {"M": {"x": {"N": "1"}}}}),
        (
            "ALL_NEW",
            {"a": {"S": "1"}, "n": {"N": "3"}, "m": {"M": {"x": {"N": "5"}, "y": {"N": "2"}}}, "s": {"SS": ["t"]}},
        ),
        ("UPDATED_NEW", {"n": {"N": "3"}, "m": {"M": {"x": {"N": "5"}}}, "s": {"SS": ["t"]}}),
    ],
)
def test_the_five_ways_to_return(dynamodb: Any, wanted: str, attributes: Any) -> None:
    with table(dynamodb) as name:
        old = {"a": {"S": "1"}, "n": {"N": "1"}, "m": {"M": {"x": {"N": "1"}, "y": {"N": "2"}}}}
        dynamodb.put_item(TableName=name, Item=old)
        answer = dynamodb.update_item(
            TableName=name,
            Key=texts(a="1"),
            UpdateExpression="SET n = n + :two, m.x = :five ADD s :s",
            ExpressionAttributeValues={":two": {"N": "2"}, ":five": {"N": "5"}, ":s": {"SS": ["t"]}},
            ReturnValues=wanted,
        )
        assert answer.get("Attributes") == attributes


def test_what_is_not_there_is_not_returned(dynamodb: Any) -> None:
    # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html, and Alternator's tests, which
    # are verified against DynamoDB: an update that only removes does not make an item.
    with table(dynamodb) as name:
        request = {"TableName": name, "Key": texts(a="1")}
        for wanted in ("ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW"):
            answer = dynamodb.update_item(**request, UpdateExpression="REMOVE b", ReturnValues=wanted)
            assert "Attributes" not in answer
        assert item(dynamodb, name) is None
        assert "Attributes" not in dynamodb.delete_item(**request, ReturnValues="ALL_OLD")
        answer = dynamodb.update_item(**request, AttributeUpdates={}, ReturnValues="ALL_NEW")
        assert answer["Attributes"] == texts(a="1")
        assert "Attributes" not in dynamodb.update_item(**request, AttributeUpdates={}, ReturnValues="UPDATED_OLD")
        assert dynamodb.delete_item(**request, ReturnValues="ALL_OLD")["Attributes"] == texts(a="1")


def test_puts_and_deletes_return_no_new_values(dynamodb: Any) -> None:
    expected = ("ValidationException", f"{REPORTED}ReturnValues can only be ALL_OLD or NONE", 400)
    with table(dynamodb) as name:
        for wanted in ("ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"):
            assert refused(dynamodb.put_item, TableName=name, Item=texts(a="1"), ReturnValues=wanted) == expected
            assert refused(dynamodb.delete_item, TableName=name, Key=texts(a="1"), ReturnValues=wanted) == expected


# Conditions and projections -----------------------------------------------------------------------------------


def test_conditions_guard_every_write(dynamodb: Any) -> None:
    failed = ("ConditionalCheckFailedException", "The conditional request failed", 400)
    with table(dynamodb) as name:
        put = {"TableName": name, "Item": texts(a="1", b="x"), "ConditionExpression": "attribute_not_exists(a)"}
        dynamodb.put_item(**put)
        assert refused(dynamodb.put_item, **put) == failed
        guarded = {
            "TableName": name,
            "Key": texts(a="1"),
            "ConditionExpression": "b = :b AND NOT contains(b, :c)",
            "ExpressionAttributeValues": {":b": {"S": "y"}, ":c": {"S": "z"}},
        }
        assert refused(dynamodb.delete_item, **guarded) == failed
        assert refused(dynamodb.update_item, **guarded) == failed
        guarded["ExpressionAttributeValues"] = {":b": {"S": "x"}, ":c": {"S": "z"}}
        dynamodb.update_item(**guarded, UpdateExpression="SET c = :c")
        assert item(dynamodb, name) == texts(a="1", b="x", c="z")
        dynamodb.delete_item(**guarded)
        assert item(dynamodb, name) is None


@pytest.mark.parametrize(
    ("expected", "operator", "passes"),
    [
        ({"b": {"Value": {"S": "x"}}}, None, True),
        ({"b": {"Value": {"S": "y"}}}, None, False),
        ({"c": {"Exists": False}}, None, True),
        ({"b": {"Exists": False}}, None, False),
        ({"n": {"ComparisonOperator": "BETWEEN", "AttributeValueList": [{"N": "1"}, {"N": "5"}]}}, None, True),
        ({"n": {"ComparisonOperator": "IN", "AttributeValueList": [{"N": "1"}, {"N": "2.0"}]}}, None, True),
        ({"s": {"ComparisonOperator": "CONTAINS", "AttributeValueList": [{"S": "t"}]}}, None, True),
        ({"s": {"ComparisonOperator": "NOT_CONTAINS", "AttributeValueList": [{"S": "t"}]}}, None, False),
        ({"s": {"ComparisonOperator": "NOT_CONTAINS", "AttributeValueList": [{"N": "1"}]}}, None, True),
        # What is not there neither contains anything nor does not contain it; but it is unequal to all.
        ({"c": {"ComparisonOperator": "NOT_CONTAINS", "AttributeValueList": [{"S": "t"}]}}, None, False),
        ({"c": {"ComparisonOperator": "NE", "AttributeValueList": [{"S": "t"}]}}, None, True),
        ({"c": {"ComparisonOperator": "NULL"}, "b": {"ComparisonOperator": "NOT_NULL"}}, "AND", True),
        (
            {"b": {"Value": {"S": "y"}}, "n": {"ComparisonOperator": "GT", "AttributeValueList": [{"N": "1"}]}},
            "OR",
            True,
        ),
        (
            {"b": {"Value": {"S": "y"}}, "n": {"ComparisonOperator": "LT", "AttributeValueList": [{"N": "1"}]}},
            "OR",
            False,
        ),
    ],
)
def test_expectations_from_before_expressions(dynamodb: Any, expected: Any, operator: Any, passes: bool) -> None:
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.Expected.html
    with table(dynamodb) as name:
        old = {"a": {"S": "1"}, "b": {"S": "x"}, "n": {"N": "2"}, "s": {"SS": ["t", "u"]}}
        dynamodb.put_item(TableName=name, Item=old)
        request: dict[str, Any] = {"TableName": name, "Key": texts(a="1"), "Expected": expected}
        if operator:
            request["ConditionalOperator"] = operator
        code = answered(dynamodb.delete_item, **request).get("Error", {}).get("Code", "")
        assert code == ("" if passes else "ConditionalCheckFailedException")


@pytest.mark.parametrize(
    ("updates", "changes"),
    [
        ({"n": {"Action": "ADD", "Value": {"N": "3"}}}, {"n": {"N": "5"}}),
        ({"new": {"Action": "ADD", "Value": {"N": "3"}}}, {"new": {"N": "3"}}),
        ({"s": {"Action": "DELETE", "Value": {"SS": ["t"]}}}, {"s": {"SS": ["u"]}}),
        ({"s": {"Action": "DELETE", "Value": {"SS": ["t", "u"]}}}, {"s": None}),
        ({"n": {"Action": "DELETE"}, "b": {"Action": "PUT", "Value": {"S": "z"}}}, {"n": None, "b": {"S": "z"}}),
        ({"b": {"Value": {"BOOL": True}}}, {"b": {"BOOL": True}}),
    ],
)
def test_updates_from_before_expressions(dynamodb: Any, updates: Any, changes: Any) -> None:
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.AttributeUpdates.html
    with table(dynamodb) as name:
        old = {"a": {"S": "1"}, "b": {"S": "x"}, "n": {"N": "2"}, "s": {"SS": ["t", "u"]}}
        dynamodb.put_item(TableName=name, Item=old)
        dynamodb.update_item(TableName=name, Key=texts(a="1"), AttributeUpdates=updates)
        new = {key: value for key, value in {**old, **changes}.items() if value is not None}
        assert item(dynamodb, name) == new


def test_reads_may_be_partial(dynamodb: Any) -> None:
    with table(dynamodb) as name:
        stored = {"a": {"S": "1"}, "l": {"L": [{"S": "x"}, {"M": {"k": {"N": "1"}, "o": {"N": "2"}}}]}, "n": {"N": "3"}}
        dynamodb.put_item(TableName=name, Item=stored)
        get = {"TableName": name, "Key": texts(a="1")}
        answer = dynamodb.get_item(**get, ProjectionExpression="#n, l[1].k, l[5]", ExpressionAttributeNames={"#n": "n"})
        assert answer["Item"] == {"n": {"N": "3"}, "l": {"L": [{"M": {"k": {"N": "1"}}}]}}
        assert dynamodb.get_item(**get, AttributesToGet=["a", "none"])["Item"] == texts(a="1")
        assert dynamodb.get_item(**get, ProjectionExpression="nothing")["Item"] == {}
        assert "Item" not in dynamodb.get_item(TableName=name, Key=texts(a="2"), ProjectionExpression="a")


# Capacity -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "written", "eventual", "consistent"),
    [(1, 1.0, 0.5, 1.0), (1024, 1.0, 0.5, 1.0), (1025, 2.0, 0.5, 1.0), (4097, 5.0, 1.0, 2.0)],
)
def test_capacity_follows_size(dynamodb: Any, size: int, written: float, eventual: float, consistent: float) -> None:
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
    with table(dynamodb) as name:
        filled = texts(a="1", t="x" * max(0, size - 3))
        wanted = {"TableName": name, "ReturnConsumedCapacity": "TOTAL"}
        for answer, units in (
            (dynamodb.put_item(Item=filled, **wanted), written),
            (dynamodb.get_item(Key=texts(a="1"), **wanted), eventual),
            (dynamodb.get_item(Key=texts(a="1"), ConsistentRead=True, **wanted), consistent),
            (dynamodb.put_item(Item=texts(a="1"), **wanted), written),
        ):
            assert answer["ConsumedCapacity"] == {"TableName": name, "CapacityUnits": units}
        answer = dynamodb.get_item(Key=texts(a="none"), **{**wanted, "ReturnConsumedCapacity": "INDEXES"})
        assert answer["ConsumedCapacity"] == {
            "TableName": name,
            "CapacityUnits": 0.5,
            "Table": {"CapacityUnits": 0.5},
        }


def test_indexes_consume_what_changes_in_them(dynamodb: Any) -> None:
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html, write capacity units.
    def units(answer: Any) -> Any:
        consumed = answer["ConsumedCapacity"]
        named = ("Table", "LocalSecondaryIndexes", "GlobalSecondaryIndexes")
        shown = {part: consumed[part] for part in named if part in consumed}
        assert consumed["CapacityUnits"] == shown["Table"]["CapacityUnits"] + sum(
            index["CapacityUnits"] for part in named[1:] for index in shown.get(part, {}).values()
        )
        return {index: each["CapacityUnits"] for part in named[1:] for index, each in shown.get(part, {}).items()}

    with table(dynamodb, INDEXED) as name:
        wanted = {"TableName": name, "ReturnConsumedCapacity": "INDEXES"}
        plain = {**texts(a="1", b="1", c="c"), "d": {"N": "1"}}
        assert units(dynamodb.put_item(Item=texts(a="1", b="2"), **wanted)) == {}
        assert units(dynamodb.put_item(Item=plain, **wanted)) == {"local": 1.0, "all": 1.0, "some": 1.0}
        assert units(dynamodb.put_item(Item={**plain, "f": {"S": "f"}}, **wanted)) == {"all": 1.0}
        moved = {**plain, "f": {"S": "f"}, "d": {"N": "2"}}
        assert units(dynamodb.put_item(Item=moved, **wanted)) == {"local": 2.0, "all": 2.0}
        gone = dynamodb.delete_item(Key=texts(a="1", b="1"), **wanted)
        assert units(gone) == {"local": 1.0, "all": 1.0, "some": 1.0}


def test_collections_are_measured_where_there_is_a_local_index(dynamodb: Any) -> None:
    wanted = {"ReturnItemCollectionMetrics": "SIZE"}
    with table(dynamodb, INDEXED) as name:
        answer = dynamodb.put_item(TableName=name, Item=texts(a="1", b="1"), **wanted)
        assert answer["ItemCollectionMetrics"] == {
            "ItemCollectionKey": texts(a="1"),
            "SizeEstimateRangeGB": [0.0, 1.0],
        }
    with table(dynamodb) as name:
        assert "ItemCollectionMetrics" not in dynamodb.put_item(TableName=name, Item=texts(a="1"), **wanted)


# Limits and types ---------------------------------------------------------------------------------------------


def test_items_at_their_size_limit(dynamodb: Any) -> None:
    with table(dynamodb) as name:
        largest = texts(a="1", t="x" * (400 * 1024 - 3))
        dynamodb.put_item(TableName=name, Item=largest)
        larger = texts(a="1", t="x" * (400 * 1024 - 2))
        assert refused(dynamodb.put_item, TableName=name, Item=larger)[1] == (
            "Item size has exceeded the maximum allowed size"
        )
        update = {"UpdateExpression": "SET u = :u", "ExpressionAttributeValues": {":u": {"S": ""}}}
        assert refused(dynamodb.update_item, TableName=name, Key=texts(a="1"), **update)[1] == (
            "Item size to update has exceeded the maximum allowed size"
        )


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"a": None}, f"{INVALID}Missing the key a in the item"),
        ({"a": {"N": "1"}}, f"{INVALID}Type mismatch for key a expected: S actual: N"),
        (
            {"b": {"S": ""}},
            f"{NOT_VALID}The AttributeValue for a key attribute cannot contain an empty string value. Key: b",
        ),
        ({"a": {"S": "x" * 2049}}, f"{INVALID}Size of hashkey has exceeded the maximum size limit of2048 bytes"),
        (
            {"b": {"S": "x" * 1025}},
            f"{INVALID}Aggregated size of all range keys has exceeded the size limit of 1024 bytes",
        ),
        ({"c": {"N": "1"}}, f"{INVALID}Type mismatch for Index Key c Expected: S Actual: N IndexName: all"),
        ({"d": {"S": "1"}}, f"{INVALID}Type mismatch for Index Key d Expected: N Actual: S IndexName: all"),
    ],
)
def test_refused_keys_of_items(dynamodb: Any, changes: dict[str, Any], text: str) -> None:
    with table(dynamodb, INDEXED) as name:
        wrong = {key: value for key, value in {**texts(a="1", b="1"), **changes}.items() if value is not None}
        assert refused(dynamodb.put_item, TableName=name, Item=wrong) == ("ValidationException", text, 400)
        longest = texts(a="x" * 2048, b="y" * 1024)
        dynamodb.put_item(TableName=name, Item=longest)
        assert item(dynamodb, name, **longest) == longest


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (texts(a="1"), MISMATCH),
        ({**texts(a="1", c="1"), "b": {"N": "1"}}, MISMATCH),
        ({"a": {"N": "1"}, "b": {"N": "1"}}, MISMATCH),
        (
            {"a": {"S": ""}, "b": {"N": "1"}},
            f"{NOT_VALID}The AttributeValue for a key attribute cannot contain an empty string value. Key: a",
        ),
    ],
)
def test_refused_keys(dynamodb: Any, key: Any, text: str) -> None:
    with table(dynamodb, SORTED) as name:
        for ask in (dynamodb.get_item, dynamodb.delete_item, dynamodb.update_item):
            assert refused(ask, TableName=name, Key=key) == ("ValidationException", text, 400)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"N": "1" * 39}, f"{REPORTED}Attempting to store more than 38 significant digits in a Number"),
        (
            {"N": "1e126"},
            f"{REPORTED}Number overflow. Attempting to store a number with magnitude larger than supported range",
        ),
        (
            {"N": "1e-131"},
            f"{REPORTED}Number underflow. Attempting to store a number with magnitude smaller than supported range",
        ),
        ({"N": "b"}, f"{REPORTED}The parameter cannot be converted to a numeric value: b"),
        ({"N": ""}, f"{REPORTED}The parameter cannot be converted to a numeric value"),
        ({"SS": []}, f"{REPORTED}{INVALID}An string set  may not be empty"),
        ({"SS": ["a", "a"]}, f"{REPORTED}{INVALID}Input collection [a, a] contains duplicates."),
        ({"NS": ["1", "1.0"]}, f"{REPORTED}Input collection contains duplicates"),
        ({"NULL": False}, f"{REPORTED}{INVALID}Null attribute value types must have the value of true"),
        ({}, "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
        (
            {"S": "a", "N": "1"},
            "Supplied AttributeValue has more than one datatypes set, "
            "must contain exactly one of the supported datatypes",
        ),
    ],
)
def test_refused_values(cloud: RunningCloud, dynamodb: Any, value: Any, text: str) -> None:
    lenient = cloud.client("dynamodb", parameter_validation=False)
    with table(dynamodb) as name:
        wrong = {"a": {"S": "1"}, "v": value}
        assert refused(lenient.put_item, TableName=name, Item=wrong) == ("ValidationException", text, 400)


def test_numbers_are_returned_in_their_canonical_form(dynamodb: Any) -> None:
    # Developer guide, "Supported data types": leading and trailing zeros are trimmed, 38 digits are kept.
    with table(dynamodb) as name:
        for given, kept in (
            ("007.50", "7.5"),
            ("-0", "0"),
            ("1e3", "1000"),
            ("1" * 38, "1" * 38),
            ("9.99e125", f"999{'0' * 123}"),
            ("1e-130", f"0.{'0' * 129}1"),
        ):
            dynamodb.put_item(TableName=name, Item={"a": {"S": "1"}, "n": {"N": given}})
            assert item(dynamodb, name)["n"] == {"N": kept}


def test_documents_at_their_depth_limit(dynamodb: Any) -> None:
    def nested(levels: int) -> Any:
        value: Any = {"S": "leaf"}
        for _ in range(levels):
            value = {"L": [value]}
        return value

    with table(dynamodb) as name:
        dynamodb.put_item(TableName=name, Item={"a": {"S": "1"}, "d": nested(32)})
        text = (
            f"{REPORTED}Nesting Levels have exceeded supported limits: "
            "Attributes in the item have nested levels beyond supported limit"
        )
        deeper = {"a": {"S": "1"}, "d": nested(33)}
        assert refused(dynamodb.put_item, TableName=name, Item=deeper)[1] == text


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (
            {"UpdateExpression": "SET a = :a"},
            f"{INVALID}Cannot update attribute a. This attribute is part of the key",
        ),
        (
            {"UpdateExpression": "SET d = :a"},
            f"{INVALID}Type mismatch for Index Key d Expected: N Actual: S IndexName: all",
        ),
        (
            {"UpdateExpression": "SET c = n"},
            "The update expression attempted to update the secondary index key to unsupported type",
        ),
        (
            {"UpdateExpression": "SET x = y"},
            "The provided expression refers to an attribute that does not exist in the item",
        ),
        ({"UpdateExpression": "SET x = n + t"}, "An operand in the update expression has an incorrect data type"),
        ({"UpdateExpression": "ADD t :n"}, "An operand in the update expression has an incorrect data type"),
        (
            {"UpdateExpression": "SET x.y = :a"},
            "The document path provided in the update expression is invalid for update",
        ),
        ({"AttributeUpdates": {"t": {"Action": "ADD", "Value": {"N": "1"}}}}, "Type mismatch for attribute to update"),
        (
            {"AttributeUpdates": {"t": {"Action": "ADD", "Value": {"S": "1"}}}},
            f"{REPORTED}{INVALID}ADD action is not supported for the type S",
        ),
        (
            {"AttributeUpdates": {"t": {"Action": "PUT"}}},
            f"{REPORTED}{INVALID}Only DELETE action is allowed when no attribute value is specified",
        ),
        (
            {"AttributeUpdates": {"t": {"Action": "DELETE"}}, "ConditionExpression": "t = t"},
            f"{REPORTED}Can not use both expression and non-expression parameters in the same request: "
            "Non-expression parameters: {AttributeUpdates} Expression parameters: {ConditionExpression}",
        ),
    ],
)
def test_refused_updates(dynamodb: Any, request_: dict[str, Any], text: str) -> None:
    with table(dynamodb, INDEXED) as name:
        key = texts(a="1", b="1")
        dynamodb.put_item(TableName=name, Item={**key, "n": {"N": "1"}, "t": {"S": "t"}})
        values = {
            placeholder: value
            for placeholder, value in ((":a", {"S": "x"}), (":n", {"N": "1"}))
            if placeholder in request_.get("UpdateExpression", "")
        }
        if values:
            request_ = {**request_, "ExpressionAttributeValues": values}
        answer = refused(dynamodb.update_item, TableName=name, Key=key, **request_)
        assert answer == ("ValidationException", text, 400)
        assert item(dynamodb, name, **key) == {**key, "n": {"N": "1"}, "t": {"S": "t"}}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"SS": []}, f"{INVALID}An string set  may not be empty"),
        ({"NULL": False}, f"{INVALID}Null attribute value types must have the value of true"),
    ],
)
def test_updates_do_not_name_the_placeholder_of_a_wrong_value(dynamodb: Any, value: Any, text: str) -> None:
    # Conditions of transactions and searches do; updates have not since the summer of 2026.
    with table(dynamodb) as name:
        wrong = {"UpdateExpression": "SET v = :v", "ExpressionAttributeValues": {":v": value}}
        answer = refused(dynamodb.update_item, TableName=name, Key=texts(a="1"), **wrong)
        assert answer == ("ValidationException", f"{REPORTED}{text}", 400)
        named = f"ExpressionAttributeValues contains invalid value: {text} for key :v"
        filtered = {"FilterExpression": "v = :v", "ExpressionAttributeValues": {":v": value}}
        assert refused(dynamodb.scan, TableName=name, **filtered)[1] == named


def test_a_table_that_is_not_there(dynamodb: Any) -> None:
    expected = ("ResourceNotFoundException", "Requested resource not found", 400)
    key = {"TableName": "nowhere", "Key": texts(a="1")}
    for ask in (dynamodb.get_item, dynamodb.delete_item, dynamodb.update_item):
        assert refused(ask, **key) == expected
    assert refused(dynamodb.put_item, TableName="nowhere", Item=texts(a="1")) == expected
