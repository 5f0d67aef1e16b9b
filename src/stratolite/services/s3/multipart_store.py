"""The rows of uploads in parts, and of their parts."""

from typing import Any

from stratolite.services.s3.domain import Checksum, Content, Draft, Upload, UploadedPart, Version
from stratolite.services.s3.listing import Position
from stratolite.services.s3.store import Store, loaded, packed
from stratolite.storage.database import Database, Row

_UPLOAD = (
    "bucket, key, upload_id, initiated_ms, checksum_algorithm, checksum_type, storage_class, headers, metadata, tags, "
    "acl, owner"
)
COMPLETED_KEPT_MS = 86_400_000
"""For how long it is known which version an upload has become."""
_PART = "upload_id, number, modified_ms, size_bytes, etag, checksum_algorithm, checksum, blobs"


class MultipartStore:
    """Reads and writes the tables of uploads in parts. Bytes belong to ``Store``."""

    def __init__(self, database: Database, store: Store) -> None:
        self._database = database
        self._store = store

    def upload(self, bucket: str, key: str, upload_id: str) -> Upload | None:
        row = self._database.one(
            f"SELECT sequence, is_contested, {_UPLOAD} FROM s3_upload WHERE upload_id = ? AND bucket = ? AND key = ?",
            (upload_id, bucket, key.encode()),
        )
        return _upload(row) if row else None

    def uploads(self, bucket: str, after: Position, limit: int) -> list[Upload]:
        """Uploads in order of key and age, after a position."""
        rows = self._database.query(
            f"SELECT sequence, is_contested, {_UPLOAD} FROM s3_upload WHERE bucket = ? AND (key, sequence) > (?, ?)"
            " ORDER BY key, sequence LIMIT ?",
            (bucket, *after, limit),
        )
        return [_upload(row) for row in rows]

    def insert_upload(self, upload: Upload) -> None:
        """Keep a new upload; its sequence is given here."""
        draft = upload.draft
        values: tuple[Any, ...] = (
            upload.bucket,
            draft.key.encode(),
            upload.upload_id,
            upload.initiated_ms,
            upload.checksum_algorithm,
            upload.checksum_type,
            draft.storage_class,
            packed(draft.headers),
            packed(draft.metadata),
            packed(draft.tags),
            draft.acl,
            draft.owner,
        )
        self._database.insert(f"INSERT INTO s3_upload ({_UPLOAD}) VALUES ({', '.join('?' * len(values))})", values)

    def delete_upload(self, upload: Upload, kept: frozenset[int] = frozenset()) -> None:
        """Forget an upload and its parts. The bytes of parts that are ``kept`` have another owner now."""
        for part in self.parts(upload.upload_id):
            if part.number not in kept:
                self._store.release(part.content)
        self._database.write("DELETE FROM s3_part WHERE upload_id = ?", (upload.upload_id,))
        self._database.write("DELETE FROM s3_upload WHERE upload_id = ?", (upload.upload_id,))

    def remember(self, upload: Upload, version: Version) -> None:
        """Keep for a day what an upload has become."""
        self._database.write(
            "DELETE FROM s3_completed WHERE completed_ms < ?", (version.modified_ms - COMPLETED_KEPT_MS,)
        )
        self._database.write(
            "INSERT INTO s3_completed (upload_id, bucket, key, version_id, etag, completed_ms)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                upload.upload_id,
                upload.bucket,
                upload.key.encode(),
                version.version_id,
                version.etag,
                version.modified_ms,
            ),
        )

    def completed(self, bucket: str, key: str, upload_id: str) -> Version | None:
        """The version that an upload has become, as long as it is there."""
        row = self._database.one(
            "SELECT version_id, etag FROM s3_completed WHERE upload_id = ? AND bucket = ? AND key = ?",
            (upload_id, bucket, key.encode()),
        )
        version = self._store.version(bucket, key, row[0]) if row else None
        return version if version is not None and row is not None and version.etag == row[1] else None

    def delete_uploads_of(self, bucket: str) -> None:
        """Forget all uploads of a bucket that is deleted."""
        self._database.write("DELETE FROM s3_completed WHERE bucket = ?", (bucket,))
        for upload in self.uploads(bucket, (b"", -1), -1):
            self.delete_upload(upload)

    def part(self, upload_id: str, number: int) -> UploadedPart | None:
        row = self._database.one(f"SELECT {_PART} FROM s3_part WHERE upload_id = ? AND number = ?", (upload_id, number))
        return _part(row) if row else None

    def parts(self, upload_id: str, after: int = 0, limit: int = -1) -> list[UploadedPart]:
        """Parts in order of number, after one; all of them unless limited."""
        rows = self._database.query(
            f"SELECT {_PART} FROM s3_part WHERE upload_id = ? AND number > ? ORDER BY number LIMIT ?",
            (upload_id, after, limit),
        )
        return [_part(row) for row in rows]

    def put_part(self, part: UploadedPart) -> None:
        """Keep a part, in the place of the one of the same number."""
        former = self.part(part.upload_id, part.number)
        if former is not None:
            self._store.release(former.content)
        self._database.write(
            f"INSERT OR REPLACE INTO s3_part ({_PART}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                part.upload_id,
                part.number,
                part.modified_ms,
                part.size_bytes,
                part.etag,
                part.checksum.algorithm,
                part.checksum.value,
                packed(part.content.blobs),
            ),
        )


def _upload(row: Row) -> Upload:
    sequence, is_contested, bucket, key, upload_id, initiated_ms, algorithm, checksum_type, storage_class = row[:9]
    headers, metadata, tags, acl, owner = row[9:]
    draft = Draft(key.decode(), storage_class, loaded(headers), loaded(metadata), loaded(tags), acl, owner)
    return Upload(sequence, bucket, upload_id, initiated_ms, algorithm, checksum_type, draft, bool(is_contested))


def _part(row: Row) -> UploadedPart:
    upload_id, number, modified_ms, size_bytes, etag, algorithm, checksum, blobs = row
    content = Content(blobs=tuple((blob_id, size) for blob_id, size in loaded(blobs)))
    return UploadedPart(upload_id, number, modified_ms, size_bytes, etag, Checksum(algorithm, checksum), content)
