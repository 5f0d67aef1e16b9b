"""The deployment bucket of an account: artefacts by content, sent once.

Costs: one listing a deployment; each artefact that is not there is sent, in parts where it is large.
"""

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stratolite.core.errors import AwsError, UserError
from stratolite.targets.account import AccessFailed, Account
from stratolite.targets.plan import Upload

DELETED_AT_ONCE = 1_000
Sent = Callable[[str, int, int], None]
"""Told while an artefact is sent: its name, bytes so far, bytes in all."""


@dataclass
class Sending:
    """What became of the artefacts. Bytes; ``saved`` were there already."""

    sent: int = 0
    sent_bytes: int = 0
    saved: int = 0
    saved_bytes: int = 0

    def as_json(self) -> dict[str, int]:
        return {"sent": self.sent, "sent_bytes": self.sent_bytes, "saved": self.saved, "saved_bytes": self.saved_bytes}


class Deposit:
    """One bucket. ``settings``: members of PutObject that the user wants for each object (encryption)."""

    def __init__(self, account: Account, bucket: str, settings: Mapping[str, Any]) -> None:
        self._account = account
        self.bucket = bucket
        self._settings = settings

    def send(self, uploads: Sequence[Upload], tell: Sent) -> Sending:
        """Send what is not there. Raises AccessFailed, UserError where the bucket takes nothing."""
        sending = Sending()
        there: dict[str, int] = {}
        # Keys end in the digest and the name: what lies before them is the application's own folder.
        for folder in {upload.key.rsplit("/", 2)[0] for upload in uploads}:
            there |= {key: size for key, size, _ in self.objects(f"{folder}/")}
        for upload in uploads:
            body = upload.artefact.content()
            if there.get(upload.key) == len(body):
                sending.saved += 1
                sending.saved_bytes += len(body)
                continue
            self.put(upload.key, body, tell, upload.artefact.name)
            there[upload.key] = len(body)
            sending.sent += 1
            sending.sent_bytes += len(body)
        return sending

    def put(self, key: str, body: bytes, tell: Sent | None = None, name: str = "") -> None:
        """Send one object, in parts where it is large."""
        from boto3.exceptions import S3UploadFailedError
        from botocore.exceptions import BotoCoreError, ClientError

        done = 0

        def progress(more: int) -> None:
            nonlocal done
            done += more
            if tell is not None:
                tell(name, done, len(body))

        try:
            self._account.client("s3").upload_fileobj(
                io.BytesIO(body), self.bucket, key, ExtraArgs=dict(self._settings), Callback=progress
            )
        except (S3UploadFailedError, ClientError, BotoCoreError) as error:
            raise AccessFailed(f"{name or key} cannot be sent: {error}", where=f"s3://{self.bucket}") from error

    def objects(self, prefix: str) -> list[tuple[str, int, datetime]]:
        """Key, size in bytes and time of what lies under a prefix. Raises UserError for a bucket that is not there."""
        found: list[tuple[str, int, datetime]] = []
        request: dict[str, Any] = {"Bucket": self.bucket, "Prefix": prefix}
        while True:
            answer = self._do("ListObjectsV2", request)
            found += [(one["Key"], one["Size"], one["LastModified"]) for one in answer.get("Contents", [])]
            if not answer.get("NextContinuationToken"):
                return found
            request["ContinuationToken"] = answer["NextContinuationToken"]

    def prune(self, prefix: str, kept: Iterable[str], earlier: int) -> None:
        """Remove artefacts that no template names, but for the newest ``earlier`` ones.

        What another tool has put there has keys of another form, and stays.
        """
        current = set(kept)
        old = [one for one in self.objects(prefix) if one[0] not in current and _is_ours(one[0], prefix)]
        old.sort(key=lambda one: one[2], reverse=True)
        self.remove([key for key, _, _ in old[earlier:]])

    def remove(self, keys: Sequence[str]) -> None:
        """Delete objects by their keys."""
        self._delete([{"Key": key} for key in keys])

    def empty(self) -> None:
        """Delete everything, all versions of it; a bucket that is gone is empty."""
        request: dict[str, Any] = {"Bucket": self.bucket}
        while True:
            try:
                answer = self._account.call("s3", "ListObjectVersions", request)
            except AwsError as error:
                if error.code in ("NoSuchBucket", "404"):
                    return
                raise UserError(error.message, where=f"s3://{self.bucket}", exit_code=1) from error
            found = [*answer.get("Versions", []), *answer.get("DeleteMarkers", [])]
            self._delete([{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found])
            if not answer.get("IsTruncated"):
                return
            request |= {"KeyMarker": answer["NextKeyMarker"]}
            if answer.get("NextVersionIdMarker"):
                request |= {"VersionIdMarker": answer["NextVersionIdMarker"]}

    def _delete(self, objects: Sequence[Mapping[str, str]]) -> None:
        for start in range(0, len(objects), DELETED_AT_ONCE):
            page = list(objects[start : start + DELETED_AT_ONCE])
            self._do("DeleteObjects", {"Bucket": self.bucket, "Delete": {"Objects": page, "Quiet": True}})

    def _do(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return self._account.call("s3", operation, request)
        except AwsError as error:
            todo = "Look at provider.deploymentBucket." if error.code in ("NoSuchBucket", "404") else ""
            raise UserError(f"{operation}: {error}", where=f"s3://{self.bucket}", todo=todo, exit_code=1) from error


def _is_ours(key: str, prefix: str) -> bool:
    """Whether a key has the form ``prefix/<64 hexadecimal digits>/name``."""
    digest = key.removeprefix(prefix).partition("/")[0]
    return len(digest) == 64 and all(letter in "0123456789abcdef" for letter in digest)
