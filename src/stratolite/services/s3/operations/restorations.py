"""Archived objects made readable for some days."""

from collections.abc import Mapping

from stratolite.core.call import Call
from stratolite.services.s3 import S3, api, archive, restoration, rules
from stratolite.services.s3.lookup import bucket_of, version_of

TIERS = frozenset({"Standard", "Bulk", "Expedited"})


def restore_object(call: Call, s3: S3, request: api.RestoreObjectRequest) -> api.RestoreObjectOutput:
    """Begin to restore an archived object (202), or say for how long a restored one stays so (200)."""
    bucket = bucket_of(call, s3, request)
    version = version_of(s3, bucket, request, "POST")
    wanted = request.get("RestoreRequest") or {}
    rules.refuse(wanted, "Type", "SelectParameters", "OutputLocation")
    days = wanted.get("Days")
    if days is None:
        raise api.MalformedXML
    if days < 1:
        raise rules.invalid("restoration days should be at least 1", "Days", days)
    parameters: Mapping[str, str] = wanted.get("GlacierJobParameters", {})  # type: ignore[assignment]
    tier = wanted.get("Tier") or parameters.get("Tier") or "Standard"
    if tier not in TIERS:
        raise api.MalformedXML
    if version.storage_class not in rules.ARCHIVED:
        text = "Restore is not allowed for the object's current storage class"
        raise api.InvalidObjectState(text, StorageClass=version.storage_class)
    if tier == "Expedited" and version.storage_class == "DEEP_ARCHIVE":
        raise rules.invalid("Retrieval option is not supported by this storage class", "Tier", tier)
    if archive.is_ongoing(version):
        raise api.RestoreAlreadyInProgress
    if archive.expires_ms(version) is None:
        restoration.begin(call, s3, bucket, version, days)
        return {"StatusCode": 202}
    restoration.extend(call, s3, bucket, version, days)
    return {"StatusCode": 200}
