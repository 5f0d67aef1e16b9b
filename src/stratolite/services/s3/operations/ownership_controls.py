"""Who owns the objects of a bucket."""

from stratolite.core.call import Call
from stratolite.services.s3 import S3, acl, api, ownership, settings
from stratolite.services.s3.lookup import bucket_of


def put_bucket_ownership_controls(call: Call, s3: S3, request: api.PutBucketOwnershipControlsRequest) -> None:
    """Set the ownership, with which access control lists are in force or not.

    Raises MalformedXML, and InvalidBucketAclWithObjectOwnership when the bucket's list would lose what it grants.
    """
    bucket = bucket_of(call, s3, request)
    listed = request.get("OwnershipControls", {}).get("Rules", [])
    if len(listed) != 1 or listed[0].get("ObjectOwnership") not in ownership.OWNERSHIPS:
        raise api.MalformedXML
    if listed[0]["ObjectOwnership"] == ownership.ENFORCED and acl.is_shared(bucket):
        raise api.InvalidBucketAclWithObjectOwnership
    settings.keep(s3, bucket, "ownership", listed[0]["ObjectOwnership"])


def get_bucket_ownership_controls(
    call: Call, s3: S3, request: api.GetBucketOwnershipControlsRequest
) -> api.GetBucketOwnershipControlsOutput:
    """The ownership. Raises OwnershipControlsNotFoundError once it was deleted."""
    bucket = bucket_of(call, s3, request)
    name = bucket.settings.get("ownership")
    if name is None:
        raise api.OwnershipControlsNotFoundError(BucketName=bucket.name)
    return {"OwnershipControls": {"Rules": [{"ObjectOwnership": name}]}}


def delete_bucket_ownership_controls(call: Call, s3: S3, request: api.DeleteBucketOwnershipControlsRequest) -> None:
    """Take the ownership away: objects belong to who writes them."""
    settings.drop(s3, bucket_of(call, s3, request), "ownership")
