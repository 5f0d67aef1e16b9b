"""S3 beside those recorded answers of AWS that no other test is about: plain reads, settings, notifications."""

import itertools
import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud
from tests.wire.events_world import messages, queue, ruled
from tests.wire.functions import create
from tests.wire.s3_answers import Recording, answered, error_of, raw, same
from tests.wire.test_wire_s3_browsers import form

SQS = "test_s3_notifications_sqs"
EVENTS = "TestS3NotificationsToSQS::"
_NUMBERS = itertools.count(1)


@pytest.fixture
def bucket(cloud: RunningCloud) -> str:
    """A new bucket."""
    name = f"recorded-{next(_NUMBERS)}"
    cloud.client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture
def s3(cloud: RunningCloud) -> Any:
    return cloud.client("s3")


@pytest.fixture
def plain(cloud: RunningCloud) -> Any:
    """A client that sends no checksums, as presigned requests send none: S3 makes its own."""
    return cloud.client("s3", request_checksum_calculation="when_required")


def records(cloud: RunningCloud, url: str) -> list[dict[str, Any]]:
    """The records that a queue got."""
    cloud.drain()
    found = [record for one in messages(cloud, url) for record in json.loads(one["Body"]).get("Records", [])]
    return sorted(found, key=lambda record: str(record["eventName"]))


def test_objects(s3: Any, plain: Any, bucket: str) -> None:
    """test_putobject_with_multiple_keys, test_put_object, test_s3_copy_md5, test_s3_lambda_integration"""
    aws = Recording("test_s3", "::test_putobject_with_multiple_keys")
    key = {"Bucket": bucket, "Key": "aws/key1/key2/key3"}
    s3.put_object(**key, Body="test")
    aws.check("get_object", s3.get_object, **key)
    aws = Recording("test_s3", "TestS3PresignedUrl::test_put_object")
    key = {"Bucket": bucket, "Key": "my-key"}
    plain.put_object(**key, Body="something")
    aws.check("get_object", s3.get_object, **key)
    s3.put_object(**key, Body="something")
    aws = Recording("test_s3", "::test_s3_copy_md5")
    aws.check("copy-obj", s3.copy_object, Bucket=bucket, CopySource=f"{bucket}/my-key", Key="copied")


def test_a_bucket_is_emptied(s3: Any, cloud: RunningCloud) -> None:
    """test_delete_bucket_with_content, test_empty_bucket_fixture, test_delete_non_existing_keys"""
    aws = Recording("test_s3", "::test_delete_bucket_with_content")
    mine = cloud.client("s3", account="222222222222")
    for name in ("emptied-and-gone", "emptied-and-kept"):
        mine.create_bucket(Bucket=name)
    for number in range(10):
        mine.put_object(Bucket="emptied-and-gone", Key=f"test-key-{number}", Body=f"test-{number}")
    aws.check("list-objects", mine.list_objects, Bucket="emptied-and-gone", MaxKeys=100)
    keys = [{"Key": f"test-key-{number}"} for number in range(10)]
    mine.delete_objects(Bucket="emptied-and-gone", Delete={"Objects": keys})
    mine.delete_bucket(Bucket="emptied-and-gone")
    aws.check("list-buckets", mine.list_buckets)
    aws = Recording("test_s3", "::test_empty_bucket_fixture")
    for number in range(3):
        mine.put_object(Bucket="emptied-and-kept", Key=f"key{number}", Body="123")
    aws.check("list-obj", mine.list_objects_v2, Bucket="emptied-and-kept")
    for number in range(3):
        mine.delete_object(Bucket="emptied-and-kept", Key=f"key{number}")
    aws.check("list-obj-after-empty", mine.list_objects_v2, Bucket="emptied-and-kept")
    aws = Recording("test_s3", "::test_delete_non_existing_keys")
    mine.put_object(Bucket="emptied-and-kept", Key="test-key-nonexistent")
    gone = [{"Key": key} for key in ("dummy1", "dummy2", "test-key-nonexistent")]
    aws.check("deleted-resp", mine.delete_objects, Bucket="emptied-and-kept", Delete={"Objects": gone})


def test_an_upload_in_parts(plain: Any, bucket: str) -> None:
    """test_set_external_hostname"""
    aws = Recording("test_s3", "::test_set_external_hostname")
    key = {"Bucket": bucket, "Key": "test.file"}
    upload = plain.create_multipart_upload(**key)["UploadId"]
    etag = plain.upload_part(**key, UploadId=upload, PartNumber=1, Body="test content 123")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    request = {**key, "UploadId": upload, "MultipartUpload": parts}
    answer = aws.check("multipart-upload", plain.complete_multipart_upload, **request)
    same(answer, aws["get-object"], "get-object")


def test_policies(s3: Any, bucket: str) -> None:
    """test_get_bucket_policy, test_put_bucket_policy"""
    resource = f"arn:aws:s3:::{bucket}/*"
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:GetObject", "Resource": resource}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    def read(**request: Any) -> dict[str, Any]:
        answer = answered(s3.get_bucket_policy, Bucket=bucket, **request)
        return {**answer, "Policy": json.loads(answer["Policy"])} if "Policy" in answer else answer

    aws = Recording("test_s3", "TestS3::test_get_bucket_policy")
    same(read(), aws["get-bucket-policy-no-such-bucket-policy"], "none")
    made = Recording("test_s3", "TestS3::test_put_bucket_policy")
    s3.delete_public_access_block(Bucket=bucket)
    made.check("put-bucket-policy", s3.put_bucket_policy, Bucket=bucket, Policy=policy)
    same(read(), made["get-bucket-policy"], "put")
    same(read(), aws["get-bucket-policy"], "got")
    same(read(ExpectedBucketOwner=ACCOUNT), aws["get-bucket-policy-with-expected-bucket-owner"], "owner")
    same(
        read(ExpectedBucketOwner="000000000002"),
        aws["get-bucket-policy-with-expected-bucket-owner-error"],
        "another owner",
    )


def test_settings(s3: Any, cloud: RunningCloud, bucket: str) -> None:
    """test_create_bucket_with_tags, test_put_cors, test_bucket_operation_between_regions"""
    aws = Recording("test_s3_api", "::test_create_bucket_with_tags")
    tags = {"Tags": [{"Key": "tag1", "Value": "value1"}], "LocationConstraint": "eu-central-1"}
    tagged = {"Bucket": f"{bucket}-tagged"}
    aws.check("create-bucket-with-tags", s3.create_bucket, **tagged, CreateBucketConfiguration=tags)
    aws.check("get-bucket-tags", s3.get_bucket_tagging, **tagged)
    aws = Recording("test_s3_cors", "::test_put_cors")
    rules = {"CORSRules": aws["get-cors"]["CORSRules"]}
    aws.check("put-cors", s3.put_bucket_cors, Bucket=bucket, CORSConfiguration=rules)
    aws.check("get-cors", s3.get_bucket_cors, Bucket=bucket)
    # Websites are refused by name; cross-origin rules are set in one region and read in another.
    aws = Recording("test_s3", "::test_bucket_operation_between_regions")
    rules = {"CORSRules": aws["get-cors-config-region-2"]["CORSRules"]}
    aws.check("put-cors-config-region-1", s3.put_bucket_cors, Bucket=bucket, CORSConfiguration=rules)
    elsewhere = cloud.client("s3", region="eu-west-1")
    aws.check("get-cors-config-region-2", elsewhere.get_bucket_cors, Bucket=bucket)


def test_entries_without_an_answer(s3: Any, cloud: RunningCloud, bucket: str) -> None:
    """test_cors_http_get_no_config, test_public_access_block_exc: what is not allowed to browsers is answered, without
    headers for them; unknown settings of public access are refused."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    answer = raw(cloud, "GET", f"/{bucket}/k", headers={"origin": "https://localhost:4200"})
    assert (answer.status, answer.body) == (200, b"x")
    assert not {name for name in answer.headers if name.startswith("access-control")}


def test_locks_that_are_not_there(s3: Any, bucket: str) -> None:
    """test_delete_object_with_no_locking"""
    aws = Recording("test_s3_api", "::test_delete_object_with_no_locking")
    key = {"Bucket": bucket, "Key": "test-delete-no-lock"}
    s3.put_object(**key, Body=b"test")
    aws.check("delete-object-bypass-no-lock", s3.delete_object, **key, BypassGovernanceRetention=True)
    aws.check("delete-object-bypass-no-lock-false", s3.delete_object, **key, BypassGovernanceRetention=False)
    many = {"Bucket": bucket, "Delete": {"Objects": [{"Key": key["Key"]}]}}
    aws.check("delete-objects-bypass-no-lock", s3.delete_objects, **many, BypassGovernanceRetention=True)


def test_notifications_of_no_bucket(s3: Any, cloud: RunningCloud) -> None:
    """test_get_bucket_notification_configuration_no_such_bucket, test_bucket_not_exist"""
    aws = Recording("test_s3", "::test_get_bucket_notification_configuration_no_such_bucket")
    aws.check("expected_error", s3.get_bucket_notification_configuration, Bucket="doesnotexist-1a2b")
    aws = Recording("test_s3_notifications_sns", "::test_bucket_not_exist")
    topic = cloud.client("sns").create_topic(Name="of-no-bucket")["TopicArn"]
    told = {"TopicConfigurations": [{"TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}]}
    aws.check(
        "bucket_not_exists",
        s3.put_bucket_notification_configuration,
        Bucket="this-bucket-does-not-exist",
        NotificationConfiguration=told,
    )


def told(s3: Any, bucket: str, queue_arn: str, events: list[str], rules: Any = None, **more: Any) -> None:
    one = {"QueueArn": queue_arn, "Events": events, **more}
    if rules is not None:
        one["Filter"] = {"Key": {"FilterRules": [{"Name": name, "Value": value} for name, value in rules]}}
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"QueueConfigurations": [one]})


def test_a_queue_is_told(s3: Any, cloud: RunningCloud, bucket: str) -> None:
    """test_object_created_and_object_removed"""
    aws = Recording(SQS, f"{EVENTS}test_object_created_and_object_removed")
    url, queue_arn = queue(cloud, "told-of-three")
    told(s3, bucket, queue_arn, ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"], Id="c")
    s3.put_object(Bucket=bucket, Key="src-key", Body="something")
    s3.copy_object(Bucket=bucket, CopySource=f"{bucket}/src-key", Key="dest-key")
    s3.delete_object(Bucket=bucket, Key="src-key")
    same(records(cloud, url), marked(aws["receive_messages"]["messages"]), "records")


def marked(value: Any) -> Any:
    """A recording with brackets around those names of values that change which it has without."""
    names = "amz-id|amz-request-id|sequencer|date"
    return json.loads(re.sub(rf': "({names})"', r': "<\1>"', json.dumps(value)))


def test_two_regions(s3: Any, cloud: RunningCloud, bucket: str) -> None:
    """test_object_created_put_with_presigned_url_upload, test_object_created_put_in_different_region"""
    aws = Recording(SQS, f"{EVENTS}test_object_created_put_with_presigned_url_upload")
    far = cloud.client("s3", region="us-west-1")
    far.create_bucket(Bucket=f"{bucket}-far", CreateBucketConfiguration={"LocationConstraint": "us-west-1"})
    for step, client, region, name in (
        ("receive_messages", s3, REGION, bucket),
        ("receive_messages_region_2", far, "us-west-1", f"{bucket}-far"),
    ):
        sqs = cloud.client("sqs", region=region)
        url = sqs.create_queue(QueueName="told-by-presigned")["QueueUrl"]
        queue_arn = f"arn:aws:sqs:{region}:{ACCOUNT}:told-by-presigned"
        told(client, name, queue_arn, ["s3:ObjectCreated:*"], Id="c")
        signed = client.generate_presigned_url("put_object", Params={"Bucket": name, "Key": "key-by-hostname"})
        path = "/" + signed.split("/", 3)[3]
        assert raw(cloud, "PUT", path, b"something", region="").status == 200
        cloud.drain()
        bodies = [json.loads(one["Body"]) for _ in range(2) for one in sqs.receive_message(QueueUrl=url)["Messages"]]
        (record,) = [record for body in bodies for record in body.get("Records", [])]
        same(record, marked(aws[step]["messages"][0]), step)
        assert record["awsRegion"] == region


def test_the_bus_is_told_in_two_regions(s3: Any, cloud: RunningCloud, bucket: str) -> None:
    """test_object_created_put_in_different_region: of buckets there and here, on the bus of the bucket's region."""
    aws = Recording("test_s3_notifications_eventbridge", "::test_object_created_put_in_different_region")
    url, queue_arn = queue(cloud, "told-by-bus")
    ruled(cloud, "told", {"Id": "q", "Arn": queue_arn}, EventPattern=json.dumps({"source": ["aws.s3"]}))
    bridged: dict[str, Any] = {"EventBridgeConfiguration": {}}
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=bridged)
    for client in (s3, cloud.client("s3", region="us-west-1")):
        client.put_object(Bucket=bucket, Key="k", Body="data")
    cloud.drain()
    theirs = marked(aws["object-created-different-regions"]["messages"])
    for event in theirs:
        event["detail"] |= {"request-id": "<id>"}
        event["detail"]["object"] |= {"sequencer": "<sequencer>"}
    same([json.loads(one["Body"]) for one in messages(cloud, url)], theirs, "events")


def test_filters(s3: Any, cloud: RunningCloud, bucket: str) -> None:
    """test_notifications_with_filter, test_filter_rules_empty_value"""
    aws = Recording(SQS, f"{EVENTS}test_notifications_with_filter")
    url, queue_arn = queue(cloud, "told-of-uploads")
    wanted = aws["config"]["QueueConfigurations"]
    configurations = [{**one, "QueueArn": queue_arn} for one in wanted]
    del configurations[0]["Id"]
    ask = {"Bucket": bucket}
    s3.put_bucket_notification_configuration(**ask, NotificationConfiguration={"QueueConfigurations": configurations})
    aws.check("config", s3.get_bucket_notification_configuration, **ask)
    s3.put_object(**ask, Key="testupload/dir1/testfile.txt", Body="x" * 32)
    s3.put_object(**ask, Key="other/dir1/testfile.txt", Body="x" * 32)
    (record,) = records(cloud, url)
    record["s3"]["object"]["eTag"] = aws["message"]["s3"]["object"]["eTag"]
    same(record, marked(aws["message"]), "message")
    s3.put_bucket_notification_configuration(**ask, NotificationConfiguration={})
    aws.check("config_empty", s3.get_bucket_notification_configuration, **ask)
    told(s3, bucket, queue_arn, ["s3:ObjectCreated:*"], Id="id123456")
    aws.check("config_updated", s3.get_bucket_notification_configuration, **ask)
    told(s3, bucket, queue_arn, ["s3:ObjectCreated:*"], [("Prefix", "testupload/")], Id="id123456")
    aws.check("config_updated_filter", s3.get_bucket_notification_configuration, **ask)
    aws = Recording(SQS, f"{EVENTS}test_filter_rules_empty_value")
    _, other = queue(cloud, "my-queue-empty")
    told(s3, bucket, other, ["s3:ObjectCreated:*"], [("suffix", "")])
    aws.check("bucket_notification_configuration", s3.get_bucket_notification_configuration, **ask)


@pytest.mark.parametrize("version", ["s3", "s3v4"])
@pytest.mark.parametrize("virtual", [False, True])
def test_presigned_requests_that_are_over(timed_cloud: RunningCloud, version: str, virtual: bool) -> None:
    """test_presigned_url_signature_authentication_expired, of both versions and both ways to address a bucket."""
    aws = Recording("test_s3", f"::test_presigned_url_signature_authentication_expired[{version}-{virtual}]")
    s3 = timed_cloud.client("s3", signature_version=version)
    s3.create_bucket(Bucket="over")
    s3.put_object(Bucket="over", Key="temp.txt", Body=b"123")
    url = urlsplit(s3.generate_presigned_url("get_object", Params={"Bucket": "over", "Key": "temp.txt"}, ExpiresIn=1))
    # The URL was signed by the machine's clock, which the cloud's is behind.
    timed_cloud.advance(datetime.now(UTC).timestamp() - timed_cloud.clock.now_ms() / 1000 + 60)
    path, headers = url.path, {}
    if virtual:
        path, headers = url.path.removeprefix("/over"), {"host": f"over.s3.localhost:{url.port}"}
    answer = raw(timed_cloud, "GET", f"{path}?{url.query}", headers=headers, region="")
    assert answer.status == 403
    same(error_of(answer), aws["expired"]["Error"] | {"HostId": "<id>"}, "expired")


def test_forms_of_others(cloud: RunningCloud, s3: Any, bucket: str) -> None:
    """test_presigned_post_with_different_user_credentials"""
    aws = Recording("test_s3", "::test_presigned_post_with_different_user_credentials")
    signed = cloud.client("s3").generate_presigned_post(bucket, "my-key", ExpiresIn=60)
    body, headers = form(signed["fields"], b"abcdef")
    assert raw(cloud, "POST", f"/{bucket}", body, headers, region="").status == 204
    aws.check("get-obj", s3.get_object, Bucket=bucket, Key="my-key")


def test_a_topic_is_told(s3: Any, cloud: RunningCloud, bucket: str) -> None:
    """test_bucket_notifications_with_filter"""
    aws = Recording("test_s3_notifications_sns", "::test_bucket_notifications_with_filter")["message"]
    sns = cloud.client("sns")
    topic = sns.create_topic(Name="told-of-uploads")["TopicArn"]
    url, queue_arn = queue(cloud, "told-by-topic")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)
    rules = [{"Name": "prefix", "Value": "testupload/"}, {"Name": "suffix", "Value": "testfile.txt"}]
    one = {"Id": "c", "TopicArn": topic, "Events": ["s3:ObjectCreated:*"], "Filter": {"Key": {"FilterRules": rules}}}
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"TopicConfigurations": [one]})
    for key in ("testupload/dir1/testfile.txt", "testupload/other.txt"):
        s3.put_object(Bucket=bucket, Key=key, Body="x" * 35)
    heard = [json.loads(one["Body"]) for one in messages(cloud, url)]
    (told_of,) = [one for one in heard if "TestEvent" not in one["Message"]]
    message = json.loads(told_of["Message"])
    theirs = marked({**aws, "Message": "<message>"})
    theirs |= {"SigningCertURL": "<url>", "UnsubscribeURL": "<url>", "Timestamp": "<date>"}
    same(told_of, theirs, "envelope")
    record = aws["Message"]["Records"][0]
    record["s3"]["object"]["eTag"] = "<tag>"
    same(message, marked({"Records": [record]}), "message")


def test_a_function_is_told(s3: Any, cloud: RunningCloud, bucket: str) -> None:
    """test_create_object_put_via_dynamodb: the function puts what it is told of into a table."""
    aws = Recording("test_s3_notifications_lambda", "::test_create_object_put_via_dynamodb")["table_content"]
    tables, functions = cloud.client("dynamodb"), cloud.client("lambda")
    key = {"AttributeName": "id", "AttributeType": "S"}
    schema = [{"AttributeName": "id", "KeyType": "HASH"}]
    tables.create_table(TableName="told", AttributeDefinitions=[key], KeySchema=schema, BillingMode="PAY_PER_REQUEST")
    source = "import boto3\n\ndef handler(event, context):\n    table = boto3.resource('dynamodb').Table('told')\n"
    source += "    for record in event['Records']:\n        table.put_item(Item={'id': 'it', 'data': record})\n"
    function = create(functions, "told-by-bucket", source)["FunctionArn"]
    permission = {"Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}
    functions.add_permission(FunctionName="told-by-bucket", StatementId="s", **permission)
    one = {"Id": "c", "LambdaFunctionArn": function, "Events": ["s3:ObjectCreated:*"]}
    configuration = {"LambdaFunctionConfigurations": [one]}
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=configuration)
    s3.put_object(Bucket=bucket, Key="test-key", Body="something..")
    cloud.drain()
    item = tables.get_item(TableName="told", Key={"id": {"S": "it"}})["Item"]["data"]
    theirs = marked(aws)
    theirs["M"]["s3"]["M"]["object"]["M"]["eTag"]["S"] = "<tag>"
    same(item, theirs, "item")


def test_locks_that_are_asked_for(s3: Any, bucket: str) -> None:
    """test_get_object_lock_configuration_exc"""
    aws = Recording("test_s3_api", "::test_get_object_lock_configuration_exc")
    aws.check("get-lock-config-no-enabled", s3.get_object_lock_configuration, Bucket=bucket)
    aws.check("get-lock-config-bucket-not-exists", s3.get_object_lock_configuration, Bucket="not-there-1a2b")


@pytest.mark.parametrize("algorithm", ["", "CRC32C", "CRC64NVME"])
def test_checksums_that_the_sdk_does_not_make(s3: Any, bucket: str, algorithm: str) -> None:
    """test_s3_get_object_checksum, test_s3_copy_object_with_checksum: the client's own sums, and none wanted."""
    aws = Recording("test_s3", f"::test_s3_get_object_checksum[{algorithm or None}]")
    key = {"Bucket": bucket, "Key": "summed"}
    own = {f"Checksum{algorithm}": aws["put-object"][f"Checksum{algorithm}"]} if algorithm else {}
    aws.check("put-object", s3.put_object, **key, Body=b"test-checksum", **own)
    aws.check("get-object-with-checksum", s3.get_object, **key, ChecksumMode="ENABLED")
    aws.check("get-object", s3.get_object, **key)
    if algorithm:
        aws = Recording("test_s3", f"::test_s3_copy_object_with_checksum[{algorithm}]")
        source = {"Bucket": bucket, "CopySource": f"{bucket}/summed"}
        wanted = aws["copy-object-in-place-with-checksum"]["CopyObjectResult"]
        again = s3.copy_object(**source, Key="summed", MetadataDirective="REPLACE", ChecksumAlgorithm=algorithm)
        kept = s3.copy_object(**source, Key="kept")
        for answer in (again, kept):
            assert set(answer["CopyObjectResult"]) == set(wanted)
            assert answer["CopyObjectResult"][f"Checksum{algorithm}"] == own[f"Checksum{algorithm}"]


@pytest.mark.parametrize("delimiter", ["", "/"])
def test_prefixes(s3: Any, bucket: str, delimiter: str) -> None:
    """test_list_objects_with_prefix"""
    aws = Recording("test_s3_list_operations", f"::test_list_objects_with_prefix[{delimiter}]")
    s3.put_object(Bucket=bucket, Key="test/foo/bar/123", Body=b"content 123")
    aws.check("list-objects", s3.list_objects, Bucket=bucket, Prefix="test/", Delimiter=delimiter, MaxKeys=1)


@pytest.mark.parametrize(
    ("entry", "step", "objects"),
    [
        (
            "test_url_encoded_key",
            "list-object-encoded-char",
            {"test@key/": 16, "test%40key": 24, "test%40key/": 12},
        ),
        ("test_object_with_slashes_in_key", "list-objects-slashes", {"/foo": 6, "bar": 6, "/bar/foo/": 4}),
    ],
)
def test_keys_with_signs(s3: Any, bucket: str, entry: str, step: str, objects: dict[str, int]) -> None:
    """The entries that the parameters name."""
    aws = Recording("test_s3", f"::{entry}[False]")
    for key, size in objects.items():
        s3.put_object(Bucket=bucket, Key=key, Body=b"x" * size)
    listed = s3.list_objects_v2(Bucket=bucket)
    for one in [*listed["Contents"], *aws[step]["Contents"]]:
        one["ETag"] = "<of other bytes>"
    same(listed, aws[step], step)


def test_uploads_of_another_key(s3: Any, bucket: str) -> None:
    """test_multipart_key_validation"""
    aws = Recording("test_s3", "::test_multipart_key_validation")
    key = {"Bucket": bucket, "Key": "test-multipart-key-validation"}
    upload = s3.create_multipart_upload(**key)["UploadId"]
    etag = s3.upload_part(**key, UploadId=upload, PartNumber=1, Body=b"abc")["ETag"]
    wrong = {"Bucket": bucket, "Key": "fake-key-name", "UploadId": upload}
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    aws.check("upload-part-wrong-key-name", s3.upload_part, **wrong, PartNumber=1, Body=b"abc")
    aws.check("complete-multipart-wrong-key-name", s3.complete_multipart_upload, **wrong, MultipartUpload=parts)
    aws.check("list-parts-wrong-key-name", s3.list_parts, **wrong)
    aws.check("abort-multipart-wrong-key-name", s3.abort_multipart_upload, **wrong)


def test_words_in_base_64_that_are_none(s3: Any, cloud: RunningCloud, bucket: str) -> None:
    """test_user_metadata_rfc2047_bad_b64_encoded"""
    aws = Recording("test_s3", "::test_user_metadata_rfc2047_bad_b64_encoded")
    key = {"Bucket": bucket, "Key": "words"}
    s3.put_object(**key, Body=b"", Metadata={"bad-b64-encoded": "=?UTF-8?B?8mHx?="})
    aws.check("get-object", s3.get_object, **key)


def test_the_region_of_all(s3: Any) -> None:
    """test_create_bucket_with_invalid_location_constraint[us-east-1-us-east-1]"""
    aws = Recording("test_s3", "::test_create_bucket_with_invalid_location_constraint[us-east-1-us-east-1]")
    (step,) = aws.steps
    configuration = {"LocationConstraint": "us-east-1"}
    aws.check(step, s3.create_bucket, Bucket="never-made", CreateBucketConfiguration=configuration)


def test_forms_without_their_signature(cloud: RunningCloud, bucket: str) -> None:
    """test_post_request_missing_signature[s3], test_post_request_missing_fields[s3]"""
    signed = cloud.client("s3", signature_version="s3").generate_presigned_post(bucket, "my-key", ExpiresIn=60)

    def post(*missing: str) -> dict[str, str]:
        fields = {name: value for name, value in signed["fields"].items() if name not in missing}
        body, headers = form(fields, b"abcdef")
        return error_of(raw(cloud, "POST", f"/{bucket}", body, headers, region=""))

    aws = Recording("test_s3", "::test_post_request_missing_signature[s3]")["exception-missing-signature"]["Error"]
    same(post("signature"), aws | {"ArgumentValue": ""}, "signature")
    aws = Recording("test_s3", "::test_post_request_missing_fields[s3]")
    same(post("AWSAccessKeyId"), aws["exception-missing-fields"]["Error"] | {"ArgumentValue": ""}, "key")
    same(post("AWSAccessKeyId", "signature"), aws["exception-no-sig-related-fields"]["Error"], "both")
