"""Code as it arrives: a zip in the request or an S3 object, checked and kept as a blob.

Unpacking is the engine's matter and happens when the code is first run.
"""

import base64
import hashlib
import io
import zipfile
from collections import deque
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from stratolite.core.call import Call
from stratolite.core.errors import AwsError, NotImplementedHere, RequestEntityTooLarge
from stratolite.services.lambda_ import rules
from stratolite.services.lambda_.domain import Code
from stratolite.services.lambda_.names import invalid
from stratolite.services.world import World

MISSING = "Please provide a source for function code."
CHECKED_MAX = 16
BROKEN = "Could not unzip uploaded file. Please check your file, then try to upload again."

_CHECKED: deque[str] = deque(maxlen=CHECKED_MAX)
"""What was found to be a good zip: the functions of an application share one, of a thousand files at times."""


def accept(call: Call, world: World, source: Mapping[str, Any]) -> Code:
    """The code that ``ZipFile`` or ``S3Bucket`` and ``S3Key`` give, kept as a blob of which nobody is owner yet.

    Raises InvalidParameterValueException for what is no zip, is too large unzipped, or is not in S3.
    """
    for setting in ("ImageUri", "SourceKMSKeyArn"):
        if source.get(setting):
            raise NotImplementedHere(f"{setting} is not implemented by this version of Stratolite.")
    if source.get("S3ObjectStorageMode", "COPY") != "COPY":
        raise NotImplementedHere("S3ObjectStorageMode REFERENCE is not implemented by this version of Stratolite.")
    data = source.get("ZipFile")
    if data is None:
        data = _from_s3(call, world, source)
    elif len(data) > rules.ZIP_BYTES_MAX:
        raise RequestEntityTooLarge(f"Zipped size must be smaller than {rules.ZIP_BYTES_MAX} bytes")
    digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
    if digest not in _CHECKED:
        _check_zip(
            data, rules.LARGE_UNZIPPED_BYTES_MAX if world.settings.takes_large_code else rules.UNZIPPED_BYTES_MAX
        )
        _CHECKED.append(digest)
    return Code(digest, len(data), world.blobs.put(data))


def _from_s3(call: Call, world: World, source: Mapping[str, Any]) -> bytes:
    if not source.get("S3Bucket") or not source.get("S3Key"):
        raise invalid(MISSING)
    try:
        return world.ports.object.read(call, source["S3Bucket"], source["S3Key"], source.get("S3ObjectVersion", ""))
    except NotImplementedHere:
        raise
    except AwsError as error:
        raise invalid(
            f"Error occurred while GetObject. S3 Error Code: {error.code}. S3 Error Message: {error.message}"
        ) from error


def _check_zip(data: bytes, unzipped_bytes_max: int) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError):
        raise invalid(BROKEN) from None
    paths = [PurePosixPath(entry.filename) for entry in entries]
    if any(path.is_absolute() or ".." in path.parts for path in paths):
        raise invalid(BROKEN)
    unzipped_bytes = sum(entry.file_size for entry in entries)
    if unzipped_bytes > unzipped_bytes_max:
        raise invalid(f"Unzipped size must be smaller than {unzipped_bytes_max} bytes")
