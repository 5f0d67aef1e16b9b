"""What lifecycle rules do at midnight UTC, and the restoration of archived objects: the clock is moved.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-configuration-examples.html and recorded answers
(TestS3DeepArchive, test_restore_object).
"""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import RunningCloud
from tests.wire.s3_answers import Recording, answered, refusal
from tests.wire.test_wire_s3_lifecycle import bucket, configure, days_pass, keys, rule

from stratolite.core.clock import MovableClock

BIG = b"b" * (128 * 1024)


@pytest.fixture
def s3(timed_cloud: RunningCloud) -> Any:
    return timed_cloud.client("s3")


def versions(s3: Any, name: str) -> list[tuple[str, str, bool]]:
    """Keys, classes and whether each is the latest; markers have the class ``marker``."""
    found = s3.list_object_versions(Bucket=name)
    listed = [(one["Key"], one["StorageClass"], one["IsLatest"]) for one in found.get("Versions", [])]
    return listed + [(one["Key"], "marker", one["IsLatest"]) for one in found.get("DeleteMarkers", [])]


def told(cloud: RunningCloud, s3: Any, name: str, *events: str) -> Any:
    """A function that gives the events of which a queue was told since it was last asked."""
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName=f"of-{name}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    s3.put_bucket_notification_configuration(
        Bucket=name,
        NotificationConfiguration={"QueueConfigurations": [{"QueueArn": arn, "Events": list(events)}]},
    )

    def read() -> list[dict[str, Any]]:
        cloud.drain()
        found = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for message in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                found += json.loads(message["Body"]).get("Records", [])
        return found

    read()
    return read


def test_objects_expire_at_the_midnight_after_their_days(timed_cloud: RunningCloud, s3: Any) -> None:
    name = bucket(s3, "expires")
    events = told(timed_cloud, s3, name, "s3:LifecycleExpiration:*")
    configure(
        s3,
        name,
        rule(Filter={"Prefix": "old/"}, Expiration={"Days": 1}),
        rule(ID="off", Filter={"Prefix": "kept/"}, Expiration={"Days": 1}, Status="Disabled"),
    )
    for key in ("old/a", "old/b", "kept/c"):
        s3.put_object(Bucket=name, Key=key, Body=b"1")
    days_pass(timed_cloud, 1)
    assert keys(s3, name) == ["kept/c", "old/a", "old/b"]
    days_pass(timed_cloud, 0.1)
    assert keys(s3, name) == ["kept/c"]
    first, second = events()
    assert (first["eventName"], first["s3"]["object"]["key"]) == ("LifecycleExpiration:Delete", "old/a")
    assert (first["eventVersion"], first["userIdentity"]) == ("2.3", {"principalId": "s3.amazonaws.com"})
    assert second["s3"]["object"]["key"] == "old/b"


def test_in_a_versioned_bucket_objects_are_hidden_first_and_gone_later(timed_cloud: RunningCloud, s3: Any) -> None:
    name = bucket(s3, "versions-expire", versioned=True)
    events = told(timed_cloud, s3, name, "s3:LifecycleExpiration:*")
    configure(s3, name, rule(Expiration={"Days": 1}, NoncurrentVersionExpiration={"NoncurrentDays": 2}))
    s3.put_object(Bucket=name, Key="file", Body=b"1")
    days_pass(timed_cloud, 2)
    assert versions(s3, name) == [("file", "STANDARD", False), ("file", "marker", True)]
    assert [event["eventName"] for event in events()] == ["LifecycleExpiration:DeleteMarkerCreated"]
    days_pass(timed_cloud, 3)
    assert versions(s3, name) == [("file", "marker", True)]
    # A marker that hides nothing goes at the next run: it is older than a day.
    days_pass(timed_cloud, 1)
    assert versions(s3, name) == []
    assert [event["eventName"] for event in events()] == ["LifecycleExpiration:Delete"] * 2


def test_some_newer_versions_are_retained(timed_cloud: RunningCloud, s3: Any) -> None:
    name = bucket(s3, "retained", versioned=True)
    noncurrent = {"NoncurrentDays": 1, "NewerNoncurrentVersions": 2}
    configure(s3, name, rule(NoncurrentVersionExpiration=noncurrent))
    made = [s3.put_object(Bucket=name, Key="file", Body=b"%d" % n)["VersionId"] for n in range(5)]
    days_pass(timed_cloud, 3)
    left = [one["VersionId"] for one in s3.list_object_versions(Bucket=name)["Versions"]]
    assert left == [made[4], made[3], made[2]]


def test_markers_that_hide_nothing_are_cleaned_up(timed_cloud: RunningCloud, s3: Any) -> None:
    name = bucket(s3, "cleaned", versioned=True)
    configure(s3, name, rule(Expiration={"ExpiredObjectDeleteMarker": True}))
    s3.delete_object(Bucket=name, Key="never-was")
    s3.put_object(Bucket=name, Key="hidden", Body=b"1")
    s3.delete_object(Bucket=name, Key="hidden")
    days_pass(timed_cloud, 1)
    assert versions(s3, name) == [("hidden", "STANDARD", False), ("hidden", "marker", True)]


def test_objects_change_their_class(timed_cloud: RunningCloud, s3: Any) -> None:
    name = bucket(s3, "moved")
    events = told(timed_cloud, s3, name, "s3:LifecycleTransition")

    def classes() -> list[str]:
        return [event["lifecycleEventData"]["transitionEventData"]["destinationStorageClass"] for event in events()]

    transitions = [{"Days": 30, "StorageClass": "STANDARD_IA"}, {"Days": 60, "StorageClass": "GLACIER"}]
    configure(s3, name, rule(Transitions=transitions))
    s3.put_object(Bucket=name, Key="big", Body=BIG)
    s3.put_object(Bucket=name, Key="small", Body=b"s")
    days_pass(timed_cloud, 31)
    assert s3.head_object(Bucket=name, Key="big")["StorageClass"] == "STANDARD_IA"
    assert "StorageClass" not in s3.head_object(Bucket=name, Key="small")
    assert classes() == ["STANDARD_IA"]
    days_pass(timed_cloud, 31)
    assert s3.head_object(Bucket=name, Key="big")["StorageClass"] == "GLACIER"
    assert refusal(s3.get_object, Bucket=name, Key="big")["Code"] == "InvalidObjectState"
    assert classes() == ["GLACIER"]


def test_small_objects_change_their_class_when_a_rule_speaks_of_sizes(timed_cloud: RunningCloud, s3: Any) -> None:
    name = bucket(s3, "moved-small", versioned=True)
    old = [{"NoncurrentDays": 1, "StorageClass": "DEEP_ARCHIVE"}]
    configure(s3, name, rule(Filter={"ObjectSizeGreaterThan": 1}, NoncurrentVersionTransitions=old))
    for body in (b"22", b"333"):
        s3.put_object(Bucket=name, Key="file", Body=body)
    days_pass(timed_cloud, 2)
    assert versions(s3, name) == [("file", "STANDARD", True), ("file", "DEEP_ARCHIVE", False)]


def test_uploads_that_go_on_for_too_long_are_aborted(timed_cloud: RunningCloud, s3: Any) -> None:
    name = bucket(s3, "aborted")
    aborted = {"DaysAfterInitiation": 2}
    configure(s3, name, rule(Filter={"Prefix": "a"}, AbortIncompleteMultipartUpload=aborted))
    for key in ("a", "b"):
        begun = s3.create_multipart_upload(Bucket=name, Key=key)
        listed = s3.list_parts(Bucket=name, Key=key, UploadId=begun["UploadId"])
        for answer in (begun, listed):
            assert answer.get("AbortRuleId") == ("rule" if key == "a" else None)
            assert key == "b" or answer["AbortDate"].isoformat() == "2023-11-17T00:00:00+00:00"
    days_pass(timed_cloud, 1)
    assert len(s3.list_multipart_uploads(Bucket=name)["Uploads"]) == 2
    days_pass(timed_cloud, 2)
    assert [one["Key"] for one in s3.list_multipart_uploads(Bucket=name)["Uploads"]] == ["b"]


def test_rules_that_are_gone_do_nothing(timed_cloud: RunningCloud, s3: Any) -> None:
    name = bucket(s3, "spared")
    configure(s3, name, rule(Expiration={"Days": 1}))
    s3.put_object(Bucket=name, Key="file", Body=b"1")
    s3.delete_bucket_lifecycle(Bucket=name)
    days_pass(timed_cloud, 3)
    assert keys(s3, name) == ["file"]
    configure(s3, name, rule(Expiration={"Days": 30}))
    configure(s3, name, rule(Expiration={"Days": 1}))
    days_pass(timed_cloud, 1)
    assert keys(s3, name) == []
    waiting = [entry for entry in timed_cloud.cloud.world.outbox.entries() if entry.kind == "s3.lifecycle"]
    assert len(waiting) == 1


def test_more_objects_than_one_step_looks_at(timed_cloud: RunningCloud, s3: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("stratolite.services.s3.lifecycle_run.STEP_MAX", 2)
    name = bucket(s3, "many", versioned=True)
    configure(
        s3,
        name,
        rule(
            Filter={"Prefix": ""},
            NoncurrentVersionExpiration={"NoncurrentDays": 1},
            AbortIncompleteMultipartUpload={"DaysAfterInitiation": 1},
        ),
    )
    for key in ("a", "a", "a", "b", "c", "c", "d"):
        s3.put_object(Bucket=name, Key=key, Body=b"1")
    for key in ("u", "v", "w"):
        s3.create_multipart_upload(Bucket=name, Key=key)
    days_pass(timed_cloud, 2)
    assert versions(s3, name) == [(key, "STANDARD", True) for key in "abcd"]
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=name)


# Archives -------------------------------------------------------------------------------------------------------


def test_an_archived_object_is_restored_for_some_days(timed_cloud: RunningCloud, s3: Any) -> None:
    aws = Recording("test_s3", "test_s3_get_deep_archive_object_restore")
    ask = {"Bucket": bucket(s3, "archived"), "Key": "file"}
    s3.put_object(**ask, Body=b"body data", StorageClass="DEEP_ARCHIVE")
    (listed,) = s3.list_objects(Bucket="archived", OptionalObjectAttributes=["RestoreStatus"])["Contents"]
    assert listed["RestoreStatus"] == {"IsRestoreInProgress": False}
    assert "RestoreStatus" not in s3.list_objects_v2(Bucket="archived")["Contents"][0]
    aws.check("get-object-invalid-state", s3.get_object, **ask)
    aws.check("restore_object", s3.restore_object, **ask, RestoreRequest={"Days": 2})
    timed_cloud.drain()
    said = 'ongoing-request="false", expiry-date="Fri, 17 Nov 2023 00:00:00 GMT"'
    assert s3.head_object(**ask)["Restore"] == said
    (listed,) = s3.list_objects_v2(Bucket="archived", OptionalObjectAttributes=["RestoreStatus"])["Contents"]
    assert listed["RestoreStatus"]["RestoreExpiryDate"].isoformat() == "2023-11-17T00:00:00+00:00"
    assert s3.get_object(**ask)["Body"].read() == b"body data"
    s3.copy_object(Bucket="archived", Key="copy", CopySource="archived/file")
    copied = s3.head_object(Bucket="archived", Key="copy")
    assert "Restore" not in copied and "StorageClass" not in copied
    longer = answered(s3.restore_object, **ask, RestoreRequest={"Days": 3})
    assert longer["ResponseMetadata"]["HTTPStatusCode"] == 200
    days_pass(timed_cloud, 3)
    assert s3.get_object(**ask)["Body"].read() == b"body data"
    days_pass(timed_cloud, 1)
    assert "Restore" not in s3.head_object(**ask)
    aws.check("get_object_invalid_state", s3.get_object, **ask)


def test_what_cannot_be_restored(s3: Any) -> None:
    ask = {"Bucket": bucket(s3, "not-archived"), "Key": "file"}
    assert refusal(s3.restore_object, **ask, RestoreRequest={"Days": 1})["Code"] == "NoSuchKey"
    s3.put_object(**ask, Body=b"1")
    assert refusal(s3.restore_object, **ask, RestoreRequest={"Days": 1})["Code"] == "InvalidObjectState"
    s3.put_object(**ask, Body=b"1", StorageClass="GLACIER")
    assert refusal(s3.restore_object, **ask, RestoreRequest={"Days": 0})["Code"] == "InvalidArgument"
    assert refusal(s3.restore_object, **ask, RestoreRequest={})["Code"] == "MalformedXML"


def test_restorations_are_told(timed_cloud: RunningCloud, s3: Any) -> None:
    aws = Recording("test_s3_notifications_sqs", "test_restore_object")
    wanted = aws.only["messages"]
    name = bucket(s3, "restored-events")
    events = told(timed_cloud, s3, name, "s3:ObjectRestore:*")
    s3.put_object(Bucket=name, Key="my_key_restore", Body=b"something", StorageClass="GLACIER")
    s3.restore_object(Bucket=name, Key="my_key_restore", RestoreRequest={"Days": 1})
    found = sorted(events(), key=lambda event: event["eventTime"] + event["s3"]["object"]["sequencer"])
    for ours, theirs in zip(found, wanted, strict=True):
        assert ours.keys() == theirs.keys()
        assert ours["eventName"] == theirs["eventName"] and ours["eventVersion"] == theirs["eventVersion"]
        assert ours["s3"]["object"].keys() == theirs["s3"]["object"].keys()
    restored = found[1]["glacierEventData"]["restoreEventData"]
    assert restored == {
        "lifecycleRestorationExpiryTime": "2023-11-16T00:00:00.000Z",
        "lifecycleRestoreStorageClass": "GLACIER",
    }
    days_pass(timed_cloud, 2)
    (ended,) = events()
    assert ended["eventName"] == "ObjectRestore:Delete"


def test_event_bridge_is_told_of_restorations(timed_cloud: RunningCloud, s3: Any) -> None:
    aws = Recording("test_s3_notifications_eventbridge", "test_restore_object")
    name = bucket(s3, "restored-bridge")
    s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration={"EventBridgeConfiguration": {}})
    sqs, events = timed_cloud.client("sqs"), timed_cloud.client("events")
    url = sqs.create_queue(QueueName="bridge")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["aws.s3"], "detail-type": [{"prefix": "Object Restore"}]}
    events.put_rule(Name="restored", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="restored", Targets=[{"Id": "queue", "Arn": arn}])
    s3.put_object(Bucket=name, Key="key", Body=b"something", StorageClass="GLACIER")
    s3.restore_object(Bucket=name, Key="key", RestoreRequest={"Days": 1})
    timed_cloud.drain()
    found = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            found.append(json.loads(message["Body"]))
    found.sort(key=lambda event: event["detail-type"], reverse=True)
    for ours, theirs in zip(found, aws.only["messages"], strict=True):
        assert ours["detail-type"] == theirs["detail-type"]
        assert ours["detail"].keys() == theirs["detail"].keys()
        assert ours["detail"]["object"].keys() == theirs["detail"]["object"].keys()


def test_what_is_due_while_the_cloud_is_off_is_done_when_it_is_back(tmp_path: Path) -> None:
    running = RunningCloud(tmp_path / "data", MovableClock()).start()
    s3 = running.client("s3")
    name = bucket(s3, "off-and-on")
    configure(s3, name, rule(Expiration={"Days": 1}))
    s3.put_object(Bucket=name, Key="old", Body=b"1")
    now_ms = running.clock.now_ms()
    running.stop()
    running = RunningCloud(tmp_path / "data", MovableClock(now_ms + 5 * 86_400_000)).start()
    running.drain()
    assert keys(running.client("s3"), name) == []
    running.stop()
