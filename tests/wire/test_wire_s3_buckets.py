"""Buckets over the wire, beside the recorded answers of AWS."""

from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from tests.conftest import RunningCloud
from tests.wire.s3_answers import Recording, answered, error_of, raw, refusal, same

WEST = "us-west-2"


@pytest.fixture
def s3(cloud: RunningCloud) -> Any:
    return cloud.client("s3")


def constraint(region: str) -> dict[str, Any]:
    return {"CreateBucketConfiguration": {"LocationConstraint": region}}


def test_a_bucket_is_made_described_and_found(cloud: RunningCloud, s3: Any) -> None:
    aws = Recording("test_s3", "test_create_bucket_head_bucket")
    aws.check("create_bucket", s3.create_bucket, Bucket="made-here")
    aws.check(
        "create_bucket_location_constraint",
        cloud.client("s3", region=WEST).create_bucket,
        Bucket="made-there",
        **constraint(WEST),
    )
    aws.check("head_bucket", s3.head_bucket, Bucket="made-here")
    found = aws.check("head_bucket_2", cloud.client("s3", region=WEST).head_bucket, Bucket="made-there")
    assert found["BucketRegion"] == WEST
    aws.check("head_bucket_not_exist", s3.head_bucket, Bucket="never-made")


def test_the_constraint_is_the_region_that_was_asked(cloud: RunningCloud, s3: Any) -> None:
    aws = Recording("test_s3", "test_different_location_constraint")
    other, third = cloud.client("s3", region="us-east-2"), cloud.client("s3", region="us-west-1")
    s3.create_bucket(Bucket="at-home")
    aws.check("get-bucket-location-bucket-us-east-1", s3.get_bucket_location, Bucket="at-home")
    aws.check("create-bucket-constraint-us-east-1", s3.create_bucket, Bucket="x-1", **constraint("us-east-1"))
    other.create_bucket(Bucket="abroad", **constraint("us-east-2"))
    aws.check("get-bucket-location-bucket-us-east-2", other.get_bucket_location, Bucket="abroad")
    aws.check("create-bucket-us-east-2-no-constraint-exc", other.create_bucket, Bucket="x-2")
    for step, client, region in (
        ("create-bucket-us-east-2-constraint-to-us-west-1", other, "us-west-1"),
        ("create-bucket-us-west-1-constraint-to-us-east-2", third, "us-east-2"),
        ("create-bucket-us-west-1-constraint-to-us-east-1", third, "us-east-1"),
    ):
        aws.check(step, client.create_bucket, Bucket="x-3", **constraint(region))
    missing = answered(s3.get_bucket_location, Bucket="never-made")
    same(missing["Error"], aws["get-bucket-location-non-existent-bucket"]["Error"], "missing")


@pytest.mark.parametrize(
    ("region", "wanted", "entry", "step"),
    [
        (
            "us-east-1",
            "aws-global",
            "test_bucket_constraint_aws_global[us-east-1]",
            "aws-global-constraint",
        ),
        (
            "us-west-1",
            "aws-global",
            "test_bucket_constraint_aws_global[us-west-1]",
            "aws-global-constraint",
        ),
        (
            "us-east-1",
            "foo",
            "test_create_bucket_with_invalid_location_constraint[us-east-1-foo]",
            "us-east-1-location-constraint-foo-error",
        ),
        (
            "eu-west-1",
            "bar",
            "test_create_bucket_with_invalid_location_constraint[eu-west-1-bar]",
            "eu-west-1-location-constraint-bar-error",
        ),
        (
            "us-west-1",
            "EU",
            "test_create_bucket_with_eu_location_constraint_raises",
            "eu-location-constraint-error",
        ),
    ],
)
def test_wrong_constraints(cloud: RunningCloud, region: str, wanted: str, entry: str, step: str) -> None:
    client = cloud.client("s3", region=region)
    Recording("test_s3", entry).check(step, client.create_bucket, Bucket="nowhere", **constraint(wanted))


def test_the_eu_is_ireland(cloud: RunningCloud, s3: Any) -> None:
    aws = Recording("test_s3", "test_create_bucket_with_eu_location_constraint")
    s3.create_bucket(Bucket="old-europe", **constraint("EU"))
    aws.check("get-bucket-location", s3.get_bucket_location, Bucket="old-europe")
    listed = aws.check("list-bucket-response", s3.list_buckets, Prefix="old-europe")
    assert listed["Buckets"][0]["BucketRegion"] == "eu-west-1"


def test_a_name_is_taken_once(cloud: RunningCloud, s3: Any) -> None:
    aws = Recording("test_s3", "test_create_bucket_with_existing_name")
    for region in ("us-west-1", "us-east-2"):
        client = cloud.client("s3", region=region)
        client.create_bucket(Bucket=f"taken-{region}", **constraint(region))
        aws.check(f"create-bucket-{region}", client.create_bucket, Bucket=f"taken-{region}", **constraint(region))
    s3.create_bucket(Bucket="taken-at-home")
    assert s3.create_bucket(Bucket="taken-at-home")["Location"] == "/taken-at-home"
    theirs = cloud.client("s3", account="999999999999")
    assert refusal(theirs.create_bucket, Bucket="taken-at-home")["Code"] == "BucketAlreadyExists"


def test_tags_of_a_new_bucket(s3: Any) -> None:
    aws = Recording("test_s3_api", "test_create_bucket_with_tags_us_east_1_idempotency")
    first, second = [{"Key": "tag1", "Value": "value1"}], [{"Key": "tag2", "Value": "value2"}]

    def tagged(tags: list[dict[str, str]]) -> dict[str, Any]:
        return {"Bucket": "tagged-at-birth", "CreateBucketConfiguration": {"Tags": tags}}

    aws.check("create-bucket-with-tags", s3.create_bucket, **tagged(first))
    aws.check("get-bucket-tags", s3.get_bucket_tagging, Bucket="tagged-at-birth")
    aws.check("create-bucket-different-tags", s3.create_bucket, **tagged(second))
    aws.check("create-bucket-with-no-tags", s3.create_bucket, Bucket="tagged-at-birth")
    aws.check("create-bucket-with-same-tags", s3.create_bucket, **tagged(first))
    aws.check("create-bucket-with-empty-tags", s3.create_bucket, **tagged([]))
    aws.check("get-bucket-tags-after-create-empty", s3.get_bucket_tagging, Bucket="tagged-at-birth")


def test_wrong_tags_of_a_new_bucket(s3: Any) -> None:
    aws = Recording("test_s3_api", "test_create_bucket_with_tags_exc")
    for step, tag in (
        ("tags-key-aws-prefix", {"Key": "aws:x", "Value": "v"}),
        ("tags-key-aws-bad-value", {"Key": "test", "Value": "value1,value2"}),
        ("tags-key-aws-bad-key", {"Key": "test,test2", "Value": "v"}),
    ):
        aws.check(step, s3.create_bucket, Bucket="never-tagged", CreateBucketConfiguration={"Tags": [tag]})
    assert refusal(s3.head_bucket, Bucket="never-tagged")["Code"] == "404"


def test_only_empty_buckets_are_deleted(s3: Any) -> None:
    aws = Recording("test_s3_api", "TestS3BucketCRUD::test_delete_bucket_with_objects")
    s3.create_bucket(Bucket="not-empty")
    s3.put_object(Bucket="not-empty", Key="k", Body=b"x")
    aws.check("delete-with-obj", s3.delete_bucket, Bucket="not-empty")
    aws.check("delete-obj", s3.delete_object, Bucket="not-empty", Key="k")
    s3.create_multipart_upload(Bucket="not-empty", Key="half")
    aws.check("delete-bucket", s3.delete_bucket, Bucket="not-empty")
    missing = Recording("test_s3", "test_delete_bucket_no_such_bucket")
    missing.check("expected_error", s3.delete_bucket, Bucket="does-not-exist-localstack-test")


def test_buckets_that_kept_versions_are_not_empty(s3: Any) -> None:
    aws = Recording("test_s3_api", "test_delete_versioned_bucket_with_objects")
    s3.create_bucket(Bucket="remembers")
    s3.put_bucket_versioning(Bucket="remembers", VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket="remembers", Key="k", Body=b"x")["VersionId"]
    marker = s3.delete_object(Bucket="remembers", Key="k")["VersionId"]
    aws.check("delete-with-obj-and-delete-marker", s3.delete_bucket, Bucket="remembers")
    aws.check("delete-obj-by-version", s3.delete_object, Bucket="remembers", Key="k", VersionId=first)
    aws.check("delete-with-only-delete-marker", s3.delete_bucket, Bucket="remembers")
    aws.check("delete-marker-by-version", s3.delete_object, Bucket="remembers", Key="k", VersionId=marker)
    aws.check("success-delete-bucket", s3.delete_bucket, Bucket="remembers")


@pytest.mark.parametrize(
    "name",
    [
        "ab",
        "a" * 64,
        "Upper",
        "under_score",
        "-dash",
        "dash-",
        ".dot",
        "two..dots",
        "192.168.5.4",
        "xn--x",
        "sthree-x",
        "amzn-s3-demo-x",
        "x-s3alias",
        "x--ol-s3",
        "x.mrap",
        "x--table-s3",
    ],
)
def test_names_that_no_bucket_has(cloud: RunningCloud, name: str) -> None:
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""
    s3 = cloud.client("s3", parameter_validation=False, s3={"addressing_style": "path"})
    found = answered(s3.create_bucket, Bucket=name)
    assert found["Error"] == {
        "Code": "InvalidBucketName",
        "Message": "The specified bucket is not valid.",
        "BucketName": name,
    }


def test_an_uppercase_name(cloud: RunningCloud) -> None:
    s3 = cloud.client("s3")
    aws = Recording("test_s3", "test_s3_uppercase_bucket_name")
    aws.check("uppercase-bucket", s3.create_bucket, Bucket="UpperCase")


def test_buckets_are_listed_page_by_page(cloud: RunningCloud) -> None:
    mine = cloud.client("s3", account="555555555555")
    for name in ("list-b", "list-a", "list-c", "other"):
        mine.create_bucket(Bucket=name)
    plain = mine.list_buckets()
    assert [one["Name"] for one in plain["Buckets"]] == ["list-a", "list-b", "list-c", "other"]
    assert "BucketRegion" not in plain["Buckets"][0]
    aws = Recording("test_s3_list_operations", "test_list_buckets_with_max_buckets")
    first = aws.check("list-objects-with-max-buckets", mine.list_buckets, MaxBuckets=1)
    second = mine.list_buckets(MaxBuckets=2, ContinuationToken=first["ContinuationToken"])
    assert [one["Name"] for one in second["Buckets"]] == ["list-b", "list-c"]
    assert [one["Name"] for one in mine.list_buckets(Prefix="list-")["Buckets"]] == ["list-a", "list-b", "list-c"]
    aws = Recording("test_s3_list_operations", "test_list_buckets_by_prefix_with_case_sensitivity")
    aws.check("list-objects-by-prefix-empty", mine.list_buckets, Prefix="LIST-")
    aws = Recording("test_s3_list_operations", "test_list_buckets_by_bucket_region")
    aws.check("list-objects-by-bucket-region-empty", mine.list_buckets, BucketRegion=WEST, Prefix="list-a")
    aws.check("list-objects-by-bucket-region-not-empty", mine.list_buckets, BucketRegion="us-east-1", Prefix="list-a")
    aws = Recording("test_s3_list_operations", "test_list_buckets_region_validation")
    aws.check("bad-region", mine.list_buckets, BucketRegion="eu-east-1")


def test_a_bucket_is_asked_for_in_its_region(cloud: RunningCloud, s3: Any) -> None:
    """boto3 follows S3's redirect; so do requests that name no region. Source:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/Redirects.html"""
    west = cloud.client("s3", region=WEST)
    west.create_bucket(Bucket="in-the-west", **constraint(WEST))
    s3.put_object(Bucket="in-the-west", Key="k", Body=b"reached")
    assert s3.get_object(Bucket="in-the-west", Key="k")["Body"].read() == b"reached"
    refused = raw(cloud, "GET", "/in-the-west?list-type=2")
    assert (refused.status, refused.element("Code")) == (301, "PermanentRedirect")
    assert refused.element("Endpoint") == "in-the-west.s3.us-west-2.amazonaws.com"
    assert refused.headers["x-amz-bucket-region"] == WEST
    anonymous = boto3.client(
        "s3", endpoint_url=cloud.endpoint, region_name="us-east-1", config=Config(signature_version=UNSIGNED)
    )
    assert anonymous.get_object(Bucket="in-the-west", Key="k")["Body"].read() == b"reached"
    anonymous.close()


@pytest.mark.parametrize("account", ["0000", "0000000000020", "abcd", "aa000000000$"])
def test_an_expected_owner_is_an_account(s3: Any, account: str) -> None:
    aws = Recording("test_s3", f"test_get_bucket_policy_invalid_account_id[{account}]")
    s3.create_bucket(Bucket="owned")
    aws.check(
        "get-bucket-policy-invalid-bucket-owner", s3.get_bucket_policy, Bucket="owned", ExpectedBucketOwner=account
    )


def test_the_expected_owner_is_the_owner(s3: Any) -> None:
    s3.create_bucket(Bucket="owned")
    assert refusal(s3.list_objects_v2, Bucket="owned", ExpectedBucketOwner="999999999999")["Code"] == "AccessDenied"
    assert s3.list_objects_v2(Bucket="owned", ExpectedBucketOwner="123456789012")["KeyCount"] == 0


def test_what_no_bucket_has_here_is_said_as_aws_says_it(s3: Any) -> None:
    s3.create_bucket(Bucket="plain")
    codes = {
        s3.get_bucket_replication: "ReplicationConfigurationNotFoundError",
        s3.get_object_lock_configuration: "ObjectLockConfigurationNotFoundError",
    }
    for ask, code in codes.items():
        assert refusal(ask, Bucket="plain")["Code"] == code
    for ask in (
        s3.get_bucket_accelerate_configuration,
        s3.get_bucket_logging,
        s3.get_bucket_notification_configuration,
    ):
        assert set(ask(Bucket="plain")) == {"ResponseMetadata"}
    named = {"Bucket": "plain", "Id": "all"}
    for kind, many in (
        ("analytics", s3.list_bucket_analytics_configurations),
        ("intelligent_tiering", s3.list_bucket_intelligent_tiering_configurations),
        ("inventory", s3.list_bucket_inventory_configurations),
        ("metrics", s3.list_bucket_metrics_configurations),
    ):
        answer = many(Bucket="plain")
        assert (answer.pop("IsTruncated"), set(answer)) == (False, {"ResponseMetadata"})
        for verb in ("get", "delete"):
            refused = refusal(getattr(s3, f"{verb}_bucket_{kind}_configuration"), **named)
            assert (refused["Code"], refused["Message"]) == (
                "NoSuchConfiguration",
                "The specified configuration does not exist.",
            )
    s3.delete_bucket_replication(Bucket="plain")
    s3.put_bucket_logging(Bucket="plain", BucketLoggingStatus={})
    target = {"LoggingEnabled": {"TargetBucket": "plain", "TargetPrefix": ""}}
    assert refusal(s3.put_bucket_logging, Bucket="plain", BucketLoggingStatus=target)["Code"] == "NotImplemented"
    metrics = {"Id": "all"}
    refused = refusal(s3.put_bucket_metrics_configuration, Bucket="plain", Id="all", MetricsConfiguration=metrics)
    assert refused["Code"] == "NotImplemented" and "PutBucketMetricsConfiguration" in refused["Message"]


def test_who_pays_for_requests(s3: Any) -> None:
    aws = Recording("test_s3", "TestS3::test_s3_request_payer")
    s3.create_bucket(Bucket="paid")
    assert s3.get_bucket_request_payment(Bucket="paid")["Payer"] == "BucketOwner"
    ask = {"Bucket": "paid", "RequestPaymentConfiguration": {"Payer": "Requester"}}
    aws.check("put-bucket-request-payment", s3.put_bucket_request_payment, **ask)
    aws.check("get-bucket-request-payment", s3.get_bucket_request_payment, Bucket="paid")
    wrong = Recording("test_s3", "TestS3::test_s3_request_payer_exceptions")
    somebody = {**ask, "RequestPaymentConfiguration": {"Payer": "Random"}}
    wrong.check("wrong-payer-type", s3.put_bucket_request_payment, **somebody)
    nowhere = {**ask, "Bucket": "no-such-bucket-3c4d"}
    wrong.check("wrong-bucket-name", s3.put_bucket_request_payment, **nowhere)


def test_tokens_of_lists_of_buckets(cloud: RunningCloud) -> None:
    aws = Recording("test_s3_list_operations", "test_list_buckets_with_continuation_token")
    s3 = cloud.client("s3", account="222233334444")
    for name in ("token-a", "token-b", "token-c"):
        s3.create_bucket(Bucket=name)
    first = s3.list_buckets(MaxBuckets=1)
    second = s3.list_buckets(MaxBuckets=1, ContinuationToken=first["ContinuationToken"])
    wanted = aws["list-objects-with-continuation"]
    assert (set(second), set(second["Buckets"][0])) == (set(wanted), set(wanted["Buckets"][0]))
    assert [one["Name"] for one in (*first["Buckets"], *second["Buckets"])] == ["token-a", "token-b"]
    aws = Recording("test_s3_list_operations", "test_list_buckets_when_continuation_token_is_empty")
    empty = s3.list_buckets(MaxBuckets=1, ContinuationToken="")
    assert set(empty) == set(aws["list-objects-with-empty-continuation-token"])
    assert empty["Buckets"][0]["Name"] == "token-a"


def test_buckets_of_other_regions(cloud: RunningCloud) -> None:
    aws = Recording("test_s3", "TestS3::test_region_header_exists_outside_us_east_1")
    west = cloud.client("s3", region="us-west-1")
    west.create_bucket(Bucket="out-west", **constraint("us-west-1"))
    head = west.head_bucket(Bucket="out-west")
    assert (set(head), head["BucketRegion"]) == (set(aws["head_bucket"]), "us-west-1")
    assert head["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-region"] == "us-west-1"
    listed = west.list_objects_v2(Bucket="out-west")
    assert set(listed) == set(aws["list_objects_v2"])
    assert listed["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-region"] == "us-west-1"


def test_a_region_that_signs_nothing(cloud: RunningCloud) -> None:
    aws = Recording("test_s3", "TestS3::test_create_bucket_aws_global")
    found = raw(cloud, "PUT", "/made-nowhere", region="aws-global")
    error = aws["xml-error-create-bucket"]["Error"]
    wanted = {name: text.replace("<us_east_1_region>", "us-east-1") for name, text in error.items()}
    assert found.status == 400
    same(error_of(found), wanted, "aws-global")
    s3 = cloud.client("s3", region="aws-global")
    assert set(s3.create_bucket(Bucket="made-globally")) == set(aws["create-bucket-global"])
    head = s3.head_bucket(Bucket="made-globally")
    assert (set(head), head["BucketRegion"]) == (set(aws["head-bucket-global"]), "us-east-1")
    aws.check("get-location-1", s3.get_bucket_location, Bucket="made-globally")


def test_a_region_that_is_none_is_corrected(cloud: RunningCloud) -> None:
    """s3cmd signs for ``US`` until it is told better."""
    refused = raw(cloud, "PUT", "/signed-for-us", region="US")
    assert (refused.status, refused.element("Code")) == (400, "AuthorizationHeaderMalformed")
    assert refused.element("Region") == "us-east-1"
