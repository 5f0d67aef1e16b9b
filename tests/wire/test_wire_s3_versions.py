"""Versions of objects over the wire, beside the recorded answers of AWS."""

from typing import Any

from tests.conftest import RunningCloud
from tests.wire.s3_answers import Recording, answered, refusal


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
