"""DynamoDB over the wire: tables made, described, changed and deleted, their tags and time to live.

Expectations come from recordings of AWS where a test names an entry; the texts of other refusals are those that
dynalite's tests verified against DynamoDB.
"""

from typing import Any

import pytest
from tests.conftest import ACCOUNT, RunningCloud, recorded
from tests.wire.answers import answered, equal, refused
from tests.wire.dynamodb_tables import INDEXED, SIMPLE, SORTED, UNITS, keys, kinds, table, texts

ANSWERS = "dynamodb/test_dynamodb.json"
INVALID = "One or more parameter values were invalid: "
PROVISIONED: dict[str, Any] = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": UNITS}


@pytest.fixture
def dynamodb(cloud: RunningCloud) -> Any:
    return cloud.client("dynamodb")


def test_a_table_is_made_described_and_deleted(dynamodb: Any) -> None:
    entry = recorded(ANSWERS, "test_table_crud")
    definition = {"KeySchema": keys("id"), "AttributeDefinitions": kinds(id="S"), "ProvisionedThroughput": UNITS}
    equal(dynamodb.create_table(TableName="crud", **definition), entry["create-table"])
    dynamodb.get_waiter("table_exists").wait(TableName="crud", WaiterConfig={"Delay": 1, "MaxAttempts": 1})
    equal(dynamodb.describe_table(TableName="crud"), entry["describe-table"])
    equal(dynamodb.delete_table(TableName="crud"), entry["delete-table"])
    dynamodb.get_waiter("table_not_exists").wait(TableName="crud", WaiterConfig={"Delay": 1, "MaxAttempts": 1})
    equal(answered(dynamodb.delete_table, TableName="non-existent"), entry["delete-non-existent-table"])
    equal(answered(dynamodb.describe_table, TableName="non-existent"), entry["delete-non-existent-table"])


@pytest.mark.parametrize("mode", ["PAY_PER_REQUEST", "PROVISIONED"])
def test_billing_modes(dynamodb: Any, mode: str) -> None:
    entry = recorded(ANSWERS, f"test_gsi_with_billing_mode[{mode}]")
    index: dict[str, Any] = {
        "IndexName": "TransactionRecordID",
        "KeySchema": keys("TRID"),
        "Projection": {"ProjectionType": "ALL"},
    }
    definition: dict[str, Any] = {"KeySchema": keys("TID"), "AttributeDefinitions": kinds(TID="S", TRID="S")}
    if mode == "PROVISIONED":
        definition["ProvisionedThroughput"] = UNITS
        index["ProvisionedThroughput"] = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    else:
        definition["BillingMode"] = mode
    name = f"mode-{mode}"
    made = dynamodb.create_table(TableName=name, GlobalSecondaryIndexes=[index], **definition)
    equal(made, entry["create-table-with-gsi"])
    equal(dynamodb.describe_table(TableName=name), entry["describe-table"])


def test_warm_throughput_is_kept(dynamodb: Any) -> None:
    entry = recorded(ANSWERS, "test_table_warm_throughput")
    definition = {"KeySchema": keys("id"), "AttributeDefinitions": kinds(id="S"), "ProvisionedThroughput": UNITS}
    warm = {"ReadUnitsPerSecond": 1000, "WriteUnitsPerSecond": 1200}
    equal(dynamodb.create_table(TableName="warm", WarmThroughput=warm, **definition), entry["create-table"])
    equal(dynamodb.describe_table(TableName="warm"), entry["describe-table"])


def test_throughput_does_not_go_with_on_demand_billing(dynamodb: Any) -> None:
    text = recorded(ANSWERS, "test_dynamodb_pay_per_request")["Error"]
    request = {"TableName": "both", "BillingMode": "PAY_PER_REQUEST", "ProvisionedThroughput": UNITS, **SIMPLE}
    assert text.endswith(refused(dynamodb.create_table, **request)[1])


def test_a_table_cannot_be_made_twice(dynamodb: Any) -> None:
    text = recorded(ANSWERS, "test_create_duplicate_table")["Error"]
    with table(dynamodb) as name:
        code, message, _ = refused(dynamodb.create_table, TableName=name, BillingMode="PAY_PER_REQUEST", **SIMPLE)
        assert f"({code}) when calling the CreateTable operation: {message}".replace(name, "<test-table>") in text


def test_encryption_is_described(dynamodb: Any) -> None:
    entry = recorded(ANSWERS, "test_dynamodb_create_table_with_partial_sse_specification")
    dynamodb.create_table(
        TableName="sealed", SSESpecification={"Enabled": True}, BillingMode="PAY_PER_REQUEST", **SIMPLE
    )
    equal(dynamodb.describe_table(TableName="sealed")["Table"]["SSEDescription"], entry["SSEDescription"])
    changed = dynamodb.update_table(TableName="sealed", SSESpecification={"Enabled": False})
    equal(changed["TableDescription"]["SSEDescription"], entry["update-table-disable-sse-spec"])
    assert "SSEDescription" not in dynamodb.describe_table(TableName="sealed")["Table"]


def test_encryption_stays_while_something_else_changes(dynamodb: Any) -> None:
    entry = recorded(ANSWERS, "test_dynamodb_update_table_without_sse_specification_change")
    dynamodb.create_table(TableName="stays", SSESpecification={"Enabled": True}, **PROVISIONED, **SIMPLE)
    shown = dynamodb.describe_table(TableName="stays")["Table"]["SSEDescription"]
    equal(shown, entry["create_table_sse_description"])
    changed = dynamodb.update_table(TableName="stays", BillingMode="PAY_PER_REQUEST")
    equal(changed["TableDescription"]["SSEDescription"], entry["update_table_sse_description"])


def test_point_in_time_recovery_is_kept(dynamodb: Any) -> None:
    entry = recorded(ANSWERS, "test_continuous_backup_update")
    with table(dynamodb) as name:
        changed = dynamodb.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
        equal(changed, entry["update-continuous-backup"])
        equal(dynamodb.describe_continuous_backups(TableName=name), entry["describe-continuous-backup"])


def test_recovery_that_is_off_has_no_period(dynamodb: Any) -> None:
    with table(dynamodb) as name:
        wanted = {"PointInTimeRecoveryEnabled": False, "RecoveryPeriodInDays": 7}
        change = dynamodb.update_continuous_backups
        assert refused(change, TableName=name, PointInTimeRecoverySpecification=wanted)[:2] == (
            "ValidationException",
            "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery.",
        )


def test_recovery_of_a_table_that_is_not_there(dynamodb: Any) -> None:
    expected = ("TableNotFoundException", "Table not found: nowhere", 400)
    assert refused(dynamodb.describe_continuous_backups, TableName="nowhere") == expected


def test_what_an_account_may_use_and_where(cloud: RunningCloud, dynamodb: Any) -> None:
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
    limits = dynamodb.describe_limits()
    assert (limits["AccountMaxReadCapacityUnits"], limits["TableMaxWriteCapacityUnits"]) == (80_000, 40_000)
    (endpoint,) = dynamodb.describe_endpoints()["Endpoints"]
    assert f"http://{endpoint['Address']}" == cloud.endpoint


def test_a_table_may_be_named_by_its_arn(dynamodb: Any) -> None:
    with table(dynamodb) as name:
        described = dynamodb.describe_table(TableName=name)["Table"]
        arn = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{name}"
        assert described["TableArn"] == arn
        assert dynamodb.describe_table(TableName=arn)["Table"] == described
        dynamodb.put_item(TableName=arn, Item=texts(a="1"))
        assert dynamodb.get_item(TableName=name, Key=texts(a="1"))["Item"] == texts(a="1")
        assert dynamodb.scan(TableName=arn)["Count"] == 1
        assert dynamodb.batch_get_item(RequestItems={arn: {"Keys": [texts(a="1")]}})["Responses"][arn]


def test_tables_are_listed_in_order(cloud: RunningCloud) -> None:
    dynamodb = cloud.client("dynamodb", account="111111111111")
    for name in ("list-c", "list-a", "list-b"):
        dynamodb.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **SIMPLE)
    first = dynamodb.list_tables(Limit=2)
    assert (first["TableNames"], first["LastEvaluatedTableName"]) == (["list-a", "list-b"], "list-b")
    rest = dynamodb.list_tables(Limit=2, ExclusiveStartTableName="list-b")
    assert rest["TableNames"] == ["list-c"]
    assert "LastEvaluatedTableName" not in rest
    assert dynamodb.list_tables(ExclusiveStartTableName="list-zzz")["TableNames"] == []
    assert cloud.client("dynamodb", account="111111111111", region="eu-west-1").list_tables()["TableNames"] == []


def test_a_protected_table_stays(dynamodb: Any) -> None:
    with table(dynamodb, DeletionProtectionEnabled=True) as name:
        code, text, status = refused(dynamodb.delete_table, TableName=name)
        assert (code, status) == ("ValidationException", 400)
        assert text == (
            "Resource cannot be deleted as it is currently protected against deletion. "
            "Disable deletion protection first."
        )
        changed = dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
        assert changed["TableDescription"]["DeletionProtectionEnabled"] is False


def test_settings_are_returned_as_they_were_set(dynamodb: Any) -> None:
    with table(dynamodb, TableClass="STANDARD_INFREQUENT_ACCESS", StreamSpecification={"StreamEnabled": False}) as name:
        assert dynamodb.describe_table(TableName=name)["Table"]["TableClassSummary"] == {
            "TableClass": "STANDARD_INFREQUENT_ACCESS"
        }
        limits = {"MaxReadRequestUnits": 10, "MaxWriteRequestUnits": 20}
        dynamodb.update_table(TableName=name, OnDemandThroughput=limits)
        dynamodb.update_table(TableName=name, TableClass="STANDARD")
        described = dynamodb.describe_table(TableName=name)["Table"]
        assert described["OnDemandThroughput"] == limits
        assert described["TableClassSummary"]["TableClass"] == "STANDARD"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        (
            {"ProvisionedThroughput": None},
            f"{INVALID}ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED",
        ),
        (
            {"ProvisionedThroughput": {"ReadCapacityUnits": 1000000000001, "WriteCapacityUnits": 1}},
            "Given value 1000000000001 for ReadCapacityUnits is out of bounds",
        ),
        ({"AttributeDefinitions": []}, "Invalid KeySchema: Some index key attribute have no definition"),
        (
            {"AttributeDefinitions": kinds(x="S")},
            f"{INVALID}Some index key attributes are not defined in AttributeDefinitions. "
            "Keys: [a], AttributeDefinitions: [x]",
        ),
        (
            {"KeySchema": keys("a", "a"), "AttributeDefinitions": kinds(a="S", b="S")},
            "Both the Hash Key and the Range Key element in the KeySchema have the same name",
        ),
        (
            {"KeySchema": [{"AttributeName": "a", "KeyType": "RANGE"}]},
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
        ),
        (
            {"AttributeDefinitions": kinds(a="S", b="S")},
            f"{INVALID}Number of attributes in KeySchema does not exactly match number of attributes defined in "
            "AttributeDefinitions",
        ),
        ({"LocalSecondaryIndexes": []}, f"{INVALID}List of LocalSecondaryIndexes is empty"),
        ({"GlobalSecondaryIndexes": []}, f"{INVALID}List of GlobalSecondaryIndexes is empty"),
        (
            {"LocalSecondaryIndexes": INDEXED["LocalSecondaryIndexes"]},
            f"{INVALID}Table KeySchema does not have a range key, which is required when specifying a "
            "LocalSecondaryIndex",
        ),
        (
            {
                "AttributeDefinitions": kinds(a="S", b="S"),
                "GlobalSecondaryIndexes": [
                    {
                        "IndexName": "all",
                        "KeySchema": keys("a"),
                        "Projection": {"ProjectionType": "ALL"},
                        "ProvisionedThroughput": UNITS,
                    }
                ],
            },
            f"{INVALID}Some AttributeDefinitions are not used. AttributeDefinitions: [a, b], keys used: [a]",
        ),
    ],
)
def test_refused_definitions(dynamodb: Any, changes: dict[str, Any], text: str) -> None:
    request = {"TableName": "refused", **SIMPLE, "ProvisionedThroughput": UNITS, **changes}
    request = {name: value for name, value in request.items() if value is not None}
    assert refused(dynamodb.create_table, **request) == ("ValidationException", text, 400)


@pytest.mark.parametrize(
    ("projection", "text"),
    [
        ({}, "Unknown ProjectionType: null"),
        (
            {"ProjectionType": "ALL", "NonKeyAttributes": ["e"]},
            "ProjectionType is ALL, but NonKeyAttributes is specified",
        ),
    ],
)
def test_refused_projections(dynamodb: Any, projection: dict[str, Any], text: str) -> None:
    index = {"IndexName": "all", "KeySchema": keys("a"), "Projection": projection, "ProvisionedThroughput": UNITS}
    answer = refused(
        dynamodb.create_table, TableName="refused", GlobalSecondaryIndexes=[index], **SIMPLE, **PROVISIONED
    )
    assert answer == ("ValidationException", f"{INVALID}{text}", 400)


def test_what_is_not_there_yet_is_refused_by_name(dynamodb: Any) -> None:
    code, text, status = refused(
        dynamodb.create_table,
        TableName="global",
        GlobalTableSourceArn=f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/other",
        **SIMPLE,
        **PROVISIONED,
    )
    assert (code, status) == ("NotImplemented", 501)
    assert text.startswith("GlobalTableSourceArn: ")
    assert dynamodb.list_tables()["TableNames"].count("global") == 0
    for operation, request in (
        ("update_contributor_insights", {"TableName": "xxx", "ContributorInsightsAction": "ENABLE"}),
        ("describe_contributor_insights", {"TableName": "xxx"}),
    ):
        assert refused(getattr(dynamodb, operation), **request)[0] == "NotImplemented"


# UpdateTable --------------------------------------------------------------------------------------------------


def test_throughput_is_changed(dynamodb: Any) -> None:
    with table(dynamodb, **PROVISIONED) as name:
        more = {"ReadCapacityUnits": 6, "WriteCapacityUnits": 4}
        changed = dynamodb.update_table(TableName=name, ProvisionedThroughput=more)["TableDescription"]
        assert (changed["TableStatus"], changed["ProvisionedThroughput"]["ReadCapacityUnits"]) == ("UPDATING", 5)
        shown = dynamodb.describe_table(TableName=name)["Table"]["ProvisionedThroughput"]
        assert {"LastIncreaseDateTime", "LastDecreaseDateTime"} <= set(shown)
        assert (shown["ReadCapacityUnits"], shown["NumberOfDecreasesToday"]) == (6, 1)
        assert refused(dynamodb.update_table, TableName=name, ProvisionedThroughput=more)[1] == (
            "The provisioned throughput for the table will not change. The requested value equals the current value. "
            "Current ReadCapacityUnits provisioned for the table: 6. Requested ReadCapacityUnits: 6. "
            "Current WriteCapacityUnits provisioned for the table: 4. Requested WriteCapacityUnits: 4. "
            "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
        )
        assert refused(dynamodb.update_table, TableName="nowhere", ProvisionedThroughput=more)[1] == (
            "Requested resource not found: Table: nowhere not found"
        )


def test_an_index_is_built_from_what_is_there_and_removed(dynamodb: Any) -> None:
    with table(dynamodb, SORTED) as name:
        for number in range(3):
            item = {"a": {"S": "x"}, "b": {"N": str(number)}, **({"c": {"S": "y"}} if number else {})}
            dynamodb.put_item(TableName=name, Item=item)
        create = {"IndexName": "later", "KeySchema": keys("c", "b"), "Projection": {"ProjectionType": "KEYS_ONLY"}}
        request = {
            "TableName": name,
            "AttributeDefinitions": kinds(b="N", c="S"),
            "GlobalSecondaryIndexUpdates": [{"Create": create}],
        }
        (index,) = dynamodb.update_table(**request)["TableDescription"]["GlobalSecondaryIndexes"]
        assert (index["IndexStatus"], index["Backfilling"]) == ("CREATING", False)
        (index,) = dynamodb.describe_table(TableName=name)["Table"]["GlobalSecondaryIndexes"]
        assert (index["IndexStatus"], index["ItemCount"]) == ("ACTIVE", 2)
        found = dynamodb.query(
            TableName=name,
            IndexName="later",
            KeyConditionExpression="c = :c AND b > :b",
            ExpressionAttributeValues={":c": {"S": "y"}, ":b": {"N": "1"}},
        )
        assert found["Items"] == [{"a": {"S": "x"}, "b": {"N": "2"}, "c": {"S": "y"}}]
        assert refused(dynamodb.update_table, **request)[1] == "Attempting to create an index which already exists"
        undefined = {**request, "GlobalSecondaryIndexUpdates": [{"Create": {**create, "IndexName": "other"}}]}
        undefined["AttributeDefinitions"] = kinds(c="S")
        assert refused(dynamodb.update_table, **undefined)[1] == (
            f"{INVALID}Some index key attributes are not defined in AttributeDefinitions. "
            "Keys: [c, b], AttributeDefinitions: [c]"
        )
        gone = [{"Delete": {"IndexName": "later"}}]
        changed = dynamodb.update_table(TableName=name, GlobalSecondaryIndexUpdates=gone)["TableDescription"]
        assert changed["GlobalSecondaryIndexes"][0]["IndexStatus"] == "DELETING"
        described = dynamodb.describe_table(TableName=name)["Table"]
        assert "GlobalSecondaryIndexes" not in described
        assert described["AttributeDefinitions"] == kinds(a="S", b="N")
        assert refused(dynamodb.update_table, TableName=name, GlobalSecondaryIndexUpdates=gone)[:2] == (
            "ResourceNotFoundException",
            f"Requested resource not found: Index later for table {name}",
        )


# Tags and time to live ----------------------------------------------------------------------------------------


def test_tags(dynamodb: Any) -> None:
    with table(dynamodb, Tags=[{"Key": "k", "Value": "v"}]) as name:
        arn = dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
        dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": f"k{n:02}", "Value": str(n)} for n in range(11)])
        first = dynamodb.list_tags_of_resource(ResourceArn=arn)
        rest = dynamodb.list_tags_of_resource(ResourceArn=arn, NextToken=first["NextToken"])
        assert (len(first["Tags"]), len(rest["Tags"])) == (10, 2)
        dynamodb.untag_resource(ResourceArn=arn, TagKeys=[f"k{n:02}" for n in range(11)])
        assert dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"] == [{"Key": "k", "Value": "v"}]
        assert refused(dynamodb.tag_resource, ResourceArn=arn, Tags=[])[1] == (
            "Atleast one Tag needs to be provided as Input."
        )
        missing = arn.replace(name, "nowhere")
        assert refused(dynamodb.list_tags_of_resource, ResourceArn=missing)[:2] == (
            "ResourceNotFoundException",
            f"Requested resource not found: ResourcArn: {missing} not found",
        )
        assert refused(dynamodb.untag_resource, ResourceArn=missing, TagKeys=["k"])[1] == "Requested resource not found"
        assert refused(dynamodb.list_tags_of_resource, ResourceArn="arn:aws:dynamodb:us-east-1:1:table/ab")[1] == (
            "Invalid TableArn: Invalid ResourceArn provided as input arn:aws:dynamodb:us-east-1:1:table/ab"
        )
        assert refused(dynamodb.list_tags_of_resource, ResourceArn="abcd")[0] == "AccessDeniedException"


def test_items_expire(timed_cloud: RunningCloud) -> None:
    dynamodb = timed_cloud.client("dynamodb")
    now_s = timed_cloud.clock.now_ms() // 1000
    with table(dynamodb, INDEXED) as name:
        for key, expires in (("soon", now_s + 60), ("late", now_s + 3600), ("long ago", 5)):
            item = {**texts(a="x", b=key, c="c"), "d": {"N": "1"}, "ttl": {"N": str(expires)}}
            dynamodb.put_item(TableName=name, Item=item)
        specification = {"Enabled": True, "AttributeName": "ttl"}
        disabled = {"TimeToLiveStatus": "DISABLED"}
        assert dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"] == disabled
        answer = dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=specification)
        assert answer["TimeToLiveSpecification"] == specification
        shown = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        assert shown == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}
        again = refused(dynamodb.update_time_to_live, TableName=name, TimeToLiveSpecification=specification)
        assert again[1] == "TimeToLive is already enabled"
        timed_cloud.advance(61)
        timed_cloud.drain()
        left = [item["b"]["S"] for item in dynamodb.scan(TableName=name)["Items"]]
        assert sorted(left) == ["late", "long ago"], "times that lie five years back are no times"
        assert dynamodb.scan(TableName=name, IndexName="all")["Count"] == 2
        dynamodb.update_item(
            TableName=name,
            Key=texts(a="x", b="late"),
            UpdateExpression="REMOVE #t",
            ExpressionAttributeNames={"#t": "ttl"},
        )
        timed_cloud.advance(7200)
        timed_cloud.drain()
        assert dynamodb.scan(TableName=name)["Count"] == 2
        missing = refused(dynamodb.describe_time_to_live, TableName="nowhere")
        assert missing[1] == "Requested resource not found: Table: nowhere not found"
