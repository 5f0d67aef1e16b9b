"""How caches and groups are shown."""

from typing import Any

from stratolite.services.elasticache import api, rules
from stratolite.services.elasticache.domain import CREATING, SERVERLESS, Cache, Group

ADDRESS = "127.0.0.1"
ZONE = "a"
SHOWN_AS_SET = ("PreferredMaintenanceWindow", "SnapshotRetentionLimit", "SnapshotWindow", "AutoMinorVersionUpgrade")
ONLY_NODE = "0001"
VPC_ID = "vpc-00000000"


def tags(found: Cache | Group) -> "list[api.Tag]":
    return [{"Key": key, "Value": value} for key, value in found.tags.items()]


def endpoint(cache: Cache) -> "api.Endpoint":
    return {"Address": ADDRESS, "Port": cache.port}


def _is_reachable(cache: Cache) -> bool:
    return bool(cache.port) and cache.status != CREATING


def replication_group(cache: Cache) -> "api.ReplicationGroup":
    settings = cache.settings
    shown: Any = {
        "ReplicationGroupId": cache.name,
        "Description": settings["ReplicationGroupDescription"],
        "Status": cache.status,
        "PendingModifiedValues": {},
        "MemberClusters": cache.members,
        "NodeGroups": _node_groups(cache) if cache.status != CREATING else [],
        "AutomaticFailover": "enabled" if settings.get("AutomaticFailoverEnabled") else "disabled",
        "MultiAZ": "enabled" if settings.get("MultiAZEnabled") else "disabled",
        "SnapshotRetentionLimit": settings.get("SnapshotRetentionLimit", 0),
        "SnapshotWindow": settings.get("SnapshotWindow", "05:00-06:00"),
        "ClusterEnabled": cache.is_clustered,
        "CacheNodeType": settings["CacheNodeType"],
        "AuthTokenEnabled": bool(settings.get("AuthToken")),
        "TransitEncryptionEnabled": bool(cache.tls),
        "AtRestEncryptionEnabled": bool(settings.get("AtRestEncryptionEnabled")),
        "ARN": cache.arn,
        "ReplicationGroupCreateTime": cache.created_ms / 1000,
        "DataTiering": "disabled",
        "AutoMinorVersionUpgrade": settings.get("AutoMinorVersionUpgrade", True),
        "NetworkType": "ipv4",
        "IpDiscovery": "ipv4",
        "ClusterMode": "enabled" if cache.is_clustered else "disabled",
        "Engine": settings["Engine"],
    }
    if "KmsKeyId" in settings:
        shown["KmsKeyId"] = settings["KmsKeyId"]
    if cache.tls:
        shown["TransitEncryptionMode"] = cache.tls
    if cache.is_clustered and _is_reachable(cache):
        shown["ConfigurationEndpoint"] = endpoint(cache)
    result: api.ReplicationGroup = shown
    return result


def _node_groups(cache: Cache) -> list[dict[str, Any]]:
    members, count = cache.members, int(cache.settings["NumNodeGroups"])
    each = len(members) // count
    slots = 16384 // count
    groups = []
    for number in range(count):
        nodes = members[number * each : (number + 1) * each]
        group: dict[str, Any] = {"NodeGroupId": f"{number + 1:04d}", "Status": cache.status}
        if cache.is_clustered:
            last = 16383 if number == count - 1 else (number + 1) * slots - 1
            group["Slots"] = f"{number * slots}-{last}"
        else:
            group |= {"PrimaryEndpoint": endpoint(cache), "ReaderEndpoint": endpoint(cache)}
        group["NodeGroupMembers"] = [_member(cache, node, is_primary=node == nodes[0]) for node in nodes]
        groups.append(group)
    return groups


def _member(cache: Cache, node: str, *, is_primary: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "CacheClusterId": node,
        "CacheNodeId": ONLY_NODE,
        "PreferredAvailabilityZone": cache.region + ZONE,
    }
    if not cache.is_clustered:
        shown["ReadEndpoint"] = endpoint(cache)
        shown["CurrentRole"] = "primary" if is_primary else "replica"
    return shown


def cluster(cache: Cache, *, name: str = "", shows_nodes: bool = False) -> "api.CacheCluster":
    """A cache cluster, or with ``name`` one of the nodes of a replication group as the cluster that it also is."""
    settings = cache.settings
    shown: Any = {
        "CacheClusterId": name or cache.name,
        "ClientDownloadLandingPage": "https://console.aws.amazon.com/elasticache/home#client-download:",
        "CacheNodeType": settings["CacheNodeType"],
        "Engine": settings["Engine"],
        "EngineVersion": settings["EngineVersion"],
        "CacheClusterStatus": cache.status,
        "NumCacheNodes": 1,
        "PreferredAvailabilityZone": settings.get("PreferredAvailabilityZone", cache.region + ZONE),
        "CacheClusterCreateTime": cache.created_ms / 1000,
        "PreferredMaintenanceWindow": "sun:05:00-sun:06:00",
        "PendingModifiedValues": {},
        "CacheSecurityGroups": [],
        "CacheParameterGroup": {
            "CacheParameterGroupName": settings["CacheParameterGroupName"],
            "ParameterApplyStatus": "in-sync",
            "CacheNodeIdsToReboot": [],
        },
        "CacheSubnetGroupName": settings.get("CacheSubnetGroupName", "default"),
        "AutoMinorVersionUpgrade": True,
        "SecurityGroups": [
            {"SecurityGroupId": each, "Status": "active"} for each in settings.get("SecurityGroupIds", [])
        ],
        "AuthTokenEnabled": bool(settings.get("AuthToken")),
        "TransitEncryptionEnabled": bool(cache.tls),
        "AtRestEncryptionEnabled": bool(settings.get("AtRestEncryptionEnabled")),
        "ReplicationGroupLogDeliveryEnabled": False,
        "NetworkType": "ipv4",
        "IpDiscovery": "ipv4",
        "SnapshotRetentionLimit": 0,
        "SnapshotWindow": "05:00-06:00",
    }
    shown |= {key: settings[key] for key in SHOWN_AS_SET if key in settings}
    shown["ARN"] = cache.arn if not name else cache.arn.rsplit(":", 2)[0] + f":cluster:{name}"
    if name:
        shown["ReplicationGroupId"] = cache.name
    if cache.tls:
        shown["TransitEncryptionMode"] = cache.tls
    if shows_nodes and _is_reachable(cache):
        shown["CacheNodes"] = [
            {
                "CacheNodeId": ONLY_NODE,
                "CacheNodeStatus": cache.status,
                "CacheNodeCreateTime": cache.created_ms / 1000,
                "Endpoint": endpoint(cache),
                "ParameterGroupStatus": "in-sync",
                "CustomerAvailabilityZone": shown["PreferredAvailabilityZone"],
            }
        ]
    result: api.CacheCluster = shown
    return result


def serverless(cache: Cache) -> "api.ServerlessCache":
    assert cache.kind == SERVERLESS
    settings = cache.settings
    shown: Any = {
        "ServerlessCacheName": cache.name,
        "Description": settings.get("Description", ""),
        "CreateTime": cache.created_ms / 1000,
        "Status": cache.status,
        "Engine": settings["Engine"],
        "MajorEngineVersion": settings["EngineVersion"].partition(".")[0],
        "FullEngineVersion": ".".join(settings["EngineVersion"].split(".")[:2]),
        "SecurityGroupIds": settings.get("SecurityGroupIds", []),
        "SubnetIds": settings.get("SubnetIds", []),
        "ARN": cache.arn,
        "SnapshotRetentionLimit": settings.get("SnapshotRetentionLimit", 0),
    }
    shown |= {key: settings[key] for key in ("CacheUsageLimits", "KmsKeyId", "DailySnapshotTime") if key in settings}
    if _is_reachable(cache):
        shown |= {"Endpoint": endpoint(cache), "ReaderEndpoint": endpoint(cache)}
    result: api.ServerlessCache = shown
    return result


def subnet_group(group: Group) -> "api.CacheSubnetGroup":
    return {
        "CacheSubnetGroupName": group.name,
        "CacheSubnetGroupDescription": group.settings["Description"],
        "VpcId": VPC_ID,
        "Subnets": [
            {
                "SubnetIdentifier": each,
                "SubnetAvailabilityZone": {"Name": group.region + ZONE},
                "SupportedNetworkTypes": ["ipv4"],
            }
            for each in group.settings["SubnetIds"]
        ],
        "ARN": group.arn,
        "SupportedNetworkTypes": ["ipv4"],
    }


def parameter_group(group: Group) -> "api.CacheParameterGroup":
    return {
        "CacheParameterGroupName": group.name,
        "CacheParameterGroupFamily": group.settings["Family"],
        "Description": group.settings["Description"],
        "IsGlobal": False,
        "ARN": group.arn,
    }


def parameter(name: str, value: str) -> "api.Parameter":
    allowed = rules.PARAMETERS.get(name)
    shown: Any = {"ParameterName": name, "ParameterValue": value, "Source": "user", "IsModifiable": True}
    if allowed:
        shown["AllowedValues"] = ",".join(sorted(allowed))
    result: api.Parameter = shown
    return result
