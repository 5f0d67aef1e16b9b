"""Caches, whichever of AWS's three kinds, and the groups of settings that they refer to.

    creating ──> available <──> modifying
        └──────────┴──────────────┴──> create-failed    the server cannot be started, or ended too often

A cache that is deleted is gone at once: there is nothing here that deleting would take time for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CLUSTER, GROUP, SERVERLESS = "cluster", "replicationgroup", "serverlesscache"
"""The kinds of caches, as ARNs name them."""
SUBNET_GROUP, PARAMETER_GROUP = "subnetgroup", "parametergroup"
CREATING, AVAILABLE, MODIFYING, FAILED = "creating", "available", "modifying", "create-failed"
REQUIRED, PREFERRED = "required", "preferred"


@dataclass(frozen=True, slots=True)
class Cache:
    """A cache: one Redis server on this machine. ``settings`` have the names of the API, defaults included."""

    arn: str
    kind: str
    account: str
    region: str
    name: str
    status: str
    created_ms: int
    settings: Mapping[str, Any]
    folder: str
    """Where its server keeps the data, in the folder of all caches."""
    tags: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    """Where it listens on 127.0.0.1; 0 until its server has been started for the first time."""
    reason: str = ""
    """Why it is not available."""

    @property
    def is_clustered(self) -> bool:
        """Whether its clients are clients of a Redis cluster. Serverless caches always are."""
        return self.kind == SERVERLESS or bool(self.settings.get("ClusterEnabled"))

    @property
    def tls(self) -> str:
        """``required``, ``preferred`` (clients may do without), or nothing."""
        if self.kind == SERVERLESS:
            return REQUIRED
        if not self.settings.get("TransitEncryptionEnabled"):
            return ""
        return str(self.settings.get("TransitEncryptionMode", REQUIRED))

    @property
    def node_count(self) -> int:
        """How many nodes the API shows. One server stands for all of them."""
        if self.kind == GROUP:
            return int(self.settings["NumNodeGroups"]) * (1 + int(self.settings["ReplicasPerNodeGroup"]))
        return 1

    @property
    def members(self) -> list[str]:
        """The cache clusters of a replication group, by name; the first of each node group is its primary."""
        if self.kind != GROUP:
            return []
        replicas = int(self.settings["ReplicasPerNodeGroup"])
        if not self.is_clustered:
            return [f"{self.name}-{number:03d}" for number in range(1, replicas + 2)]
        shards = range(1, int(self.settings["NumNodeGroups"]) + 1)
        return [f"{self.name}-{shard:04d}-{number:03d}" for shard in shards for number in range(1, replicas + 2)]


@dataclass(frozen=True, slots=True)
class Group:
    """A subnet group or a parameter group."""

    arn: str
    kind: str
    account: str
    region: str
    name: str
    settings: Mapping[str, Any]
    tags: Mapping[str, str] = field(default_factory=dict)
