"""A small application of users and posts in one table, as people would declare it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from stratolite_patterns.single_table import AccessPattern, Table, at_least, begins_with, between

START = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Status(Enum):
    """Of a post."""

    DRAFT = "draft"
    PUBLISHED = "published"


@dataclass(frozen=True)
class Address:
    """Of a user."""

    city: str
    zip: str | None = None


@dataclass(frozen=True)
class User:
    """In the partition of its own, with its posts."""

    id: str
    email: str | None = None
    name: str = ""
    logins: int = 0
    balance: Decimal = Decimal(0)
    tags: frozenset[str] = frozenset()
    addresses: list[Address] = field(default_factory=list)
    version: int = 0


@dataclass(frozen=True)
class Post:
    """In the partition of its author."""

    user_id: str
    id: str
    created: datetime
    title: str
    status: Status = Status.DRAFT
    score: float = 0.0


@dataclass(frozen=True)
class Session:
    """Expires."""

    id: str
    user_id: str
    expires: datetime | None = None


@dataclass(frozen=True)
class EmailOwner:
    """Keeps an address unique."""

    email: str
    user_id: str


@dataclass(frozen=True)
class App:
    """The table and its questions."""

    table: Table
    posts_of_user: AccessPattern[Post]
    user_and_posts: AccessPattern[User | Post]
    user_by_email: AccessPattern[User]
    posts_between: AccessPattern[Post]
    good_posts: AccessPattern[Post]
    sessions: AccessPattern[Session]


def declared(name: str = "app", **options: Any) -> App:
    """The application's table."""
    options.setdefault("signing_key", "0123456789abcdef")
    table = Table(name, indexes={"gsi1": ("gsi1pk", "gsi1sk")}, **options)
    by_email = {"gsi1": ("EMAIL#{email}", "USER")}
    table.entity("USER", pk="USER#{id}", sk="PROFILE", indexes=by_email, version="version")(User)
    by_status = {"gsi1": ("STATUS#{status}", "{created}#{id}")}
    table.entity("POST", pk="USER#{user_id}", sk="POST#{created}#{id}", indexes=by_status)(Post)
    table.entity("SESSION", pk="SESSION#{user_id}", sk="SESSION#{id}", ttl="expires")(Session)
    table.entity("EMAIL", pk="EMAIL#{email}", sk="OWNER")(EmailOwner)
    posts = "USER#{user_id}"
    return App(
        table,
        table.pattern("posts_of_user", Post, pk=posts, sk=begins_with("POST#"), forward=False),
        table.pattern("user_and_posts", User, Post, pk="USER#{id}"),
        table.pattern("user_by_email", User, index="gsi1", pk="EMAIL#{email}"),
        table.pattern("posts_between", Post, pk=posts, sk=between("POST#{since}", "POST#{until}#~")),
        table.pattern("good_posts", Post, pk=posts, sk=begins_with("POST#"), filters={"score": at_least("{score}")}),
        table.pattern("sessions", Session, pk="SESSION#{user_id}"),
    )
