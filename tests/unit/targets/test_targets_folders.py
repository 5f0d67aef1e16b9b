"""Folders that are uploaded after a deployment, beside a cloud that has empty buckets and keeps what is put there."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from tests.conftest import texts

from stratolite.core.call import Call
from stratolite.core.service import Operations
from stratolite.core.warning import Kind
from stratolite.targets.done import Done, Stack
from stratolite.targets.folders import Folders
from stratolite.templates.serverless.local import BucketName, SyncedFile, SyncedFolder

CALL = Call(account="000000000000", region="us-east-1", now_ms=0, endpoint="http://127.0.0.1:4566")


class Buckets:
    """Operations of S3: the keys that were put, in order, and those that were deleted."""

    def __init__(self) -> None:
        self.put: list[str] = []
        self.deleted: list[str] = []

    async def perform(self, call: Call, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        if operation == "PutObject":
            self.put.append(request["Key"])
        elif operation == "DeleteObjects":
            self.deleted += [each["Key"] for each in request["Delete"]["Objects"]]
        return {}


def synced(folder: Path, *names: str) -> SyncedFolder:
    files = tuple(SyncedFile(name, folder / name, {}) for name in names)
    return SyncedFolder(BucketName(logical_id="Site"), "", files, deletes=True, at="serverless.yml:9:5")


@pytest.fixture
def buckets() -> Buckets:
    return Buckets()


@pytest.fixture
def folders(buckets: Buckets) -> Folders:
    return Folders(cast(Operations, buckets))


STACK = Stack("s", made={"Site": "site-bucket"})


async def test_only_what_has_changed_goes_up_again(tmp_path: Path, buckets: Buckets, folders: Folders) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(name)
    done = Done()
    await folders.sync(CALL, STACK, synced(tmp_path, "a.txt", "b.txt"), done)
    (tmp_path / "b.txt").write_text("another text")
    await folders.sync(CALL, STACK, synced(tmp_path, "b.txt"), done)
    assert buckets.put == ["a.txt", "b.txt", "b.txt"] and buckets.deleted == ["a.txt"]
    assert done.notes == [
        "2 files uploaded into the bucket site-bucket",
        "1 file uploaded into the bucket site-bucket",
        "1 object deleted from the bucket site-bucket",
    ]


async def test_a_file_that_cannot_be_read_keeps_nobody_from_going_up(
    tmp_path: Path, buckets: Buckets, folders: Folders
) -> None:
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "unreadable").mkdir()  # As if it had been a file when the folder was looked at.
    done = Done()
    await folders.sync(CALL, STACK, synced(tmp_path, "a.txt", "unreadable"), done)
    assert buckets.put == ["a.txt"]
    assert texts(done.warnings) == (f"{tmp_path / 'unreadable'}: not uploaded: Is a directory",)
    assert done.notes == ["1 file uploaded into the bucket site-bucket"]


async def test_a_bucket_that_the_stack_lacks_is_told(tmp_path: Path, buckets: Buckets, folders: Folders) -> None:
    done = Done()
    await folders.sync(CALL, Stack("s"), synced(tmp_path), done)
    [warning] = done.warnings
    assert (warning.where, warning.kind) == ("serverless.yml:9:5", Kind.LEFT_OUT)
    assert warning.what == "nothing is uploaded into Site, which the stack does not have"
    assert buckets.put == []
