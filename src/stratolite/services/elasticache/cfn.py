"""CloudFormation's view of ElastiCache: replication groups, cache clusters, serverless caches and their groups.

A cache is pending until its server serves. Source:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ElastiCache.html
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from stratolite.core.arn import Arn, partition_of
from stratolite.core.ports import Ports
from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.elasticache import rules
from stratolite.services.elasticache.domain import AVAILABLE, CLUSTER, FAILED, GROUP, SERVERLESS

_GONE = frozenset(
    {
        "CacheClusterNotFound",
        "ReplicationGroupNotFoundFault",
        "ServerlessCacheNotFoundFault",
        "CacheSubnetGroupNotFoundFault",
        "CacheParameterGroupNotFound",
    }
)
_COUNTS = frozenset({"NumCacheClusters", "ReplicasPerNodeGroup"})
_OF_GROUP = frozenset(
    {
        "AuthToken",
        "CacheNodeType",
        "CacheParameterGroupName",
        "CacheSubnetGroupName",
        "ClusterMode",
        "Engine",
        "EngineVersion",
        "NumNodeGroups",
        "Port",
        "ReplicationGroupDescription",
        "ReplicationGroupId",
        "Tags",
        "TransitEncryptionEnabled",
        "TransitEncryptionMode",
        *_COUNTS,
    }
)
_OF_CLUSTER = frozenset(
    {
        "CacheNodeType",
        "CacheParameterGroupName",
        "CacheSubnetGroupName",
        "ClusterName",
        "Engine",
        "EngineVersion",
        "NumCacheNodes",
        "Port",
        "Tags",
        "TransitEncryptionEnabled",
    }
)
_OF_SERVERLESS = frozenset(
    {"CacheUsageLimits", "Description", "Engine", "MajorEngineVersion", "ServerlessCacheName", "Tags"}
)
_UNCHANGEABLE = frozenset({"Port", "CacheSubnetGroupName", "NetworkType", "KmsKeyId", "AtRestEncryptionEnabled"})
"""Properties of which Modify operations know nothing: a change of one replaces the cache."""


def _harmless(*names: str) -> dict[str, str]:
    return {name: rules.HARMLESS[name] for name in names}


def _request(work: Work, names: frozenset[str] | set[str]) -> dict[str, Any]:
    """The properties that an operation is given as they are. Security groups have another name in some."""
    request = {name: value for name, value in work.properties.items() if name in names}
    if "VpcSecurityGroupIds" in request:
        request["SecurityGroupIds"] = request.pop("VpcSecurityGroupIds")
    return request


def _arn(work: Work, kind: str, name: str) -> str:
    region = work.call.region
    return str(Arn("elasticache", region, work.call.account, f"{kind}:{name}", partition_of(region)))


def _retagged(work: Work, arn: str) -> None:
    wanted = {tag["Key"]: tag["Value"] for tag in work.properties.get("Tags", [])}
    had = {tag["Key"]: tag["Value"] for tag in work.previous.get("Tags", [])}
    if gone := sorted(set(had) - set(wanted)):
        work.operate("RemoveTagsFromResource", {"ResourceName": arn, "TagKeys": gone})
    if wanted != had and wanted:
        tags = [{"Key": key, "Value": value} for key, value in wanted.items()]
        work.operate("AddTagsToResource", {"ResourceName": arn, "Tags": tags})


def _delete(work: Work, operation: str, parameter: str) -> None:
    work.unless_gone(operation, {parameter: work.physical_id}, _GONE)


def _made(name: str, status: str, attributes: Mapping[str, Any]) -> Made:
    problem = f"The cache {name} could not be started; the log of 'stratolite up' says why." if status == FAILED else ""
    return Made(name, attributes, is_pending=status not in (AVAILABLE, FAILED), problem=problem)


def _ends(prefix: str, endpoint: Mapping[str, Any] | None) -> dict[str, str]:
    if not endpoint:
        return {}
    return {f"{prefix}.Address": endpoint["Address"], f"{prefix}.Port": str(endpoint["Port"])}


def _settled(kind: str) -> Callable[[Ports, str], Awaitable[None]]:
    async def settled(ports: Ports, physical_id: str) -> None:
        await ports.cache.settled(f"{kind}:{physical_id}")

    return settled


# Replication groups ----------------------------------------------------------------------------------------------


def _create_group(work: Work) -> Made:
    name = work.properties.get("ReplicationGroupId") or work.generated_name(rules.NAME_LENGTH_MAX[GROUP], "lower")
    request = _request(work, _OF_GROUP | set(rules.HARMLESS)) | {"ReplicationGroupId": name}
    made = work.operate("CreateReplicationGroup", request)["ReplicationGroup"]
    return Made(made["ReplicationGroupId"], is_pending=True)


def _look_at_group(work: Work) -> Made:
    request = {"ReplicationGroupId": work.physical_id}
    shown = work.operate("DescribeReplicationGroups", request)["ReplicationGroups"][0]
    attributes: dict[str, Any] = _ends("ConfigurationEndPoint", shown.get("ConfigurationEndpoint"))
    first = shown["NodeGroups"][0] if shown["NodeGroups"] else {}
    attributes |= _ends("PrimaryEndPoint", first.get("PrimaryEndpoint"))
    attributes |= _ends("ReaderEndPoint", first.get("ReaderEndpoint"))
    if "PrimaryEndpoint" in first:
        ends = [member["ReadEndpoint"] for member in first["NodeGroupMembers"]]
        attributes["ReadEndPoint.Addresses"] = f"[{', '.join(end['Address'] for end in ends)}]"
        attributes["ReadEndPoint.Ports"] = f"[{', '.join(str(end['Port']) for end in ends)}]"
        attributes["ReadEndPoint.AddressesList"] = [end["Address"] for end in ends]
        attributes["ReadEndPoint.PortsList"] = [str(end["Port"]) for end in ends]
    return _made(work.physical_id, shown["Status"], attributes)


def _update_group(work: Work) -> Made:
    name = work.physical_id
    changed = {key for key in {*work.properties, *work.previous} if work.properties.get(key) != work.previous.get(key)}
    request = _request(work, (changed & (_OF_GROUP | set(rules.HARMLESS))) - _COUNTS - {"Tags", "ReplicationGroupId"})
    if "AuthToken" in changed:
        request["AuthTokenUpdateStrategy"] = "SET" if "AuthToken" in request else "DELETE"
    wanted = _wanted_replicas(work) if changed & _COUNTS else None
    # Automatic failover needs replicas: they come before it, and go after it.
    if wanted is not None:
        _recount(work, name, wanted, "IncreaseReplicaCount")
    if request:
        work.operate("ModifyReplicationGroup", {"ReplicationGroupId": name, "ApplyImmediately": True, **request})
    if wanted is not None:
        _recount(work, name, wanted, "DecreaseReplicaCount")
    _retagged(work, _arn(work, GROUP, name))
    return _look_at_group(work)


def _wanted_replicas(work: Work) -> int:
    clusters = work.properties.get("NumCacheClusters")
    return int(clusters - 1 if clusters is not None else work.properties.get("ReplicasPerNodeGroup", 0))


def _recount(work: Work, name: str, wanted: int, operation: str) -> None:
    """Show more replicas, or fewer, where that is what the operation does."""
    shown = work.operate("DescribeReplicationGroups", {"ReplicationGroupId": name})["ReplicationGroups"][0]
    now = len(shown["MemberClusters"]) // len(shown["NodeGroups"]) - 1
    if wanted > now if operation == "IncreaseReplicaCount" else wanted < now:
        work.operate(operation, {"ReplicationGroupId": name, "NewReplicaCount": wanted, "ApplyImmediately": True})


# Cache clusters --------------------------------------------------------------------------------------------------


def _create_cluster(work: Work) -> Made:
    name = work.properties.get("ClusterName") or work.generated_name(rules.NAME_LENGTH_MAX[CLUSTER], "lower")
    request = _request(work, (_OF_CLUSTER | set(rules.HARMLESS)) - {"ClusterName"}) | {"CacheClusterId": name}
    made = work.operate("CreateCacheCluster", request)["CacheCluster"]
    return Made(made["CacheClusterId"], is_pending=True)


def _look_at_cluster(work: Work) -> Made:
    request = {"CacheClusterId": work.physical_id, "ShowCacheNodeInfo": True}
    shown = work.operate("DescribeCacheClusters", request)["CacheClusters"][0]
    nodes = shown.get("CacheNodes", [])
    attributes = _ends("RedisEndpoint", nodes[0]["Endpoint"]) if nodes else {}
    return _made(work.physical_id, shown["CacheClusterStatus"], attributes)


def _update_cluster(work: Work) -> Made:
    changed = {key for key in {*work.properties, *work.previous} if work.properties.get(key) != work.previous.get(key)}
    request = _request(work, (changed & (_OF_CLUSTER | set(rules.HARMLESS))) - {"Tags", "ClusterName"})
    if request:
        request |= {"CacheClusterId": work.physical_id, "ApplyImmediately": True}
        work.operate("ModifyCacheCluster", request)
    _retagged(work, _arn(work, CLUSTER, work.physical_id))
    return _look_at_cluster(work)


# Serverless caches -----------------------------------------------------------------------------------------------


def _create_serverless(work: Work) -> Made:
    request = _request(work, _OF_SERVERLESS | set(rules.HARMLESS))
    made = work.operate("CreateServerlessCache", request)["ServerlessCache"]
    return Made(made["ServerlessCacheName"], is_pending=True)


def _look_at_serverless(work: Work) -> Made:
    request = {"ServerlessCacheName": work.physical_id}
    shown = work.operate("DescribeServerlessCaches", request)["ServerlessCaches"][0]
    attributes = {key: shown[key] for key in ("ARN", "FullEngineVersion", "Status")}
    attributes |= {"CreateTime": str(shown["CreateTime"])}
    attributes |= _ends("Endpoint", shown.get("Endpoint")) | _ends("ReaderEndpoint", shown.get("ReaderEndpoint"))
    return _made(work.physical_id, shown["Status"], attributes)


def _update_serverless(work: Work) -> Made:
    changed = {key for key in {*work.properties, *work.previous} if work.properties.get(key) != work.previous.get(key)}
    request = _request(work, (changed & (_OF_SERVERLESS | set(rules.HARMLESS))) - {"Tags", "ServerlessCacheName"})
    if request:
        work.operate("ModifyServerlessCache", {"ServerlessCacheName": work.physical_id, **request})
    _retagged(work, _arn(work, SERVERLESS, work.physical_id))
    return _look_at_serverless(work)


# Groups of settings ----------------------------------------------------------------------------------------------


def _create_subnet_group(work: Work) -> Made:
    name = work.properties.get("CacheSubnetGroupName") or work.generated_name(255, "lower")
    request = {
        "CacheSubnetGroupName": name,
        "CacheSubnetGroupDescription": work.properties["Description"],
        "SubnetIds": work.properties["SubnetIds"],
        "Tags": work.properties.get("Tags", []),
    }
    return Made(work.operate("CreateCacheSubnetGroup", request)["CacheSubnetGroup"]["CacheSubnetGroupName"])


def _update_subnet_group(work: Work) -> Made:
    request = {
        "CacheSubnetGroupName": work.physical_id,
        "CacheSubnetGroupDescription": work.properties["Description"],
        "SubnetIds": work.properties["SubnetIds"],
    }
    work.operate("ModifyCacheSubnetGroup", request)
    _retagged(work, _arn(work, "subnetgroup", work.physical_id))
    return Made(work.physical_id)


def _create_parameter_group(work: Work) -> Made:
    name = work.properties.get("CacheParameterGroupName") or work.generated_name(255, "lower")
    request = {
        "CacheParameterGroupName": name,
        "CacheParameterGroupFamily": work.properties["CacheParameterGroupFamily"],
        "Description": work.properties["Description"],
        "Tags": work.properties.get("Tags", []),
    }
    made = work.operate("CreateCacheParameterGroup", request)["CacheParameterGroup"]["CacheParameterGroupName"]
    _set(work, made, work.properties.get("Properties", {}))
    return Made(made, {"CacheParameterGroupName": made})


def _set(work: Work, name: str, parameters: Mapping[str, Any]) -> None:
    if parameters:
        pairs = [{"ParameterName": key, "ParameterValue": str(value)} for key, value in parameters.items()]
        work.operate("ModifyCacheParameterGroup", {"CacheParameterGroupName": name, "ParameterNameValues": pairs})


def _update_parameter_group(work: Work) -> Made:
    wanted, had = work.properties.get("Properties", {}), work.previous.get("Properties", {})
    if gone := sorted(set(had) - set(wanted)):
        pairs = [{"ParameterName": key} for key in gone]
        request = {"CacheParameterGroupName": work.physical_id, "ParameterNameValues": pairs}
        work.operate("ResetCacheParameterGroup", request)
    _set(work, work.physical_id, {key: value for key, value in wanted.items() if had.get(key) != value})
    _retagged(work, _arn(work, "parametergroup", work.physical_id))
    return Made(work.physical_id, {"CacheParameterGroupName": work.physical_id})


RESOURCE_TYPES = (
    ResourceType(
        name="AWS::ElastiCache::ReplicationGroup",
        implemented=_OF_GROUP,
        accepted=_harmless(
            "AtRestEncryptionEnabled",
            "AutoMinorVersionUpgrade",
            "AutomaticFailoverEnabled",
            "KmsKeyId",
            "MultiAZEnabled",
            "PreferredCacheClusterAZs",
            "PreferredMaintenanceWindow",
            "SecurityGroupIds",
            "SnapshotRetentionLimit",
            "SnapshotWindow",
        ),
        replaces=_UNCHANGEABLE | {"NumNodeGroups", "ClusterMode"},
        refuse=rules.refuse,
        create=_create_group,
        update=_update_group,
        delete=lambda work: _delete(work, "DeleteReplicationGroup", "ReplicationGroupId"),
        look=_look_at_group,
        settled=_settled(GROUP),
    ),
    ResourceType(
        name="AWS::ElastiCache::CacheCluster",
        implemented=_OF_CLUSTER,
        accepted=_harmless(
            "AZMode",
            "AutoMinorVersionUpgrade",
            "PreferredAvailabilityZone",
            "PreferredAvailabilityZones",
            "PreferredMaintenanceWindow",
            "SnapshotRetentionLimit",
            "SnapshotWindow",
            "VpcSecurityGroupIds",
        ),
        replaces=_UNCHANGEABLE
        | {"TransitEncryptionEnabled", "PreferredAvailabilityZone", "PreferredAvailabilityZones"},
        refuse=rules.refuse,
        create=_create_cluster,
        update=_update_cluster,
        delete=lambda work: _delete(work, "DeleteCacheCluster", "CacheClusterId"),
        look=_look_at_cluster,
        settled=_settled(CLUSTER),
    ),
    ResourceType(
        name="AWS::ElastiCache::ServerlessCache",
        implemented=_OF_SERVERLESS,
        accepted=_harmless("DailySnapshotTime", "KmsKeyId", "SecurityGroupIds", "SnapshotRetentionLimit", "SubnetIds"),
        refuse=rules.refuse,
        create=_create_serverless,
        update=_update_serverless,
        delete=lambda work: _delete(work, "DeleteServerlessCache", "ServerlessCacheName"),
        look=_look_at_serverless,
        settled=_settled(SERVERLESS),
    ),
    ResourceType(
        name="AWS::ElastiCache::SubnetGroup",
        implemented=frozenset({"CacheSubnetGroupName", "Description", "SubnetIds", "Tags"}),
        create=_create_subnet_group,
        update=_update_subnet_group,
        delete=lambda work: _delete(work, "DeleteCacheSubnetGroup", "CacheSubnetGroupName"),
    ),
    ResourceType(
        name="AWS::ElastiCache::ParameterGroup",
        implemented=frozenset(
            {"CacheParameterGroupFamily", "CacheParameterGroupName", "Description", "Properties", "Tags"}
        ),
        create=_create_parameter_group,
        update=_update_parameter_group,
        delete=lambda work: _delete(work, "DeleteCacheParameterGroup", "CacheParameterGroupName"),
    ),
)
