"""The rows of buckets and of versions of objects. Keys are kept as UTF-8, so that SQLite orders them as S3 does."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import json

from stratolite.services.s3.domain import NULL_VERSION, Bucket, Checksum, Content, Part, Standing, Version
from stratolite.services.s3.listing import Position
from stratolite.services.s3.standings import Standings
from stratolite.storage.blobs import Blobs
from stratolite.storage.database import Database, Row, Value

_BUCKET = "name, account, region, created_ms, versioning, settings"
_SAID = (
    "is_delete_marker, modified_ms, size_bytes, etag, storage_class, checksum_algorithm, checksum_type, checksum, "
    "headers, metadata, tags, parts, bytes_id, blobs, acl, owner"
)
"""What a version is, beside its place among the others."""
_VERSION = f"bucket, key, age, version_id, is_current, {_SAID}"
_CURRENT = f"SELECT {_VERSION} FROM s3_object WHERE bucket = ? AND key = ? ORDER BY age LIMIT 1"
_STANDING = (
    "SELECT version_id, etag, is_delete_marker, bytes_id, blobs, age FROM s3_object"
    " WHERE bucket = ? AND key = ? ORDER BY age LIMIT 1"
)
_VALUES = ", ".join("?" for _ in _SAID.split(","))
_INSERT = f"INSERT INTO s3_object ({_VERSION}) VALUES (?, ?, ?, ?, ?, {_VALUES})"
_REPLACE = f"UPDATE s3_object SET ({_SAID}) = ({_VALUES}) WHERE bucket = ? AND key = ? AND age = ?"

BUCKETS_CACHED_MAX = 1024


class Store:
    """Reads and writes the service's tables."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs
        self._standings = Standings(database)
        self._known: dict[str, Bucket] = {}
        """Buckets as they were committed: every operation on an object asks for one."""
        self._changing: set[str] = set()
        """Buckets that were written and, as far as is known, not committed yet."""

    # Buckets ---------------------------------------------------------------------------------------------

    def bucket(self, name: str) -> Bucket | None:
        known = self._known.get(name)
        if known is not None:
            return known
        row = self._database.one(f"SELECT {_BUCKET} FROM s3_bucket WHERE name = ?", (name,))
        if row is None:
            return None
        bucket = _bucket(row)
        if name not in self._changing and len(self._known) < BUCKETS_CACHED_MAX:
            self._known[name] = bucket
        return bucket

    def buckets(self, account: str, after: str, prefix: str, region: str, limit: int) -> list[Bucket]:
        """Buckets of an account in order of name, after a name; ``region`` empty for all."""
        rows = self._database.query(
            f"SELECT {_BUCKET} FROM s3_bucket WHERE account = ? AND name > ? AND substr(name, 1, ?) = ?"
            " AND (? = '' OR region = ?) ORDER BY name LIMIT ?",
            (account, after, len(prefix), prefix, region, region, limit),
        )
        return [_bucket(row) for row in rows]

    def insert_bucket(self, bucket: Bucket) -> None:
        self._change(bucket.name)
        self._database.write(
            f"INSERT INTO s3_bucket ({_BUCKET}) VALUES (?, ?, ?, ?, ?, ?)",
            (
                bucket.name,
                bucket.account,
                bucket.region,
                bucket.created_ms,
                bucket.versioning,
                packed(bucket.settings),
            ),
        )

    def update_bucket(self, bucket: Bucket) -> None:
        """Keep a bucket's versioning and settings."""
        self._change(bucket.name)
        self._database.write(
            "UPDATE s3_bucket SET versioning = ?, settings = ? WHERE name = ?",
            (bucket.versioning, packed(bucket.settings), bucket.name),
        )

    def delete_bucket(self, name: str) -> None:
        self._change(name)
        self._database.write("DELETE FROM s3_bucket WHERE name = ?", (name,))

    def _change(self, name: str) -> None:
        self._known.pop(name, None)
        self._changing.add(name)
        self._database.after_commit(lambda: self._changing.discard(name))

    def is_empty(self, name: str) -> bool:
        """Whether a bucket has no version of any object."""
        return self._database.one("SELECT 1 FROM s3_object WHERE bucket = ? LIMIT 1", (name,)) is None

    # Versions --------------------------------------------------------------------------------------------

    def current(self, bucket: str, key: str) -> Version | None:
        """The newest version of a key, which may be a delete marker."""
        row = self._database.one(_CURRENT, (bucket, key.encode()))
        return _version(row) if row else None

    def standing(self, bucket: str, key: str) -> Standing | None:
        """The same, as far as a write has to know it: half of what reading all of it costs, or nothing if known."""
        known = self._standings.get(bucket, key)
        if known is not None:
            return known
        row = self._database.one(_STANDING, (bucket, key.encode()))
        if row is None:
            return None
        version_id, etag, is_marker, bytes_id, blobs, age = row
        return Standing(version_id, etag, bool(is_marker), _content(bytes_id, blobs), age)

    def version(self, bucket: str, key: str, version_id: str) -> Version | None:
        row = self._database.one(
            f"SELECT {_VERSION} FROM s3_object WHERE bucket = ? AND key = ? AND version_id = ?",
            (bucket, key.encode(), version_id),
        )
        return _version(row) if row else None

    def put(self, version: Version, current: Standing | None) -> None:
        """Make a version the current one of its key, which was ``current`` until now.

        A null version takes the place of the null version before.
        """
        age = self._place(version, current)
        now = Standing(version.version_id, version.etag, version.is_delete_marker, version.content, age)
        self._standings.change(version.bucket, version.key, now)

    def _place(self, version: Version, current: Standing | None) -> int:
        """The age that a version got."""
        key = version.key.encode()
        if current is None:
            return self._insert(version, key, 0)
        if version.version_id == NULL_VERSION:
            if current.version_id == NULL_VERSION:
                if version.content.bytes_id is None or version.content != current.content:
                    self.release(current.content)
                replaced = self._database.write(_REPLACE, (*_said(version), version.bucket, key, current.age))
                assert replaced, "what stands is there"
                return current.age
            former = self.version(version.bucket, version.key, NULL_VERSION)
            if former is not None:
                self._delete(former)
        self._database.write(
            "UPDATE s3_object SET is_current = 0 WHERE bucket = ? AND key = ? AND age = ?",
            (version.bucket, key, current.age),
        )
        return self._insert(version, key, current.age - 1)

    def remove(self, version: Version) -> None:
        """Delete one version; the one before it becomes current when it was."""
        self._delete(version)
        if version.is_current:
            before = self.current(version.bucket, version.key)
            if before is not None:
                self._database.write(
                    "UPDATE s3_object SET is_current = 1 WHERE bucket = ? AND key = ? AND age = ?",
                    (before.bucket, before.key.encode(), before.age),
                )

    def set_tags(self, version: Version, tags: Mapping[str, str]) -> None:
        self._database.write(
            "UPDATE s3_object SET tags = ? WHERE bucket = ? AND key = ? AND age = ?",
            (packed(tags), version.bucket, version.key.encode(), version.age),
        )

    def set_acl(self, version: Version) -> None:
        self._database.write(
            "UPDATE s3_object SET acl = ? WHERE bucket = ? AND key = ? AND age = ?",
            (version.acl, version.bucket, version.key.encode(), version.age),
        )

    def set_described(self, version: Version) -> None:
        """Keep a version's storage class and headers."""
        self._database.write(
            "UPDATE s3_object SET storage_class = ?, headers = ? WHERE bucket = ? AND key = ? AND age = ?",
            (
                version.storage_class,
                packed(version.headers),
                version.bucket,
                version.key.encode(),
                version.age,
            ),
        )

    def objects(self, bucket: str, after: Position, limit: int) -> list[Version]:
        """Current objects in order of key, after a position."""
        return self._listed(bucket, after, limit, " AND is_current AND NOT is_delete_marker")

    def versions(self, bucket: str, after: Position, limit: int) -> list[Version]:
        """Versions and delete markers in order of key, the newest of a key first, after a position."""
        return self._listed(bucket, after, limit, "")

    def _listed(self, bucket: str, after: Position, limit: int, condition: str) -> list[Version]:
        rows = self._database.query(
            f"SELECT {_VERSION} FROM s3_object WHERE bucket = ? AND (key, age) > (?, ?){condition}"
            " ORDER BY key, age LIMIT ?",
            (bucket, *after, limit),
        )
        return [_version(row) for row in rows]

    # Bytes -----------------------------------------------------------------------------------------------

    def insert_bytes(self, data: bytes) -> int:
        """Keep the bytes of a small object; their id."""
        return self._database.insert("INSERT INTO s3_bytes (data) VALUES (?)", (data,))

    def update_bytes(self, bytes_id: int, data: bytes) -> None:
        """Keep other bytes under the same id, for the version that takes its former version's place."""
        updated = self._database.write("UPDATE s3_bytes SET data = ? WHERE id = ?", (data, bytes_id))
        assert updated, "bytes live as long as their version"

    def read_bytes(self, bytes_id: int) -> bytes:
        row = self._database.one("SELECT data FROM s3_bytes WHERE id = ?", (bytes_id,))
        assert row is not None, "bytes live as long as their version"
        data: bytes = row[0]
        return data

    def _insert(self, version: Version, key: bytes, age: int) -> int:
        place = (version.bucket, key, age, version.version_id, version.is_current)
        self._database.write(_INSERT, (*place, *_said(version)))
        return age

    def _delete(self, version: Version) -> None:
        self._standings.change(version.bucket, version.key, None)
        self._database.write(
            "DELETE FROM s3_object WHERE bucket = ? AND key = ? AND age = ?",
            (version.bucket, version.key.encode(), version.age),
        )
        self.release(version.content)

    def release(self, content: Content) -> None:
        """One owner less of some bytes."""
        if content.bytes_id is not None:
            self._database.write("DELETE FROM s3_bytes WHERE id = ?", (content.bytes_id,))
        for blob_id, _ in content.blobs:
            self._blobs.drop(blob_id)


def _bucket(row: Row) -> Bucket:
    name, account, region, created_ms, versioning, settings = row
    return Bucket(name, account, region, created_ms, versioning, json.decode(settings))


def _said(version: Version) -> tuple[Value, ...]:
    return (
        version.is_delete_marker,
        version.modified_ms,
        version.size_bytes,
        version.etag,
        version.storage_class,
        version.checksum.algorithm,
        version.checksum.type,
        version.checksum.value,
        packed(version.headers),
        packed(version.metadata),
        packed(version.tags),
        packed([_of_part(part) for part in version.parts]) if version.parts else "[]",
        version.content.bytes_id,
        packed(version.content.blobs),
        version.acl,
        version.owner,
    )


def _version(row: Row) -> Version:
    (bucket, key, age, version_id, is_current, is_marker, modified_ms, size_bytes, etag, storage_class) = row[:10]
    (algorithm, checksum_type, checksum, headers, metadata, tags, parts, bytes_id, blobs, acl, owner) = row[10:]
    return Version(
        bucket=bucket,
        key=key.decode(),
        version_id=version_id,
        modified_ms=modified_ms,
        size_bytes=size_bytes,
        etag=etag,
        storage_class=storage_class,
        checksum=Checksum(algorithm, checksum, checksum_type),
        headers=loaded(headers),
        metadata=loaded(metadata),
        tags=loaded(tags),
        parts=tuple(Part(number, size, Checksum(*rest)) for number, size, *rest in loaded(parts)),
        content=_content(bytes_id, blobs),
        acl=acl,
        owner=owner,
        is_delete_marker=bool(is_marker),
        is_current=bool(is_current),
        age=age,
    )


def _content(bytes_id: int | None, blobs: str) -> Content:
    return Content(bytes_id, tuple((blob_id, size) for blob_id, size in loaded(blobs)) if blobs != "[]" else ())


_EMPTY: Mapping[str, Any] = {"{}": {}, "[]": []}


def loaded(text: str) -> Any:
    """JSON; what is mostly empty is not parsed."""
    known = _EMPTY.get(text)
    return json.decode(text) if known is None else known


def packed(value: Mapping[str, Any] | Sequence[Any]) -> str:
    """JSON; what is mostly empty is not written."""
    if not value:
        return "[]" if isinstance(value, (list, tuple)) else "{}"
    return json.encode(value).decode()


def _of_part(part: Part) -> tuple[Any, ...]:
    return part.number, part.size_bytes, part.checksum.algorithm, part.checksum.value, part.checksum.type
