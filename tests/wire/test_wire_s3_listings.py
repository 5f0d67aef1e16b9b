"""Listings of objects over the wire, beside the recorded answers of AWS."""

import re
from typing import Any
from urllib.parse import quote

import pytest
from tests.conftest import RunningCloud
from tests.wire.s3_answers import SPECIAL_KEYS, Recording, raw, refusal

FILE = "test_s3_list_operations"
TREE = ("folder/aSubfolder/subFile1", "folder/aSubfolder/subFile2", "folder/file1", "folder/file2")
SAFE = (
    *SPECIAL_KEYS,
    "date=2026-01-01/",
    "date=2026-02-01/",
    "date=2026-03-01/",
    "date=2026-05-01/",
)


def bucket(cloud: RunningCloud, name: str, *keys: str, body: bytes = b"content 123") -> Any:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket=name)
    for key in keys:
        s3.put_object(Bucket=name, Key=key, Body=body)
    return s3


def test_pages_by_prefix(cloud: RunningCloud) -> None:
    aws = Recording(FILE, "TestS3ListObjectsV2::test_list_objects_v2_with_prefix")
    s3 = bucket(cloud, "by-prefix", "test/foo/bar/123", "test/foo/bar/456", "test/bar/foo/123")
    # The body of the recordings is not known; all else is compared.
    for step, prefix in (
        ("list-objects-v2-1", "test/"),
        ("list-objects-v2-2", "test/foo"),
        ("list-objects-v2-3", "test/foo/bar"),
    ):
        found = s3.list_objects_v2(Bucket="by-prefix", Prefix=prefix, MaxKeys=1000)
        wanted = aws[step]
        assert [one["Key"] for one in found["Contents"]] == [one["Key"] for one in wanted["Contents"]]
        assert [set(one) for one in found["Contents"]] == [set(one) for one in wanted["Contents"]]
        assert set(found) == set(wanted)
        assert (found["KeyCount"], found["Prefix"]) == (wanted["KeyCount"], wanted["Prefix"])
    plain = raw(cloud, "GET", "/by-prefix?list-type=2&prefix=test/foo")
    assert b"<EncodingType>" not in plain.body and plain.element("Prefix") == "test/foo"


def test_common_prefixes(cloud: RunningCloud) -> None:
    aws = Recording(FILE, "test_list_objects_v2_with_prefix_and_delimiter")
    s3 = bucket(cloud, "rolled-up", "test/foo/bar/123", "test/foo/bar/456", "test/bar/foo/123")
    ask = {"Bucket": "rolled-up", "Delimiter": "/"}
    aws.check("list-objects-v2-1", s3.list_objects_v2, **ask, Prefix="test/")
    first = aws.check("list-objects-v2-1-with-max-keys", s3.list_objects_v2, **ask, Prefix="test/", MaxKeys=1)
    more = s3.list_objects_v2(**ask, Prefix="test/", ContinuationToken=first["NextContinuationToken"])
    assert more["CommonPrefixes"] == [{"Prefix": "test/foo/"}]
    aws.check("list-objects-v2-2", s3.list_objects_v2, **ask, Prefix="test/foo")
    aws.check("list-objects-v2-3", s3.list_objects_v2, **ask, Prefix="test/foo/bar")


def test_tokens_lead_on(cloud: RunningCloud) -> None:
    aws = Recording(FILE, "test_list_objects_v2_continuation_common_prefixes")
    s3 = bucket(cloud, "led-on", *TREE)
    ask = {"Bucket": "led-on", "Prefix": "folder/", "Delimiter": "/", "MaxKeys": 1}
    first = aws.check("list-objects-v2-start", s3.list_objects_v2, **ask)
    names = ("Key", "Size")
    token = first["NextContinuationToken"]
    for step in ("list-objects-v2-next-1", "list-objects-v2-end"):
        found = s3.list_objects_v2(**ask, ContinuationToken=token)
        assert set(found) == set(aws[step])
        assert [[one[name] for name in names] for one in found["Contents"]] == [
            [one[name] for name in names] for one in aws[step]["Contents"]
        ]
        token = found.get("NextContinuationToken", "")


def test_after_a_key(cloud: RunningCloud) -> None:
    aws = Recording(FILE, "test_list_objects_v2_continuation_start_after")
    s3 = bucket(cloud, "after", *(f"test_{number}" for number in range(12)))
    ask = {"Bucket": "after"}
    first = s3.list_objects_v2(**ask, MaxKeys=5)
    assert [one["Key"] for one in first["Contents"]] == [one["Key"] for one in aws["list-objects-v2-max-5"]["Contents"]]
    rest = s3.list_objects_v2(**ask, ContinuationToken=first["NextContinuationToken"])
    assert rest["KeyCount"] == 7
    after = s3.list_objects_v2(**ask, StartAfter="test_7", MaxKeys=2)
    assert [one["Key"] for one in after["Contents"]] == ["test_8", "test_9"]
    token = s3.list_objects_v2(**ask, StartAfter="test_7", ContinuationToken=first["NextContinuationToken"])
    assert token["KeyCount"] == 7
    aws.check("exc-continuation-token", s3.list_objects_v2, **ask, ContinuationToken="")


def test_safe_characters(cloud: RunningCloud) -> None:
    aws = Recording(FILE, "test_list_objects_v2_continuation_token_safe_chars")
    s3 = bucket(cloud, "safe", *SAFE, body=b"")
    first = s3.list_objects_v2(Bucket="safe", MaxKeys=5)
    assert [one["Key"] for one in first["Contents"]] == [one["Key"] for one in aws["list-objects-v2-max-5"]["Contents"]]
    rest = s3.list_objects_v2(Bucket="safe", ContinuationToken=first["NextContinuationToken"])
    assert [one["Key"] for one in rest["Contents"]] == [one["Key"] for one in aws["list-objects-v2-rest"]["Contents"]]


def test_keys_are_encoded_as_forms_encode(cloud: RunningCloud) -> None:
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html (EncodingType)."""
    bucket(cloud, "encoded", "test_file(3).png", "a b~*+é")
    found = raw(cloud, "GET", "/encoded?list-type=2&encoding-type=url&prefix=test_file(")
    assert found.element("Key") == "test_file%283%29.png"
    assert found.element("Prefix") == "test_file%28"
    assert raw(cloud, "GET", "/encoded?list-type=2&encoding-type=url").element("Key") == "a+b%7E*%2B%C3%A9"


@pytest.mark.parametrize("name", ["list_objects_v2", "list_objects", "list_object_versions", "list_multipart_uploads"])
def test_encodings_that_are_none(cloud: RunningCloud, name: str) -> None:
    aws = Recording(FILE, f"test_list_ops_encoding_type_validation[{name}]")
    s3 = bucket(cloud, "encoding")
    aws.check(f"{name}-error-wrong-value", getattr(s3, name), Bucket="encoding", EncodingType="value")
    aws.check(f"{name}-error-empty-value", getattr(s3, name), Bucket="encoding", EncodingType="")


def test_how_many_keys(cloud: RunningCloud) -> None:
    s3 = bucket(cloud, "counted", "a", "b")
    none = s3.list_objects_v2(Bucket="counted", MaxKeys=0)
    assert (none["KeyCount"], none["IsTruncated"], none["MaxKeys"]) == (0, False, 0)
    assert s3.list_objects_v2(Bucket="counted", MaxKeys=5000)["MaxKeys"] == 1000
    error = refusal(s3.list_objects_v2, Bucket="counted", MaxKeys=-1)
    assert error["Message"] == "Argument maxKeys must be an integer between 0 and 2147483647"
    found = raw(cloud, "GET", "/counted?list-type=2&max-keys=abc")
    assert found.element("Message") == "Provided max-keys not an integer or within integer range"
    assert (found.element("ArgumentName"), found.element("ArgumentValue")) == ("max-keys", "abc")
    assert raw(cloud, "GET", "/counted?list-type=2&max-keys=").element("KeyCount") == "2"


def test_the_owner_is_told_to_those_who_ask(cloud: RunningCloud) -> None:
    s3 = bucket(cloud, "whose", "a")
    assert "Owner" not in s3.list_objects_v2(Bucket="whose")["Contents"][0]
    owner = s3.list_objects_v2(Bucket="whose", FetchOwner=True)["Contents"][0]["Owner"]
    assert owner == s3.list_buckets()["Owner"]


def test_markers_of_version_1(cloud: RunningCloud) -> None:
    aws = Recording(FILE, "test_list_objects_marker_common_prefixes")
    s3 = bucket(cloud, "marked", *TREE)
    ask = {"Bucket": "marked", "Prefix": "folder/", "Delimiter": "/", "MaxKeys": 1}
    first = aws.check("list-objects-start", s3.list_objects, **ask)
    second = s3.list_objects(**ask, Marker=first["NextMarker"])
    assert second["NextMarker"] == aws["list-objects-next-1"]["NextMarker"]
    last = s3.list_objects(**ask, Marker=second["NextMarker"])
    assert set(last) == set(aws["list-objects-end"])
    manual = s3.list_objects(**ask, Marker="folder/aSubfolder/subFile1")
    assert [one["Key"] for one in manual["Contents"]] == ["folder/file1"]


def test_the_next_marker_needs_a_delimiter(cloud: RunningCloud) -> None:
    aws = Recording(FILE, "test_list_objects_next_marker")
    s3 = bucket(cloud, "next", "a", "b", "c")
    for step, more in (
        ("list-objects-all", {"MaxKeys": 1000}),
        ("list-objects-max-1", {"MaxKeys": 1, "Delimiter": "/"}),
        ("list-objects-rest", {"MaxKeys": 1, "Marker": "a"}),
        ("list-objects-marker-empty", {"MaxKeys": 1, "Marker": ""}),
    ):
        found = s3.list_objects(Bucket="next", **more)
        assert set(found) == set(aws[step]), step
        assert found["IsTruncated"] == aws[step]["IsTruncated"], step


def test_an_encoded_delimiter_is_a_text_like_any_other(cloud: RunningCloud) -> None:
    aws = Recording(FILE, "test_list_objects_with_prefix[%2F]")
    s3 = bucket(cloud, "delimited", "test/foo/bar/123")
    found = s3.list_objects(Bucket="delimited", Prefix="test/", Delimiter="%2F", MaxKeys=1)
    assert set(found) == set(aws["list-objects"])
    assert found["Delimiter"] == "%2F"


def test_more_than_a_page(cloud: RunningCloud) -> None:
    s3 = bucket(cloud, "many", *(f"test-key-{number}" for number in range(1010)), body=b"")
    first = s3.list_objects(Bucket="many", Delimiter="/")
    assert (len(first["Contents"]), first["NextMarker"]) == (1000, "test-key-99")
    rest = s3.list_objects(Bucket="many", Marker=first["NextMarker"])
    assert [one["Key"] for one in rest["Contents"]] == [f"test-key-{number}" for number in range(990, 1000)]
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket="many", PaginationConfig={"PageSize": 7})
    assert sum(page["KeyCount"] for page in pages) == 1010


def test_a_list_of_a_bucket_that_is_none(cloud: RunningCloud) -> None:
    aws = Recording("test_s3", "TestS3::test_bucket_does_not_exist")
    aws.check("list_object", cloud.client("s3").list_objects, Bucket="no-bucket-to-list")
    wanted = aws["list_object_vhost"]
    found = raw(cloud, "GET", "/", headers={"host": "no-bucket-to-list.s3.amazonaws.com"})
    assert (found.status, found.element("Code")) == (404, wanted["Error"]["Code"])


def test_names_of_buckets_with_dots(cloud: RunningCloud) -> None:
    aws = Recording("test_s3", "TestS3::test_bucket_name_with_dots")
    s3 = bucket(cloud, "my.bucket.with.dots", "my-content", body=b"something")
    aws.check("list-objects", s3.list_objects, Bucket="my.bucket.with.dots")
    wanted = set(aws["request-path-url-content"]["ListBucketResult"]) - {"@xmlns"}
    for path, headers in (
        ("/my.bucket.with.dots", None),
        ("/", {"host": "my.bucket.with.dots.s3.amazonaws.com"}),
    ):
        found = raw(cloud, "GET", path, headers=headers, region="").body.decode()
        inside = re.sub(r"<Contents>.*</Contents>", "<Contents/>", found, flags=re.DOTALL)
        assert set(re.findall(r"<(\w+)[ />]", inside)) - {"ListBucketResult"} == wanted


def test_keys_that_look_encoded(cloud: RunningCloud) -> None:
    aws = Recording("test_s3", "TestS3::test_delete_objects_encoding")
    s3 = bucket(cloud, "looks-encoded")
    s3.put_object(Bucket="looks-encoded", Key="a%2Fb", Body=b"content of a%2Fb"[:16])
    s3.put_object(Bucket="looks-encoded", Key="a/%F0%9F%98%80", Body=b"x" * 21)
    found = s3.list_objects_v2(Bucket="looks-encoded")
    assert [one["Key"] for one in found["Contents"]] == [
        one["Key"] for one in aws["list-objects-before-delete"]["Contents"]
    ]
    named = {"Objects": [{"Key": "a%2Fb"}, {"Key": "a/%F0%9F%98%80"}]}
    aws.check("deleted-resp", s3.delete_objects, Bucket="looks-encoded", Delete=named)
    aws.check("list-objects", s3.list_objects_v2, Bucket="looks-encoded")


@pytest.mark.parametrize(
    ("entry", "step", "keys"),
    [
        ("test_url_encoded_key[True]", "list-object-encoded-char", ("test@key/", "test%40key", "test%40key/")),
        ("test_object_with_slashes_in_key[True]", "list-objects-slashes", ("/foo", "bar", "/bar/foo/")),
        ("test_put_get_object_single_character_trailing_slash", "list-objects-single-char", ("a/", "t/", "u/")),
    ],
)
@pytest.mark.parametrize("is_virtual", [True, False])
def test_keys_by_path_and_by_host(
    cloud: RunningCloud, entry: str, step: str, keys: tuple[str, ...], is_virtual: bool
) -> None:
    aws = Recording("test_s3", entry)
    name = f"{step}-{is_virtual}".lower()
    bucket(cloud, name)
    s3 = cloud.client("s3", s3={"addressing_style": "path"})
    for key in keys:
        if is_virtual:
            host = {"host": f"{name}.s3.amazonaws.com"}
            assert raw(cloud, "PUT", f"/{quote(key)}", key.encode(), host).status == 200
            assert raw(cloud, "GET", f"/{quote(key)}", headers=host).body == key.encode()
        else:
            s3.put_object(Bucket=name, Key=key, Body=key.encode())
            assert s3.get_object(Bucket=name, Key=key)["Body"].read() == key.encode()
    listed = s3.list_objects_v2(Bucket=name)
    assert [one["Key"] for one in listed["Contents"]] == [one["Key"] for one in aws[step]["Contents"]]
    assert set(listed) == set(aws[step])


def test_an_empty_marker(cloud: RunningCloud) -> None:
    aws = Recording(FILE, "test_s3_list_objects_empty_marker")
    s3 = bucket(cloud, "empty-marker")
    aws.check("list-objects", s3.list_objects, Bucket="empty-marker", Marker="")


def test_what_owners_of_many_objects_see(cloud: RunningCloud) -> None:
    aws = Recording("test_s3", "TestS3::test_s3_put_more_than_1000_items")
    s3 = bucket(cloud, "more-than-a-page", *(f"test-key-{number}" for number in range(1010)), body=b"test")
    first = s3.list_objects(Bucket="more-than-a-page", Delimiter="/")
    assert set(first) == set(aws["list-objects"])
    assert (first["NextMarker"], len(first["Contents"])) == (aws["list-objects"]["NextMarker"], 1000)
    second = s3.list_objects(Bucket="more-than-a-page", Marker=first["NextMarker"])
    wanted = aws["list-objects-next_marker"]
    assert set(second) == set(wanted)
    assert [one["Key"] for one in second["Contents"]] == [one["Key"] for one in wanted["Contents"]]
