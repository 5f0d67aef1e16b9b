"""The program that answers in the place of a Redis where none is installed: fakeredis, served over TCP by one process.

Run by itself (``python -m``), one for each cache; ends with the cloud. fakeredis has the data and the commands; this
program adds what clients ask a server for beside them (INFO, AUTH, HELLO, CLUSTER ...) and what ElastiCache does not
allow. It keeps nothing when it ends and evicts nothing: over its limit of memory it refuses to grow. About 0.2 s to
start, and 50 MB.
"""

import asyncio
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from fakeredis import FakeServer
from fakeredis._helpers import NoResponse, SimpleError, SimpleString
from fakeredis._socket._async import AsyncFakeSocket

from stratolite.services.elasticache import front, questions, resp
from stratolite.services.elasticache.parent import Parent, run, say
from stratolite.services.elasticache.questions import VERSION, Asker

MEASURED_EVERY = 64
"""After how many commands the process's memory is looked at again."""
REQUEST_BYTES_MAX = 1024 * 1024 * 1024
MISCONDUCT = "ERR Protocol error: "


class Server:
    """What all connections share: the data, and how the cache is set up."""

    def __init__(self, wanted: dict[str, Any]) -> None:
        self.fake = FakeServer(version=tuple(map(int, VERSION.split("."))), server_type="redis")
        self.passwords: list[str] = list(wanted.get("passwords", []))
        self.is_clustered: bool = wanted["is_clustered"]
        self.port: int = wanted["port"]
        self.tls: str = wanted["tls"]
        self.parameters: dict[str, str] = wanted.get("parameters", {})
        self.memory_bytes_max: int = wanted["memory_bytes"]
        self.connections = 0
        self.commands = 0
        self._least_bytes = _memory_bytes()
        self._used_bytes = 0
        if "notify-keyspace-events" in self.parameters:
            self.fake.config[b"notify-keyspace-events"] = self.parameters["notify-keyspace-events"].encode()

    @property
    def used_bytes(self) -> int:
        """What the data takes, roughly: how much larger the process has become."""
        return self._used_bytes

    def count(self) -> None:
        """A command comes."""
        self.commands += 1
        if self.commands % MEASURED_EVERY == 1:
            self._used_bytes = max(0, _memory_bytes() - self._least_bytes)

    @property
    def is_full(self) -> bool:
        return self._used_bytes > self.memory_bytes_max


class Session(AsyncFakeSocket):
    """One client's connection, as fakeredis sees it. Answers go straight to the client, in the order of commands."""

    def __init__(self, server: Server, send: Callable[[bytes], None]) -> None:
        self._send = send
        super().__init__(server.fake, 0, client_class=Session)

    @property
    def protocol(self) -> int:
        """Which RESP the client has chosen."""
        return int(self._client_info.protocol_version)

    @property
    def waits(self) -> bool:
        """Whether a command blocks: those that follow it wait."""
        return bool(self._paused)

    def execute(self, request: list[bytes]) -> None:
        """Run a command of fakeredis's."""
        self._process_command(request)

    def put_response(self, message: Any) -> None:
        if isinstance(message, _Answer):
            self._send(resp.encode(message.value, self.protocol))
        else:
            # Nobody asked: a subscription's.
            is_push = isinstance(message, list)
            self._send(resp.encode(resp.Push(message) if is_push else _translated(message), self.protocol))

    def resume(self) -> None:
        super().resume()
        self.on_resumed()

    def on_resumed(self) -> None:
        """What waited for a blocking command goes on."""

    def _decode_result(self, result: Any) -> Any:
        return result if isinstance(result, NoResponse) else _Answer(_translated(result))


class _Answer:
    def __init__(self, value: Any) -> None:
        self.value = value


def _translated(result: Any) -> Any:
    """fakeredis's values as RESP's."""
    if isinstance(result, SimpleString):
        return resp.Text(result.value)
    if isinstance(result, SimpleError):
        return resp.Fault(result.value)
    if isinstance(result, list):
        return [_translated(one) for one in result]
    return result


class Connection(asyncio.Protocol):
    """One client: its bytes become requests, its requests answers."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._requests = resp.Requests()
        self._transport: asyncio.Transport
        self._is_slow = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's are no subclasses of asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        self._server.connections += 1
        self._session = Session(self._server, self._transport.write)
        self._session.on_resumed = self._go_on  # type: ignore[method-assign]
        self._asker = Asker(self._server, self._session)

    def connection_lost(self, error: Exception | None) -> None:
        self._server.connections -= 1
        self._session.kill()
        self._session.close()

    def data_received(self, data: bytes) -> None:
        self._requests.feed(data)
        self._go_on()

    def pause_writing(self) -> None:
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._transport.resume_reading()

    def _go_on(self) -> None:
        """Answer what has come, as far as nothing blocks."""
        try:
            while not self._session.waits and not self._transport.is_closing():
                request = self._requests.next()
                if request is None:
                    return
                self._answer(request)
        except resp.ProtocolError as error:
            self._transport.write(resp.encode(resp.Fault(f"{MISCONDUCT}{error}"), 2))
            self._transport.close()

    def _answer(self, request: list[bytes]) -> None:
        self._server.count()
        try:
            answer = self._asker.answer(request)
        except resp.Fault as fault:
            answer = fault
        if answer is questions.NOT_OURS:
            try:
                self._session.execute(request)
            except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError, AssertionError) as error:
                # A fault of fakeredis's: this command's alone.
                name = request[0].decode(errors="replace").upper()
                problem = f"ERR the stand-in for Redis failed at {name}: {type(error).__name__} {error}"
                self._transport.write(resp.encode(resp.Fault(problem), 2))
            return
        self._transport.write(resp.encode(answer, self._session.protocol))
        if answer is questions.GOODBYE:
            self._transport.close()


async def main(parent: Parent, wanted: dict[str, Any]) -> int:
    """Serve the cache of ``wanted`` until the cloud is gone."""
    server = Server(wanted)
    tls = front.context(wanted["certificate"], wanted["key"]) if wanted["tls"] else None
    try:
        listening = front.listen(wanted["port"])
    except OSError as error:
        say(failed=f"port {wanted['port']}: {error.strerror}")
        return 0
    door = front.Front(listening, lambda: Connection(server), tls, is_plain_allowed=wanted["tls"] != "required")
    serving = asyncio.ensure_future(door.serve())
    say(ready=VERSION)
    await parent.gone()
    serving.cancel()
    return 0


def _memory_bytes() -> int:
    """What this process has in memory; where the system does not tell, the most that it ever had."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except FileNotFoundError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


if __name__ == "__main__":
    run(main)
