"""Uploads in parts over the wire, beside the recorded answers of AWS."""

import base64
import hashlib
import io
import os
from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig
from tests.conftest import RunningCloud
from tests.wire.s3_answers import Recording, answered, raw, refusal

BUCKET = "in-parts"
PART_BYTES = 5 * 1024 * 1024
ALGORITHMS_OF_SDK = ("CRC32", "SHA1", "SHA256")


@pytest.fixture
def s3(cloud: RunningCloud) -> Any:
    client = cloud.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


class Upload:
    """An upload of a key, and what the calls of its parts have in common."""

    def __init__(self, s3: Any, key: str, **more: Any) -> None:
        self.s3 = s3
        self.created = s3.create_multipart_upload(Bucket=BUCKET, Key=key, **more)
        self.id = self.created["UploadId"]
        self.ask = {"Bucket": BUCKET, "Key": key, "UploadId": self.id}
        self.listed: list[dict[str, Any]] = []

    def part(self, number: int, data: bytes, **more: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.s3.upload_part(**self.ask, PartNumber=number, Body=data, **more)
        checksums = {name: value for name, value in answer.items() if name.startswith("Checksum")}
        self.listed.append({"PartNumber": number, "ETag": answer["ETag"], **checksums})
        return answer

    def completion(self, parts: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
        return {**self.ask, "MultipartUpload": {"Parts": self.listed if parts is None else parts}, **more}

    @property
    def plain(self) -> list[dict[str, Any]]:
        """The parts without their checksums."""
        return [{name: part[name] for name in ("PartNumber", "ETag")} for part in self.listed]


def test_from_the_first_part_to_the_object(s3: Any) -> None:
    aws = Recording("test_s3", "test_multipart_and_list_parts")
    upload = Upload(s3, "test-list-parts")
    assert set(upload.created) == set(aws["create-multipart"])
    aws.check("list-part-after-created", s3.list_parts, **upload.ask)
    aws.check("list-all-uploads", s3.list_multipart_uploads, Bucket=BUCKET)
    data = b"upload-part-1" * 5
    assert set(upload.part(1, data)) == set(aws["upload-part"])
    aws.check("list-part-after-upload", s3.list_parts, **upload.ask)
    done = aws.check("complete-multipart", s3.complete_multipart_upload, **upload.completion(upload.plain))
    assert done["Location"].endswith(f"/{BUCKET}/test-list-parts")
    aws.check("list-part-after-complete-exc", s3.list_parts, **upload.ask)
    aws.check("list-all-uploads-completed", s3.list_multipart_uploads, Bucket=BUCKET)
    head = {"Bucket": BUCKET, "Key": "test-list-parts", "ChecksumMode": "ENABLED"}
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
    upload = Upload(s3, "right-key")
    assert refusal(getattr(s3, ask), **given, UploadId=upload.id) == {**wanted, "UploadId": upload.id}


def test_parts_in_their_order(s3: Any) -> None:
    aws = Recording("test_s3", "test_complete_multipart_parts_order")
    upload = Upload(s3, "test-order-parts")
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
    upload = Upload(s3, "too-small")
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
    upload = Upload(s3, "wrong-part")
    etag = upload.part(1, b"data")["ETag"]
    wrong = [{"PartNumber": 2, "ETag": etag}]
    aws.check("complete-exc-wrong-part-number", s3.complete_multipart_upload, **upload.completion(wrong))
    wrong = [{"PartNumber": 1, "ETag": "d41d8cd98f00b204e9800998ecf8427e"}]
    aws.check("complete-exc-wrong-etag", s3.complete_multipart_upload, **upload.completion(wrong))


def test_the_size_that_is_claimed(s3: Any) -> None:
    aws = Recording("test_s3", "test_multipart_size_validation")
    upload = Upload(s3, "test-multipart-size")
    upload.part(1, b"0123")
    wrong = aws["complete-multipart-wrong-size"]["Error"]
    assert refusal(s3.complete_multipart_upload, **upload.completion(upload.plain, MpuObjectSize=5)) == wrong
    assert "ETag" in s3.complete_multipart_upload(**upload.completion(upload.plain, MpuObjectSize=4))


@pytest.mark.parametrize("kind", ["COMPOSITE", "FULL_OBJECT"])
@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "SHA1", "SHA256", "CRC64NVME"])
def test_which_type_goes_with_which_algorithm(s3: Any, kind: str, algorithm: str) -> None:
    aws = Recording("test_s3", f"test_multipart_checksum_type_compatibility[{kind}-{algorithm}]")
    key = "test-multipart-checksum-compat"
    found = answered(s3.create_multipart_upload, Bucket=BUCKET, Key=key, ChecksumAlgorithm=algorithm, ChecksumType=kind)
    if "create-mpu-checksum-exc" in aws:
        assert found["Error"] == aws["create-mpu-checksum-exc"]["Error"]
    else:
        assert set(found) == set(aws["create-mpu-checksum"])


def test_algorithms_that_are_none(s3: Any) -> None:
    aws = Recording("test_s3", "test_multipart_parts_checksum_exceptions_composite")
    ask = {"Bucket": BUCKET, "Key": "test-multipart-checksum-exc"}
    aws.check("create-mpu-wrong-checksum-algo", s3.create_multipart_upload, **ask, ChecksumAlgorithm="TEST")
    aws.check("create-mpu-no-checksum-algo-with-type", s3.create_multipart_upload, **ask, ChecksumType="COMPOSITE")
    for named in ({}, {"ChecksumAlgorithm": "CRC32"}):
        error = refusal(s3.create_multipart_upload, **ask, **named, ChecksumType="TEST")
        assert error == {"Code": "InvalidRequest", "Message": "Value for x-amz-checksum-type header is invalid."}
    begun = s3.create_multipart_upload(**ask, ChecksumAlgorithm="crc32", ChecksumType="full_object")
    assert (begun["ChecksumAlgorithm"], begun["ChecksumType"]) == ("CRC32", "FULL_OBJECT")


@pytest.mark.parametrize("algorithm", ALGORITHMS_OF_SDK)
def test_a_checksum_of_checksums(s3: Any, algorithm: str) -> None:
    """The three parts are those of the recordings: two of 5 MiB and a byte, and ten bytes."""
    aws = Recording("test_s3", f"test_complete_multipart_parts_checksum_composite[{algorithm}]")
    upload = Upload(s3, f"composite-{algorithm}", ChecksumAlgorithm=algorithm)
    assert set(upload.created) == set(aws["create-mpu-checksum"])
    for number, data in enumerate((b"a" * (PART_BYTES + 1), b"a" * (PART_BYTES + 1), b"a" * 10)):
        part = upload.part(number + 1, data, ChecksumAlgorithm=algorithm)
        wanted = aws[f"upload-part-{number}"]
        assert {k: v for k, v in part.items() if k != "ResponseMetadata"} == {
            k: v for k, v in wanted.items() if k != "ResponseMetadata"
        }
    listed = s3.list_parts(**upload.ask)
    assert set(listed) == set(aws["list-parts"])
    assert [set(part) for part in listed["Parts"]] == [set(part) for part in aws["list-parts"]["Parts"]]
    aws.check("complete-multipart-no-checksum", s3.complete_multipart_upload, **upload.completion(upload.plain))
    done = s3.complete_multipart_upload(**upload.completion())
    member = f"Checksum{algorithm}"
    assert (done[member], done["ETag"]) == tuple(aws["complete-multipart-checksum"][k] for k in (member, "ETag"))
    ask = {"Bucket": BUCKET, "Key": f"composite-{algorithm}"}
    aws.check("head-object-with-checksum", s3.head_object, **ask, ChecksumMode="ENABLED")
    attributes = ["Checksum", "ETag", "ObjectParts"]
    aws.check("get-object-attrs", s3.get_object_attributes, **ask, ObjectAttributes=attributes)
    aws.check("get-object-part-checksum", s3.get_object, **ask, PartNumber=3, ChecksumMode="ENABLED")
    copied = s3.copy_object(Bucket=BUCKET, Key="composite-copy", CopySource=ask)
    wanted = aws["copy-obj-checksum"]["CopyObjectResult"]
    assert {name: copied["CopyObjectResult"][name] for name in (member, "ChecksumType", "ETag")} == {
        name: wanted[name] for name in (member, "ChecksumType", "ETag")
    }


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC64NVME", "CRC32C"])
def test_a_checksum_of_the_whole(s3: Any, algorithm: str) -> None:
    aws = Recording("test_s3", f"test_complete_multipart_parts_checksum_full_object[{algorithm}]")
    member = f"Checksum{algorithm}"
    upload = Upload(s3, f"full-{algorithm}", ChecksumAlgorithm=algorithm, ChecksumType="FULL_OBJECT")
    for number, data in enumerate((b"a" * (PART_BYTES + 1), b"a" * (PART_BYTES + 1), b"a" * 10)):
        wanted = aws[f"upload-part-{number}"]
        assert upload.part(number + 1, data, **{member: wanted[member]})[member] == wanted[member]
    wrong = [*upload.listed[:2], {**upload.listed[2], member: upload.listed[0][member]}]
    assert refusal(s3.complete_multipart_upload, **upload.completion(wrong))["Code"] == "InvalidPart"
    right = aws["complete-multipart-checksum"][member]
    done = s3.complete_multipart_upload(**upload.completion(ChecksumType="FULL_OBJECT", **{member: right}))
    assert (done[member], done["ChecksumType"]) == (right, "FULL_OBJECT")
    ask = {"Bucket": BUCKET, "Key": f"full-{algorithm}"}
    aws.check("head-object-with-checksum", s3.head_object, **ask, ChecksumMode="ENABLED")
    attributes = ["Checksum", "ETag", "ObjectParts"]
    aws.check("get-object-attrs", s3.get_object_attributes, **ask, ObjectAttributes=attributes)
    aws.check("get-object-part-checksum", s3.get_object, **ask, PartNumber=3, ChecksumMode="ENABLED")


def test_claims_of_another_algorithm_or_type(s3: Any) -> None:
    aws = Recording("test_s3", "test_multipart_parts_checksum_exceptions_composite")
    upload = Upload(s3, "test-multipart-checksum-exc", ChecksumAlgorithm="CRC32")
    upload.part(1, b"abc")
    sha = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="
    wrong = [{**upload.plain[0], "ChecksumSHA256": sha}]
    aws.check("complete-part-with-checksum", s3.complete_multipart_upload, **upload.completion(wrong))
    aws.check(
        "complete-part-with-bad-checksum-type",
        s3.complete_multipart_upload,
        **upload.completion(ChecksumType="FULL_OBJECT"),
    )
    other = Upload(s3, "test-multipart-checksum-exc", ChecksumAlgorithm="SHA256")
    aws.check("upload-part-different-checksum-exc", s3.upload_part, **other.ask, PartNumber=1, Body=b"abc")


def test_what_an_upload_without_an_algorithm_refuses(s3: Any) -> None:
    aws = Recording("test_s3", "test_complete_multipart_parts_checksum_default")
    upload = Upload(s3, "test-multipart-checksum")
    upload.part(1, b"aaa")
    aws.check("list-parts", s3.list_parts, **upload.ask)
    # The SDK's checksum of the part is no part of the list.
    aws.check("complete-multipart-parts-checksum", s3.complete_multipart_upload, **upload.completion())
    for step, kind in (
        ("complete-multipart-full-object-type", "FULL_OBJECT"),
        ("complete-multipart-composite-type", "COMPOSITE"),
    ):
        completion = upload.completion(upload.plain, ChecksumType=kind)
        aws.check(step, s3.complete_multipart_upload, **completion)
    done = s3.complete_multipart_upload(**upload.completion(upload.plain))
    wanted = aws["complete-multipart-checksum"]
    assert (done["ChecksumCRC64NVME"], done["ETag"]) == (wanted["ChecksumCRC64NVME"], wanted["ETag"])


def test_pages_of_parts(s3: Any) -> None:
    aws = Recording("test_s3_list_operations", "test_list_parts_pagination")
    upload = Upload(s3, "test-list-part-pagination")
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


def test_an_upload_that_must_not_overwrite(s3: Any) -> None:
    aws = Recording("test_s3_api", "test_multipart_if_none_match_with_delete")
    key = {"Bucket": BUCKET, "Key": "test-precondition"}
    s3.put_object(**key)
    upload = Upload(s3, "test-precondition")
    upload.part(1, b"test")
    completion = upload.completion(upload.plain, IfNoneMatch="*")
    aws.check("complete-multipart-if-none-match", s3.complete_multipart_upload, **completion)
    s3.delete_object(**key)
    aws.check("complete-multipart-after-del", s3.complete_multipart_upload, **completion)
    again = Upload(s3, "test-precondition")
    again.part(1, b"test")
    assert "ETag" in s3.complete_multipart_upload(**again.completion(again.plain, IfNoneMatch="*"))


def test_an_upload_that_must_overwrite_what_was_seen(s3: Any) -> None:
    aws = Recording("test_s3_api", "TestS3ObjectWritePrecondition::test_multipart_if_match_with_put")
    key = {"Bucket": BUCKET, "Key": "test-precondition"}
    before = s3.put_object(**key, Body=b"test")["ETag"]
    upload = Upload(s3, "test-precondition")
    upload.part(1, b"test")
    during = s3.put_object(**key, Body=b"test2")["ETag"]
    for step, etag in (("before", before), ("during", during)):
        completion = upload.completion(upload.plain, IfMatch=etag)
        aws.check(f"complete-multipart-if-match-put-{step}", s3.complete_multipart_upload, **completion)
    again = Upload(s3, "test-precondition")
    again.part(1, b"test")
    assert "ETag" in s3.complete_multipart_upload(**again.completion(again.plain, IfMatch=during))


def test_an_upload_is_aborted(s3: Any) -> None:
    upload = Upload(s3, "aborted")
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
    upload = Upload(s3, "test.file")
    upload.part(1, b"test content 123")
    aws.check("multipart-upload", s3.complete_multipart_upload, **upload.completion(upload.plain))
    assert s3.get_object(Bucket=BUCKET, Key="test.file")["Body"].read() == b"test content 123"


def test_the_location_is_encoded(s3: Any) -> None:
    aws = Recording("test_s3", "test_multipart_with_unicode_character_location")
    upload = Upload(s3, "test-unicode_—_file")
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


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "SHA1", "SHA256", "CRC64NVME"])
def test_the_type_that_goes_without_saying(s3: Any, algorithm: str) -> None:
    aws = Recording("test_s3", f"test_multipart_checksum_type_default_for_checksum[{algorithm}]")
    ask = {"Bucket": BUCKET, "Key": "test-multipart-checksum-default", "ChecksumAlgorithm": algorithm}
    aws.check("create-mpu-default-checksum-type", s3.create_multipart_upload, **ask)


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "SHA1", "SHA256", "CRC64NVME"])
def test_checksums_of_parts_are_verified(s3: Any, algorithm: str) -> None:
    aws = Recording("test_s3", f"test_multipart_upload_part_checksum_exception[{algorithm}]")
    upload = Upload(s3, "wrong-checksum", ChecksumAlgorithm=algorithm)
    other = {"CRC32": 4, "CRC32C": 4, "SHA1": 20, "SHA256": 32, "CRC64NVME": 8}[algorithm]
    ask = {**upload.ask, "PartNumber": 1, "Body": b"part data"}
    member = f"Checksum{algorithm}"
    aws.check("put-wrong-checksum-no-b64", s3.upload_part, **ask, **{member: "TEST"})
    wrong = base64.b64encode(b"x" * other).decode()
    aws.check("put-wrong-checksum-value", s3.upload_part, **ask, **{member: wrong})


def test_claims_about_the_whole(s3: Any) -> None:
    aws = Recording("test_s3", "test_multipart_parts_checksum_exceptions_full_object")
    ask = {"Bucket": BUCKET, "Key": "test-multipart-checksum-exc"}
    aws.check("create-mpu-no-checksum-algo-with-type", s3.create_multipart_upload, **ask, ChecksumType="FULL_OBJECT")
    upload = Upload(s3, "test-multipart-checksum-exc", ChecksumAlgorithm="CRC32C", ChecksumType="FULL_OBJECT")
    right = aws["upload-part-no-checksum-ok"]["ChecksumCRC32C"]
    aws.check(
        "upload-part-no-checksum-ok", s3.upload_part, **upload.ask, PartNumber=1, Body=b"abc", ChecksumCRC32C=right
    )
    upload.listed = [{"PartNumber": 1, "ETag": aws["upload-part-no-checksum-ok"]["ETag"]}]

    def complete(step: str, **more: Any) -> None:
        aws.check(step, s3.complete_multipart_upload, **upload.completion(**more))

    complete("complete-part-bad-checksum-type", ChecksumType="COMPOSITE")
    complete("complete-part-good-checksum-no-type", ChecksumCRC32C="AAAAAA==")
    complete("complete-part-bad-checksum", ChecksumType="FULL_OBJECT", ChecksumCRC32C="AAAAAA==")
    complete("complete-success", ChecksumType="FULL_OBJECT", ChecksumCRC32C=right)
    other = Upload(s3, "test-multipart-checksum-exc", ChecksumAlgorithm="CRC32C", ChecksumType="FULL_OBJECT")
    wrong = {"PartNumber": 1, "Body": b"abc", "ChecksumAlgorithm": "CRC32"}
    aws.check("upload-part-different-checksum-exc", s3.upload_part, **other.ask, **wrong)


def test_the_default_checksum_of_the_whole(s3: Any) -> None:
    aws = Recording("test_s3", "test_complete_multipart_parts_checksum_full_object_default")
    key = {"Bucket": BUCKET, "Key": "test-multipart-checksum"}
    upload = Upload(s3, "test-multipart-checksum", ChecksumAlgorithm="CRC64NVME")
    assert set(upload.created) == set(aws["create-mpu-checksum-crc64"])
    right = aws["upload-part"]["ChecksumCRC64NVME"]
    aws.check("upload-part", s3.upload_part, **upload.ask, PartNumber=1, Body=b"aaa", ChecksumCRC64NVME=right)
    parts = [{"PartNumber": 1, "ETag": aws["upload-part"]["ETag"]}]
    aws.check("complete-multipart-checksum", s3.complete_multipart_upload, **upload.completion(parts))
    aws.check("head-object-with-checksum", s3.head_object, **key, ChecksumMode="ENABLED")
    attributes = ["Checksum", "ETag", "ObjectParts"]
    aws.check("get-object-attrs", s3.get_object_attributes, **key, ObjectAttributes=attributes)


@pytest.mark.parametrize("kind", ["COMPOSITE", "FULL_OBJECT"])
def test_the_checksum_of_a_part(s3: Any, kind: str) -> None:
    aws = Recording("test_s3", f"TestS3::test_get_object_part_checksum[{kind}]")
    key = {"Bucket": BUCKET, "Key": "test-multipart-checksum"}
    upload = Upload(s3, "test-multipart-checksum", ChecksumAlgorithm="CRC32C", ChecksumType=kind)
    right = aws["upload-part"]["ChecksumCRC32C"]
    upload.part(1, b"test content 123", ChecksumCRC32C=right)
    aws.check("complete-multipart-checksum", s3.complete_multipart_upload, **upload.completion())
    aws.check("head-object-part", s3.head_object, **key, PartNumber=1, ChecksumMode="ENABLED")
    aws.check("get-object-part", s3.get_object, **key, PartNumber=1, ChecksumMode="ENABLED")


def test_markers_that_are_empty(cloud: RunningCloud, s3: Any) -> None:
    aws = Recording("test_s3_list_operations", "TestS3ListParts::test_list_parts_empty_part_number_marker")
    upload = Upload(s3, "test-list-part-empty-marker")
    upload.part(1, b"data")
    wanted = aws["list-parts-empty-marker"]
    for name in ("part-number-marker", "max-parts"):
        found = raw(cloud, "GET", f"/{BUCKET}/test-list-part-empty-marker?uploadId={upload.id}&{name}=")
        assert found.status == 200
        said = [found.element(of) for of in ("MaxParts", "PartNumberMarker", "NextPartNumberMarker", "ETag")]
        assert said == ["1000", "0", "1", wanted["Parts"][0]["ETag"].replace('"', "&quot;")]


def test_pages_of_attributes(s3: Any) -> None:
    aws = Recording("test_s3_list_operations", "test_list_parts_via_object_attrs_pagination")
    upload = Upload(s3, "test-object-attrs-pagination", ChecksumAlgorithm="SHA256")
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


def test_what_happens_during_an_upload(s3: Any) -> None:
    key = {"Bucket": BUCKET, "Key": "test-precondition"}
    s3.delete_object(**key)
    aws = Recording("test_s3_api", "TestS3ObjectWritePrecondition::test_multipart_if_none_match_with_put")
    upload = Upload(s3, "test-precondition")
    upload.part(1, b"test")
    aws.check("put-obj", s3.put_object, **key, Body=b"")
    completion = upload.completion(upload.plain, IfNoneMatch="*")
    aws.check("complete-multipart-if-none-match-put-during", s3.complete_multipart_upload, **completion)

    aws = Recording("test_s3_api", "test_multipart_if_match_with_put_identical")
    etag = aws.check("put-obj", s3.put_object, **key, Body=b"test")["ETag"]
    upload = Upload(s3, "test-precondition")
    upload.part(1, b"test")
    s3.put_object(**key, Body=b"test")
    completion = upload.completion(upload.plain, IfMatch=etag)
    aws.check("complete-multipart-if-match-put-during", s3.complete_multipart_upload, **completion)
    upload = Upload(s3, "test-precondition")
    upload.part(1, b"test")
    completion = upload.completion(upload.plain, IfMatch=etag)
    aws.check("complete-multipart-if-match-put-before-restart", s3.complete_multipart_upload, **completion)

    aws = Recording("test_s3_api", "test_multipart_if_match_with_delete")
    etag = s3.put_object(**key, Body=b"test")["ETag"]
    upload = Upload(s3, "test-precondition")
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
    upload = Upload(s3, "test-precondition")
    upload.part(1, b"test")
    completion = upload.completion(upload.plain, IfMatch=etag)
    done = aws.check("complete-multipart-if-match", s3.complete_multipart_upload, **completion)
    upload = Upload(s3, "test-precondition")
    upload.part(1, b"test")
    wrong, right = (upload.completion(upload.plain, IfMatch=of) for of in (etag, done["ETag"]))
    aws.check("complete-multipart-if-match-true-etag", s3.complete_multipart_upload, **wrong)
    aws.check("complete-multipart-if-match-overwrite-multipart", s3.complete_multipart_upload, **right)


def test_an_upload_that_is_completed_again(s3: Any) -> None:
    """AWS answers as before, whatever the conditions say now, as long as the object is the one that was made."""
    upload = Upload(s3, "completed-again")
    upload.part(1, b"1")
    first = s3.complete_multipart_upload(**upload.completion(upload.plain))
    again = s3.complete_multipart_upload(**upload.completion(upload.plain, IfNoneMatch="*"))
    assert (again["ETag"], again["Location"]) == (first["ETag"], first["Location"])
    s3.put_object(Bucket=BUCKET, Key="completed-again", Body=b"another")
    assert refusal(s3.complete_multipart_upload, **upload.completion(upload.plain))["Code"] == "NoSuchUpload"
