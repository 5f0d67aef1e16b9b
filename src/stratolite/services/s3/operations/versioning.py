"""Versioning of a bucket."""

from msgspec.structs import replace

from stratolite.core.call import Call
from stratolite.services.s3 import S3, api, lock, rules
from stratolite.services.s3.domain import ENABLED, SUSPENDED
from stratolite.services.s3.lookup import bucket_of


def put_bucket_versioning(call: Call, s3: S3, request: api.PutBucketVersioningRequest) -> None:
    """Keep every version from now on, or no further ones. Versions that are there stay."""
    bucket = bucket_of(call, s3, request)
    configuration = request.get("VersioningConfiguration", {})
    if configuration.get("MFADelete") == ENABLED:
        rules.refuse(configuration, "MFADelete")
    status = configuration.get("Status")
    if status is None:
        raise api.IllegalVersioningConfigurationException("The Versioning element must be specified")
    if status not in (ENABLED, SUSPENDED):
        raise api.MalformedXML
    if status == SUSPENDED and lock.SETTING in bucket.settings:
        raise api.InvalidBucketState(
            "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."
        )
    s3.store.update_bucket(replace(bucket, versioning=status))


def get_bucket_versioning(call: Call, s3: S3, request: api.GetBucketVersioningRequest) -> api.GetBucketVersioningOutput:
    """The status; nothing for a bucket that was never versioned."""
    bucket = bucket_of(call, s3, request)
    return {"Status": bucket.versioning} if bucket.was_versioned else {}
