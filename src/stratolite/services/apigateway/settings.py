"""Method settings and access-log settings of a stage, as UpdateStage patches them.

Source: https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html (Stage)
"""

from collections.abc import Callable
from typing import Any

from stratolite.core.call import Call
from stratolite.services.apigateway import api, patch, rules
from stratolite.storage.documents import Document

STRATEGIES = ("FAIL_WITH_403", "SUCCEED_WITH_RESPONSE_HEADER", "SUCCEED_WITHOUT_RESPONSE_HEADER")
_VALID_PATHS = (
    "[/deploymentId, /description, /cacheClusterEnabled, /cacheClusterSize, /clientCertificateId, /accessLogSettings,"
    " /accessLogSettings/destinationArn, /accessLogSettings/format, /{resourcePath}/{httpMethod}/metrics/enabled,"
    " /{resourcePath}/{httpMethod}/logging/dataTrace, /{resourcePath}/{httpMethod}/logging/loglevel,"
    " /{resourcePath}/{httpMethod}/throttling/burstLimit/{resourcePath}/{httpMethod}/throttling/rateLimit"
    "/{resourcePath}/{httpMethod}/caching/ttlInSeconds, /{resourcePath}/{httpMethod}/caching/enabled,"
    " /{resourcePath}/{httpMethod}/caching/dataEncrypted,"
    " /{resourcePath}/{httpMethod}/caching/requireAuthorizationForCacheControl,"
    " /{resourcePath}/{httpMethod}/caching/unauthorizedCacheControlHeaderStrategy, /*/*/metrics/enabled,"
    " /*/*/logging/dataTrace, /*/*/logging/loglevel, /*/*/throttling/burstLimit /*/*/throttling/rateLimit"
    " /*/*/caching/ttlInSeconds, /*/*/caching/enabled, /*/*/caching/dataEncrypted,"
    " /*/*/caching/requireAuthorizationForCacheControl, /*/*/caching/unauthorizedCacheControlHeaderStrategy,"
    " /variables/{variable_name}, /tracingEnabled]"
)


def invalid_path(path: str) -> api.BadRequestException:
    """AWS's words for a path that no stage has."""
    return api.BadRequestException(f"Invalid method setting path: {path}. Must be one of: {_VALID_PATHS}")


def nothing_to_remove(key: str) -> api.BadRequestException:
    """AWS's words for a setting that is to be removed and is not there."""
    return api.BadRequestException(
        f"Cannot remove method setting {key} because there is no method setting for this method "
    )


def fresh_stage(call: Call, name: str) -> Document:
    """A stage that has just been made and points nowhere yet."""
    return {
        "stageName": name,
        "cacheClusterEnabled": False,
        "cacheClusterStatus": "NOT_AVAILABLE",
        "createdDate": call.now_ms // 1000,
        "lastUpdatedDate": call.now_ms // 1000,
        "methodSettings": {},
        "tracingEnabled": False,
    }


def fresh() -> Document:
    """The settings of a method when the first of them is set."""
    return {
        "metricsEnabled": False,
        "dataTraceEnabled": False,
        "throttlingBurstLimit": rules.STAGE_BURST_DEFAULT,
        "throttlingRateLimit": rules.STAGE_RATE_DEFAULT,
        "cachingEnabled": True,
        "cacheTtlInSeconds": 300,
        "cacheDataEncrypted": False,
        "requireAuthorizationForCacheControl": True,
        "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
    }


def patch_method_setting(stage: Document, operation: Any) -> None:
    """Apply one patch whose path is ``/{resourcePath}/{httpMethod}[/category/name]``."""
    path = operation["path"]
    parts = patch.segments(path)
    if operation["op"] == "remove":
        key = "/".join(parts[:2]).removeprefix("/") if len(parts) == 2 else path.removeprefix("/")
        if len(parts) != 2 or key not in stage["methodSettings"]:
            raise nothing_to_remove(key)
        del stage["methodSettings"][key]
        stage["_cached"] = [each for each in stage.get("_cached", ()) if each != key]
        return
    known = _FIELDS.get("/".join(parts[2:])) if len(parts) == 4 else None
    if known is None:
        raise invalid_path(path)
    key = f"{parts[0]}/{parts[1]}".removeprefix("/")
    field, read = known
    setting = stage["methodSettings"].setdefault(key, fresh())
    setting[field] = read(operation.get("value", ""))
    if field == "cachingEnabled":
        others = [each for each in stage.get("_cached", ()) if each != key]
        stage["_cached"] = [*others, key] if setting[field] else others


def patch_access_log(stage: Document, operation: Any) -> None:
    """Apply one patch below ``/accessLogSettings``."""
    path, value = operation["path"], operation.get("value", "")
    if operation["op"] == "remove":
        if path != "/accessLogSettings" or "accessLogSettings" not in stage:
            raise nothing_to_remove(path[1:])
        del stage["accessLogSettings"]
        return
    if path not in ("/accessLogSettings/destinationArn", "/accessLogSettings/format"):
        raise api.BadRequestException(
            "Invalid accessLogSettings path. Must be one of :"
            " [/accessLogSettings/destinationArn, /accessLogSettings/format]"
        )
    if not value:
        raise api.BadRequestException("Access Log value must not be empty")
    field = path.rpartition("/")[2]
    if field == "destinationArn" and ":logs:" not in value:
        rules.unimplemented(f"accessLogSettings destination {value}", "access logs go to CloudWatch Logs")
    stage.setdefault("accessLogSettings", {})[field] = value


def _integer(value: str) -> int:
    if not value.lstrip("-").isdigit() or len(value) > 10:
        raise api.BadRequestException(f"Invalid integer value for method setting: {value}")
    return int(value)


def number(value: str) -> float:
    """What AWS reads from a patch's value where it is a number. Raises BadRequestException."""
    try:
        return float(value)
    except ValueError:
        raise api.BadRequestException(f"Invalid number value for method setting: {value}") from None


def _level(value: str) -> str:
    if value not in ("OFF", "ERROR", "INFO"):
        raise api.BadRequestException("Invalid logging level specified. Must be one of OFF, ERROR, INFO")
    return value


def _strategy(value: str) -> str:
    if value not in STRATEGIES:
        raise api.BadRequestException(
            f"Invalid unauthorizedCacheControlHeaderStrategy. Must be one of {', '.join(STRATEGIES)}"
        )
    return value


_FIELDS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "metrics/enabled": ("metricsEnabled", patch.boolean),
    "logging/dataTrace": ("dataTraceEnabled", patch.boolean),
    "logging/loglevel": ("loggingLevel", _level),
    "throttling/burstLimit": ("throttlingBurstLimit", _integer),
    "throttling/rateLimit": ("throttlingRateLimit", number),
    "caching/ttlInSeconds": ("cacheTtlInSeconds", _integer),
    "caching/enabled": ("cachingEnabled", patch.boolean),
    "caching/dataEncrypted": ("cacheDataEncrypted", patch.boolean),
    "caching/requireAuthorizationForCacheControl": ("requireAuthorizationForCacheControl", patch.boolean),
    "caching/unauthorizedCacheControlHeaderStrategy": ("unauthorizedCacheControlHeaderStrategy", _strategy),
}
