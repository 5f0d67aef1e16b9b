"""Settings of a bucket: each is kept under its name, until it is set anew or deleted."""

from typing import Any

from msgspec.structs import replace

from stratolite.services.s3 import S3
from stratolite.services.s3.domain import Bucket


def keep(s3: S3, bucket: Bucket, name: str, value: Any) -> None:
    """Set one setting."""
    s3.store.update_bucket(replace(bucket, settings={**bucket.settings, name: value}))


def drop(s3: S3, bucket: Bucket, name: str) -> None:
    """Take one setting away; one that is not set is no error."""
    if name in bucket.settings:
        kept = {key: value for key, value in bucket.settings.items() if key != name}
        s3.store.update_bucket(replace(bucket, settings=kept))
