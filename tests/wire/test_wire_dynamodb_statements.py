"""DynamoDB over the wire: PartiQL.

Expectations come from recordings of AWS where a test names an entry, else from what the public suite
nubo-db/dynamodb-conformance (tests/tier2/partiql, tests/tier3/error-messages/partiql) found on AWS.
"""

from typing import Any

import pytest
from tests.conftest import RunningCloud, recorded
from tests.wire.answers import equal, refused
from tests.wire.dynamodb_tables import INDEXED, SORTED, keys, kinds, table, texts
from tests.wire.streams import arn_of, everything, streamed

ANSWERS = "dynamodb/test_dynamodb.json"
MALFORMED = "Statement wasn't well formed, can't be processed: "
FAILED = ("ConditionalCheckFailedException", "The conditional request failed", 400)
BY_NAME: dict[str, Any] = {"KeySchema": keys("Username"), "AttributeDefinitions": kinds(Username="S")}


@pytest.fixture(scope="module")
def dynamodb(cloud: RunningCloud) -> Any:
    return cloud.client("dynamodb", parameter_validation=False)


def run(dynamodb: Any, text: str, *parameters: Any, **options: Any) -> list[dict[str, Any]]:
    """The items that a statement gives."""
    given = {"Parameters": list(parameters)} if parameters else {}
    items: list[dict[str, Any]] = dynamodb.execute_statement(Statement=text, **given, **options)["Items"]
    return items


def refusal(dynamodb: Any, text: str, *parameters: Any, **options: Any) -> str:
    """The text of a refusal for the statement's own fault."""
    given = {"Parameters": list(parameters)} if parameters else {}
    code, message, status = refused(dynamodb.execute_statement, Statement=text, **given, **options)
    assert (code, status) == ("ValidationException", 400)
    return message


def held(dynamodb: Any, name: str, **key: Any) -> Any:
    return dynamodb.get_item(TableName=name, Key=key).get("Item")


# Recordings ---------------------------------------------------------------------------------------------------


def test_a_transaction_of_statements(dynamodb: Any) -> None:
    aws = recorded(ANSWERS, "test_dynamodb_execute_transaction")
    with table(dynamodb, BY_NAME) as name:
        inserts = [
            {"Statement": f"INSERT INTO \"{name}\" VALUE {{'Username': '{user}'}}"} for user in ("user01", "user02")
        ]
        equal(dynamodb.execute_transaction(TransactStatements=inserts), aws["ExecutedTransaction"])
        scanned = dynamodb.scan(TableName=name)
        scanned["Items"].sort(key=lambda item: item["Username"]["S"])
        equal(scanned, aws["TableScan"])


def test_a_batch_of_statements(dynamodb: Any) -> None:
    aws = recorded(ANSWERS, "test_dynamodb_batch_execute_statement")
    with table(dynamodb, BY_NAME) as name:
        dynamodb.put_item(TableName=name, Item=texts(Username="user02"))
        statements = [
            {"Statement": f"INSERT INTO \"{name}\" VALUE {{'Username': 'user01'}}"},
            {"Statement": f"UPDATE \"{name}\" SET Age=20 WHERE Username='user02'"},
        ]
        equal(dynamodb.batch_execute_statement(Statements=statements), aws["ExecutedStatement"])
        equal(held(dynamodb, name, Username={"S": "user01"}), aws["ItemUser1"])
        equal(held(dynamodb, name, Username={"S": "user02"}), aws["ItemUser2"])


def test_what_is_not_missing(dynamodb: Any) -> None:
    aws = recorded(ANSWERS, "test_dynamodb_partiql_missing")
    with table(dynamodb, BY_NAME) as name:
        dynamodb.put_item(TableName=name, Item=texts(Username="Alice123", FirstName="Alice"))
        dynamodb.put_item(TableName=name, Item=texts(Username="Bob123"))
        equal(run(dynamodb, f'SELECT * FROM "{name}" WHERE FirstName IS NOT MISSING'), aws["FirstNameNotMissing"])


def test_no_parameters_at_all(dynamodb: Any) -> None:
    aws = recorded(ANSWERS, "test_dynamodb_execute_statement_empy_parameter")["invalid-param-error"]["Error"]
    answer = refused(dynamodb.execute_statement, Statement="SELECT * FROM x", Parameters=[])
    assert answer == (aws["Code"], aws["Message"], 400)


# Writes -------------------------------------------------------------------------------------------------------


def test_an_insert_is_no_replacement(dynamodb: Any) -> None:
    with table(dynamodb) as name:
        text = f"INSERT INTO \"{name}\" VALUE {{'a': ?, 'b': {{'c': [1, <<'x'>>, NULL]}}}}"
        assert run(dynamodb, text, {"S": "1"}) == []
        nested = {"M": {"c": {"L": [{"N": "1"}, {"SS": ["x"]}, {"NULL": True}]}}}
        assert held(dynamodb, name, a={"S": "1"}) == {"a": {"S": "1"}, "b": nested}
        answer = refused(dynamodb.execute_statement, Statement=text, Parameters=[{"S": "1"}])
        assert answer == ("DuplicateItemException", "Duplicate primary key exists in table", 400)
        run(dynamodb, f"DELETE FROM \"{name}\" WHERE a = '1'")
        run(dynamodb, text, {"S": "1"})
        told = "Key attribute should be present in the item: Key a"
        assert refusal(dynamodb, f"INSERT INTO \"{name}\" VALUE {{'b': 1}}") == told
        told = "Key attribute's data type should match its data type in table's schema: Key a"
        assert refusal(dynamodb, f"INSERT INTO \"{name}\" VALUE {{'a': 1}}") == told


def test_conditions_of_writes(dynamodb: Any) -> None:
    with table(dynamodb) as name:
        dynamodb.put_item(TableName=name, Item={**texts(a="1", name="alpha"), "n": {"N": "5"}})
        for text in (
            f"DELETE FROM \"{name}\" WHERE a = '1' AND name = 'beta'",
            f"DELETE FROM \"{name}\" WHERE a = '1' AND NOT begins_with(\"name\", 'al')",
            f"UPDATE \"{name}\" SET n = 9 WHERE a = '1' AND name = 'beta'",
            f"UPDATE \"{name}\" SET n = 9 WHERE a = 'missing'",
        ):
            assert refused(dynamodb.execute_statement, Statement=text) == FAILED
        assert held(dynamodb, name, a={"S": "1"})["n"] == {"N": "5"}
        run(dynamodb, f"UPDATE \"{name}\" SET n = n + 4 WHERE a = '1' AND name = 'alpha'")
        assert held(dynamodb, name, a={"S": "1"})["n"] == {"N": "9"}
        # Nothing is there that could fail a condition.
        assert run(dynamodb, f"DELETE FROM \"{name}\" WHERE a = 'missing' AND name = 'x'") == []
        told = "Where clause does not contain a mandatory equality on all key attributes"
        assert refusal(dynamodb, f"DELETE FROM \"{name}\" WHERE name = 'alpha'") == told
        assert refusal(dynamodb, f'UPDATE "{name}" SET n = 1') == told
        told = "The document path provided in the update expression is invalid for update"
        assert refusal(dynamodb, f"UPDATE \"{name}\" SET newlist[0] = 'x' WHERE a = '1'") == told
        with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException) as failed:
            run(
                dynamodb,
                f"DELETE FROM \"{name}\" WHERE a = '1' AND n = 0",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        assert failed.value.response["Item"]["n"] == {"N": "9"}


def test_what_updates_can_do(dynamodb: Any) -> None:
    with table(dynamodb) as name:
        item = {**texts(a="1"), "l": {"L": [{"S": "x"}]}, "s": {"SS": ["p", "q"]}, "m": {"M": {"k": {"N": "1"}}}}
        dynamodb.put_item(TableName=name, Item=item)
        run(
            dynamodb,
            f"UPDATE \"{name}\" SET l = list_append(l, ?) SET s = set_add(s, <<'r'>>), m.k = m.k - 3 REMOVE gone "
            "WHERE a = '1'",
            {"L": [{"S": "y"}]},
        )
        run(dynamodb, f"UPDATE \"{name}\" SET s = set_delete(s, <<'p'>>) WHERE a = '1'")
        found = held(dynamodb, name, a={"S": "1"})
        assert found["l"] == {"L": [{"S": "x"}, {"S": "y"}]}
        assert sorted(found["s"]["SS"]) == ["q", "r"]
        assert found["m"] == {"M": {"k": {"N": "-2"}}}
        told = "One or more parameter values were invalid: Cannot update attribute a. This attribute is part of the key"
        assert refusal(dynamodb, f"UPDATE \"{name}\" SET a = 'x' WHERE a = '1'") == told


@pytest.mark.parametrize(
    ("change", "returning", "expected"),
    [
        ("SET d = 'new'", "ALL OLD", {"a": {"S": "1"}, "d": {"S": "old"}, "tags": {"L": [{"S": "a"}, {"S": "b"}]}}),
        ("SET d = 'new'", "ALL NEW", {"a": {"S": "1"}, "d": {"S": "new"}, "tags": {"L": [{"S": "a"}, {"S": "b"}]}}),
        ("SET d = 'new'", "MODIFIED OLD", {"d": {"S": "old"}}),
        ("SET d = 'new'", "MODIFIED NEW", {"d": {"S": "new"}}),
        ("SET tags[1] = 'x'", "MODIFIED NEW", {"tags": {"L": [{"S": "x"}]}}),
        ("SET tags[5] = 'x'", "MODIFIED NEW", None),
        ("SET tags[2] = 'x'", "MODIFIED NEW", {"tags": {"L": [{"S": "x"}]}}),
        ("REMOVE tags[0]", "MODIFIED NEW", {"tags": {"L": [{"S": "b"}]}}),
        ("REMOVE d", "MODIFIED NEW", None),
        ("REMOVE d", "MODIFIED OLD", {"d": {"S": "old"}}),
        ("SET e = 1", "MODIFIED OLD", None),
    ],
)
def test_what_updates_return(dynamodb: Any, change: str, returning: str, expected: Any) -> None:
    with table(dynamodb) as name:
        dynamodb.put_item(TableName=name, Item={**texts(a="1", d="old"), "tags": {"L": [{"S": "a"}, {"S": "b"}]}})
        found = run(dynamodb, f"UPDATE \"{name}\" {change} WHERE a = '1' RETURNING {returning} *")
        assert found == ([] if expected is None else [expected])


def test_what_deletes_return(dynamodb: Any) -> None:
    with table(dynamodb) as name:
        dynamodb.put_item(TableName=name, Item=texts(a="1", b="gone"))
        delete = f"DELETE FROM \"{name}\" WHERE a = '1'"
        told = (
            "Invalid returning clause: RETURNING ALL NEW *. Only RETURNING ALL OLD * is allowed in DELETE statements."
        )
        assert refusal(dynamodb, f"{delete} RETURNING ALL NEW *") == told
        assert run(dynamodb, f"{delete} RETURNING ALL OLD *") == [texts(a="1", b="gone")]
        assert run(dynamodb, f"{delete} RETURNING ALL OLD *") == []


def test_statements_write_to_indexes_and_streams(dynamodb: Any, cloud: RunningCloud) -> None:
    streams = cloud.client("dynamodbstreams")
    with table(dynamodb, INDEXED, **streamed("NEW_AND_OLD_IMAGES")) as name:
        run(dynamodb, f"INSERT INTO \"{name}\" VALUE {{'a': '1', 'b': '2', 'c': 'x', 'd': 1}}")
        run(dynamodb, f"UPDATE \"{name}\" SET c = 'y' WHERE a = '1' AND b = '2'")
        run(dynamodb, f"UPDATE \"{name}\" SET c = 'y' WHERE a = '1' AND b = '2'")
        assert run(dynamodb, f'SELECT a FROM "{name}"."all" WHERE c = \'y\'') == [texts(a="1")]
        run(dynamodb, f"DELETE FROM \"{name}\" WHERE a = '1' AND b = '2'")
        records = everything(streams, arn_of(dynamodb, name))
        assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
        told = "This operation is not supported on an index"
        assert refusal(dynamodb, f'DELETE FROM "{name}"."all" WHERE c = \'y\'') == told


# Reads --------------------------------------------------------------------------------------------------------


def fill(dynamodb: Any, name: str, count: int = 3) -> None:
    """Items 1, 2, 3 ... in each of the partitions x and y."""
    puts = [
        {
            "PutRequest": {
                "Item": {"a": {"S": part}, "b": {"N": str(number)}, "c": {"M": {"d": {"S": f"{part}{number}"}}}}
            }
        }
        for part in "xy"
        for number in range(1, count + 1)
    ]
    dynamodb.batch_write_item(RequestItems={name: puts})


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("a = 'x'", ["x1", "x2", "x3"]),
        ("a = 'x' AND b > 1", ["x2", "x3"]),
        ("a = 'x' AND b BETWEEN 2 AND 3 ORDER BY b DESC", ["x3", "x2"]),
        ("a IN ['y', 'x'] AND b = 1", ["y1", "x1"]),
        ("(a = 'x' OR a = 'y') AND b < 2", ["x1", "y1"]),
        ("a = 'x' AND b <> 2", ["x1", "x3"]),
        ("a = 'x' AND c.d = 'x2'", ["x2"]),
        ("a = 'x' AND NOT begins_with(c.d, 'x')", []),
        ("a = 'x' AND size(c) = 1 AND b IN (1, 3)", ["x1", "x3"]),
        ("a = 'nothing'", []),
    ],
)
def test_what_is_selected(dynamodb: Any, where: str, expected: list[str]) -> None:
    with table(dynamodb, SORTED) as name:
        fill(dynamodb, name)
        assert run(dynamodb, f'SELECT c.d FROM "{name}" WHERE {where}') == [texts(d=text) for text in expected]


def test_everything_in_pages(dynamodb: Any) -> None:
    with table(dynamodb, SORTED) as name:
        fill(dynamodb, name)
        for text in (f'SELECT * FROM "{name}"', f"SELECT * FROM \"{name}\" WHERE a IN ['x', 'y']"):
            found: list[Any] = []
            token: dict[str, str] = {}
            pages = 0
            while pages == 0 or token:
                answer = dynamodb.execute_statement(Statement=text, Limit=2, ReturnConsumedCapacity="TOTAL", **token)
                assert answer["ConsumedCapacity"]["CapacityUnits"] > 0
                found += answer["Items"]
                token = {"NextToken": answer["NextToken"]} if "NextToken" in answer else {}
                pages += 1
            names = sorted(item["c"]["M"]["d"]["S"] for item in found)
            assert names == ["x1", "x2", "x3", "y1", "y2", "y3"]
            assert pages in (3, 4)
        first = dynamodb.execute_statement(Statement=f'SELECT * FROM "{name}"', Limit=1)
        told = "NextToken does not match request"
        assert refusal(dynamodb, f'SELECT a FROM "{name}"', NextToken=first["NextToken"]) == told
        assert refusal(dynamodb, f'SELECT a FROM "{name}"', NextToken="x") == "Invalid NextToken"


def test_indexes(dynamodb: Any) -> None:
    with table(dynamodb, INDEXED) as name:
        dynamodb.put_item(TableName=name, Item={**texts(a="1", b="2", c="x", e="kept", f="left out"), "d": {"N": "1"}})
        assert run(dynamodb, f'SELECT * FROM "{name}"."some" WHERE c = \'x\'') == [texts(a="1", b="2", c="x", e="kept")]
        assert run(dynamodb, f'SELECT f FROM "{name}"."local" WHERE a = \'1\' AND d = 1') == [texts(f="left out")]
        invalid = "One or more parameter values were invalid: "
        for text, told in (
            (
                f"SELECT a FROM \"{name}\".\"some\" WHERE c = 'x' AND f = 'y'",
                f"{invalid}Secondary index some does not project one or more filter attributes: [f]",
            ),
            (
                f"SELECT a FROM \"{name}\".\"local\" WHERE a = '1' AND f = 'y'",
                f"{invalid}Secondary index local does not project one or more filter attributes: [f]",
            ),
            (
                f'SELECT f FROM "{name}"."some" WHERE c = \'x\'',
                f"{invalid}Global secondary index some does not project [f]",
            ),
            (f'SELECT * FROM "{name}"."none" WHERE a = \'1\'', "The table does not have the specified index"),
        ):
            assert refusal(dynamodb, text) == told
        # Without a key there is no such refusal: the index is asked for what it does not have.
        for index in ("some", "local"):
            key = {"some": "c = 'x'", "local": "a = '1'"}[index]
            assert run(dynamodb, f'SELECT a FROM "{name}"."{index}" WHERE f = \'left out\'') == []
            assert run(dynamodb, f'SELECT a FROM "{name}"."{index}" WHERE f IS MISSING') == [texts(a="1")]
            assert run(dynamodb, f'SELECT f, a FROM "{name}"."local" WHERE f = \'left out\'') == []
            assert run(dynamodb, f'SELECT a FROM "{name}"."{index}" WHERE {key} OR f = \'left out\'') == [texts(a="1")]
        told = "Strongly consistent read is not supported on Global Secondary Indexes"
        assert refusal(dynamodb, f'SELECT * FROM "{name}"."all" WHERE c = \'x\'', ConsistentRead=True) == told


def test_order(dynamodb: Any) -> None:
    with table(dynamodb, SORTED) as name:
        for rest, told in (
            ("ORDER BY b", "Must have WHERE clause in the statement when using ORDER BY clause."),
            ("WHERE a = 'x' ORDER BY c", "Variable reference c in ORDER BY clause must be part of the primary key"),
            (
                "WHERE b = 1 ORDER BY b",
                "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.",
            ),
            (
                "WHERE a IN ['x', 'y'] ORDER BY b",
                "Must have hash key in ORDER BY clause when more than one hash key condition "
                "specified in WHERE clause.",
            ),
        ):
            assert refusal(dynamodb, f'SELECT * FROM "{name}" {rest}') == told


# What is wrong ------------------------------------------------------------------------------------------------


def test_texts_are_looked_at_before_tables(dynamodb: Any) -> None:
    assert refusal(dynamodb, "SELECTT * FROMM nowhere") == f"{MALFORMED}Expected data manipulation"
    told = "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL"
    assert refusal(dynamodb, "SELECT a FROM nowhere WHERE a = ? AND v < ?", {"S": "x"}, {"BOOL": True}) == told
    assert refusal(dynamodb, "SELECT * FROM \"\" WHERE a = 'x'") == "Path component cannot be an empty string"
    text = "SELECT * FROM nowhere WHERE a = 'x'"
    answer = refused(dynamodb.execute_statement, Statement=text)
    assert answer == ("ResourceNotFoundException", "Requested resource not found", 400)


# Batches ------------------------------------------------------------------------------------------------------


def test_each_statement_of_a_batch_stands_for_itself(dynamodb: Any) -> None:
    with table(dynamodb) as name, table(dynamodb, INDEXED) as indexed:
        dynamodb.put_item(TableName=name, Item=texts(a="1", b="x"))
        key = "Select statements within BatchExecuteStatement must specify the primary key in the where clause."
        wanted: list[tuple[str, Any]] = [
            (f"SELECT * FROM \"{name}\" WHERE a = '1' AND attribute_exists(b)", ("ValidationError", key)),
            (f"SELECT * FROM \"{name}\" WHERE a = '1'", {"TableName": name, "Item": texts(a="1", b="x")}),
            (f'SLECT * FROM "{name}"', ("ValidationError", f"{MALFORMED}Expected data manipulation")),
            ("SELECT * FROM nowhere WHERE a = '1'", ("ResourceNotFound", "Requested resource not found")),
            (f"SELECT * FROM \"{name}\" WHERE b = 'x'", ("ValidationError", key)),
            (f"SELECT * FROM \"{indexed}\".\"all\" WHERE a = '1' AND b = '2' AND c = 'x'", ("ValidationError", key)),
            (f"INSERT INTO \"{name}\" VALUE {{'a': '1'}}", ("DuplicateItem", "Duplicate primary key exists in table")),
            (
                f"UPDATE \"{name}\" SET b = 'y' WHERE a = '2'",
                ("ConditionalCheckFailed", "The conditional request failed"),
            ),
            (f"UPDATE \"{name}\" REMOVE b WHERE a = '1' RETURNING MODIFIED NEW *", {"TableName": name}),
            (f"DELETE FROM \"{name}\" WHERE a = '1' RETURNING ALL OLD *", {"TableName": name, "Item": texts(a="1")}),
        ]
        answer = dynamodb.batch_execute_statement(Statements=[{"Statement": text} for text, _ in wanted])
        for (text, expected), given in zip(wanted, answer["Responses"], strict=True):
            if isinstance(expected, tuple):
                of_item = expected[0] in ("DuplicateItem", "ConditionalCheckFailed")
                told = {"TableName": name} if of_item else {}
                expected = {"Error": {"Code": expected[0], "Message": expected[1]}, **told}
            assert given == expected, text


def test_capacity_of_a_batch(dynamodb: Any) -> None:
    with table(dynamodb) as name:
        dynamodb.put_item(TableName=name, Item=texts(a="1"))
        member = {"Statement": f'SELECT * FROM "{name}" WHERE a = ?', "Parameters": [{"S": "1"}]}
        answer = dynamodb.batch_execute_statement(
            Statements=[{**member, "ConsistentRead": True}, member], ReturnConsumedCapacity="TOTAL"
        )
        assert answer["ConsumedCapacity"] == [{"TableName": name, "CapacityUnits": 1.5}]


# Transactions -------------------------------------------------------------------------------------------------


def test_statements_of_a_transaction_stand_together(dynamodb: Any) -> None:
    with table(dynamodb) as name:
        dynamodb.put_item(TableName=name, Item=texts(a="1", b="x"))
        insert = [{"Statement": f"INSERT INTO \"{name}\" VALUE {{'a': '{key}'}}"} for key in "12"]
        with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as cancelled:
            dynamodb.execute_transaction(TransactStatements=insert)
        told = {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"}
        assert cancelled.value.response["CancellationReasons"] == [told, {"Code": "None"}]
        assert held(dynamodb, name, a={"S": "2"}) is None
        exists = {"Statement": f"EXISTS(SELECT * FROM \"{name}\" WHERE a = '1' AND b = ?)", "Parameters": [{"S": "x"}]}
        dynamodb.execute_transaction(TransactStatements=[exists, insert[1]])
        assert held(dynamodb, name, a={"S": "2"}) == texts(a="2")
        reads = [{"Statement": f"SELECT * FROM \"{name}\" WHERE a = '{key}'"} for key in "13"]
        assert dynamodb.execute_transaction(TransactStatements=reads)["Responses"] == [
            {"Item": texts(a="1", b="x")},
            {},
        ]


def test_a_token_makes_it_happen_once(dynamodb: Any) -> None:
    with table(dynamodb) as name:
        dynamodb.put_item(TableName=name, Item={"a": {"S": "1"}, "n": {"N": "0"}})
        request = {
            "ClientRequestToken": "once",
            "ReturnConsumedCapacity": "INDEXES",
            "TransactStatements": [{"Statement": f"UPDATE \"{name}\" SET n = n + 1 WHERE a = '1'"}],
        }
        first, again = (dynamodb.execute_transaction(**request)["ConsumedCapacity"][0] for _ in range(2))
        assert held(dynamodb, name, a={"S": "1"})["n"] == {"N": "1"}
        assert (first["WriteCapacityUnits"], first.get("ReadCapacityUnits")) == (2.0, None)
        assert (again["ReadCapacityUnits"], again.get("WriteCapacityUnits")) == (2.0, None)


def test_what_transactions_refuse(dynamodb: Any) -> None:
    with table(dynamodb, INDEXED) as name:
        for text, told in (
            (
                f"UPDATE \"{name}\" SET e = 'v' WHERE a = 'x' AND b = 'y' RETURNING ALL NEW *",
                "RETURNING clause is not supported in ExecuteTransaction.",
            ),
            (
                f'SELECT * FROM "{name}"."all" WHERE c = \'x\'',
                "Reads on indices are not supported within transactions.",
            ),
            (
                f"SELECT * FROM \"{name}\" WHERE a = 'x'",
                "Select statements within ExecuteTransaction must specify the primary key in the where clause.",
            ),
        ):
            answer = refused(dynamodb.execute_transaction, TransactStatements=[{"Statement": text}])
            assert answer == ("ValidationException", f"Validation failed in TransactStatements[0]: {told}", 400)
        for text, told in (
            (
                f"EXISTS(SELECT * FROM \"{name}\" WHERE a = '1' AND b = '2')",
                "EXISTS() must contain a single item read with additional condition",
            ),
            (
                f"DELETE FROM \"{name}\" WHERE a = '1'",
                "Where clause does not contain a mandatory equality on all key attributes",
            ),
        ):
            answer = refused(dynamodb.execute_transaction, TransactStatements=[{"Statement": text}])
            assert answer == ("ValidationException", f"Validation failed in TransactStatements[0]: {told}", 400)
        insert = {"Statement": f"INSERT INTO \"{name}\" VALUE {{'a': ?}}", "Parameters": [{"N": "1e99999999999"}]}
        told = "The parameter cannot be converted to a numeric value: 1e99999999999"
        answer = refused(dynamodb.execute_transaction, TransactStatements=[insert])
        assert answer == ("ValidationException", told, 400)
        exists = f"EXISTS(SELECT * FROM \"{name}\" WHERE a = '1' AND b = '2' AND e = '3')"
        told = "EXISTS can only be used in ExecuteTransaction write requests."
        assert refusal(dynamodb, exists) == told
