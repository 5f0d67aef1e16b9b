"""Limits, what a cache's settings may be, and what is refused by name.

Source: https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stratolite.core.errors import NotImplementedHere
from stratolite.services.elasticache import api
from stratolite.services.elasticache.domain import CLUSTER, GROUP, PREFERRED, REQUIRED, SERVERLESS

PORT_DEFAULT = 6379
NAME_LENGTH_MAX = {CLUSTER: 50, GROUP: 40, SERVERLESS: 40}
NODE_GROUPS_MAX = 500
REPLICAS_MAX = 5
TAGS_MAX = 50
RECORDS_DEFAULT = 100
DATABASES = 16
ENGINES = ("redis", "valkey")
VERSIONS = {
    "redis": ("4.0.10", "5.0.6", "6.0.5", "6.2.6", "7.0.7", "7.1.0"),
    "valkey": ("7.2.6", "8.0.1", "8.1.0"),
}
"""What AWS offers, oldest first; what serves here is what this machine has."""
PARAMETERS = {
    "maxmemory-policy": frozenset(
        [
            "volatile-lru",
            "allkeys-lru",
            "volatile-lfu",
            "allkeys-lfu",
            "volatile-random",
            "allkeys-random",
            "volatile-ttl",
            "noeviction",
        ]
    ),
    "notify-keyspace-events": None,
    "timeout": None,
    "slowlog-log-slower-than": None,
    "slowlog-max-len": None,
    "lazyfree-lazy-eviction": frozenset({"yes", "no"}),
    "lazyfree-lazy-expire": frozenset({"yes", "no"}),
    "activedefrag": frozenset({"yes", "no"}),
    "hash-max-listpack-entries": None,
    "zset-max-listpack-entries": None,
    "set-max-intset-entries": None,
    "client-query-buffer-limit": None,
}
"""Parameters of a parameter group that a server here is given, and the values of those that name them."""
CLUSTER_ENABLED = "cluster-enabled"

HARMLESS = {
    "AtRestEncryptionEnabled": "encryption at rest has no effect that a client can see",
    "KmsKeyId": "encryption at rest has no effect that a client can see",
    "AutoMinorVersionUpgrade": "the server is what this machine has",
    "AutomaticFailoverEnabled": "one server stands for all nodes: there is nothing to fail over to",
    "MultiAZEnabled": "there is one machine",
    "AZMode": "there is one machine",
    "PreferredAvailabilityZone": "there is one machine",
    "PreferredAvailabilityZones": "there is one machine",
    "PreferredCacheClusterAZs": "there is one machine",
    "PreferredMaintenanceWindow": "nothing is maintained",
    "SecurityGroupIds": "there are no networks to tell apart: every function reaches the cache",
    "VpcSecurityGroupIds": "there are no networks to tell apart: every function reaches the cache",
    "SubnetIds": "there are no networks to tell apart: every function reaches the cache",
    "SnapshotRetentionLimit": "no snapshots are taken; the operations that would show them are refused by name",
    "SnapshotWindow": "no snapshots are taken; the operations that would show them are refused by name",
    "DailySnapshotTime": "no snapshots are taken; the operations that would show them are refused by name",
    "ApplyImmediately": "changes are applied at once in any case",
}
"""Settings that are kept and returned, and why they need no effect."""
REFUSED = (
    "CacheNodeIdsToRemove",
    "CacheSecurityGroupNames",
    "ConnectionType",
    "DataTieringEnabled",
    "Durability",
    "FinalSnapshotIdentifier",
    "FinalSnapshotName",
    "GlobalReplicationGroupId",
    "Integrations",
    "LogDeliveryConfigurations",
    "NewAvailabilityZones",
    "NodeGroupConfiguration",
    "NodeGroupId",
    "NotificationTopicArn",
    "NotificationTopicStatus",
    "OutpostMode",
    "PreferredOutpostArn",
    "PreferredOutpostArns",
    "PrimaryClusterId",
    "RemoveUserGroup",
    "RemoveUserGroups",
    "RetainPrimaryCluster",
    "ScaleConfig",
    "ServerlessCacheSnapshotName",
    "SnapshotArns",
    "SnapshotArnsToRestore",
    "SnapshotName",
    "SnapshottingClusterId",
    "UserGroupId",
    "UserGroupIds",
    "UserGroupIdsToAdd",
    "UserGroupIdsToRemove",
)
"""Parameters that act on AWS and not here."""
_ONLY = {"NetworkType": "ipv4", "IpDiscovery": "ipv4"}
_NAME = re.compile(r"[a-z](?:-?[a-z0-9])*", re.ASCII)
_NODE_TYPE = re.compile(r"cache\.[a-z0-9]+\.[a-z0-9]+", re.ASCII)
_TOKEN = re.compile(r"[!&#$^<>\-A-Za-z0-9_.,:;*+=~%?(){}\[\]|`]{16,128}", re.ASCII)
_FAMILY = re.compile(r"(redis|valkey)(\d)(?:\.(?:x|\d+))?", re.ASCII)


def refuse(request: Mapping[str, Any]) -> None:
    """Refuses what acts on AWS and not here. Raises NotImplemented, naming it."""
    for name in REFUSED:
        if request.get(name):
            raise NotImplementedHere(f"The parameter {name} is not implemented by this version of Stratolite.")
    for name, value in _ONLY.items():
        if request.get(name, value) != value:
            raise NotImplementedHere(
                f"{name} {request[name]} is not implemented by this version of Stratolite: {value} alone."
            )


def invalid(text: str) -> api.InvalidParameterValueException:
    return api.InvalidParameterValueException(text)


def name(kind: str, parameter: str, given: str) -> str:
    """A cache's name as it is kept. Raises InvalidParameterValue."""
    kept = given.lower()
    if not _NAME.fullmatch(kept) or len(kept) > NAME_LENGTH_MAX[kind]:
        raise invalid(
            f"The parameter {parameter} is not a valid identifier. Identifiers must begin with a letter; must"
            " contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two"
            " consecutive hyphens."
        )
    return kept


def engine(given: str) -> str:
    """The engine of a cache. Raises NotImplemented for memcached, InvalidParameterValue for what AWS does not have."""
    if given.lower() == "memcached":
        raise NotImplementedHere(
            "Engine memcached is not implemented by this version of Stratolite: redis and valkey are."
        )
    if given.lower() not in ENGINES:
        raise invalid(f"Invalid engine: {given}")
    return given.lower()


def engine_version(of: str, given: str) -> str:
    """The full version that a version stands for: the latest that begins with it. Raises InvalidParameterValue."""
    wanted = given.removesuffix(".x")
    for version in reversed(VERSIONS[of]):
        if not wanted or version == wanted or version.startswith(f"{wanted}."):
            return version
    raise invalid(f"Cannot find version {given} for {of}")


def family(of: str, version: str) -> str:
    """The family of parameter groups of an engine's version."""
    major, minor = version.split(".")[:2]
    if of == "redis" and int(major) < 7:
        return f"redis{major}.x" if major == "6" else f"redis{major}.{minor}"
    return f"{of}{major}"


def family_exists(given: str) -> None:
    """Raises InvalidParameterValue unless there are parameter groups of a family."""
    if given not in {family(of, version) for of, versions in VERSIONS.items() for version in versions}:
        if given.startswith("memcached"):
            raise NotImplementedHere(f"The family {given} is not implemented by this version of Stratolite.")
        raise invalid(f"CacheParameterGroupFamily {given} is not a valid parameter group family.")


def node_type(given: str) -> str:
    """Raises InvalidParameterValue for what cannot be the name of a type of nodes."""
    if not _NODE_TYPE.fullmatch(given):
        raise invalid(f"Invalid Cache Node Type: {given}.")
    return given


def port(given: int | None) -> int:
    """Where clients are told to go, if it is free here. Raises InvalidParameterValue."""
    if given is not None and not 0 < given < 65536:
        raise invalid(f"Invalid port number: {given}")
    return given or PORT_DEFAULT


def auth_token(given: str, tls: str) -> str:
    """A password of 16 to 128 characters, inside TLS alone. Raises InvalidParameterValue, ...Combination."""
    if not tls:
        raise api.InvalidParameterCombinationException(
            "The AUTH token is only supported when encryption-in-transit is enabled."
        )
    if not _TOKEN.fullmatch(given):
        raise invalid(
            "Invalid AuthToken provided: it has to be 16 to 128 printable characters, without spaces, quotes, / and @."
        )
    return given


def transit_encryption_mode(settings: Mapping[str, Any]) -> str:
    """Whether clients may do without TLS. Raises InvalidParameterValue."""
    mode = str(settings.get("TransitEncryptionMode") or REQUIRED)
    if mode not in (REQUIRED, PREFERRED):
        raise invalid(f"Invalid TransitEncryptionMode: {mode}")
    return mode


def node_counts(request: Mapping[str, Any], *, is_clustered: bool) -> tuple[int, int]:
    """(node groups, replicas of each). Raises InvalidParameterCombination, InvalidParameterValue."""
    groups, clusters = int(request.get("NumNodeGroups") or 1), request.get("NumCacheClusters")
    if clusters is not None and is_clustered and "NumNodeGroups" in request:
        raise api.InvalidParameterCombinationException("Cannot use NumCacheClusters with NumNodeGroups.")
    replicas = int(request.get("ReplicasPerNodeGroup") or 0) if clusters is None else int(clusters) - 1
    if not 1 <= groups <= NODE_GROUPS_MAX:
        raise invalid(f"The number of node groups must be between 1 and {NODE_GROUPS_MAX}.")
    if not 0 <= replicas <= REPLICAS_MAX:
        raise invalid(f"The number of replicas per node group must be between 0 and {REPLICAS_MAX}.")
    if request.get("AutomaticFailoverEnabled") and not is_clustered and replicas < 1:
        # https://github.com/hashicorp/terraform/issues/25077 shows AWS's answer.
        raise api.InvalidParameterCombinationException(
            "When using automatic failover, there must be at least 2 cache clusters in the replication group."
        )
    return groups, replicas


def parameters(pairs: "Iterable[api.ParameterNameValue]") -> dict[str, str]:
    """What a parameter group says. Raises NotImplemented for parameters that nothing here is given."""
    found: dict[str, str] = {}
    for pair in pairs:
        parameter, value = pair.get("ParameterName", ""), pair.get("ParameterValue", "")
        if parameter == CLUSTER_ENABLED and value in ("yes", "no"):
            found[parameter] = value
            continue
        if parameter not in PARAMETERS:
            raise NotImplementedHere(
                f"The cache parameter {parameter} is not implemented by this version of Stratolite."
            )
        allowed = PARAMETERS[parameter]
        if (allowed is not None and value not in allowed) or not re.fullmatch(r"[\w-]*", value, re.ASCII):
            raise invalid(f"The parameter value {value} is not allowed for parameter {parameter}.")
        found[parameter] = value
    return found


def tags(given: "Sequence[api.Tag]") -> dict[str, str]:
    """Tags by key. Raises TagQuotaPerResourceExceeded."""
    found = {tag["Key"]: tag.get("Value", "") for tag in given}
    if len(found) > TAGS_MAX:
        raise api.TagQuotaPerResourceExceeded(f"A resource can have at most {TAGS_MAX} tags.")
    return found
