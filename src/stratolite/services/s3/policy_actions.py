"""What actions of bucket policies are done to: a bucket, or objects in one.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
"""

import re
from functools import lru_cache

from stratolite.core.conditions import wildcards

BUCKET, OBJECT = "bucket", "object"
PREFIX = "s3:"

_ON_OBJECTS = """
AbortMultipartUpload BypassGovernanceRetention DeleteObject DeleteObjectTagging DeleteObjectVersion
DeleteObjectVersionTagging GetObject GetObjectAcl GetObjectAttributes GetObjectLegalHold GetObjectRetention
GetObjectTagging GetObjectTorrent GetObjectVersion GetObjectVersionAcl GetObjectVersionAttributes
GetObjectVersionForReplication GetObjectVersionTagging GetObjectVersionTorrent InitiateReplication
ListMultipartUploadParts ObjectOwnerOverrideToBucketOwner PutObject PutObjectAcl PutObjectLegalHold PutObjectRetention
PutObjectTagging PutObjectVersionAcl PutObjectVersionTagging ReplicateDelete ReplicateObject ReplicateTags RestoreObject
"""
_ON_BUCKETS = """
CreateBucket DeleteBucket DeleteBucketPolicy DeleteBucketWebsite GetAccelerateConfiguration GetAnalyticsConfiguration
GetBucketAcl GetBucketCORS GetBucketLocation GetBucketLogging GetBucketNotification GetBucketObjectLockConfiguration
GetBucketOwnershipControls GetBucketPolicy GetBucketPolicyStatus GetBucketPublicAccessBlock GetBucketRequestPayment
GetBucketTagging GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration GetIntelligentTieringConfiguration
GetInventoryConfiguration GetLifecycleConfiguration GetMetricsConfiguration GetReplicationConfiguration ListBucket
ListBucketMultipartUploads ListBucketVersions PutAccelerateConfiguration PutAnalyticsConfiguration PutBucketAcl
PutBucketCORS PutBucketLogging PutBucketNotification PutBucketObjectLockConfiguration PutBucketOwnershipControls
PutBucketPolicy PutBucketPublicAccessBlock PutBucketRequestPayment PutBucketTagging PutBucketVersioning
PutBucketWebsite PutEncryptionConfiguration PutIntelligentTieringConfiguration PutInventoryConfiguration
PutLifecycleConfiguration PutMetricsConfiguration PutReplicationConfiguration
"""
_NAMES = {BUCKET: _ON_BUCKETS.split(), OBJECT: _ON_OBJECTS.split()}


_FORM = re.compile(r"s3:([A-Za-z*?]+)", re.IGNORECASE | re.ASCII)


def can_be(action: str) -> bool:
    """Whether there may be such an action: one that AWS adds is not known here, while wildcards mean some that are."""
    if action == "*":
        return True
    found = _FORM.fullmatch(action)
    return found is not None and (found[1].isalpha() or bool(done_to(action)))


@lru_cache(256)
def done_to(action: str) -> frozenset[str]:
    """``BUCKET``, ``OBJECT``, or both, for an action that may have wildcards; empty for one that is not known here."""
    if action == "*":
        return frozenset({BUCKET, OBJECT})
    pattern = re.compile(wildcards(action[len(PREFIX) :]), re.IGNORECASE)
    return frozenset(kind for kind, names in _NAMES.items() if any(pattern.fullmatch(name) for name in names))
