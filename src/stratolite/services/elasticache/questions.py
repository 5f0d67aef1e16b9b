"""What clients ask a Redis beside its data, as the fallback answers it: who it is, how it is, who may, where slots are.

fakeredis does not have these commands, or not as a server of its own would; those that ElastiCache keeps to itself do
not exist here either. A command of neither list is fakeredis's.

Sources: https://redis.io/docs/latest/commands/ and, for what is kept back,
https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/SupportedCommands.html
"""

import binascii
import hmac
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from fakeredis._commands import SUPPORTED_COMMANDS, Key

from stratolite.services.elasticache.configuration import RESTRICTED
from stratolite.services.elasticache.resp import Fault, Text

if TYPE_CHECKING:
    from stratolite.services.elasticache.fallback import Server, Session

VERSION = "7.4.0"
"""Whose commands the fallback has, and what it says of itself."""
SLOTS = 16384
OK = Text(b"OK")
GOODBYE = Text(b"OK")
NOT_OURS = object()
"""The answer to a command that is fakeredis's."""
NODE_ID = b"0123456789abcdef0123456789abcdef01234567"
WRONG_PASSWORD = "WRONGPASS invalid username-password pair or user is disabled."
NO_PASSWORD = (
    "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration"
    " is correct?"
)
HELLO_FIRST = (
    "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass>"
    " option can be used to authenticate the client and select the RESP protocol version at the same time"
)
FULL = "OOM command not allowed when used memory > 'maxmemory'."
SHRINKING = frozenset(
    b"del unlink expire pexpire expireat pexpireat flushall flushdb lpop rpop spop zpopmin zpopmax lrem ltrim srem zrem"
    b" hdel getdel xtrim xdel xack persist get mget exists ttl pttl type ping scan hget hgetall hmget lrange smembers"
    b" zrange llen scard zcard hlen strlen keys dbsize multi exec discard watch unwatch subscribe unsubscribe"
    b" psubscribe punsubscribe publish select echo client".split()
)
"""What may be done when memory is full: at most as large afterwards."""
ALSO_KNOWN_AS = {b"touch": b"exists", b"eval_ro": b"eval", b"evalsha_ro": b"evalsha"}
"""Commands that do here what another one does."""
COUNTED_KEYS = {b"eval": 1, b"evalsha": 1, b"fcall": 1}
"""Where the number of keys stands in commands whose keys are counted."""

Answer = Any


class Asker:
    """Answers one client."""

    def __init__(self, server: "Server", session: "Session") -> None:
        self._server = server
        self._session = session
        self._is_known = not server.passwords
        self._answers: dict[bytes, Callable[[Sequence[bytes]], Answer]] = {
            b"auth": self._auth,
            b"hello": self._hello,
            b"quit": lambda _: GOODBYE,
            b"info": lambda _: information(self._server),
            b"cluster": self._cluster,
            b"readonly": self._of_cluster_alone,
            b"readwrite": self._of_cluster_alone,
            b"asking": self._of_cluster_alone,
            b"wait": lambda _: 0,
            b"role": lambda _: [b"master", 0, []],
            b"object": self._object,
            b"memory": self._memory,
            b"slowlog": lambda words: 0 if words[:1] == [b"LEN"] else [],
            b"latency": lambda _: [],
            b"lolwut": lambda _: f"Redis ver. {VERSION}\n".encode(),
        }

    def answer(self, request: list[bytes]) -> Answer:
        """The answer to a request, or NOT_OURS: then it may have been changed into one of fakeredis's. Raises Fault."""
        name = request[0].lower()
        if name in ALSO_KNOWN_AS:
            name = request[0] = ALSO_KNOWN_AS[name]
        if name.decode(errors="replace") in RESTRICTED:
            raise Fault(unknown(request))
        if not self._is_known and name not in (b"auth", b"hello", b"quit"):
            raise Fault("NOAUTH Authentication required.")
        if self._server.is_full and name not in SHRINKING:
            raise Fault(FULL)
        if name == b"client" and request[1:2] and request[1].lower() in (b"tracking", b"caching", b"getredir"):
            raise Fault("ERR client-side caching needs a real Redis: install redis-server or valkey-server")
        if self._server.is_clustered:
            self._check_slots(name, request)
        own = self._answers.get(name)
        if own is None:
            return NOT_OURS
        if self._session._queueing and name != b"quit":
            self._session._transaction_failed = True
            raise Fault(f"ERR {name.decode().upper()} cannot be part of a transaction of the stand-in for Redis")
        return own(request[1:])

    # Who -----------------------------------------------------------------------------------------------------

    def _auth(self, words: Sequence[bytes]) -> Answer:
        if not 1 <= len(words) <= 2:
            raise Fault("ERR wrong number of arguments for 'auth' command" if not words else "ERR syntax error")
        if len(words) == 1 and not self._server.passwords:
            raise Fault(NO_PASSWORD)
        self._identify(words[0] if len(words) == 2 else b"default", words[-1])
        return OK

    def _identify(self, user: bytes, password: bytes) -> None:
        expected = self._server.passwords
        is_right = any(hmac.compare_digest(password, each.encode()) for each in expected)
        # Without a password set, the default user may come with any.
        if user != b"default" or (expected and not is_right):
            raise Fault(WRONG_PASSWORD)
        self._is_known = True

    def _hello(self, words: Sequence[bytes]) -> Answer:
        protocol, rest = self._session.protocol, list(words)
        if rest:
            if rest[0] not in (b"2", b"3"):
                raise Fault("NOPROTO unsupported protocol version")
            protocol = int(rest.pop(0))
        name: bytes | None = None
        while rest:
            option = rest.pop(0).lower()
            if option == b"auth" and len(rest) >= 2:
                self._identify(rest.pop(0), rest.pop(0))
            elif option == b"setname" and rest:
                name = rest.pop(0)
            else:
                raise Fault(f"ERR Syntax error in HELLO option '{option.decode(errors='replace')}'")
        if not self._is_known:
            raise Fault(HELLO_FIRST)
        information = self._session._client_info
        information["resp"] = protocol
        if name is not None:
            information["name"] = name.decode(errors="replace")
        return {
            b"server": b"redis",
            b"version": VERSION.encode(),
            b"proto": protocol,
            b"id": information["id"],
            b"mode": b"cluster" if self._server.is_clustered else b"standalone",
            b"role": b"master",
            b"modules": [],
        }

    # What is kept --------------------------------------------------------------------------------------------

    def _object(self, words: Sequence[bytes]) -> Answer:
        asked = words[0].lower() if words else b""
        if len(words) != 2 or asked not in (b"encoding", b"refcount", b"idletime"):
            raise Fault("ERR unknown subcommand or wrong number of arguments for 'object' command.")
        if words[1] not in self._session._db:
            return None
        return {b"encoding": b"raw", b"refcount": 1, b"idletime": 0}[asked]

    def _memory(self, words: Sequence[bytes]) -> Answer:
        if len(words) >= 2 and words[0].lower() == b"usage":
            item = self._session._db.get(words[1])
            return None if item is None else len(words[1]) + len(repr(item.value))
        raise Fault("ERR unknown subcommand or wrong number of arguments for 'memory' command.")

    # The cluster of one --------------------------------------------------------------------------------------

    def _of_cluster_alone(self, words: Sequence[bytes]) -> Answer:
        if not self._server.is_clustered:
            raise Fault("ERR This instance has cluster support disabled")
        return OK

    def _cluster(self, words: Sequence[bytes]) -> Answer:
        asked = words[0].lower() if words else b""
        if asked == b"keyslot" and len(words) == 2:
            return slot(words[1])
        self._of_cluster_alone(words)
        port = self._server.port
        address = f"127.0.0.1:{port}@{port}"
        if asked == b"slots":
            return [[0, SLOTS - 1, [b"127.0.0.1", port, NODE_ID, []]]]
        if asked == b"nodes":
            return f"{NODE_ID.decode()} {address} myself,master - 0 0 1 connected 0-{SLOTS - 1}\n".encode()
        if asked == b"shards":
            return [{b"slots": [0, SLOTS - 1], b"nodes": [_node(port, is_tls=bool(self._server.tls))]}]
        if asked == b"info":
            counts = f"cluster_slots_assigned:{SLOTS}\r\ncluster_slots_ok:{SLOTS}\r\ncluster_slots_pfail:0\r\n"
            rest = "cluster_slots_fail:0\r\ncluster_known_nodes:1\r\ncluster_size:1\r\ncluster_current_epoch:1\r\n"
            return f"cluster_state:ok\r\n{counts}{rest}".encode()
        if asked == b"myid":
            return NODE_ID
        if asked == b"countkeysinslot" and len(words) == 2:
            return sum(1 for key in self._session._db if str(slot(key)).encode() == words[1])
        raise Fault(f"ERR unknown subcommand '{asked.decode(errors='replace')}'. Try CLUSTER HELP.")

    def _check_slots(self, name: bytes, request: Sequence[bytes]) -> None:
        if name == b"select" and request[1:2] != [b"0"]:
            raise Fault("ERR SELECT is not allowed in cluster mode")
        if len({slot(key) for key in keys(name, request)}) > 1:
            raise Fault("CROSSSLOT Keys in request don't hash to the same slot")


def _node(port: int, *, is_tls: bool) -> dict[bytes, Any]:
    return {
        b"id": NODE_ID,
        b"tls-port" if is_tls else b"port": port,
        b"ip": b"127.0.0.1",
        b"endpoint": b"127.0.0.1",
        b"role": b"master",
        b"replication-offset": 0,
        b"health": b"online",
    }


def slot(key: bytes) -> int:
    """The slot of a key: of what stands in its first braces, if anything does."""
    begin = key.find(b"{")
    end = key.find(b"}", begin + 1)
    hashed = key[begin + 1 : end] if begin >= 0 and end > begin + 1 else key
    return binascii.crc_hqx(hashed, 0) % SLOTS


def keys(name: bytes, request: Sequence[bytes]) -> list[bytes]:
    """The keys of a request, as far as their places are known."""
    if name in COUNTED_KEYS:
        count = request[2] if len(request) > 2 else b""
        return list(request[3 : 3 + int(count)]) if count.isdigit() else []
    signature = SUPPORTED_COMMANDS.get(name.decode(errors="replace"))
    if signature is None:
        return []
    words, fixed, repeat = request[1:], list(signature.fixed), list(signature.repeat)
    kinds = fixed + [repeat[index % len(repeat)] for index in range(len(words) - len(fixed))] if repeat else fixed
    return [word for word, kind in zip(words, kinds, strict=False) if isinstance(kind, Key)]


def unknown(request: Sequence[bytes]) -> str:
    """Redis's refusal of a command that it does not have."""
    shown = "".join(f"'{word.decode(errors='replace')[:128]}' " for word in request[1:20])
    return f"ERR unknown command '{request[0].decode(errors='replace')[:128]}', with args beginning with: {shown}"


def information(server: "Server") -> bytes:
    """INFO: every section that clients and their monitors read."""
    databases = [(number, len(database)) for number, database in sorted(server.fake.dbs.items()) if len(database)]
    sections: dict[str, dict[str, object]] = {
        "Server": {
            "redis_version": VERSION,
            "redis_mode": "cluster" if server.is_clustered else "standalone",
            "os": "fakeredis",
            "tcp_port": server.port,
        },
        "Clients": {"connected_clients": server.connections, "blocked_clients": 0},
        "Memory": {
            "used_memory": server.used_bytes,
            "maxmemory": server.memory_bytes_max,
            "maxmemory_policy": "noeviction",
        },
        "Persistence": {"loading": 0, "aof_enabled": 0},
        "Stats": {"total_commands_processed": server.commands, "evicted_keys": 0},
        "Replication": {"role": "master", "connected_slaves": 0, "master_repl_offset": 0},
        "Cluster": {"cluster_enabled": int(server.is_clustered)},
        "Keyspace": {f"db{number}": f"keys={count},expires=0,avg_ttl=0" for number, count in databases},
    }
    texts = [
        f"# {title}\r\n" + "".join(f"{key}:{value}\r\n" for key, value in fields.items())
        for title, fields in sections.items()
    ]
    return "\r\n".join(texts).encode()
