"""GetObjectAttributes over the wire, beside the recorded answers of AWS."""

import gzip
from typing import Any

import pytest
from tests.conftest import RunningCloud
from tests.wire.s3_answers import Recording, raw, refusal

BUCKET = "attributes"
ALL = ["StorageClass", "ETag", "ObjectSize", "ObjectParts", "Checksum"]


@pytest.fixture
def s3(cloud: RunningCloud) -> Any:
    client = cloud.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


def test_of_objects_and_of_uploads_in_parts(s3: Any) -> None:
    aws = Recording("test_s3", "TestS3::test_get_object_attributes")
    ask = {"Bucket": BUCKET, "Key": "data.txt"}
    s3.put_object(**ask, Body=b"69\n420\n")
    aws.check("object-attrs", s3.get_object_attributes, **ask, ObjectAttributes=ALL)
    ask["Key"] = "parts.txt"
    upload = s3.create_multipart_upload(**ask)["UploadId"]
    part = s3.upload_part(**ask, UploadId=upload, PartNumber=1, Body=b"upload-part-1" * 5)
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(**ask, UploadId=upload, MultipartUpload=parts)
    sized = {"ObjectAttributes": ["StorageClass", "ETag", "ObjectSize", "ObjectParts"]}
    aws.check("object-attrs-multiparts-1-part", s3.get_object_attributes, **ask, **sized)


def test_of_versions(s3: Any) -> None:
    aws = Recording("test_s3", "test_get_object_attributes_versioned")
    ask = {"Bucket": "attributes-of-versions", "Key": "key-attrs-versioned"}
    s3.create_bucket(Bucket=ask["Bucket"])
    s3.put_bucket_versioning(Bucket=ask["Bucket"], VersioningConfiguration={"Status": "Enabled"})
    first = aws.check("put-obj-v1", s3.put_object, **ask, Body=b"69\n420\n")["VersionId"]
    put = s3.put_object(**ask, Body=b"version 2")
    assert set(put) == set(aws["put-obj-v2"])
    found = s3.get_object_attributes(**ask, ObjectAttributes=ALL)
    assert set(found) == set(aws["object-attrs"])
    assert (found["ETag"], found["VersionId"]) == (put["ETag"].strip('"'), put["VersionId"])
    aws.check("delete-key", s3.delete_object, **ask)
    aws.check("deleted-object-attrs", s3.get_object_attributes, **ask, ObjectAttributes=ALL)
    some = {"VersionId": first, "ObjectAttributes": ["StorageClass", "ETag", "ObjectSize"]}
    aws.check("get-object-attrs-v1", s3.get_object_attributes, **ask, **some)


def test_names_may_be_spaced(cloud: RunningCloud, s3: Any) -> None:
    aws = Recording("test_s3", "test_get_object_attributes_with_space")
    s3.put_object(Bucket=BUCKET, Key="spaced", Body=b"test data", ChecksumAlgorithm="SHA256")
    for step, comma in (("get-attrs-with-whitespace", ", "), ("get-attrs-without-whitespace", ",")):
        wanted = aws[step]["GetObjectAttributesResponse"]
        names = comma.join(("ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"))
        found = raw(cloud, "GET", f"/{BUCKET}/spaced?attributes", headers={"x-amz-object-attributes": names})
        assert found.status == 200
        for name in ("ETag", "ObjectSize", "StorageClass"):
            assert found.element(name)
        assert bool(found.element("ChecksumSHA256")) == ("ChecksumSHA256" in wanted["Checksum"])
        assert found.element("ChecksumType") == wanted["Checksum"]["ChecksumType"]


def test_of_what_is_encoded(s3: Any) -> None:
    aws = Recording("test_s3", "test_s3_checksum_with_content_encoding")
    data = gzip.compress(b"1234567890 abcdefghijklmnop", mtime=0)
    ask = {"Bucket": BUCKET, "Key": "zipped"}
    put = s3.put_object(**ask, Body=data, ContentEncoding="gzip", ChecksumAlgorithm="SHA256")
    assert set(put) == set(aws["put-object"])
    found = s3.get_object(**ask, ChecksumMode="ENABLED")
    assert set(found) == set(aws["get-object-with-checksum"])
    assert (found["ContentEncoding"], found["Body"].read()) == ("gzip", data)
    attributes = s3.get_object_attributes(**ask, ObjectAttributes=["Checksum"])
    assert set(attributes) == set(aws["get-object-attrs"])
    assert attributes["Checksum"]["ChecksumSHA256"] == put["ChecksumSHA256"]


def test_what_is_none(s3: Any) -> None:
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html"""
    missing = refusal(s3.get_object_attributes, Bucket=BUCKET, Key="missing", ObjectAttributes=["ETag"])
    assert (missing["Code"], missing["Key"]) == ("NoSuchKey", "missing")
    unsaid = refusal(s3.get_object_attributes, Bucket=BUCKET, Key="missing", ObjectAttributes=[])
    assert unsaid["Code"] == "InvalidRequest" and "is either missing or empty" in unsaid["Message"]
    unknown = refusal(s3.get_object_attributes, Bucket=BUCKET, Key="missing", ObjectAttributes=["ETag", "Shape"])
    assert (unknown["ArgumentName"], unknown["ArgumentValue"]) == ("x-amz-object-attributes", "Shape")
