"""The floor under every rate: a bare ASGI application."""

from typing import Any


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Read the body, answer two bytes."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"{}"})
