"""The bus: every command and query is a class with one handler, and comes from wherever it was sent.

    bus = Bus(errors={NotFound: 404})

    @dataclass(frozen=True)
    class CreateUser:
        id: str
        email: str

    @bus.command(CreateUser, route="POST /users", status=201)
    def create_user(command: CreateUser) -> dict[str, str]: ...

    handler = bus.handler      # what the function's handler setting names

A message that cannot be handled is an answer to whoever asked over HTTP, an exception to whoever invoked the function,
and a failed record of a queue. Whatever else a handler raises is a fault: it is left to Lambda, which counts it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar, overload

from stratolite_patterns.cqrs import answers, requests
from stratolite_patterns.cqrs.errors import (
    DeclarationError,
    FieldError,
    InvalidMessage,
    MessageError,
    MethodRefused,
    UnknownEvent,
    UnknownMessage,
    UnknownRoute,
)
from stratolite_patterns.cqrs.models import Model, model_of
from stratolite_patterns.cqrs.requests import Request

M = TypeVar("M")
R = TypeVar("R")

COMMAND, QUERY = "command", "query"
_ASYNCHRONOUS = 0x80
"""inspect.CO_COROUTINE, without importing inspect."""


class Call(NamedTuple):
    """How a message came. ``source`` is ``rest``, ``http``, ``direct``, ``queue`` or ``code``."""

    source: str
    event: Mapping[str, Any]
    context: Any = None


_BY_CODE = Call("code", {})


@dataclass(frozen=True, slots=True)
class Route:
    """A class of messages and how it is handled."""

    name: str
    use: str
    kind: type
    model: Model
    handle: Callable[[Any, Call], Any]
    status: int | None
    inject: Mapping[str, Callable[[Call], Any]]

    def build(self, data: dict[str, Any], call: Call) -> Any:
        """The message. Raises InvalidMessage; so it does for what the server sets and a client sent."""
        if self.inject:
            forged = [FieldError(f"/{name}", "is set by the server") for name in self.inject if name in data]
            if forged:
                raise InvalidMessage(forged)
            data = {**data, **{name: value(call) for name, value in self.inject.items()}}
        return self.model.build(data)


class Bus:
    """Commands, queries, and who handles them.

    ``errors`` maps what handlers raise to HTTP statuses; subclasses are included. ``name_parameter`` is the path
    parameter that names the message in a route such as ``POST /commands/{name}``.
    """

    def __init__(self, *, errors: Mapping[type[Exception], int] | None = None, name_parameter: str = "name") -> None:
        self._statuses = dict(errors or {})
        self._name_parameter = name_parameter
        self._by_name: dict[str, Route] = {}
        self._by_kind: dict[type, Route] = {}
        self._by_route: dict[str, Route] = {}
        self._runner: Any = None

    @overload
    def command(
        self,
        kind: type[M],
        *,
        name: str = ...,
        route: str = ...,
        status: int | None = ...,
        inject: Mapping[str, Callable[[Call], Any]] | None = ...,
    ) -> Callable[[Callable[[M], R]], Callable[[M], R]]: ...
    @overload
    def command(
        self,
        kind: type[M],
        *,
        name: str = ...,
        route: str = ...,
        status: int | None = ...,
        inject: Mapping[str, Callable[[Call], Any]] | None = ...,
        takes_call: bool,
    ) -> Callable[[Callable[[M, Call], R]], Callable[[M, Call], R]]: ...
    def command(self, kind: type, **options: Any) -> Any:
        """Declare the handler of a command, which changes something.

        ``name`` is the class's, unless given. ``route`` is ``"POST /users/{id}"``, as the API declares it. ``status``
        is that of a success. ``inject`` has the fields that the server sets, each from the call: a client that sends
        one is refused. With ``takes_call`` the handler gets the call as well. The handler may be ``async``. Raises
        DeclarationError for a second handler.
        """
        return self._declare(COMMAND, kind, **options)

    @overload
    def query(
        self,
        kind: type[M],
        *,
        name: str = ...,
        route: str = ...,
        status: int | None = ...,
        inject: Mapping[str, Callable[[Call], Any]] | None = ...,
    ) -> Callable[[Callable[[M], R]], Callable[[M], R]]: ...
    @overload
    def query(
        self,
        kind: type[M],
        *,
        name: str = ...,
        route: str = ...,
        status: int | None = ...,
        inject: Mapping[str, Callable[[Call], Any]] | None = ...,
        takes_call: bool,
    ) -> Callable[[Callable[[M, Call], R]], Callable[[M, Call], R]]: ...
    def query(self, kind: type, **options: Any) -> Any:
        """Declare the handler of a query, which changes nothing; otherwise as ``command``."""
        return self._declare(QUERY, kind, **options)

    def handler(self, event: Mapping[str, Any], context: Any = None) -> Any:
        """The function's handler: a request of an API, a batch of a queue, or ``{"command": name, "data": {...}}``.

        Raises UnknownEvent for any other event, and for direct invokes whatever the message's handler raises.
        """
        request = requests.read(event)
        if request is not None:
            return self.answer(request, context)
        records = event.get("Records")
        if records and records[0].get("eventSource") == "aws:sqs":
            from stratolite_patterns.records import process_queue

            return process_queue(records, lambda record: self._receive(record, context), context)
        for use in (COMMAND, QUERY):
            if use in event:
                result = self._invoke(event, use, Call("direct", event, context))
                return answers.value(result)
        raise UnknownEvent(
            f"an event with {', '.join(sorted(event)) or 'nothing'} is no request of an API, no batch of a queue, and"
            " names no command or query"
        )

    def answer(self, request: Request, context: Any = None) -> dict[str, Any]:
        """The answer to a request."""
        return self._answer(request, context, lambda: self._route_of(request))

    def answer_as(
        self, kind: type, event: Mapping[str, Any], context: Any = None, *, parameters: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """The answer to an API's event that is a message of this class, whatever its route: another router chose it.

        ``parameters`` are those of the path, as that router read them. Raises UnknownEvent, UnknownMessage.
        """
        request, route = requests.read(event), self._by_kind.get(kind)
        if request is None:
            raise UnknownEvent("this is no request of an API")
        if route is None:
            raise UnknownMessage(f"nobody handles a {kind.__name__}")
        return self._answer(request, context, lambda: (route, parameters or {}))

    def _answer(
        self, request: Request, context: Any, choose: Callable[[], tuple[Route, Mapping[str, str]]]
    ) -> dict[str, Any]:
        call = Call(request.source, request.event, context)
        try:
            route, given = choose()
            message = route.build(_merged(request, route.model, given), call)
            return answers.http(route.handle(message, call), route.status)
        except MessageError as error:
            return answers.refusal(error, error.status)
        except tuple(self._statuses) as error:
            return answers.refusal(error, self._status_of(error))

    def dispatch(self, name: str, data: Mapping[str, Any], call: Call = _BY_CODE) -> Any:
        """Handle a message that is given by its name and fields. Raises UnknownMessage, InvalidMessage."""
        route = self._by_name.get(name)
        if route is None:
            raise UnknownMessage(f"there is no command or query {name!r}")
        return route.handle(route.build(dict(data), call), call)

    def execute(self, message: object, call: Call = _BY_CODE) -> Any:
        """Handle a message. Raises UnknownMessage for one of a class without a handler."""
        route = self._by_kind.get(type(message))
        if route is None:
            raise UnknownMessage(f"nobody handles a {type(message).__name__}")
        return route.handle(message, call)

    def envelope(self, message: object) -> str:
        """A message as the body of a queue's message, or the payload of an invoke. Raises UnknownMessage."""
        route = self._by_kind.get(type(message))
        if route is None:
            raise UnknownMessage(f"nobody handles a {type(message).__name__}")
        return answers.to_json({route.use: route.name, "data": message})

    def _declare(
        self,
        use: str,
        kind: type,
        *,
        name: str = "",
        route: str = "",
        status: int | None = None,
        inject: Mapping[str, Callable[[Call], Any]] | None = None,
        takes_call: bool = False,
    ) -> Callable[[Any], Any]:
        name = name or kind.__name__
        model, place = model_of(kind), _place(route)
        for field in inject or {}:
            if field not in model.fields:
                raise DeclarationError(f"{name} has no field {field}, which the server is to set")

        def decorate(handle: Any) -> Any:
            for known in (self._by_name.get(name), self._by_kind.get(kind), self._by_route.get(place)):
                if known is not None:
                    text = f"{route} is {known.name}'s" if known.name != name else f"{name} has a handler already"
                    raise DeclarationError(f"{text}: every message has one handler, and every route one message")
            found = Route(name, use, kind, model, self._handle(handle, takes_call), status, dict(inject or {}))
            self._by_name[name] = self._by_kind[kind] = found
            if place:
                self._by_route[place] = found
            return handle

        return decorate

    def _handle(self, handle: Any, takes_call: bool) -> Callable[[Any, Call], Any]:
        code = getattr(handle, "__code__", None)
        is_asynchronous = bool(code and code.co_flags & _ASYNCHRONOUS)
        if takes_call and is_asynchronous:
            return lambda message, call: self._wait(handle(message, call))
        if takes_call:
            direct: Callable[[Any, Call], Any] = handle
            return direct
        if is_asynchronous:
            return lambda message, _: self._wait(handle(message))
        return lambda message, _: handle(message)

    def _wait(self, work: Any) -> Any:
        """Run a coroutine. All share one loop, as connections that were made in one cannot be used in another."""
        if self._runner is None:
            import asyncio
            import atexit

            self._runner = asyncio.Runner()
            atexit.register(self._runner.close)
        return self._runner.run(work)

    def _route_of(self, request: Request) -> tuple[Route, Mapping[str, str]]:
        """Whose request it is, and its path parameters. Raises UnknownRoute, UnknownMessage, MethodRefused."""
        place = request.path if request.route == "$default" else request.route
        route = self._by_route.get(f"{request.method} {place}")
        if route is not None:
            return route, request.parameters
        name = request.parameters.get(self._name_parameter)
        if name is None:
            raise UnknownRoute(f"there is no {request.method} {place}")
        route = self._by_name.get(name)
        if route is None:
            raise UnknownMessage(f"there is no command or query {name!r}")
        if route.use == COMMAND and request.method in ("GET", "HEAD"):
            raise MethodRefused(f"{name} is a command: send it with POST")
        return route, {key: text for key, text in request.parameters.items() if key != self._name_parameter}

    def _receive(self, record: Mapping[str, Any], context: Any) -> None:
        """Handle a record of a queue. Raises whatever goes wrong, so that the record is tried again, and then kept."""
        body = requests.json_object(record.get("body") or "")
        if COMMAND not in body:
            raise UnknownMessage("a queue's message names a command; whoever sent a query would never hear of it")
        self._invoke(body, COMMAND, Call("queue", record, context))

    def _invoke(self, event: Mapping[str, Any], use: str, call: Call) -> Any:
        name, data = event[use], event.get("data") or {}
        unknown = sorted(set(event) - {use, "data"})
        if not isinstance(name, str) or not isinstance(data, Mapping) or unknown:
            raise InvalidMessage([("", f'is not {{"{use}": name, "data": {{...}}}}')])
        route = self._by_name.get(name)
        if route is None or route.use != use:
            raise UnknownMessage(f"there is no {use} {name!r}")
        return route.handle(route.build(dict(data), call), call)

    def _status_of(self, error: Exception) -> int:
        return next(self._statuses[kind] for kind in type(error).__mro__ if kind in self._statuses)


def _place(route: str) -> str:
    if route and (len(route.split(" ")) != 2 or not route.split(" ")[1].startswith("/")):
        raise DeclarationError(f"a route is a method and a path, as in 'POST /users/{{id}}', not {route!r}")
    return route


def _merged(request: Request, model: Model, parameters: Mapping[str, str]) -> dict[str, Any]:
    """The fields of a message from body, query and path. Raises InvalidMessage where these contradict each other."""
    data = request.body() if request.method != "GET" else {}
    errors: list[FieldError] = []
    for name, texts in request.query.items():
        if len(texts) > 1 and name not in model.many:
            errors.append(FieldError(f"/{name}", "is given more than once"))
        _merge(data, name, model, texts, errors)
    for name, text in parameters.items():
        _merge(data, name, model, [text], errors)
    if errors:
        raise InvalidMessage(errors)
    return data


def _merge(data: dict[str, Any], name: str, model: Model, texts: list[str], errors: list[FieldError]) -> None:
    coerce = model.fields.get(name)
    value = texts[-1] if coerce is None else coerce(texts)
    if name in data and data[name] != value:
        errors.append(FieldError(f"/{name}", "is given twice, and differs"))
    data[name] = value
