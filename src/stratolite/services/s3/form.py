"""Forms of browsers (``multipart/form-data``): fields in memory, then one file piece by piece.

Sans I/O apart from the body that it is given. Source: RFC 7578,
https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
"""

import posixpath
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from stratolite.http.message import Body
from stratolite.services.s3 import api

FIELDS_BYTES_MAX = 20 * 1024
"""What comes before the file may have at most this many bytes."""
FILE_FIELD = "file"
_FILE_NAME = "${filename}"
"""Stands for the name of the file, in every field."""
_BOUNDARY = re.compile(r'boundary="?([^";,]+)"?', re.IGNORECASE)
_ESCAPED = re.compile(r'\\(["\\])')
"""Some clients escape quotes and backslashes, browsers escape neither."""
_PARAMETER = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


@dataclass(slots=True)
class Form:
    """A form up to its file. What comes after the file is not read, as on AWS."""

    fields: dict[str, str] = field(default_factory=dict)
    """By lower-case name."""
    file: Body | None = None

    def expand(self, file_name: str) -> None:
        """Put the name of the file in its places; without one they stay as they are.

        Recorded: ``test_post_object_with_file_as_string``.
        """
        # Some browsers send the whole path of the file.
        name = posixpath.basename(file_name.replace("\\", "/"))
        if name:
            self.fields = {field: text.replace(_FILE_NAME, name) for field, text in self.fields.items()}


def boundary_of(content_type: str) -> bytes:
    """What separates the parts. Raises PreconditionFailed for another type of body, MalformedPOSTRequest."""
    if not content_type.lower().startswith("multipart/form-data"):
        raise api.PreconditionFailed(Condition="Bucket POST must be of the enclosure-type multipart/form-data")
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise api.MalformedPOSTRequest
    return found[1].encode("latin-1")


async def read(body: Body, boundary: bytes) -> Form:
    """The fields, and the file to be read on. Raises MalformedPOSTRequest, MaxPostPreDataLengthExceededError."""
    reader = _Reader(body, b"\r\n--" + boundary)
    form = Form()
    await reader.skip_to_first_part()
    while await reader.has_part():
        disposition = await reader.headers()
        name = disposition.get("name", "").lower()
        if name == FILE_FIELD:
            form.expand(disposition.get("filename", ""))
            form.file = Body(reader.data())
            return form
        form.fields[name] = (await reader.whole()).decode("utf-8", "replace")
    return form


class _Reader:
    """Takes a body apart; holds no more of it than what cannot be told apart yet."""

    def __init__(self, body: Body, delimiter: bytes) -> None:
        self._pieces = aiter(body)
        self._delimiter = delimiter
        # The first part has no line before its delimiter.
        self._buffer = bytearray(b"\r\n")
        self._taken = 0

    async def skip_to_first_part(self) -> None:
        await self._until(self._delimiter)

    async def has_part(self) -> bool:
        """Whether another part follows the delimiter; ``--`` ends the form."""
        return not (await self._until(b"\r\n")).startswith(b"--")

    async def headers(self) -> dict[str, str]:
        """The parameters of a part's disposition."""
        # The line of the delimiter ends where that of the headers begins.
        self._buffer[:0] = b"\r\n"
        lines = (await self._until(b"\r\n\r\n")).decode("utf-8", "replace").split("\r\n")
        for line in lines:
            if line.lower().startswith("content-disposition:"):
                return {key.lower(): _ESCAPED.sub(r"\1", value) for key, value in _PARAMETER.findall(line)}
        return {}

    async def whole(self) -> bytes:
        """The content of a field."""
        return await self._until(self._delimiter)

    async def data(self) -> AsyncIterator[bytes]:
        """The content of the file, piece by piece."""
        kept = len(self._delimiter) - 1
        while (end := self._buffer.find(self._delimiter)) < 0:
            if len(self._buffer) > kept:
                yield bytes(self._buffer[:-kept])
                del self._buffer[:-kept]
            await self._more()
        if end:
            yield bytes(self._buffer[:end])
        # What follows is read, so that the connection can go on, and forgotten.
        async for _ in self._pieces:
            pass

    async def _until(self, mark: bytes) -> bytes:
        """What comes before a mark, which is taken too."""
        while (end := self._buffer.find(mark)) < 0:
            if self._taken + len(self._buffer) > FIELDS_BYTES_MAX:
                raise api.MaxPostPreDataLengthExceededError
            await self._more()
        taken = bytes(self._buffer[:end])
        del self._buffer[: end + len(mark)]
        self._taken += end
        if self._taken > FIELDS_BYTES_MAX:
            raise api.MaxPostPreDataLengthExceededError
        return taken

    async def _more(self) -> None:
        piece = await anext(self._pieces, None)
        if piece is None:
            raise api.MalformedPOSTRequest
        self._buffer += piece
