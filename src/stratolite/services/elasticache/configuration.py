"""From a cache's settings to what its server is told: redis.conf's lines, or the fallback's configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, field

MEMORY_BYTES_MAX = 1024 * 1024 * 1024
"""What one cache may have here at most: a node of AWS's may be larger than this machine."""
NODE_MEMORY_BYTES = {
    "cache.t1.micro": 142_606_336,
    "cache.t2.micro": 581_959_680,
    "cache.t3.micro": 536_870_912,
    "cache.t4g.micro": 536_870_912,
}
"""``maxmemory`` of the node types under that limit.

https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ParameterGroups.Engine.html
"""
POLICY_DEFAULT = "volatile-lru"
RESTRICTED = frozenset(
    [
        "bgrewriteaof",
        "bgsave",
        "config",
        "debug",
        "failover",
        "migrate",
        "module",
        "psync",
        "replconf",
        "replicaof",
        "save",
        "shutdown",
        "slaveof",
        "sync",
    ]
)
"""Commands that ElastiCache keeps to itself, and so do we: a function cannot stop its cache either.

https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/SupportedCommands.html
"""


@dataclass(frozen=True, slots=True)
class Configuration:
    """All that decides how a server runs: when it changes, the server is started again."""

    port: int
    memory_bytes: int
    passwords: tuple[str, ...] = ()
    """Any of them opens the cache."""
    tls: str = ""
    """``required``, ``preferred`` or nothing."""
    is_clustered: bool = False
    bus_port: int = 0
    """Where a clustered server would listen for the others."""
    certificate: str = ""
    key: str = ""
    authority: str = ""
    """Paths of PEM files, where there is TLS."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Of the parameter group."""


def memory_bytes(node_type: str) -> int:
    """How much a cache of a node type may keep."""
    return NODE_MEMORY_BYTES.get(node_type, MEMORY_BYTES_MAX)


def redis_conf(wanted: Configuration, socket: str) -> str:
    """The configuration file of a redis-server or valkey-server, whose folder is the current one.

    What is written reaches the kernel before it is answered: data survives ``kill -9``, and a power cut but for the
    last second. A cache on AWS may lose more.
    """
    is_direct = wanted.tls != "preferred"
    plain = wanted.port if not wanted.tls else 0
    lines = [
        "bind 127.0.0.1",
        f"port {plain}",
        f"unixsocket {socket}",
        "unixsocketperm 700",
        "appendonly yes",
        "appendfsync everysec",
        'save ""',
        f"maxmemory {wanted.memory_bytes}",
        "maxmemory-policy " + wanted.parameters.get("maxmemory-policy", POLICY_DEFAULT),
    ]
    if wanted.tls and is_direct:
        lines += [
            f"tls-port {wanted.port}",
            f'tls-cert-file "{wanted.certificate}"',
            f'tls-key-file "{wanted.key}"',
            f'tls-ca-cert-file "{wanted.authority}"',
            "tls-auth-clients no",
        ]
    if wanted.passwords:
        lines.append(f"user default on {' '.join('>' + each for each in wanted.passwords)} ~* &* +@all")
    if wanted.is_clustered:
        lines += _cluster(wanted)
    lines += [f'{name} "{value}"' for name, value in wanted.parameters.items() if name != "maxmemory-policy"]
    lines += [f'rename-command {name} ""' for name in sorted(RESTRICTED)]
    return "\n".join(lines) + "\n"


def _cluster(wanted: Configuration) -> list[str]:
    lines = [
        "cluster-enabled yes",
        "cluster-config-file nodes.conf",
        "cluster-announce-ip 127.0.0.1",
        f"cluster-port {wanted.bus_port}",
    ]
    if wanted.tls == "required":
        lines.append("tls-cluster yes")
    elif wanted.tls:
        # Clients are sent where the front is, whichever way they came.
        lines += [f"cluster-announce-port {wanted.port}", f"cluster-announce-tls-port {wanted.port}"]
    return lines
