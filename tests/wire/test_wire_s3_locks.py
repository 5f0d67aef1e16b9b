"""Object Lock, retention and legal hold over the wire, beside the recorded answers of AWS.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.conftest import RunningCloud
from tests.wire.s3_answers import Recording, refusal
from tests.wire.test_wire_s3_browsers import post
from tests.wire.test_wire_s3_lifecycle import configure, days_pass, rule

LATER = datetime(2040, 1, 1, tzinfo=UTC)
EVEN_LATER = datetime(2050, 1, 1, tzinfo=UTC)


@pytest.fixture
def s3(cloud: RunningCloud) -> Any:
    return cloud.client("s3")


def locked(s3: Any, name: str) -> str:
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    return name


def governed(until: datetime = LATER, mode: str = "GOVERNANCE") -> dict[str, Any]:
    return {"Mode": mode, "RetainUntilDate": until}


def uploaded(until: datetime = LATER, mode: str = "GOVERNANCE") -> dict[str, Any]:
    return {"ObjectLockMode": mode, "ObjectLockRetainUntilDate": until}


# Buckets --------------------------------------------------------------------------------------------------------


def test_a_bucket_is_locked_later(s3: Any) -> None:
    aws = Recording("test_s3_api", "test_put_object_lock_configuration_on_existing_bucket")
    s3.create_bucket(Bucket="locked-later")
    ask = {"Bucket": "locked-later"}
    put = {**ask, "ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}}
    aws.check("get-object-lock-existing-bucket-no-config", s3.get_object_lock_configuration, **ask)
    aws.check("put-object-lock-existing-bucket-no-versioning", s3.put_object_lock_configuration, **put)
    suspended, enabled = {"Status": "Suspended"}, {"Status": "Enabled"}
    aws.check("suspended-versioning", s3.put_bucket_versioning, **ask, VersioningConfiguration=suspended)
    aws.check("put-object-lock-existing-bucket-versioning-disabled", s3.put_object_lock_configuration, **put)
    aws.check("enabled-versioning", s3.put_bucket_versioning, **ask, VersioningConfiguration=enabled)
    aws.check("put-object-lock-existing-bucket-enabled", s3.put_object_lock_configuration, **put)
    aws.check("get-object-lock-existing-bucket-enabled", s3.get_object_lock_configuration, **ask)


def test_configurations(s3: Any) -> None:
    aws = Recording("test_s3_api", "test_get_put_object_lock_configuration")
    ask = {"Bucket": locked(s3, "lock-settings")}
    enabled: dict[str, Any] = {"ObjectLockEnabled": "Enabled"}
    full = {**enabled, "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}}
    aws.check("get-lock-config-start", s3.get_object_lock_configuration, **ask)
    aws.check("put-lock-config", s3.put_object_lock_configuration, **ask, ObjectLockConfiguration=full)
    aws.check("get-lock-config", s3.get_object_lock_configuration, **ask)
    aws.check("put-lock-config-enabled", s3.put_object_lock_configuration, **ask, ObjectLockConfiguration=enabled)
    aws.check("get-lock-config-only-enabled", s3.get_object_lock_configuration, **ask)
    assert refusal(s3.put_object_lock_configuration, **ask)["Code"] == "MissingRequestBodyError"
    wrong = Recording("test_s3_api", "test_put_object_lock_configuration_exc")
    for step, value in {
        "no-enabled": {"Rule": full["Rule"]},
        "empty": {},
        "empty-rule": {**enabled, "Rule": {}},
        "empty-retention": {**enabled, "Rule": {"DefaultRetention": {}}},
        "no-days": {**enabled, "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE"}}},
        "bad-mode": {**enabled, "Rule": {"DefaultRetention": {"Mode": "BAD-VALUE", "Days": 1}}},
        "both-days-years": {**enabled, "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1, "Years": 1}}},
    }.items():
        wrong.check(f"put-lock-config-{step}", s3.put_object_lock_configuration, **ask, ObjectLockConfiguration=value)


def test_a_locked_bucket_keeps_its_versions(s3: Any) -> None:
    aws = Recording("test_s3_api", "test_disable_versioning_on_locked_bucket")
    ask = {"Bucket": locked(s3, "versioned-for-ever")}
    suspended, enabled = {"Status": "Suspended"}, {"Status": "Enabled"}
    aws.check("disable-versioning-on-locked-bucket", s3.put_bucket_versioning, **ask, VersioningConfiguration=suspended)
    aws.check(
        "enable-versioning-again-on-locked-bucket", s3.put_bucket_versioning, **ask, VersioningConfiguration=enabled
    )


def test_what_protects_new_objects_by_default(s3: Any) -> None:
    aws = Recording("test_s3", "test_bucket_config_default_retention")
    name = locked(s3, "default-retention")
    ask = {"Bucket": name, "Key": "test-object"}
    default = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 14}}
    aws.check(
        "put-lock-config",
        s3.put_object_lock_configuration,
        Bucket=name,
        ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": default},
    )
    aws.check("put-object-default", s3.put_object, **ask, Body="test-default-lock")
    head = aws.check("head-object-default", s3.head_object, **ask)
    assert head["ObjectLockRetainUntilDate"] - head["LastModified"] == timedelta(days=14)
    s3.put_object(**ask, Body=b"x", **uploaded())
    assert s3.head_object(**ask)["ObjectLockRetainUntilDate"] == LATER
    aws.check("put-object-with-lock-no-date", s3.put_object, **ask, Body="x", ObjectLockMode="GOVERNANCE")


def test_forms_say_what_protects_their_files(cloud: RunningCloud, s3: Any) -> None:
    name = locked(s3, "locked-forms")
    fields = {
        "key": "file",
        "x-amz-object-lock-mode": "GOVERNANCE",
        "x-amz-object-lock-retain-until-date": "2040-01-01T00:00:00Z",
        "x-amz-object-lock-legal-hold": "ON",
    }
    assert post(cloud, fields, bucket=name).status == 204
    head = s3.head_object(Bucket=name, Key="file")
    assert (head["ObjectLockRetainUntilDate"], head["ObjectLockLegalHoldStatus"]) == (LATER, "ON")
    refused = post(cloud, {**fields, "x-amz-object-lock-retain-until-date": "soon"}, bucket=name)
    assert refused.status == 400 and refused.element("Code") == "InvalidArgument"


# Retention ------------------------------------------------------------------------------------------------------


def test_retention(s3: Any) -> None:
    aws = Recording("test_s3", "TestS3ObjectLockRetention::test_s3_object_retention")
    ask = {"Bucket": locked(s3, "retained-objects"), "Key": "test-retention-locked-object"}
    version = aws.check("put-obj-locked-1", s3.put_object, **ask, Body="test")["VersionId"]
    named = {**ask, "VersionId": version}
    aws.check("put-object-retention-on-key-1", s3.put_object_retention, **ask, Retention=governed())
    aws.check("get-object-retention-on-key-1", s3.get_object_retention, **ask)
    aws.check("head-object-locked", s3.head_object, **ask)
    aws.check("delete-obj-locked", s3.delete_object, **named)
    aws.check("delete-obj-locked-bypass", s3.delete_object, **named, BypassGovernanceRetention=True)
    aws.check("put-obj-locked-2", s3.put_object, **ask, Body="test", **uploaded())
    aws.check("update-retention-locked-object", s3.put_object_retention, **ask, Retention={})
    aws.check(
        "put-object-empty-retention", s3.put_object_retention, **ask, Retention={}, BypassGovernanceRetention=True
    )
    assert refusal(s3.get_object_retention, **ask)["Code"] == "NoSuchObjectLockConfiguration"
    aws.check("update-retention-object", s3.put_object_retention, **ask, Retention=governed())


def test_wrong_retention(s3: Any) -> None:
    aws = Recording("test_s3", "test_s3_object_retention_exc")
    ask = {"Bucket": locked(s3, "wrongly-retained"), "Key": "file"}
    put, good = s3.put_object_retention, governed()
    missing = {"Bucket": "no-such-bucket-1a2b", "Key": "file"}
    aws.check("put-object-retention-no-bucket", put, **missing, Retention=good)
    aws.check("put-object-retention-no-key", put, Bucket=ask["Bucket"], Key="non-existing-key", Retention=good)
    s3.put_object(**ask, Body=b"test")
    aws.check("get-object-retention-never-set", s3.get_object_retention, **ask)
    aws.check("put-object-missing-retention-fields", put, **ask, Retention={"Mode": "GOVERNANCE"})
    put(**ask, Retention=governed(EVEN_LATER))
    aws.check("update-retention-no-bypass", put, **ask, Retention=good)
    past = governed(datetime(2020, 1, 1, tzinfo=UTC))
    refused = refusal(put, **ask, Retention=past, BypassGovernanceRetention=True)
    wanted = aws["update-retention-past-date"]["Error"]
    assert refused["Code"] == wanted["Code"] and refused["Message"] == wanted["Message"]
    aws.check("update-retention-bad-value", put, **ask, Retention=governed(mode="BAD"), BypassGovernanceRetention=True)
    s3.create_bucket(Bucket="plain-of-locks")
    plain = {"Bucket": "plain-of-locks", "Key": "file"}
    s3.put_object(**plain, Body=b"test")
    aws.check("put-object-retention-regular-bucket", put, **plain, Retention=good)
    aws.check("get-object-retention-regular-bucket", s3.get_object_retention, **plain)
    refused = refusal(s3.put_object, **plain, Body=b"test", **uploaded())
    assert refused["Code"] == "InvalidRequest"


def test_retention_becomes_longer_and_never_shorter(s3: Any) -> None:
    aws = Recording("test_s3", "test_object_lock_extend_duration")
    ask = {"Bucket": locked(s3, "extended"), "Key": "test-extend"}
    s3.put_object(**ask, Body=b"test", **uploaded())
    aws.check("put-object-retention-extend", s3.put_object_retention, **ask, Retention=governed(EVEN_LATER))
    assert s3.head_object(**ask)["ObjectLockRetainUntilDate"] == EVEN_LATER
    aws.check("put-object-retention-reduce", s3.put_object_retention, **ask, Retention=governed())
    stricter = {"Retention": governed(EVEN_LATER, "COMPLIANCE")}
    assert refusal(s3.put_object_retention, **ask, **stricter)["Code"] == "AccessDenied"
    s3.put_object_retention(**ask, **stricter, BypassGovernanceRetention=True)
    back = {"Retention": governed(EVEN_LATER), "BypassGovernanceRetention": True}
    assert refusal(s3.put_object_retention, **ask, **back)["Code"] == "AccessDenied"


def test_compliance_lets_nobody_by_before_its_time(timed_cloud: RunningCloud) -> None:
    s3 = timed_cloud.client("s3")
    aws = Recording("test_s3", "test_s3_object_retention_compliance_mode")
    ask = {"Bucket": locked(s3, "compliant"), "Key": "test-retention-locked-object"}
    now = datetime.fromtimestamp(timed_cloud.clock.now_ms() // 1000, UTC)
    named = {**ask, "VersionId": aws.check("put-obj-locked-1", s3.put_object, **ask, Body="test")["VersionId"]}
    soon, sooner = now + timedelta(days=2), now + timedelta(days=1)
    put, bypass = s3.put_object_retention, {"BypassGovernanceRetention": True}
    aws.check("add-compliance-retention", put, **ask, Retention=governed(soon, "COMPLIANCE"))
    aws.check("delete-locked-1", s3.delete_object, **named, **bypass)
    aws.check("put-delete-marker", s3.delete_object, **ask)
    aws.check("delete-locked-2", s3.delete_object, **named, **bypass)
    aws.check("update-retention-shortened", put, **named, Retention=governed(sooner, "COMPLIANCE"), **bypass)
    aws.check("update-retention-less-restrictive", put, **named, Retention=governed(soon), **bypass)
    days_pass(timed_cloud, 2)
    aws.check("delete-obj-after-lock-expiration", s3.delete_object, **named)


def test_what_uploads_may_ask_for(s3: Any) -> None:
    aws = Recording("test_s3", "test_s3_object_lock_mode_validation")
    ask = {"Bucket": locked(s3, "asked-for"), "Key": "file"}
    aws.check("put-obj-locked-error-no-retain-date", s3.put_object, **ask, ObjectLockMode="GOVERNANCE")
    aws.check("put-obj-locked-error-no-mode", s3.put_object, **ask, ObjectLockRetainUntilDate=LATER)
    aws.check("put-obj-locked-bad-value", s3.put_object, **ask, **uploaded(mode="BAD-VALUE"))
    aws.check("create-mpu-locked-bad-value", s3.create_multipart_upload, **ask, **uploaded(mode="BAD-VALUE"))
    begun = s3.create_multipart_upload(**ask, **uploaded())["UploadId"]
    part = s3.upload_part(**ask, UploadId=begun, PartNumber=1, Body=b"1")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(**ask, UploadId=begun, MultipartUpload=parts)
    assert s3.get_object_retention(**ask)["Retention"] == governed()


def test_uploads_to_a_bucket_without_locks_ask_for_none(s3: Any) -> None:
    s3.create_bucket(Bucket="unlocked")
    ask = {"Bucket": "unlocked", "Key": "file", **uploaded()}
    without = {"Code": "InvalidRequest", "Message": "Bucket is missing ObjectLockConfiguration"}
    assert refusal(s3.put_object, **ask) == without
    assert refusal(s3.create_multipart_upload, **ask) == without


def test_markers_and_copies_have_no_retention(s3: Any) -> None:
    marked = Recording("test_s3", "test_object_lock_delete_markers")
    ask = {"Bucket": locked(s3, "marked-and-copied"), "Key": "source"}
    s3.put_object(**ask, Body="test-override-default", **uploaded())
    copied = Recording("test_s3", "test_s3_copy_object_retention_lock")
    s3.copy_object(Bucket=ask["Bucket"], Key="copy", CopySource=f"{ask['Bucket']}/source")
    head = s3.head_object(Bucket=ask["Bucket"], Key="copy")
    assert "ObjectLockMode" not in head and "ObjectLockMode" not in copied["head-dest-key"]
    marker = marked.check("put-delete-marker", s3.delete_object, **ask)["VersionId"]
    named = {**ask, "VersionId": marker}
    marked.check("put-object-retention-delete-marker", s3.put_object_retention, **named, Retention=governed())
    marked.check("get-object-retention-delete-marker", s3.get_object_retention, **named)
    marked.check("head-object-locked-delete-marker", s3.head_object, **named)


def test_what_is_asked_for_is_read_before_the_key_is_looked_for(s3: Any) -> None:
    ask = {"Bucket": locked(s3, "no-such-key"), "Key": "missing"}
    wrong = refusal(s3.put_object_retention, **ask, Retention=governed(mode="NONE"))
    past = refusal(s3.put_object_retention, **ask, Retention=governed(datetime(2001, 1, 1, tzinfo=UTC)))
    held = refusal(s3.put_object_legal_hold, **ask, LegalHold={"Status": "MAYBE"})
    assert [error["Code"] for error in (wrong, past, held)] == ["MalformedXML", "InvalidArgument", "MalformedXML"]
    assert refusal(s3.put_object_retention, **ask, Retention=governed())["Code"] == "NoSuchKey"


def test_lifecycle_rules_spare_what_is_protected(timed_cloud: RunningCloud) -> None:
    s3 = timed_cloud.client("s3")
    ask = {"Bucket": locked(s3, "spared-locks"), "Key": "file"}
    configure(s3, ask["Bucket"], rule(NoncurrentVersionExpiration={"NoncurrentDays": 1}))
    now = datetime.fromtimestamp(timed_cloud.clock.now_ms() // 1000, UTC)
    s3.put_object(**ask, Body=b"1", **uploaded(now + timedelta(days=4)))
    s3.put_object(**ask, Body=b"2")
    days_pass(timed_cloud, 3)
    assert len(s3.list_object_versions(Bucket=ask["Bucket"])["Versions"]) == 2
    days_pass(timed_cloud, 2)
    assert len(s3.list_object_versions(Bucket=ask["Bucket"])["Versions"]) == 1


# Legal hold -----------------------------------------------------------------------------------------------------


def test_legal_hold(s3: Any) -> None:
    aws = Recording("test_s3", "test_put_get_object_legal_hold")
    ask = {"Bucket": locked(s3, "held"), "Key": "test-legal-hold"}
    aws.check("put-obj", s3.put_object, **ask, Body="test")
    aws.check("get-legal-hold-unset", s3.get_object_legal_hold, **ask)
    aws.check("put-object-legal-hold", s3.put_object_legal_hold, **ask, LegalHold={"Status": "ON"})
    aws.check("head-object-with-legal-hold", s3.head_object, **ask)
    aws.check("get-legal-hold-set", s3.get_object_legal_hold, **ask)
    aws.check("put-object-legal-hold-off", s3.put_object_legal_hold, **ask, LegalHold={"Status": "OFF"})
    uploading = Recording("test_s3", "test_put_object_with_legal_hold")
    uploading.check("put-obj", s3.put_object, **ask, Body="test", ObjectLockLegalHoldStatus="ON")
    uploading.check("head-object-with-legal-hold", s3.head_object, **ask)
    uploading.check("put-object-legal-hold-off", s3.put_object_legal_hold, **ask, LegalHold={"Status": "OFF"})


def test_wrong_legal_hold(s3: Any) -> None:
    aws = Recording("test_s3", "test_put_object_legal_hold_exc")
    ask, on = {"Bucket": locked(s3, "wrongly-held"), "Key": "file"}, {"LegalHold": {"Status": "ON"}}
    put = s3.put_object_legal_hold
    aws.check("put-object-legal-hold-no-bucket", put, Bucket="no-such-bucket-1a2b", Key="file", **on)
    aws.check("put-object-legal-hold-no-key", put, Bucket=ask["Bucket"], Key="non-existing-key", **on)
    s3.create_bucket(Bucket="plain-of-holds")
    plain = {"Bucket": "plain-of-holds", "Key": "file"}
    s3.put_object(**plain, Body=b"test")
    aws.check("put-object-retention-regular-bucket", put, **plain, **on)
    aws.check("get-object-retention-regular-bucket", s3.get_object_legal_hold, **plain)
    s3.put_object(**ask, Body=b"test")
    aws.check("put-object-retention-empty", put, **ask, LegalHold={})


def test_a_held_version_is_not_deleted(s3: Any) -> None:
    aws = Recording("test_s3", "test_delete_locked_object")
    ask = {"Bucket": locked(s3, "held-versions"), "Key": "test-delete-locked"}
    version = aws.check("put-obj", s3.put_object, **ask, Body="test")["VersionId"]
    aws.check("put-object-legal-hold", s3.put_object_legal_hold, **ask, LegalHold={"Status": "ON"})
    bypass = {"BypassGovernanceRetention": True}
    aws.check("delete-object-locked", s3.delete_object, **ask, VersionId=version, **bypass)
    many = {"Objects": [{"Key": ask["Key"], "VersionId": version}]}
    aws.check("delete-objects-locked", s3.delete_objects, Bucket=ask["Bucket"], Delete=many, **bypass)
    aws.check("put-object-legal-hold-off", s3.put_object_legal_hold, **ask, LegalHold={"Status": "OFF"})
    assert s3.delete_object(**ask, VersionId=version)["VersionId"] == version


def test_each_version_is_held_by_itself(s3: Any) -> None:
    aws = Recording("test_s3", "test_s3_legal_hold_lock_versioned")
    ask = {"Bucket": locked(s3, "held-by-themselves"), "Key": "file"}
    first = aws.check("put-object", s3.put_object, **ask, Body="test")["VersionId"]
    hold, on, off = s3.put_object_legal_hold, {"Status": "ON"}, {"Status": "OFF"}
    aws.check("put-object-legal-hold-ver1", hold, **ask, VersionId=first, LegalHold=on)
    aws.check("head-object-ver1", s3.head_object, **ask, VersionId=first)
    second = aws.check("put-object-2", s3.put_object, **ask, Body="test")["VersionId"]
    aws.check("put-object-legal-hold-ver2", hold, **ask, VersionId=second, LegalHold=on)
    aws.check("head-object-ver2", s3.head_object, **ask, VersionId=second)
    aws.check("remove-object-legal-hold-ver1", hold, **ask, VersionId=first, LegalHold=off)
    aws.check("head-object-ver1-no-lock", s3.head_object, **ask, VersionId=first)
    aws.check("delete-object-ver1", s3.delete_object, **ask, VersionId=first)
    copied = Recording("test_s3", "test_s3_copy_object_legal_hold")
    s3.copy_object(Bucket=ask["Bucket"], Key="copy", CopySource=f"{ask['Bucket']}/file")
    head = s3.head_object(Bucket=ask["Bucket"], Key="copy")
    assert "ObjectLockLegalHoldStatus" not in head and "ObjectLockLegalHoldStatus" not in copied["head-dest-key"]
