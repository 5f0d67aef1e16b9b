"""How services meet without knowing each other.

A service that offers something to others implements one of the protocols in this folder, in its ``port.py``; the
composition root puts it into ``Ports``, which is here. Each protocol is imported from its own module.
Methods that are plain functions run inside the caller's transaction, so that a state change and what it causes commit
together (law 2). Coroutines wait for something and open their own.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stratolite.core.errors import NotImplementedHere
from stratolite.core.metering import Meter
from stratolite.core.ports.caches import CachePort
from stratolite.core.ports.connections import ConnectionPort
from stratolite.core.ports.events import EventPort
from stratolite.core.ports.functions import FunctionPort
from stratolite.core.ports.identities import AccessKeyPort, IdentityPort
from stratolite.core.ports.kinesis import KinesisPort
from stratolite.core.ports.logs import LogPort
from stratolite.core.ports.messages import MessagePort
from stratolite.core.ports.metrics import MeteredPort, MetricPort
from stratolite.core.ports.objects import ObjectPort
from stratolite.core.ports.queues import QueuePort
from stratolite.core.ports.stacks import StackPort
from stratolite.core.ports.streams import StreamPort
from stratolite.core.ports.topics import TopicPort
from stratolite.core.ports.watchers import AlarmWatcher, HintWatcher


@dataclass
class Ports:
    """What each service offers to the others, wired in ``server/app.py``; loads the offering service on first use."""

    find: Callable[[str], Any]
    """Gives the implementation of a port by name, or None when no service here offers it."""
    metric: MetricPort = field(default_factory=Meter)
    """There without CloudWatch being loaded."""
    alarm_watchers: list[AlarmWatcher] = field(default_factory=list)
    """Who is told of alarms, after the commit."""
    hint_watchers: list[HintWatcher] = field(default_factory=list)
    """Who is told of hints (``server/hints.py``)."""
    _found: dict[str, Any] = field(default_factory=dict)

    def _port(self, name: str) -> Any:
        if name not in self._found:
            self._found[name] = self.find(name)
        port = self._found[name]
        if port is None:
            raise NotImplementedHere(f"No service of this version of Stratolite offers a {name}.")
        return port

    def offers(self, name: str) -> bool:
        """Whether some service here offers this port (``function``, ``queue``, ``topic`` ...)."""
        if name not in self._found:
            self._found[name] = self.find(name)
        return self._found[name] is not None

    @property
    def function(self) -> FunctionPort:
        port: FunctionPort = self._port("function")
        return port

    @property
    def queue(self) -> QueuePort:
        port: QueuePort = self._port("queue")
        return port

    @property
    def topic(self) -> TopicPort:
        port: TopicPort = self._port("topic")
        return port

    @property
    def event(self) -> EventPort:
        port: EventPort = self._port("event")
        return port

    @property
    def messages(self) -> MessagePort:
        port: MessagePort = self._port("messages")
        return port

    @property
    def stack(self) -> StackPort:
        port: StackPort = self._port("stack")
        return port

    @property
    def access_key(self) -> AccessKeyPort:
        port: AccessKeyPort = self._port("access_key")
        return port

    @property
    def connection(self) -> ConnectionPort:
        port: ConnectionPort = self._port("connection")
        return port

    @property
    def cache(self) -> CachePort:
        port: CachePort = self._port("cache")
        return port

    @property
    def object(self) -> ObjectPort:
        port: ObjectPort = self._port("object")
        return port

    @property
    def stream(self) -> StreamPort:
        port: StreamPort = self._port("stream")
        return port

    @property
    def kinesis(self) -> KinesisPort:
        port: KinesisPort = self._port("kinesis")
        return port

    @property
    def log(self) -> LogPort:
        port: LogPort = self._port("log")
        return port

    @property
    def identity(self) -> IdentityPort:
        port: IdentityPort = self._port("identity")
        return port

    @property
    def metered(self) -> MeteredPort:
        port: MeteredPort = self._port("metered")
        return port
