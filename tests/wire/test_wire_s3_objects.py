"""Objects over the wire, beside the recorded answers of AWS: written, read, described, deleted."""

import base64
import datetime
import gzip
import hashlib
import io
import os
from typing import Any

import pytest
from tests.conftest import RunningCloud
from tests.wire.s3_answers import SPECIAL_KEYS, Recording, answered, raw, refusal

BUCKET = "objects"
RANGES = (
    ("get-0-8", "bytes=0-8"),
    ("get-1-1", "bytes=1-1"),
    ("get-1-0", "bytes=1-0"),
    ("get-1-", "bytes=1-"),
    ("get--1-", "bytes=-1-"),
    ("get--2", "bytes=-2"),
    ("get--9", "bytes=-9"),
    ("get--15", "bytes=-15"),
    ("get-0-100", "bytes=0-100"),
    ("get-0-0", "bytes=0-0"),
    ("get-0--1", "bytes=0--1"),
    ("get-multiple-ranges", "bytes=0-1,3-4,7-9"),
    ("get-wrong-format", "0-9"),
    ("get--", "bytes=-"),
    ("get--0", "bytes=-0"),
    ("get-100-200", "bytes=100-200"),
)


@pytest.fixture
def s3(cloud: RunningCloud) -> Any:
    client = cloud.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


@pytest.mark.parametrize(
    ("entry", "key", "body"),
    [
        ("test_put_and_get_object_with_utf8_key", "Ā0Ä", b"abc123"),
        ("test_put_and_get_object_with_hash_prefix", "#key-with-hash-prefix", b"test 123"),
    ],
)
def test_what_is_put_is_got(s3: Any, entry: str, key: str, body: bytes) -> None:
    aws = Recording("test_s3", entry)
    put = s3.put_object(Bucket=BUCKET, Key=key, Body=body)
    assert put["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    assert set(put) == set(aws["put-object"])
    got = s3.get_object(Bucket=BUCKET, Key=key, ChecksumMode="ENABLED")
    assert (got["Body"].read(), got["ContentType"]) == (body, "binary/octet-stream")
    assert set(got) == set(aws["get-object"])


@pytest.mark.parametrize("key", SPECIAL_KEYS)
def test_keys_with_special_characters(s3: Any, key: str) -> None:
    aws = Recording("test_s3", f"test_put_get_object_special_character[{key}]")
    aws.check("put-object-special-char", s3.put_object, Bucket=BUCKET, Key=key, Body=b"test")
    aws.check("get-object-special-char", s3.get_object, Bucket=BUCKET, Key=key)
    listed = answered(s3.list_objects_v2, Bucket=BUCKET, Prefix=key)
    assert [one["Key"] for one in listed["Contents"]] == [key]
    aws.check("del-object-special-char", s3.delete_object, Bucket=BUCKET, Key=key)


@pytest.mark.parametrize(
    "key", ["..", "a/../b", "//", "/", "a//b", "\x01\x7f", "\n", "+", "~*'()", "é", "😀", " ", "/".join("ab" * 100)]
)
def test_exact_bytes_of_keys_are_kept(s3: Any, key: str) -> None:
    s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
    assert s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == key.encode()
    assert s3.list_objects_v2(Bucket=BUCKET, Prefix=key)["Contents"][0]["Key"] == key
    if key.isprintable():
        s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key}]})
    else:
        # XML 1.0 cannot say these.
        s3.delete_object(Bucket=BUCKET, Key=key)
    assert refusal(s3.head_object, Bucket=BUCKET, Key=key)["Code"] == "404"


def test_keys_have_a_length(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="é" * 512, Body=b"")
    error = refusal(s3.put_object, Bucket=BUCKET, Key="é" * 512 + "x", Body=b"")
    assert error == {
        "Code": "KeyTooLongError",
        "Message": "Your key is too long",
        "Size": "1025",
        "MaxSizeAllowed": "1024",
    }


def test_keys_are_utf_8(cloud: RunningCloud, s3: Any) -> None:
    found = raw(cloud, "PUT", f"/{BUCKET}/%ff%fe", b"x")
    assert (found.status, found.element("Code")) == (400, "InvalidURI")


def test_a_missing_key_and_a_missing_bucket(s3: Any) -> None:
    Recording("test_s3", "test_range_key_not_exists").check(
        "exc", s3.get_object, Bucket=BUCKET, Key="my-key", Range="bytes=1024-4096"
    )
    Recording("test_s3", "test_get_object_no_such_bucket").check(
        "expected_error", s3.get_object, Bucket="no-such-bucket-here", Key="k"
    )
    s3.put_object(Bucket=BUCKET, Key="CamelCaseKey", Body=b"something")
    aws = Recording("test_s3", "test_s3_uppercase_key_names")
    aws.check("response", s3.get_object, Bucket=BUCKET, Key="CamelCaseKey")
    aws.check("wrong-case-key", s3.get_object, Bucket=BUCKET, Key="camelcasekey")


def test_head_says_what_get_says(s3: Any) -> None:
    aws = Recording("test_s3", "test_head_object_fields")
    s3.put_object(Bucket=BUCKET, Key="headed", Body=b"test 123")
    found = answered(s3.head_object, Bucket=BUCKET, Key="headed")
    assert set(found) == set(aws["head-object"])
    aws.check("head-object-404", s3.head_object, Bucket=BUCKET, Key="unheaded")
    gone = answered(s3.head_object, Bucket=BUCKET, Key="unheaded")["ResponseMetadata"]["HTTPHeaders"]
    assert gone["x-amz-request-id"] and gone["x-amz-id-2"]
    assert "content-type" not in gone


@pytest.mark.parametrize(("step", "wanted"), RANGES)
def test_ranges(s3: Any, step: str, wanted: str) -> None:
    aws = Recording("test_s3_api", "test_get_object_range")
    s3.put_object(Bucket=BUCKET, Key="ranged", Body=b"0123456789")
    aws.check(step, s3.get_object, Bucket=BUCKET, Key="ranged", Range=wanted)


def test_no_range_of_an_empty_object(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="empty", Body=b"")
    assert refusal(s3.get_object, Bucket=BUCKET, Key="empty", Range="bytes=0-0")["Code"] == "InvalidRange"
    assert s3.get_object(Bucket=BUCKET, Key="empty")["Body"].read() == b""


def test_headers_come_back(s3: Any) -> None:
    aws = Recording("test_s3", "test_put_and_get_object_with_content_language_disposition")
    given = {
        "ContentLanguage": "de",
        "ContentDisposition": 'attachment; filename="foo.jpg"',
        "CacheControl": "no-cache",
    }
    aws.check("put-object", s3.put_object, Bucket=BUCKET, Key="described", Body=b"abc123", **given)
    aws.check("get-object", s3.get_object, Bucket=BUCKET, Key="described")
    expires = datetime.datetime(2031, 2, 3, 4, 5, 6, tzinfo=datetime.UTC)
    s3.put_object(
        Bucket=BUCKET, Key="expiring", Body=b"", Expires=expires, WebsiteRedirectLocation="/there", ContentType="text/x"
    )
    found = s3.head_object(Bucket=BUCKET, Key="expiring")
    assert found["Expires"] == expires
    assert (found["WebsiteRedirectLocation"], found["ContentType"]) == ("/there", "text/x")


def test_a_read_may_say_otherwise(s3: Any) -> None:
    aws = Recording("test_s3", "test_s3_get_object_header_overrides")
    s3.put_object(Bucket=BUCKET, Key="overridden", Body=b"something")
    expires = datetime.datetime(2015, 10, 21, 7, 28, tzinfo=datetime.UTC)
    aws.check(
        "get-object",
        s3.get_object,
        Bucket=BUCKET,
        Key="overridden",
        ResponseCacheControl="max-age=74",
        ResponseContentDisposition='attachment; filename="foo.jpg"',
        ResponseContentEncoding="identity",
        ResponseContentLanguage="de-DE",
        ResponseContentType="image/jpeg",
        ResponseExpires=expires,
    )


def test_metadata(cloud: RunningCloud, s3: Any) -> None:
    aws = Recording("test_s3", "test_metadata_header_character_decoding")
    s3.put_object(Bucket=BUCKET, Key="meta", Metadata={"TEST_META_1": "foo", "__meta_2": "bar"}, Body=b"foo")
    aws.check("head-object", s3.head_object, Bucket=BUCKET, Key="meta")
    error = refusal(s3.put_object, Bucket=BUCKET, Key="meta", Metadata={"a": "x" * 2048}, Body=b"")
    assert error == {
        "Code": "MetadataTooLarge",
        "Message": "Your metadata headers exceed the maximum allowed metadata size",
        "Size": "2049",
        "MaxSizeAllowed": "2048",
    }
    s3.put_object(Bucket=BUCKET, Key="meta", Metadata={"a": "x" * 2047}, Body=b"")


def test_metadata_beyond_ascii_is_an_encoded_word(cloud: RunningCloud, s3: Any) -> None:
    """The words of test_user_metadata_rfc2047_encoded and test_user_metadata_rfc2047_bad_b64_encoded."""
    wanted = Recording("test_s3", "test_user_metadata_rfc2047_encoded")["get-object"]["Metadata"]
    sent = {
        "x-amz-meta-non-ascii": "test_—_file%E2%80%94_é_2?.pdf".encode().decode("latin-1"),
        "x-amz-meta-non-ascii-2": "ÄMÄZÕÑ S3".encode().decode("latin-1"),
        "x-amz-meta-asciib64-encoded": "=?UTF-8?B?YWJj?=",
        "x-amz-meta-fake-encoded": "=?UTF-8?Q?actually-ascii?=",
    }
    assert raw(cloud, "PUT", f"/{BUCKET}/words", b"", sent).status == 200
    found = s3.head_object(Bucket=BUCKET, Key="words")["Metadata"]
    assert found == {name.removeprefix("x-amz-meta-"): wanted[name.removeprefix("x-amz-meta-")] for name in sent}


@pytest.mark.parametrize(
    "name", ["STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "REDUCED_REDUNDANCY"]
)
def test_storage_classes(s3: Any, name: str) -> None:
    aws = Recording("test_s3", f"test_put_object_storage_class[{name}-True]")
    s3.put_object(Bucket=BUCKET, Key="classy", Body=b"body-test", StorageClass=name)
    aws.check("get-object", s3.get_object, Bucket=BUCKET, Key="classy")
    aws.check(
        "get-object-storage-class",
        s3.get_object_attributes,
        Bucket=BUCKET,
        Key="classy",
        ObjectAttributes=["StorageClass"],
    )


@pytest.mark.parametrize("name", ["GLACIER", "DEEP_ARCHIVE"])
def test_what_is_archived_is_not_read(s3: Any, name: str) -> None:
    aws = Recording("test_s3", f"test_put_object_storage_class[{name}-False]")
    s3.put_object(Bucket=BUCKET, Key="frozen", Body=b"body-test", StorageClass=name)
    found = answered(s3.get_object, Bucket=BUCKET, Key="frozen")
    assert found["Error"] == aws["get-object"]["Error"]
    assert found["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert s3.head_object(Bucket=BUCKET, Key="frozen")["StorageClass"] == name


def test_a_storage_class_that_is_none(s3: Any) -> None:
    aws = Recording("test_s3", "test_put_object_storage_class_outposts")
    ask = {"Bucket": BUCKET, "Key": "k", "StorageClass": "OUTPOSTS"}
    aws.check("put-object-outposts", s3.put_object, **ask)
    aws.check("create-multipart-outposts-exc", s3.create_multipart_upload, **ask)


def test_objects_of_many_megabytes(s3: Any) -> None:
    """In pieces both ways; a range reaches into the file."""
    data = os.urandom(9_000_000)
    put = s3.put_object(Bucket=BUCKET, Key="big", Body=io.BytesIO(data))
    assert put["ETag"] == f'"{hashlib.md5(data).hexdigest()}"'
    assert s3.get_object(Bucket=BUCKET, Key="big")["Body"].read() == data
    assert (
        s3.get_object(Bucket=BUCKET, Key="big", Range="bytes=4000000-4000009")["Body"].read()
        == data[4_000_000:4_000_010]
    )


def test_one_part_of_an_object_that_was_not_uploaded_in_parts(s3: Any) -> None:
    aws = Recording("test_s3", "TestS3::test_get_object_part")
    s3.put_object(Bucket=BUCKET, Key="whole", Body=b"test-123")
    aws.check("part-no-multipart", s3.get_object, Bucket=BUCKET, Key="whole", PartNumber=2)
    aws.check("get-obj-no-multipart", s3.get_object, Bucket=BUCKET, Key="whole", PartNumber=1)
    aws.check("part-with-range", s3.get_object, Bucket=BUCKET, Key="whole", PartNumber=1, Range="bytes=0-1")


def test_deleting(s3: Any) -> None:
    aws = Recording("test_s3_api", "TestS3ObjectCRUD::test_delete_object")
    aws.check("put-object", s3.put_object, Bucket=BUCKET, Key="test-delete", Body=b"test-delete")
    aws.check("delete-object", s3.delete_object, Bucket=BUCKET, Key="test-delete")
    aws.check("delete-nonexistent-object", s3.delete_object, Bucket=BUCKET, Key="test-delete")
    aws.check(
        "delete-nonexistent-object-versionid",
        s3.delete_object,
        Bucket=BUCKET,
        Key="test-delete",
        VersionId="HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD",
    )


def test_deleting_many(s3: Any) -> None:
    aws = Recording("test_s3_api", "TestS3ObjectCRUD::test_delete_objects")
    s3.put_object(Bucket=BUCKET, Key="test-delete", Body=b"test-delete")

    def delete(*keys: str, version: str = "", **more: Any) -> dict[str, Any]:
        named = {"VersionId": version} if version else {}
        return {"Bucket": BUCKET, "Delete": {"Objects": [{"Key": key, **named} for key in keys], **more}}

    version = "HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD"
    aws.check("delete-object-wrong-version-id", s3.delete_objects, **delete("test-delete", version=version))
    found = s3.delete_objects(**delete("c-wrong-key", "test-delete", "a-wrong-key"))
    assert [one["Key"] for one in found["Deleted"]] == ["c-wrong-key", "test-delete", "a-wrong-key"]
    quiet = Recording("test_s3", "test_delete_non_existing_keys_quiet")
    quiet.check("deleted-resp", s3.delete_objects, **delete("dummy1", "dummy2", Quiet=True))
    missing = Recording("test_s3", "test_delete_non_existing_keys_in_non_existing_bucket")
    missing.check(
        "error-non-existent-bucket", s3.delete_objects, **{**delete("dummy1"), "Bucket": "non-existent-bucket"}
    )
    thousand = [f"key-{number}" for number in range(1000)]
    assert len(s3.delete_objects(**delete(*thousand))["Deleted"]) == 1000
    assert refusal(s3.delete_objects, **delete(*thousand, "one-more"))["Code"] == "MalformedXML"


def test_a_list_of_deletions_that_is_none(cloud: RunningCloud, s3: Any) -> None:
    for body in (b"", b"<Delete/>", b"<Delete><Object/></Delete>", b"no xml", b"<Delete><Object><Key>k"):
        digest = {"content-md5": base64.b64encode(hashlib.md5(body).digest()).decode()}
        found = raw(cloud, "POST", f"/{BUCKET}?delete", body, digest)
        assert (found.status, found.element("Code")) == (400, "MalformedXML"), body


def test_virtual_hosts(cloud: RunningCloud, s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="hosted/key", Body=b"123")
    for host in (f"{BUCKET}.s3.amazonaws.com", f"{BUCKET}.s3.us-east-1.amazonaws.com", f"{BUCKET}.localhost:4566"):
        found = raw(cloud, "GET", "/hosted/key", headers={"host": host})
        assert (found.status, found.body) == (200, b"123"), host
    listed = raw(cloud, "GET", "/?list-type=2", headers={"host": f"{BUCKET}.s3.amazonaws.com"})
    assert listed.element("Name") == BUCKET


def test_anonymous_requests_are_served(cloud: RunningCloud, s3: Any) -> None:
    """Access is not enforced: what needs no account works without one."""
    aws = Recording("test_s3", "test_get_object_with_anon_credentials")
    s3.put_object(Bucket=BUCKET, Key="public", Body=b"body data")
    found = raw(cloud, "GET", f"/{BUCKET}/public", region="")
    assert (found.status, found.body.decode()) == (200, aws["get_object"]["Body"])
    assert raw(cloud, "PUT", f"/{BUCKET}/public", b"new", region="").status == 200
    assert raw(cloud, "GET", f"/{BUCKET}/public", region="").body == b"new"


LOREM = b"Lorem ipsum dolor sit amet, ... " * 30


def test_ranges_of_small_and_of_large_objects(s3: Any) -> None:
    aws = Recording("test_s3", "test_etag_on_get_object_call")
    ask = {"Bucket": BUCKET, "Key": "lorem"}
    s3.put_object(**ask, Body=LOREM)
    aws.check("get_object", s3.get_object, **ask)
    aws.check("get_object_range", s3.get_object, **ask, Range="bytes=0-16")
    aws = Recording("test_s3", "test_range_header_body_length")
    s3.put_object(**ask, Body=b"\0" * 2048)
    first, second = (s3.get_object(**ask, Range=f"bytes={span}") for span in ("0-1023", "1024-2047"))
    assert (set(first), set(second)) == (set(aws["get-object"]), set(aws["get-object-2"]))
    assert (first["ContentRange"], second["ContentRange"]) == ("bytes 0-1023/2048", "bytes 1024-2047/2048")
    aws = Recording("test_s3", "TestS3::test_invalid_range_error")
    s3.put_object(**ask, Body=b"abcdefgh")
    aws.check("exc", s3.get_object, **ask, Range="bytes=1024-4096")


def test_what_looks_like_a_document(s3: Any) -> None:
    aws = Recording("test_s3", "test_upload_file_with_xml_preamble")
    ask = {"Bucket": BUCKET, "Key": "document.xml"}
    s3.put_object(**ask, Body=b'<?xml version="1.0" encoding="UTF-8"?><test/>')
    aws.check("get_object", s3.get_object, **ask)


def test_what_is_packed_stays_packed(s3: Any) -> None:
    aws = Recording("test_s3", "TestS3::test_s3_upload_download_gzip")
    ask = {"Bucket": BUCKET, "Key": "packed"}
    data = gzip.compress(b"1234567890 abcdefghijklmnop", mtime=0)
    assert set(s3.put_object(**ask, Body=data, ContentEncoding="gzip")) == set(aws["put-object"])
    found = s3.get_object(**ask)
    assert set(found) == set(aws["get-object"])
    assert (found["Body"].read(), found["ContentEncoding"]) == (data, "gzip")


def test_large_objects(s3: Any) -> None:
    aws = Recording("test_s3", "TestS3::test_upload_big_file")
    first, second = ({"Bucket": BUCKET, "Key": key} for key in ("key1", "key2"))
    assert set(s3.put_object(**first, Body=b"b" * 10_000_000)) == set(aws["put_object_key1"])
    aws.check("put_object_key2", s3.put_object, **second, Body=b"a" * 10_000_000)
    s3.put_object(**first, Body=b"a" * 10_000_000)
    aws.check("head_object_key1", s3.head_object, **first)
    aws.check("head_object_key2", s3.head_object, **second)


def test_times_when_an_object_expires(s3: Any) -> None:
    """They are told to caches, and expire nothing here."""
    aws = Recording("test_s3", "TestS3::test_s3_object_expires")
    now = datetime.datetime.now(datetime.UTC)
    for name, days in (("future", 1), ("past", -1)):
        ask = {"Bucket": BUCKET, "Key": f"expires-{name}"}
        put = {"Body": b"foo", "Expires": now + datetime.timedelta(days=days)}
        aws.check(f"put-object-expires-{name}", s3.put_object, **ask, **put)
        aws.check(f"head-object-expires-{name}", s3.head_object, **ask)
        aws.check(f"get-object-expires-{name}", s3.get_object, **ask)


def test_headers_beyond_ascii(s3: Any) -> None:
    aws = Recording("test_s3", "TestS3::test_system_metadata_with_unicode")
    ask = {"Bucket": BUCKET, "Key": "unicode-headers"}
    said = {
        "CacheControl": "ÄMÄZÕÑ S3",
        "ContentDisposition": 'attachment; filename="test_—_file%E2%80%94_é_2.pdf"',
        "ContentLanguage": "de",
    }
    put = aws.check("put-object", s3.put_object, **ask, Body=b"", **said)
    assert put["ETag"] == '"d41d8cd98f00b204e9800998ecf8427e"'
    found = s3.get_object(**ask)
    assert set(found) == set(aws["get-object"])
    for member, value in said.items():
        # The bytes come back, and boto3 reads those of a header as Latin-1.
        assert found[member].encode("latin-1").decode() == value


@pytest.mark.parametrize("is_virtual", [True, False])
def test_headers_of_the_answer(cloud: RunningCloud, s3: Any, is_virtual: bool) -> None:
    aws = Recording("test_s3", f"test_get_object_content_length_with_virtual_host[{is_virtual}]")
    s3.put_object(Bucket=BUCKET, Key="lengthy", Body=b"123")
    host, path = (f"{BUCKET}.s3.amazonaws.com", "/lengthy") if is_virtual else ("", f"/{BUCKET}/lengthy")
    found = raw(cloud, "GET", path, headers={"host": host} if host else {})
    wanted = aws["get-obj-content-len-headers"]
    assert set(wanted) - {"server"} <= set(found.headers)
    for name in ("content-length", "content-type", "etag", "accept-ranges"):
        assert found.headers[name] == wanted[name]


def test_all_are_deleted_at_once(cloud: RunningCloud, s3: Any) -> None:
    aws = Recording("test_s3", "TestS3::test_s3_batch_delete_objects")
    s3.create_bucket(Bucket="swept-clean")
    keys = [f"key-{number}" for number in range(5)]
    for key in keys:
        s3.put_object(Bucket="swept-clean", Key=key, Body=b"content")
    named = {"Objects": [{"Key": key} for key in keys]}
    aws.check("batch-delete", s3.delete_objects, Bucket="swept-clean", Delete=named)
    aws.check("list-remaining-objects", s3.list_objects, Bucket="swept-clean")
    aws = Recording("test_s3", "test_s3_batch_delete_public_objects_using_requests")
    wanted = aws["multi-delete-with-requests"]["DeleteResult"]["Deleted"]
    names = [one["Key"] for one in wanted]
    for name in names:
        assert raw(cloud, "PUT", f"/swept-clean/{name}", b"content", region="").status == 200
    objects = "".join(f"<Object><Key>{name}</Key></Object>" for name in names)
    document = (
        f'<?xml version="1.0"?><Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{objects}</Delete>'.encode()
    )
    digest = {"content-md5": base64.b64encode(hashlib.md5(document).digest()).decode()}
    found = raw(cloud, "POST", "/swept-clean?delete", document, digest, region="")
    deleted = "".join(f"<Deleted><Key>{name}</Key></Deleted>" for name in names)
    assert found.status == 200 and deleted in found.body.decode()
    aws.check("list-remaining-objects", s3.list_objects, Bucket="swept-clean")
