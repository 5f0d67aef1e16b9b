"""A program as users write it, for a type checker: what has a type has it, and what is wrong is found."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, assert_type

import stratolite_patterns
from stratolite_patterns import connections, single_table
from stratolite_patterns.authorizer import caller
from stratolite_patterns.cache import Cache
from stratolite_patterns.cqrs import Bus, Call, Projection
from stratolite_patterns.events import Event, Idempotency, Router
from stratolite_patterns.pipeline import Output, Pipeline, Progress, StoredObject
from stratolite_patterns.settings import Reloading, Secret, env, load, secret
from stratolite_patterns.single_table import Page, Table, begins_with

table = Table("app", signing_key="0123456789abcdef", client=connections.aws("dynamodb"))
bus = Bus(errors=single_table.STATUSES)
number = connections.Connection(lambda: 1, check=lambda held: held > 0)
assert_type(number(), int)
assert_type(stratolite_patterns.connections.aws("s3")(), Any)


@table.entity("USER", pk="USER#{id}", sk="PROFILE", version="version")
@dataclass(frozen=True)
class User:
    """An entity."""

    id: str
    version: int = 0


@table.entity("POST", pk="USER#{user_id}", sk="POST#{id}")
@dataclass(frozen=True)
class Post:
    """Another one."""

    user_id: str
    id: str


posts = table.pattern("posts", Post, pk="USER#{user_id}", sk=begins_with("POST#"))
both = table.pattern("both", User, Post, pk="USER#{id}")


@dataclass(frozen=True)
class GetUser:
    """A query."""

    id: str


@bus.query(GetUser, route="GET /users/{id}")
def get_user(query: GetUser) -> User:
    """A handler."""
    return table.require(User, id=query.id)


@bus.command(Post, takes_call=True)
def write_post(command: Post, call: Call) -> Post:
    """One that takes the call."""
    return table.create(command)


@bus.query(User)
async def wait_for_user(query: User) -> User | None:
    """One that waits."""
    return table.get(table.key(User, id=query.id), consistent=True)


@bus.command(GetUser)  # type: ignore[arg-type]
def of_another_class(command: Post) -> None:
    """Does not take what it is declared for."""


projection = Projection("posts", source=table, target=table)


@projection.rows(Post)
def row(post: Post) -> Post | None:
    """Rows of a read model."""
    return post


@projection.rows(User)  # type: ignore[arg-type]
def row_of_another_class(post: Post) -> None:
    """Does not take what it is declared for."""


def use() -> None:
    """What comes out has the class that went in."""
    assert_type(table.create(User("ada")), User)
    assert_type(table.get(User, id="ada"), User | None)
    assert_type(table.require(table.key(Post, user_id="ada", id="1")), Post)
    assert_type(table.update(User("ada"), version=1), User)
    assert_type(table.update(table.key(User, id="ada"), version=1), User)
    assert_type(table.get_many([table.key(User, id="ada")]), list[User | None])
    assert_type(posts(user_id="ada", limit=5, after=None), Page[Post])
    assert_type(posts(user_id="ada").next, str | None)
    assert_type(both.first(id="ada"), User | Post | None)
    assert_type(bus.handler({}), Any)
    with table.transaction() as change:
        assert_type(change.create(Post("ada", "1")), Post)
    posts(user_id="ada", limit="5")  # type: ignore[arg-type]
    table.create(User(1))  # type: ignore[arg-type]


retried = Router(once=Idempotency("once"), consumer="mail")
profiles: Cache[dict[str, str]] = Cache("profiles")
anything = Cache("anything")
steps = Pipeline(Progress("progress"), dead_letter="https://sqs/dead")


@retried.on("user.created", version=1)
def welcome(event: Event) -> None:
    """A consumer."""
    assert_type(event.caused("email.sent", {}).causation_id, str | None)


@retried.on("user.gone")  # type: ignore[type-var]
def not_a_consumer(event: int) -> None:
    """Does not take an event."""


@profiles.cached("user:{user_id}")
def profile(user_id: str, *, full: bool = False) -> dict[str, str]:
    """A function with a cache."""
    return {"id": user_id}


@steps.step("rows", prefix="uploads/", output="rows/")
def rows(source: StoredObject) -> Iterator[Output]:
    """A step."""
    for number, line in enumerate(source.lines()):
        yield Output(str(number), line)


@steps.step("wrong")  # type: ignore[arg-type]
def wrong(source: StoredObject) -> int:
    """Returns no output."""
    return 1


@dataclass(frozen=True)
class Settings:
    """Settings."""

    table: str = env("TABLE")
    password: Secret[str] = secret("db", field="password")


def use_others() -> None:
    """What comes out has its type."""
    assert_type(profile("ada", full=True), dict[str, str])
    assert_type(profile.invalidate("ada"), bool)
    assert_type(profiles.get("k", dict[str, str]), dict[str, str] | None)
    settings = load(Settings, stage="staging")
    assert_type(settings, Settings)
    assert_type(settings.password.reveal(), str)
    assert_type(Reloading(Settings)(), Settings)
    assert_type(caller({}).roles, frozenset[str])
    assert_type(retried({}), object)
    profile(1)  # type: ignore[arg-type]
    profile("ada", fast=True)  # type: ignore[call-arg]
    assert_type(anything.get("k", lambda: 1), Any | None)
    Router(unknown="ignore")  # type: ignore[arg-type]
    load(Settings, stge="staging")  # type: ignore[call-arg]
