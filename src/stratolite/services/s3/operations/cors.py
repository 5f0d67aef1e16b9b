"""Cross-origin resource sharing of a bucket."""

from stratolite.core.call import Call
from stratolite.services.s3 import S3, api, cors, settings
from stratolite.services.s3.lookup import bucket_of


def put_bucket_cors(call: Call, s3: S3, request: api.PutBucketCorsRequest) -> None:
    """Set the rules; browsers are answered by them from now on."""
    bucket = bucket_of(call, s3, request)
    settings.keep(s3, bucket, "cors", cors.configuration(request.get("CORSConfiguration")))


def get_bucket_cors(call: Call, s3: S3, request: api.GetBucketCorsRequest) -> api.GetBucketCorsOutput:
    """The rules. Raises NoSuchCORSConfiguration."""
    bucket = bucket_of(call, s3, request)
    rules = bucket.settings.get("cors")
    if rules is None:
        raise api.NoSuchCORSConfiguration(BucketName=bucket.name)
    return {"CORSRules": rules}


def delete_bucket_cors(call: Call, s3: S3, request: api.DeleteBucketCorsRequest) -> None:
    """Take the rules away."""
    settings.drop(s3, bucket_of(call, s3, request), "cors")
