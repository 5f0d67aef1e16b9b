"""Zips that somebody else made: ``package.artifact``.

One in S3 is fetched from the account that is deployed to; where none can be asked, people are told. One that a script
is still to make is not there yet: people are told what to run.
"""

import base64
import re
from pathlib import Path, PurePosixPath

from stratolite.core.errors import AwsError, UserError
from stratolite.templates.artefacts import Artefact, packed_texts
from stratolite.templates.document import Map, mark_of
from stratolite.templates.serverless import making
from stratolite.templates.serverless.model import Ask

_IN_S3 = (
    re.compile(r"^s3://(?P<bucket>[^/]+)/(?P<key>.+)"),
    re.compile(r"(?P<bucket>[^/]+)\.s3([.-][\w-]+)?\.amazonaws\.com/(?P<key>.+)"),
    re.compile(r"s3([.-][\w-]+)?\.amazonaws\.com/(?P<bucket>[^/]+)/(?P<key>.+)"),
)
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-bucket-intro.html"""


class Fetching:
    """Where zips that are in S3 come from: ``ask`` asks an account, and is None where there is none.

    ``is_dry``: they are only named.
    """

    def __init__(self, ask: Ask | None = None, region: str = "", *, is_dry: bool = False) -> None:
        self._ask = ask
        self._region = region
        self._is_dry = is_dry
        self._fetched: dict[tuple[str, str], bytes] = {}

    def body(self, bucket: str, key: str) -> bytes:
        """An object; a zip of nothing where it is only named. Raises AwsError; LookupError where none can be asked."""
        if self._ask is None:
            raise LookupError
        if self._is_dry:
            return packed_texts({})
        if (bucket, key) not in self._fetched:
            found = self._ask("s3", "GetObject", {"Bucket": bucket, "Key": key}, self._region)["Body"]
            # A cloud in another process gives it in base 64.
            data = found if isinstance(found, bytes | bytearray) else base64.b64decode(found)
            self._fetched[bucket, key] = bytes(data)
        return self._fetched[bucket, key]


def find(
    folder: Path, settings: Map, whose: str, prefix: str, owners: tuple[str, ...], fetching: Fetching | None = None
) -> Artefact:
    """The artefact that settings name. ``whose``: ``(for "users")``. Raises UserError where it is not there."""
    written = str(settings["artifact"])
    mark = mark_of(settings, "artifact")
    match = next((found for pattern in _IN_S3 if (found := pattern.search(written))), None)
    if match is not None:
        name = PurePosixPath(match["key"]).name
        what = " ".join(f"the package artifact {written} {whose} is".split())
        try:
            body = (fetching or Fetching()).body(match["bucket"], match["key"])
        except LookupError:
            what = f"{what} in S3, of an account that is not there"
            raise UserError(what, where=str(mark), todo="Download it, and name the file.") from None
        except AwsError as error:
            raise UserError(f"{what} not to be had: {error}", where=str(mark), todo="Look at its bucket.") from error
        return Artefact(name, f"{prefix}/{name}", owners=owners, body=body)
    # Separators of Windows are understood there, and written into files that are shared.
    written = written.replace("\\", "/")
    file = folder / written
    if not file.is_file():
        run = making.hint(folder, file)
        raise UserError(
            f'Cannot access package artifact at "{written}" {whose}'.rstrip(),
            where=str(mark),
            todo=f"There is no file {file}: " + (f"'{run}' may make it." if run else "build it first."),
        )
    name = PurePosixPath(written).name
    return Artefact(name, f"{prefix}/{name}", ready=file, owners=owners)
