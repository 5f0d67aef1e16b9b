"""Where code is: ``s3://bucket/key`` or its parts, as Lambda has them."""

from typing import Any

from stratolite.services.cloudformation.sam.expansion import invalid


def content_of(name: str, member: str, given: Any) -> dict[str, Any]:
    """``S3Bucket`` and ``S3Key`` of a location. Raises TransformError for one that is none."""
    if isinstance(given, dict) and "Bucket" in given and "Key" in given:
        content = {"S3Bucket": given["Bucket"], "S3Key": given["Key"]}
        return content | ({"S3ObjectVersion": given["Version"]} if "Version" in given else {})
    if isinstance(given, str) and given.startswith("s3://"):
        bucket, _, key = given.removeprefix("s3://").partition("/")
        key, _, version = key.partition("?versionId=")
        if bucket and key:
            return {"S3Bucket": bucket, "S3Key": key} | ({"S3ObjectVersion": version} if version else {})
    raise invalid(
        name,
        f"'{member}' is not a valid S3 Uri of the form 's3://bucket/key' with optional versionId query parameter.",
    )
