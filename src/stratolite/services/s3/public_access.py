"""Block public access: what it refuses. What it hides is seen all the same, because access is not enforced here.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

from stratolite.core.call import Call
from stratolite.services.s3 import api, public_policy
from stratolite.services.s3.domain import Bucket
from stratolite.services.s3.grants import ALL_USERS, AUTHENTICATED_USERS, unpacked

SETTING = "public_access_block"
_PUBLIC_LISTS = frozenset({"public-read", "public-read-write", "authenticated-read"})
_EVERYBODY = frozenset({ALL_USERS, AUTHENTICATED_USERS})


def is_public(kept: str) -> bool:
    """Whether an access control list, as it is kept, grants something to everybody."""
    if kept.startswith("["):
        return any(grant.who in _EVERYBODY for grant in unpacked(kept))
    return kept in _PUBLIC_LISTS


def check_list(call: Call, bucket: Bucket, kept: str, action: str, key: str = "") -> None:
    """Raises AccessDenied for a public list where such are blocked."""
    if is_public(kept) and _blocks(bucket, "BlockPublicAcls"):
        resource = f"{bucket.arn}/{key}" if key else bucket.arn
        raise _denied(call, action, resource, "public ACLs", "BlockPublicAcls")


def check_policy(call: Call, bucket: Bucket, text: str) -> None:
    """Raises AccessDenied for a public policy where such are blocked."""
    if _blocks(bucket, "BlockPublicPolicy") and public_policy.is_public(text):
        raise _denied(call, "PutBucketPolicy", bucket.arn, "public policies", "BlockPublicPolicy")


def _blocks(bucket: Bucket, switch: str) -> bool:
    return bool(bucket.settings.get(SETTING, {}).get(switch))


def _denied(call: Call, action: str, resource: str, what: str, switch: str) -> api.AccessDenied:
    if not call.principal:
        return api.AccessDenied()
    return api.AccessDenied(
        f'User: {call.principal} is not authorized to perform: s3:{action} on resource: "{resource}" because {what} '
        f"are prevented by the {switch} setting in S3 Block Public Access."
    )
