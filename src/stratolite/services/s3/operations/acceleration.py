"""Transfer acceleration: kept and returned. The way to this machine needs none, so that it has no effect here."""

from stratolite.core.call import Call
from stratolite.services.s3 import S3, api, settings
from stratolite.services.s3.domain import ENABLED, SUSPENDED
from stratolite.services.s3.lookup import bucket_of

SETTING = "acceleration"


def put_bucket_accelerate_configuration(
    call: Call, s3: S3, request: api.PutBucketAccelerateConfigurationRequest
) -> None:
    """Set it. Suspending what was never enabled changes nothing."""
    bucket = bucket_of(call, s3, request)
    status = request.get("AccelerateConfiguration", {}).get("Status")
    if status not in (ENABLED, SUSPENDED):
        raise api.MalformedXML
    if "." in bucket.name:
        raise api.InvalidRequest(
            "S3 Transfer Acceleration is not supported for buckets with periods (.) in their names"
        )
    if status == ENABLED or SETTING in bucket.settings:
        settings.keep(s3, bucket, SETTING, status)


def get_bucket_accelerate_configuration(
    call: Call, s3: S3, request: api.GetBucketAccelerateConfigurationRequest
) -> api.GetBucketAccelerateConfigurationOutput:
    """The status; nothing for a bucket for which it was never set."""
    status = bucket_of(call, s3, request).settings.get(SETTING)
    return {"Status": status} if status else {}
