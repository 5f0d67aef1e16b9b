"""Versions of objects over the wire, beside the recorded answers of AWS."""

import re
from typing import Any

from tests.conftest import RunningCloud
from tests.wire.s3_answers import Recording, answered, raw, refusal


def versioned(cloud: RunningCloud, name: str) -> Any:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return s3


def ids(listed: dict[str, Any], of: str = "Versions") -> list[str]:
    return [one["VersionId"] for one in listed.get(of, [])]


def test_the_setting(cloud: RunningCloud) -> None:
    aws = Recording("test_s3_api", "test_bucket_versioning_crud")
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="versioning")

    def put(step: str, configuration: dict[str, str], bucket: str = "versioning") -> None:
        aws.check(step, s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration=configuration)

    aws.check("get-versioning-before", s3.get_bucket_versioning, Bucket="versioning")
    put("put-versioning-suspended-before", {"Status": "Suspended"})
    aws.check("get-versioning-after-suspended", s3.get_bucket_versioning, Bucket="versioning")
    put("put-versioning-enabled-lowercase", {"Status": "enabled"})
    put("put-versioning-enabled-capitalized", {"Status": "Enabled"})
    aws.check("get-versioning-after-enabled", s3.get_bucket_versioning, Bucket="versioning")
    put("put-versioning-disabled", {"Status": "Disabled"})
    put("put-versioning-empty", {})
    put("put-versioning-no-bucket", {"Status": "Suspended"}, "no-versioning-here")
    aws.check("get-versioning-no-bucket", s3.get_bucket_versioning, Bucket="no-versioning-here")


def test_a_deletion_hides_what_was_written(cloud: RunningCloud) -> None:
    aws = Recording("test_s3_api", "TestS3ObjectCRUD::test_delete_object_versioned")
    s3 = versioned(cloud, "hidden")
    ask = {"Bucket": "hidden", "Key": "test-delete"}
    version = aws.check("put-object", s3.put_object, **ask, Body=b"test-delete")["VersionId"]
    marker = aws.check("delete-object", s3.delete_object, **ask)["VersionId"]
    aws.check("get-deleted-object", s3.get_object, **ask)
    aws.check("get-object-with-version", s3.get_object, **ask, VersionId=version)
    aws.check("get-delete-marker", s3.get_object, **ask, VersionId=marker)
    told = answered(s3.head_object, **ask)["ResponseMetadata"]["HTTPHeaders"]
    assert (told["x-amz-delete-marker"], told["x-amz-version-id"]) == ("true", marker)
    aws.check("delete-object-2", s3.delete_object, **ask)
    aws.check("list-object-versions", s3.list_object_versions, Bucket="hidden", Prefix="test-delete")
    aws.check("delete-delete-marker", s3.delete_object, **ask, VersionId=marker)
    aws.check("delete-object-version", s3.delete_object, **ask, VersionId=version)
    aws.check("get-deleted-object-with-version", s3.get_object, **ask, VersionId=version)
    aws.check("delete-with-bad-version", s3.delete_object, **ask, VersionId=version[:-4] + "ABC")
    aws.check("delete-wrong-key", s3.delete_object, Bucket="hidden", Key="wrong-key")


def test_deleting_many_versions(cloud: RunningCloud) -> None:
    aws = Recording("test_s3_api", "TestS3ObjectCRUD::test_delete_objects_versioned")
    s3 = versioned(cloud, "hidden-many")

    def delete(step: str, *objects: tuple[str, str]) -> dict[str, Any]:
        named = [{"Key": key, **({"VersionId": version} if version else {})} for key, version in objects]
        found = answered(s3.delete_objects, Bucket="hidden-many", Delete={"Objects": named})
        for of in ("Deleted", "Errors"):
            assert [set(one) for one in found.get(of, [])] == [set(one) for one in aws[step].get(of, [])], step
            assert [one.get("Code") for one in found.get(of, [])] == [one.get("Code") for one in aws[step].get(of, [])]
        return found

    version = s3.put_object(Bucket="hidden-many", Key="test-delete", Body=b"test-delete")["VersionId"]
    found = delete("delete-objects-no-version-id", ("test-delete", ""), ("wrongkey", ""), ("wrongkey-x", ""))
    marker = found["Deleted"][0]["DeleteMarkerVersionId"]
    delete("delete-objects-marker", ("test-delete", marker))
    unknown = "HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD"
    delete("delete-objects-wrong-version-id", ("test-delete", unknown), ("wrong-key-2", unknown))
    delete("delete-objects-version-id", ("test-delete", version))


def test_writing_while_suspended(cloud: RunningCloud) -> None:
    aws = Recording("test_s3_api", "test_put_object_on_suspended_bucket")
    s3 = versioned(cloud, "suspended")
    ask = {"Bucket": "suspended", "Key": "test-version"}
    for number in range(3):
        aws.check(f"put-object-{number}", s3.put_object, **ask, Body=f"test-version-{number}-".encode()[:14])
    s3.put_bucket_versioning(Bucket="suspended", VersioningConfiguration={"Status": "Suspended"})
    kept = ids(s3.list_object_versions(Bucket="suspended"))
    aws.check("put-object-suspended", s3.put_object, **ask, Body=b"test-version-suspended")
    assert ids(s3.list_object_versions(Bucket="suspended")) == ["null", *kept]
    aws.check("put-object-suspended-overwrite", s3.put_object, **ask, Body=b"test-version-suspended")
    assert ids(s3.list_object_versions(Bucket="suspended")) == ["null", *kept]
    aws.check("get-object-current", s3.get_object, **ask)


def test_deleting_while_suspended(cloud: RunningCloud) -> None:
    aws = Recording("test_s3_api", "test_delete_object_on_suspended_bucket")
    s3 = versioned(cloud, "suspended-2")
    ask = {"Bucket": "suspended-2", "Key": "test-delete-suspended"}
    for number in range(2):
        s3.put_object(**ask, Body=f"test-version-{number}".encode())
    s3.put_bucket_versioning(Bucket="suspended-2", VersioningConfiguration={"Status": "Suspended"})
    kept = ids(s3.list_object_versions(Bucket="suspended-2"))

    def check(markers: list[str], versions: list[str]) -> None:
        listed = s3.list_object_versions(Bucket="suspended-2")
        assert (ids(listed, "DeleteMarkers"), ids(listed)) == (markers, versions)

    assert aws.check("delete-object-no-version", s3.delete_object, **ask)["VersionId"] == "null"
    check(["null"], kept)
    put = s3.put_object(**ask, Body=b"test-delete-suspended-after-put-xxx")
    assert set(put) == set(aws["put-object-suspended"])
    check([], ["null", *kept])
    aws.check("delete-object-no-version-after-put", s3.delete_object, **ask)
    check(["null"], kept)


def test_the_null_version_survives_versioning(cloud: RunningCloud) -> None:
    aws = Recording("test_s3_api", "test_get_object_with_version_unversioned_bucket")
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="once-plain")
    ask = {"Bucket": "once-plain", "Key": "test-version"}
    aws.check("put-object", s3.put_object, **ask, Body=b"test-version")
    aws.check("get-obj-with-version", s3.get_object, **ask, VersionId="HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD")
    aws.check("get-obj-with-null-version", s3.get_object, **ask, VersionId="null")
    s3.put_bucket_versioning(Bucket="once-plain", VersioningConfiguration={"Status": "Enabled"})
    newer = s3.put_object(**ask, Body=b"newer")["VersionId"]
    assert ids(s3.list_object_versions(Bucket="once-plain")) == [newer, "null"]
    assert s3.get_object(**ask, VersionId="null")["Body"].read() == b"test-version"
    s3.delete_object(**ask, VersionId=newer)
    assert s3.get_object(**ask)["Body"].read() == b"test-version"


def test_pages_of_versions(cloud: RunningCloud) -> None:
    aws = Recording("test_s3_list_operations", "test_list_objects_versions_markers")
    s3 = versioned(cloud, "paged")
    keys = ("test_0", "test_1", "test_2")
    order = [s3.put_object(Bucket="paged", Key=key, Body=b"version 1")["VersionId"] for key in keys]
    order.append(s3.put_object(Bucket="paged", Key="test_2", Body=b"version 2")["VersionId"])
    order += [s3.delete_object(Bucket="paged", Key=key)["VersionId"] for key in keys]
    order += [s3.put_object(Bucket="paged", Key=key, Body=b"version 3")["VersionId"] for key in keys[:2]]
    named = {f"<version-id:{number}>": version for number, version in enumerate(order, 1)}

    def check(step: str, **more: Any) -> None:
        found, wanted = s3.list_object_versions(Bucket="paged", **more), aws[step]
        for of in ("Versions", "DeleteMarkers"):
            assert ids(found, of) == [named[version] for version in ids(wanted, of)], step
        assert found["IsTruncated"] == wanted["IsTruncated"], step
        assert found.get("NextKeyMarker") == wanted.get("NextKeyMarker"), step
        assert found.get("NextVersionIdMarker") == named.get(wanted.get("NextVersionIdMarker")), step
        assert set(found) == set(wanted), step

    check("list-objects-versions-all")
    check("list-objects-versions-5", MaxKeys=5)
    check("list-objects-next-key-only", MaxKeys=1, KeyMarker="test_1")
    check("list-objects-next-key-last", MaxKeys=1, KeyMarker="test_2")
    check("list-objects-both-markers", MaxKeys=1, KeyMarker="test_1", VersionIdMarker=order[5])
    check("list-objects-last-key-last-version", MaxKeys=1, KeyMarker="test_2", VersionIdMarker=order[3])
    check("list-objects-next-key-empty", MaxKeys=1, KeyMarker="")
    aws.check("list-objects-next-version-only", s3.list_object_versions, Bucket="paged", VersionIdMarker=order[5])


def test_common_prefixes_of_versions(cloud: RunningCloud) -> None:
    aws = Recording("test_s3_list_operations", "test_list_object_versions_pagination_common_prefixes")
    s3 = versioned(cloud, "rolled-versions")
    for key in ("folder/aSubfolder/subFile1", "folder/aSubfolder/subFile2", "folder/file1", "folder/file2"):
        s3.put_object(Bucket="rolled-versions", Key=key, Body=b"content 123")
    ask = {"Bucket": "rolled-versions", "Prefix": "folder/", "Delimiter": "/", "MaxKeys": 1}
    aws.check("list-object-versions-start", s3.list_object_versions, **ask)
    for step, marker in (
        ("list-object-versions-next-1", "folder/aSubfolder/"),
        ("list-object-versions-end", "folder/file1"),
        ("list-object-versions-manual-first-file", "folder/aSubfolder/subFile1"),
    ):
        found = s3.list_object_versions(**ask, KeyMarker=marker)
        assert set(found) == set(aws[step])
        assert [one["Key"] for one in found["Versions"]] == [one["Key"] for one in aws[step]["Versions"]]
        assert found.get("NextKeyMarker") == aws[step].get("NextKeyMarker")


def test_versions_of_a_bucket_that_keeps_none(cloud: RunningCloud) -> None:
    aws = Recording("test_s3_api", "test_list_object_versions_order_unversioned")
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="keeps-none")
    aws.check("list-empty", s3.list_object_versions, Bucket="keeps-none")
    for key in ("a-test-object-1", "c-test-object-3", "b-test-object-2"):
        s3.put_object(Bucket="keeps-none", Key=key, Body=b"test-object-1")
    found = s3.list_object_versions(Bucket="keeps-none")
    assert ids(found) == ["null"] * 3
    assert [one["Key"] for one in found["Versions"]] == ["a-test-object-1", "b-test-object-2", "c-test-object-3"]


def test_conditional_writes_see_the_marker_as_nothing(cloud: RunningCloud) -> None:
    aws = Recording("test_s3_api", "test_put_object_if_none_match_versioned_bucket")
    s3 = versioned(cloud, "once-each")
    ask = {"Bucket": "once-each", "Key": "test-precondition"}
    aws.check("put-obj", s3.put_object, **ask, IfNoneMatch="*")
    aws.check("put-obj-if-none-match", s3.put_object, **ask, IfNoneMatch="*")
    aws.check("del-obj", s3.delete_object, **ask)
    aws.check("put-obj-after-del", s3.put_object, **ask, IfNoneMatch="*")
    aws.check("list-object-versions", s3.list_object_versions, Bucket="once-each")
    assert refusal(s3.put_object, **ask, IfMatch="other")["Code"] == "PreconditionFailed"


def test_what_was_there_before_versioning_stays(cloud: RunningCloud) -> None:
    aws = Recording("test_s3", "TestS3::test_s3_put_object_versioned")
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="later")
    plain = {"Bucket": "later", "Key": "non-version-bucket-key"}
    kept = {"Bucket": "later", "Key": "versioned-bucket-key"}

    def status(name: str) -> None:
        s3.put_bucket_versioning(Bucket="later", VersioningConfiguration={"Status": name})

    aws.check("put-pre-versioned", s3.put_object, **plain, Body=b"non-versioned-key")
    aws.check("get-pre-versioned", s3.get_object, **plain)
    aws.check("list-object-pre-versioned", s3.list_object_versions, Bucket="later")
    status("Enabled")
    aws.check("get-post-versioned", s3.get_object, **plain)
    aws.check("put-obj-versioned-1", s3.put_object, **kept, Body=b"versioned-key")
    aws.check("put-obj-versioned-2", s3.put_object, **kept, Body=b"versioned-key-updated")
    aws.check("get-obj-versioned", s3.get_object, **kept)
    aws.check("list-object-versioned", s3.list_object_versions, Bucket="later")
    status("Suspended")
    aws.check("list-bucket-suspended", s3.list_object_versions, Bucket="later")
    aws.check("get-obj-versioned-disabled", s3.get_object, **kept)
    aws.check("get-obj-non-versioned-disabled", s3.get_object, **plain)
    aws.check("put-non-versioned-post-disable", s3.put_object, **plain, Body=b"non-versioned-key-post")
    aws.check("get-non-versioned-post-disable", s3.get_object, **plain)


def test_all_versions_of_a_key_are_deleted(cloud: RunningCloud) -> None:
    aws = Recording("test_s3", "TestS3::test_delete_keys_in_versioned_bucket")
    s3 = versioned(cloud, "emptied")
    first, second = (
        s3.put_object(Bucket="emptied", Key="test-key-versioned", Body=body)["VersionId"]
        for body in (b"something", b"something-v2")
    )

    def delete(step: str, *versions: str) -> Any:
        named = [{"Key": "test-key-versioned", **({"VersionId": one} if one else {})} for one in versions]
        return aws.check(step, s3.delete_objects, Bucket="emptied", Delete={"Objects": named})

    aws.check("list-objects-v2", s3.list_objects_v2, Bucket="emptied")
    marker = delete("delete-object", "")["Deleted"][0]["DeleteMarkerVersionId"]
    aws.check("list-object-version", s3.list_object_versions, Bucket="emptied")
    delete("delete-object-version", first, second)
    aws.check("list-objects-v2-after-delete", s3.list_objects_v2, Bucket="emptied")
    aws.check("list-object-version-after-delete", s3.list_object_versions, Bucket="emptied")
    delete("delete-object-delete-marker", marker)
    s3.delete_bucket(Bucket="emptied")


def test_one_version_of_a_key_is_deleted(cloud: RunningCloud) -> None:
    aws = Recording("test_s3", "TestS3::test_s3_delete_object_with_version_id")
    s3 = versioned(cloud, "one-less")
    body = b"Lorem ipsum dolor sit amet, ... " * 30
    keys = ("aws/s3/testkey1.txt", "aws/s3/testkey2.txt")
    version, _ = (s3.put_object(Bucket="one-less", Key=key, Body=body)["VersionId"] for key in keys)
    named = {"Objects": [{"Key": keys[0], "VersionId": version}]}
    aws.check("delete_objects", s3.delete_objects, Bucket="one-less", Delete=named)
    aws.check("list_object_versions_after_delete", s3.list_object_versions, Bucket="one-less")
    gone = Recording("test_s3", "test_get_object_after_deleted_in_versioned_bucket")
    ask = {"Bucket": "one-less", "Key": "my-key"}
    s3.put_object(**ask, Body=b"abcdefgh")
    gone.check("get-object", s3.get_object, **ask)
    s3.delete_object(**ask)
    gone.check("get-object-after-delete", s3.get_object, **ask)


def test_the_newest_version_comes_first(cloud: RunningCloud) -> None:
    aws = Recording("test_s3", "TestS3::test_get_bucket_versioning_order")
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="ordered")
    aws.check("list_object_versions_before", s3.list_object_versions, Bucket="ordered")
    s3.put_bucket_versioning(Bucket="ordered", VersioningConfiguration={"Status": "Enabled"})
    put = Recording("test_s3_api", "test_object_version_id_format")
    versions = [
        s3.put_object(Bucket="ordered", Key=key, Body=b"body")["VersionId"] for key in ("test", "test", "test2")
    ]
    listed = aws.check("list_object_versions", s3.list_object_versions, Bucket="ordered")
    assert ids(listed) == [versions[1], versions[0], versions[2]]
    one = put.check("put-object", s3.put_object, Bucket="ordered", Key="one", Body=b"")
    assert re.fullmatch(r"[A-Za-z0-9._]{32}", one["VersionId"])


def test_prefixes_of_versions(cloud: RunningCloud) -> None:
    aws = Recording("test_s3_list_operations", "TestS3ListObjectVersions::test_list_objects_versions_with_prefix")
    s3 = versioned(cloud, "prefixed")
    for key, body in (
        ("dir/test", b"content key1-v1"),
        ("dir/test", b"content key1-v2"),
        ("dir/subdir/test2", b"content key2-v1"),
        ("dir/subdir/test2", b"content key2-v2"),
    ):
        s3.put_object(Bucket="prefixed", Key=key, Body=body)
    prefixes = ("dir/", "dir/s", "dir/test", "dir/subdir", "dir/subdir/", "dir/subdir/test2")
    for number, prefix in enumerate(prefixes, 1):
        found = s3.list_object_versions(Bucket="prefixed", Prefix=prefix, Delimiter="/")
        wanted = aws[f"list-object-version-{number}"]
        assert (set(found), found.get("CommonPrefixes")) == (set(wanted), wanted.get("CommonPrefixes")), prefix
        seen, listed = ([(one["Key"], one["IsLatest"]) for one in of.get("Versions", [])] for of in (found, wanted))
        assert seen == listed, prefix
    plain = raw(cloud, "GET", "/prefixed?versions&delimiter=/&prefix=dir/subdir")
    wanted = aws["list-objects-versions-no-encoding"]["ListVersionsResult"]
    assert set(re.findall(r"<(\w+)(?= ?/?>)", plain.body.decode())) - {"ListVersionsResult"} == set(wanted)


def test_pages_of_the_versions_of_one_key(cloud: RunningCloud) -> None:
    entry = "test_list_objects_versions_with_prefix_only_and_pagination"
    aws = Recording("test_s3_list_operations", entry)
    s3 = versioned(cloud, "one-key")
    for _ in range(5):
        s3.put_object(Bucket="one-key", Key="prefixed_key", Body=b"")
    ask = {"Bucket": "one-key", "Prefix": "prefix"}
    aws.check("list-object-version-prefix-full", s3.list_object_versions, **ask)
    first = aws.check("list-object-version-prefix-page-1", s3.list_object_versions, **ask, MaxKeys=3)
    key, version = first["NextKeyMarker"], first["NextVersionIdMarker"]
    only_key = {**ask, "KeyMarker": key, "MaxKeys": 4}
    aws.check("list-object-version-prefix-key-marker-only", s3.list_object_versions, **only_key)
    after = {**ask, "KeyMarker": key, "VersionIdMarker": version, "MaxKeys": 5}
    aws.check("list-object-version-prefix-page-2", s3.list_object_versions, **after)
    for one in ids(first):
        s3.delete_object(Bucket="one-key", Key=key, VersionId=one)
    aws.check("list-object-version-prefix-page-2-after-delete", s3.list_object_versions, **after)


def test_conditional_writes_of_versions(cloud: RunningCloud) -> None:
    aws = Recording("test_s3_api", "test_put_object_if_match_versioned_bucket")
    s3 = versioned(cloud, "seen")
    ask = {"Bucket": "seen", "Key": "test-precondition"}
    etag = aws.check("put-obj", s3.put_object, **ask, Body=b"test")["ETag"]
    aws.check("put-obj-if-none-match-bad-value", s3.put_object, **ask, Body=b"test", IfMatch="abcdef")
    aws.check("del-obj", s3.delete_object, **ask)
    aws.check("put-obj-after-del-exc", s3.put_object, **ask, Body=b"test", IfMatch=etag)
    etag = aws.check("put-obj-after-del", s3.put_object, **ask, Body=b"test-after-del")["ETag"]
    aws.check("put-obj-if-match", s3.put_object, **ask, Body=b"test-if-match", IfMatch=etag)
    aws.check("list-object-versions", s3.list_object_versions, Bucket="seen")


def test_a_version_that_is_named_becomes_the_newest_again(cloud: RunningCloud) -> None:
    """Without a change, a copy onto itself is refused; one of a version that is named is the way back to it."""
    s3 = versioned(cloud, "back-to-it")
    ask = {"Bucket": "back-to-it", "Key": "k"}
    version = s3.put_object(**ask, Body=b"1")["VersionId"]
    assert refusal(s3.copy_object, **ask, CopySource="back-to-it/k")["Code"] == "InvalidRequest"
    copied = s3.copy_object(**ask, CopySource=f"back-to-it/k?versionId={version}")
    assert copied["CopySourceVersionId"] == version
    assert len(s3.list_object_versions(Bucket="back-to-it")["Versions"]) == 2


def test_a_deletion_that_expects_an_object_which_is_not_there(cloud: RunningCloud) -> None:
    s3 = versioned(cloud, "expecting")
    ask = {"Bucket": "expecting", "Key": "k"}
    assert refusal(s3.delete_object, **ask, IfMatch="*")["Code"] == "NoSuchKey"
    s3.put_object(**ask, Body=b"1")
    assert refusal(s3.delete_object, **ask, IfMatch='"other"')["Code"] == "PreconditionFailed"
    s3.delete_object(**ask, IfMatch="*")
    many = {"Objects": [{"Key": "k", "ETag": "*"}, {"Key": "never", "ETag": "*"}]}
    errors = s3.delete_objects(Bucket="expecting", Delete=many)["Errors"]
    assert [error["Code"] for error in errors] == ["PreconditionFailed", "NoSuchKey"]


def test_a_version_that_is_gone_is_deleted_again(cloud: RunningCloud) -> None:
    """AWS tells it from a version that never was: an answer that was lost can be asked for again."""
    s3 = versioned(cloud, "gone-already")
    version = s3.put_object(Bucket="gone-already", Key="k", Body=b"1")["VersionId"]
    ask = {"Bucket": "gone-already", "Delete": {"Objects": [{"Key": "k", "VersionId": version}]}}
    for _ in range(2):
        answer = s3.delete_objects(**ask)
        assert answer["Deleted"] == [{"Key": "k", "VersionId": version}] and "Errors" not in answer
    never = {"Objects": [{"Key": "k", "VersionId": "A" * 32}]}
    assert s3.delete_objects(Bucket="gone-already", Delete=never)["Errors"][0]["Code"] == "NoSuchVersion"
