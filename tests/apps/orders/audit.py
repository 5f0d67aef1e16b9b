"""What is invoked asynchronously."""

from typing import Any


def handler(event: Any, context: object) -> dict[str, Any]:
    if event.get("fail"):
        raise ValueError("as wished")
    return {"audited": event}


def brittle(event: Any, context: object) -> None:
    raise RuntimeError("always")
