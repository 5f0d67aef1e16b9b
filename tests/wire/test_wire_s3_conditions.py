"""Conditions of reads, writes, deletions and uploads over the wire, beside the recorded answers of AWS."""

import datetime
from typing import Any

import pytest
from tests.conftest import RunningCloud
from tests.wire.s3_answers import Recording, raw, refusal
from tests.wire.s3_uploads import Upload

BUCKET = "conditions"


@pytest.fixture
def s3(cloud: RunningCloud) -> Any:
    client = cloud.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


@pytest.mark.parametrize("ask", ["get_object", "head_object"])
def test_conditions_of_reads(s3: Any, ask: str) -> None:
    aws = Recording("test_s3", f"test_s3_get_object_preconditions[{ask}]")
    etag = s3.put_object(Bucket=BUCKET, Key="conditional", Body=b"data")["ETag"]
    modified = s3.head_object(Bucket=BUCKET, Key="conditional")["LastModified"]
    earlier, later = modified - datetime.timedelta(days=1), modified + datetime.timedelta(days=1)

    def check(step: str, **conditions: Any) -> None:
        aws.check(step, getattr(s3, ask), Bucket=BUCKET, Key="conditional", **conditions)

    check("precondition-if-match", IfMatch="none-matching")
    check("precondition-if-unmodified-since", IfUnmodifiedSince=earlier)
    check("precondition-if-none-match", IfNoneMatch=etag)
    check("copy-precondition-if-modified-since", IfModifiedSince=modified)
    check("obj-ignore-future-modified-since", IfModifiedSince=later)
    check("etag-missing-quotes", IfNoneMatch=etag.strip('"'))
    check("precondition-if-unmodified-since-is-object", IfUnmodifiedSince=modified)
    check("precondition-if-modified-since-is-object", IfModifiedSince=modified)
    # RFC 7232: entity tags win over times.
    check("obj-success", IfMatch=etag, IfUnmodifiedSince=earlier, IfNoneMatch="other", IfModifiedSince=earlier)


def test_conditions_over_the_wire(cloud: RunningCloud, s3: Any) -> None:
    aws = Recording("test_s3", "TestS3::test_s3_get_object_headers")
    ask = {"Bucket": BUCKET, "Key": "conditions"}
    etag = s3.put_object(**ask, Body=b"data")["ETag"]
    for step, member, value in (
        ("if_none_match_err_1", "IfNoneMatch", etag),
        ("if_none_match_err_2", "IfNoneMatch", etag.strip('"')),
        ("if_match_err_1", "IfMatch", "etag"),
    ):
        assert refusal(s3.get_object, **ask, **{member: value}) == aws[step]
    for step, member, value in (
        ("if_none_match_1", "IfNoneMatch", "etag"),
        ("if_match_1", "IfMatch", etag),
        ("if_match_2", "IfMatch", etag.strip('"')),
    ):
        assert s3.get_object(**ask, **{member: value})["ResponseMetadata"]["HTTPStatusCode"] == aws[step]
    failed = Recording("test_s3", "TestS3::test_precondition_failed_error")
    failed.check("get-object-if-match", s3.get_object, **ask, IfMatch='"not good etag"')


def test_what_has_not_changed_has_no_body(cloud: RunningCloud, s3: Any) -> None:
    etag = s3.put_object(Bucket=BUCKET, Key="cached", Body=b"data")["ETag"]
    found = raw(cloud, "GET", f"/{BUCKET}/cached", headers={"if-none-match": etag})
    assert (found.status, found.body, found.headers["etag"]) == (304, b"", etag)
    assert "content-type" not in found.headers


def test_writes_that_must_not_overwrite(s3: Any) -> None:
    aws = Recording("test_s3_api", "TestS3ObjectWritePrecondition::test_put_object_if_none_match")
    ask = {"Bucket": BUCKET, "Key": "once", "IfNoneMatch": "*"}
    aws.check("put-obj", s3.put_object, **ask)
    aws.check("put-obj-if-none-match", s3.put_object, **ask)
    aws.check("del-obj", s3.delete_object, Bucket=BUCKET, Key="once")
    aws.check("put-obj-after-del", s3.put_object, **ask)
    validation = Recording("test_s3_api", "test_put_object_if_none_match_validation")
    validation.check("put-obj-if-none-match-bad-value", s3.put_object, Bucket=BUCKET, Key="once", IfNoneMatch="etag")
    both = Recording("test_s3_api", "test_put_object_if_match_and_if_none_match_validation")
    both.check("put-obj-both-precondition", s3.put_object, Bucket=BUCKET, Key="once", IfMatch="a", IfNoneMatch="*")


def test_writes_that_must_overwrite_what_was_seen(s3: Any) -> None:
    aws = Recording("test_s3_api", "TestS3ObjectWritePrecondition::test_put_object_if_match")
    ask = {"Bucket": BUCKET, "Key": "test-precondition"}
    first = aws.check("put-obj", s3.put_object, Body=b"test", **ask)
    aws.check("put-obj-if-match-wrong-etag", s3.put_object, IfMatch="nonsense", **ask)
    second = aws.check("put-obj-overwrite", s3.put_object, IfMatch=first["ETag"], **ask)
    aws.check("del-obj", s3.delete_object, **ask)
    aws.check("put-obj-if-match-key-not-exists", s3.put_object, IfMatch=second["ETag"], **ask)
    aws.check("put-obj-after-del", s3.put_object, **ask)
    validation = Recording("test_s3_api", "test_put_object_if_match_validation")
    validation.check("put-obj-if-match-star-value", s3.put_object, Bucket=BUCKET, Key="star", IfMatch="*")
    validation.check(
        "put-obj-if-match-bad-value",
        s3.put_object,
        Bucket=BUCKET,
        Key="test-precondition-validation",
        IfMatch="some-etag",
    )


@pytest.mark.parametrize("condition", ["all", "modified", "size", ""])
def test_conditions_of_deletions(s3: Any, condition: str) -> None:
    given: dict[str, dict[str, Any]] = {
        "modified": {"IfMatchLastModifiedTime": datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)},
        "size": {"IfMatchSize": 10},
        "": {"IfMatch": "etag"},
    }
    given["all"] = {key: value for one in list(given.values()) for key, value in one.items()}
    name = f"_{condition}" if condition else ""
    aws = Recording("test_s3_api", f"test_delete_object_if_match{name}_non_express")
    s3.put_object(Bucket=BUCKET, Key="kept", Body=b"x")
    assert refusal(s3.delete_object, Bucket=BUCKET, Key="kept", **given[condition]) == aws.only["Error"]


def test_deletions_of_what_was_seen(s3: Any) -> None:
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html"""
    etag = s3.put_object(Bucket=BUCKET, Key="seen", Body=b"x")["ETag"]
    assert refusal(s3.delete_object, Bucket=BUCKET, Key="unseen", IfMatch="*")["Code"] == "NoSuchKey"
    wrong = {"Objects": [{"Key": "seen", "ETag": "other"}]}
    assert s3.delete_objects(Bucket=BUCKET, Delete=wrong)["Errors"][0]["Code"] == "PreconditionFailed"
    s3.delete_object(Bucket=BUCKET, Key="seen", IfMatch=etag)
    assert refusal(s3.head_object, Bucket=BUCKET, Key="seen")["Code"] == "404"


def test_an_upload_that_must_not_overwrite(s3: Any) -> None:
    aws = Recording("test_s3_api", "test_multipart_if_none_match_with_delete")
    key = {"Bucket": BUCKET, "Key": "test-precondition"}
    s3.put_object(**key)
    upload = Upload(s3, BUCKET, "test-precondition")
    upload.part(1, b"test")
    completion = upload.completion(upload.plain, IfNoneMatch="*")
    aws.check("complete-multipart-if-none-match", s3.complete_multipart_upload, **completion)
    s3.delete_object(**key)
    aws.check("complete-multipart-after-del", s3.complete_multipart_upload, **completion)
    again = Upload(s3, BUCKET, "test-precondition")
    again.part(1, b"test")
    assert "ETag" in s3.complete_multipart_upload(**again.completion(again.plain, IfNoneMatch="*"))


def test_an_upload_that_must_overwrite_what_was_seen(s3: Any) -> None:
    aws = Recording("test_s3_api", "TestS3ObjectWritePrecondition::test_multipart_if_match_with_put")
    key = {"Bucket": BUCKET, "Key": "test-precondition"}
    before = s3.put_object(**key, Body=b"test")["ETag"]
    upload = Upload(s3, BUCKET, "test-precondition")
    upload.part(1, b"test")
    during = s3.put_object(**key, Body=b"test2")["ETag"]
    for step, etag in (("before", before), ("during", during)):
        completion = upload.completion(upload.plain, IfMatch=etag)
        aws.check(f"complete-multipart-if-match-put-{step}", s3.complete_multipart_upload, **completion)
    again = Upload(s3, BUCKET, "test-precondition")
    again.part(1, b"test")
    assert "ETag" in s3.complete_multipart_upload(**again.completion(again.plain, IfMatch=during))


def test_what_happens_during_an_upload(s3: Any) -> None:
    key = {"Bucket": BUCKET, "Key": "test-precondition"}
    s3.delete_object(**key)
    aws = Recording("test_s3_api", "TestS3ObjectWritePrecondition::test_multipart_if_none_match_with_put")
    upload = Upload(s3, BUCKET, "test-precondition")
    upload.part(1, b"test")
    aws.check("put-obj", s3.put_object, **key, Body=b"")
    completion = upload.completion(upload.plain, IfNoneMatch="*")
    aws.check("complete-multipart-if-none-match-put-during", s3.complete_multipart_upload, **completion)

    aws = Recording("test_s3_api", "test_multipart_if_match_with_put_identical")
    etag = aws.check("put-obj", s3.put_object, **key, Body=b"test")["ETag"]
    upload = Upload(s3, BUCKET, "test-precondition")
    upload.part(1, b"test")
    s3.put_object(**key, Body=b"test")
    completion = upload.completion(upload.plain, IfMatch=etag)
    aws.check("complete-multipart-if-match-put-during", s3.complete_multipart_upload, **completion)
    upload = Upload(s3, BUCKET, "test-precondition")
    upload.part(1, b"test")
    completion = upload.completion(upload.plain, IfMatch=etag)
    aws.check("complete-multipart-if-match-put-before-restart", s3.complete_multipart_upload, **completion)

    aws = Recording("test_s3_api", "test_multipart_if_match_with_delete")
    etag = s3.put_object(**key, Body=b"test")["ETag"]
    upload = Upload(s3, BUCKET, "test-precondition")
    upload.part(1, b"test")
    completion = upload.completion(upload.plain, IfMatch=etag)
    s3.delete_object(**key)
    aws.check("complete-multipart-after-del", s3.complete_multipart_upload, **completion)
    s3.put_object(**key, Body=b"test")
    aws.check("complete-multipart-if-match-after-put", s3.complete_multipart_upload, **completion)


def test_an_upload_that_overwrites_what_was_uploaded(s3: Any) -> None:
    aws = Recording("test_s3_api", "TestS3ObjectWritePrecondition::test_multipart_if_match_etag")
    key = {"Bucket": BUCKET, "Key": "test-precondition"}
    etag = aws.check("put-obj", s3.put_object, **key, Body=b"test")["ETag"]
    upload = Upload(s3, BUCKET, "test-precondition")
    upload.part(1, b"test")
    completion = upload.completion(upload.plain, IfMatch=etag)
    done = aws.check("complete-multipart-if-match", s3.complete_multipart_upload, **completion)
    upload = Upload(s3, BUCKET, "test-precondition")
    upload.part(1, b"test")
    wrong, right = (upload.completion(upload.plain, IfMatch=of) for of in (etag, done["ETag"]))
    aws.check("complete-multipart-if-match-true-etag", s3.complete_multipart_upload, **wrong)
    aws.check("complete-multipart-if-match-overwrite-multipart", s3.complete_multipart_upload, **right)
