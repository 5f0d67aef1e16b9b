"""DynamoDB over the wire: what definitions of tables and changes of them are refused for, and what they come to.

The texts are those that AWS answered in October 2026, as the notes ack-api-quirks have them; what indexes take of items
that were there before is what ScyllaDB's tests of Alternator verified.
"""

from typing import Any

import pytest
from tests.conftest import RunningCloud
from tests.wire.answers import refused
from tests.wire.dynamodb_tables import INDEXED, SIMPLE, SORTED, UNITS, keys, kinds, table, texts

INVALID = "One or more parameter values were invalid: "
PROVISIONED: dict[str, Any] = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": UNITS}
WARM = {"ReadUnitsPerSecond": 15000, "WriteUnitsPerSecond": 5000}
MORE = {"ReadCapacityUnits": 6, "WriteCapacityUnits": 6}


@pytest.fixture
def dynamodb(cloud: RunningCloud) -> Any:
    return cloud.client("dynamodb", parameter_validation=False)


def index(*names: str, name: str = "index", **changes: Any) -> dict[str, Any]:
    """A global index."""
    return {"IndexName": name, "KeySchema": keys(*names), "Projection": {"ProjectionType": "ALL"}, **changes}


def described(dynamodb: Any, name: str) -> dict[str, Any]:
    answer: dict[str, Any] = dynamodb.describe_table(TableName=name)["Table"]
    return answer


def update(dynamodb: Any, name: str, **changes: Any) -> str:
    """The text with which UpdateTable is refused."""
    code, text, status = refused(dynamodb.update_table, TableName=name, **changes)
    assert (code, status) == ("ValidationException", 400)
    return text


# CreateTable --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"AttributeDefinitions": kinds(a="S") + kinds(a="N")}, "Attribute Name is duplicated: a"),
        (
            {"TableClass": "standard"},
            "Invalid table-class parameter provided. Please try again with a valid table-class value: "
            "[STANDARD, STANDARD_INFREQUENT_ACCESS].",
        ),
        (
            {"SSESpecification": {"Enabled": False, "SSEType": "KMS"}},
            f"{INVALID}SSEType can not be specified if Enabled is false",
        ),
        (
            {"SSESpecification": {"Enabled": True, "KMSMasterKeyId": "x"}},
            f"{INVALID}SSEType KMS is required if KMSMasterKeyId is specified",
        ),
        (
            {"SSESpecification": {"Enabled": True, "SSEType": "AES256"}},
            f"{INVALID}SSEType AES256 is not supported",
        ),
        (
            {"WarmThroughput": {"ReadUnitsPerSecond": 11999}},
            f"{INVALID}Requested ReadUnitsPerSecond for WarmThroughput for table is lower than initial throughput for "
            "OnDemand",
        ),
        (
            {"OnDemandThroughput": {"MaxReadRequestUnits": 0}},
            f"{INVALID}Requested MaxReadRequestUnits for OnDemandThroughput for table is outside of valid range",
        ),
        (
            {**PROVISIONED, "OnDemandThroughput": {"MaxWriteRequestUnits": 5}},
            f"{INVALID}MaxWriteRequestUnits for OnDemandThroughput cannot be specified when table BillingMode is "
            "PROVISIONED.",
        ),
        (
            {**PROVISIONED, "GlobalSecondaryIndexes": [index("a")]},
            f"{INVALID}ProvisionedThroughput is not specified for index: index",
        ),
        (
            {"GlobalSecondaryIndexes": [index("a", ProvisionedThroughput=UNITS)]},
            f"{INVALID}ProvisionedThroughput should not be specified for index: index when BillingMode is "
            "PAY_PER_REQUEST",
        ),
        (
            {
                "GlobalSecondaryIndexes": [
                    index("a", Projection={"ProjectionType": "INCLUDE", "NonKeyAttributes": ["e", "e"]})
                ]
            },
            f"{INVALID}Duplicate element in NonKeyAttributes: e",
        ),
        ({"Tags": [{"Key": "k"}]}, "The Tag Value provided is invalid, Value: null"),
        ({"Tags": [{"Key": "aws:k", "Value": ""}]}, "Tag Key cannot be prefixed with aws:, Key: aws:k"),
    ],
)
def test_refused_definitions(dynamodb: Any, changes: dict[str, Any], text: str) -> None:
    request = {"TableName": "refused", "BillingMode": "PAY_PER_REQUEST", **SIMPLE, **changes}
    assert refused(dynamodb.create_table, **request) == ("ValidationException", text, 400)


def test_definitions_are_described_in_order(dynamodb: Any) -> None:
    included = {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["y", "x"]}
    definition = {"KeySchema": keys("z"), "AttributeDefinitions": kinds(z="S", a="S")}
    with table(dynamodb, definition, GlobalSecondaryIndexes=[index("a", Projection=included)]) as name:
        shown = described(dynamodb, name)
        assert shown["AttributeDefinitions"] == kinds(a="S", z="S")
        assert shown["GlobalSecondaryIndexes"][0]["Projection"]["NonKeyAttributes"] == ["x", "y"]


def test_warm_throughput_only_grows(dynamodb: Any) -> None:
    with table(dynamodb, WarmThroughput={"ReadUnitsPerSecond": 15000}) as name:
        assert described(dynamodb, name)["WarmThroughput"] == {
            "ReadUnitsPerSecond": 15000,
            "WriteUnitsPerSecond": 4000,
            "Status": "ACTIVE",
        }
        dynamodb.update_table(TableName=name, WarmThroughput={"WriteUnitsPerSecond": 5000})
        assert described(dynamodb, name)["WarmThroughput"] == {**WARM, "Status": "ACTIVE"}
        assert update(dynamodb, name, WarmThroughput={"ReadUnitsPerSecond": 14999}) == (
            f"{INVALID}Requested ReadUnitsPerSecond for WarmThroughput for table is lower than current WarmThroughput, "
            "decreasing WarmThroughput is not supported"
        )
    with table(dynamodb, **PROVISIONED) as name:
        less = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 7}
        dynamodb.update_table(TableName=name, ProvisionedThroughput=less)
        assert described(dynamodb, name)["WarmThroughput"] == {
            "ReadUnitsPerSecond": 5,
            "WriteUnitsPerSecond": 7,
            "Status": "ACTIVE",
        }


# UpdateTable --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        (
            {},
            "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, "
            "SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, "
            "MultiRegionConsistency, DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is "
            "required",
        ),
        (
            {"GlobalSecondaryIndexUpdates": [], "DeletionProtectionEnabled": False},
            f"{INVALID}List of GlobalSecondaryIndexUpdates is empty",
        ),
        (
            {"DeletionProtectionEnabled": True, "SSESpecification": {"Enabled": True}},
            f"{INVALID}Server-Side Encryption modification must be the only operation in the request",
        ),
        (
            {"DeletionProtectionEnabled": True, "TableClass": "STANDARD"},
            f"{INVALID}TableClass modification must be the only operation in the request",
        ),
        (
            {"DeletionProtectionEnabled": True, "WarmThroughput": WARM},
            f"{INVALID}DeletionProtection modification must be the only operation in the request",
        ),
        (
            {"OnDemandThroughput": {"MaxReadRequestUnits": 1}, "WarmThroughput": WARM},
            f"{INVALID}OnDemandThroughput can only be combined with BillingMode in an UpdateTable request",
        ),
        (
            {"WarmThroughput": WARM, "GlobalSecondaryIndexUpdates": [{"Create": index("c")}]},
            f"{INVALID}Create global secondary index cannot be specified when updating WarmThroughput",
        ),
        (
            {"ProvisionedThroughput": MORE, "GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "all"}}]},
            f"{INVALID}You cannot create or delete index while updating table IOPS",
        ),
        (
            {"GlobalSecondaryIndexUpdates": [{"Create": index("c"), "Delete": {"IndexName": "all"}}]},
            f"{INVALID}Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object",
        ),
        (
            {"GlobalSecondaryIndexUpdates": [{"Update": {"IndexName": "all", "WarmThroughput": {}}}]},
            f"{INVALID}WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond specified "
            "for index: all",
        ),
        (
            {"GlobalSecondaryIndexUpdates": [{"Update": {"IndexName": "all", "ProvisionedThroughput": MORE}}]},
            f"{INVALID}The only Updates for index: all when TableThroughputMode is PAY_PER_REQUEST can be to "
            "OnDemandThroughput, WarmThroughput",
        ),
        (
            {"GlobalSecondaryIndexUpdates": [{"Create": index("c")}]},
            f"{INVALID}AttributeDefinitions is not specified for index: index",
        ),
        (
            {
                "AttributeDefinitions": kinds(c="S"),
                "GlobalSecondaryIndexUpdates": [{"Create": index("c", ProvisionedThroughput=UNITS)}],
            },
            f"{INVALID}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: index when "
            "BillingMode is PAY_PER_REQUEST",
        ),
        (
            {"AttributeDefinitions": kinds(d="S"), "GlobalSecondaryIndexUpdates": [{"Create": index("d")}]},
            f"{INVALID}Attributes cannot be redefined. Please check that your attribute has the same type as "
            "previously defined. Existing schema: Schema:[SchemaElement: key{a:S:HASH}, SchemaElement: key{d:N:RANGE}]"
            " New schema: Schema:[SchemaElement: key{d:S:HASH}]",
        ),
        (
            {"GlobalSecondaryIndexUpdates": [{"Create": index("a", name="local")}]},
            "Attempting to create an index which already exists",
        ),
        (
            {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "local"}}]},
            "Cannot delete an index that is not a GlobalSecondaryIndex: local",
        ),
        ({"SSESpecification": {"Enabled": False}}, f"{INVALID}Table is already encrypted by default"),
    ],
)
def test_refused_changes(dynamodb: Any, changes: dict[str, Any], text: str) -> None:
    with table(dynamodb, INDEXED) as name:
        before = described(dynamodb, name)
        assert update(dynamodb, name, **changes) == text
        assert described(dynamodb, name) == before


def test_changes_of_what_is_provisioned(dynamodb: Any) -> None:
    with table(dynamodb, GlobalSecondaryIndexes=[index("a", ProvisionedThroughput=UNITS)], **PROVISIONED) as name:
        same = [{"Update": {"IndexName": "index", "ProvisionedThroughput": UNITS}}]
        assert update(dynamodb, name, GlobalSecondaryIndexUpdates=same).startswith(
            "The provisioned throughput for the index index will not change. The requested value equals the current "
            "value. Current ReadCapacityUnits provisioned for index index: 5. "
        )
        create = [{"Create": index("a", name="other")}]
        text = update(dynamodb, name, AttributeDefinitions=kinds(a="S"), GlobalSecondaryIndexUpdates=create)
        assert text == (f"{INVALID}Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: other")


def test_a_limit_is_taken_away(dynamodb: Any) -> None:
    with table(dynamodb, OnDemandThroughput={"MaxReadRequestUnits": 5, "MaxWriteRequestUnits": 5}) as name:
        dynamodb.update_table(TableName=name, OnDemandThroughput={"MaxReadRequestUnits": -1})
        assert described(dynamodb, name)["OnDemandThroughput"] == {"MaxWriteRequestUnits": 5}
        dynamodb.update_table(TableName=name, OnDemandThroughput={"MaxWriteRequestUnits": -1})
        assert "OnDemandThroughput" not in described(dynamodb, name)


def test_definitions_that_no_new_index_uses_do_not_matter(dynamodb: Any) -> None:
    with table(dynamodb) as name:
        unused = kinds(a="N", x="S", y="S")
        dynamodb.update_table(
            TableName=name, AttributeDefinitions=unused, GlobalSecondaryIndexUpdates=[{"Create": index("x")}]
        )
        assert described(dynamodb, name)["AttributeDefinitions"] == kinds(a="S", x="S")


def test_an_index_lacks_what_cannot_be_its_key(dynamodb: Any) -> None:
    with table(dynamodb, SORTED) as name:
        values = {"1": "x", "2": "", "3": "x" * 1024, "4": "ä" * 513, "5": "x" * 2048, "6": "x" * 2049}
        for key, value in values.items():
            dynamodb.put_item(TableName=name, Item={"a": {"S": "p"}, "b": {"N": key}, "c": {"S": value}})
        dynamodb.put_item(TableName=name, Item={"a": {"S": "p"}, "b": {"N": "7"}, "c": {"N": "1"}})
        for number, names in enumerate((("c",), ("a", "c"))):
            dynamodb.update_table(
                TableName=name,
                AttributeDefinitions=kinds(a="S", c="S"),
                GlobalSecondaryIndexUpdates=[{"Create": index(*names, name=f"index{number}")}],
            )

        def held(number: int) -> list[str]:
            found = dynamodb.scan(TableName=name, IndexName=f"index{number}")["Items"]
            return sorted(item["b"]["N"] for item in found)

        assert (held(0), held(1)) == (["1", "3", "4", "5"], ["1", "3"])
        # What changes something else of such an item is no mistake, and does not bring it into the index.
        dynamodb.update_item(
            TableName=name,
            Key={"a": {"S": "p"}, "b": {"N": "6"}},
            UpdateExpression="SET e = :e",
            ExpressionAttributeValues=texts(**{":e": "e"}),
        )
        assert held(0) == ["1", "3", "4", "5"]


# Tags ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tags", "text"),
    [
        ([{"Key": "", "Value": "v"}], "The Tag Key provided is invalid, Key: "),
        ([{"Key": "k" * 129, "Value": "v"}], f"The Tag Key provided is invalid, Key: {'k' * 129}"),
        ([{"Key": "k", "Value": "v" * 257}], f"The Tag Value provided is invalid, Value: {'v' * 257}"),
        ([{"Key": "good", "Value": ""}, {"Key": "k#", "Value": ""}], "The Tag Key provided is invalid, Key: k#"),
        ([{"Key": "k", "Value": "100%"}], "The Tag Value provided is invalid, Value: 100%"),
        (
            [{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "2"}],
            "Duplicate Tag Keys provided as input: Duplicate Tag Key found k",
        ),
        (
            [{"Key": f"k{number}", "Value": ""} for number in range(51)],
            "Number of Tags exceed the current limit for the provided ResourceArn",
        ),
    ],
)
def test_refused_tags(dynamodb: Any, tags: list[dict[str, str]], text: str) -> None:
    with table(dynamodb) as name:
        arn = described(dynamodb, name)["TableArn"]
        assert refused(dynamodb.tag_resource, ResourceArn=arn, Tags=tags) == ("ValidationException", text, 400)
        assert dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"] == []


def test_tags_of_any_script(dynamodb: Any) -> None:
    with table(dynamodb) as name:
        arn = described(dynamodb, name)["TableArn"]
        tags = [{"Key": "ключ", "Value": "a+b-c=d.e_f:g/h@i"}, {"Key": "表 é", "Value": "café"}]
        dynamodb.tag_resource(ResourceArn=arn, Tags=tags)
        assert sorted(dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"], key=lambda tag: len(tag["Key"])) == (
            sorted(tags, key=lambda tag: len(tag["Key"]))
        )
        many = [f"k{number}" for number in range(51)]
        assert refused(dynamodb.untag_resource, ResourceArn=arn, TagKeys=many)[1] == (
            "Number of Tags exceed the current limit for the provided ResourceArn"
        )
