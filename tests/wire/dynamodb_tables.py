"""Tables that several tests of DynamoDB use."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

_NUMBERS = count(1)
UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}


def keys(*names: str) -> list[dict[str, str]]:
    """A key schema: a partition key and perhaps a sort key."""
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"), strict=False)]


def kinds(**types: str) -> list[dict[str, str]]:
    """Attribute definitions."""
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()]


SIMPLE: dict[str, Any] = {"KeySchema": keys("a"), "AttributeDefinitions": kinds(a="S")}
SORTED: dict[str, Any] = {"KeySchema": keys("a", "b"), "AttributeDefinitions": kinds(a="S", b="N")}
INDEXED: dict[str, Any] = {
    "KeySchema": keys("a", "b"),
    "AttributeDefinitions": kinds(a="S", b="S", c="S", d="N"),
    "LocalSecondaryIndexes": [
        {"IndexName": "local", "KeySchema": keys("a", "d"), "Projection": {"ProjectionType": "KEYS_ONLY"}},
    ],
    "GlobalSecondaryIndexes": [
        {"IndexName": "all", "KeySchema": keys("c", "d"), "Projection": {"ProjectionType": "ALL"}},
        {
            "IndexName": "some",
            "KeySchema": keys("c"),
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["e"]},
        },
    ],
}


@contextmanager
def table(client: Any, definition: dict[str, Any] = SIMPLE, **changes: Any) -> Iterator[str]:
    """The name of a table that is there while the block runs."""
    name = f"table-{next(_NUMBERS)}"
    client.create_table(TableName=name, **{"BillingMode": "PAY_PER_REQUEST", **definition, **changes})
    yield name
    client.delete_table(TableName=name)


def texts(**values: str) -> dict[str, Any]:
    """An item of strings."""
    return {name: {"S": value} for name, value in values.items()}
