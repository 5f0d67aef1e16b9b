"""Access control lists: kept and returned; not enforced."""

from msgspec.structs import replace

from stratolite.core.call import Call
from stratolite.services.s3 import S3, acl, api, notifications, public_access, rules, settings
from stratolite.services.s3.lookup import bucket_of, living_version_of, version_of
from stratolite.services.s3.ownership import BUCKET_ACLS, OBJECT_ACLS, account_of


def put_bucket_acl(call: Call, s3: S3, request: api.PutBucketAclRequest) -> None:
    """Set a bucket's list."""
    bucket = bucket_of(call, s3, request)
    kept = acl.requested(bucket, request, BUCKET_ACLS, bucket.account)
    public_access.check_list(call, bucket, kept, "PutBucketAcl")
    settings.keep(s3, bucket, "acl", kept)


def get_bucket_acl(call: Call, s3: S3, request: api.GetBucketAclRequest) -> api.GetBucketAclOutput:
    """A bucket's list, as grants."""
    bucket = bucket_of(call, s3, request)
    kept = bucket.settings.get("acl", "private")
    return {"Owner": rules.owner(bucket.account), "Grants": acl.said(kept, bucket.account, bucket)}


def put_object_acl(call: Call, s3: S3, request: api.PutObjectAclRequest) -> api.PutObjectAclOutput:
    """Set a version's list."""
    bucket = bucket_of(call, s3, request)
    version = living_version_of(s3, bucket, request, "PUT")
    kept = acl.requested(bucket, request, OBJECT_ACLS, account_of(bucket, version.owner))
    public_access.check_list(call, bucket, kept, "PutObjectAcl", version.key)
    s3.store.set_acl(replace(version, acl=kept))
    notifications.tell(call, s3, bucket, notifications.ACL, version)
    return {}


def get_object_acl(call: Call, s3: S3, request: api.GetObjectAclRequest) -> api.GetObjectAclOutput:
    """A version's list, as grants."""
    bucket = bucket_of(call, s3, request)
    version = version_of(s3, bucket, request, "GET")
    owner = account_of(bucket, version.owner)
    return {"Owner": rules.owner(owner), "Grants": acl.said(version.acl, owner, bucket)}
