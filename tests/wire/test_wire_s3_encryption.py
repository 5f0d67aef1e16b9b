"""Server-side encryption over the wire, beside the recorded answers of AWS."""

import hashlib
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud
from tests.wire.s3_answers import Recording, error_of, raw

BODY = b"test-sse"
MD5 = f'"{hashlib.md5(BODY).hexdigest()}"'
KEY = "0c7ae3f4-2b4a-4a0c-8f1e-2d9d8a3b7c11"
ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/"


def by_kms(*, bucket_key: bool = True, **default: str) -> dict[str, Any]:
    encrypted = {"SSEAlgorithm": "aws:kms", **default}
    return {"Rules": [{"ApplyServerSideEncryptionByDefault": encrypted, "BucketKeyEnabled": bucket_key}]}


@pytest.fixture
def s3(cloud: RunningCloud) -> Any:
    return cloud.client("s3")


def bucket(s3: Any, name: str) -> dict[str, Any]:
    s3.create_bucket(Bucket=name)
    return {"Bucket": name}


def members(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    """All members that AWS answers, save tags and ids that are made anew."""
    assert set(found) == set(wanted)
    for name in ("BucketKeyEnabled", "ServerSideEncryption", "ChecksumCRC32"):
        assert found.get(name) == wanted.get(name)


def test_a_rule_holds_from_then_on(s3: Any) -> None:
    aws = Recording("test_s3", "TestS3::test_s3_sse_bucket_key_default")
    ask = bucket(s3, "later-rule")
    before, after = {**ask, "Key": "before"}, {**ask, "Key": "after"}
    put = s3.put_object(**before, Body=BODY)
    members(put, aws["put-obj-default-before-setting"])
    assert put["ETag"] == MD5
    s3.put_bucket_encryption(**ask, ServerSideEncryptionConfiguration=by_kms(KMSMasterKeyID=KEY))
    aws.check("get-bucket-encryption", s3.get_bucket_encryption, **ask)
    members(s3.get_object(**before), aws["get-obj-default-after-setting"])
    put = s3.put_object(**after, Body=BODY)
    members(put, aws["put-obj-after-setting"])
    assert put["SSEKMSKeyId"] == ARN + KEY
    found = s3.get_object(**after)
    members(found, aws["get-obj-after-setting"])
    # The entity tag of what a key of KMS encrypts is not the digest of the bytes.
    assert (found["ETag"] == put["ETag"]) and put["ETag"] != MD5
    assert found["Body"].read() == BODY


def test_the_key_that_aws_keeps(s3: Any) -> None:
    aws = Recording("test_s3", "TestS3::test_s3_sse_default_kms_key")
    one, other = bucket(s3, "managed-key-1"), bucket(s3, "managed-key-2")
    put = s3.put_object(**one, Key="k", Body=BODY, ServerSideEncryption="aws:kms")
    members(put, aws["put-obj-default-kms-s3-key"])
    again = s3.put_object(**other, Key="k", Body=BODY, ServerSideEncryption="aws:kms")
    members(again, aws["put-obj-default-kms-s3-key-bucket-2"])
    assert put["SSEKMSKeyId"].startswith(ARN) and put["SSEKMSKeyId"] == again["SSEKMSKeyId"]
    members(s3.get_object(**one, Key="k"), aws["get-obj-default-kms-s3-key"])
    s3.put_bucket_encryption(**other, ServerSideEncryptionConfiguration=by_kms())
    aws.check("get-bucket-encryption-default-kms-s3-key", s3.get_bucket_encryption, **other)
    by_rule = s3.put_object(**other, Key="by-rule", Body=BODY)
    members(by_rule, aws["put-obj-default-kms-s3-key-from-bucket"])
    assert by_rule["SSEKMSKeyId"] == put["SSEKMSKeyId"]
    aws = Recording("test_s3_api", "test_s3_bucket_encryption_sse_kms_aws_managed_key")
    aws.check("get-bucket-enc", s3.get_bucket_encryption, **other)
    members(s3.head_object(**other, Key="by-rule"), aws["head-object-encrypted"])


def test_the_key_of_s3(s3: Any) -> None:
    aws = Recording("test_s3_api", "TestS3BucketEncryption::test_s3_bucket_encryption_sse_s3")
    ask = bucket(s3, "key-of-s3")
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": True}
    s3.put_bucket_encryption(**ask, ServerSideEncryptionConfiguration={"Rules": [rule]})
    aws.check("put-object-encrypted", s3.put_object, **ask, Key="k", Body=b"test-encrypted")
    aws.check("head-object-encrypted", s3.head_object, **ask, Key="k")
    aws.check("get-object-encrypted", s3.get_object, **ask, Key="k")


def test_parts(s3: Any) -> None:
    aws = Recording("test_s3", "TestS3::test_s3_multipart_upload_sse")
    key = {**bucket(s3, "encrypted-parts"), "Key": "test-sse-field-multipart"}
    encrypted = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": KEY, "BucketKeyEnabled": True}
    begun = s3.create_multipart_upload(**key, **encrypted)
    assert set(begun) == set(aws["multi-sse-create-multipart"])
    upload = {"UploadId": begun["UploadId"]}
    part = s3.upload_part(**key, **upload, PartNumber=1, Body=BODY)
    members(part, aws["multi-sse-upload-part"])
    assert part["ETag"] != MD5
    listed = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    done = s3.complete_multipart_upload(**key, **upload, MultipartUpload=listed)
    assert done["ETag"] == f'"{hashlib.md5(bytes.fromhex(part["ETag"].strip(chr(34)))).hexdigest()}-1"'
    assert set(aws["multi-sse-compete-multipart"]) <= set(done)
    members(s3.get_object(**key), aws["get-obj"])


def test_copies(s3: Any) -> None:
    """A copy is encrypted as it says, or as its bucket does: never as its source was."""
    aws = Recording("test_s3", "test_s3_copy_object_in_place_with_encryption")
    key = {**bucket(s3, "encrypted-copies-2"), "Key": "test"}
    ask = {**key, "CopySource": "encrypted-copies-2/test"}
    put = s3.put_object(**key, Body=b"test", ServerSideEncryption="aws:kms", SSEKMSKeyId=KEY, BucketKeyEnabled=True)
    members(put, aws["put-object-with-kms-encryption"])
    members(s3.head_object(**key), aws["head-object"])
    copied = s3.copy_object(**ask, ServerSideEncryption="aws:kms")
    assert set(copied) == set(aws["copy-object-in-place-with-sse"])
    assert copied["CopyObjectResult"]["ETag"] not in (put["ETag"], f'"{hashlib.md5(b"test").hexdigest()}"')
    members(s3.head_object(**key), aws["head-copy-with-sse"])
    changed = {"MetadataDirective": "REPLACE"}
    aws.check("copy-object-in-place-without-kms-sse", s3.copy_object, **ask, **changed)
    aws.check("head-copy-without-kms-sse", s3.head_object, **key)
    aws.check("copy-object-in-place-with-aes", s3.copy_object, **ask, ServerSideEncryption="AES256")
    aws.check("head-copy-with-aes", s3.head_object, **key)
    aws = Recording("test_s3", "TestS3::test_copy_object_kms")
    target = {**key, "Key": "copied"}
    s3.put_object(**key, Body=b"hello world")
    aws.check("get-object", s3.get_object, **key)
    encrypted = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": KEY, "BucketKeyEnabled": True}
    done = s3.copy_object(**target, CopySource=ask["CopySource"], **encrypted)
    assert set(done) == set(aws["copy-object"])
    found = s3.get_object(**target)
    members(found, aws["get-copied-object"])
    assert found["Body"].read() == b"hello world"


def test_a_header_that_an_operation_does_not_take(cloud: RunningCloud, s3: Any) -> None:
    # Documented with GetObject and HeadObject; listings, parts and completions answer so as well.
    bucket(s3, "undeclared")
    s3.put_object(Bucket="undeclared", Key="k", Body=BODY)
    upload = s3.create_multipart_upload(Bucket="undeclared", Key="k")["UploadId"]
    name = "x-amz-server-side-encryption"
    for method, path in (
        ("GET", "/undeclared/k"),
        ("GET", "/undeclared?list-type=2"),
        ("PUT", f"/undeclared/k?partNumber=1&uploadId={upload}"),
        ("POST", f"/undeclared/k?uploadId={upload}"),
    ):
        answer = raw(cloud, method, path, headers={name: "AES256"})
        error = error_of(answer)
        assert (answer.status, error["Code"]) == (400, "InvalidArgument"), (method, path)
        assert error["Message"] == "x-amz-server-side-encryption header is not supported for this operation."
        assert (error["ArgumentName"], error["ArgumentValue"]) == (name, "AES256")
    assert raw(cloud, "HEAD", "/undeclared/k", headers={name: "aws:kms"}).status == 400
    assert raw(cloud, "PUT", "/undeclared/k", BODY, headers={name: "AES256"}).status == 200
