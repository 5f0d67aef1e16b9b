"""Block public access: four switches, of which those that refuse public policies and lists act."""

from stratolite.core.call import Call
from stratolite.services.s3 import S3, api, settings
from stratolite.services.s3.lookup import bucket_of
from stratolite.services.s3.ownership import PUBLIC_ACCESS_SWITCHES


def put_public_access_block(call: Call, s3: S3, request: api.PutPublicAccessBlockRequest) -> None:
    """Set the four switches; those that are not named are off."""
    bucket = bucket_of(call, s3, request)
    wanted = request.get("PublicAccessBlockConfiguration")
    if wanted is None:
        raise api.MalformedXML
    switches = {name: bool(wanted.get(name, False)) for name in PUBLIC_ACCESS_SWITCHES}
    settings.keep(s3, bucket, "public_access_block", switches)


def get_public_access_block(
    call: Call, s3: S3, request: api.GetPublicAccessBlockRequest
) -> api.GetPublicAccessBlockOutput:
    """The four switches. Raises NoSuchPublicAccessBlockConfiguration once they were deleted."""
    bucket = bucket_of(call, s3, request)
    switches = bucket.settings.get("public_access_block")
    if switches is None:
        raise api.NoSuchPublicAccessBlockConfiguration(BucketName=bucket.name)
    return {"PublicAccessBlockConfiguration": switches}


def delete_public_access_block(call: Call, s3: S3, request: api.DeletePublicAccessBlockRequest) -> None:
    """Take the switches away."""
    settings.drop(s3, bucket_of(call, s3, request), "public_access_block")
