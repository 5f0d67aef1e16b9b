"""The life of streams, their shards and iterators, through boto3 and by the clock.

Sources: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html, the pages of the operations, and
for texts what others were told by AWS: scylladb's tests run against it (test/alternator/test_streams.py), the issues of
node-dynamodb-stream (8, 13, 16) and spring-integration-aws (59) quote it.
"""

import base64
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded
from tests.wire.answers import equal, refused
from tests.wire.dynamodb_tables import SIMPLE, keys, kinds, table, texts
from tests.wire.stacks import Stack, template
from tests.wire.streams import arn_of, everything, iterator, read_on, streamed

DAY_S = 24 * 3600
SHARD_S = 4 * 3600
INVALID = "One or more parameter values were invalid: "
NOWHERE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/nowhere/stream/2024-11-18T14:36:44.149"
ON = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
OFF = {"StreamEnabled": False}


@pytest.fixture(scope="module")
def dynamodb(cloud: RunningCloud) -> Any:
    return cloud.client("dynamodb")


@pytest.fixture(scope="module")
def streams(cloud: RunningCloud) -> Any:
    return cloud.client("dynamodbstreams", parameter_validation=False)


class Timed:
    """A cloud whose clock is moved, with a table that has a stream."""

    def __init__(self, cloud: RunningCloud) -> None:
        self.cloud = cloud
        self.dynamodb = cloud.client("dynamodb")
        self.streams = cloud.client("dynamodbstreams")
        self.dynamodb.create_table(TableName="timed", BillingMode="PAY_PER_REQUEST", **SIMPLE, **streamed("NEW_IMAGE"))
        self.arn = arn_of(self.dynamodb, "timed")

    def put(self, *names: str) -> None:
        for name in names:
            self.dynamodb.put_item(TableName="timed", Item=texts(a=name))

    def pass_s(self, seconds: float) -> None:
        self.cloud.advance(seconds)
        self.cloud.drain()

    def shards(self, **request: Any) -> list[dict[str, Any]]:
        described = self.streams.describe_stream(StreamArn=self.arn, **request)["StreamDescription"]
        shards: list[dict[str, Any]] = described["Shards"]
        return shards

    def names(self) -> list[str]:
        return written(everything(self.streams, self.arn))


@pytest.fixture
def timed(timed_cloud: RunningCloud) -> Timed:
    return Timed(timed_cloud)


def written(records: list[dict[str, Any]]) -> list[str]:
    return [record["dynamodb"]["Keys"]["a"]["S"] for record in records]


# Tables -------------------------------------------------------------------------------------------------------


def test_a_stream_is_enabled_and_disabled(dynamodb: Any, streams: Any) -> None:
    with table(dynamodb) as name:
        assert "LatestStreamArn" not in dynamodb.describe_table(TableName=name)["Table"]
        dynamodb.put_item(TableName=name, Item=texts(a="unseen"))
        on = dynamodb.update_table(TableName=name, StreamSpecification=ON)["TableDescription"]
        assert on["TableStatus"] == "UPDATING" and on["StreamSpecification"] == ON
        assert on["LatestStreamArn"] == f"{on['TableArn']}/stream/{on['LatestStreamLabel']}"
        dynamodb.put_item(TableName=name, Item=texts(a="seen"))
        off = dynamodb.update_table(TableName=name, StreamSpecification=OFF)["TableDescription"]
        described = dynamodb.describe_table(TableName=name)["Table"]
        for answer in (off, described):
            # The latest stream is told of all the same.
            assert "StreamSpecification" not in answer
            assert answer["LatestStreamArn"] == on["LatestStreamArn"]
        dynamodb.put_item(TableName=name, Item=texts(a="unseen too"))
        stream = streams.describe_stream(StreamArn=on["LatestStreamArn"])["StreamDescription"]
        assert stream["StreamStatus"] == "DISABLED"
        numbers = stream["Shards"][0]["SequenceNumberRange"]
        assert int(numbers["EndingSequenceNumber"]) > int(numbers["StartingSequenceNumber"])
        records, following = read_on(streams, iterator(streams, on["LatestStreamArn"]))
        assert written(records) == ["seen"] and following == ""
        again = dynamodb.update_table(TableName=name, StreamSpecification={**ON, "StreamViewType": "KEYS_ONLY"})
        latest = again["TableDescription"]["LatestStreamArn"]
        assert latest != on["LatestStreamArn"]
        found = streams.list_streams(TableName=name)["Streams"]
        assert [stream["StreamArn"] for stream in found] == [on["LatestStreamArn"], latest]
        assert written(everything(streams, on["LatestStreamArn"])) == ["seen"]
        assert everything(streams, latest) == []


@pytest.mark.parametrize(
    ("specification", "text"),
    [
        ({"StreamEnabled": True}, "Table is being created with a stream enabled, UpdateViewType is required"),
        (
            {"StreamEnabled": False, "StreamViewType": "KEYS_ONLY"},
            "Table is being created with a stream disabled, UpdateViewType should not be specified",
        ),
    ],
)
def test_what_a_table_cannot_be_created_with(dynamodb: Any, specification: dict[str, Any], text: str) -> None:
    answer = refused(
        dynamodb.create_table,
        TableName="refused",
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification=specification,
        **SIMPLE,
    )
    assert answer == ("ValidationException", f"{INVALID}{text}", 400)


def test_what_a_stream_cannot_be_changed_to(dynamodb: Any) -> None:
    """Texts: scylladb's issue 6939; those about the view type are AWS's too, as controllers for Kubernetes saw them."""
    units = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    with table(dynamodb) as name:

        def answer(specification: dict[str, Any], **more: Any) -> str:
            code, text, status = refused(
                dynamodb.update_table, TableName=name, StreamSpecification=specification, **more
            )
            assert (code, status) == ("ValidationException", 400)
            return text

        assert answer(OFF) == f"Table has no stream to disable: TableName: {name}"
        assert answer({"StreamEnabled": True}) == f"{INVALID}If stream is being enabled then UpdateViewType is required"
        assert answer({**OFF, "StreamViewType": "KEYS_ONLY"}) == (
            f"{INVALID}If stream is being disabled, then UpdateViewType must not be specified"
        )
        assert answer(ON, ProvisionedThroughput=units) == (
            f"{INVALID}You cannot modify stream status while updating table IOPS"
        )
        index = {"IndexName": "new", "KeySchema": keys("b"), "Projection": {"ProjectionType": "ALL"}}
        created = {"AttributeDefinitions": kinds(a="S", b="S"), "GlobalSecondaryIndexUpdates": [{"Create": index}]}
        assert answer(ON, **created) == (f"{INVALID}You cannot create or delete index while changing stream status")
        dynamodb.update_table(TableName=name, StreamSpecification=ON)
        for specification in (ON, {**ON, "StreamViewType": "OLD_IMAGE"}):
            assert answer(specification) == f"Table already has an enabled stream: TableName: {name}"
        dynamodb.update_table(TableName=name, StreamSpecification=OFF)
        assert answer(OFF) == f"Table has no stream to disable: TableName: {name}"


def test_the_stream_of_a_deleted_table_can_be_read_for_a_day(timed: Timed) -> None:
    timed.put("x")
    timed.pass_s(60)
    timed.dynamodb.delete_table(TableName="timed")
    timed.dynamodb.create_table(TableName="timed", BillingMode="PAY_PER_REQUEST", **SIMPLE, **streamed("KEYS_ONLY"))
    timed.put("y")
    arns = [stream["StreamArn"] for stream in timed.streams.list_streams(TableName="timed")["Streams"]]
    assert arns == [timed.arn, arn_of(timed.dynamodb, "timed")]
    assert [written(everything(timed.streams, arn)) for arn in arns] == [["x"], ["y"]]
    timed.pass_s(DAY_S - 1)
    assert written(everything(timed.streams, timed.arn)) == []
    timed.pass_s(1)
    assert timed.streams.list_streams()["Streams"] == [
        {"StreamArn": arns[1], "TableName": "timed", "StreamLabel": arns[1].split("stream/")[1]}
    ]
    answer = refused(timed.streams.describe_stream, StreamArn=timed.arn)
    assert answer == ("ResourceNotFoundException", f"Requested resource not found: Stream: {timed.arn} not found", 400)


# Listing ------------------------------------------------------------------------------------------------------


def test_streams_are_listed_in_pages(cloud: RunningCloud) -> None:
    dynamodb = cloud.client("dynamodb", account="222222222222")
    streams = cloud.client("dynamodbstreams", account="222222222222")
    assert streams.list_streams()["Streams"] == []
    made = []
    for number in range(3):
        dynamodb.create_table(
            TableName=f"listed-{number}", BillingMode="PAY_PER_REQUEST", **SIMPLE, **streamed("KEYS_ONLY")
        )
        made.append(arn_of(dynamodb, f"listed-{number}"))
    first = streams.list_streams(Limit=2)
    assert [stream["StreamArn"] for stream in first["Streams"]] == made[:2]
    assert first["LastEvaluatedStreamArn"] == made[1]
    rest = streams.list_streams(Limit=2, ExclusiveStartStreamArn=made[1])
    assert [stream["StreamArn"] for stream in rest["Streams"]] == made[2:]
    assert "LastEvaluatedStreamArn" not in rest
    assert streams.list_streams(TableName="listed-1")["Streams"][0]["TableName"] == "listed-1"
    assert streams.list_streams(TableName="nothing")["Streams"] == []
    assert cloud.client("dynamodbstreams", account="222222222222", region="eu-west-1").list_streams()["Streams"] == []


def test_bad_requests(dynamodb: Any, streams: Any) -> None:
    with table(dynamodb, **streamed("KEYS_ONLY")) as name:
        arn = arn_of(dynamodb, name)
        shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]
        number = shard["SequenceNumberRange"]["StartingSequenceNumber"]
        place = {"StreamArn": arn, "ShardId": shard["ShardId"]}
        wrong: list[tuple[Any, dict[str, Any], str]] = [
            (streams.describe_stream, {"StreamArn": "fake-stream"}, "Invalid StreamArn"),
            (streams.describe_stream, {"StreamArn": arn.replace(":table/", ":index/")}, "Invalid StreamArn"),
            (streams.list_streams, {"ExclusiveStartStreamArn": "x" * 50}, "Invalid StreamArn"),
            (streams.list_streams, {"Limit": 101}, "less than or equal to 100"),
            (streams.list_streams, {"Limit": 0}, "greater than or equal to 1"),
            (streams.describe_stream, {"StreamArn": arn, "Limit": 101}, "less than or equal to 100"),
            (
                streams.get_shard_iterator,
                {**place, "ShardIteratorType": "AT_SEQUENCE_NUMBER"},
                "SequenceNumber must be",
            ),
            (
                streams.get_shard_iterator,
                {**place, "ShardIteratorType": "LATEST", "SequenceNumber": number},
                "SequenceNumber must not be",
            ),
            (
                streams.get_shard_iterator,
                {**place, "ShardIteratorType": "AT_SEQUENCE_NUMBER", "SequenceNumber": "x" * 25},
                "Invalid SequenceNumber for the shard",
            ),
            (
                streams.get_shard_iterator,
                {**place, "ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": "0" * 21},
                "Invalid SequenceNumber for the shard",
            ),
            (streams.get_shard_iterator, {**place, "ShardIteratorType": "bulle"}, "Member must satisfy enum value set"),
            (streams.get_shard_iterator, {**place, "ShardIteratorType": "AT_TIMESTAMP"}, "Timestamp must be"),
            (
                streams.get_shard_iterator,
                {**place, "ShardIteratorType": "AT_TIMESTAMP", "Timestamp": 10_000_000_000},
                "Timestamp must not be in the future",
            ),
            (streams.get_records, {"ShardIterator": "sdfsdfsgagaddaf"}, "Invalid ShardIterator"),
            (streams.get_records, {"ShardIterator": f"{arn}|1|{base64.b64encode(b'[]').decode()}"}, "Invalid Shard"),
            (
                streams.get_records,
                {"ShardIterator": iterator(streams, arn), "Limit": 1001},
                "Limit should be less than",
            ),
        ]
        for ask, request, text in wrong:
            code, message, status = refused(ask, **request)
            assert (code, status) == ("ValidationException", 400), request
            assert text in message, request
        missing = {"StreamArn": arn, "ShardId": "shardId-00000000000000000000-00000000", "ShardIteratorType": "LATEST"}
        text = "Requested resource not found: Shard does not exist"
        assert refused(streams.get_shard_iterator, **missing) == ("ResourceNotFoundException", text, 400)


# Shards -------------------------------------------------------------------------------------------------------


def test_a_shard_is_followed_by_another_one(timed: Timed) -> None:
    """About every four hours; a child is read after its parent."""
    (first,) = timed.shards()
    timed.put("a", "b")
    held = iterator(timed.streams, timed.arn)
    timed.pass_s(SHARD_S)
    # An idle shard goes on until something is written.
    assert [shard["ShardId"] for shard in timed.shards()] == [first["ShardId"]]
    timed.put("c")
    old, new = timed.shards()
    assert old["ShardId"] == first["ShardId"] and new["ParentShardId"] == first["ShardId"]
    assert old["ShardId"] < new["ShardId"]
    ended, began = old["SequenceNumberRange"], new["SequenceNumberRange"]
    assert int(ended["EndingSequenceNumber"]) < int(began["StartingSequenceNumber"])
    assert "EndingSequenceNumber" not in began
    records, following = read_on(timed.streams, iterator(timed.streams, timed.arn, shard=0))
    assert (written(records), following) == (["a", "b"], "")
    records, following = read_on(timed.streams, iterator(timed.streams, timed.arn, shard=1))
    assert written(records) == ["c"] and following
    assert timed.shards(ExclusiveStartShardId=old["ShardId"]) == [new]
    assert timed.shards(ShardFilter={"Type": "CHILD_SHARDS", "ShardId": old["ShardId"]}) == [new]
    page = timed.streams.describe_stream(StreamArn=timed.arn, Limit=1)["StreamDescription"]
    assert (page["Shards"], page["LastEvaluatedShardId"]) == ([old], old["ShardId"])
    assert refused(timed.streams.get_records, ShardIterator=held)[0] == "ExpiredIteratorException"
    # After the end of a closed shard there is nothing, whatever comes later.
    at_end = iterator(timed.streams, timed.arn, "LATEST", shard=0)
    assert read_on(timed.streams, at_end) == ([], "")


def test_shards_are_kept_for_as_long_as_their_records(timed: Timed) -> None:
    timed.put("a")
    timed.pass_s(SHARD_S)
    timed.put("b")
    first, second = timed.shards()
    timed.pass_s(DAY_S - SHARD_S)
    assert timed.shards() == [first, second] and timed.names() == ["b"]
    timed.pass_s(SHARD_S)
    assert timed.shards() == [second] and timed.names() == []
    text = "Requested resource not found: Shard does not exist"
    request = {"StreamArn": timed.arn, "ShardId": first["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
    assert refused(timed.streams.get_shard_iterator, **request) == ("ResourceNotFoundException", text, 400)


# Iterators ----------------------------------------------------------------------------------------------------


def test_each_type_of_iterator(timed: Timed) -> None:
    timed.put("a")
    timed.pass_s(10)
    moment = timed.cloud.clock.now_s()
    timed.put("b", "c")
    numbers = [record["dynamodb"]["SequenceNumber"] for record in everything(timed.streams, timed.arn)]
    latest = iterator(timed.streams, timed.arn, "LATEST")

    def names(kind: str, **place: Any) -> list[str]:
        return written(read_on(timed.streams, iterator(timed.streams, timed.arn, kind, **place))[0])

    assert names("TRIM_HORIZON") == ["a", "b", "c"]
    assert names("AT_SEQUENCE_NUMBER", SequenceNumber=numbers[1]) == ["b", "c"]
    assert names("AFTER_SEQUENCE_NUMBER", SequenceNumber=numbers[1]) == ["c"]
    assert names("AFTER_SEQUENCE_NUMBER", SequenceNumber=numbers[2]) == []
    assert names("AT_TIMESTAMP", Timestamp=moment) == ["b", "c"]
    assert names("AT_TIMESTAMP", Timestamp=moment - 0.5) == ["b", "c"]
    assert names("AT_TIMESTAMP", Timestamp=moment - 3600) == ["a", "b", "c"]
    assert names("LATEST") == []
    timed.put("d")
    assert written(read_on(timed.streams, latest)[0]) == ["d"]
    # The same place can be read again and again.
    assert written(read_on(timed.streams, latest)[0]) == ["d"]


def test_an_iterator_expires_after_a_quarter_of_an_hour(timed: Timed) -> None:
    text = iterator(timed.streams, timed.arn)
    timed.pass_s(15 * 60)
    timed.put("x")
    records, following = read_on(timed.streams, text)
    assert written(records) == ["x"]
    timed.pass_s(0.001)
    answer = refused(timed.streams.get_records, ShardIterator=text)
    assert answer == ("ExpiredIteratorException", "Shard iterator has expired", 400)
    assert read_on(timed.streams, following)[0] == []


# Retention ----------------------------------------------------------------------------------------------------


def test_a_record_is_kept_for_a_day(timed: Timed) -> None:
    trimmed = ("TrimmedDataAccessException", "The data you are trying to access has been trimmed", 400)
    timed.put("a")
    timed.pass_s(60)
    timed.put("b")
    first, second = (record["dynamodb"]["SequenceNumber"] for record in everything(timed.streams, timed.arn))
    timed.pass_s(DAY_S - 60 - 600)
    assert timed.names() == ["a", "b"]
    held = iterator(timed.streams, timed.arn)
    timed.pass_s(600)
    assert timed.names() == ["b"]
    assert refused(timed.streams.get_records, ShardIterator=held) == trimmed
    place = {"StreamArn": timed.arn, "ShardId": timed.shards()[0]["ShardId"]}
    for kind, number, told in (
        ("AT_SEQUENCE_NUMBER", first, [trimmed]),
        ("AFTER_SEQUENCE_NUMBER", first, ["b"]),
        ("AT_SEQUENCE_NUMBER", second, ["b"]),
    ):
        request = {**place, "ShardIteratorType": kind, "SequenceNumber": number}
        if told == [trimmed]:
            assert refused(timed.streams.get_shard_iterator, **request) == trimmed
        else:
            text = timed.streams.get_shard_iterator(**request)["ShardIterator"]
            assert written(read_on(timed.streams, text)[0]) == told
    timed.pass_s(60)
    assert timed.names() == []
    # Numbers go on, though no record is left to count from.
    timed.put("c")
    (record,) = everything(timed.streams, timed.arn)
    assert int(record["dynamodb"]["SequenceNumber"]) > int(second)


def test_what_is_trimmed_is_removed(timed: Timed) -> None:
    def rows() -> int:
        async def count() -> int:
            row = timed.cloud.cloud.world.database.one("SELECT count(*) FROM dynamodb_record")
            return int(row[0]) if row else 0

        return int(timed.cloud.run(count()))

    for start in range(0, 2100, 25):
        puts = [{"PutRequest": {"Item": texts(a=f"{start + more}")}} for more in range(25)]
        timed.dynamodb.batch_write_item(RequestItems={"timed": puts})
    timed.pass_s(DAY_S - 1)
    assert rows() == 2100
    timed.put("new")
    timed.pass_s(1)
    assert rows() == 1 and timed.names() == ["new"]


# Stacks -------------------------------------------------------------------------------------------------------


def test_a_table_of_a_stack_has_a_stream(cloud: RunningCloud) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html"""
    dynamodb = cloud.client("dynamodb")
    stack = Stack(cloud, "streamed")

    def body(view: str, *, told: bool = True) -> str:
        properties = {
            "AttributeDefinitions": kinds(a="S"),
            "KeySchema": keys("a"),
            "BillingMode": "PAY_PER_REQUEST",
            **({"StreamSpecification": {"StreamViewType": view}} if view else {}),
        }
        outputs = {"Stream": {"Value": {"Fn::GetAtt": ["T", "StreamArn"]}}} if told else {}
        return template({"T": {"Type": "AWS::DynamoDB::Table", "Properties": properties}}, Outputs=outputs)

    assert stack.create(body("KEYS_ONLY")) == "CREATE_COMPLETE"
    name = stack.physical("T")
    first = arn_of(dynamodb, name)
    assert stack.described()["Outputs"][0]["OutputValue"] == first
    # Another view is another stream.
    assert stack.update(body("NEW_IMAGE")) == "UPDATE_COMPLETE"
    second = arn_of(dynamodb, name)
    assert second != first and stack.described()["Outputs"][0]["OutputValue"] == second
    described = dynamodb.describe_table(TableName=name)["Table"]
    assert described["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE"
    assert stack.update(body("", told=False)) == "UPDATE_COMPLETE"
    assert "StreamSpecification" not in dynamodb.describe_table(TableName=name)["Table"]
    stack.delete()


def test_a_global_table_with_one_replica_is_a_table(cloud: RunningCloud) -> None:
    """Entries test_table_v2_stream and test_global_table: the CDK's TableV2 is one."""
    dynamodb = cloud.client("dynamodb")
    properties = {
        "AttributeDefinitions": kinds(id="S"),
        "KeySchema": keys("id"),
        "BillingMode": "PAY_PER_REQUEST",
        "Replicas": [{"Region": {"Ref": "AWS::Region"}}],
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
    }
    resource = {"Type": "AWS::DynamoDB::GlobalTable", "Properties": properties}
    stack = Stack(cloud, "global")
    outputs = {name: {"Value": {"Fn::GetAtt": ["T", name]}} for name in ("Arn", "StreamArn", "TableId")}
    assert stack.create(template({"T": resource}, Outputs=outputs)) == "CREATE_COMPLETE"
    described = dynamodb.describe_table(TableName=stack.physical("T"))
    equal(described, recorded("dynamodbstreams/test_dynamodb_streams.json", "test_table_v2_stream")["global-table-v2"])
    told = {output["OutputKey"]: output["OutputValue"] for output in stack.described()["Outputs"]}
    assert told == {
        "Arn": described["Table"]["TableArn"],
        "StreamArn": described["Table"]["LatestStreamArn"],
        "TableId": described["Table"]["TableId"],
    }
    del properties["StreamSpecification"]
    assert stack.update(template({"T": resource})) == "UPDATE_COMPLETE"
    properties["Replicas"] = [{"Region": "eu-west-1"}]
    assert stack.update(template({"T": resource})) == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.delete() == "DELETE_COMPLETE"
    plain = Stack(cloud, "global-plain")
    definition = {"AttributeDefinitions": kinds(keyName="S"), "KeySchema": keys("keyName")}
    properties = {**properties, **definition, "Replicas": [{"Region": REGION}]}
    plain.create(template({"T": {**resource, "Properties": properties}}))
    aws = recorded("cloudformation/resources/test_dynamodb.json", "test_global_table")
    equal(dynamodb.describe_table(TableName=plain.physical("T")), aws["table_description"])
