"""The program that keeps one redis-server: starts it, says when it serves, and lets it outlive nobody.

Run by itself (``python -m``), one for each cache. When the cloud ends, in whatever way, so does the server; when this
program is killed, the kernel kills the server (PR_SET_PDEATHSIG, Linux). It also is the door of a cache that may be
reached with and without TLS on one port, which no Redis offers by itself.
"""

import asyncio
import contextlib
import ctypes
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from stratolite.services.elasticache import front
from stratolite.services.elasticache.parent import Parent, run, say

SOCKET = "redis.sock"
"""Beside the data: a relative name, because a whole path may be longer than a socket's name may be."""
LOG = "redis.log"
ASKED_AGAIN_S = 0.01
STOP_S_MAX = 5
LOG_LINES_TOLD = 3
PR_SET_PDEATHSIG = 1


async def main(parent: Parent, wanted: dict[str, Any]) -> int:
    """Keep the server of ``wanted`` until the cloud is gone or the server has ended."""
    log = Path(LOG).open("ab")  # noqa: SIM115, ASYNC230 - the server's from here on.
    server = await asyncio.create_subprocess_exec(
        *wanted["argv"],
        stdin=asyncio.subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        preexec_fn=_die_with_parent(),
    )
    log.close()
    ended = asyncio.ensure_future(server.wait())
    gone = asyncio.ensure_future(parent.gone())
    serving = asyncio.ensure_future(_serve(wanted))
    try:
        await asyncio.wait([ended, gone, serving], return_when=asyncio.FIRST_COMPLETED)
        if serving.done() and serving.exception() is not None and not ended.done():
            say(failed=str(serving.exception()))
        elif serving.done():
            await asyncio.wait([ended, gone], return_when=asyncio.FIRST_COMPLETED)
        if ended.done():
            say(ended=ended.result(), log=_last_lines())
    finally:
        serving.cancel()
        if not ended.done():
            await _stop(server, ended)
    return 0


async def _serve(wanted: dict[str, Any]) -> None:
    """Have the server ready, open the door where there is one, and say so."""
    version = await _ready(wanted.get("password", ""), wanted["is_clustered"])
    door = wanted.get("front")
    if door:
        tls = front.context(door["certificate"], door["key"])
        listening = front.listen(door["port"])
        opened = front.Front(listening, lambda: Relay(SOCKET), tls, is_plain_allowed=True)
        say(ready=version)
        await opened.serve()
    say(ready=version)


async def _ready(password: str, is_clustered: bool) -> str:
    """Wait until the server answers, its data read; its version."""
    while True:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_unix_connection(SOCKET)
            try:
                if password:
                    await _ask(reader, writer, "AUTH", password)
                if await _ask(reader, writer, "PING") == b"PONG":
                    if is_clustered:
                        await _own_every_slot(reader, writer)
                    return _field(await _ask(reader, writer, "INFO", "server"), b"redis_version")
            finally:
                writer.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), ASKED_AGAIN_S)


async def _own_every_slot(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Make a cluster of one: it has all slots, and says so before anyone asks."""
    while True:
        state = await _ask(reader, writer, "CLUSTER", "INFO")
        if _field(state, b"cluster_slots_assigned") == "0":
            await _ask(reader, writer, "CLUSTER", "ADDSLOTSRANGE", "0", "16383")
        if _field(state, b"cluster_state") == "ok":
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), ASKED_AGAIN_S)


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *words: str) -> bytes:
    """The text of a command's answer."""
    parts = b"".join(b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode()) for word in words)
    writer.write(b"*%d\r\n%s" % (len(words), parts))
    line = (await reader.readuntil(b"\r\n"))[:-2]
    if line[:1] == b"$" and int(line[1:]) >= 0:
        return (await reader.readexactly(int(line[1:]) + 2))[:-2]
    return line[1:]


def _field(text: bytes, name: bytes) -> str:
    lines = [line.partition(b":")[2] for line in text.splitlines() if line.startswith(name + b":")]
    return lines[0].decode() if lines else ""


async def _stop(server: asyncio.subprocess.Process, ended: "asyncio.Future[int]") -> None:
    """End the server; it writes first what it has not written yet."""
    with contextlib.suppress(ProcessLookupError):
        server.send_signal(signal.SIGTERM)
    await asyncio.wait([ended], timeout=STOP_S_MAX)
    if not ended.done():
        with contextlib.suppress(ProcessLookupError):
            server.kill()
        await ended


def _last_lines() -> str:
    lines = Path(LOG).read_text(errors="replace").splitlines()
    # Without the pid, the role and the time: they say nothing to whoever reads of a failure.
    return "; ".join(line.split(" # ")[-1].split(" * ")[-1] for line in lines[-LOG_LINES_TOLD:])


def _die_with_parent() -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


class Relay(asyncio.Protocol):
    """One client's connection to the server, byte for byte both ways. Who reads slowly makes the other wait."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._early: list[bytes] = []
        self._server: asyncio.Transport | None = None
        self._client: asyncio.Transport
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's are no subclasses of asyncio's.
        self._client = cast(asyncio.Transport, transport)
        self._task = asyncio.get_running_loop().create_task(self._connect())

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            transport, _ = await loop.create_unix_connection(lambda: _Answers(self._client), self._path)
        except OSError:
            self._client.close()
            return
        self._server = transport
        if self._client.is_closing():
            transport.close()
        transport.writelines(self._early)
        self._early = []

    def data_received(self, data: bytes) -> None:
        if self._server is None:
            self._early.append(data)
        else:
            self._server.write(data)

    def pause_writing(self) -> None:
        if self._server is not None:
            self._server.pause_reading()

    def resume_writing(self) -> None:
        if self._server is not None:
            self._server.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        if self._server is not None:
            self._server.close()


class _Answers(asyncio.Protocol):
    def __init__(self, client: asyncio.Transport) -> None:
        self._client = client

    def data_received(self, data: bytes) -> None:
        self._client.write(data)

    def pause_writing(self) -> None:
        self._client.pause_reading()

    def resume_writing(self) -> None:
        self._client.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        self._client.close()


if __name__ == "__main__":
    run(main)
