"""Lifecycle of a bucket's objects: kept, returned, and carried out at midnight UTC (``lifecycle_run.py``)."""

from stratolite.core.call import Call
from stratolite.services.s3 import S3, api, lifecycle_configuration, lifecycle_run, settings
from stratolite.services.s3.lifecycle import SETTING
from stratolite.services.s3.lookup import bucket_of


def put_bucket_lifecycle_configuration(
    call: Call, s3: S3, request: api.PutBucketLifecycleConfigurationRequest
) -> api.PutBucketLifecycleConfigurationOutput:
    """Set the rules, in the place of all that were there."""
    bucket = bucket_of(call, s3, request)
    configuration = lifecycle_configuration.checked(request, s3.world.entropy)
    settings.keep(s3, bucket, SETTING, configuration)
    lifecycle_run.begin(call, s3, bucket_of(call, s3, request))
    return {"TransitionDefaultMinimumObjectSize": configuration["TransitionDefaultMinimumObjectSize"]}


def get_bucket_lifecycle_configuration(
    call: Call, s3: S3, request: api.GetBucketLifecycleConfigurationRequest
) -> api.GetBucketLifecycleConfigurationOutput:
    """The rules. Raises NoSuchLifecycleConfiguration."""
    bucket = bucket_of(call, s3, request)
    configuration: api.GetBucketLifecycleConfigurationOutput | None = bucket.settings.get(SETTING)
    if configuration is None:
        raise api.NoSuchLifecycleConfiguration(BucketName=bucket.name)
    return configuration


def delete_bucket_lifecycle(call: Call, s3: S3, request: api.DeleteBucketLifecycleRequest) -> None:
    """Take all rules away."""
    settings.drop(s3, bucket_of(call, s3, request), SETTING)
