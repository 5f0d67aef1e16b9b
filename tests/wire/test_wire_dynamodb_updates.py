"""DynamoDB over the wire: updates of what is not there, and what updates answer of places in documents.

Expectations come from the developer guide's chapters on update expressions and data types; the texts of refusals are
AWS's of 2026.
"""

from typing import Any

import pytest
from tests.conftest import RunningCloud
from tests.wire.answers import refused
from tests.wire.dynamodb_tables import table, texts

REPORTED = "1 validation error detected: "
WRONG_PATH = "The document path provided in the update expression is invalid for update"


@pytest.fixture(scope="module")
def dynamodb(cloud: RunningCloud) -> Any:
    return cloud.client("dynamodb")


@pytest.mark.parametrize(
    ("text", "value"),
    [("REMOVE x.y", None), ("REMOVE x[0], y", None), ("DELETE x.y :v", {"SS": ["a"]})],
)
def test_nothing_is_taken_from_an_item_that_is_not_there(dynamodb: Any, text: str, value: Any) -> None:
    values = {"ExpressionAttributeValues": {":v": value}} if value else {}
    with table(dynamodb) as name:
        asked = {"TableName": name, "Key": texts(a="1"), "UpdateExpression": text, **values}
        assert "Attributes" not in dynamodb.update_item(**asked, ReturnValues="ALL_NEW")
        assert "Item" not in dynamodb.get_item(TableName=name, Key=texts(a="1"))
        # The same paths are wrong as soon as there is an item without them.
        dynamodb.put_item(TableName=name, Item=texts(a="1"))
        assert refused(dynamodb.update_item, **asked)[1] == WRONG_PATH


def test_an_item_is_made_by_what_adds_to_it(dynamodb: Any) -> None:
    with table(dynamodb) as name:
        asked = {"TableName": name, "Key": texts(a="1"), "ExpressionAttributeValues": {":v": {"N": "1"}}}
        assert refused(dynamodb.update_item, **asked, UpdateExpression="SET x.y = :v")[1] == WRONG_PATH
        dynamodb.update_item(**asked, UpdateExpression="ADD n :v REMOVE x")
        assert dynamodb.get_item(TableName=name, Key=texts(a="1"))["Item"] == {"a": {"S": "1"}, "n": {"N": "1"}}


@pytest.mark.parametrize(
    ("text", "returned", "answer"),
    [
        ("SET l[1] = :v", "UPDATED_OLD", {"L": [{"N": "2"}]}),
        ("SET l[1] = :v", "UPDATED_NEW", {"L": [{"N": "9"}]}),
        ("REMOVE l[1], l[7]", "UPDATED_OLD", {"L": [{"N": "2"}]}),
        # The place is looked up again when the list has changed: what follows has come to where an element was,
        ("REMOVE l[1]", "UPDATED_NEW", {"L": [{"N": "3"}]}),
        # and what was put beyond the end of the list is not where it was asked to be.
        ("SET l[9] = :v", "UPDATED_NEW", None),
    ],
)
def test_updates_answer_what_is_at_their_paths(dynamodb: Any, text: str, returned: str, answer: Any) -> None:
    values = {"ExpressionAttributeValues": {":v": {"N": "9"}}} if ":v" in text else {}
    with table(dynamodb) as name:
        members = [{"N": "1"}, {"N": "2"}, {"N": "3"}]
        dynamodb.put_item(TableName=name, Item={"a": {"S": "1"}, "l": {"L": members}})
        got = dynamodb.update_item(
            TableName=name, Key=texts(a="1"), UpdateExpression=text, ReturnValues=returned, **values
        )
        assert got.get("Attributes") == (None if answer is None else {"l": answer})


def test_sums_that_need_too_many_digits(dynamodb: Any) -> None:
    overflow = "Number overflow. Attempting to store a number with magnitude larger than supported range"
    with table(dynamodb) as name:
        asked = {"TableName": name, "Key": texts(a="1")}
        values = {":huge": {"N": "1e50"}, ":one": {"N": "1"}}
        message = refused(
            dynamodb.update_item, **asked, UpdateExpression="SET n = :huge - :one", ExpressionAttributeValues=values
        )[1]
        assert message == overflow
        dynamodb.put_item(TableName=name, Item={**texts(a="1"), "n": {"N": "1e50"}})
        added = {"AttributeUpdates": {"n": {"Action": "ADD", "Value": {"N": "1"}}}}
        assert refused(dynamodb.update_item, **asked, **added)[1] == overflow


def test_operands_of_wrong_types_are_told_before_the_table(dynamodb: Any) -> None:
    asked = {"TableName": "no-table", "Key": texts(a="1"), "ExpressionAttributeValues": {":v": {"L": []}}}
    for section in ("ADD", "DELETE"):
        message = refused(dynamodb.update_item, **asked, UpdateExpression=f"{section} n :v")[1]
        assert message == (
            f"{REPORTED}Invalid UpdateExpression: Incorrect operand type for operator or function; "
            f"operator: {section}, operand type: LIST, typeSet: ALLOWED_FOR_ADD_OPERAND"
        )
