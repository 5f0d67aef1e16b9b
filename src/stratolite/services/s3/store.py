"""The rows of buckets and of versions of objects. Keys are kept as UTF-8, so that SQLite orders them as S3 does."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from stratolite.services.s3.domain import NULL_VERSION, Bucket, Checksum, Content, Part, Version
from stratolite.storage.blobs import Blobs
from stratolite.storage.database import Database, Row

_BUCKET = "name, account, region, created_ms, versioning, settings"
_VERSION = (
    "bucket, key, age, version_id, is_current, is_delete_marker, modified_ms, size_bytes, etag, storage_class, "
    "checksum_algorithm, checksum_type, checksum, headers, metadata, tags, parts, bytes_id, blobs, acl"
)
_IS_OBJECT = "is_current AND NOT is_delete_marker"


class Store:
    """Reads and writes the service's tables."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    # Buckets ---------------------------------------------------------------------------------------------

    def bucket(self, name: str) -> Bucket | None:
        row = self._database.one(f"SELECT {_BUCKET} FROM s3_bucket WHERE name = ?", (name,))
        return _bucket(row) if row else None

    def buckets(self, account: str, after: str, prefix: str, region: str, limit: int) -> list[Bucket]:
        """Buckets of an account in order of name, after a name; ``region`` empty for all."""
        rows = self._database.query(
            f"SELECT {_BUCKET} FROM s3_bucket WHERE account = ? AND name > ? AND substr(name, 1, ?) = ?"
            " AND (? = '' OR region = ?) ORDER BY name LIMIT ?",
            (account, after, len(prefix), prefix, region, region, limit),
        )
        return [_bucket(row) for row in rows]

    def insert_bucket(self, bucket: Bucket) -> None:
        self._database.write(
            f"INSERT INTO s3_bucket ({_BUCKET}) VALUES (?, ?, ?, ?, ?, ?)",
            (
                bucket.name,
                bucket.account,
                bucket.region,
                bucket.created_ms,
                bucket.versioning,
                json.dumps(dict(bucket.settings)),
            ),
        )

    def update_bucket(self, bucket: Bucket) -> None:
        """Keep a bucket's versioning and settings."""
        self._database.write(
            "UPDATE s3_bucket SET versioning = ?, settings = ? WHERE name = ?",
            (bucket.versioning, json.dumps(dict(bucket.settings)), bucket.name),
        )

    def delete_bucket(self, name: str) -> None:
        self._database.write("DELETE FROM s3_bucket WHERE name = ?", (name,))

    def is_empty(self, name: str) -> bool:
        """Whether a bucket has no version of any object."""
        return self._database.one("SELECT 1 FROM s3_object WHERE bucket = ? LIMIT 1", (name,)) is None

    # Versions --------------------------------------------------------------------------------------------

    def current(self, bucket: str, key: str) -> Version | None:
        """The newest version of a key, which may be a delete marker."""
        row = self._database.one(
            f"SELECT {_VERSION} FROM s3_object WHERE bucket = ? AND key = ? ORDER BY age LIMIT 1",
            (bucket, key.encode()),
        )
        return _version(row) if row else None

    def version(self, bucket: str, key: str, version_id: str) -> Version | None:
        row = self._database.one(
            f"SELECT {_VERSION} FROM s3_object WHERE bucket = ? AND key = ? AND version_id = ?",
            (bucket, key.encode(), version_id),
        )
        return _version(row) if row else None

    def put(self, version: Version) -> None:
        """Make a version the current one of its key. A null version takes the place of the one before."""
        key = version.key.encode()
        newest = self.current(version.bucket, version.key)
        if version.version_id == NULL_VERSION and newest is not None:
            former = (
                newest if newest.version_id == NULL_VERSION else self.version(version.bucket, version.key, NULL_VERSION)
            )
            if former is not None:
                self._delete(former)
        age = 0 if newest is None else newest.age - 1
        if newest is not None:
            self._database.write(
                "UPDATE s3_object SET is_current = 0 WHERE bucket = ? AND key = ? AND is_current", (version.bucket, key)
            )
        self._insert(replace(version, age=age, is_current=True), key)

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
            (json.dumps(dict(tags)), version.bucket, version.key.encode(), version.age),
        )

    def objects(self, bucket: str, start: bytes, limit: int) -> list[Version]:
        """Current objects in order of key, from a key on."""
        rows = self._database.query(
            f"SELECT {_VERSION} FROM s3_object WHERE bucket = ? AND key >= ? AND {_IS_OBJECT} ORDER BY key LIMIT ?",
            (bucket, start, limit),
        )
        return [_version(row) for row in rows]

    # Bytes -----------------------------------------------------------------------------------------------

    def insert_bytes(self, data: bytes) -> int:
        """Keep the bytes of a small object; their id."""
        return self._database.insert("INSERT INTO s3_bytes (data) VALUES (?)", (data,))

    def read_bytes(self, bytes_id: int) -> bytes:
        row = self._database.one("SELECT data FROM s3_bytes WHERE id = ?", (bytes_id,))
        assert row is not None, "bytes live as long as their version"
        data: bytes = row[0]
        return data

    def _insert(self, version: Version, key: bytes) -> None:
        self._database.write(
            f"INSERT INTO s3_object ({_VERSION}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                version.bucket,
                key,
                version.age,
                version.version_id,
                version.is_current,
                version.is_delete_marker,
                version.modified_ms,
                version.size_bytes,
                version.etag,
                version.storage_class,
                version.checksum.algorithm,
                version.checksum.type,
                version.checksum.value,
                json.dumps(dict(version.headers)),
                json.dumps(dict(version.metadata)),
                json.dumps(dict(version.tags)),
                json.dumps(list(_packed(version.parts))),
                version.content.bytes_id,
                json.dumps(version.content.blobs),
                version.acl,
            ),
        )

    def _delete(self, version: Version) -> None:
        self._database.write(
            "DELETE FROM s3_object WHERE bucket = ? AND key = ? AND age = ?",
            (version.bucket, version.key.encode(), version.age),
        )
        if version.content.bytes_id is not None:
            self._database.write("DELETE FROM s3_bytes WHERE id = ?", (version.content.bytes_id,))
        for blob_id, _ in version.content.blobs:
            self._blobs.drop(blob_id)


def _bucket(row: Row) -> Bucket:
    name, account, region, created_ms, versioning, settings = row
    return Bucket(name, account, region, created_ms, versioning, json.loads(settings))


def _version(row: Row) -> Version:
    (bucket, key, age, version_id, is_current, is_marker, modified_ms, size_bytes, etag, storage_class) = row[:10]
    (algorithm, checksum_type, checksum, headers, metadata, tags, parts, bytes_id, blobs, acl) = row[10:]
    return Version(
        bucket=bucket,
        key=key.decode(),
        version_id=version_id,
        modified_ms=modified_ms,
        size_bytes=size_bytes,
        etag=etag,
        storage_class=storage_class,
        checksum=Checksum(algorithm, checksum, checksum_type),
        headers=_loaded(headers),
        metadata=_loaded(metadata),
        tags=_loaded(tags),
        parts=tuple(Part(number, size, Checksum(*rest)) for number, size, *rest in _loaded(parts)),
        content=Content(bytes_id, tuple((blob_id, size) for blob_id, size in _loaded(blobs))),
        acl=acl,
        is_delete_marker=bool(is_marker),
        is_current=bool(is_current),
        age=age,
    )


_EMPTY: Mapping[str, Any] = {"{}": {}, "[]": []}


def _loaded(text: str) -> Any:
    """JSON; what is mostly empty is not parsed."""
    known = _EMPTY.get(text)
    return json.loads(text) if known is None else known


def _packed(parts: tuple[Part, ...]) -> Iterator[tuple[Any, ...]]:
    for part in parts:
        yield part.number, part.size_bytes, part.checksum.algorithm, part.checksum.value, part.checksum.type
