"""Which answers a stage keeps, and how: its cluster and the settings of its methods.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stratolite.services.apigateway import api, rules
from stratolite.storage.documents import Document

TTL_S_DEFAULT = 300
TTL_S_MAX = 3600
SIZE_DEFAULT = "0.5"
SIZES = (SIZE_DEFAULT, "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237")
"""In GB."""
WARNED = "SUCCEED_WITH_RESPONSE_HEADER"
_INTEGRATION = "integration.request."


@dataclass(frozen=True, slots=True)
class Caching:
    """How answers of one method are kept."""

    ttl_s: int
    is_for_all: bool
    """Whether answers to other methods than GET are kept, too."""
    namespace: str
    parameters: tuple[str, ...]
    """Expressions over the request, whose values are the key; empty where nothing is mapped."""
    needs_signer: bool
    """Whether only who signed may have what is kept refreshed."""
    strategy: str
    """What becomes of others who want that."""


def set_cluster(stage: Document, *, is_enabled: bool | None = None, size: str | None = None) -> None:
    """Give a stage a cache or take it, or set its size. Raises BadRequestException."""
    if size:
        if size not in SIZES:
            raise api.BadRequestException(f"Invalid cache cluster size: {size}. Must be one of: [{', '.join(SIZES)}]")
        stage["cacheClusterSize"] = size
    if is_enabled is None:
        return
    stage["cacheClusterEnabled"] = is_enabled
    stage["cacheClusterStatus"] = "AVAILABLE" if is_enabled else "NOT_AVAILABLE"
    if is_enabled:
        stage.setdefault("cacheClusterSize", SIZE_DEFAULT)


def caching_of(stage: Document, path: str, method: Document, setting: Mapping[str, Any]) -> Caching | None:
    """How a stage keeps what a method answers; None where it does not.

    Answers to GET are kept unless a setting says no, to other methods only where a setting of their own says so.
    """
    integration, name = method["methodIntegration"], method["httpMethod"]
    ttl_s = min(setting.get("cacheTtlInSeconds", TTL_S_DEFAULT), TTL_S_MAX)
    is_for_all = f"{path}/{name}".removeprefix("/") in stage.get("_cached", ())
    is_kept = stage.get("cacheClusterEnabled") and setting.get("cachingEnabled", True) and ttl_s > 0
    is_streamed = integration.get("responseTransferMode") == rules.STREAM
    if not is_kept or is_streamed or not (is_for_all or name in ("GET", "ANY")):
        return None
    mapped = integration.get("requestParameters") or {}
    named = integration.get("cacheKeyParameters") or ()
    return Caching(
        ttl_s=ttl_s,
        is_for_all=is_for_all,
        namespace=integration.get("cacheNamespace") or "",
        parameters=tuple(mapped.get(each, "") if each.startswith(_INTEGRATION) else each for each in named),
        needs_signer=setting.get("requireAuthorizationForCacheControl", True),
        strategy=setting.get("unauthorizedCacheControlHeaderStrategy", WARNED),
    )
