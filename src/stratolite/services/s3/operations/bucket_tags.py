"""Tags of a bucket."""

from stratolite.core.call import Call
from stratolite.services.s3 import S3, api, settings, tagging
from stratolite.services.s3.lookup import bucket_of


def put_bucket_tagging(call: Call, s3: S3, request: api.PutBucketTaggingRequest) -> None:
    """Give a bucket these tags, and no others."""
    bucket = bucket_of(call, s3, request)
    if "Tagging" not in request:
        raise api.MalformedXML
    tags = tagging.of_set(
        request["Tagging"].get("TagSet", []),
        limit=tagging.BUCKET_TAGS_MAX,
        system_tag="System tags cannot be added/updated by requester",
    )
    if tags:
        settings.keep(s3, bucket, "tags", tags)
    else:
        settings.drop(s3, bucket, "tags")


def get_bucket_tagging(call: Call, s3: S3, request: api.GetBucketTaggingRequest) -> api.GetBucketTaggingOutput:
    """The tags. Raises NoSuchTagSet when there are none."""
    bucket = bucket_of(call, s3, request)
    tags = bucket.settings.get("tags")
    if not tags:
        raise api.NoSuchTagSet(BucketName=bucket.name)
    return {"TagSet": tagging.to_set(tags)}


def delete_bucket_tagging(call: Call, s3: S3, request: api.DeleteBucketTaggingRequest) -> None:
    """Take all tags away."""
    settings.drop(s3, bucket_of(call, s3, request), "tags")
