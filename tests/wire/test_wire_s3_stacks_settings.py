"""Lifecycle rules, locks and websites of buckets through CloudFormation, which names and arranges them in its own way.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html,
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-rule.html
"""

from typing import Any

from tests.conftest import RunningCloud
from tests.wire.s3_answers import raw
from tests.wire.test_wire_s3_lifecycle import days_pass, keys
from tests.wire.test_wire_s3_stacks import deploy

RULES: list[dict[str, Any]] = [
    {"Id": "uploads", "Status": "Enabled", "Prefix": "tmp/", "ExpirationInDays": 1},
    {
        "Id": "tagged",
        "Status": "Enabled",
        "TagFilters": [{"Key": "keep", "Value": "no"}],
        "ObjectSizeGreaterThan": "1",
        "ExpirationDate": "2030-01-01T00:00:00Z",
    },
    {
        "Id": "classes",
        "Status": "Enabled",
        "Transitions": [
            {"StorageClass": "STANDARD_IA", "TransitionInDays": 30},
            {"StorageClass": "Glacier", "TransitionInDays": 60},
        ],
        "NoncurrentVersionTransition": {"StorageClass": "GLACIER_IR", "TransitionInDays": 7},
        "NoncurrentVersionExpirationInDays": 30,
    },
    {"Id": "parts", "Status": "Disabled", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 3}},
]


def template(rules: list[dict[str, Any]] | None) -> dict[str, Any]:
    properties = {"BucketName": "ages", **({"LifecycleConfiguration": {"Rules": rules}} if rules else {})}
    return {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties}}}


def test_lifecycle_rules_of_a_bucket_are_made_and_act(timed_cloud: RunningCloud) -> None:
    s3 = timed_cloud.client("s3")
    deploy(timed_cloud, "aging", template(RULES))
    uploads, tagged, classes, parts = s3.get_bucket_lifecycle_configuration(Bucket="ages")["Rules"]
    assert uploads["Filter"] == {"Prefix": "tmp/"} and uploads["Expiration"] == {"Days": 1}
    assert tagged["Filter"] == {"And": {"Tags": [{"Key": "keep", "Value": "no"}], "ObjectSizeGreaterThan": 1}}
    assert tagged["Expiration"]["Date"].isoformat() == "2030-01-01T00:00:00+00:00"
    assert classes["Transitions"] == [
        {"Days": 30, "StorageClass": "STANDARD_IA"},
        {"Days": 60, "StorageClass": "GLACIER"},
    ]
    assert classes["NoncurrentVersionTransitions"] == [{"NoncurrentDays": 7, "StorageClass": "GLACIER_IR"}]
    assert classes["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert parts["Status"] == "Disabled" and parts["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 3}
    for key in ("tmp/a", "kept"):
        s3.put_object(Bucket="ages", Key=key, Body=b"1")
    days_pass(timed_cloud, 2)
    assert keys(s3, "ages") == ["kept"]


def test_rules_that_leave_the_template_leave_the_bucket(timed_cloud: RunningCloud) -> None:
    s3 = timed_cloud.client("s3")
    deploy(timed_cloud, "aging", template(RULES[:1]))
    assert len(s3.get_bucket_lifecycle_configuration(Bucket="ages")["Rules"]) == 1
    deploy(timed_cloud, "aging", template(None), update=True)
    s3.put_object(Bucket="ages", Key="tmp/a", Body=b"1")
    days_pass(timed_cloud, 3)
    assert keys(s3, "ages") == ["tmp/a"]


def test_locks_of_a_bucket(timed_cloud: RunningCloud) -> None:
    s3 = timed_cloud.client("s3")
    properties: dict[str, Any] = {"BucketName": "locks", "ObjectLockEnabled": True}
    stack = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties}}}
    deploy(timed_cloud, "locking", stack)
    assert s3.get_object_lock_configuration(Bucket="locks")["ObjectLockConfiguration"] == {
        "ObjectLockEnabled": "Enabled"
    }
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 3}}
    properties["ObjectLockConfiguration"] = {"ObjectLockEnabled": "Enabled", "Rule": rule}
    deploy(timed_cloud, "locking", stack, update=True)
    s3.put_object(Bucket="locks", Key="file", Body=b"1")
    assert s3.head_object(Bucket="locks", Key="file")["ObjectLockMode"] == "GOVERNANCE"
    del properties["ObjectLockConfiguration"]
    deploy(timed_cloud, "locking", stack, update=True)
    s3.put_object(Bucket="locks", Key="free", Body=b"1")
    assert "ObjectLockMode" not in s3.head_object(Bucket="locks", Key="free")


def test_a_website_of_a_bucket(timed_cloud: RunningCloud) -> None:
    s3 = timed_cloud.client("s3")
    rule = {
        "RoutingRuleCondition": {"HttpErrorCodeReturnedEquals": "404", "KeyPrefixEquals": "app/"},
        "RedirectRule": {"ReplaceKeyWith": "index.html", "HttpRedirectCode": "302"},
    }
    website = {"IndexDocument": "index.html", "ErrorDocument": "error.html", "RoutingRules": [rule]}
    properties: dict[str, Any] = {"BucketName": "shown", "WebsiteConfiguration": website}
    stack: dict[str, Any] = {
        "Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties}},
        "Outputs": {"Url": {"Value": {"Fn::GetAtt": ["Bucket", "WebsiteURL"]}}},
    }
    outputs = deploy(timed_cloud, "showing", stack)
    s3.put_object(Bucket="shown", Key="index.html", Body=b"home")
    host = {"host": outputs["Url"].removeprefix("http://")}
    assert raw(timed_cloud, "GET", "/", headers=host, region="").body == b"home"
    assert raw(timed_cloud, "GET", "/app/a", headers=host, region="").headers["location"].endswith("/index.html")
    properties["WebsiteConfiguration"] = {"RedirectAllRequestsTo": {"HostName": "example.com"}}
    deploy(timed_cloud, "showing", stack, update=True)
    assert raw(timed_cloud, "GET", "/x", headers=host, region="").headers["location"] == "http://example.com/x"
    del properties["WebsiteConfiguration"]
    deploy(timed_cloud, "showing", stack, update=True)
    assert raw(timed_cloud, "GET", "/", headers=host, region="").status == 404


def test_acceleration_is_kept(timed_cloud: RunningCloud) -> None:
    s3 = timed_cloud.client("s3")
    properties = {"BucketName": "fast", "AccelerateConfiguration": {"AccelerationStatus": "Enabled"}}
    stack: dict[str, Any] = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties}}}
    deploy(timed_cloud, "accelerating", stack)
    assert s3.get_bucket_accelerate_configuration(Bucket="fast")["Status"] == "Enabled"
    del properties["AccelerateConfiguration"]
    deploy(timed_cloud, "accelerating", stack, update=True)
    assert s3.get_bucket_accelerate_configuration(Bucket="fast")["Status"] == "Suspended"
