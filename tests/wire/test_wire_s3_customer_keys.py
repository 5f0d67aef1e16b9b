"""Keys that the customer provides (SSE-C) over the wire, beside the recorded answers of AWS (TestS3SSECEncryption)."""

import base64
import hashlib
from typing import Any

import pytest
from botocore.handlers import copy_source_sse_md5, sse_md5
from tests.conftest import RunningCloud
from tests.wire.s3_answers import Recording, answered, refusal

KEY = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"1" * 32}
OTHER_KEY = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"2" * 32}
SOURCE_KEY = {f"CopySource{name}": value for name, value in KEY.items()}
WRONG_ALGORITHM = {**KEY, "SSECustomerAlgorithm": "KMS"}
WRONG_MD5 = {
    "SSECustomerAlgorithm": "AES256",
    "SSECustomerKey": base64.b64encode(b"1" * 32).decode(),
    "SSECustomerKeyMD5": base64.b64encode(hashlib.md5(b"x").digest()).decode(),
}
WITHOUT_MD5 = {name: value for name, value in WRONG_MD5.items() if name != "SSECustomerKeyMD5"}
ENCODED = {**WITHOUT_MD5, "SSECustomerKeyMD5": base64.b64encode(hashlib.md5(b"1" * 32).digest()).decode()}
"""As boto3 sends what it does for most operations by itself."""
PART = b"p" * (5 * 1024 * 1024)


@pytest.fixture
def s3(cloud: RunningCloud) -> Any:
    return cloud.client("s3")


@pytest.fixture
def plain(cloud: RunningCloud) -> Any:
    """A client that leaves keys as they are."""
    client = cloud.client("s3")
    for operation in ("PutObject", "GetObject", "HeadObject"):
        client.meta.events.unregister(f"before-parameter-build.s3.{operation}", sse_md5)
    client.meta.events.unregister("before-parameter-build.s3.CopyObject", copy_source_sse_md5)
    return client


def bucket(s3: Any, name: str, **more: Any) -> dict[str, Any]:
    s3.create_bucket(Bucket=name, **more)
    return {"Bucket": name, "Key": "test-sse-c"}


def alike(answer: dict[str, Any], wanted: dict[str, Any]) -> None:
    """The members of AWS's answer, and its customer key; bodies and keys of the recording are others."""
    assert set(answer) == set(wanted)
    for name in ("SSECustomerAlgorithm", "ServerSideEncryption", "ContentLength", "ChecksumType"):
        assert answer.get(name) == wanted.get(name)


def test_objects_are_written_and_read_with_a_key(s3: Any) -> None:
    aws = Recording("test_s3", "test_put_object_lifecycle_with_sse_c")
    ask = bucket(s3, "customer-keys")
    put = s3.put_object(**ask, Body=b"test_data", **KEY)
    alike(put, aws["put-obj-sse-c"])
    assert put["SSECustomerKeyMD5"] == base64.b64encode(hashlib.md5(b"1" * 32).digest()).decode()
    assert put["ETag"] != f'"{hashlib.md5(b"test_data").hexdigest()}"'
    alike(s3.head_object(**ask, **KEY), aws["head-obj-sse-c"])
    found = s3.get_object(**ask, **KEY)
    assert found.pop("Body").read() == b"test_data"
    alike({**found, "Body": ""}, aws["get-obj-sse-c"])
    wanted = {"ObjectAttributes": ["ETag", "ObjectSize"]}
    alike(s3.get_object_attributes(**ask, **ENCODED, **wanted), aws["get-obj-attrs-sse-c"])
    aws.check("del-obj-sse-c", s3.delete_object, **ask)


def test_wrong_keys_of_uploads(s3: Any, plain: Any) -> None:
    aws = Recording("test_s3", "test_put_object_validation_sse_c")
    ask = {**bucket(s3, "wrong-customer-keys"), "Body": b"test_data"}
    aws.check("put-obj-sse-c-both-encryption", s3.put_object, **ask, **KEY, ServerSideEncryption="AES256")
    aws.check("put-obj-sse-c-wrong-algo", s3.put_object, **ask, **WRONG_ALGORITHM)
    aws.check("put-obj-sse-c-no-algo", s3.put_object, **ask, SSECustomerKey=b"1" * 32)
    aws.check("put-obj-sse-c-no-key", s3.put_object, **ask, SSECustomerAlgorithm="AES256")
    aws.check("put-obj-sse-c-no-md5", plain.put_object, **ask, **WITHOUT_MD5)
    short = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"1" * 3}
    aws.check("put-obj-sse-c-wrong-key-size", s3.put_object, **ask, **short)
    aws.check("put-obj-sse-c-bad-md5", plain.put_object, **ask, **WRONG_MD5)


def test_wrong_keys_of_reads(s3: Any, plain: Any) -> None:
    aws = Recording("test_s3", "test_object_retrieval_sse_c")
    ask = bucket(s3, "wrong-keys-of-reads")
    alike(s3.put_object(**ask, Body=b"test_data", **KEY), aws["put-obj-sse-c"])
    aws.check("get-obj-no-sse-c", s3.get_object, **ask)
    aws.check("get-obj-sse-c-wrong-key", s3.get_object, **ask, **OTHER_KEY)
    aws.check("get-obj-sse-c-wrong-algo", s3.get_object, **ask, **WRONG_ALGORITHM)
    aws.check("head-obj-sse-c-wrong-algo", s3.head_object, **ask, **WRONG_ALGORITHM)
    wanted = {"ObjectAttributes": ["ETag"]}
    wrong = {**ENCODED, "SSECustomerAlgorithm": "KMS"}
    aws.check("get-obj-attrs-sse-c-wrong-algo", s3.get_object_attributes, **ask, **wanted, **wrong)
    aws.check("get-obj-sse-c-no-md5", plain.get_object, **ask, **WITHOUT_MD5)
    aws.check("head-obj-sse-c-no-md5", plain.head_object, **ask, **WITHOUT_MD5)
    short = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"1" * 3}
    aws.check("get-obj-sse-c-wrong-key-size", s3.get_object, **ask, **short)
    aws.check("get-obj-sse-c-bad-md5", plain.get_object, **ask, **WRONG_MD5)
    open_to_all = {**ask, "Key": "open"}
    s3.put_object(**open_to_all, Body=b"1")
    assert refusal(s3.get_object, **open_to_all, **KEY)["Code"] == "InvalidRequest"


def test_copies_from_one_key_to_another(s3: Any) -> None:
    aws = Recording("test_s3", "test_copy_object_with_sse_c")
    ask = bucket(s3, "copied-keys")
    alike(s3.put_object(**ask, Body=b"test_data", **KEY), aws["put-obj-sse-c"])
    copy = {"Bucket": ask["Bucket"], "Key": "copy", "CopySource": f"{ask['Bucket']}/{ask['Key']}"}
    opened = s3.copy_object(**copy, **SOURCE_KEY)
    alike(opened, aws["copy-obj-sse-c-target-no-sse-c"])
    assert opened["CopyObjectResult"]["ETag"] == aws["copy-obj-sse-c-target-no-sse-c"]["CopyObjectResult"]["ETag"]
    alike(s3.copy_object(**copy, **SOURCE_KEY, **OTHER_KEY), aws["copy-obj-sse-c"])
    target = {"Bucket": ask["Bucket"], "Key": "copy"}
    aws.check("get-obj-no-sse-c-param", s3.get_object, **target)
    assert s3.get_object(**target, **OTHER_KEY)["Body"].read() == b"test_data"
    aws.check("copy-obj-no-src-sse-c", s3.copy_object, **copy, **OTHER_KEY)
    wrong = {**SOURCE_KEY, "CopySourceSSECustomerAlgorithm": "KMS"}
    aws.check("copy-obj-wrong-src-sse-c-algo", s3.copy_object, **copy, **wrong, **KEY)
    aws.check("copy-obj-wrong-target-sse-c-algo", s3.copy_object, **copy, **SOURCE_KEY, **WRONG_ALGORITHM)
    double = {**KEY, "ServerSideEncryption": "AES256"}
    aws.check("copy-obj-target-double-encryption", s3.copy_object, **copy, **SOURCE_KEY, **double)


def test_uploads_in_parts(s3: Any) -> None:
    aws = Recording("test_s3", "TestS3SSECEncryption::test_multipart_upload_sse_c")
    ask = bucket(s3, "parts-and-keys")
    begun = s3.create_multipart_upload(**ask, **KEY)
    alike(begun, aws["create-mpu-sse-c"])
    upload = {**ask, "UploadId": begun["UploadId"]}
    parts = []
    for number in (1, 2):
        part = s3.upload_part(**upload, PartNumber=number, Body=PART, **KEY)
        alike(part, aws["upload-part-0"])
        parts.append({"PartNumber": number, "ETag": part["ETag"]})
    copied = s3.upload_part_copy(**upload, PartNumber=3, CopySource=_encrypted(s3, ask["Bucket"]), **SOURCE_KEY, **KEY)
    parts.append({"PartNumber": 3, "ETag": copied["CopyPartResult"]["ETag"]})
    listed = s3.list_parts(**upload)
    assert set(listed) == set(aws["list-parts"]) and set(listed["Parts"][0]) == set(aws["list-parts"]["Parts"][0])
    done = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    alike(done, aws["complete-multipart-checksum"])
    aws.check("get-obj-no-sse-c-param", s3.get_object, **ask)
    found = s3.get_object(**ask, **KEY)
    assert found["Body"].read() == PART * 2 + b"copied"
    assert set(found) == set(aws["get-obj-sse-c"])


def _encrypted(s3: Any, name: str) -> str:
    s3.put_object(Bucket=name, Key="source", Body=b"copied", **KEY)
    return f"{name}/source"


def test_wrong_keys_of_parts(s3: Any) -> None:
    aws = Recording("test_s3", "test_multipart_upload_sse_c_validation")
    ask = bucket(s3, "wrong-keys-of-parts")
    plain = {**ask, "UploadId": s3.create_multipart_upload(**ask)["UploadId"], "PartNumber": 1, "Body": b"1"}
    aws.check("mpu-no-sse-c-upload-part-with-sse-c", s3.upload_part, **plain, **KEY)
    keyed = {**plain, "UploadId": s3.create_multipart_upload(**ask, **KEY)["UploadId"]}
    aws.check("mpu-sse-c-upload-part-no-sse-c", s3.upload_part, **keyed)
    aws.check("mpu-sse-c-upload-part-wrong-sse-c", s3.upload_part, **keyed, **OTHER_KEY)


def test_who_completes_an_upload_with_checksums_has_its_key(s3: Any) -> None:
    # As API_CompleteMultipartUpload.html and API_ListParts.html say of the three parameters.
    ask = bucket(s3, "keys-of-uploads")
    upload_id = s3.create_multipart_upload(**ask, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT", **KEY)
    upload = {**ask, "UploadId": upload_id["UploadId"]}
    part = s3.upload_part(**upload, PartNumber=1, Body=b"1", ChecksumAlgorithm="CRC32", **KEY)
    whole = {**upload, "MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}}
    md5 = base64.b64encode(hashlib.md5(b"2" * 32).digest()).decode()
    other = {**ENCODED, "SSECustomerKey": base64.b64encode(b"2" * 32).decode(), "SSECustomerKeyMD5": md5}
    for operation, request in ((s3.list_parts, upload), (s3.complete_multipart_upload, whole)):
        refused = refusal(operation, **request)
        assert refused["Code"] == "InvalidRequest" and "must include the appropriate encryption" in refused["Message"]
        refused = refusal(operation, **request, **other)
        assert refused["Code"] == "InvalidRequest" and "did not match the ones used originally" in refused["Message"]
        operation(**request, **ENCODED)


def test_each_version_has_a_key_of_its_own(s3: Any) -> None:
    aws = Recording("test_s3", "test_sse_c_with_versioning")
    ask = bucket(s3, "keys-of-versions")
    s3.put_bucket_versioning(Bucket=ask["Bucket"], VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(**ask, Body=b"version1", **KEY)
    alike(first, aws["put-obj-sse-c-version-1"])
    s3.put_object(**ask, Body=b"version2", **OTHER_KEY)
    assert answered(s3.get_object, **ask, **OTHER_KEY)["Body"] == "version2"
    aws.check("get-obj-sse-c-last-version-wrong-key", s3.get_object, **ask, **KEY)
    assert answered(s3.get_object, **ask, VersionId=first["VersionId"], **KEY)["Body"] == "version1"


def test_checksums_are_of_what_was_sent(s3: Any) -> None:
    aws = Recording("test_s3", "test_put_object_default_checksum_with_sse_c")
    ask = bucket(s3, "checksums-and-keys")
    wanted = aws["get-obj-sse-c"]["ChecksumCRC64NVME"]
    s3.put_object(**ask, Body=b"test data..", ChecksumAlgorithm="CRC64NVME", ChecksumCRC64NVME=wanted, **KEY)
    head = s3.head_object(**ask, ChecksumMode="ENABLED", **KEY)
    alike(head, aws["head-obj-sse-c"])
    assert head["ChecksumCRC64NVME"] == wanted
