"""Reads of a single table, beside the same requests of a bare boto3 client, one after the other, on the local cloud."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import boto3

from bench.peers import stratolite
from bench.report import Row
from bench.sources import ACCOUNT
from stratolite_patterns.single_table import Table, begins_with

ROUNDS = 1500
WARM_UP = 50
POSTS = 20
RATIO_MAX = 1.15


@dataclass(frozen=True)
class User:
    """An entity of usual size."""

    id: str
    email: str
    name: str
    created: datetime
    balance: Decimal
    logins: int
    tags: frozenset[str]
    version: int = 0


@dataclass(frozen=True)
class Post:
    """One of a page."""

    user_id: str
    id: str
    created: datetime
    title: str


def run() -> list[Row]:
    """All rows."""
    with stratolite() as (endpoint, _):
        client = boto3.client(
            "dynamodb",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="x",
        )
        table = Table("bench", client=client, signing_key="0123456789abcdef")
        table.entity("USER", pk="USER#{id}", sk="PROFILE", version="version")(User)
        table.entity("POST", pk="USER#{user_id}", sk="POST#{created}#{id}")(Post)
        posts = table.pattern("posts", Post, pk="USER#{user_id}", sk=begins_with("POST#"))
        client.create_table(**table.definition())
        now = datetime(2026, 1, 1, tzinfo=UTC)
        table.create(User("ada", "ada@example.com", "Ada", now, Decimal("1.5"), 7, frozenset({"a", "b"})))
        for place in range(POSTS):
            table.create(Post("ada", f"{place:04}", now, f"Post {place}"))
        key = {"pk": {"S": "USER#ada"}, "sk": {"S": "PROFILE"}}
        query: dict[str, Any] = {
            "KeyConditionExpression": "pk = :p AND begins_with(sk, :s)",
            "ExpressionAttributeValues": {":p": {"S": "USER#ada"}, ":s": {"S": "POST#"}},
        }
        return [
            _row(
                "get of an entity",
                lambda: table.get(User, id="ada"),
                lambda: client.get_item(TableName="bench", Key=key),
            ),
            _row(
                f"page of {POSTS} entities",
                lambda: posts(user_id="ada"),
                lambda: client.query(TableName="bench", Limit=POSTS + 1, **query),
            ),
        ]


def _row(what: str, ours: Callable[[], object], bare: Callable[[], object]) -> Row:
    times: tuple[list[float], list[float]] = ([], [])
    for place in range(ROUNDS + WARM_UP):
        for work, found in zip((ours, bare), times, strict=True):
            started_s = time.perf_counter()
            work()
            if place >= WARM_UP:
                found.append((time.perf_counter() - started_s) * 1e6)
    mine, theirs = (statistics.median(each) for each in times)
    ratio = mine / theirs
    return Row(
        f"single_table: {what}",
        f"{mine:.0f} us, {ratio:.2f}x",
        f"bare boto3 {theirs:.0f} us",
        f"<= {RATIO_MAX}x",
        ratio <= RATIO_MAX,
    )
