"""Uploads in parts, as tests of S3 make them."""

from typing import Any

PART_BYTES = 5 * 1024 * 1024
"""The least that a part may have, unless it is the last."""


class Upload:
    """An upload of a key, and what the calls of its parts have in common."""

    def __init__(self, s3: Any, bucket: str, key: str, **more: Any) -> None:
        self.s3 = s3
        self.created = s3.create_multipart_upload(Bucket=bucket, Key=key, **more)
        self.id = self.created["UploadId"]
        self.ask = {"Bucket": bucket, "Key": key, "UploadId": self.id}
        self.listed: list[dict[str, Any]] = []

    def part(self, number: int, data: bytes, **more: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.s3.upload_part(**self.ask, PartNumber=number, Body=data, **more)
        checksums = {name: value for name, value in answer.items() if name.startswith("Checksum")}
        self.listed.append({"PartNumber": number, "ETag": answer["ETag"], **checksums})
        return answer

    def completion(self, parts: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
        return {**self.ask, "MultipartUpload": {"Parts": self.listed if parts is None else parts}, **more}

    @property
    def plain(self) -> list[dict[str, Any]]:
        """The parts without their checksums."""
        return [{name: part[name] for name in ("PartNumber", "ETag")} for part in self.listed]
