"""Lifecycle rules over the wire, beside the recorded answers of AWS: their form, and what answers say of them.

What rules do: https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
"""

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.conftest import RunningCloud
from tests.wire.s3_answers import Recording, answered, refusal

DAY_S = 86_400
WHOLE = {"Expiration": {"Days": 7}, "ID": "wholebucket", "Filter": {"Prefix": ""}, "Status": "Enabled"}


@pytest.fixture
def s3(cloud: RunningCloud) -> Any:
    return cloud.client("s3")


@pytest.fixture
def aging(timed_cloud: RunningCloud) -> Any:
    return timed_cloud.client("s3")


def bucket(s3: Any, name: str, *, versioned: bool = False) -> str:
    s3.create_bucket(Bucket=name)
    if versioned:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


def rule(**said: Any) -> dict[str, Any]:
    return {"ID": "rule", "Filter": {}, "Status": "Enabled", **said}


def configure(s3: Any, name: str, *rules: dict[str, Any], **more: Any) -> None:
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": list(rules)}, **more)


def days_pass(cloud: RunningCloud, days: float) -> None:
    cloud.advance(days * DAY_S)
    cloud.drain()


def keys(s3: Any, name: str) -> list[str]:
    return [one["Key"] for one in s3.list_objects_v2(Bucket=name).get("Contents", [])]


# The form -------------------------------------------------------------------------------------------------------


def test_rules_are_kept_and_taken_away(s3: Any) -> None:
    aws = Recording("test_s3", "test_delete_bucket_lifecycle_configuration")
    ask = {"Bucket": bucket(s3, "kept-rules")}
    aws.check("get-bucket-lifecycle-exc-1", s3.get_bucket_lifecycle_configuration, **ask)
    aws.check("delete-bucket-lifecycle-no-bucket", s3.delete_bucket_lifecycle, **ask)
    configure(s3, "kept-rules", WHOLE)
    aws.check("get-bucket-lifecycle-conf", s3.get_bucket_lifecycle_configuration, **ask)
    s3.delete_bucket_lifecycle(**ask)
    aws.check("get-bucket-lifecycle-exc-2", s3.get_bucket_lifecycle_configuration, **ask)


def test_a_new_bucket_knows_nothing_of_the_rules_of_one_that_had_its_name(s3: Any) -> None:
    aws = Recording("test_s3", "test_delete_lifecycle_configuration_on_bucket_deletion")
    ask = {"Bucket": bucket(s3, "made-twice")}
    configure(s3, "made-twice", WHOLE)
    aws.check("get-bucket-lifecycle-conf", s3.get_bucket_lifecycle_configuration, **ask)
    s3.delete_bucket(**ask)
    bucket(s3, "made-twice")
    aws.check("get-bucket-lifecycle-exc", s3.get_bucket_lifecycle_configuration, **ask)


def test_wrong_rules(s3: Any) -> None:
    aws = Recording("test_s3", "test_put_bucket_lifecycle_conf_exc")
    name = bucket(s3, "wrong-rules")
    tag = {"Key": "testlifecycle", "Value": "positive"}
    steps: dict[str, dict[str, Any]] = {
        "missing-id": {"Expiration": {"Days": 7}, "Status": "Enabled"},
        "missing-filter": {"Expiration": {"Days": 7}, "ID": "wholebucket", "Status": "Enabled"},
        "missing-noncurrent-version-expiration-data": rule(NoncurrentVersionExpiration={}),
        "wrong-filter-and-plus-prefix": rule(
            Expiration={"Days": 1}, Filter={"And": {"Prefix": "test", "Tags": [tag]}, "Prefix": "test"}
        ),
        "wrong-filter-and-and-object-size": rule(
            Expiration={"Days": 1}, Filter={"And": {"Prefix": "test", "Tags": [tag]}, "ObjectSizeGreaterThan": 500}
        ),
        "duplicate-tag-keys": rule(Expiration={"Days": 1}, Filter={"And": {"Tags": [tag, {**tag, "Value": "other"}]}}),
        "expired-delete-marker-and-days": rule(Expiration={"Days": 1, "ExpiredObjectDeleteMarker": True}),
    }
    for step, wrong in steps.items():
        aws.check(step, s3.put_bucket_lifecycle_configuration, Bucket=name, LifecycleConfiguration={"Rules": [wrong]})
    noon = rule(Expiration={"Date": datetime(2030, 1, 1, 12, tzinfo=UTC)})
    refused = refusal(s3.put_bucket_lifecycle_configuration, Bucket=name, LifecycleConfiguration={"Rules": [noon]})
    wanted = aws["wrong-data-no-midnight"]["Error"]
    assert (refused["Code"], refused["Message"]) == (wanted["Code"], wanted["Message"])
    assert refused["ArgumentName"] == wanted["ArgumentName"]


@pytest.mark.parametrize(
    ("said", "code", "text"),
    [
        ({"Expiration": {"Days": 0}}, "InvalidArgument", "'Days' for Expiration action must be a positive integer"),
        ({"ID": "x" * 256, "Expiration": {"Days": 1}}, "InvalidArgument", "ID length should not exceed"),
        ({"Status": "enabled", "Expiration": {"Days": 1}}, "MalformedXML", ""),
        ({"Transitions": [{"Days": 29, "StorageClass": "STANDARD_IA"}]}, "InvalidArgument", "equal to 30"),
        ({"Transitions": [{"Days": 1, "StorageClass": "STANDARD"}]}, "MalformedXML", ""),
        ({}, "InvalidRequest", "At least one action"),
        (
            {"Expiration": {"Days": 9}, "Transitions": [{"Days": 9, "StorageClass": "GLACIER"}]},
            "InvalidArgument",
            "must be greater than 'Days' in the Transition action",
        ),
        (
            {
                "Expiration": {"Days": 9},
                "Transitions": [{"Date": datetime(2030, 1, 1, tzinfo=UTC), "StorageClass": "GLACIER"}],
            },
            "InvalidRequest",
            "mixed 'Date' and 'Days'",
        ),
        (
            {
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
                "Filter": {"Tag": {"Key": "a", "Value": ""}},
            },
            "InvalidRequest",
            "cannot be specified with Tags",
        ),
    ],
)
def test_what_a_rule_may_not_say(s3: Any, said: dict[str, Any], code: str, text: str) -> None:
    answered(s3.create_bucket, Bucket="strict-rules")
    refused = refusal(
        s3.put_bucket_lifecycle_configuration,
        Bucket="strict-rules",
        LifecycleConfiguration={"Rules": [rule(**said)]},
    )
    assert refused["Code"] == code and text in refused["Message"]


def test_ids_of_rules(s3: Any) -> None:
    name = bucket(s3, "named-rules")
    twice = {"Rules": [WHOLE, {**WHOLE, "Expiration": {"Days": 8}}]}
    refused = refusal(s3.put_bucket_lifecycle_configuration, Bucket=name, LifecycleConfiguration=twice)
    assert refused["Code"] == "InvalidArgument" and "Rule ID must be unique" in refused["Message"]
    nameless = {key: value for key, value in WHOLE.items() if key != "ID"}
    configure(s3, name, nameless, {**nameless, "Filter": {"Prefix": "b"}})
    found = [one["ID"] for one in s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]]
    assert len(set(found)) == 2 and all(found)


def test_from_which_size_on_objects_change_their_class(s3: Any) -> None:
    aws = Recording("test_s3", "test_s3_transition_default_minimum_object_size")
    ask = {"Bucket": bucket(s3, "minimum")}
    wanted = {**ask, "LifecycleConfiguration": {"Rules": [WHOLE]}}
    for step, more in (
        ("varies-by-storage", {"TransitionDefaultMinimumObjectSize": "varies_by_storage_class"}),
        ("default", {}),
        ("all-storage", {"TransitionDefaultMinimumObjectSize": "all_storage_classes_128K"}),
    ):
        aws.check(step, s3.put_bucket_lifecycle_configuration, **wanted, **more)
        aws.check(f"get-{step}", s3.get_bucket_lifecycle_configuration, **ask)
    wrong = {"TransitionDefaultMinimumObjectSize": "value"}
    aws.check("bad-value", s3.put_bucket_lifecycle_configuration, **wanted, **wrong)


# What answers say -----------------------------------------------------------------------------------------------


def test_answers_say_when_an_object_expires(aging: Any) -> None:
    aws = Recording("test_s3", "test_bucket_lifecycle_configuration_object_expiry")
    ask = {"Bucket": bucket(aging, "expiring"), "Key": "file"}
    configure(aging, "expiring", rule(ID="rule_number_one", Filter={"Prefix": ""}, Expiration={"Days": 7}))
    put = aging.put_object(**ask, Body=b"test")
    # The cloud's clock begins on 14 November 2023, in the evening.
    said = 'expiry-date="Wed, 22 Nov 2023 00:00:00 GMT", rule-id="rule_number_one"'
    assert put["Expiration"] == said
    assert aws.check("head-object-expiry", aging.head_object, **ask)["Expiration"] == said
    assert aws.check("get-object-expiry", aging.get_object, **ask)["Expiration"] == said
    copied = aging.copy_object(Bucket="expiring", Key="copy", CopySource="expiring/file")
    assert copied["Expiration"] == said


def test_objects_from_before_the_rules_expire_too(s3: Any) -> None:
    aws = Recording("test_s3", "TestS3BucketLifecycle::test_object_expiry_after_bucket_lifecycle_configuration")
    ask = {"Bucket": bucket(s3, "afterwards")}
    aws.check("put-object-before", s3.put_object, **ask, Key="before", Body=b"test")
    configure(s3, "afterwards", rule(ID="rule3", Expiration={"Days": 7}))
    aws.check("head-object-expiry-before", s3.head_object, **ask, Key="before")
    aws.check("put-object-after", s3.put_object, **ask, Key="after", Body=b"test")
    aws.check("head-object-expiry-after", s3.head_object, **ask, Key="after")


def test_which_objects_rules_speak_of(s3: Any) -> None:
    name = bucket(s3, "spoken-of")
    for entry, rules, steps in _FILTERS:
        aws = Recording("test_s3", entry)
        configure(s3, name, *rules)
        for step, request in steps.items():
            if not step.startswith("get-"):
                aws.check(step, s3.put_object, Bucket=name, **request)
            else:
                aws.check(step, s3.get_object, Bucket=name, Key=request["Key"])


def _expiring(rule_id: str, chosen: dict[str, Any]) -> dict[str, Any]:
    return {"ID": rule_id, "Filter": chosen, "Expiration": {"Days": 7}, "Status": "Enabled"}


_POSITIVE = {"Key": "testlifecycle", "Value": "positive"}
_TAGGED: dict[str, dict[str, Any]] = {
    "match-both-rules": {"Key": "a", "Tagging": "testlifecycle=positive&testlifecycletwo=positive-two"},
    "match-rule-1": {"Key": "b", "Tagging": "testlifecycle=positive"},
    "no-match": {"Key": "c", "Tagging": "testlifecycle=positivee"},
    "no-tags": {"Key": "d"},
}
_FILTERS: list[tuple[str, list[dict[str, Any]], dict[str, dict[str, Any]]]] = [
    (
        "test_bucket_lifecycle_multiple_rules",
        [
            _expiring("rule_one", {"Prefix": "testobject"}),
            _expiring("rule_two", {"Prefix": "test"}),
            _expiring("rule_three", {"Prefix": "t"}),
        ],
        {
            "put-object-match-both-rules": {"Key": "testobject-expired", "Body": b"test"},
            "put-object-match-rule-2": {"Key": "test-one-rule", "Body": b"test"},
            "put-object-no-match": {"Key": "no-rules", "Body": b"test"},
        },
    ),
    (
        "test_bucket_lifecycle_object_size_rules",
        [_expiring("rule_one", {"ObjectSizeGreaterThan": 20}), _expiring("rule_two", {"ObjectSizeLessThan": 10})],
        {
            "put-object-match-rule-1": {"Key": "big", "Body": b"a" * 22},
            "put-object-match-rule-2": {"Key": "small", "Body": b"a" * 5},
            "put-object-no-match": {"Key": "between", "Body": b"a" * 15},
        },
    ),
    (
        "test_bucket_lifecycle_tag_rules",
        [
            _expiring("rule_one", {"Tag": _POSITIVE}),
            _expiring("rule_two", {"And": {"Tags": [_POSITIVE, {"Key": "testlifecycletwo", "Value": "positive-two"}]}}),
        ],
        {
            f"{verb}-object-{step}": {**request, "Body": b"test"}
            for step, request in _TAGGED.items()
            for verb in ("put", "get")
        },
    ),
]


def test_versions_that_are_named_expire_by_no_rule_for_current_ones(s3: Any) -> None:
    aws = Recording("test_s3", "test_bucket_lifecycle_configuration_object_expiry_versioned")
    ask = {"Bucket": bucket(s3, "expiring-versions", versioned=True), "Key": "file"}
    configure(
        s3,
        "expiring-versions",
        rule(ID="rule2", Expiration={"Days": 7}, NoncurrentVersionExpiration={"NoncurrentDays": 1}),
    )
    aws.check("get-bucket-lifecycle-conf", s3.get_bucket_lifecycle_configuration, Bucket="expiring-versions")
    first = s3.put_object(**ask, Body=b"test")["VersionId"]
    aws.check("head-object-expiry", s3.head_object, **ask)
    second = s3.put_object(**ask, Body=b"test")["VersionId"]
    aws.check("head-object-expiry-noncurrent", s3.head_object, **ask, VersionId=first)
    aws.check("head-object-expiry-current-with-version-id", s3.head_object, **ask, VersionId=second)
    aws.check("head-object-expiry-current-without-version-id", s3.head_object, **ask)


def test_rules_with_a_date_and_for_markers(s3: Any) -> None:
    dated = Recording("test_s3", "test_bucket_lifecycle_configuration_date")
    name = bucket(s3, "dated")
    configure(s3, name, rule(ID="rule_number_one", Expiration={"Date": datetime(2030, 1, 1, tzinfo=UTC)}))
    dated.check("get-bucket-lifecycle-conf", s3.get_bucket_lifecycle_configuration, Bucket=name)
    marked = Recording("test_s3", "test_lifecycle_expired_object_delete_marker")
    configure(s3, name, rule(ID="rule-marker", Expiration={"ExpiredObjectDeleteMarker": True}))
    kept = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"][0]["Expiration"]
    assert kept == {"ExpiredObjectDeleteMarker": True}
    marked.check("put-object", s3.put_object, Bucket=name, Key="file", Body=b"test")
    marked.check("head-object", s3.head_object, Bucket=name, Key="file")
