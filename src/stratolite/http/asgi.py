"""The ASGI edge: turns what uvicorn speaks into ``Request`` and ``Response``.

The first piece of a body is read before the handler runs; in nearly every request that is all of it. Larger bodies
are left as a stream, which the handler reads under the limit of the operation it has meanwhile identified.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

from stratolite.http.message import Body, Handler, Headers, Request, Response

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class ClientGone(Exception):
    """The client closed the connection before its body was complete."""


def application(handler_of: Callable[[int], Handler]) -> Application:
    """An ASGI application. ``handler_of`` gives the handler for the local port that a request came in by."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http", "uvicorn runs with lifespan and websockets off"
        first = await receive()
        if first["type"] == "http.disconnect":
            return
        request = _request(scope, first, receive)
        server = scope.get("server") or ("", 0)
        try:
            response = await handler_of(server[1])(request)
        except ClientGone:
            return
        await _send(response, request.method == "HEAD", send)

    return run


def _request(scope: Scope, first: Message, receive: Receive) -> Request:
    body: bytes = first.get("body", b"")
    if first.get("more_body", False):
        stream, body = Body(_pieces(body, receive)), b""
    else:
        stream = Body(whole=body)
    client = scope.get("client")
    return Request(
        method=scope["method"],
        path=scope["raw_path"].decode("latin-1") or "/",
        query=scope["query_string"].decode("latin-1"),
        headers=Headers.from_wire(
            scope["headers"], scope.get("header_names") or [name for name, _ in scope["headers"]]
        ),
        body=body,
        stream=stream,
        client=client[0] if client else "127.0.0.1",
        scheme=scope["scheme"],
    )


async def _pieces(first: bytes, receive: Receive) -> AsyncIterator[bytes]:
    if first:
        yield first
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        piece = message.get("body", b"")
        if piece:
            yield piece
        if not message.get("more_body", False):
            return


async def _send(response: Response, is_head: bool, send: Send) -> None:
    body = response.body
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    if isinstance(body, bytes):
        if not any(name.lower() == b"content-length" for name, _ in headers):
            headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if is_head else body})
        return
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    if not is_head:
        async for piece in body:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
