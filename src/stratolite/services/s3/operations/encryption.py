"""The encryption that a bucket's new objects are said to have."""

from stratolite.core.call import Call
from stratolite.services.s3 import S3, api, encryption, settings
from stratolite.services.s3.lookup import bucket_of


def put_bucket_encryption(call: Call, s3: S3, request: api.PutBucketEncryptionRequest) -> None:
    """Set the default of new objects."""
    bucket = bucket_of(call, s3, request)
    configuration = encryption.configuration(request.get("ServerSideEncryptionConfiguration"))
    settings.keep(s3, bucket, encryption.SETTING, configuration)


def get_bucket_encryption(call: Call, s3: S3, request: api.GetBucketEncryptionRequest) -> api.GetBucketEncryptionOutput:
    """The default of new objects, which every bucket has."""
    bucket = bucket_of(call, s3, request)
    return {"ServerSideEncryptionConfiguration": bucket.settings.get(encryption.SETTING, encryption.DEFAULT)}


def delete_bucket_encryption(call: Call, s3: S3, request: api.DeleteBucketEncryptionRequest) -> None:
    """Go back to S3's own default."""
    settings.drop(s3, bucket_of(call, s3, request), encryption.SETTING)
