"""Notes: people register, log in, and keep notes that nobody else can read.

    GET  POST    /notes          commands change something, queries ask: each is a class with one handler
    GET  PUT  DELETE  /notes/{id}
    POST /users   POST /login    the two that need no token

Three functions are made of this module: ``authorize``, ``handle_commands`` and ``handle_queries``.
"""

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any
from uuid import uuid4

from stratolite_patterns.authorizer import (
    Authorizer,
    Login,
    LoginFailed,
    Routes,
    Signer,
    SigningKey,
    caller,
    hash_password,
)
from stratolite_patterns.cqrs import Bus, Call, Length, Matches, Range
from stratolite_patterns.settings import Reloading, Secret, secret
from stratolite_patterns.single_table import STATUSES, Table, begins_with

# Settings, tokens, and who may call what.


@dataclass(frozen=True)
class Settings:
    """What differs from stage to stage."""

    signing_key: Secret[str] = secret(os.environ.get("KEYS", "keys"), field="signing_key", env="SIGNING_KEY")


settings = Reloading(Settings, stages=("dev", "staging", "production"))
routes = Routes({"member": ["GET /notes", "POST /notes", "GET /notes/{id}", "PUT /notes/{id}", "DELETE /notes/{id}"]})


@cache
def signer() -> Signer:
    """Signs the tokens of logins, and verifies them."""
    return Signer(SigningKey("1", "HS256", settings().signing_key.reveal()), issuer="notes", audience="notes-api")


@cache
def _authorizer() -> Authorizer:
    return Authorizer(signer().verifier(), routes)


def authorize(event: dict[str, Any], context: Any) -> Any:
    """The authorizer: whose token is good gets a policy for exactly what they may call."""
    return _authorizer()(event, context)


def asking(call: Call) -> str:
    """The name of whoever asks. The server sets it; a client that sends it is refused."""
    return caller(call.event).id


# What is in the table.

table = Table(lambda: os.environ["TABLE"], signing_key=lambda: settings().signing_key.reveal())


@table.entity("USER", pk="USER#{name}", sk="USER")
@dataclass(frozen=True)
class User:
    """Somebody who has registered."""

    name: str
    password: str = field(repr=False)
    """The scrypt hash of it."""


@table.entity("NOTE", pk="USER#{owner}", sk="NOTE#{id}", version="version")
@dataclass(frozen=True)
class Note:
    """What somebody wants to remember. Ids begin with the time, so that notes sort by it."""

    owner: str
    id: str
    text: str
    version: int = 0


notes_of = table.pattern("notes_of", Note, pk="USER#{owner}", sk=begins_with("NOTE#"), forward=False)

# Commands.

Name = Annotated[str, Matches("[a-z][a-z0-9-]{1,30}", "is not 2 to 31 small letters, digits or hyphens")]
Text = Annotated[str, Length(1, 10_000)]

commands = Bus(errors={**STATUSES, LoginFailed: 401})


@dataclass(frozen=True)
class Register:
    """A new user."""

    name: Name
    password: Annotated[str, Length(10, 200)]


@commands.command(Register, route="POST /users", status=201)
def register(command: Register) -> dict[str, str]:
    """A name that is taken is a 409, never an overwrite."""
    user = table.create(User(command.name, hash_password(command.password)))
    return {"name": user.name}


@dataclass(frozen=True)
class LogIn:
    """A name and a password for a token."""

    name: Annotated[str, Length(1, 200)]
    password: Annotated[str, Length(1, 200)]


def found(name: str) -> tuple[str, list[str]] | None:
    """The hash and the roles of a user."""
    user = table.get(User, name=name)
    return (user.password, ["member"]) if user else None


@commands.command(LogIn, route="POST /login")
def log_in(command: LogIn) -> dict[str, str]:
    """Who is unknown waits as long as who has the wrong password, and hears the same."""
    return {"token": Login(signer(), found)(command.name, command.password)}


@dataclass(frozen=True)
class Write:
    """A new note."""

    owner: str
    text: Text


@commands.command(Write, route="POST /notes", status=201, inject={"owner": asking})
def write(command: Write) -> Note:
    """Under an id of ours."""
    return table.create(Note(command.owner, f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{uuid4().hex[:8]}", command.text))


@dataclass(frozen=True)
class Rewrite:
    """Another text. ``version`` is the one that was read: whoever read an older one gets 409, and nothing is lost."""

    owner: str
    id: str
    version: int
    text: Text


@commands.command(Rewrite, route="PUT /notes/{id}", inject={"owner": asking})
def rewrite(command: Rewrite) -> Note:
    """One request to the table: the condition is checked there."""
    return table.update(Note(command.owner, command.id, "", command.version), text=command.text)


@dataclass(frozen=True)
class Forget:
    """A note is no longer needed."""

    owner: str
    id: str


@commands.command(Forget, route="DELETE /notes/{id}", status=204, inject={"owner": asking})
def forget(command: Forget) -> None:
    """404 when it is not there."""
    table.delete(table.key(Note, owner=command.owner, id=command.id))


# Queries.

queries = Bus(errors=STATUSES)


@dataclass(frozen=True)
class GetNote:
    """One note."""

    owner: str
    id: str


@queries.query(GetNote, route="GET /notes/{id}", inject={"owner": asking})
def get_note(query: GetNote) -> Note:
    """Only one's own: the owner is a part of the key."""
    return table.require(Note, owner=query.owner, id=query.id)


@dataclass(frozen=True)
class ListNotes:
    """One's notes, the latest first."""

    owner: str
    limit: Annotated[int, Range(1, 100)] = 20
    after: str | None = None


@queries.query(ListNotes, route="GET /notes", inject={"owner": asking})
def list_notes(query: ListNotes) -> dict[str, Any]:
    """One page, and the signed token of the next."""
    page = notes_of(owner=query.owner, limit=query.limit, after=query.after)
    return {"items": page.items, "next": page.next}


handle_commands = commands.handler
handle_queries = queries.handler
