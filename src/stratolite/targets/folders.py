"""Folders whose files are uploaded into buckets once the stack stands, and again when they change.

Objects are compared with files by their ETags. Costs: a look at each object for the first deployment of a run, and a
``stat`` of each file for those that follow.
"""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from stratolite.core.call import REGION_DEFAULT, Call
from stratolite.core.errors import AwsError
from stratolite.core.service import Operations
from stratolite.core.warning import Kind, Warning
from stratolite.targets.done import Done, Stack, counted
from stratolite.templates.serverless.local import SyncedFile, SyncedFolder

DELETED_MAX = 1000
_LISTS_REFUSED = frozenset({"AccessControlListNotSupported", "AccessDenied"})
"""What a bucket answers that has no access control lists, or none that are public."""

_Object = tuple[str, str]
"""The MD5 of an object, and its settings as text."""


class Folders:
    """Keeps buckets of a running cloud as folders are. One for all deployments of a run: what they hold is known."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations
        self._uploaded: dict[tuple[str, str, str], dict[str, _Object]] = {}
        """By bucket, the resource that made it, and prefix."""

    async def sync(self, call: Call, stack: Stack, folder: SyncedFolder, done: Done) -> None:
        """Upload what has changed, and delete what the folder no longer has, where it is told to."""
        wanted = folder.bucket
        name = wanted.name or stack.outputs.get(wanted.output) or stack.made.get(wanted.logical_id)
        if not name:
            what = f"nothing is uploaded into {wanted}, which the stack does not have"
            done.warnings.append(Warning(what, folder.at, Kind.LEFT_OUT, "plugins"))
            return
        # A bucket that another resource of the stack has made is another one, and empty.
        maker = next((logical_id for logical_id, physical_id in stack.made.items() if physical_id == name), "")
        known = self._uploaded.setdefault((name, maker, folder.prefix), {})
        try:
            await self._sync(call, name, folder, known, done)
        except AwsError as error:
            what = f"the bucket {folder.bucket} is not filled: {error.message}"
            done.warnings.append(Warning(what, folder.at, Kind.LEFT_OUT, "plugins"))

    async def _sync(self, call: Call, bucket: str, folder: SyncedFolder, known: dict[str, _Object], done: Done) -> None:
        """``known``: the objects as they were left, empty at first; it is what there is afterwards."""
        if not known:
            if folder.makes_bucket:
                await self._make_bucket(call, bucket)
            if folder.website:
                website = {"Bucket": bucket, "WebsiteConfiguration": folder.website}
                await self._do(call, "s3", "PutBucketWebsite", website)
            if folder.tags:
                await self._tag(call, bucket, folder.tags)
            known |= await self._objects(call, bucket, folder)
        now = await asyncio.to_thread(_now, folder)
        changed = [one for one in folder.files if known.get(one.key) != now[one.key]]
        uploaded = [one.key for one in changed if await self._upload(call, bucket, one, done)]
        gone = [key for key in known if key not in now] if folder.deletes else []
        for start in range(0, len(gone), DELETED_MAX):
            page = [{"Key": key} for key in gone[start : start + DELETED_MAX]]
            await self._do(call, "s3", "DeleteObjects", {"Bucket": bucket, "Delete": {"Objects": page, "Quiet": True}})
        known.clear()
        known |= now
        if uploaded:
            done.notes.append(f"{counted(len(uploaded), 'file')} uploaded into the bucket {bucket}")
        if gone:
            done.notes.append(f"{counted(len(gone), 'object')} deleted from the bucket {bucket}")

    async def _make_bucket(self, call: Call, bucket: str) -> None:
        try:
            await self._do(call, "s3", "HeadBucket", {"Bucket": bucket})
        except AwsError:
            request: dict[str, Any] = {"Bucket": bucket}
            if call.region != REGION_DEFAULT:
                request["CreateBucketConfiguration"] = {"LocationConstraint": call.region}
            await self._do(call, "s3", "CreateBucket", request)

    async def _tag(self, call: Call, bucket: str, tags: Mapping[str, str]) -> None:
        """Set tags of a bucket besides those that it has."""
        try:
            there = (await self._do(call, "s3", "GetBucketTagging", {"Bucket": bucket}))["TagSet"]
        except AwsError:
            there = []
        every = {**{one["Key"]: one["Value"] for one in there}, **tags}
        tagging = {"TagSet": [{"Key": key, "Value": value} for key, value in every.items()]}
        await self._do(call, "s3", "PutBucketTagging", {"Bucket": bucket, "Tagging": tagging})

    async def _objects(self, call: Call, bucket: str, folder: SyncedFolder) -> dict[str, _Object]:
        """The objects below the prefix; those that are as the file wants them have the file's own settings."""
        wanted = {one.key: one.settings for one in folder.files}
        found: dict[str, _Object] = {}
        request: dict[str, Any] = {"Bucket": bucket, "Prefix": folder.prefix}
        while True:
            answer = await self._do(call, "s3", "ListObjectsV2", request)
            for each in answer.get("Contents", []):
                key = each["Key"]
                settings = wanted.get(key)
                is_same = settings is not None and await self._has(call, bucket, key, settings)
                found[key] = each["ETag"].strip('"'), _text(wanted[key]) if is_same else ""
            if not answer.get("NextContinuationToken"):
                return found
            request["ContinuationToken"] = answer["NextContinuationToken"]

    async def _has(self, call: Call, bucket: str, key: str, settings: Mapping[str, Any]) -> bool:
        """Whether an object has these settings; its access control list is not looked at."""
        head = await self._do(call, "s3", "HeadObject", {"Bucket": bucket, "Key": key})
        return all(head.get(name) == value for name, value in settings.items() if name != "ACL")

    async def _upload(self, call: Call, bucket: str, file: SyncedFile, done: Done) -> bool:
        """Whether a file could be uploaded."""
        try:
            body = file.path.read_bytes()
        except OSError as error:
            done.warnings.append(Warning(f"not uploaded: {error.strerror}", str(file.path), Kind.LEFT_OUT, "plugins"))
            return False
        request = {"Bucket": bucket, "Key": file.key, "Body": body, **file.settings}
        try:
            await self._do(call, "s3", "PutObject", request)
        except AwsError as error:
            if error.code not in _LISTS_REFUSED or "ACL" not in request:
                raise
            del request["ACL"]
            await self._do(call, "s3", "PutObject", request)
            acl = file.settings["ACL"]
            what = (
                f"the bucket {bucket} has no access control lists, or no public ones: objects are uploaded without "
                f"{acl}, which fails on AWS unless the bucket has OwnershipControls and PublicAccessBlockConfiguration"
            )
            done.warnings.append(Warning(what, kind=Kind.REFUSED_BY_AWS, about="plugins"))
        return True

    async def _do(self, call: Call, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        return await self._operations.perform(call, service, operation, request)


def _now(folder: SyncedFolder) -> dict[str, _Object]:
    """The objects that a folder is to be."""
    return {one.key: (_md5_of(one.path), _text(one.settings)) for one in folder.files}


def _md5_of(path: Path) -> str:
    try:
        status = path.stat()
        return _md5(path, status.st_mtime_ns, status.st_size)
    except OSError:  # Whoever uploads it says so.
        return ""


@lru_cache(maxsize=20_000)
def _md5(path: Path, _mtime_ns: int, _size: int) -> str:
    """The MD5 of a file, in hexadecimal: the ETag that its object has."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _text(settings: Mapping[str, Any]) -> str:
    return json.dumps(settings, sort_keys=True)
