"""What is known of the restoration of an archived object: it stands in the header ``x-amz-restore``.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
"""

import re

from msgspec.structs import replace

from stratolite.protocol import timestamps
from stratolite.services.s3 import rules
from stratolite.services.s3.domain import Version

HEADER = "Restore"
_ONGOING = 'ongoing-request="true"'
_DONE = re.compile(r'ongoing-request="false", expiry-date="(.+)"')


def is_archived(version: Version) -> bool:
    """Whether a version cannot be read: its class is an archive, and it is not restored."""
    return version.storage_class in rules.ARCHIVED and expires_ms(version) is None


def is_ongoing(version: Version) -> bool:
    """Whether a restoration was asked for, and is not done yet."""
    return version.headers.get(HEADER) == _ONGOING


def expires_ms(version: Version) -> int | None:
    """Until when a version is restored; None when it is not."""
    found = _DONE.fullmatch(version.headers.get(HEADER, ""))
    return round(timestamps.parse(found[1]) * 1000) if found else None


def begun(version: Version) -> Version:
    """A version whose restoration goes on."""
    return _with(version, _ONGOING)


def restored(version: Version, until_ms: int) -> Version:
    """A version that can be read for some time."""
    return _with(version, f'ongoing-request="false", expiry-date="{timestamps.rfc822(until_ms // 1000)}"')


def ended(version: Version) -> Version:
    """A version that cannot be read any more."""
    return _with(version, "")


def _with(version: Version, text: str) -> Version:
    headers = {name: value for name, value in version.headers.items() if name != HEADER}
    return replace(version, headers={**headers, HEADER: text} if text else headers)
