"""What a bucket can have on AWS and none has here: setting it is refused by name, asking for it tells the truth.

Tools that describe a bucket, or take all of it away, ask for all of these.
"""

from collections.abc import Mapping
from typing import Any, NoReturn

from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.services.s3 import S3, api, rules
from stratolite.services.s3.lookup import bucket_of


class NoSuchConfiguration(AwsError):
    """No configuration of this name, by which reports would be made."""

    status = 404
    text = "The specified configuration does not exist."


def put_bucket_logging(call: Call, s3: S3, request: api.PutBucketLoggingRequest) -> None:
    """Log nothing, as ever. Raises NotImplementedHere for logs that are asked for, MalformedXML."""
    bucket_of(call, s3, request)
    status = request.get("BucketLoggingStatus")
    if status is None:
        raise api.MalformedXML
    rules.refuse(status, "LoggingEnabled")


def get_bucket_logging(call: Call, s3: S3, request: api.GetBucketLoggingRequest) -> api.GetBucketLoggingOutput:
    """Not logged."""
    bucket_of(call, s3, request)
    return {}


def get_bucket_replication(
    call: Call, s3: S3, request: api.GetBucketReplicationRequest
) -> api.GetBucketReplicationOutput:
    """Raises ReplicationConfigurationNotFoundError."""
    raise api.ReplicationConfigurationNotFoundError(BucketName=bucket_of(call, s3, request).name)


def delete_bucket_replication(call: Call, s3: S3, request: api.DeleteBucketReplicationRequest) -> None:
    """Replicate nothing, as ever."""
    bucket_of(call, s3, request)


def get_bucket_analytics_configuration(
    call: Call, s3: S3, request: api.GetBucketAnalyticsConfigurationRequest
) -> NoReturn:
    """Raises NoSuchConfiguration."""
    _missing(call, s3, request)


def list_bucket_analytics_configurations(
    call: Call, s3: S3, request: api.ListBucketAnalyticsConfigurationsRequest
) -> api.ListBucketAnalyticsConfigurationsOutput:
    """None."""
    bucket_of(call, s3, request)
    return {"IsTruncated": False}


def delete_bucket_analytics_configuration(
    call: Call, s3: S3, request: api.DeleteBucketAnalyticsConfigurationRequest
) -> NoReturn:
    """Raises NoSuchConfiguration."""
    _missing(call, s3, request)


def get_bucket_intelligent_tiering_configuration(
    call: Call, s3: S3, request: api.GetBucketIntelligentTieringConfigurationRequest
) -> NoReturn:
    """Raises NoSuchConfiguration."""
    _missing(call, s3, request)


def list_bucket_intelligent_tiering_configurations(
    call: Call, s3: S3, request: api.ListBucketIntelligentTieringConfigurationsRequest
) -> api.ListBucketIntelligentTieringConfigurationsOutput:
    """None."""
    bucket_of(call, s3, request)
    return {"IsTruncated": False}


def delete_bucket_intelligent_tiering_configuration(
    call: Call, s3: S3, request: api.DeleteBucketIntelligentTieringConfigurationRequest
) -> NoReturn:
    """Raises NoSuchConfiguration."""
    _missing(call, s3, request)


def get_bucket_inventory_configuration(
    call: Call, s3: S3, request: api.GetBucketInventoryConfigurationRequest
) -> NoReturn:
    """Raises NoSuchConfiguration."""
    _missing(call, s3, request)


def list_bucket_inventory_configurations(
    call: Call, s3: S3, request: api.ListBucketInventoryConfigurationsRequest
) -> api.ListBucketInventoryConfigurationsOutput:
    """None."""
    bucket_of(call, s3, request)
    return {"IsTruncated": False}


def delete_bucket_inventory_configuration(
    call: Call, s3: S3, request: api.DeleteBucketInventoryConfigurationRequest
) -> NoReturn:
    """Raises NoSuchConfiguration."""
    _missing(call, s3, request)


def get_bucket_metrics_configuration(call: Call, s3: S3, request: api.GetBucketMetricsConfigurationRequest) -> NoReturn:
    """Raises NoSuchConfiguration."""
    _missing(call, s3, request)


def list_bucket_metrics_configurations(
    call: Call, s3: S3, request: api.ListBucketMetricsConfigurationsRequest
) -> api.ListBucketMetricsConfigurationsOutput:
    """None."""
    bucket_of(call, s3, request)
    return {"IsTruncated": False}


def delete_bucket_metrics_configuration(
    call: Call, s3: S3, request: api.DeleteBucketMetricsConfigurationRequest
) -> NoReturn:
    """Raises NoSuchConfiguration."""
    _missing(call, s3, request)


def _missing(call: Call, s3: S3, request: Mapping[str, Any]) -> NoReturn:
    bucket_of(call, s3, request)
    raise NoSuchConfiguration
