"""Extensions of one environment: processes beside the runtime, or parts of it, that hear of its life.

The programs in the layers' ``extensions`` folders are started before the runtime, which waits until they have
registered. An init phase ends when all extensions ask for their next event, an invocation when all that asked to hear
of it do. This module speaks the Extensions API and keeps the books; processes and phases are the environment's. The
Telemetry API and the Logs API, through which extensions would receive logs, are refused in the words of AWS's emulator.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html; answers that the page does not spell
out are those of AWS's runtime interface emulator (rapi/handler).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from stratolite.core.entropy import Entropy
from stratolite.engine.launch.process import Process, Start
from stratolite.engine.model import FunctionSpec
from stratolite.engine.runtime_api import Refused

BASE = b"/2020-01-01/extension"
EXTENSIONS_MAX = 10
INVOKE, SHUTDOWN = "INVOKE", "SHUTDOWN"
SHUTDOWN_S = 2.0
"""How long the shutdown phase may last with external extensions."""
SHUTDOWN_S_INTERNAL = 0.5
RUNTIME_SHARE = 0.3
"""Which part of it the runtime may have before the extensions are told."""
NOT_SUPPORTED = {
    b"/2022-07-01/telemetry": ("Telemetry.NotSupported", "Telemetry API is not supported"),
    b"/2020-08-15/logs": ("Logs.NotSupported", "Logs API is not supported"),
}


@dataclass(frozen=True, slots=True)
class Program:
    """An external extension: the name of its file, and how its process comes to be."""

    name: str
    start: Start


class Connection(Protocol):
    """Where a request came from, and its answer goes."""

    def answer(self, status: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        """Send a response of JSON, now or later."""


@dataclass(slots=True)
class Extension:
    """One extension. ``state`` is ``Started``, ``Registered``, ``Ready``, ``Running``, or why it failed."""

    name: str
    identifier: str
    is_external: bool
    state: str = "Started"
    events: tuple[str, ...] = ()
    waiting: Connection | None = None
    process: Process | None = None


class Extensions:
    """The Extensions API of one environment.

    ``on_change`` is called when an extension registers or comes to rest, ``on_failure`` with an error type when one
    says that it has failed.
    """

    def __init__(
        self,
        spec: FunctionSpec,
        entropy: Entropy,
        names: Sequence[str],
        on_change: Callable[[], None],
        on_failure: Callable[[Extension, str], None],
    ) -> None:
        self._spec = spec
        self._entropy = entropy
        self._on_change = on_change
        self._on_failure = on_failure
        self._shutdown: tuple[str, int] | None = None
        self.is_registration_open = True
        self.all = [Extension(name, entropy.uuid(), is_external=True) for name in names]

    # What the environment asks ---------------------------------------------------------------------------------

    @property
    def are_registered(self) -> bool:
        """Whether every external extension has registered, so that the runtime may start."""
        return all(one.state != "Started" for one in self.all)

    @property
    def are_ready(self) -> bool:
        """Whether every one asks for its next event."""
        return all(one.state == "Ready" for one in self.all)

    @property
    def are_done(self) -> bool:
        """Whether every one that has been told of the invocation asks for its next event."""
        return all(one.state == "Ready" for one in self.all if INVOKE in one.events)

    @property
    def is_shutting_down(self) -> bool:
        """Whether they have been told of the end."""
        return self._shutdown is not None

    @property
    def shutdown_s(self) -> float:
        """How long the environment's end may take."""
        if not self.all:
            return 0
        return SHUTDOWN_S if any(one.is_external for one in self.all) else SHUTDOWN_S_INTERNAL

    # What the environment tells --------------------------------------------------------------------------------

    def invoke(self, request_id: str, arn: str, trace_id: str, deadline_ms: int) -> None:
        """An invocation has begun."""
        event: dict[str, Any] = {"eventType": INVOKE, "deadlineMs": deadline_ms, "requestId": request_id}
        event["invokedFunctionArn"] = arn
        event["tracing"] = {"type": "X-Amzn-Trace-Id", "value": trace_id}
        for one in self.all:
            if INVOKE in one.events:
                self._send(one, event)

    def shut_down(self, reason: str, deadline_ms: int) -> None:
        """The environment ends: ``SPINDOWN``, ``TIMEOUT`` or ``FAILURE``. Who did not ask to hear of it is killed."""
        self._shutdown = reason, deadline_ms
        for one in self.all:
            if SHUTDOWN in one.events:
                if one.waiting is not None:
                    self._send_shutdown(one)
            elif one.process is not None:
                one.process.kill()

    def _send_shutdown(self, extension: Extension) -> None:
        assert self._shutdown is not None
        reason, deadline_ms = self._shutdown
        self._send(extension, {"eventType": SHUTDOWN, "deadlineMs": deadline_ms, "shutdownReason": reason})

    def _send(self, extension: Extension, event: Mapping[str, Any]) -> None:
        connection, extension.waiting = extension.waiting, None
        if connection is not None:
            extension.state = "Running"
            connection.answer(200, event, {"Lambda-Extension-Event-Identifier": self._entropy.uuid()})

    # The API ---------------------------------------------------------------------------------------------------

    def handle(
        self, connection: Connection, method: bytes, path: bytes, headers: Mapping[bytes, bytes], body: bytes
    ) -> None:
        """A request below ``/2020-01-01/extension``. Raises Refused."""
        action = method + b" " + path.removeprefix(BASE)
        if action == b"POST /register":
            self._register(connection, headers, body)
        elif action == b"GET /event/next":
            self._next(connection, self._named(headers))
        elif action in (b"POST /init/error", b"POST /exit/error"):
            extension = self._named(headers)
            if not headers.get(b"lambda-extension-function-error-type"):
                raise Refused(403, "Extension.MissingHeader", "Lambda-Extension-Function-Error-Type not found")
            connection.answer(202, {"status": "OK"}, {})
            extension.state = "InitError" if b"init" in action else "ExitError"
            self._on_failure(extension, f"Extension.{extension.state}")
        else:
            raise Refused(404, "NotFound", "404 page not found")

    def _named(self, headers: Mapping[bytes, bytes]) -> Extension:
        """The extension that a request comes from. Raises Refused."""
        identifier = headers.get(b"lambda-extension-identifier", b"").decode("latin-1")
        if not identifier:
            raise Refused(403, "Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header")
        for one in self.all:
            if one.identifier == identifier:
                return one
        raise Refused(403, "Extension.UnknownExtensionIdentifier", f"Unknown extension {identifier}")

    def _register(self, connection: Connection, headers: Mapping[bytes, bytes], body: bytes) -> None:
        name = headers.get(b"lambda-extension-name", b"").decode("latin-1")
        if not name:
            raise Refused(403, "Extension.InvalidExtensionName", "Empty extension name")
        events = wanted_events(body)
        extension = next((one for one in self.all if one.name == name and one.is_external), None)
        allowed = (INVOKE, SHUTDOWN) if extension is not None else (INVOKE,)
        for event in events:
            if event not in allowed:
                raise Refused(403, "Extension.InvalidEventType", f"{event}: event not supported by this extension")
        if extension is None:
            extension = self._internal(name)
        elif extension.state != "Started":
            text = f"State transition from {extension.state} to Registered failed for extension {name}. "
            raise Refused(403, "Extension.InvalidExtensionState", f"{text}Error: State transition is not allowed")
        extension.events, extension.state = events, "Registered"
        answer = {
            "functionVersion": self._spec.version,
            "functionName": self._spec.name,
            "handler": self._spec.handler,
        }
        features = headers.get(b"lambda-extension-accept-feature", b"").decode("latin-1")
        if "accountId" in [feature.strip() for feature in features.split(",")]:
            answer["accountId"] = self._spec.account
        connection.answer(200, answer, {"Lambda-Extension-Identifier": extension.identifier})
        self._on_change()

    def _internal(self, name: str) -> Extension:
        """A new extension inside the runtime. Raises Refused."""
        if not self.is_registration_open:
            raise Refused(403, "Extension.RegistrationClosed", "Extension registration closed already")
        if any(one.name == name for one in self.all):
            raise Refused(403, "Extension.InvalidExtensionState", "Extension with this name already registered")
        if len(self.all) >= EXTENSIONS_MAX:
            raise Refused(403, "Extension.TooManyExtensions", f"Extension limit ({EXTENSIONS_MAX}) reached")
        extension = Extension(name, self._entropy.uuid(), is_external=False)
        self.all.append(extension)
        return extension

    def _next(self, connection: Connection, extension: Extension) -> None:
        if extension.state not in ("Registered", "Running", "Ready"):
            text = f"State transition from {extension.state} to Ready failed for extension {extension.identifier}. "
            raise Refused(403, "Extension.InvalidExtensionState", f"{text}Error: State transition is not allowed")
        extension.state, extension.waiting = "Ready", connection
        if self._shutdown is not None:
            if SHUTDOWN in extension.events:
                self._send_shutdown(extension)
            return
        self._on_change()


def wanted_events(body: bytes) -> tuple[str, ...]:
    """What the body of a registration asks for. Raises Refused."""
    try:
        request = json.loads(body)
        events = tuple(request.get("events") or ())
    except (ValueError, AttributeError, TypeError) as error:
        raise Refused(403, "InvalidRequestFormat", str(error)) from error
    if request.get("configurationKeys"):
        text = "configurationKeys are deprecated; use environment variables instead"
        raise Refused(403, "InvalidRequestFormat", text)
    return tuple(str(event) for event in events)
