"""DynamoDB over the wire: BatchGetItem, BatchWriteItem, TransactWriteItems, TransactGetItems.

Expectations come from recordings of AWS where a test names an entry, else from the API reference; what transactions
refuse as a whole and what cancels them follows Alternator's tests, which are verified against DynamoDB.
"""

from typing import Any

import pytest
from tests.conftest import RunningCloud, recorded
from tests.wire.answers import answered, equal, refused
from tests.wire.dynamodb_tables import INDEXED, SORTED, keys, kinds, table, texts

ANSWERS = "dynamodb/test_dynamodb.json"
EMPTY = "The AttributeValue for a key attribute cannot contain an empty string value."
INVALID = "One or more parameter values were invalid: "
BY_ID: dict[str, Any] = {"KeySchema": keys("id"), "AttributeDefinitions": kinds(id="S")}


@pytest.fixture(scope="module")
def dynamodb(cloud: RunningCloud) -> Any:
    return cloud.client("dynamodb")


def put(**attributes: Any) -> dict[str, Any]:
    return {"PutRequest": {"Item": attributes}}


def delete(**key: Any) -> dict[str, Any]:
    return {"DeleteRequest": {"Key": key}}


# Batches ------------------------------------------------------------------------------------------------------


def test_many_items_are_written_and_read(dynamodb: Any) -> None:
    with table(dynamodb) as name:
        equal(
            dynamodb.batch_write_item(RequestItems={name: [put(**texts(a="Fred")), put(**texts(a="Ann"))]}),
            recorded(ANSWERS, "test_batch_write_items")["BatchWriteResponse"],
        )
        dynamodb.batch_write_item(RequestItems={name: [delete(**texts(a="Fred")), put(**texts(a="Bob", b="new"))]})
        wanted = [texts(a="Ann"), texts(a="Bob"), texts(a="Fred")]
        answer = dynamodb.batch_get_item(RequestItems={name: {"Keys": wanted}})
        found = sorted(answer["Responses"][name], key=lambda item: str(item["a"]["S"]))
        assert (found, answer["UnprocessedKeys"]) == ([texts(a="Ann"), texts(a="Bob", b="new")], {})
        partial = {"Keys": wanted, "ProjectionExpression": "b", "ConsistentRead": True}
        answer = dynamodb.batch_get_item(RequestItems={name: partial}, ReturnConsumedCapacity="TOTAL")
        assert texts(b="new") in answer["Responses"][name]
        assert answer["ConsumedCapacity"] == [{"TableName": name, "CapacityUnits": 3.0}]


def test_bytes_in_a_batch(dynamodb: Any) -> None:
    entry = recorded(ANSWERS, "test_batch_write_binary")["Response"]
    with table(dynamodb) as name:
        item = {"a": {"S": "1"}, "binary": {"B": b"\xf6"}, "set": {"BS": [b"a", b"b"]}}
        equal(dynamodb.batch_write_item(RequestItems={name: [put(**item)]}), entry)
        assert dynamodb.get_item(TableName=name, Key=texts(a="1"))["Item"] == item


def test_nothing_found_in_a_batch(dynamodb: Any) -> None:
    entry = recorded(ANSWERS, "test_dynamodb_get_batch_items")["Response"]
    with table(dynamodb) as name:
        answer = dynamodb.batch_get_item(RequestItems={name: {"Keys": [texts(a="x")]}})
        answer["Responses"] = {"<test-table>": answer["Responses"].pop(name)}
        equal(answer, entry)


def test_items_that_do_not_fit_their_table(dynamodb: Any) -> None:
    text = recorded(ANSWERS, "test_batch_write_not_matching_schema")["ValidationException"]
    definition = {
        "KeySchema": keys("partitionKey", "sortKey"),
        "AttributeDefinitions": kinds(partitionKey="S", sortKey="N"),
    }
    with table(dynamodb, definition) as name:
        answer = refused(dynamodb.batch_write_item, RequestItems={name: [put(nonKey={"S": "hello"})]})
        assert text.endswith(answer[1])


def test_a_batch_for_a_table_that_is_not_there(dynamodb: Any) -> None:
    entry = recorded(ANSWERS, "test_batch_write_not_existing_table")["exc-not-found-transact-write-items"]
    equal(
        answered(
            dynamodb.transact_write_items, TransactItems=[{"Put": {"TableName": "nowhere", "Item": texts(a="1")}}]
        ),
        entry,
    )
    equal(answered(dynamodb.batch_write_item, RequestItems={"nowhere": [put(**texts(a="1"))]}), entry)
    equal(answered(dynamodb.batch_get_item, RequestItems={"nowhere": {"Keys": [texts(a="1")]}}), entry)


def test_the_limits_of_batches(dynamodb: Any) -> None:
    with table(dynamodb) as name, table(dynamodb) as other:
        twenty = [put(**texts(a=str(place))) for place in range(20)]
        answer = refused(dynamodb.batch_write_item, RequestItems={name: twenty, other: twenty})
        assert answer[1] == "Too many items requested for the BatchWriteItem call"
        assert "less than or equal to 25" in refused(dynamodb.batch_write_item, RequestItems={name: twenty * 2})[1]
        sixty = {"Keys": [texts(a=str(place)) for place in range(60)]}
        answer = refused(dynamodb.batch_get_item, RequestItems={name: sixty, other: sixty})
        assert answer[1] == "Too many items requested for the BatchGetItem call"
        twice = "Provided list of item keys contains duplicates"
        assert refused(dynamodb.batch_get_item, RequestItems={name: {"Keys": [texts(a="1")] * 2}})[1] == twice
        both = [put(**texts(a="1")), delete(**texts(a="1"))]
        assert refused(dynamodb.batch_write_item, RequestItems={name: both})[1] == twice
        large = [put(**texts(a="1", t="x" * 400 * 1024))]
        assert refused(dynamodb.batch_write_item, RequestItems={name: large})[1] == (
            "Item size has exceeded the maximum allowed size"
        )


def test_what_goes_beyond_sixteen_megabytes_is_left(dynamodb: Any) -> None:
    # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
    with table(dynamodb) as name:
        wanted = [texts(a=f"{place:02}") for place in range(60)]
        for key in wanted:
            dynamodb.put_item(TableName=name, Item={**key, "t": {"S": "x" * 300_000}})
        seen: set[str] = set()
        request: Any = {name: {"Keys": wanted, "ConsistentRead": True}}
        calls = 0
        while request:
            answer = dynamodb.batch_get_item(RequestItems=request)
            seen |= {item["a"]["S"] for item in answer["Responses"][name]}
            request = answer["UnprocessedKeys"]
            assert all(each["ConsistentRead"] for each in request.values())
            calls += 1
        assert (len(seen), calls) == (60, 2)


def test_indexes_and_collections_in_a_batch(dynamodb: Any) -> None:
    with table(dynamodb, INDEXED) as name:
        answer = dynamodb.batch_write_item(
            RequestItems={name: [put(**texts(a="1", b=str(place), c="c")) for place in range(2)]},
            ReturnConsumedCapacity="INDEXES",
            ReturnItemCollectionMetrics="SIZE",
        )
        assert answer["ConsumedCapacity"] == [
            {
                "TableName": name,
                "CapacityUnits": 4.0,
                "Table": {"CapacityUnits": 2.0},
                "GlobalSecondaryIndexes": {"some": {"CapacityUnits": 2.0}},
            }
        ]
        metrics = {"ItemCollectionKey": texts(a="1"), "SizeEstimateRangeGB": [0.0, 1.0]}
        assert answer["ItemCollectionMetrics"] == {name: [metrics]}
        assert dynamodb.scan(TableName=name, IndexName="some")["Count"] == 2


# Transactions -------------------------------------------------------------------------------------------------


def test_a_transaction_writes_all_its_items(dynamodb: Any) -> None:
    entry = recorded(ANSWERS, "test_transaction_write_items")
    with table(dynamodb, BY_ID) as name, table(dynamodb, SORTED) as other:
        dynamodb.put_item(TableName=name, Item=texts(id="old"))
        sort = {"a": {"S": "x"}, "b": {"N": "1"}}
        actions = [
            {
                "ConditionCheck": {
                    "TableName": name,
                    "ConditionExpression": "attribute_not_exists(id)",
                    "Key": texts(id="test1"),
                }
            },
            {"Put": {"TableName": name, "Item": texts(id="test2")}},
            {
                "Update": {
                    "TableName": other,
                    "Key": sort,
                    "UpdateExpression": "SET attr1 = :v1",
                    "ExpressionAttributeValues": {":v1": {"S": "value1"}},
                }
            },
            {"Delete": {"TableName": name, "Key": texts(id="old"), "ConditionExpression": "attribute_exists(id)"}},
        ]
        equal(dynamodb.transact_write_items(TransactItems=actions), entry["Response"])
        assert dynamodb.scan(TableName=name)["Items"] == [texts(id="test2")]
        assert dynamodb.get_item(TableName=other, Key=sort)["Item"] == {**sort, "attr1": {"S": "value1"}}
        arn = dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
        by_arn = [{"Put": {"TableName": arn, "Item": texts(id="test3")}}]
        equal(dynamodb.transact_write_items(TransactItems=by_arn), entry["Response_using_table_arn"])
        assert dynamodb.scan(TableName=name)["Count"] == 2


def test_a_transaction_of_bytes(dynamodb: Any) -> None:
    entry = recorded(ANSWERS, "test_transaction_write_binary_data")
    with table(dynamodb, BY_ID) as name:
        item = {"id": {"S": "someUser"}, "binaryData": {"B": b"foobar"}}
        answer = dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": name, "Item": item}}])
        equal(answer, entry["WriteResponse"])
        equal(dynamodb.get_item(TableName=name, Key=texts(id="someUser"))["Item"], entry["GetItem"])


def test_a_failed_condition_cancels_everything(dynamodb: Any) -> None:
    text = recorded(ANSWERS, "test_transaction_write_canceled")["Error"]
    with table(dynamodb, BY_ID) as name:
        dynamodb.put_item(TableName=name, Item=texts(id="foo", v="x"))
        check = {
            "TableName": name,
            "ConditionExpression": "attribute_not_exists(id)",
            "Key": texts(id="foo"),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        actions = [{"ConditionCheck": check}, {"Put": {"TableName": name, "Item": texts(id="bar")}}]
        answer = answered(dynamodb.transact_write_items, TransactItems=actions)
        code, message = answer["Error"]["Code"], answer["Error"]["Message"]
        assert f"An error occurred ({code}) when calling the TransactWriteItems operation: {message}" == text
        assert answer["CancellationReasons"] == [
            {
                "Code": "ConditionalCheckFailed",
                "Message": "The conditional request failed",
                "Item": texts(id="foo", v="x"),
            },
            {"Code": "None"},
        ]
        assert dynamodb.scan(TableName=name)["Count"] == 1


def test_all_failures_are_told(dynamodb: Any) -> None:
    with table(dynamodb, BY_ID) as name:
        dynamodb.put_item(TableName=name, Item=texts(id="1", t="t"))
        add = {"UpdateExpression": "ADD t :n", "ExpressionAttributeValues": {":n": {"N": "1"}}}
        actions = [
            {"Put": {"TableName": name, "Item": texts(id="2")}},
            {"Update": {"TableName": name, "Key": texts(id="1"), **add}},
            {"Delete": {"TableName": name, "Key": texts(id="3"), "ConditionExpression": "attribute_exists(id)"}},
        ]
        answer = answered(dynamodb.transact_write_items, TransactItems=actions)
        assert answer["Error"]["Message"].endswith("[None, ValidationError, ConditionalCheckFailed]")
        assert answer["CancellationReasons"][1]["Message"] == (
            "An operand in the update expression has an incorrect data type"
        )


def test_the_first_action_that_does_not_fit_its_table_cancels(dynamodb: Any) -> None:
    with table(dynamodb, BY_ID) as name:
        wrong = {"Put": {"TableName": name, "Item": {"id": {"N": "7"}}}}
        false = {"TableName": name, "Item": texts(id="1"), "ConditionExpression": "attribute_exists(id)"}
        answer = answered(dynamodb.transact_write_items, TransactItems=[wrong, wrong, {"Put": false}])
        assert answer["CancellationReasons"] == [
            {"Code": "ValidationError", "Message": f"{INVALID}Type mismatch for key id expected: S actual: N"},
            {"Code": "None"},
            {"Code": "None"},
        ]
        answer = answered(
            dynamodb.transact_get_items, TransactItems=[{"Get": {"TableName": name, "Key": texts(x="1")}}]
        )
        assert answer["CancellationReasons"][0]["Message"] == "The provided key element does not match the schema"


@pytest.mark.parametrize(
    ("actions", "text"),
    [
        (
            [{"Put": {"Item": texts(id="1")}}, {"Delete": {"Key": texts(id="1")}}],
            "Transaction request cannot include multiple operations on one item",
        ),
        (
            [{"Put": {"Item": texts(id="1")}, "Delete": {"Key": texts(id="1")}}],
            "TransactItems can only contain one of Check, Put, Update or Delete",
        ),
        ([{}], "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request"),
        (
            [{"Put": {"Item": texts(id="1"), "ConditionExpression": "attribute_exists(#x)"}}],
            "Invalid ConditionExpression: An expression attribute name used in the document path is not defined; "
            "attribute name: #x",
        ),
        (
            [{"Put": {"Item": texts(id="1"), "ConditionExpression": "hello!"}}],
            'Invalid ConditionExpression: Syntax error; token: "!", near: "hello!"',
        ),
        (
            [{"Put": {"Item": texts(id=str(place), t="x" * 100_000)}} for place in range(50)],
            "Transaction payload size cannot exceed 4MB. Payload Size: : "
            "Transaction payload size cannot exceed 4MB. Payload Size: 5000240",
        ),
    ],
)
def test_refused_transactions(dynamodb: Any, actions: list[Any], text: str) -> None:
    with table(dynamodb, BY_ID) as name:
        named = [{kind: {"TableName": name, **action} for kind, action in entry.items()} for entry in actions]
        assert refused(dynamodb.transact_write_items, TransactItems=named) == ("ValidationException", text, 400)
        assert dynamodb.scan(TableName=name)["Count"] == 0


@pytest.mark.parametrize(
    ("action", "detail"),
    [
        ({"Put": {"Item": texts(a="", b="1")}}, f"{EMPTY} Key: a"),
        ({"Delete": {"Key": texts(a="1", b="")}}, f"{EMPTY} Key: b"),
        (
            {"ConditionCheck": {"Key": texts(a="", b="1"), "ConditionExpression": "attribute_exists(x)"}},
            f"{EMPTY} Key: a",
        ),
        ({"Update": {"Key": texts(a="", b="1"), "UpdateExpression": "REMOVE x"}}, f"{EMPTY} Key: a"),
        (
            {"Put": {"Item": texts(a="1", b="1", c="")}},
            f"A value specified for a secondary index key is not supported. {EMPTY} IndexName: all, IndexKey: c",
        ),
        (
            {
                "Update": {
                    "Key": texts(a="1", b="1"),
                    "UpdateExpression": "SET x = :x, c = :c",
                    "ExpressionAttributeValues": {":x": {"S": ""}, ":c": {"S": ""}},
                }
            },
            "The update expression attempted to update a secondary index key to a value that is not supported. "
            f"{EMPTY}",
        ),
    ],
)
def test_empty_keys_refuse_a_transaction_as_a_whole(dynamodb: Any, action: dict[str, Any], detail: str) -> None:
    # Where a wrong type only cancels it. Seen alike in all regions (2026).
    with table(dynamodb, INDEXED) as name:
        entry = {kind: {"TableName": name, **wanted} for kind, wanted in action.items()}
        answer = refused(dynamodb.transact_write_items, TransactItems=[entry])
        assert answer == ("ValidationException", f"One or more parameter values are not valid. {detail}", 400)


def test_empty_keys_refuse_reading_as_a_whole(dynamodb: Any) -> None:
    with table(dynamodb) as name:
        answer = refused(dynamodb.transact_get_items, TransactItems=[{"Get": {"TableName": name, "Key": texts(a="")}}])
        assert answer == ("ValidationException", f"One or more parameter values are not valid. {EMPTY} Key: a", 400)


def test_a_token_makes_a_transaction_idempotent_for_ten_minutes(timed_cloud: RunningCloud) -> None:
    entry = recorded(ANSWERS, "test_dynamodb_idempotent_writing")
    dynamodb = timed_cloud.client("dynamodb")
    with table(dynamodb, BY_ID) as name:
        count = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
        request = {
            "ClientRequestToken": "dedupe_token",
            "TransactItems": [{"Update": {"TableName": name, "Key": texts(id="1"), **count}}],
        }

        def counted() -> str:
            return str(dynamodb.get_item(TableName=name, Key=texts(id="1"))["Item"]["n"]["N"])

        equal(dynamodb.transact_write_items(**request), entry["Response1"])
        equal(dynamodb.transact_write_items(**request), entry["Response2"])
        assert counted() == "1"
        again = dynamodb.transact_write_items(**request, ReturnConsumedCapacity="TOTAL")
        assert again["ConsumedCapacity"] == [{"TableName": name, "CapacityUnits": 2.0, "ReadCapacityUnits": 2.0}]
        other = {**request, "TransactItems": [{"Put": {"TableName": name, "Item": texts(id="2")}}]}
        assert refused(dynamodb.transact_write_items, **other)[0] == "IdempotentParameterMismatchException"
        timed_cloud.advance(601)
        dynamodb.transact_write_items(**request)
        assert counted() == "2"


def test_a_transaction_reads_all_its_items(dynamodb: Any) -> None:
    entry = recorded(ANSWERS, "test_transact_get_items")
    with table(dynamodb, BY_ID) as name:
        dynamodb.put_item(TableName=name, Item=texts(id="John"))
        dynamodb.put_item(TableName=name, Item=texts(id="Sarah"))
        get = {"Get": {"TableName": name, "Key": texts(id="John")}}
        equal(dynamodb.transact_get_items(TransactItems=[get]), entry["TransactGetItems"])
        arn = dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
        by_arn = {"Get": {"TableName": arn, "Key": texts(id="Sarah")}}
        equal(dynamodb.transact_get_items(TransactItems=[by_arn]), entry["TransactGetItems-with-TableArn"])
        partial = {"TableName": name, "Key": texts(id="Sarah"), "ProjectionExpression": "x"}
        missing = {"Get": {"TableName": name, "Key": texts(id="nobody")}}
        answer = dynamodb.transact_get_items(
            TransactItems=[{"Get": partial}, missing, get], ReturnConsumedCapacity="INDEXES"
        )
        assert answer["Responses"] == [{"Item": {}}, {}, {"Item": texts(id="John")}]
        units = {"CapacityUnits": 6.0, "ReadCapacityUnits": 6.0}
        assert answer["ConsumedCapacity"] == [{"TableName": name, **units, "Table": units}]


def test_transactions_consume_twice(dynamodb: Any) -> None:
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html, capacity management.
    with table(dynamodb, INDEXED) as name:
        actions = [
            {"Put": {"TableName": name, "Item": texts(a="1", b="1", c="c", t="x" * 1024)}},
            {
                "ConditionCheck": {
                    "TableName": name,
                    "Key": texts(a="2", b="1"),
                    "ConditionExpression": "attribute_not_exists(a)",
                }
            },
        ]
        answer = dynamodb.transact_write_items(
            TransactItems=actions, ReturnConsumedCapacity="INDEXES", ReturnItemCollectionMetrics="SIZE"
        )
        (consumed,) = answer["ConsumedCapacity"]
        assert consumed["Table"] == {"CapacityUnits": 6.0, "WriteCapacityUnits": 6.0}
        assert consumed["GlobalSecondaryIndexes"] == {"some": {"CapacityUnits": 2.0, "WriteCapacityUnits": 2.0}}
        assert (consumed["CapacityUnits"], consumed["WriteCapacityUnits"]) == (8.0, 8.0)
        assert list(answer["ItemCollectionMetrics"]) == [name]
