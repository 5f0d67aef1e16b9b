"""Whose objects are, in buckets that several accounts write to.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
"""

from collections.abc import Callable
from typing import Any

import pytest
from tests.conftest import RunningCloud
from tests.wire.s3_answers import raw

FULL, READ = "FULL_CONTROL", "READ"
GIVEN = "bucket-owner-full-control"


@pytest.fixture
def mine(cloud: RunningCloud) -> Any:
    return cloud.client("s3")


@pytest.fixture
def theirs(cloud: RunningCloud) -> Any:
    return cloud.client("s3", account="444455556666")


def owner_id(s3: Any) -> str:
    found: str = s3.list_buckets()["Owner"]["ID"]
    return found


def owned(s3: Any, **ask: str) -> tuple[str, list[tuple[str, str]]]:
    """Whose an object is, and who may do what with it."""
    found = s3.get_object_acl(**ask)
    return found["Owner"]["ID"], [(grant["Grantee"]["ID"], grant["Permission"]) for grant in found["Grants"]]


def _put(s3: Any, bucket: str, **more: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", **more)


def _copy(s3: Any, bucket: str, **more: str) -> None:
    s3.put_object(Bucket=bucket, Key="source")
    s3.copy_object(Bucket=bucket, Key="k", CopySource=f"{bucket}/source", **more)


def _complete(s3: Any, bucket: str, **more: str) -> None:
    upload = {"Bucket": bucket, "Key": "k"}
    upload["UploadId"] = s3.create_multipart_upload(**upload, **more)["UploadId"]
    part = s3.upload_part(**upload, PartNumber=1, Body=b"1")
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})


@pytest.mark.parametrize("write", [_put, _copy, _complete])
@pytest.mark.parametrize(
    ("ownership", "acl", "is_writers"),
    [
        ("BucketOwnerEnforced", "", False),
        ("BucketOwnerEnforced", GIVEN, False),
        ("BucketOwnerPreferred", "", True),
        ("BucketOwnerPreferred", "private", True),
        ("BucketOwnerPreferred", GIVEN, False),
        ("ObjectWriter", "", True),
        ("ObjectWriter", GIVEN, True),
    ],
)
def test_an_object_is_its_writers_or_the_buckets(
    mine: Any, theirs: Any, write: Callable[..., None], ownership: str, acl: str, is_writers: bool
) -> None:
    name = f"{ownership}-{acl}{write.__name__}".lower().replace("_", "-")
    mine.create_bucket(Bucket=name, ObjectOwnership=ownership)
    write(theirs, name, **({"ACL": acl} if acl else {}))
    me, them = owner_id(mine), owner_id(theirs)
    owner = them if is_writers else me
    granted = [(owner, FULL), *([(me, FULL)] if is_writers and acl == GIVEN else [])]
    assert owned(mine, Bucket=name, Key="k") == (owner, granted)
    (listed,) = mine.list_objects(Bucket=name, Prefix="k")["Contents"]
    (version,) = mine.list_object_versions(Bucket=name, Prefix="k")["Versions"]
    assert listed["Owner"] == version["Owner"] == {"ID": owner}


def test_lists_of_others_objects(mine: Any, theirs: Any) -> None:
    ask = {"Bucket": "written-by-others", "Key": "k"}
    mine.create_bucket(Bucket=ask["Bucket"], ObjectOwnership="ObjectWriter")
    me, them = owner_id(mine), owner_id(theirs)
    theirs.put_object(**ask, ACL="bucket-owner-read")
    assert owned(mine, **ask) == (them, [(them, FULL), (me, READ)])
    theirs.put_object_acl(**ask, ACL="private")
    assert owned(mine, **ask) == (them, [(them, FULL)])
    mine.put_object(**ask, ACL="bucket-owner-read")
    assert owned(mine, **ask) == (me, [(me, FULL)])


def test_an_owner_takes_what_others_have_written(cloud: RunningCloud, mine: Any, theirs: Any) -> None:
    ask = {"Bucket": "taken-over", "Key": "k"}
    mine.create_bucket(Bucket=ask["Bucket"], ObjectOwnership="ObjectWriter")
    theirs.put_object(**ask, ACL="bucket-owner-read")
    upload = {**ask, "UploadId": theirs.create_multipart_upload(**ask)["UploadId"]}
    me, them = owner_id(mine), owner_id(theirs)
    (begun,) = mine.list_multipart_uploads(Bucket=ask["Bucket"])["Uploads"]
    assert begun["Owner"]["ID"] == mine.list_parts(**upload)["Owner"]["ID"] == them
    assert "444455556666" in begun["Initiator"]["ID"]
    enforced = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    mine.put_bucket_ownership_controls(Bucket=ask["Bucket"], OwnershipControls=enforced)
    assert owned(mine, **ask) == (me, [(me, FULL)])
    assert mine.list_parts(**upload)["Owner"]["ID"] == me
    assert raw(cloud, "PUT", "/taken-over/unsigned", b"x", region="").status == 200
