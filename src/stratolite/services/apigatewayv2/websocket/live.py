"""The clients that are connected, and their ends.

Owns: which connection has which socket; when a client has been silent or connected for too long. A row says of each
that it is there, so that a process that is killed leaves none whose end is never told. Costs: one timer for all.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
"""

import asyncio
from typing import TYPE_CHECKING

from stratolite.core.tasks import Supervisor, TaskLimitReached
from stratolite.services.apigatewayv2 import Apigatewayv2
from stratolite.services.apigatewayv2.websocket import disconnecting
from stratolite.services.apigatewayv2.websocket.client import Client

if TYPE_CHECKING:
    from stratolite.http.websocket import WebSocket

IDLE_MS_MAX = 10 * 60 * 1000
"""How long nothing may come from a client or go to it."""
CONNECTED_MS_MAX = 2 * 60 * 60 * 1000
FRAME_BYTES_MAX = 32 * 1024
MESSAGE_BYTES_MAX = 128 * 1024
IN_FLIGHT_MAX = 32
"""How many messages of one client are answered at once; no more are read until one is."""
NORMAL, GOING_AWAY, ABNORMAL = 1000, 1001, 1006
CLOSED_NORMALLY = "Connection Closed Normally"
"""What AWS says of a connection that DeleteConnection ended (aws/chalice#2060)."""


class Live:
    """One client that is connected: what its socket tells."""

    def __init__(self, connections: "Connections", client: Client) -> None:
        self._connections = connections
        self._now_ms = connections.apigatewayv2.world.clock.now_ms
        self.client = client
        self.active_ms = client.connected_ms
        self.socket: WebSocket
        self._in_flight = 0

    @property
    def due_ms(self) -> int:
        """When it is ended for being silent, or for being connected."""
        return min(self.active_ms + IDLE_MS_MAX, self.client.connected_ms + CONNECTED_MS_MAX)

    def touched(self) -> None:
        self.active_ms = self._now_ms()

    def send(self, text: str) -> None:
        """Send a message to the client."""
        self.touched()
        self.socket.send(text)

    def received(self, text: str) -> None:
        self._in_flight += 1
        if self._in_flight >= IN_FLIGHT_MAX:
            self.socket.pause()
        self._connections.answer(self, text)

    def answered(self) -> None:
        """One of its messages has been."""
        self._in_flight -= 1
        self.socket.resume()

    def ended(self, code: int, reason: str) -> None:
        self._connections.end(self, code, reason)


class Connections:
    """All of them."""

    def __init__(self, apigatewayv2: Apigatewayv2) -> None:
        self.apigatewayv2 = apigatewayv2
        self._world = apigatewayv2.world
        self._open: dict[str, Live] = {}
        self._begun: set[str] = set()
        """The connections of this process that have a row."""
        self._answering = Supervisor()
        self._at_work: set[asyncio.Task[None]] = set()
        """What answers messages and records ends."""
        self._sweeping: asyncio.Task[None] | None = None

    # From the upgrade to the end -------------------------------------------------------------------------------

    async def remember(self, client: Client) -> None:
        """Make durable that somebody is about to connect."""
        self._begun.add(client.connection_id)
        store = self.apigatewayv2.store
        await self._world.database.transact(lambda: store.put_connection(client.connection_id, client.document))

    async def forget(self, client: Client) -> None:
        """Nobody has connected after all."""
        if client.connection_id in self._begun:
            self._begun.discard(client.connection_id)
            store = self.apigatewayv2.store
            await self._world.database.transact(lambda: store.delete_connection(client.connection_id))

    def open(self, client: Client) -> "WebSocket":
        """Somebody has connected: the socket that takes the connection over."""
        from stratolite.http.websocket import Limits, WebSocket

        live = Live(self, client)
        live.socket = WebSocket(live, Limits(FRAME_BYTES_MAX, MESSAGE_BYTES_MAX))
        self._open[client.connection_id] = live
        if self._sweeping is None or self._sweeping.done():
            self._sweeping = self._world.tasks.start("idle connections", self._sweep())
        return live.socket

    def find(self, connection_id: str) -> Live | None:
        """Who can be reached by an id."""
        live = self._open.get(connection_id)
        return live if live is not None and live.socket.is_open else None

    def end(self, live: Live, code: int, reason: str) -> None:
        """A connection has ended, whoever ended it."""
        self._open.pop(live.client.connection_id, None)
        self._track(self._world.tasks.start("the end of a connection", self._record_end(live.client, code, reason)))

    async def _record_end(self, client: Client, code: int, reason: str) -> None:
        def record() -> None:
            if self.apigatewayv2.store.delete_connection(client.connection_id):
                disconnecting.put(self.apigatewayv2, client, code, reason)

        await self._world.database.transact(record)
        self._begun.discard(client.connection_id)

    def dismiss(self, live: Live) -> None:
        """Somebody wants a client to be gone."""
        live.socket.close(NORMAL, CLOSED_NORMALLY)

    def close_stage(self, api_id: str, stage: str = "") -> None:
        """A stage, or a whole API, has been deleted: its clients are sent away."""
        for live in [*self._open.values()]:
            if live.client.api_id == api_id and stage in ("", live.client.stage):
                live.socket.close(GOING_AWAY, "Going away")

    # Messages --------------------------------------------------------------------------------------------------

    def answer(self, live: Live, text: str) -> None:
        """Answer a message of a client."""
        try:
            task = self._answering.start(f"a message of {live.client.connection_id}", self._answer(live, text))
            self._track(task)
        except TaskLimitReached:
            live.answered()
            live.socket.close(GOING_AWAY, "Going away")

    async def _answer(self, live: Live, text: str) -> None:
        from stratolite.services.apigatewayv2.websocket import messages

        try:
            told = await messages.answer(self.apigatewayv2, live.client, text)
            if told:
                live.send(told)
        finally:
            live.answered()

    # The clock -------------------------------------------------------------------------------------------------

    async def _sweep(self) -> None:
        """End what has been silent or connected for too long. Whoever connects meanwhile is due later than anybody
        who is connected, so that nothing has to wake this."""
        while self._open:
            await self._world.clock.sleep_until(min(live.due_ms for live in self._open.values()))
            now_ms = self._world.clock.now_ms()
            for live in [each for each in self._open.values() if each.due_ms <= now_ms]:
                live.socket.close(GOING_AWAY, "Going away")
                # One whose client has not been told yet that it is connected has no socket to close.
                self._open.pop(live.client.connection_id, None)

    # The process -----------------------------------------------------------------------------------------------

    def resume(self) -> None:
        """What an earlier process knew to be connected is not any more."""
        clients = [Client.of(each) for each in self.apigatewayv2.store.connections()]
        gone = [client for client in clients if client.connection_id not in self._begun]
        if gone:
            self._track(self._world.tasks.start("connections of an earlier process", self._end_all(gone)))

    async def _end_all(self, clients: list[Client]) -> None:
        def record() -> None:
            for client in clients:
                if self.apigatewayv2.store.delete_connection(client.connection_id):
                    disconnecting.put(self.apigatewayv2, client, ABNORMAL, "")

        await self._world.database.transact(record)

    async def drain(self) -> bool:
        """Wait until every message is answered and every end recorded; whether there was any."""
        had_to_wait = bool(self._at_work)
        while self._at_work:
            await asyncio.wait(self._at_work)
        return had_to_wait

    async def close(self) -> None:
        """Answer nothing more, and record what has ended."""
        await self._answering.close()
        await self.drain()

    def _track(self, task: "asyncio.Task[None]") -> None:
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)
