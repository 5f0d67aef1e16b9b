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


def test_directives_of_metadata(s3: Any) -> None:
    aws = Recording("test_s3", "test_s3_copy_object_in_place_metadata_directive")
    key = {"Bucket": BUCKET, "Key": "directed"}
    ask = {**key, "CopySource": f"{BUCKET}/directed"}
    aws.check("put_object", s3.put_object, **key, Body=BODY, ContentType="application/json", Metadata={"key": "value"})
    aws.check("head_object", s3.head_object, **key)
    aws.check("no-metadata-directive-fail", s3.copy_object, **ask, Metadata={"key": "value"})
    aws.check("copy-replace-directive", s3.copy_object, **ask, Metadata={"key2": "value2"}, MetadataDirective="REPLACE")
    aws.check("head-replace-directive", s3.head_object, **key)
    copied = {**ask, "MetadataDirective": "COPY", "StorageClass": "STANDARD"}
    aws.check("copy-copy-directive", s3.copy_object, **copied)
    aws.check("head-copy-directive", s3.head_object, **key)
    aws.check("copy-copy-directive-ignore", s3.copy_object, **copied, Metadata={"key3": "value3"})
    aws.check("head-copy-directive-ignore", s3.head_object, **key)
    aws.check("copy-replace-directive-empty", s3.copy_object, **ask, MetadataDirective="REPLACE")
    aws.check("head-replace-directive-empty", s3.head_object, **key)
    aws = Recording("test_s3", "test_s3_copy_metadata_directive_copy")
    source = {"Bucket": BUCKET, "Key": "said"}
    aws.check("put-object", s3.put_object, **source, Body=b"test", Metadata={"key": "value"}, ContentLanguage="en-US")
    aws.check("head-object", s3.head_object, **source)
    target = {"Bucket": BUCKET, "Key": "said-again"}
    said = {"Metadata": {"another-key": "value"}, "ContentType": "image/jpg", "MetadataDirective": "COPY"}
    aws.check("copy-object", s3.copy_object, **target, CopySource=f"{BUCKET}/said", **said)
    aws.check("head-object-copy", s3.head_object, **target)


def test_storage_classes_of_copies(s3: Any) -> None:
    aws = Recording("test_s3", "TestS3::test_s3_copy_object_storage_class")
    key = {"Bucket": BUCKET, "Key": "stored"}
    ask = {**key, "CopySource": f"{BUCKET}/stored"}
    attributes = {**key, "ObjectAttributes": ["StorageClass"]}
    aws.check("put-object", s3.put_object, **key, Body=b"test", StorageClass="STANDARD_IA")
    aws.check("head-object", s3.head_object, **key)
    aws.check("object-attrs", s3.get_object_attributes, **attributes)
    # A copy is of the standard class unless the request says otherwise, even onto itself.
    aws.check("copy-object-in-place-with-storage-class", s3.copy_object, **ask, StorageClass="STANDARD")
    aws.check("object-attrs-after-copy", s3.get_object_attributes, **attributes)
    aws.check("exc-invalid-request-storage-class", s3.copy_object, **ask)
    same = Recording("test_s3", "test_s3_copy_object_in_place_storage_class")
    same.check("put-object", s3.put_object, **key, Body=b"test", StorageClass="STANDARD")
    same.check("head-object", s3.head_object, **key)
    same.check("object-attrs", s3.get_object_attributes, **attributes)
    same.check("copy-object-in-place-with-storage-class", s3.copy_object, **ask, StorageClass="STANDARD")
    same.check("object-attrs-after-copy", s3.get_object_attributes, **attributes)


def test_redirects_of_copies(s3: Any) -> None:
    aws = Recording("test_s3", "test_s3_copy_object_in_place_website_redirect_location")
    key = {"Bucket": BUCKET, "Key": "redirected"}
    ask = {**key, "CopySource": f"{BUCKET}/redirected", "WebsiteRedirectLocation": "/test/direct"}
    aws.check("put-object", s3.put_object, **key, Body=b"test", WebsiteRedirectLocation="/test/direct")
    aws.check("head-object", s3.head_object, **key)
    aws.check("copy-object-in-place-with-website-redirection", s3.copy_object, **ask)
    aws.check("head-object-after-copy", s3.head_object, **key)


def test_onto_itself_where_versions_are_kept(s3: Any) -> None:
    aws = Recording("test_s3", "test_s3_copy_object_in_place_versioned")
    key = {"Bucket": "in-place-versions", "Key": "source"}
    ask = {**key, "CopySource": "in-place-versions/source"}
    s3.create_bucket(Bucket="in-place-versions")

    def status(name: str) -> None:
        s3.put_bucket_versioning(Bucket="in-place-versions", VersioningConfiguration={"Status": name})

    status("Enabled")
    put = {"Body": BODY, "ContentType": "application/json", "Metadata": {"key": "value"}}
    aws.check("put_object", s3.put_object, **key, **put)
    aws.check("head_object", s3.head_object, **key)
    aws.check("object-attrs", s3.get_object_attributes, **key, ObjectAttributes=["StorageClass"])
    aws.check("copy-object-in-place-no-change", s3.copy_object, **ask)
    replaced = {**ask, "MetadataDirective": "REPLACE"}
    done = aws.check("copy-in-place-versioned", s3.copy_object, **replaced)
    aws.check("head-object-copied", s3.head_object, **key)
    _same_but_for_body(aws["get-object-copied"], s3.get_object(**key))
    status("Suspended")
    suspended = aws.check("copy-in-place-versioned-suspended", s3.copy_object, **replaced)
    assert suspended["VersionId"] == "null"
    aws.check("head-object-copied-suspended", s3.head_object, **key)
    aws.check("head-object-previous-version-suspended", s3.head_object, **key, VersionId=done["VersionId"])
    status("Enabled")
    assert s3.copy_object(**replaced)["VersionId"] not in (done["VersionId"], "null")


def test_onto_itself_where_versions_are_kept_no_more(s3: Any) -> None:
    aws = Recording("test_s3", "test_s3_copy_object_in_place_suspended_only")
    key = {"Bucket": "in-place-suspended", "Key": "source"}
    replaced = {**key, "CopySource": "in-place-suspended/source", "MetadataDirective": "REPLACE"}
    s3.create_bucket(Bucket="in-place-suspended")
    aws.check("put_object", s3.put_object, **key, Body=BODY, ContentType="application/json", Metadata={"key": "value"})
    aws.check("copy-in-place-non-versioned", s3.copy_object, **replaced)
    aws.check("head-object-copied", s3.head_object, **key)
    s3.put_bucket_versioning(Bucket="in-place-suspended", VersioningConfiguration={"Status": "Suspended"})
    aws.check("copy-in-place-versioned-suspended", s3.copy_object, **replaced)
    aws.check("head-object-copied-suspended", s3.head_object, **key)
    aws.check("copy-in-place-versioned-suspended-twice", s3.copy_object, **replaced)


def _same_but_for_body(wanted: dict[str, Any], found: dict[str, Any]) -> None:
    assert found["Body"].read() == BODY
    assert set(found) == set(wanted)


@pytest.mark.parametrize("directive", ["COPY", "REPLACE", None])
def test_tags_of_copies_of_versions(s3: Any, directive: str | None) -> None:
    aws = Recording("test_s3", f"test_s3_copy_tagging_directive_versioned[{directive}]")
    bucket = f"tagged-versions-{directive}".lower()
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    source = {"Bucket": bucket, "Key": "source"}
    first = aws.check("put-object", s3.put_object, **source, Body=b"test", Tagging="key1=value1")["VersionId"]
    aws.check("put-object-v2", s3.put_object, **source, Body=b"test-v2", Tagging="key1=value1-v2")
    aws.check("get-object-tag", s3.get_object_tagging, **source)
    aws.check("get-object-tag-v1", s3.get_object_tagging, **source, VersionId=first)
    target = {"Bucket": bucket, "Key": "target"}
    given = {"TaggingDirective": directive} if directive else {}
    for suffix, version in (("", {}), ("-v1", {"VersionId": first})):
        ask = {**target, "CopySource": {**source, **version}, **given}
        aws.check(f"copy-object{suffix}", s3.copy_object, **ask, Tagging="key2=value2")
        aws.check(f"get-copy-object-tag{suffix}", s3.get_object_tagging, **target)
        aws.check(f"copy-object-tag-empty{suffix}", s3.copy_object, **ask)
        aws.check(f"get-copy-object-tag-empty{suffix}", s3.get_object_tagging, **target)


def test_conditions_where_versions_are_kept(s3: Any) -> None:
    s3.create_bucket(Bucket="conditional-copies")
    s3.put_bucket_versioning(Bucket="conditional-copies", VersioningConfiguration={"Status": "Enabled"})
    put = {"Bucket": "conditional-copies", "Body": b"data"}
    source = {"Bucket": "conditional-copies", "Key": "source"}
    s3.put_object(**{**put, **source})
    modified = s3.head_object(**source)["LastModified"]
    ask = {"Bucket": "conditional-copies", "Key": "target", "CopySource": source}
    entry = "test_s3_copy_object_if_source_modified_since_versioned"
    aws = Recording("test_s3_preconditions", entry)
    earlier = modified - datetime.timedelta(days=1)
    aws.check("head-object", s3.head_object, **source)
    aws.check("copy-if-modified-since", s3.copy_object, **ask, CopySourceIfModifiedSince=earlier)
    aws.check("copy-if-modified-since-last-modified", s3.copy_object, **ask, CopySourceIfModifiedSince=modified)
    entry = "test_s3_copy_object_if_source_unmodified_since_versioned"
    aws = Recording("test_s3_preconditions", entry)
    aws.check("copy-if-unmodified-since", s3.copy_object, **ask, CopySourceIfUnmodifiedSince=modified)
    aws.check("copy-past-if-unmodified-since", s3.copy_object, **ask, CopySourceIfUnmodifiedSince=earlier)


def test_conditions_on_a_target_that_keeps_versions(s3: Any) -> None:
    s3.create_bucket(Bucket="conditional-targets")
    s3.put_bucket_versioning(Bucket="conditional-targets", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="conditional-targets", Key="source", Body=b"source-content")
    target = {"Bucket": "conditional-targets", "Key": "dest-object"}
    ask = {**target, "CopySource": "conditional-targets/source"}
    aws = Recording("test_s3_api", "test_copy_object_if_none_match_versioned_bucket")
    assert set(s3.copy_object(**ask, IfNoneMatch="*")) == set(aws["copy-obj"])
    aws.check("copy-obj-if-none-match-fail", s3.copy_object, **ask, IfNoneMatch="*")
    aws.check("del-obj", s3.delete_object, **target)
    assert set(s3.copy_object(**ask, IfNoneMatch="*")) == set(aws["copy-obj-after-del"])
    aws = Recording("test_s3_api", "test_copy_object_if_match_versioned_bucket")
    etag = s3.put_object(**target, Body=b"dest-content")["ETag"]
    aws.check("copy-obj-if-match-wrong-etag", s3.copy_object, **ask, IfMatch="wrong")
    aws.check("del-obj", s3.delete_object, **target)
    aws.check("copy-obj-after-del-exc", s3.copy_object, **ask, IfMatch=etag)
    etag = s3.put_object(**target, Body=b"dest-content-after-delete")["ETag"]
    assert set(s3.copy_object(**ask, IfMatch=etag)) == set(aws["copy-obj-if-match"])


def test_conditions_on_a_target_that_is_the_source(s3: Any) -> None:
    key = {"Bucket": BUCKET, "Key": "same"}
    etag = s3.put_object(**key, Body=b"source-content")["ETag"]
    ask = {**key, "CopySource": f"{BUCKET}/same", "MetadataDirective": "REPLACE"}
    aws = Recording("test_s3_api", "test_copy_object_if_none_match_in_place")
    aws.check("copy-obj-if-none-match-fail", s3.copy_object, **ask, IfNoneMatch="*")
    aws = Recording("test_s3_api", "test_copy_object_if_match_in_place")
    done = s3.copy_object(**ask, IfMatch=etag)
    assert set(done) == set(aws["copy-obj-if-match-in-place"])


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256", "CRC64NVME", "CRC32C"])
def test_a_copy_keeps_the_checksum(s3: Any, algorithm: str) -> None:
    aws = Recording("test_s3", f"test_s3_copy_object_with_default_checksum[{algorithm}]")
    key = {"Bucket": BUCKET, "Key": f"kept-{algorithm}"}
    said = aws["put-object-no-checksum"][f"Checksum{algorithm}"]
    put = {"Body": BODY, f"Checksum{algorithm}": said, "ContentType": "application/json"}
    aws.check("put-object-no-checksum", s3.put_object, **key, **put)
    attributes = {"ObjectAttributes": ["Checksum"]}
    aws.check("object-attrs", s3.get_object_attributes, **key, **attributes)
    ask = {"Bucket": BUCKET, "CopySource": f"{BUCKET}/kept-{algorithm}"}
    replaced = {**ask, "Key": key["Key"], "MetadataDirective": "REPLACE"}
    aws.check("copy-object-in-place-with-no-checksum", s3.copy_object, **replaced)
    aws.check("object-attrs-after-copy", s3.get_object_attributes, **key, **attributes)
    aws.check("copy-object-to-dest-keep-checksum", s3.copy_object, **ask, Key="kept")
    aws.check("dest-object-attrs-after-copy", s3.get_object_attributes, Bucket=BUCKET, Key="kept", **attributes)


def test_a_copy_of_an_upload_in_parts_is_one_object(s3: Any) -> None:
    aws = Recording("test_s3", "test_multipart_copy_object_etag")
    key = {"Bucket": BUCKET, "Key": "test.file"}
    upload = s3.create_multipart_upload(**key)["UploadId"]
    part = s3.upload_part(**key, UploadId=upload, PartNumber=1, Body=b"test content 123")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    aws.check("multipart-upload", s3.complete_multipart_upload, **key, UploadId=upload, MultipartUpload=parts)
    aws.check("copy-object", s3.copy_object, Bucket=BUCKET, Key="copy", CopySource=f"{BUCKET}/test.file")
    in_place = {**key, "CopySource": f"{BUCKET}/test.file", "MetadataDirective": "REPLACE"}
    aws.check("copy-object-in-place", s3.copy_object, **in_place)
    aws.check("head-obj", s3.head_object, **key, ChecksumMode="ENABLED")


def test_keys_of_copies(s3: Any) -> None:
    aws = Recording("test_s3", "test_copy_object_special_character")
    s3.create_bucket(Bucket="special-copies")
    for key in ("file%2Fname", "test@key/", "test key/", "test key//", "a/%F0%9F%98%80/", "test+key"):
        put = {"Bucket": BUCKET, "Key": key, "Body": b"test"}
        aws.check(f"put-object-src-special-char-{key}", s3.put_object, **put)
        ask = {"Bucket": "special-copies", "Key": key, "CopySource": {"Bucket": BUCKET, "Key": key}}
        aws.check(f"copy-object-special-char-{key}", s3.copy_object, **ask)
    aws.check("list-object-copy-dest-special-char", s3.list_objects_v2, Bucket="special-copies")


CONDITIONS_THAT_HOLD = (
    ("copy_source_if_match_success", ("IfMatch",)),
    ("copy_source_if_match_none_success", ("IfNoneMatch",)),
    ("copy_source_if_unmodified_since_success", ("IfUnmodifiedSince",)),
    ("copy_source_if_modified_since_success", ("IfModifiedSince",)),
    ("copy_source_if_modified_since_in_future_success", ("IfModifiedSince in future",)),
    ("copy_source_if_match_and_if_unmodified_since_match", ("IfMatch", "IfUnmodifiedSince in the past")),
)


@pytest.mark.parametrize(("entry", "conditions"), CONDITIONS_THAT_HOLD)
def test_parts_whose_source_is_as_wanted(s3: Any, entry: str, conditions: tuple[str, ...]) -> None:
    aws = Recording("test_s3_api", f"TestS3Multipart::test_upload_part_copy_with_{entry}")
    etag = s3.put_object(Bucket=BUCKET, Key="watched", Body=b"0123456789")["ETag"]
    modified = s3.head_object(Bucket=BUCKET, Key="watched")["LastModified"]
    day = datetime.timedelta(days=1)
    values = {
        "IfMatch": etag,
        "IfNoneMatch": "other",
        "IfUnmodifiedSince": modified,
        "IfUnmodifiedSince in the past": modified - day,
        "IfModifiedSince": modified - day,
        "IfModifiedSince in future": modified + day,
    }
    ask = {"Bucket": BUCKET, "Key": "destination_file.txt"}
    ask["UploadId"] = s3.create_multipart_upload(**ask)["UploadId"]
    given = {f"CopySource{name.split()[0]}": values[name] for name in conditions}
    (step,) = (step for step in aws.steps if step.startswith("upload-part-copy"))
    aws.check(step, s3.upload_part_copy, **ask, PartNumber=1, CopySource=f"{BUCKET}/watched", **given)
    aws.check("list-parts", s3.list_parts, **ask)
