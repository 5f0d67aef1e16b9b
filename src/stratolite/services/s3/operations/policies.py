"""Bucket policies: checked for their form, kept, returned; not enforced."""

from stratolite.core.call import Call
from stratolite.services.s3 import S3, api, policy, public_access, public_policy, settings
from stratolite.services.s3.lookup import bucket_of


def put_bucket_policy(call: Call, s3: S3, request: api.PutBucketPolicyRequest) -> None:
    """Keep a policy, as the text that it is. Raises AccessDenied for a public one where such are blocked."""
    bucket = bucket_of(call, s3, request)
    text = request.get("Policy", "")
    policy.check(text, bucket)
    public_access.check_policy(call, bucket, text)
    settings.keep(s3, bucket, "policy", text)


def get_bucket_policy(call: Call, s3: S3, request: api.GetBucketPolicyRequest) -> api.GetBucketPolicyOutput:
    """The policy. Raises NoSuchBucketPolicy."""
    bucket = bucket_of(call, s3, request)
    text = bucket.settings.get("policy")
    if text is None:
        raise api.NoSuchBucketPolicy(BucketName=bucket.name)
    return {"Policy": text}


def get_bucket_policy_status(
    call: Call, s3: S3, request: api.GetBucketPolicyStatusRequest
) -> api.GetBucketPolicyStatusOutput:
    """Whether the policy lets everybody in. Raises NoSuchBucketPolicy."""
    bucket = bucket_of(call, s3, request)
    text = bucket.settings.get("policy")
    if text is None:
        raise api.NoSuchBucketPolicy(BucketName=bucket.name)
    return {"PolicyStatus": {"IsPublic": public_policy.is_public(text)}}


def delete_bucket_policy(call: Call, s3: S3, request: api.DeleteBucketPolicyRequest) -> None:
    """Take the policy away."""
    settings.drop(s3, bucket_of(call, s3, request), "policy")
