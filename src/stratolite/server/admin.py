"""``/_stratolite/...``: what the product itself answers, beside the AWS APIs.

    GET  health                           200 once ready: version, endpoints, process
    POST drain                            returns when no delivery is due or in flight, and no mapping has work
    GET  outbox                           what waits to be delivered
    GET  messages[?to=...]                e-mails and text messages, which are kept instead of being sent
    POST messages                         {"from": "+15551234567", "body": "STOP"}: what a phone's owner replies
    POST clock                            {"advance_s": 60}: moves a movable clock
    POST debug                            {"function": arn, "port": 5678}: have a function wait for a debugger
    POST operations/<service>/<Operation> any public operation in AWS JSON, whatever its own protocol

The last one is the CLI's way in: the same operations, the same pipeline, one encoding. ``docs/admin.md`` describes all.
"""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import parse_qs

import msgspec

from stratolite import __version__
from stratolite.core.clock import MovableClock
from stratolite.core.errors import AwsError, RequestEntityTooLarge, UserError
from stratolite.delivery.retry import DAY_S
from stratolite.http.message import Request, Response
from stratolite.protocol.models import service_model
from stratolite.protocol.route import Target
from stratolite.server.front import ADMIN_PREFIX
from stratolite.server.pipeline import Pipeline
from stratolite.services import SERVICES

if TYPE_CHECKING:
    from stratolite.server.app import Cloud

OUTBOX_SHOWN_MAX = 1000
BODY_BYTES_MAX = 1024
ADVANCE_S_MAX = 100 * 365 * DAY_S


class Attachment(msgspec.Struct):
    """Who is to wait for a debugger, and where."""

    function: str
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] | None = None


class Admin:
    """Answers the requests below ``/_stratolite/``."""

    def __init__(self, cloud: "Cloud", pipeline: Pipeline) -> None:
        self._cloud = cloud
        self._pipeline = pipeline

    async def __call__(self, request: Request) -> Response:
        words = request.path.removeprefix(ADMIN_PREFIX).split("/")
        match request.method, words:
            case "GET", ["health"]:
                return _json(200, self._health())
            case "GET", ["outbox"]:
                return _json(200, self._outbox())
            case "POST", ["drain"]:
                await self._cloud.drain()
                return _json(200, {"waiting": len(self._cloud.world.outbox)})
            case "GET", ["messages"]:
                return _json(200, {"messages": self._messages(request)})
            case "POST", ["messages"]:
                return await self._reply(request)
            case "POST", ["clock"]:
                return await self._clock(request)
            case "POST", ["debug"]:
                return await self._debug(request)
            case "POST", ["operations", service, operation]:
                return await self._operate(request, service, operation)
            case _:
                return _json(404, {"message": f"There is no {request.method} {request.path}."})

    def _health(self) -> Mapping[str, Any]:
        return {
            "status": "ready",
            "version": __version__,
            "pid": os.getpid(),
            "endpoint": self._cloud.endpoint,
            "app_endpoint": self._cloud.app_endpoint,
            "data": str(self._cloud.config.data.resolve()),
            "services": [service.model for service in SERVICES],
        }

    def _outbox(self) -> Mapping[str, Any]:
        entries = self._cloud.world.outbox.entries(limit=OUTBOX_SHOWN_MAX)
        shown = [
            {
                "id": entry.id,
                "kind": entry.kind,
                "due_ms": entry.due_ms,
                "source": entry.source,
                "target": entry.target,
                "attempts": entry.attempts,
                "error": entry.error,
                "trace_id": entry.trace_id,
            }
            for entry in entries
        ]
        return {"waiting": len(self._cloud.world.outbox), "in_flight": self._cloud.worker.in_flight, "entries": shown}

    def _messages(self, request: Request) -> list[dict[str, Any]]:
        # No address has a space: it is a plus sign that was not escaped.
        to = parse_qs(request.query).get("to", [""])[0].replace(" ", "+")
        return self._cloud.world.ports.messages.captured(to)

    async def _reply(self, request: Request) -> Response:
        port, database = self._cloud.world.ports.messages, self._cloud.world.database
        try:
            reply = msgspec.json.decode(await request.stream.read(BODY_BYTES_MAX), type=dict[str, str])
            sender, text = reply["from"], reply["body"]
        except (msgspec.DecodeError, UnicodeDecodeError, KeyError, RequestEntityTooLarge):
            return _json(400, {"message": 'The body must be {"from": number, "body": text}.'})
        if not await database.transact(lambda: port.reply(sender, text)):
            return _json(400, {"message": f"Nobody reads {text!r}: only a word that stops messages has an effect."})
        return _json(200, {"from": sender, "body": text})

    async def _clock(self, request: Request) -> Response:
        clock = self._cloud.clock
        if not isinstance(clock, MovableClock):
            return _json(409, {"message": "The clock of this cloud is the machine's: it cannot be moved."})
        try:
            wanted = msgspec.json.decode(await request.stream.read(BODY_BYTES_MAX), type=dict[str, float])
            seconds = wanted["advance_s"]
        except (msgspec.DecodeError, UnicodeDecodeError, KeyError, RequestEntityTooLarge):
            seconds = -1.0
        if not 0 <= seconds <= ADVANCE_S_MAX:
            text = f'The body must be {{"advance_s": seconds}}, with seconds from 0 to {ADVANCE_S_MAX}.'
            return _json(400, {"message": text})
        clock.advance(seconds)
        return _json(200, {"now_ms": clock.now_ms()})

    async def _debug(self, request: Request) -> Response:
        try:
            wanted = msgspec.json.decode(await request.stream.read(BODY_BYTES_MAX), type=Attachment)
        except (msgspec.DecodeError, UnicodeDecodeError, RequestEntityTooLarge):
            return _json(400, {"message": 'The body must be {"function": ARN, "port": number}; 0 ends it.'})
        try:
            debugged = await self._cloud.world.ports.function.debug(wanted.function, wanted.port)
        except (AwsError, UserError) as error:
            return _json(400, {"message": str(error)})
        return _json(200, debugged)

    async def _operate(self, request: Request, service: str, operation: str) -> Response:
        names = {known.model: known.name for known in SERVICES}
        if service not in names:
            return _json(404, {"message": f"There is no service {service}; there are {', '.join(sorted(names))}."})
        model = service_model(service)
        if operation not in model.operation_names:
            return _json(404, {"message": f"{service} has no operation {operation}."})
        target = Target(names[service], model, operation, "json")
        return await self._pipeline.answer(request, target, self._cloud.world.entropy.uuid())


def _json(status: int, value: Any) -> Response:
    return Response(status, [("content-type", "application/json")], msgspec.json.encode(value))
