"""Copies over the wire, beside the recorded answers of AWS."""

import datetime
from typing import Any

import pytest
from tests.conftest import RunningCloud
from tests.wire.s3_answers import Recording, answered, refusal

BUCKET = "copies"
BODY = b'{"key": "value"}'
RANGES = (
    ("upload-part-copy-wrong-format", "0-8"),
    ("upload-part-copy-range-exc-1-0", "bytes=1-0"),
    ("upload-part-copy-range-exc--1-", "bytes=-1-"),
    ("upload-part-copy-range-exc-0--1", "bytes=0--1"),
    ("upload-part-copy-range-exc-0-1,3-4,7-9", "bytes=0-1,3-4,7-9"),
    ("upload-part-copy-range-exc--", "bytes=-"),
    ("upload-part-copy-range-exc--0", "bytes=-0"),
    ("upload-part-copy-range-exc-0-100", "bytes=0-100"),
    ("upload-part-copy-range-exc-100-200", "bytes=100-200"),
    ("upload-part-copy-range-exc-1-", "bytes=1-"),
    ("upload-part-copy-range-exc--2", "bytes=-2"),
    ("upload-part-copy-range-exc--15", "bytes=-15"),
)


@pytest.fixture
def s3(cloud: RunningCloud) -> Any:
    client = cloud.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


def test_what_is_said_of_an_object_is_copied(s3: Any) -> None:
    aws = Recording("test_s3", "test_s3_copy_content_type_and_metadata")
    put = {"Bucket": BUCKET, "Key": "source", "Body": BODY}
    s3.put_object(**put, ContentType="application/json", Metadata={"key": "value"})
    assert set(s3.copy_object(Bucket=BUCKET, Key="copy", CopySource=f"{BUCKET}/source")) == set(aws["copy_object"])
    found = s3.head_object(Bucket=BUCKET, Key="copy")
    assert set(found) == set(aws["head_object_copy"])
    assert (found["ContentType"], found["Metadata"]) == ("application/json", {"key": "value"})
    assert s3.get_object(Bucket=BUCKET, Key="copy")["Body"].read() == BODY


def test_what_is_said_of_an_object_is_replaced(s3: Any) -> None:
    aws = Recording("test_s3", "test_s3_copy_metadata_replace")
    put = {"Bucket": BUCKET, "Key": "source", "Body": BODY}
    s3.put_object(**put, ContentType="application/json", ContentLanguage="en-US", Metadata={"key": "value"})
    s3.copy_object(
        Bucket=BUCKET,
        Key="copy",
        CopySource=f"{BUCKET}/source",
        Metadata={"another-key": "value"},
        ContentType="image/jpg",
        MetadataDirective="REPLACE",
    )
    found = s3.head_object(Bucket=BUCKET, Key="copy")
    assert set(found) == set(aws["head_object_copy"])
    assert (found["ContentType"], found["Metadata"]) == ("image/jpg", {"another-key": "value"})
    unknown = {"Bucket": BUCKET, "Key": "copy", "CopySource": f"{BUCKET}/source"}
    assert refusal(s3.copy_object, **unknown, MetadataDirective="WRONG")["Message"] == "Unknown metadata directive."


def test_onto_itself(s3: Any) -> None:
    aws = Recording("test_s3", "TestS3::test_s3_copy_object_in_place")
    key = {"Bucket": BUCKET, "Key": "in-place"}
    s3.put_object(**key, Body=BODY, ContentType="application/json", Metadata={"key": "value"})
    ask = {**key, "CopySource": f"{BUCKET}/in-place"}
    aws.check("copy-object-in-place-no-change", s3.copy_object, **ask)
    aws.check("copy-object-in-place-with-acl", s3.copy_object, **ask, ACL="bucket-owner-full-control")
    done = s3.copy_object(**ask, StorageClass="STANDARD", ChecksumAlgorithm="SHA256")
    assert set(done) == set(aws["copy-object-in-place-with-storage-class"])
    assert "ChecksumSHA256" in done["CopyObjectResult"]
    s3.copy_object(**ask, MetadataDirective="REPLACE", Metadata={"key2": "value2"})
    assert s3.head_object(**key)["Metadata"] == {"key2": "value2"}
    s3.copy_object(**ask, WebsiteRedirectLocation="/test/direct")
    assert s3.head_object(**key)["WebsiteRedirectLocation"] == "/test/direct"
    assert s3.get_object(**key)["Body"].read() == BODY


def test_onto_itself_where_encryption_is_configured(s3: Any) -> None:
    aws = Recording("test_s3", "test_copy_in_place_with_bucket_encryption")
    s3.create_bucket(Bucket="encrypted-copies")
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}
    s3.put_bucket_encryption(Bucket="encrypted-copies", ServerSideEncryptionConfiguration={"Rules": [rule]})
    key = {"Bucket": "encrypted-copies", "Key": "test"}
    aws.check("put-obj", s3.put_object, **key, Body=b"")
    aws.check("copy-obj", s3.copy_object, **key, CopySource="encrypted-copies/test")


def test_sources_that_are_none(s3: Any) -> None:
    aws = Recording("test_s3", "test_s3_copy_object_src_not_exists")
    ask = {"Bucket": BUCKET, "Key": "copy"}
    missing = answered(s3.copy_object, **ask, CopySource="no-such-bucket-at-all/k")
    assert missing["Error"]["Code"] == "NoSuchBucket"
    aws.check("copy-object-src-object-not-exists", s3.copy_object, **ask, CopySource=f"{BUCKET}/random-src-key")
    wrong = Recording("test_s3", "test_s3_copy_object_wrong_format")
    wrong.check("copy-object-wrong-copy-source", s3.copy_object, **ask, CopySource="wrongformat")
    s3.create_bucket(Bucket="marked-sources")
    s3.put_bucket_versioning(Bucket="marked-sources", VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket="marked-sources", Key="random-src-key", Body=b"")["VersionId"]
    marker = s3.delete_object(Bucket="marked-sources", Key="random-src-key")["VersionId"]
    source = "marked-sources/random-src-key"
    aws.check("copy-object-src-delete-marker-current-version", s3.copy_object, **ask, CopySource=source)
    aws.check("copy-object-src-target-delete-marker", s3.copy_object, **ask, CopySource=f"{source}?versionId={marker}")
    done = s3.copy_object(**ask, CopySource=f"{source}?versionId={version}")
    assert done["CopySourceVersionId"] == version


@pytest.mark.parametrize("key", ["a b+c%d?e&f=g#h", "ü/ä", "a//b/../c", "50%"])
def test_names_of_sources_are_encoded(s3: Any, key: str) -> None:
    s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
    s3.copy_object(Bucket=BUCKET, Key="named", CopySource={"Bucket": BUCKET, "Key": key})
    assert s3.get_object(Bucket=BUCKET, Key="named")["Body"].read() == key.encode()


def test_a_copy_outlives_its_source(s3: Any) -> None:
    """Large ones share a file, which goes with its last owner."""
    for size in (10, 500_000):
        data = b"x" * size
        s3.put_object(Bucket=BUCKET, Key="original", Body=data)
        s3.copy_object(Bucket=BUCKET, Key="heir", CopySource=f"{BUCKET}/original")
        s3.delete_object(Bucket=BUCKET, Key="original")
        assert s3.get_object(Bucket=BUCKET, Key="heir")["Body"].read() == data
        s3.put_object(Bucket=BUCKET, Key="heir", Body=b"new")
        assert s3.get_object(Bucket=BUCKET, Key="heir")["Body"].read() == b"new"


def test_conditions_on_the_source(s3: Any) -> None:
    aws = Recording("test_s3_preconditions", "test_s3_copy_object_preconditions")
    etag = s3.put_object(Bucket=BUCKET, Key="source", Body=b"data")["ETag"]
    modified = s3.head_object(Bucket=BUCKET, Key="source")["LastModified"]
    earlier, later = modified - datetime.timedelta(days=1), modified + datetime.timedelta(days=1)

    def check(step: str, **conditions: Any) -> None:
        given = {f"CopySource{name}": value for name, value in conditions.items()}
        aws.check(step, s3.copy_object, Bucket=BUCKET, Key="copy", CopySource=f"{BUCKET}/source", **given)

    check("copy-precondition-if-match", IfMatch="none-matching")
    check("copy-precondition-if-unmodified-since", IfUnmodifiedSince=earlier)
    check("copy-precondition-if-none-match", IfNoneMatch=etag)
    check("copy-precondition-if-modified-since", IfModifiedSince=modified)
    check("copy-ignore-future-modified-since", IfModifiedSince=later)
    check("copy-etag-missing-quotes", IfNoneMatch=etag.strip('"'))
    check("copy-success", IfMatch=etag, IfNoneMatch="other", IfModifiedSince=earlier, IfUnmodifiedSince=earlier)


def test_conditions_on_the_target(s3: Any) -> None:
    none_match = Recording("test_s3_api", "TestS3ObjectWritePrecondition::test_copy_object_if_none_match")
    match = Recording("test_s3_api", "TestS3ObjectWritePrecondition::test_copy_object_if_match")
    both = Recording("test_s3_api", "test_copy_object_precondition_write_validation")
    s3.put_object(Bucket=BUCKET, Key="source", Body=b"content")
    ask = {"Bucket": BUCKET, "Key": "once", "CopySource": f"{BUCKET}/source"}
    done = s3.copy_object(**ask, IfNoneMatch="*")
    none_match.check("copy-obj-if-none-match-fail", s3.copy_object, **ask, IfNoneMatch="*")
    s3.copy_object(**ask, IfMatch=done["CopyObjectResult"]["ETag"])
    match.check("copy-obj-if-match-fail-wrong-etag", s3.copy_object, **ask, IfMatch="wrong")
    missing = {**ask, "Key": "non-existent-key"}
    match.check("copy-obj-if-match-fail-no-object", s3.copy_object, **missing, IfMatch="any")
    both.check("copy-obj-none-match-etag", s3.copy_object, **ask, IfNoneMatch="etag")
    both.check("copy-obj-if-match-star", s3.copy_object, **ask, IfMatch="*")
    both.check("copy-obj-both", s3.copy_object, **ask, IfMatch="etag", IfNoneMatch="*")


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_the_copys_checksum(s3: Any, algorithm: str) -> None:
    aws = Recording("test_s3", f"test_s3_copy_object_with_checksum[{algorithm}]")
    member = f"Checksum{algorithm}"
    s3.put_object(Bucket=BUCKET, Key="summed", Body=BODY)
    ask = {"Bucket": BUCKET, "CopySource": f"{BUCKET}/summed"}
    wanted = aws["copy-object-in-place-with-checksum"]["CopyObjectResult"]
    done = s3.copy_object(**ask, Key="summed", MetadataDirective="REPLACE", ChecksumAlgorithm=algorithm)
    assert set(done["CopyObjectResult"]) == set(wanted)
    kept = s3.copy_object(**ask, Key="kept")
    assert kept["CopyObjectResult"][member] == done["CopyObjectResult"][member]


@pytest.mark.parametrize("directive", ["COPY", "REPLACE", None])
def test_tags_of_copies(s3: Any, directive: str | None) -> None:
    aws = Recording("test_s3", f"TestS3::test_s3_copy_tagging_directive[{directive}]")
    s3.put_object(Bucket=BUCKET, Key="tagged", Body=b"test", Tagging="key1=value1")
    ask = {"Bucket": BUCKET, "Key": "tagged-copy", "CopySource": f"{BUCKET}/tagged"}
    given = {"TaggingDirective": directive} if directive else {}
    s3.copy_object(**ask, **given, Tagging="key2=value2")
    aws.check("get-copy-object-tag", s3.get_object_tagging, Bucket=BUCKET, Key="tagged-copy")
    s3.copy_object(**ask, **given)
    aws.check("get-copy-object-tag-empty", s3.get_object_tagging, Bucket=BUCKET, Key="tagged-copy")


def test_parts_copied_from_objects(s3: Any) -> None:
    aws = Recording("test_s3_api", "TestS3Multipart::test_upload_part_copy_range")
    s3.put_object(Bucket=BUCKET, Key="digits", Body=b"0123456789")
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="of-parts")["UploadId"]
    ask = {"Bucket": BUCKET, "Key": "of-parts", "UploadId": upload, "CopySource": f"{BUCKET}/digits"}
    for number, wanted in enumerate(("bytes=0-8", "bytes=1-1", "bytes=0-0"), 1):
        step = f"upload-part-copy-{number}"
        aws.check(step, s3.upload_part_copy, **ask, PartNumber=number, CopySourceRange=wanted)
    for step, wanted in RANGES:
        aws.check(step, s3.upload_part_copy, **ask, PartNumber=4, CopySourceRange=wanted)
    found = s3.list_parts(Bucket=BUCKET, Key="of-parts", UploadId=upload)
    assert [part["Size"] for part in found["Parts"]] == [9, 1, 1]
    whole = Recording("test_s3_api", "test_upload_part_copy_no_copy_source_range")
    whole.check("upload-part-copy", s3.upload_part_copy, **ask, PartNumber=1)


@pytest.mark.parametrize("kind", ["COMPOSITE", "FULL_OBJECT"])
def test_checksums_of_parts_that_are_copied(s3: Any, kind: str) -> None:
    aws = Recording("test_s3", f"test_multipart_upload_part_copy_checksum[{kind}]")
    s3.put_object(Bucket=BUCKET, Key="part-source", Body=b"this is a part")
    ask = {"Bucket": BUCKET, "Key": "test-multipart-checksum"}
    upload = {"UploadId": s3.create_multipart_upload(**ask, ChecksumAlgorithm="CRC32C", ChecksumType=kind)["UploadId"]}
    source = {"CopySource": f"{BUCKET}/part-source", "PartNumber": 1}
    part = aws.check("upload-part-copy", s3.upload_part_copy, **ask, **upload, **source)["CopyPartResult"]
    aws.check("list-parts", s3.list_parts, **ask, **upload)
    listed = {"PartNumber": 1, "ETag": part["ETag"], "ChecksumCRC32C": part["ChecksumCRC32C"]}
    done = s3.complete_multipart_upload(**ask, **upload, MultipartUpload={"Parts": [listed]})
    assert done["ChecksumCRC32C"] == aws["complete-multipart-checksum"]["ChecksumCRC32C"]
    attributes = ["Checksum", "ETag", "ObjectParts"]
    aws.check("get-object-attrs", s3.get_object_attributes, **ask, ObjectAttributes=attributes)


def test_conditions_on_what_a_part_copies(s3: Any) -> None:
    etag = s3.put_object(Bucket=BUCKET, Key="watched", Body=b"0123456789")["ETag"]
    modified = s3.head_object(Bucket=BUCKET, Key="watched")["LastModified"]
    earlier = modified - datetime.timedelta(days=1)
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="watching")["UploadId"]
    ask = {"Bucket": BUCKET, "Key": "watching", "UploadId": upload, "PartNumber": 1, "CopySource": f"{BUCKET}/watched"}
    for entry, conditions in (
        ("copy_source_if_match_failed", {"IfMatch": "other"}),
        ("copy_source_if_none_match_failed", {"IfNoneMatch": etag}),
        ("copy_source_if_unmodified_since_match_failed", {"IfUnmodifiedSince": earlier}),
        ("if_modified_since_failed", {"IfModifiedSince": modified}),
        (
            "copy_source_if_none_match_and_if_unmodified_since_match_failed",
            {"IfNoneMatch": etag, "IfUnmodifiedSince": earlier},
        ),
    ):
        aws = Recording("test_s3_api", f"TestS3Multipart::test_upload_part_copy_with_{entry}")
        given = {f"CopySource{name}": value for name, value in conditions.items()}
        assert refusal(s3.upload_part_copy, **ask, **given) == aws.only["Error"], entry


def test_copies_across_regions(cloud: RunningCloud, s3: Any) -> None:
    west = cloud.client("s3", region="us-west-2")
    west.create_bucket(Bucket="copies-west", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    s3.put_object(Bucket=BUCKET, Key="travels", Body=b"far")
    west.copy_object(Bucket="copies-west", Key="arrived", CopySource=f"{BUCKET}/travels")
    assert west.get_object(Bucket="copies-west", Key="arrived")["Body"].read() == b"far"
