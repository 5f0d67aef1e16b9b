"""Website of a bucket: kept, returned, and served at the bucket's website endpoint (``site.py``)."""

from stratolite.core.call import Call
from stratolite.services.s3 import S3, api, settings, website
from stratolite.services.s3.lookup import bucket_of


def put_bucket_website(call: Call, s3: S3, request: api.PutBucketWebsiteRequest) -> None:
    """Make a website of a bucket."""
    bucket = bucket_of(call, s3, request)
    settings.keep(s3, bucket, website.SETTING, website.configuration(request.get("WebsiteConfiguration")))


def get_bucket_website(call: Call, s3: S3, request: api.GetBucketWebsiteRequest) -> api.GetBucketWebsiteOutput:
    """The configuration. Raises NoSuchWebsiteConfiguration."""
    bucket = bucket_of(call, s3, request)
    configuration: api.GetBucketWebsiteOutput | None = bucket.settings.get(website.SETTING)
    if configuration is None:
        raise api.NoSuchWebsiteConfiguration(BucketName=bucket.name)
    return configuration


def delete_bucket_website(call: Call, s3: S3, request: api.DeleteBucketWebsiteRequest) -> None:
    """Make no website of a bucket any more."""
    settings.drop(s3, bucket_of(call, s3, request), website.SETTING)
