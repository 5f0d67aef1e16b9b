"""The body of a request as a whole: read up to a limit, and unpacked when the client has compressed it.

SDKs compress the requests of operations that the model marks with ``requestcompression``; every operation whose body is
an encoding of its members takes it. Where the body is the user's own bytes (an object, a payload) it stays as it is.
Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-compression.html
"""

import gzip
import io
import zlib

from stratolite.core.errors import AwsError, RequestEntityTooLarge
from stratolite.http.message import Request, too_large


class InvalidCompression(AwsError):
    """The body is not of the encoding that its header names."""

    code = "SerializationException"
    text = "The request body is not gzip."


async def read_whole(request: Request, bytes_max: int, *, unpacks: bool, operation: str = "") -> None:
    """Put the whole body into ``request.body``. Raises RequestEntityTooLarge, which names ``operation`` if it is known,
    and InvalidCompression."""
    try:
        if not request.body and request.stream.whole != b"":
            request.body = await request.stream.read(bytes_max)
        if unpacks and request.headers.get("content-encoding") == "gzip":
            request.body = unpacked(request.body, bytes_max)
            request.headers = request.headers.without("content-encoding")
    except RequestEntityTooLarge as error:
        if not operation:
            raise
        raise RequestEntityTooLarge(f"{error.message} for the {operation} operation") from None


def unpacked(data: bytes, bytes_max: int) -> bytes:
    """The content of a gzip stream (one member or several), which must be complete and not too long when unpacked."""
    if not data:
        raise InvalidCompression
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            content = stream.read(bytes_max + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidCompression from error
    if len(content) > bytes_max:
        raise too_large(bytes_max)
    return content
