"""Cache parameter groups: what the servers of the caches that refer to them are told."""

from dataclasses import replace
from typing import Any

from stratolite.core.call import Call
from stratolite.services.elasticache import Elasticache, api, lookup, rules, view
from stratolite.services.elasticache.domain import CLUSTER, GROUP, PARAMETER_GROUP, Group


def create_cache_parameter_group(
    call: Call, elasticache: Elasticache, request: api.CreateCacheParameterGroupMessage
) -> api.CreateCacheParameterGroupResult:
    """Have a parameter group in which nothing is set yet."""
    name = request["CacheParameterGroupName"].lower()
    rules.family_exists(request["CacheParameterGroupFamily"])
    arn = lookup.arn_of(call, PARAMETER_GROUP, name)
    if elasticache.store.group(arn) is not None or name.startswith(f"{lookup.DEFAULT}."):
        raise api.CacheParameterGroupAlreadyExistsFault(f"Cache parameter group {name} already exists.")
    settings = {
        "Description": request["Description"],
        "Family": request["CacheParameterGroupFamily"],
        "Parameters": {},
    }
    tags = rules.tags(request.get("Tags", []))
    group = Group(arn, PARAMETER_GROUP, call.account, call.region, name, settings, tags)
    elasticache.store.put_group(group)
    return {"CacheParameterGroup": view.parameter_group(group)}


def describe_cache_parameter_groups(
    call: Call, elasticache: Elasticache, request: api.DescribeCacheParameterGroupsMessage
) -> api.CacheParameterGroupsMessage:
    """One parameter group, or all in pages."""
    if request.get("CacheParameterGroupName"):
        group = lookup.require_parameter_group(call, elasticache.store, request["CacheParameterGroupName"])
        return {"CacheParameterGroups": [view.parameter_group(group)]}
    found = elasticache.store.groups(call, PARAMETER_GROUP)
    shown, marker = lookup.page(found, request.get("MaxRecords"), request.get("Marker", ""))
    result: api.CacheParameterGroupsMessage = {"CacheParameterGroups": [view.parameter_group(group) for group in shown]}
    if marker:
        result["Marker"] = marker
    return result


def describe_cache_parameters(
    call: Call, elasticache: Elasticache, request: api.DescribeCacheParametersMessage
) -> api.CacheParameterGroupDetails:
    """What is set in a parameter group. Values that AWS presets are not listed."""
    found = lookup.parameters_of(call, elasticache.store, request["CacheParameterGroupName"])
    if request.get("Source", "user") != "user":
        found = {}
    names, marker = lookup.page(sorted(found), request.get("MaxRecords"), request.get("Marker", ""))
    result: Any = {"Parameters": [view.parameter(name, found[name]) for name in names]}
    if marker:
        result["Marker"] = marker
    answer: api.CacheParameterGroupDetails = result
    return answer


def modify_cache_parameter_group(
    call: Call, elasticache: Elasticache, request: api.ModifyCacheParameterGroupMessage
) -> api.CacheParameterGroupNameMessage:
    """Set parameters; the servers of the caches that refer to the group are started again with them."""
    group = lookup.require_parameter_group(call, elasticache.store, request["CacheParameterGroupName"])
    parameters = {**group.settings["Parameters"], **rules.parameters(request["ParameterNameValues"])}
    _put(elasticache, group, parameters)
    return {"CacheParameterGroupName": group.name}


def reset_cache_parameter_group(
    call: Call, elasticache: Elasticache, request: api.ResetCacheParameterGroupMessage
) -> api.CacheParameterGroupNameMessage:
    """Set some or all parameters to what they are by default."""
    group = lookup.require_parameter_group(call, elasticache.store, request["CacheParameterGroupName"])
    gone = {pair.get("ParameterName", "") for pair in request.get("ParameterNameValues", [])}
    is_whole = bool(request.get("ResetAllParameters"))
    kept = {name: value for name, value in group.settings["Parameters"].items() if name not in gone and not is_whole}
    _put(elasticache, group, kept)
    return {"CacheParameterGroupName": group.name}


def delete_cache_parameter_group(
    call: Call, elasticache: Elasticache, request: api.DeleteCacheParameterGroupMessage
) -> None:
    """Delete a parameter group that no cache refers to."""
    group = lookup.require_parameter_group(call, elasticache.store, request["CacheParameterGroupName"])
    for cache in elasticache.store.caches(call, CLUSTER, GROUP):
        if cache.settings["CacheParameterGroupName"].lower() == group.name:
            raise api.InvalidCacheParameterGroupStateFault(
                "One or more cache clusters are still members of this parameter group "
                f"{group.name}, so the group cannot be deleted."
            )
    elasticache.store.delete_group(group.arn)


def _put(elasticache: Elasticache, group: Group, parameters: dict[str, str]) -> None:
    changed = replace(group, settings={**group.settings, "Parameters": parameters})
    elasticache.store.put_group(changed)
    elasticache.store.touch_users_of(changed)
