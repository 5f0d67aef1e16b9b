"""Checksums of parts and of what is made of them, over the wire, beside the recorded answers of AWS."""

import base64
from typing import Any

import pytest
from tests.conftest import RunningCloud
from tests.wire.s3_answers import Recording, answered, refusal
from tests.wire.s3_uploads import PART_BYTES, Upload

BUCKET = "checksums-in-parts"
ALGORITHMS_OF_SDK = ("CRC32", "SHA1", "SHA256")


@pytest.fixture
def s3(cloud: RunningCloud) -> Any:
    client = cloud.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


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


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "SHA1", "SHA256", "CRC64NVME"])
def test_the_type_that_goes_without_saying(s3: Any, algorithm: str) -> None:
    aws = Recording("test_s3", f"test_multipart_checksum_type_default_for_checksum[{algorithm}]")
    ask = {"Bucket": BUCKET, "Key": "test-multipart-checksum-default", "ChecksumAlgorithm": algorithm}
    aws.check("create-mpu-default-checksum-type", s3.create_multipart_upload, **ask)


@pytest.mark.parametrize("algorithm", ALGORITHMS_OF_SDK)
def test_a_checksum_of_checksums(s3: Any, algorithm: str) -> None:
    """The three parts are those of the recordings: two of 5 MiB and a byte, and ten bytes."""
    aws = Recording("test_s3", f"test_complete_multipart_parts_checksum_composite[{algorithm}]")
    upload = Upload(s3, BUCKET, f"composite-{algorithm}", ChecksumAlgorithm=algorithm)
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
    upload = Upload(s3, BUCKET, f"full-{algorithm}", ChecksumAlgorithm=algorithm, ChecksumType="FULL_OBJECT")
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


def test_the_default_checksum_of_the_whole(s3: Any) -> None:
    aws = Recording("test_s3", "test_complete_multipart_parts_checksum_full_object_default")
    key = {"Bucket": BUCKET, "Key": "test-multipart-checksum"}
    upload = Upload(s3, BUCKET, "test-multipart-checksum", ChecksumAlgorithm="CRC64NVME")
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
    upload = Upload(s3, BUCKET, "test-multipart-checksum", ChecksumAlgorithm="CRC32C", ChecksumType=kind)
    right = aws["upload-part"]["ChecksumCRC32C"]
    upload.part(1, b"test content 123", ChecksumCRC32C=right)
    aws.check("complete-multipart-checksum", s3.complete_multipart_upload, **upload.completion())
    aws.check("head-object-part", s3.head_object, **key, PartNumber=1, ChecksumMode="ENABLED")
    aws.check("get-object-part", s3.get_object, **key, PartNumber=1, ChecksumMode="ENABLED")


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "SHA1", "SHA256", "CRC64NVME"])
def test_checksums_of_parts_are_verified(s3: Any, algorithm: str) -> None:
    aws = Recording("test_s3", f"test_multipart_upload_part_checksum_exception[{algorithm}]")
    upload = Upload(s3, BUCKET, "wrong-checksum", ChecksumAlgorithm=algorithm)
    other = {"CRC32": 4, "CRC32C": 4, "SHA1": 20, "SHA256": 32, "CRC64NVME": 8}[algorithm]
    ask = {**upload.ask, "PartNumber": 1, "Body": b"part data"}
    member = f"Checksum{algorithm}"
    aws.check("put-wrong-checksum-no-b64", s3.upload_part, **ask, **{member: "TEST"})
    wrong = base64.b64encode(b"x" * other).decode()
    aws.check("put-wrong-checksum-value", s3.upload_part, **ask, **{member: wrong})


def test_claims_of_another_algorithm_or_type(s3: Any) -> None:
    aws = Recording("test_s3", "test_multipart_parts_checksum_exceptions_composite")
    upload = Upload(s3, BUCKET, "test-multipart-checksum-exc", ChecksumAlgorithm="CRC32")
    upload.part(1, b"abc")
    sha = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="
    wrong = [{**upload.plain[0], "ChecksumSHA256": sha}]
    aws.check("complete-part-with-checksum", s3.complete_multipart_upload, **upload.completion(wrong))
    aws.check(
        "complete-part-with-bad-checksum-type",
        s3.complete_multipart_upload,
        **upload.completion(ChecksumType="FULL_OBJECT"),
    )
    other = Upload(s3, BUCKET, "test-multipart-checksum-exc", ChecksumAlgorithm="SHA256")
    aws.check("upload-part-different-checksum-exc", s3.upload_part, **other.ask, PartNumber=1, Body=b"abc")


def test_claims_about_the_whole(s3: Any) -> None:
    aws = Recording("test_s3", "test_multipart_parts_checksum_exceptions_full_object")
    ask = {"Bucket": BUCKET, "Key": "test-multipart-checksum-exc"}
    aws.check("create-mpu-no-checksum-algo-with-type", s3.create_multipart_upload, **ask, ChecksumType="FULL_OBJECT")
    upload = Upload(s3, BUCKET, "test-multipart-checksum-exc", ChecksumAlgorithm="CRC32C", ChecksumType="FULL_OBJECT")
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
    other = Upload(s3, BUCKET, "test-multipart-checksum-exc", ChecksumAlgorithm="CRC32C", ChecksumType="FULL_OBJECT")
    wrong = {"PartNumber": 1, "Body": b"abc", "ChecksumAlgorithm": "CRC32"}
    aws.check("upload-part-different-checksum-exc", s3.upload_part, **other.ask, **wrong)


def test_what_an_upload_without_an_algorithm_refuses(s3: Any) -> None:
    aws = Recording("test_s3", "test_complete_multipart_parts_checksum_default")
    upload = Upload(s3, BUCKET, "test-multipart-checksum")
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
