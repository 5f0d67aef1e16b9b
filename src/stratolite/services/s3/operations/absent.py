"""What a bucket can have on AWS and none has here: setting it is refused by name, asking for it tells the truth.

Tools that describe a bucket ask for all of these.
"""

from stratolite.core.call import Call
from stratolite.services.s3 import S3, api
from stratolite.services.s3.lookup import bucket_of


def get_bucket_logging(call: Call, s3: S3, request: api.GetBucketLoggingRequest) -> api.GetBucketLoggingOutput:
    """Not logged."""
    bucket_of(call, s3, request)
    return {}


def get_bucket_replication(
    call: Call, s3: S3, request: api.GetBucketReplicationRequest
) -> api.GetBucketReplicationOutput:
    """Raises ReplicationConfigurationNotFoundError."""
    raise api.ReplicationConfigurationNotFoundError(BucketName=bucket_of(call, s3, request).name)


def get_bucket_request_payment(
    call: Call, s3: S3, request: api.GetBucketRequestPaymentRequest
) -> api.GetBucketRequestPaymentOutput:
    """The owner pays."""
    bucket_of(call, s3, request)
    return {"Payer": "BucketOwner"}
