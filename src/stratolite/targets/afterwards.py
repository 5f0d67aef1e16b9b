"""What is done after a stack stands: seeds are put into tables, folders into buckets, names are given to APIs.

Everything goes through public operations, and each again does nothing where nothing is new: what a table was seeded
with is remembered in the deployment bucket, objects are compared by their ETags. Costs: a look at each object for the
first deployment of a run, and a ``stat`` of each file for those that follow.
"""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from stratolite.core.call import REGION_DEFAULT, Call
from stratolite.core.domains import Domains
from stratolite.core.domains import Mapping as DomainMapping
from stratolite.core.errors import AwsError, UserError
from stratolite.core.places import Places
from stratolite.core.service import Operations
from stratolite.core.warning import Kind, Warning
from stratolite.templates.serverless.local import CustomDomain, Seed, SyncedFile, SyncedFolder

BATCH_ITEMS_MAX = 25
BATCHES_TRIED_MAX = 100
DELETED_MAX = 1000
SEEDED_KEY = "stratolite/{stack}/seeded.json"
"""Where the deployment bucket says what tables were seeded with."""

_Object = tuple[str, str]
"""The MD5 of an object, and its settings as text."""


@dataclass
class Done:
    """What there is to say: ``notes`` of what was done, ``warnings`` of what could not be."""

    notes: list[str] = field(default_factory=list)
    warnings: list[Warning] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Stack:
    """The stack that stands: what it made by logical id, and what it puts out."""

    name: str
    made: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    bucket: str = ""
    """The deployment bucket."""


class Afterwards:
    """Does it on a running cloud. One for all deployments of a run: what is known of buckets is kept."""

    def __init__(self, operations: Operations, domains: Domains, places: Places) -> None:
        self._operations = operations
        self._domains = domains
        self._places = places
        self._mapped: list[DomainMapping] = []
        self._uploaded: dict[tuple[str, str, str], dict[str, _Object]] = {}
        """By bucket, the resource that made it, and prefix."""

    # Domains -------------------------------------------------------------------------------------------------------

    def map(self, stack: Stack, domains: Iterable[CustomDomain]) -> tuple[list[DomainMapping], bool]:
        """Give names to the stack's APIs, in place of those that they had; the mappings, and whether they are new."""
        mappings = [
            DomainMapping(one.name, one.base_path, stack.made.get(one.api, one.api), one.stage, one.is_websocket)
            for one in domains
        ]
        is_news = mappings != self._mapped
        if is_news:
            self._domains.map(stack.name, mappings)
            self._places.forget()
            self._mapped = mappings
        return mappings, is_news

    # Seeds ---------------------------------------------------------------------------------------------------------

    async def seed(self, call: Call, stack: Stack, seeds: Iterable[Seed], done: Done) -> None:
        """Put items into tables, unless these items were put into this very table before."""
        key = SEEDED_KEY.format(stack=stack.name)
        before = await self._remembered(call, stack.bucket, key)
        now = dict(before)
        counts: dict[str, int] = {}
        for index, one in enumerate(seeds):
            try:
                table = (await self._do(call, "dynamodb", "DescribeTable", {"TableName": one.table}))["Table"]
                digest = hashlib.sha256(f"{table['TableId']}{_text(one.items)}".encode()).hexdigest()
                if before.get(f"{one.table}/{index}") != digest:
                    await self._put_items(call, one)
                    counts[one.table] = counts.get(one.table, 0) + len(one.items)
                now[f"{one.table}/{index}"] = digest
            except AwsError as error:
                what = f"the seeds of {one.table} are not put there: {error.message}"
                done.warnings.append(Warning(what, one.at, Kind.LEFT_OUT, "plugins"))
        if now != before:
            await self._do(call, "s3", "PutObject", {"Bucket": stack.bucket, "Key": key, "Body": _text(now).encode()})
        done.notes += [f"{_counted(count, 'item')} put into the table {table}" for table, count in counts.items()]

    async def _put_items(self, call: Call, seed: Seed) -> None:
        for start in range(0, len(seed.items), BATCH_ITEMS_MAX):
            page = [{"PutRequest": {"Item": dict(item)}} for item in seed.items[start : start + BATCH_ITEMS_MAX]]
            waiting: dict[str, Any] = {seed.table: page}
            for _ in range(BATCHES_TRIED_MAX):
                answer = await self._do(call, "dynamodb", "BatchWriteItem", {"RequestItems": waiting})
                waiting = answer.get("UnprocessedItems") or {}
                if not waiting:
                    break
            else:
                raise UserError(f"the table {seed.table} takes no more items", where=seed.at, exit_code=1)

    async def _remembered(self, call: Call, bucket: str, key: str) -> dict[str, str]:
        try:
            answer = await self._do(call, "s3", "GetObject", {"Bucket": bucket, "Key": key})
            found = json.loads(await _bytes(answer["Body"]))
        except (AwsError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    # Folders -------------------------------------------------------------------------------------------------------

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
            done.notes.append(f"{_counted(len(uploaded), 'file')} uploaded into the bucket {bucket}")
        if gone:
            done.notes.append(f"{_counted(len(gone), 'object')} deleted from the bucket {bucket}")

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
                found[key] = each["ETag"].strip('"'), _text(settings) if is_same else ""
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
            if error.code != "AccessControlListNotSupported":
                raise
            del request["ACL"]
            await self._do(call, "s3", "PutObject", request)
            acl = file.settings["ACL"]
            what = (
                f"the bucket {bucket} has no access control lists: objects are uploaded without {acl}, which fails on "
                "AWS unless the bucket has OwnershipControls"
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


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=lambda raw: raw.hex())


async def _bytes(body: Any) -> bytes:
    if isinstance(body, AsyncIterable):
        return b"".join([piece async for piece in body])
    return bytes(body)


def _counted(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count} {noun}s"
