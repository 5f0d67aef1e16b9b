"""The bus: from every source to one handler, and clear answers to what cannot be handled."""

import base64
import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import pytest

from stratolite_patterns.cqrs import (
    Answer,
    Bus,
    Call,
    DeclarationError,
    InvalidMessage,
    Length,
    Range,
    UnknownEvent,
    UnknownMessage,
)
from stratolite_patterns.records import BatchFailed


class Plan(Enum):
    FREE = "free"


@dataclass(frozen=True)
class CreateUser:
    id: str
    email: Annotated[str, Length(3, 20)]
    age: Annotated[int, Range(0, 150)] = 0
    plan: Plan = Plan.FREE


@dataclass(frozen=True)
class ListUsers:
    limit: Annotated[int, Range(1, 100)] = 20
    tags: tuple[str, ...] = ()
    active: bool = True
    after: str | None = None


@dataclass(frozen=True)
class GetUser:
    id: str


@dataclass(frozen=True)
class WritePost:
    title: str
    author: str


class Taken(Exception):
    """A name that is somebody else's."""


class TakenForGood(Taken):
    """More so."""


def bus() -> Bus:
    bus = Bus(errors={Taken: 409, LookupError: 404})

    @bus.command(CreateUser, route="POST /users", status=201)
    def create_user(command: CreateUser) -> Any:
        if command.id == "taken":
            raise TakenForGood("that name is taken")
        if command.id == "broken":
            raise RuntimeError("a fault")
        return command

    @bus.query(ListUsers, route="GET /users")
    def list_users(query: ListUsers) -> Any:
        return query

    @bus.query(GetUser, route="GET /users/{id}")
    async def get_user(query: GetUser) -> Any:
        if query.id == "nobody":
            raise KeyError(query.id)
        return (
            None
            if query.id == "none"
            else {"id": query.id, "at": datetime(2026, 1, 1, tzinfo=UTC), "n": Decimal("1.5")}
        )

    def author(call: Call) -> Any:
        return call.event["requestContext"]["authorizer"]["user"]

    @bus.command(WritePost, route="POST /posts", inject={"author": author}, takes_call=True)
    def write_post(command: WritePost, call: Call) -> Any:
        return Answer(command, 202, {"location": f"/posts/{command.title}", "x-source": call.source})

    return bus


def rest(method: str, resource: str, body: Any = None, **members: Any) -> dict[str, Any]:
    """The event of a REST API; what is absent is null, as AWS sends it."""
    text = body if body is None or isinstance(body, str) else json.dumps(body)
    return {
        "resource": resource,
        "path": resource,
        "httpMethod": method,
        "headers": None,
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "requestContext": {"resourcePath": resource},
        "body": text,
        "isBase64Encoded": False,
        **members,
    }


def http(method: str, path: str, body: Any = None, **members: Any) -> dict[str, Any]:
    """The event of an HTTP API; what is absent is not there at all."""
    text = {} if body is None else {"body": body if isinstance(body, str) else json.dumps(body)}
    return {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "rawQueryString": "",
        "requestContext": {"http": {"method": method, "path": path}},
        "isBase64Encoded": False,
        **text,
        **members,
    }


def told(answer: dict[str, Any]) -> tuple[int, Any]:
    """Status and body."""
    return answer["statusCode"], json.loads(answer["body"]) if answer["body"] else None


def wrong(answer: dict[str, Any]) -> dict[str, str]:
    """The errors of a 400, by pointer."""
    status, body = told(answer)
    assert (status, body["error"]) == (400, "InvalidMessage")
    return {error["pointer"]: error["message"] for error in body["errors"]}


ADA = {"id": "ada", "email": "a@example.com"}


@pytest.mark.parametrize("make", [rest, http])
def test_a_command_over_http(make: Any) -> None:
    answer = bus().handler(make("POST", "/users", ADA), None)
    assert told(answer) == (201, {**ADA, "age": 0, "plan": "free"})
    assert answer["headers"] == {"content-type": "application/json"}


@pytest.mark.parametrize("make", [rest, http])
def test_a_query_without_a_query_string(make: Any) -> None:
    """REST APIs send null, which ``event["queryStringParameters"].get`` throws at."""
    assert told(bus().handler(make("GET", "/users")))[1] == {"limit": 20, "tags": [], "active": True, "after": None}


def test_parameters_become_what_their_fields_are() -> None:
    single = {"limit": "5", "tags": "b", "active": "false", "after": "7"}
    many = {name: [value] for name, value in single.items()} | {"tags": ["a,c", "b"]}
    expected = {"limit": 5, "tags": ["a,c", "b"], "active": False, "after": "7"}
    event = rest("GET", "/users", queryStringParameters=single, multiValueQueryStringParameters=many)
    assert told(bus().handler(event)) == (200, expected)
    joined = {**single, "tags": "a,c,b"}
    raw = "limit=5&tags=a%2Cc&tags=b&active=false&after=7"
    assert told(bus().handler(http("GET", "/users", queryStringParameters=joined, rawQueryString=raw))) == (
        200,
        expected,
    )


def test_parameters_that_are_wrong_are_told_together() -> None:
    many = {"limit": ["5", "6"], "active": ["yes"], "offset": ["20"]}
    assert wrong(bus().handler(rest("GET", "/users", multiValueQueryStringParameters=many))) == {
        "/limit": "is given more than once"
    }
    many["limit"] = ["500"]
    assert wrong(bus().handler(rest("GET", "/users", multiValueQueryStringParameters=many))) == {
        "/limit": "is more than 100",
        "/active": "is not true or false",
        "/offset": "is not known",
    }
    huge = {"limit": ["9" * 5000]}
    assert wrong(bus().handler(rest("GET", "/users", multiValueQueryStringParameters=huge))) == {
        "/limit": "is not a whole number"
    }


@pytest.mark.parametrize(
    ("event", "id"),
    [
        (rest("GET", "/users/{id}", pathParameters={"id": "a%20b%2Fc%25"}), "a b/c%"),
        (http("GET", "/users/{id}", pathParameters={"id": "a b/c%20"}), "a b/c%20"),
        (rest("GET", "/users/{id}", pathParameters={"id": "a%20b"}, version="1.0"), "a%20b"),
    ],
    ids=["REST: encoded", "HTTP: decoded", "payload 1.0 of an HTTP API: decoded"],
)
def test_path_parameters_are_decoded_once(event: dict[str, Any], id: str) -> None:
    status, body = told(bus().handler(event))
    assert (status, body) == (200, {"id": id, "at": "2026-01-01T00:00:00+00:00", "n": 1.5})


def test_all_errors_at_once_with_their_places() -> None:
    body = {"email": "x", "age": "7", "plan": "gold", "role": "admin", "a/b~c": 1}
    assert wrong(bus().handler(rest("POST", "/users", body))) == {
        "/id": "is required",
        "/email": "is shorter than 3",
        "/age": "is not a whole number",
        "/plan": "is none of free",
        "/role": "is not known",
        "/a~1b~0c": "is not known",
    }


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("{", "is not JSON"),
        ("[]", "is not a JSON object"),
        ("null", "is not a JSON object"),
        ('{"age": NaN}', "is not JSON: NaN is no JSON"),
        ("[" * 100_000, "is nested too deeply"),
        ('{"age": ' + "9" * 5000 + "}", "is not JSON"),
        ("id=ada", "is not JSON"),
        ('{"age": 1e400}', "is not JSON: 1e400 is too large a number"),
        ('{"id": "\\ud800"}', "is not JSON"),
        ('{"id": "\ud800"}', "is not JSON"),
        ('{"x": ' + "[" * 100 + "]" * 100 + "}", "is nested too deeply"),
    ],
    ids=lambda value: value[:12],
)
def test_a_body_that_is_no_object_is_a_400(body: str, text: str) -> None:
    assert wrong(bus().handler(rest("POST", "/users", body)))[""].startswith(text)


def test_an_absent_body_lacks_its_fields() -> None:
    assert set(wrong(bus().handler(http("POST", "/users")))) == {"/id", "/email"}


def test_base64_bodies() -> None:
    body = base64.b64encode(json.dumps({**ADA, "id": "ädä"}).encode()).decode()
    assert told(bus().handler(http("POST", "/users", body, isBase64Encoded=True)))[1]["id"] == "ädä"
    for broken, text in (("!", "is not base64"), (base64.b64encode(b"\xff{").decode(), "is not JSON")):
        assert wrong(bus().handler(http("POST", "/users", broken, isBase64Encoded=True)))[""].startswith(text)


def test_a_path_and_a_body_that_differ_are_refused() -> None:
    """``PUT /users/ada`` with the id ``eve`` in its body: which one is checked, and which one is written?"""
    bus = Bus()
    bus.command(GetUser, route="PUT /users/{id}")(lambda command: command)
    event = rest("PUT", "/users/{id}", {"id": "eve"}, pathParameters={"id": "ada"})
    assert wrong(bus.handler(event)) == {"/id": "is given twice, and differs"}
    assert told(bus.handler({**event, "body": '{"id": "ada"}'})) == (200, {"id": "ada"})


def test_what_the_server_sets_cannot_be_sent() -> None:
    context = {"authorizer": {"user": "ada"}}
    answer = bus().handler(rest("POST", "/posts", {"title": "x"}, requestContext=context))
    assert told(answer) == (202, {"title": "x", "author": "ada"})
    assert answer["headers"] == {"content-type": "application/json", "location": "/posts/x", "x-source": "rest"}
    forged = rest("POST", "/posts", {"title": "x", "author": "eve"}, requestContext=context)
    assert wrong(bus().handler(forged)) == {"/author": "is set by the server"}


def test_errors_of_the_domain_are_answers_and_faults_are_not() -> None:
    assert told(bus().handler(rest("POST", "/users", {**ADA, "id": "taken"}))) == (
        409,
        {"error": "TakenForGood", "message": "that name is taken"},
    )
    assert told(bus().handler(http("GET", "/users/{id}", pathParameters={"id": "nobody"})))[0] == 404
    with pytest.raises(RuntimeError):
        bus().handler(rest("POST", "/users", {**ADA, "id": "broken"}))


def test_nothing_to_say_is_204() -> None:
    assert told(bus().handler(http("GET", "/users/{id}", pathParameters={"id": "none"}))) == (204, None)


def test_messages_by_name() -> None:
    one = {"pathParameters": {"name": "CreateUser"}}
    assert told(bus().handler(rest("POST", "/commands/{name}", ADA, **one)))[0] == 201
    assert told(bus().handler(rest("GET", "/commands/{name}", **one))) == (
        405,
        {"error": "MethodRefused", "message": "CreateUser is a command: send it with POST"},
    )
    other = {"pathParameters": {"name": "Nonsense"}}
    assert told(bus().handler(http("POST", "/commands/{name}", {}, **other))) == (
        400,
        {"error": "UnknownMessage", "message": "there is no command or query 'Nonsense'"},
    )
    assert told(bus().handler(http("DELETE", "/users")))[0] == 404


def test_function_urls_and_any_routes() -> None:
    event = http("GET", "/users")
    assert told(bus().handler({**event, "routeKey": "$default"}))[0] == 200
    assert told(bus().handler({**event, "routeKey": "ANY /users"}))[0] == 200


def test_a_direct_invoke_gets_the_result_or_the_error() -> None:
    answer = bus().handler({"query": "GetUser", "data": {"id": "ada"}})
    assert answer == {"id": "ada", "at": "2026-01-01T00:00:00+00:00", "n": 1.5}
    with pytest.raises(InvalidMessage, match="/id is required; /nonsense is not known") as raised:
        bus().handler({"query": "GetUser", "data": {"nonsense": 1}})
    assert [error.pointer for error in raised.value.errors] == ["/id", "/nonsense"]
    for event in ({"command": "GetUser"}, {"command": "Nonsense"}):
        with pytest.raises(UnknownMessage):
            bus().handler(event)
    for odd in ({"command": 1}, {"command": "CreateUser", "data": []}, {"command": "CreateUser", "id": 1}):
        with pytest.raises(InvalidMessage):
            bus().handler(odd)
    for unknown in ({}, {"detail-type": "x"}, {"Records": [{"eventSource": "aws:s3"}]}):
        with pytest.raises(UnknownEvent, match="no request of an API"):
            bus().handler(unknown)


def queued(*bodies: Any, fifo: bool = False) -> dict[str, Any]:
    suffix = ".fifo" if fifo else ""
    return {
        "Records": [
            {
                "messageId": str(place),
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:q{suffix}",
                "body": body if isinstance(body, str) else json.dumps(body),
                "attributes": {"MessageGroupId": body["data"]["id"]} if fifo else {},
            }
            for place, body in enumerate(bodies)
        ]
    }


def test_one_bad_record_fails_alone(caplog: pytest.LogCaptureFixture) -> None:
    """It would otherwise bring back the whole batch, again and again."""
    good, fault = {"command": "CreateUser", "data": ADA}, {"command": "CreateUser", "data": {**ADA, "id": "broken"}}
    query = {"query": "GetUser", "data": {"id": "ada"}}
    with caplog.at_level(logging.CRITICAL):
        answer = bus().handler(queued(good, "{", fault, query, {"command": "CreateUser", "data": {}}, good))
    assert answer == {"batchItemFailures": [{"itemIdentifier": place} for place in "1234"]}
    with pytest.raises(BatchFailed):
        bus().handler(queued("{"))


def test_order_within_a_group_is_kept() -> None:
    done: list[str] = []
    bus = Bus()

    @bus.command(CreateUser)
    def create(command: CreateUser) -> None:
        if command.email == "bad":
            raise ValueError
        done.append(f"{command.id} {command.email}")

    bodies = [("a", "one"), ("b", "bad"), ("b", "two"), ("a", "two")]
    event = queued(*({"command": "CreateUser", "data": {"id": i, "email": e}} for i, e in bodies), fifo=True)
    assert bus.handler(event) == {"batchItemFailures": [{"itemIdentifier": "1"}, {"itemIdentifier": "2"}]}
    assert done == ["a one", "a two"]


def test_from_code() -> None:
    known = bus()
    message = CreateUser("ada", "a@example.com")
    assert known.execute(message) == known.dispatch("CreateUser", ADA) == message
    assert json.loads(known.envelope(message)) == {"command": "CreateUser", "data": {**ADA, "age": 0, "plan": "free"}}
    assert known.handler(json.loads(known.envelope(message)))["id"] == "ada"
    for attempt in (known.execute, known.envelope):
        with pytest.raises(UnknownMessage):
            attempt(object())


def test_a_second_handler_is_an_error_at_import() -> None:
    known = bus()
    for arguments in (
        {"kind": CreateUser},
        {"kind": Taken, "name": "CreateUser"},
        {"kind": Fresh, "route": "POST /users"},
        {"kind": Fresh, "route": "users"},
        {"kind": Fresh, "inject": {"nonsense": str}},
        {"kind": Unreadable},
    ):
        with pytest.raises(DeclarationError):
            known.command(**arguments)(print)


@dataclass
class Fresh:
    id: str


@dataclass
class Unreadable:
    id: complex


def test_handlers_that_wait_share_a_loop() -> None:
    """A client that was made in one loop cannot be used in another."""
    import asyncio

    bus, loops = Bus(), []

    @bus.query(GetUser)
    async def get(query: GetUser) -> None:
        await asyncio.sleep(0)
        loops.append(asyncio.get_running_loop())

    bus.dispatch("GetUser", {"id": "a"})
    bus.dispatch("GetUser", {"id": "a"})
    assert loops[0] is loops[1]
    bus._runner.close()


def test_another_router_may_choose_the_class() -> None:
    known = bus()
    event = rest("GET", "/{proxy+}", pathParameters={"proxy": "users/ada"})
    assert told(known.answer_as(GetUser, event, parameters={"id": "ada"}))[1]["id"] == "ada"
    assert wrong(known.answer_as(GetUser, event)) == {"/id": "is required"}
    for kind, odd, error in ((Fresh, event, UnknownMessage), (GetUser, {"Records": []}, UnknownEvent)):
        with pytest.raises(error):
            known.answer_as(kind, odd)
