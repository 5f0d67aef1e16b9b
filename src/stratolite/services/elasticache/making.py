"""What the three kinds of caches have in common when they are made, changed and deleted."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from stratolite.core.call import Call
from stratolite.services.elasticache import Elasticache, api, lookup, rules
from stratolite.services.elasticache.domain import AVAILABLE, CREATING, FAILED, MODIFYING, Cache

FOLDER_CHARS = 20
_KEPT = (*rules.HARMLESS, "CacheSubnetGroupName", "Description", "ReplicationGroupDescription", "CacheUsageLimits")


def kept(request: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a request that are kept as they come."""
    return {key: request[key] for key in _KEPT if key in request and key != "ApplyImmediately"}


def engine_settings(call: Call, elasticache: Elasticache, request: Mapping[str, Any]) -> dict[str, Any]:
    """Engine, version, node type, parameter group and port of a cache that is made of nodes, defaults included."""
    engine = rules.engine(request.get("Engine") or "redis")
    version = rules.engine_version(engine, request.get("EngineVersion", ""))
    group = request.get("CacheParameterGroupName") or f"default.{rules.family(engine, version)}"
    lookup.parameters_of(call, elasticache.store, group)
    lookup.subnet_group_exists(call, elasticache.store, request.get("CacheSubnetGroupName", ""))
    if "CacheNodeType" not in request:
        raise rules.invalid("The parameter CacheNodeType must be provided and must not be null.")
    return {
        "Engine": engine,
        "EngineVersion": version,
        "CacheNodeType": rules.node_type(request["CacheNodeType"]),
        "CacheParameterGroupName": group,
        "Port": rules.port(request.get("Port")),
    }


def encryption(request: Mapping[str, Any]) -> dict[str, Any]:
    """What a request says of TLS and of a password."""
    is_encrypted = bool(request.get("TransitEncryptionEnabled"))
    found: dict[str, Any] = {"TransitEncryptionEnabled": is_encrypted}
    if is_encrypted:
        found["TransitEncryptionMode"] = rules.transit_encryption_mode(request)
    elif request.get("TransitEncryptionMode"):
        raise api.InvalidParameterCombinationException(
            "TransitEncryptionMode can only be set when TransitEncryptionEnabled is true."
        )
    if request.get("AuthToken"):
        found["AuthToken"] = rules.auth_token(request["AuthToken"], "required" if is_encrypted else "")
    return found


def new_token(settings: dict[str, Any], request: Mapping[str, Any], tls: str) -> None:
    """Change a password as the request's strategy says: set, rotate (the old one is good as well), delete."""
    strategy = request.get("AuthTokenUpdateStrategy") or ("ROTATE" if request.get("AuthToken") else "")
    if strategy == "DELETE":
        settings.pop("AuthToken", None)
        settings.pop("AuthTokenBefore", None)
    elif strategy:
        if not request.get("AuthToken"):
            raise api.InvalidParameterCombinationException("AuthTokenUpdateStrategy needs an AuthToken.")
        before = settings.get("AuthToken")
        settings["AuthToken"] = rules.auth_token(request["AuthToken"], tls)
        settings.pop("AuthTokenBefore", None)
        if strategy == "ROTATE" and before and before != settings["AuthToken"]:
            settings["AuthTokenBefore"] = before


def create(
    call: Call, elasticache: Elasticache, kind: str, name: str, settings: Mapping[str, Any], tags: Mapping[str, str]
) -> Cache:
    """Have a cache that is being created. Nothing of that name may be there."""
    folder = elasticache.world.entropy.token(FOLDER_CHARS)
    arn = lookup.arn_of(call, kind, name)
    cache = Cache(arn, kind, call.account, call.region, name, CREATING, call.now_ms, settings, folder, tags)
    elasticache.store.put_cache(cache)
    return cache


def change(elasticache: Elasticache, cache: Cache, settings: Mapping[str, Any]) -> Cache:
    """Give a cache other settings; its server follows."""
    changed = replace(cache, settings=settings)
    if settings != cache.settings:
        # A change is another chance for one that could not be served.
        changed = replace(changed, status=MODIFYING if cache.status in (AVAILABLE, FAILED) else cache.status, reason="")
    elasticache.store.put_cache(changed)
    return changed


def require_available(cache: Cache, refusal: Callable[[str], Exception], what: str) -> None:
    """Raises the kind's own error for a cache that is being created. Changes here can follow each other at once."""
    if cache.status == CREATING:
        raise refusal(f"{what} {cache.name} is not in available state.")


def modified(call: Call, elasticache: Elasticache, cache: Cache, request: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a cache of nodes after a Modify request."""
    settings = {**cache.settings, **kept(request)}
    if request.get("Engine"):
        settings["Engine"] = rules.engine(request["Engine"])
    if request.get("EngineVersion") or request.get("Engine"):
        settings["EngineVersion"] = rules.engine_version(settings["Engine"], request.get("EngineVersion", ""))
    if request.get("CacheNodeType"):
        settings["CacheNodeType"] = rules.node_type(request["CacheNodeType"])
    if request.get("CacheParameterGroupName"):
        lookup.parameters_of(call, elasticache.store, request["CacheParameterGroupName"])
        settings["CacheParameterGroupName"] = request["CacheParameterGroupName"]
    if "TransitEncryptionEnabled" in request or request.get("TransitEncryptionMode"):
        is_on = request.get("TransitEncryptionEnabled", cache.settings.get("TransitEncryptionEnabled"))
        mode = request.get("TransitEncryptionMode") or cache.settings.get("TransitEncryptionMode")
        asked = {"TransitEncryptionEnabled": is_on, **({"TransitEncryptionMode": mode} if is_on and mode else {})}
        settings.pop("TransitEncryptionMode", None)
        settings |= encryption(asked)
        if not is_on and settings.get("AuthToken"):
            raise api.InvalidParameterCombinationException(
                "The AUTH token is only supported when encryption-in-transit is enabled."
            )
    new_token(settings, request, "required" if settings.get("TransitEncryptionEnabled") else "")
    return settings
