"""Plugins that start an emulator: at which port the code of the application may look for it.

Code that runs on one machine names those ports (``new DynamoDB({endpoint: 'http://localhost:8000'})``), so ``up``
listens there as well. Only the ports are read here; what else a plugin's settings say is its own room's.
Sources: what is published of the plugins: serverless-dynamodb-local 1.0.2 and serverless-dynamodb 0.2.58,
serverless-s3-local 0.8.5, serverless-offline-sns 0.78.2, serverless-offline-sqs 8.0.0, serverless-offline 14.8.2,
serverless-offline-lambda 1.0.6.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from stratolite.core.warning import Kind
from stratolite.templates.document import Map, Mark, mark_of
from stratolite.templates.javascript import text_of
from stratolite.templates.serverless.local import LocalListener
from stratolite.templates.serverless.plugins import offline
from stratolite.templates.serverless.warned import Warn

PORT_MAX = 65535


@dataclass(frozen=True, slots=True)
class Emulator:
    """Where a plugin's emulator listens: ``settings`` below ``custom``, the first that is set counts."""

    service: str
    default: int
    settings: tuple[str, ...]
    """Paths: ``dynamodb.start.port``."""


DYNAMODB = Emulator("dynamodb", 8000, ("dynamodb.start.port",))
EMULATORS: Mapping[str, Emulator] = {
    "serverless-dynamodb-local": DYNAMODB,
    "serverless-dynamodb": DYNAMODB,
    "serverless-s3-local": Emulator("s3", 4569, ("s3.port",)),
    "serverless-offline-s3": Emulator("s3", 9000, ("serverless-offline-s3.endpoint",)),
    "serverless-offline-sns": Emulator(
        "sns", 4002, ("serverless-offline-sns.port", "serverless-offline-sns.localPort")
    ),
    "serverless-offline-sqs": Emulator("sqs", 9324, ("serverless-offline-sqs.endpoint",)),
    "serverless-offline-lambda": Emulator("lambda", 4000, ("lambda.port",)),
    "serverless-offline": Emulator("lambda", 3002, ("serverless-offline.lambdaPort",)),
}


WEBSOCKETS = Emulator("websocket", 3001, ("serverless-offline.websocketPort",))


def read(document: Map, names: set[str], warn: Warn) -> tuple[LocalListener, ...]:
    """The ports of the emulators that the plugins of a file start. ``warn`` hears of settings that are none."""
    found: dict[int, LocalListener] = {}
    for name, emulator in EMULATORS.items():
        if name in names:
            port = _port(document, emulator, warn)
            found.setdefault(port, LocalListener(port, emulator.service, name))
    if offline.NAME in names and offline.has_websockets(document):
        port = _port(document, WEBSOCKETS, warn)
        found.setdefault(port, LocalListener(port, WEBSOCKETS.service, offline.NAME))
    return tuple(found.values())


def _port(document: Map, emulator: Emulator, warn: Warn) -> int:
    for path in emulator.settings:
        for value, mark in _at(document, path):
            port = _number(value)
            if port:
                return port
            what = f"custom.{path} has no effect: {value!r} names no port"
            warn(what, mark, Kind.MISTAKE, about="plugins")
    return emulator.default


def _at(document: Map, path: str) -> Iterator[tuple[Any, Mark]]:
    """A setting below ``custom`` with its place, where it is written."""
    *folders, name = ("custom", *path.split("."))
    place: Any = document
    for folder in folders:
        place = place.get(folder) if isinstance(place, Map) else None
    if isinstance(place, Map) and place.get(name) is not None:
        yield place[name], mark_of(place, name)


def _number(value: Any) -> int:
    """A port, or that of a URL; 0 for what is neither."""
    text = text_of(value) if isinstance(value, str | int | float) else ""
    if "//" in text:
        try:
            return urlsplit(text).port or 0
        except ValueError:
            return 0
    return int(text) if text.isascii() and text.isdigit() and int(text) <= PORT_MAX else 0
