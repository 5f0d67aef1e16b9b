"""Serverless caches: a cluster of one endpoint, always inside TLS."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stratolite.core.call import Call
from stratolite.core.errors import NotImplementedHere
from stratolite.services.elasticache import Elasticache, api, lookup, making, rules, view
from stratolite.services.elasticache.domain import SERVERLESS


def create_serverless_cache(
    call: Call, elasticache: Elasticache, request: api.CreateServerlessCacheRequest
) -> api.CreateServerlessCacheResponse:
    """Have a serverless cache; it is ``available`` when its server is."""
    rules.refuse(request)
    name = rules.name(SERVERLESS, "ServerlessCacheName", request["ServerlessCacheName"])
    engine = rules.engine(request["Engine"])
    version = rules.engine_version(engine, request.get("MajorEngineVersion", ""))
    _check_limits(request.get("CacheUsageLimits", {}))
    settings = making.kept(request) | {"Engine": engine, "EngineVersion": version, "Port": rules.PORT_DEFAULT}
    tags = rules.tags(request.get("Tags", []))
    if elasticache.store.cache(lookup.arn_of(call, SERVERLESS, name)) is not None:
        raise api.ServerlessCacheAlreadyExistsFault(f"ServerlessCache {name} already exists.")
    cache = making.create(call, elasticache, SERVERLESS, name, settings, tags)
    return {"ServerlessCache": view.serverless(cache)}


def describe_serverless_caches(
    call: Call, elasticache: Elasticache, request: api.DescribeServerlessCachesRequest
) -> api.DescribeServerlessCachesResponse:
    """One serverless cache, or all in pages."""
    if request.get("ServerlessCacheName"):
        cache = lookup.require_serverless(call, elasticache.store, request["ServerlessCacheName"])
        return {"ServerlessCaches": [view.serverless(cache)]}
    found = elasticache.store.caches(call, SERVERLESS)
    shown, token = lookup.page(found, request.get("MaxResults"), request.get("NextToken", ""))
    result: api.DescribeServerlessCachesResponse = {"ServerlessCaches": [view.serverless(cache) for cache in shown]}
    if token:
        result["NextToken"] = token
    return result


def modify_serverless_cache(
    call: Call, elasticache: Elasticache, request: api.ModifyServerlessCacheRequest
) -> api.ModifyServerlessCacheResponse:
    """Change a serverless cache, at once."""
    rules.refuse(request)
    cache = lookup.require_serverless(call, elasticache.store, request["ServerlessCacheName"])
    making.require_available(cache, api.InvalidServerlessCacheStateFault, "Serverless cache")
    _check_limits(request.get("CacheUsageLimits", {}))
    settings = {**cache.settings, **making.kept(request)}
    if request.get("Engine"):
        settings["Engine"] = rules.engine(request["Engine"])
    if request.get("MajorEngineVersion") or request.get("Engine"):
        settings["EngineVersion"] = rules.engine_version(settings["Engine"], request.get("MajorEngineVersion", ""))
    return {"ServerlessCache": view.serverless(making.change(elasticache, cache, settings))}


def delete_serverless_cache(
    call: Call, elasticache: Elasticache, request: api.DeleteServerlessCacheRequest
) -> api.DeleteServerlessCacheResponse:
    """Delete a serverless cache, with its data."""
    rules.refuse(request)
    cache = lookup.require_serverless(call, elasticache.store, request["ServerlessCacheName"])
    elasticache.store.delete_cache(cache.arn)
    return {"ServerlessCache": view.serverless(replace(cache, status="deleting"))}


def _check_limits(limits: Mapping[str, Any]) -> None:
    """A limit of data acts here (``servers.py``), one of processing units does not."""
    if limits.get("ECPUPerSecond"):
        raise NotImplementedHere("CacheUsageLimits.ECPUPerSecond is not implemented by this version of Stratolite.")
    storage = limits.get("DataStorage", {})
    maximum, minimum = storage.get("Maximum"), storage.get("Minimum")
    if (maximum is not None and not 1 <= maximum <= 5000) or (minimum is not None and not 1 <= minimum <= 5000):
        raise rules.invalid("DataStorage limits must be between 1 and 5000 GB.")
    if maximum is not None and minimum is not None and minimum > maximum:
        raise rules.invalid("The minimum of DataStorage must not be greater than its maximum.")
