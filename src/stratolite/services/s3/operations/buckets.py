"""Buckets: made, listed, found, deleted."""

from stratolite.core.arn import partition_of
from stratolite.core.call import Call
from stratolite.services.s3 import S3, api, lock, ownership, rules, settings, tagging
from stratolite.services.s3.domain import ENABLED, Bucket
from stratolite.services.s3.listing import of_token, to_token
from stratolite.services.s3.lookup import bucket_of

_SYSTEM_TAG = (
    'User-defined tag keys can\'t start with "aws:". This prefix is reserved for system tags. Remove "aws:" from your '
    "tag keys and try again."
)


def create_bucket(call: Call, s3: S3, request: api.CreateBucketRequest) -> api.CreateBucketOutput:
    """Make a bucket. In us-east-1 making one's own bucket again is no error, as long as no tags are given, and takes
    its access control list away."""
    name = request["Bucket"]
    rules.bucket_name(name)
    configuration = request.get("CreateBucketConfiguration") or {}
    rules.refuse(configuration, "Location", "Bucket")
    if request.get("BucketNamespace", "global") != "global":
        rules.refuse(request, "BucketNamespace")
    constraint = configuration.get("LocationConstraint")
    region = rules.location(constraint, call.region)
    tags = tagging.of_set(
        configuration.get("Tags", []), limit=tagging.BUCKET_TAGS_MAX, system_tag=_SYSTEM_TAG, is_key_told=False
    )
    made = ownership.of_new_bucket(request)
    existing = s3.store.bucket(name)
    if existing is None:
        if constraint:
            made["location"] = constraint
        if tags:
            made["tags"] = tags
        is_locked = bool(request.get("ObjectLockEnabledForBucket"))
        if is_locked:
            made[lock.SETTING] = dict(lock.ENABLED)
        versioning = ENABLED if is_locked else ""
        s3.store.insert_bucket(Bucket(name, call.account, region, call.now_ms, versioning, made))
    elif existing.account != call.account:
        raise api.BucketAlreadyExists(BucketName=name)
    elif tags or call.region != "us-east-1" or existing.region != region:
        raise api.BucketAlreadyOwnedByYou(BucketName=name)
    else:
        settings.drop(s3, existing, "acl")
    location = f"http://{name}.s3.amazonaws.com/" if constraint else f"/{name}"
    return {"Location": location, "BucketArn": _arn(name, region)}


def delete_bucket(call: Call, s3: S3, request: api.DeleteBucketRequest) -> None:
    """Delete a bucket that has no objects."""
    bucket = bucket_of(call, s3, request)
    if not s3.store.is_empty(bucket.name):
        hint = ". You must delete all versions in the bucket." if bucket.was_versioned else ""
        raise api.BucketNotEmpty(api.BucketNotEmpty.text + hint, BucketName=bucket.name)
    s3.multipart.delete_uploads_of(bucket.name)
    s3.store.delete_bucket(bucket.name)


def head_bucket(call: Call, s3: S3, request: api.HeadBucketRequest) -> api.HeadBucketOutput:
    """Whether a bucket is there, and in which region."""
    bucket = bucket_of(call, s3, request)
    return {
        "BucketArn": _arn(bucket.name, bucket.region),
        "BucketRegion": bucket.region,
        "AccessPointAlias": False,
        "ContentType": "application/xml",
    }


def get_bucket_location(call: Call, s3: S3, request: api.GetBucketLocationRequest) -> api.GetBucketLocationOutput:
    """The location constraint that a bucket was made with; none in us-east-1."""
    bucket = bucket_of(call, s3, request, anywhere=True)
    constraint = bucket.settings.get("location", "")
    return {"LocationConstraint": constraint} if constraint else {}


def list_buckets(call: Call, s3: S3, request: api.ListBucketsRequest) -> api.ListBucketsOutput:
    """The caller's buckets in order of name. Regions are named to those who ask for less than all."""
    limit = request.get("MaxBuckets", rules.BUCKETS_MAX)
    if not 1 <= limit <= rules.BUCKETS_MAX:
        text = f"Argument max-buckets must be an integer between 1 and {rules.BUCKETS_MAX}"
        raise rules.invalid(text, "max-buckets", limit)
    region = request.get("BucketRegion", "")
    if region and not rules.is_region(region):
        raise rules.invalid(f"Argument value {region} is not a valid AWS Region", "bucket-region")
    token = request.get("ContinuationToken")
    after = of_token(token) if token else ""
    found = s3.store.buckets(call.account, after, request.get("Prefix", ""), region, limit + 1)
    is_narrowed = bool(request)
    listed: list[api.Bucket] = []
    for bucket in found[:limit]:
        entry: api.Bucket = {
            "Name": bucket.name,
            "CreationDate": bucket.created_ms // 1000,
            "BucketArn": _arn(bucket.name, bucket.region),
        }
        if is_narrowed:
            entry["BucketRegion"] = bucket.region
        listed.append(entry)
    answer: api.ListBucketsOutput = {"Buckets": listed, "Owner": rules.owner(call.account)}
    if request.get("Prefix") is not None:
        answer["Prefix"] = request["Prefix"]
    if len(found) > limit:
        answer["ContinuationToken"] = to_token(found[limit - 1].name)
    return answer


def _arn(name: str, region: str) -> str:
    return f"arn:{partition_of(region)}:s3:::{name}"
