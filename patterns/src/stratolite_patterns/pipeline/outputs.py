"""What a step makes, stored piece by piece, and never over what a later state of its source made.

Notifications come late, twice and in any order. So an output carries the sequencer of its source, and is written on the
condition that what is there is what was looked at: an older state never overwrites a newer one's output.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from stratolite_patterns.pipeline.objects import ObjectRef
from stratolite_patterns.pipeline.stored import CHUNK_BYTES, Superseded
from stratolite_patterns.records import logger

PART_BYTES = 8 * 1024 * 1024
KEY_BYTES_MAX = 1024
TRIES = 5
SEQUENCER, SOURCE = "source-sequencer", "source-object"
"""Metadata of outputs."""


class BadKey(ValueError):
    """A key that tries to leave its place, or that S3 would not take."""


@dataclass(frozen=True, slots=True)
class Output:
    """An object to store, at ``key`` below the step's output prefix. ``body`` may come in pieces, or be a file."""

    key: str
    body: bytes | str | Path | Iterable[bytes]
    content_type: str = "application/octet-stream"
    metadata: Mapping[str, str] = field(default_factory=dict)


def key_of(prefix: str, key: str) -> str:
    """The key of an output. Raises BadKey."""
    parts = key.split("/")
    if not key or key.startswith("/") or {"..", "."} & set(parts) or not key.isprintable() or "\\" in key:
        raise BadKey(f"{key!r} is no key of an output: it leaves its prefix, or is empty")
    whole = prefix + key
    if len(whole.encode()) > KEY_BYTES_MAX:
        raise BadKey(f"a key has {KEY_BYTES_MAX} bytes at most")
    return whole


def store(s3: Any, bucket: str, key: str, output: Output, source: ObjectRef) -> ObjectRef:
    """Store an output; what is stored, with its source's sequencer. Raises Superseded, and botocore's errors."""
    options = {
        "Bucket": bucket,
        "Key": key,
        "ContentType": output.content_type,
        "Metadata": {**output.metadata, SEQUENCER: source.order, SOURCE: quote(source.id)},
    }
    # Looked at before anything is read or sent: most late notifications end here.
    _condition(s3, bucket, key, source)
    pieces = _pieces(output.body)
    begun = [piece for _, piece in zip(range(2), pieces, strict=False)]
    if len(begun) < 2:
        data = begun[0] if begun else b""
        answer = _conditionally(s3, bucket, key, source, lambda when: s3.put_object(Body=data, **options, **when))
        size = len(data)
    else:
        answer, size = _multipart(s3, options, source, _chained(begun, pieces))
    return ObjectRef(bucket, key, answer.get("VersionId", ""), answer["ETag"].strip('"'), size, source.sequencer)


def _multipart(s3: Any, options: dict[str, Any], source: ObjectRef, pieces: Iterator[bytes]) -> tuple[Any, int]:
    place = {"Bucket": options["Bucket"], "Key": options["Key"]}
    upload = {**place, "UploadId": s3.create_multipart_upload(**options)["UploadId"]}
    parts: list[dict[str, Any]] = []
    size = 0
    try:
        for number, piece in enumerate(pieces, 1):
            tag = s3.upload_part(Body=piece, PartNumber=number, **upload)["ETag"]
            parts.append({"ETag": tag, "PartNumber": number})
            size += len(piece)

        def complete(when: dict[str, str]) -> Any:
            return s3.complete_multipart_upload(MultipartUpload={"Parts": parts}, **upload, **when)

        return _conditionally(s3, place["Bucket"], place["Key"], source, complete), size
    except BaseException:
        # Parts that nobody aborts cost money for ever.
        s3.abort_multipart_upload(**upload)
        raise


def _conditionally(s3: Any, bucket: str, key: str, source: ObjectRef, write: Any) -> Any:
    """Write on the condition that nothing newer is there; look again when somebody else wrote meanwhile."""
    from botocore.exceptions import ClientError

    for attempt in range(TRIES):
        try:
            return write(_condition(s3, bucket, key, source))
        except ClientError as error:
            code = error.response["Error"].get("Code", "")
            if code not in ("PreconditionFailed", "ConditionalRequestConflict", "412", "409") or attempt == TRIES - 1:
                raise
    raise AssertionError("unreachable")


def _condition(s3: Any, bucket: str, key: str, source: ObjectRef) -> dict[str, str]:
    """On which condition an output may be written. Raises Superseded where a later state of its source wrote it."""
    from botocore.exceptions import ClientError

    try:
        there = s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        # Without s3:ListBucket, S3 answers 403 for what is not there: that permission is needed on the output's bucket.
        if error.response["Error"].get("Code") not in ("404", "NoSuchKey"):
            raise
        return {"IfNoneMatch": "*"}
    metadata = there.get("Metadata", {})
    made_of = metadata.get(SOURCE, quote(source.id))
    if made_of != quote(source.id):
        logger.warning("%s/%s was made from %s, and is now from %s", bucket, key, unquote(made_of), source.id)
    elif metadata.get(SEQUENCER, "") > source.order:
        raise Superseded(f"{bucket}/{key} was made from a later state of {source.id}")
    return {"IfMatch": there["ETag"]}


def _pieces(body: bytes | str | Path | Iterable[bytes]) -> Iterator[bytes]:
    """A body in pieces of the size of a part; only the last one is smaller."""
    if isinstance(body, bytes | str):
        data = body.encode() if isinstance(body, str) else body
        yield from (data[start : start + PART_BYTES] for start in range(0, len(data), PART_BYTES))
        return
    held = bytearray()
    for chunk in _file(body) if isinstance(body, Path) else body:
        held += chunk
        while len(held) > PART_BYTES:
            with memoryview(held) as view:
                piece = bytes(view[:PART_BYTES])
            del held[:PART_BYTES]
            yield piece
    if held:
        yield bytes(held)


def _file(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _chained(begun: list[bytes], rest: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces that were read already, and the rest; none is kept longer than it is needed."""
    while begun:
        yield begun.pop(0)
    yield from rest
