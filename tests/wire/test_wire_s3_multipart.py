"""Uploads in parts over the wire, beside the recorded answers of AWS."""

import hashlib
import io
import os
from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig
from tests.conftest import RunningCloud
from tests.wire.s3_answers import Recording, answered, raw, refusal
from tests.wire.s3_uploads import PART_BYTES, Upload

BUCKET = "in-parts"


@pytest.fixture
def s3(cloud: RunningCloud) -> Any:
    client = cloud.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


def test_from_the_first_part_to_the_object(s3: Any) -> None:
    aws = Recording("test_s3", "test_multipart_and_list_parts")
    bucket = "of-one-upload"
    s3.create_bucket(Bucket=bucket)
    upload = Upload(s3, bucket, "test-list-parts")
    assert set(upload.created) == set(aws["create-multipart"])
    aws.check("list-part-after-created", s3.list_parts, **upload.ask)
    aws.check("list-all-uploads", s3.list_multipart_uploads, Bucket=bucket)
    data = b"upload-part-1" * 5
    assert set(upload.part(1, data)) == set(aws["upload-part"])
    aws.check("list-part-after-upload", s3.list_parts, **upload.ask)
    done = aws.check("complete-multipart", s3.complete_multipart_upload, **upload.completion(upload.plain))
    assert done["Location"].endswith(f"/{bucket}/test-list-parts")
    aws.check("list-part-after-complete-exc", s3.list_parts, **upload.ask)
    aws.check("list-all-uploads-completed", s3.list_multipart_uploads, Bucket=bucket)
    head = {"Bucket": bucket, "Key": "test-list-parts", "ChecksumMode": "ENABLED"}
    aws.check("head-multipart-checksum", s3.head_object, **head)
    aws.check("get-multipart-checksum", s3.get_object, **head)


@pytest.mark.parametrize("ask", ["upload_part", "complete_multipart_upload", "abort_multipart_upload", "list_parts"])
def test_an_upload_that_is_none(s3: Any, ask: str) -> None:
    aws = Recording("test_s3", "TestS3::test_multipart_no_such_upload")
    wanted = aws["abort-exc"]["Error"]
    more: dict[str, dict[str, Any]] = {
        "upload_part": {"PartNumber": 1, "Body": b""},
        "complete_multipart_upload": {"MultipartUpload": {"Parts": []}},
    }
    given = {"Bucket": BUCKET, "Key": "k", **more.get(ask, {})}
    assert refusal(getattr(s3, ask), **given, UploadId="fakeid") == wanted
    # An upload of another key is none either (test_multipart_key_validation).
    upload = Upload(s3, BUCKET, "right-key")
    assert refusal(getattr(s3, ask), **given, UploadId=upload.id) == {**wanted, "UploadId": upload.id}


def test_parts_in_their_order(s3: Any) -> None:
    aws = Recording("test_s3", "test_complete_multipart_parts_order")
    upload = Upload(s3, BUCKET, "test-order-parts")
    ask = {**upload.ask, "Body": b""}
    aws.check("upload-part-negative-part-number", s3.upload_part, **ask, PartNumber=-1)
    assert refusal(s3.upload_part, **ask, PartNumber=10_001)["Code"] == "InvalidArgument"
    for number in (3, 1, 2):
        upload.part(number, os.urandom(PART_BYTES))
    wrong = aws["complete-multipart-unordered"]["Error"]
    found = refusal(s3.complete_multipart_upload, **upload.completion(upload.plain))
    assert found == {**wrong, "UploadId": upload.id}
    upload.listed.sort(key=lambda part: int(part["PartNumber"]))
    done = s3.complete_multipart_upload(**upload.completion(upload.plain))
    assert done["ETag"].endswith('-3"')


def test_parts_have_a_least_size_and_an_upload_has_parts(s3: Any) -> None:
    aws = Recording("test_s3", "test_multipart_complete_multipart_too_small")
    upload = Upload(s3, BUCKET, "too-small")
    aws.check("complete-exc-no-parts", s3.complete_multipart_upload, **upload.ask)
    # Seen at AWS: https://github.com/apache/arrow-rs/issues/5404
    assert refusal(s3.complete_multipart_upload, **upload.completion([]))["Code"] == "MalformedXML"
    for number in (1, 2):
        aws.check(f"upload-part{number}", s3.upload_part, **upload.ask, PartNumber=number, Body=b"data")
    etag = '"8d777f385d3dfec8815d20f7496026dc"'
    parts = [{"PartNumber": number, "ETag": etag} for number in (1, 2)]
    aws.check("complete-exc-too-small", s3.complete_multipart_upload, **upload.completion(parts))


def test_parts_that_were_not_uploaded(s3: Any) -> None:
    aws = Recording("test_s3", "test_multipart_complete_multipart_wrong_part")
    upload = Upload(s3, BUCKET, "wrong-part")
    etag = upload.part(1, b"data")["ETag"]
    wrong = [{"PartNumber": 2, "ETag": etag}]
    aws.check("complete-exc-wrong-part-number", s3.complete_multipart_upload, **upload.completion(wrong))
    wrong = [{"PartNumber": 1, "ETag": "d41d8cd98f00b204e9800998ecf8427e"}]
    aws.check("complete-exc-wrong-etag", s3.complete_multipart_upload, **upload.completion(wrong))


def test_the_size_that_is_claimed(s3: Any) -> None:
    aws = Recording("test_s3", "test_multipart_size_validation")
    upload = Upload(s3, BUCKET, "test-multipart-size")
    upload.part(1, b"0123")
    wrong = aws["complete-multipart-wrong-size"]["Error"]
    assert refusal(s3.complete_multipart_upload, **upload.completion(upload.plain, MpuObjectSize=5)) == wrong
    assert "ETag" in s3.complete_multipart_upload(**upload.completion(upload.plain, MpuObjectSize=4))


def test_pages_of_parts(s3: Any) -> None:
    aws = Recording("test_s3_list_operations", "test_list_parts_pagination")
    upload = Upload(s3, BUCKET, "test-list-part-pagination")
    aws.check("list-parts-empty", s3.list_parts, **upload.ask)
    for number in (1, 2):
        upload.part(number, b"data")
    aws.check("list-parts-all", s3.list_parts, **upload.ask)
    aws.check("list-parts-1", s3.list_parts, **upload.ask, MaxParts=1)
    aws.check("list-parts-next", s3.list_parts, **upload.ask, MaxParts=1, PartNumberMarker=1)


def test_pages_of_uploads(cloud: RunningCloud) -> None:
    aws = Recording("test_s3_list_operations", "test_list_multiparts_next_marker")
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="many-uploads")
    ask = {"Bucket": "many-uploads"}
    aws.check("list-multiparts-empty", s3.list_multipart_uploads, **ask)
    order = [
        s3.create_multipart_upload(**ask, Key=key)["UploadId"] for key in ("key-c", "key-b", "key-a", "key-a", "key-a")
    ]
    named = {f"<upload-id:{number}>": upload for number, upload in enumerate(order, 1)}
    keys = {"<key:1>": "key-a", "<key:2>": "key-b", "<key:3>": "key-c", "": ""}

    def check(step: str, **more: Any) -> None:
        found, wanted = s3.list_multipart_uploads(**ask, **more), aws[step]
        assert [one["UploadId"] for one in found.get("Uploads", [])] == [
            named[one["UploadId"]] for one in wanted.get("Uploads", [])
        ], step
        assert found["NextKeyMarker"] == keys[wanted["NextKeyMarker"]], step
        assert found["NextUploadIdMarker"] == named.get(wanted["NextUploadIdMarker"], ""), step
        assert (found["IsTruncated"], set(found)) == (wanted["IsTruncated"], set(wanted)), step

    check("list-multiparts-all")
    check("list-multiparts-max-1", MaxUploads=1)
    check("list-multiparts-next-key-only", MaxUploads=1, KeyMarker="key-a")
    check("list-multiparts-next-key-last", MaxUploads=1, KeyMarker="key-c")
    check("list-multiparts-next-upload-only", MaxUploads=1, UploadIdMarker=order[2])
    check("list-multiparts-both-markers", MaxUploads=1, KeyMarker="key-a", UploadIdMarker=order[2])
    check("list-multiparts-both-markers-2", MaxUploads=1, KeyMarker="key-a", UploadIdMarker=order[4])
    check("list-multiparts-get-last-upload-no-truncate", MaxUploads=1, KeyMarker="key-b", UploadIdMarker=order[1])
    found = refusal(s3.list_multipart_uploads, **ask, KeyMarker="key-c", UploadIdMarker=order[1])
    assert found["Message"] == aws["list-multiparts-wrong-id-for-key"]["Error"]["Message"]
    aws = Recording("test_s3_list_operations", "test_list_multiparts_with_prefix_and_delimiter")
    for key in ("test/foo/bar/1", "test/foo/bar/2", "test/bar/foo/1"):
        s3.create_multipart_upload(**ask, Key=key)
    for step, prefix in (("1", "test/"), ("2", "test/foo/"), ("3", "test/foo/bar")):
        given = {**ask, "Prefix": prefix, "Delimiter": "/", "EncodingType": "url"}
        aws.check(f"list-multiparts-{step}", s3.list_multipart_uploads, **given)


def test_an_upload_is_aborted(s3: Any) -> None:
    upload = Upload(s3, BUCKET, "aborted")
    upload.part(1, b"data")
    s3.abort_multipart_upload(**upload.ask)
    assert refusal(s3.list_parts, **upload.ask)["Code"] == "NoSuchUpload"


def test_the_transfer_manager(s3: Any) -> None:
    data = os.urandom(2 * PART_BYTES + 1000)
    settings = TransferConfig(multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES)
    s3.upload_fileobj(io.BytesIO(data), BUCKET, "transferred", Config=settings, ExtraArgs={"Metadata": {"a": "b"}})
    read = io.BytesIO()
    s3.download_fileobj(BUCKET, "transferred", read, Config=settings)
    assert read.getvalue() == data
    assert s3.head_object(Bucket=BUCKET, Key="transferred")["Metadata"] == {"a": "b"}
    digests = b"".join(hashlib.md5(data[at : at + PART_BYTES]).digest() for at in range(0, len(data), PART_BYTES))
    assert s3.head_object(Bucket=BUCKET, Key="transferred")["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-3"'
    middle = s3.get_object(Bucket=BUCKET, Key="transferred", Range=f"bytes={PART_BYTES - 5}-{PART_BYTES + 4}")
    assert middle["Body"].read() == data[PART_BYTES - 5 : PART_BYTES + 5]
    aws = Recording("test_s3", "TestS3::test_get_object_part")
    found = answered(s3.head_object, Bucket=BUCKET, Key="transferred", PartNumber=2)
    assert set(found) - {"Metadata"} == set(aws["head-object-part"]) - {"Metadata"}
    wanted = {**aws["part-doesnt-exist"]["Error"], "ActualPartCount": "3", "PartNumberRequested": "10"}
    assert refusal(s3.get_object, Bucket=BUCKET, Key="transferred", PartNumber=10) == wanted


def test_an_upload_takes_the_place_of_an_object(s3: Any) -> None:
    aws = Recording("test_s3", "TestS3::test_multipart_overwrite_key")
    aws.check("put-object", s3.put_object, Bucket=BUCKET, Key="test.file", Body=b"test content 123")
    upload = Upload(s3, BUCKET, "test.file")
    upload.part(1, b"test content 123")
    aws.check("multipart-upload", s3.complete_multipart_upload, **upload.completion(upload.plain))
    assert s3.get_object(Bucket=BUCKET, Key="test.file")["Body"].read() == b"test content 123"


def test_the_location_is_encoded(s3: Any) -> None:
    aws = Recording("test_s3", "test_multipart_with_unicode_character_location")
    upload = Upload(s3, BUCKET, "test-unicode_—_file")
    assert set(upload.created) == set(aws["create-multipart"])
    upload.part(1, b"test content 123")
    done = s3.complete_multipart_upload(**upload.completion(upload.plain))
    assert set(done) == set(aws["complete-multipart"])
    assert done["Location"].endswith("/test-unicode_%E2%80%94_file")


def test_the_transfer_managers_one_part(s3: Any) -> None:
    """What boto3 uploads when everything is large enough for it."""
    aws = Recording("test_s3", "TestS3::test_upload_file_multipart")
    settings = TransferConfig(multipart_threshold=6 * 1024, multipart_chunksize=PART_BYTES)
    s3.upload_fileobj(io.BytesIO(b"1" * 6 * 1024), BUCKET, "small", Config=settings)
    found = s3.get_object(Bucket=BUCKET, Key="small")
    assert set(found) == set(aws["get_object"])
    assert (found["ChecksumType"], found["ContentLength"]) == ("COMPOSITE", 6144)


def test_markers_that_are_empty(cloud: RunningCloud, s3: Any) -> None:
    aws = Recording("test_s3_list_operations", "TestS3ListParts::test_list_parts_empty_part_number_marker")
    upload = Upload(s3, BUCKET, "test-list-part-empty-marker")
    upload.part(1, b"data")
    wanted = aws["list-parts-empty-marker"]
    for name in ("part-number-marker", "max-parts"):
        found = raw(cloud, "GET", f"/{BUCKET}/test-list-part-empty-marker?uploadId={upload.id}&{name}=")
        assert found.status == 200
        said = [found.element(of) for of in ("MaxParts", "PartNumberMarker", "NextPartNumberMarker", "ETag")]
        assert said == ["1000", "0", "1", wanted["Parts"][0]["ETag"].replace('"', "&quot;")]


def test_pages_of_attributes(s3: Any) -> None:
    aws = Recording("test_s3_list_operations", "test_list_parts_via_object_attrs_pagination")
    upload = Upload(s3, BUCKET, "test-object-attrs-pagination", ChecksumAlgorithm="SHA256")
    for number in (1, 2):
        upload.part(number, b"a" * (PART_BYTES + 1), ChecksumAlgorithm="SHA256")
    aws.check("list-parts", s3.list_parts, **upload.ask)
    aws.check("complete-mpu", s3.complete_multipart_upload, **upload.completion())
    ask = {"Bucket": BUCKET, "Key": "test-object-attrs-pagination", "ObjectAttributes": ["ObjectParts"]}
    aws.check("get-object-attrs-all", s3.get_object_attributes, **ask)
    aws.check("get-object-attrs-next", s3.get_object_attributes, **ask, MaxParts=1, PartNumberMarker=1)
    aws.check("get-object-attrs-wrong-part", s3.get_object_attributes, **ask, MaxParts=1, PartNumberMarker=10)


def test_common_prefixes_of_uploads(s3: Any) -> None:
    aws = Recording("test_s3_list_operations", "test_list_multipart_uploads_marker_common_prefixes")
    s3.create_bucket(Bucket="rolled-uploads")
    for key in ("folder/aSubfolder/subFile1", "folder/aSubfolder/subFile2", "folder/file1", "folder/file2"):
        s3.create_multipart_upload(Bucket="rolled-uploads", Key=key)
    ask = {"Bucket": "rolled-uploads", "Prefix": "folder/", "Delimiter": "/", "MaxUploads": 1}
    aws.check("list-multiparts-start", s3.list_multipart_uploads, **ask)
    aws.check("list-multiparts-manual-prefix", s3.list_multipart_uploads, **ask, KeyMarker="folder/aSubfolder/")
    first = {**ask, "KeyMarker": "folder/aSubfolder/subFile1"}
    aws.check("list-multiparts-manual-first-file", s3.list_multipart_uploads, **first)


def test_an_upload_that_is_completed_again(s3: Any) -> None:
    """AWS answers as before, whatever the conditions say now, as long as the object is the one that was made."""
    upload = Upload(s3, BUCKET, "completed-again")
    upload.part(1, b"1")
    first = s3.complete_multipart_upload(**upload.completion(upload.plain))
    again = s3.complete_multipart_upload(**upload.completion(upload.plain, IfNoneMatch="*"))
    assert (again["ETag"], again["Location"]) == (first["ETag"], first["Location"])
    s3.put_object(Bucket=BUCKET, Key="completed-again", Body=b"another")
    assert refusal(s3.complete_multipart_upload, **upload.completion(upload.plain))["Code"] == "NoSuchUpload"
