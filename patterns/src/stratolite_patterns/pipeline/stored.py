"""An object as a step reads it: piece by piece, with a bound on whatever is held in memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stratolite_patterns.pipeline.objects import ObjectRef

CHUNK_BYTES = 1024 * 1024
READ_BYTES_MAX = 16 * 1024 * 1024
LINE_BYTES_MAX = 1024 * 1024


class Poison(Exception):
    """An object that no attempt will get through: it goes to the dead letter at once, with this text as its reason."""


class TooLarge(Poison):
    """More bytes than a step allows for."""


class Superseded(Exception):
    """The object was written anew meanwhile, and a later notification speaks of that."""


class Gone(Exception):
    """The object was deleted meanwhile."""


class StoredObject:
    """An object of S3, in the state that its notification speaks of.

    Reading raises Superseded and Gone where that state is no more, which the pipeline understands, and botocore's
    errors for what breaks off in the middle: a body is whole, or it is an error.
    """

    def __init__(self, ref: ObjectRef, s3: Any, prefix: str = "") -> None:
        """``prefix``: that of the step that reads it."""
        self.ref = ref
        self._s3 = s3
        self._prefix = prefix

    @property
    def bucket(self) -> str:
        """Its bucket."""
        return self.ref.bucket

    @property
    def key(self) -> str:
        """Its key, decoded."""
        return self.ref.key

    @property
    def name(self) -> str:
        """The last part of its key, safe as the name of a file: no slashes, never ``.`` or ``..``."""
        return _safe(self.ref.key.replace("\\", "/").rsplit("/", 1)[-1]) or "object"

    @property
    def path(self) -> str:
        """Its key below the prefix of the step, each part as safe as ``name``: for outputs, where two objects of one
        name (``jan/sales.csv``, ``feb/sales.csv``) would write over each other's."""
        parts = self.ref.key.removeprefix(self._prefix).replace("\\", "/").split("/")
        return "/".join(part for part in map(_safe, parts) if part) or "object"

    def chunks(self, size: int = CHUNK_BYTES) -> Iterator[bytes]:
        """The body in pieces of at most ``size`` bytes. Each call reads it from the start."""
        body = self._open()
        try:
            yield from body.iter_chunks(size)
        finally:
            body.close()

    def lines(self, *, line_bytes_max: int = LINE_BYTES_MAX) -> Iterator[bytes]:
        """The body's lines, without their ends. Raises TooLarge for a line over the bound."""
        rest = b""
        for chunk in self.chunks():
            whole = (rest + chunk).split(b"\n")
            rest = whole.pop()
            for line in whole:
                yield line.removesuffix(b"\r")
            if len(rest) > line_bytes_max:
                raise TooLarge(f"a line of more than {line_bytes_max} bytes (line_bytes_max)")
        if rest:
            yield rest.removesuffix(b"\r")

    def read(self, *, bytes_max: int = READ_BYTES_MAX) -> bytes:
        """The whole body, in memory. Raises TooLarge over the bound, before anything is read."""
        if self.ref.size > bytes_max:
            raise TooLarge(f"{self.ref.size} bytes, and {bytes_max} are allowed (bytes_max)")
        pieces: list[bytes] = []
        total = 0
        for chunk in self.chunks():
            total += len(chunk)
            if total > bytes_max:
                raise TooLarge(f"more than {bytes_max} bytes (bytes_max)")
            pieces.append(chunk)
        return b"".join(pieces)

    @contextmanager
    def downloaded(self, *, folder: str | None = None) -> Iterator[Path]:
        """The body as a file of its own, for libraries that want one; it is deleted afterwards."""
        import tempfile

        with tempfile.TemporaryDirectory(dir=folder) as own:
            path = Path(own) / self.name
            with path.open("wb") as file:
                for chunk in self.chunks():
                    file.write(chunk)
            yield path

    def _open(self) -> Any:
        from botocore.exceptions import ClientError

        options = {"VersionId": self.ref.version_id} if self.ref.version_id and self.ref.version_id != "null" else {}
        if self.ref.etag and not options:
            options["IfMatch"] = f'"{self.ref.etag.strip(chr(34))}"'
        try:
            return self._s3.get_object(Bucket=self.ref.bucket, Key=self.ref.key, **options)["Body"]
        except ClientError as error:
            code = error.response["Error"].get("Code", "")
            if code in ("PreconditionFailed", "412"):
                raise Superseded(f"{self.ref.id} was written anew") from None
            if code in ("NoSuchKey", "NoSuchVersion", "404"):
                raise Gone(f"{self.ref.id} was deleted") from None
            raise


def _safe(part: str) -> str:
    """A part of a key as the name of a file; empty where nothing is left of it."""
    return "".join(each if each.isprintable() else "_" for each in part).lstrip(".")[-200:]
