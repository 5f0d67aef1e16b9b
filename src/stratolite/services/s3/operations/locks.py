"""Object Lock of buckets; retention and legal hold of versions."""

from typing import Any

from msgspec.structs import replace

from stratolite.core.call import Call
from stratolite.services.s3 import S3, api, lock, rules, settings
from stratolite.services.s3.domain import ENABLED, Bucket, Version
from stratolite.services.s3.lookup import bucket_of, living_version_of


def put_object_lock_configuration(
    call: Call, s3: S3, request: api.PutObjectLockConfigurationRequest
) -> api.PutObjectLockConfigurationOutput:
    """Give a versioned bucket Object Lock, which it keeps for ever, and what protects new objects by default."""
    bucket = bucket_of(call, s3, request)
    rules.refuse(request, "Token")
    configuration = lock.configuration(request.get("ObjectLockConfiguration"))
    if bucket.versioning != ENABLED:
        raise api.InvalidBucketState("Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration")
    settings.keep(s3, bucket, lock.SETTING, configuration)
    return {}


def get_object_lock_configuration(
    call: Call, s3: S3, request: api.GetObjectLockConfigurationRequest
) -> api.GetObjectLockConfigurationOutput:
    """The configuration. Raises ObjectLockConfigurationNotFoundError."""
    bucket = bucket_of(call, s3, request)
    configuration = bucket.settings.get(lock.SETTING)
    if configuration is None:
        raise api.ObjectLockConfigurationNotFoundError(BucketName=bucket.name)
    return {"ObjectLockConfiguration": configuration}


def put_object_retention(call: Call, s3: S3, request: api.PutObjectRetentionRequest) -> api.PutObjectRetentionOutput:
    """Protect a version until a time, or change until when, as far as what protects it now allows."""
    bucket_of(call, s3, request)
    wanted = lock.retention(request.get("Retention"), call.now_ms)
    _, version = _locked(call, s3, request, "PUT")
    lock.check_change(version, wanted, call.now_ms, may_bypass=bool(request.get("BypassGovernanceRetention")))
    mode, until_s = wanted or (None, None)
    _keep(s3, version, ObjectLockMode=mode, ObjectLockRetainUntilDate=until_s)
    return {}


def get_object_retention(call: Call, s3: S3, request: api.GetObjectRetentionRequest) -> api.GetObjectRetentionOutput:
    """Until when a version is protected. Raises NoSuchObjectLockConfiguration."""
    _, version = _locked(call, s3, request, "GET")
    known = lock.retention_of(version)
    if known is None:
        raise api.NoSuchObjectLockConfiguration
    return {"Retention": {"Mode": known[0], "RetainUntilDate": known[1]}}


def put_object_legal_hold(call: Call, s3: S3, request: api.PutObjectLegalHoldRequest) -> api.PutObjectLegalHoldOutput:
    """Hold a version, or let it go."""
    bucket_of(call, s3, request)
    status = (request.get("LegalHold") or {}).get("Status")
    if status not in (lock.ON, lock.OFF):
        raise api.MalformedXML
    _, version = _locked(call, s3, request, "PUT")
    _keep(s3, version, ObjectLockLegalHoldStatus=status)
    return {}


def get_object_legal_hold(call: Call, s3: S3, request: api.GetObjectLegalHoldRequest) -> api.GetObjectLegalHoldOutput:
    """Whether a version is held. Raises NoSuchObjectLockConfiguration for one that never was."""
    _, version = _locked(call, s3, request, "GET")
    status = version.headers.get("ObjectLockLegalHoldStatus")
    if status is None:
        raise api.NoSuchObjectLockConfiguration
    return {"LegalHold": {"Status": status}}


def _locked(call: Call, s3: S3, request: Any, method: str) -> tuple[Bucket, Version]:
    """A version in a bucket that has Object Lock."""
    bucket = bucket_of(call, s3, request)
    version = living_version_of(s3, bucket, request, method)
    lock.require(bucket)
    return bucket, version


def _keep(s3: S3, version: Version, **said: Any) -> None:
    """Set what protects a version; None takes it away."""
    headers = {name: value for name, value in {**version.headers, **said}.items() if value is not None}
    s3.store.set_described(replace(version, headers=headers))
