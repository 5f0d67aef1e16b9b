"""What queues, topics, functions and EventBridge are told of objects. Expectations: answers recorded from AWS, and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.archives import zipped
from tests.conftest import ACCOUNT, REGION, RunningCloud
from tests.wire.events_world import messages, queue
from tests.wire.s3_answers import Recording, answered, raw, refusal
from tests.wire.targets import functions_of, queues_of

SQS = "tests/aws/services/s3/test_s3_notifications_sqs.py::TestS3NotificationsToSQS::"
SNS = "tests/aws/services/s3/test_s3_notifications_sns.py::TestS3NotificationsToSns::"
LAMBDA = "tests/aws/services/s3/test_s3_notifications_lambda.py::TestS3NotificationsToLambda::"
BRIDGE = "tests/aws/services/s3/test_s3_notifications_eventbridge.py::TestS3NotificationsToEventBridge::"
RULES = "tests/aws/services/s3/test_s3_api.py::TestS3BucketNotificationConfiguration::"
ALL = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectTagging:*", "s3:ObjectAcl:Put"]
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:my-lambda"


def arn(service: str, name: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{name}"


def put(cloud: RunningCloud, bucket: str, **configuration: Any) -> None:
    options = {"SkipDestinationValidation": True} if configuration.pop("skip", False) else {}
    cloud.client("s3").put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration=configuration, **options
    )


def records(cloud: RunningCloud, url: str) -> list[dict[str, Any]]:
    """The records that a queue got, in order of their sequencers; those without one come first."""
    found = [record for body in bodies(cloud, url) for record in body.get("Records", [])]
    return sorted(found, key=lambda record: str(record["s3"]["object"].get("sequencer", "")))


def bodies(cloud: RunningCloud, url: str) -> list[dict[str, Any]]:
    return [one if "Body" not in one else json.loads(one["Body"]) for one in messages(cloud, url)]


def shape(value: Any) -> Any:
    """The members of a record, with those values that are the same in every run."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items()}
    return None


def same_record(record: dict[str, Any], expected: dict[str, Any]) -> None:
    """As AWS told it: all members, and the values that do not depend on the run."""
    assert shape(record) == shape(expected)
    for name in ("eventVersion", "eventSource", "eventName"):
        assert record[name] == expected[name]
    said, told = record["s3"]["object"], expected["s3"]["object"]
    for name in ("eTag", "size"):
        assert said.get(name) == told.get(name)


@pytest.fixture
def told(cloud: RunningCloud, request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """A bucket that tells a queue of everything, and the queue's URL."""
    name = request.node.name.replace("_", "-")[:60]
    url, queue_arn = queue(cloud, name)
    cloud.client("s3").create_bucket(Bucket=name)
    put(cloud, name, QueueConfigurations=[{"QueueArn": queue_arn, "Events": ALL, "Id": "everything"}])
    assert [body["Event"] for body in bodies(cloud, url)] == ["s3:TestEvent"]
    yield name, url


def test_objects_that_are_put_copied_and_deleted(cloud: RunningCloud, told: tuple[str, str]) -> None:
    bucket, url = told
    s3 = cloud.client("s3")
    s3.put_object(Bucket=bucket, Key="my_key_0", Body=b"something")
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/my_key_0")
    s3.delete_object(Bucket=bucket, Key="my_key_0")
    s3.delete_object(Bucket=bucket, Key="never-there")
    put_, copied, deleted = records(cloud, url)
    same_record(put_, Recording("test_s3_notifications_sqs", SQS + "test_object_created_put").only["messages"][0])
    same_record(copied, Recording("test_s3_notifications_sqs", SQS + "test_object_created_copy").only["messages"][0])
    same_record(deleted, Recording("test_s3_notifications_sqs", SQS + "test_delete_objects").only["messages"][0])
    assert put_["s3"]["configurationId"] == "everything"
    assert put_["s3"]["bucket"]["arn"] == f"arn:aws:s3:::{bucket}"
    assert put_["awsRegion"] == REGION


def test_many_deleted_at_once(cloud: RunningCloud, told: tuple[str, str]) -> None:
    bucket, url = told
    s3 = cloud.client("s3")
    for key in ("a", "b"):
        s3.put_object(Bucket=bucket, Key=key)
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a"}, {"Key": "b"}]})
    names = [(record["eventName"], record["s3"]["object"]["key"]) for record in records(cloud, url)]
    created, removed = "ObjectCreated:Put", "ObjectRemoved:Delete"
    assert names == [(created, "a"), (created, "b"), (removed, "a"), (removed, "b")]


def test_uploads_in_parts(cloud: RunningCloud, told: tuple[str, str]) -> None:
    bucket, url = told
    s3 = cloud.client("s3")
    named = {"Bucket": bucket, "Key": "test-key"}
    upload = s3.create_multipart_upload(**named)["UploadId"]
    etag = s3.upload_part(**named, UploadId=upload, PartNumber=1, Body=b"0" * 6144)["ETag"]
    s3.complete_multipart_upload(**named, UploadId=upload, MultipartUpload={"Parts": [{"ETag": etag, "PartNumber": 1}]})
    (record,) = records(cloud, url)
    entry = Recording("test_s3_notifications_sqs", SQS + "test_object_created_complete_multipart_upload")
    expected = entry.only["messages"][0]
    assert shape(record) == shape(expected)
    assert record["eventName"] == expected["eventName"]
    assert record["s3"]["object"]["size"] == 6144


def test_tags_and_access_control_lists(cloud: RunningCloud, told: tuple[str, str]) -> None:
    bucket, url = told
    s3 = cloud.client("s3")
    named = {"Bucket": bucket, "Key": "my_key_acl"}
    s3.put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    )
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_object(**named, Body=b"something")
    s3.put_object_tagging(**named, Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    s3.delete_object_tagging(**named)
    s3.put_object_acl(**named, ACL="public-read")
    found = {record["eventName"]: record for record in records(cloud, url)}
    for entry, name in (
        ("test_object_tagging_put_event", "ObjectTagging:Put"),
        ("test_object_tagging_delete_event", "ObjectTagging:Delete"),
        ("test_object_put_acl", "ObjectAcl:Put"),
    ):
        expected = Recording("test_s3_notifications_sqs", SQS + entry).only["messages"][0]
        assert shape(found[name]) == shape(expected)
        assert (name, found[name]["eventVersion"]) == (expected["eventName"], expected["eventVersion"])


def test_versions(cloud: RunningCloud, told: tuple[str, str]) -> None:
    entry = Recording("test_s3_notifications_sqs", SQS + "test_object_created_put_versioned")
    bucket, url = told
    s3 = cloud.client("s3")
    named = {"Bucket": bucket, "Key": "test-key"}

    def versioning(status: str) -> None:
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})

    versioning("Enabled")
    first = s3.put_object(**named, Body=b"data")["VersionId"]
    s3.put_object(**named, Body=b"data-version2")
    marker = s3.delete_object(**named)["VersionId"]
    s3.delete_object(**named, VersionId=first)
    found = records(cloud, url)
    assert [record["eventName"] for record in found] == [
        "ObjectCreated:Put",
        "ObjectCreated:Put",
        "ObjectRemoved:DeleteMarkerCreated",
        "ObjectRemoved:Delete",
    ]
    recorded = {record["eventName"]: record for record in entry["message-versioning-active"]}
    for record in found:
        assert shape(record) == shape(recorded[record["eventName"]])
    assert found[2]["s3"]["object"]["eTag"] == "d41d8cd98f00b204e9800998ecf8427e"
    versioning("Suspended")
    s3.put_object(**named, Body=b"data-version3")
    s3.delete_object(**named, VersionId=marker)
    for record, expected in zip(records(cloud, url), entry["message-versioning-suspended"], strict=True):
        assert shape(record) == shape(expected)
        assert record["eventName"] == expected["eventName"]


def test_keys_are_encoded_and_filters_are_compared_with_them_so(cloud: RunningCloud) -> None:
    url, queue_arn = queue(cloud, "filtered")
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="filtered")
    rules = [{"Name": "prefix", "Value": "my+dir/"}, {"Name": "SUFFIX", "Value": ".txt"}]
    configuration = {
        "QueueArn": queue_arn,
        "Events": ["s3:ObjectCreated:Put"],
        "Filter": {"Key": {"FilterRules": rules}},
    }
    put(cloud, "filtered", QueueConfigurations=[configuration])
    # test_filter_rules_case_insensitive: names are answered with a capital.
    kept = s3.get_bucket_notification_configuration(Bucket="filtered")["QueueConfigurations"][0]
    assert [rule["Name"] for rule in kept["Filter"]["Key"]["FilterRules"]] == ["Prefix", "Suffix"]
    assert kept["Id"]
    for key in ("my dir/a@b.txt", "my dir/a.png", "dir/a.txt"):
        s3.put_object(Bucket="filtered", Key=key)
    s3.copy_object(Bucket="filtered", Key="my dir/copy.txt", CopySource="filtered/dir/a.txt")
    # test_key_encoding: a%40b
    assert [record["s3"]["object"]["key"] for record in records(cloud, url)] == ["my+dir/a%40b.txt"]


def test_the_trace_is_carried(cloud: RunningCloud, told: tuple[str, str]) -> None:
    """test_xray_header"""
    bucket, url = told
    s3, sqs = cloud.client("s3"), cloud.client("sqs")
    trace = "Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=1"

    def traced(request: Any, **more: Any) -> None:
        request.headers["X-Amzn-Trace-Id"] = trace

    s3.meta.events.register("before-send.s3", traced)
    s3.put_object(Bucket=bucket, Key="test-data", Body=b"something")
    cloud.drain()
    (message,) = sqs.receive_message(QueueUrl=url, AttributeNames=["AWSTraceHeader"])["Messages"]
    assert message["Attributes"]["AWSTraceHeader"] == trace


def test_topics(cloud: RunningCloud) -> None:
    url, queue_arn = queue(cloud, "of-the-topic")
    sns, s3 = cloud.client("sns"), cloud.client("s3")
    topic = sns.create_topic(Name="told-topic")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)
    s3.create_bucket(Bucket="told-topic")
    put(cloud, "told-topic", TopicConfigurations=[{"TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}])
    s3.put_object(Bucket="told-topic", Key="bucket-key", Body=b"first event")
    test, said = sorted(bodies(cloud, url), key=lambda body: "Records" in body["Message"])
    assert json.loads(test["Message"])["Event"] == "s3:TestEvent"
    expected = Recording("test_s3_notifications_sns", SNS + "test_object_created_put").only["messages"][0]
    assert said["Subject"] == expected["Subject"]
    (record,) = json.loads(said["Message"])["Records"]
    assert shape(record) == shape(expected["Message"]["Records"][0])


def test_functions(timed_cloud: RunningCloud) -> None:
    functions = functions_of(timed_cloud)
    functions.failures = 2
    s3 = timed_cloud.client("s3")
    s3.create_bucket(Bucket="told-function")
    configuration = {"LambdaFunctionArn": FUNCTION, "Events": ["s3:ObjectCreated:*"]}
    put(timed_cloud, "told-function", LambdaFunctionConfigurations=[configuration])
    s3.put_object(Bucket="told-function", Key="k", Body=b"v")
    timed_cloud.drain()
    assert not functions.events
    for _ in range(2):
        timed_cloud.advance(3)
        timed_cloud.drain()
    (record,) = functions.records
    assert record["eventName"] == "ObjectCreated:Put"
    assert functions.sources == ["arn:aws:s3:::told-function"]


def test_a_real_function_reads_what_it_is_told_of(cloud: RunningCloud) -> None:
    source = "def handler(event, context):\n    print('told', event['Records'][0]['s3']['object']['key'])\n"
    s3 = cloud.client("s3")
    function = cloud.client("lambda").create_function(
        FunctionName="told",
        Runtime="python3.12",
        Handler="index.handler",
        Role=f"arn:aws:iam::{ACCOUNT}:role/r",
        Code={"ZipFile": zipped(source)},
    )["FunctionArn"]
    s3.create_bucket(Bucket="told-a-real-function")
    configuration = {"LambdaFunctionArn": function, "Events": ["s3:ObjectCreated:*"]}
    put(cloud, "told-a-real-function", LambdaFunctionConfigurations=[configuration])
    s3.put_object(Bucket="told-a-real-function", Key="a key", Body=b"v")
    cloud.drain()
    printed = cloud.client("logs").filter_log_events(logGroupName="/aws/lambda/told", filterPattern="told")["events"]
    assert [event["message"].strip() for event in printed] == ["told a+key"]


def test_what_does_not_happen_is_not_told(cloud: RunningCloud, told: tuple[str, str]) -> None:
    bucket, url = told
    s3 = cloud.client("s3")
    s3.put_object(Bucket=bucket, Key="k")
    assert refusal(s3.put_object, Bucket=bucket, Key="k", IfNoneMatch="*")["Code"] == "PreconditionFailed"
    assert [record["eventName"] for record in records(cloud, url)] == ["ObjectCreated:Put"]


def test_a_target_that_is_gone_is_given_up(timed_cloud: RunningCloud) -> None:
    queues = queues_of(timed_cloud)
    s3 = timed_cloud.client("s3")
    s3.create_bucket(Bucket="gone")
    put(timed_cloud, "gone", QueueConfigurations=[{"QueueArn": arn("sqs", "q"), "Events": ALL}])
    queues.missing.add(arn("sqs", "q"))
    s3.put_object(Bucket="gone", Key="k")
    timed_cloud.drain()
    assert len(timed_cloud.cloud.world.outbox) == 0
    assert len(queues.bodies("q")) == 1


def test_event_bridge(cloud: RunningCloud) -> None:
    url, queue_arn = queue(cloud, "of-the-bus")
    events, s3 = cloud.client("events"), cloud.client("s3")
    pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": ["told-bus"]}}}
    events.put_rule(Name="told-bus", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="told-bus", Targets=[{"Id": "q", "Arn": queue_arn}])
    s3.create_bucket(Bucket="told-bus")
    put(cloud, "told-bus", EventBridgeConfiguration={})
    assert s3.get_bucket_notification_configuration(Bucket="told-bus")["EventBridgeConfiguration"] == {}
    s3.put_object(Bucket="told-bus", Key="my key", Body=b"data")
    s3.put_object_tagging(Bucket="told-bus", Key="my key", Tagging={"TagSet": []})
    s3.delete_object(Bucket="told-bus", Key="my key")
    found = {event["detail-type"]: event for event in bodies(cloud, url)}
    entry = Recording("test_s3_notifications_eventbridge", BRIDGE + "test_object_created_put")
    for step, name in (("object_created", "Object Created"), ("object_deleted", "Object Deleted")):
        assert shape(found[name]["detail"]) == shape(entry[step]["detail"])
        for member in ("reason", "deletion-type", "version"):
            assert found[name]["detail"].get(member) == entry[step]["detail"].get(member)
        assert found[name]["resources"] == ["arn:aws:s3:::told-bus"]
    assert found["Object Created"]["detail"]["object"]["key"] == "my key"
    updated = Recording("test_s3_notifications_eventbridge", BRIDGE + "test_object_put_acl").only["messages"][0]
    assert shape(found["Object Tags Added"]["detail"]) == shape(updated["detail"])


@pytest.mark.parametrize(
    ("file", "entry", "member", "target", "missing"),
    [
        ("sqs", SQS + "test_invalid_sqs_arn", "QueueConfigurations", "QueueArn", "queue-does-not-exist"),
        ("sns", SNS + "test_invalid_topic_arn", "TopicConfigurations", "TopicArn", ""),
        (
            "lambda",
            LAMBDA + "test_invalid_lambda_arn",
            "LambdaFunctionConfigurations",
            "LambdaFunctionArn",
            "lambda-does-not-exist",
        ),
    ],
)
def test_targets_are_validated(
    cloud: RunningCloud, file: str, entry: str, member: str, target: str, missing: str
) -> None:
    recording = Recording(f"test_s3_notifications_{file}", entry)
    s3, bucket = cloud.client("s3"), f"validated-{file}"
    s3.create_bucket(Bucket=bucket)

    def ask(target_arn: str, skip: bool) -> dict[str, Any]:
        one = {"Id": "id123", target: target_arn, "Events": ["s3:ObjectCreated:*"]}
        return answered(
            s3.put_bucket_notification_configuration,
            Bucket=bucket,
            NotificationConfiguration={member: [one]},
            SkipDestinationValidation=skip,
        )

    expected = recording["invalid_not_skip"]["Error"]
    assert ask(expected["ArgumentValue"], False)["Error"] == expected
    assert ask(expected["ArgumentValue"], True)["Error"] == expected
    missing_arn = {"sqs": arn("sqs", "my-queue"), "sns": arn("sns", "my-topic"), "lambda": FUNCTION}[file]
    error = ask(missing_arn, False)["Error"]
    assert error["Message"] == "Unable to validate the following destination configurations"
    if missing:
        told = {name: value for name, value in recording[missing]["Error"].items() if "Argument" not in name}
        assert {name: value for name, value in error.items() if "Argument" not in name} == told
        expected_value = recording[missing]["Error"]["ArgumentValue1"].partition("[")[0]
        assert error["ArgumentValue1"].partition("[")[0] == expected_value
    assert error["ArgumentName1"].partition(",")[0] == missing_arn
    assert "Error" not in ask(missing_arn, True)
    kept = s3.get_bucket_notification_configuration(Bucket=bucket)[member]
    assert kept == [{"Id": "id123", target: missing_arn, "Events": ["s3:ObjectCreated:*"]}]
    put(cloud, bucket)
    assert member not in s3.get_bucket_notification_configuration(Bucket=bucket)


def test_all_targets_that_are_missing_are_named(cloud: RunningCloud) -> None:
    entry = Recording("test_s3_notifications_sqs", SQS + "test_multiple_invalid_sqs_arns")
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="many-missing")
    for step, names in {
        "two-queue-arns-invalid": ["invalid_arn", "invalid_arn_2"],
        "one-queue-invalid-one-not-existent": [arn("sqs", "my-queue"), "invalid_arn_2"],
        "multiple-queues-do-not-exist": [arn("sqs", "my-queue"), arn("sqs", "my-queue-2")],
    }.items():
        queues = [{"QueueArn": name, "Events": ["s3:ObjectCreated:*"]} for name in names]
        error = refusal(
            s3.put_bucket_notification_configuration,
            Bucket="many-missing",
            NotificationConfiguration={"QueueConfigurations": queues},
        )
        expected = entry[step]["Error"]
        assert error.keys() == expected.keys()
        assert error["Message"] == expected["Message"]
        assert error.get("ArgumentValue") == expected.get("ArgumentValue")
        assert error.get("ArgumentValue2") == expected.get("ArgumentValue2")


def test_filters_are_validated(cloud: RunningCloud) -> None:
    s3 = cloud.client("s3", parameter_validation=False)
    s3.create_bucket(Bucket="bad-filters")

    def ask(*rules: dict[str, str]) -> dict[str, Any]:
        one = {"QueueArn": arn("sqs", "q"), "Events": ALL, "Filter": {"Key": {"FilterRules": list(rules)}}}
        return refusal(
            s3.put_bucket_notification_configuration,
            Bucket="bad-filters",
            NotificationConfiguration={"QueueConfigurations": [one]},
            SkipDestinationValidation=True,
        )

    entry = Recording("test_s3_api", RULES + "test_bucket_notification_with_invalid_filter_rules")
    assert ask({"Name": "INVALID", "Value": "x"}) == entry.only["Error"]
    entry = Recording("test_s3_api", RULES + "test_bucket_notification_with_missing_values_in_rule")
    assert ask({}) == entry["invalid-rule-no-values"]["Error"]
    assert ask({"Name": "prefix"}) == entry["invalid-rule-no-value"]["Error"]
    assert ask({"Value": "x"}) == entry["invalid-rule-no-name"]["Error"]
    twice = ask({"Name": "prefix", "Value": "a"}, {"Name": "Prefix", "Value": "b"})
    assert twice["Message"] == "Cannot specify more than one prefix rule in a filter."


STACK: dict[str, Any] = {
    "Resources": {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "told-by-stack"}},
        "Bucket": {
            "Type": "AWS::S3::Bucket",
            "Properties": {
                "BucketName": "told-by-stack",
                "NotificationConfiguration": {
                    "QueueConfigurations": [
                        {
                            "Event": "s3:ObjectCreated:*",
                            "Queue": {"Fn::GetAtt": ["Queue", "Arn"]},
                            "Filter": {"S3Key": {"Rules": [{"Name": "suffix", "Value": ".csv"}]}},
                        }
                    ],
                    "EventBridgeConfiguration": {"EventBridgeEnabled": True},
                },
            },
        },
    }
}


def test_stacks(cloud: RunningCloud) -> None:
    stacks, s3 = cloud.client("cloudformation"), cloud.client("s3")

    def done(waiter: str) -> None:
        wait = {"Delay": 0.05, "MaxAttempts": 200}
        stacks.get_waiter(waiter).wait(StackName="told-by-stack", WaiterConfig=wait)

    stacks.create_stack(StackName="told-by-stack", TemplateBody=json.dumps(STACK))
    done("stack_create_complete")
    url = cloud.client("sqs").get_queue_url(QueueName="told-by-stack")["QueueUrl"]
    s3.put_object(Bucket="told-by-stack", Key="a.csv")
    s3.put_object(Bucket="told-by-stack", Key="a.txt")
    assert [record["s3"]["object"]["key"] for record in records(cloud, url)] == ["a.csv"]
    assert "EventBridgeConfiguration" in s3.get_bucket_notification_configuration(Bucket="told-by-stack")
    changed = json.loads(json.dumps(STACK))
    del changed["Resources"]["Bucket"]["Properties"]["NotificationConfiguration"]
    stacks.update_stack(StackName="told-by-stack", TemplateBody=json.dumps(changed))
    done("stack_update_complete")
    assert "QueueConfigurations" not in s3.get_bucket_notification_configuration(Bucket="told-by-stack")


def test_forms_of_browsers(cloud: RunningCloud, told: tuple[str, str]) -> None:
    """test_create_object_by_presigned_request_via_dynamodb"""
    bucket, url = told
    body = (
        '--b0undary\r\nContent-Disposition: form-data; name="key"\r\n\r\nfrom-a-form\r\n'
        '--b0undary\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\ndata\r\n--b0undary--\r\n'
    )
    headers = {"content-type": "multipart/form-data; boundary=b0undary"}
    assert raw(cloud, "POST", f"/{bucket}", body.encode(), headers, region="").status == 204
    assert [record["eventName"] for record in records(cloud, url)] == ["ObjectCreated:Post"]
