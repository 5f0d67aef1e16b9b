"""CQRS dispatch, beside a bare handler that parses the same body and answers the same."""

import json
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from bench.report import Row
from stratolite_patterns.cqrs import Bus

CALLS = 4000
ROUNDS = 9
OVER_US_MAX = 30.0

bus = Bus()


@dataclass(frozen=True)
class CreateUser:
    """A command of usual size."""

    id: str
    email: str
    name: str
    age: int = 0
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class ListUsers:
    """A query of usual size."""

    limit: int = 20
    after: str | None = None


@bus.command(CreateUser, route="POST /users", status=201)
def create_user(command: CreateUser) -> dict[str, str]:
    """Nearly nothing, so that the dispatch is what is measured."""
    return {"id": command.id}


@bus.query(ListUsers, route="GET /users")
def list_users(query: ListUsers) -> dict[str, int]:
    """Nearly nothing."""
    return {"limit": query.limit}


def bare_create(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """What people write, without a check."""
    body = json.loads(event["body"])
    return {"statusCode": 201, "headers": {}, "body": json.dumps({"id": body["id"]})}


def bare_list(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """What people write, without a check."""
    query = event["queryStringParameters"] or {}
    return {"statusCode": 200, "headers": {}, "body": json.dumps({"limit": int(query.get("limit", 20))})}


def run() -> list[Row]:
    """All rows."""
    create = {"id": "ada", "email": "ada@example.com", "name": "Ada", "age": 36, "tags": ["a", "b"]}
    rows = []
    for what, event, bare in (
        ("command, REST API", _event("POST", json.dumps(create), None), bare_create),
        ("query, REST API", _event("GET", None, {"limit": "10"}), bare_list),
    ):
        assert bus.handler(event)["body"] == bare(event, None)["body"].replace(" ", "")
        ours, theirs = _pair_us(partial(bus.handler, event), partial(bare, event, None))
        rows.append(
            Row(
                f"dispatch of a {what}",
                f"{ours - theirs:.1f} us over",
                f"bare handler {theirs:.1f} us",
                f"<= {OVER_US_MAX:.0f} us over",
                ours - theirs <= OVER_US_MAX,
            )
        )
    return rows


def _event(method: str, body: str | None, query: dict[str, str] | None) -> dict[str, Any]:
    return {
        "resource": "/users",
        "path": "/users",
        "httpMethod": method,
        "headers": {"content-type": "application/json"},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} if query else None,
        "pathParameters": None,
        "requestContext": {"stage": "dev"},
        "body": body,
        "isBase64Encoded": False,
    }


def _pair_us(one: Callable[[], object], two: Callable[[], object]) -> tuple[float, float]:
    """The medians of both, taken in turns."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for work, found in zip((one, two), times, strict=True):
            started_s = time.perf_counter()
            for _ in range(CALLS):
                work()
            found.append((time.perf_counter() - started_s) / CALLS * 1e6)
    return statistics.median(times[0]), statistics.median(times[1])
