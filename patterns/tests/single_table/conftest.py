"""The application of ``blog`` in the local cloud."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from blog import App, declared

_names = (f"patterns-{number}" for number in itertools.count())


@pytest.fixture
def app(client: Any) -> Iterator[App]:
    """The application on a table of its own in the local cloud."""
    dynamodb = client("dynamodb")
    app = declared(next(_names), client=dynamodb)
    dynamodb.create_table(**app.table.definition())
    dynamodb.get_waiter("table_exists").wait(TableName=app.table.name)
    yield app
    dynamodb.delete_table(TableName=app.table.name)
