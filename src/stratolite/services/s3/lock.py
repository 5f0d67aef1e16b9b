"""Object Lock: versions that cannot be deleted before a time has come, or while they are held.

What protects a version stands with its headers, as reads answer it. A delete marker may always be set.
Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html and recorded answers (TestS3ObjectLock,
TestS3ObjectLockRetention, TestS3ObjectLockLegalHold).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from stratolite.services.s3 import api
from stratolite.services.s3.domain import Bucket, Version
from stratolite.services.s3.rules import invalid

SETTING = "object_lock"
ENABLED: Mapping[str, Any] = {"ObjectLockEnabled": "Enabled"}
GOVERNANCE, COMPLIANCE = "GOVERNANCE", "COMPLIANCE"
MODES = frozenset({GOVERNANCE, COMPLIANCE})
HEADERS = ("ObjectLockMode", "ObjectLockRetainUntilDate", "ObjectLockLegalHoldStatus")
ON, OFF = "ON", "OFF"
_ASKED = frozenset(HEADERS)
_DAY_S = 86_400
_MODE, _UNTIL, _HOLD = "x-amz-object-lock-mode", "x-amz-object-lock-retain-until-date", "x-amz-object-lock-legal-hold"
_PAST = "The retain until date must be in the future!"
_PROTECTED = "Access Denied because object protected by object lock."


def configuration(value: Mapping[str, Any] | None) -> dict[str, Any]:
    """A bucket's configuration, checked. Raises MissingRequestBodyError, MalformedXML, InvalidArgument."""
    if value is None:
        raise api.MissingRequestBodyError
    if value.get("ObjectLockEnabled") != "Enabled":
        raise api.MalformedXML
    rule = value.get("Rule")
    if rule is None:
        return dict(ENABLED)
    default = rule.get("DefaultRetention") or {}
    if default.get("Mode") not in MODES or ("Days" in default) == ("Years" in default):
        raise api.MalformedXML
    unit = "Days" if "Days" in default else "Years"
    if default[unit] < 1:
        raise invalid("Default retention period must be a positive integer value.", unit, default[unit])
    return {**ENABLED, "Rule": {"DefaultRetention": {"Mode": default["Mode"], unit: default[unit]}}}


def require(bucket: Bucket) -> None:
    """Raises InvalidRequest for a bucket without Object Lock."""
    if SETTING not in bucket.settings:
        raise api.InvalidRequest("Bucket is missing Object Lock Configuration")


def of_upload(bucket: Bucket, request: Mapping[str, Any], now_ms: int) -> dict[str, Any]:
    """What protects a new object: what is asked for, else the bucket's default.

    Raises InvalidArgument, and InvalidRequest in a bucket without Object Lock.
    """
    if SETTING not in bucket.settings and _ASKED.isdisjoint(request):
        return {}
    mode, until_s, hold = (request.get(name) for name in HEADERS)
    if mode is None and until_s is None and hold is None and SETTING not in bucket.settings:
        return {}
    if (mode is None) != (until_s is None):
        text = "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied"
        raise invalid(text, _MODE if mode is None else _UNTIL)
    if mode is not None and mode not in MODES:
        raise invalid("Unknown wormMode directive.", _MODE, mode)
    if hold is not None and hold not in (ON, OFF):
        raise invalid("Legal Hold must be either of 'ON' or 'OFF'", _HOLD, hold)
    if SETTING not in bucket.settings:
        raise api.InvalidRequest("Bucket is missing ObjectLockConfiguration")
    if until_s is not None and until_s * 1000 <= now_ms:
        raise invalid(_PAST, _UNTIL, _iso(until_s))
    if mode is None:
        mode, until_s = _default(bucket, now_ms)
    found = dict(zip(HEADERS, (mode, until_s, hold), strict=True))
    return {name: value for name, value in found.items() if value is not None}


def _default(bucket: Bucket, now_ms: int) -> tuple[str | None, float | None]:
    rule = bucket.settings[SETTING].get("Rule")
    if rule is None:
        return None, None
    default = rule["DefaultRetention"]
    days = default.get("Days") or default["Years"] * 365
    return default["Mode"], now_ms // 1000 + days * _DAY_S


def retention(value: Mapping[str, Any] | None, now_ms: int) -> tuple[str, float] | None:
    """Mode and end of a retention that is asked for; None when it is to end. Raises MalformedXML, InvalidArgument."""
    if value is None:
        raise api.MalformedXML
    if not value:
        return None
    mode, until_s = value.get("Mode"), value.get("RetainUntilDate")
    if mode not in MODES or until_s is None:
        raise api.MalformedXML
    if until_s * 1000 <= now_ms:
        raise invalid(_PAST, "RetainUntilDate", _iso(until_s))
    return str(mode), until_s


def retention_of(version: Version) -> tuple[str, float] | None:
    """Mode and end of the retention of a version, which may be over."""
    mode, until_s = (version.headers.get(name) for name in HEADERS[:2])
    return (mode, until_s) if mode is not None and until_s is not None else None


def check_change(version: Version, wanted: tuple[str, float] | None, now_ms: int, *, may_bypass: bool) -> None:
    """Raises AccessDenied when a version's retention may not become another: it may become longer at any time."""
    known = retention_of(version)
    if known is None or known[1] * 1000 <= now_ms:
        return
    is_longer = wanted is not None and wanted[0] == known[0] and wanted[1] >= known[1]
    if not is_longer and (known[0] == COMPLIANCE or not may_bypass):
        raise api.AccessDenied(_PROTECTED)


def is_protected(version: Version, now_ms: int, *, may_bypass: bool = False) -> bool:
    """Whether a version may not be deleted."""
    if version.headers.get(HEADERS[2]) == ON:
        return True
    known = retention_of(version)
    return known is not None and known[1] * 1000 > now_ms and (known[0] == COMPLIANCE or not may_bypass)


def check_deletion(version: Version, now_ms: int, *, may_bypass: bool) -> None:
    """Raises AccessDenied for a version that may not be deleted."""
    if is_protected(version, now_ms, may_bypass=may_bypass):
        raise api.AccessDenied(_PROTECTED)


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
