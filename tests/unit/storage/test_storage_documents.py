"""Documents: in the order of their creation, below their parents, and forgotten about only once that is durable."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, TypedDict

import pytest

from stratolite.core.call import Call
from stratolite.storage.database import Database
from stratolite.storage.documents import Documents, shown

CALL = Call(account="123456789012", region="eu-west-1")
Kind = Literal["tree", "leaf"]


class Leaf(TypedDict):
    name: str


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "test.db")
    database.script(
        "CREATE TABLE grown (account TEXT, region TEXT, kind TEXT, parent TEXT, id TEXT, number INTEGER, body TEXT,"
        " PRIMARY KEY (account, region, kind, parent, id)) WITHOUT ROWID;"
    )
    yield database
    database.close()


async def test_documents_are_of_their_parent_kind_and_place_and_in_order(database: Database) -> None:
    forgotten: list[bool] = []
    documents: Documents[Kind] = Documents(database, "grown", lambda: forgotten.append(database.in_transaction))

    def grow() -> None:
        for key in ("b", "a", "c"):
            documents.put(CALL, "leaf", "oak", key, {"name": key})
        documents.put(CALL, "leaf", "elm", "d", {"name": "d"})
        documents.put(CALL, "tree", "", "oak", {"name": "oak"})
        assert not forgotten

    await database.transact(grow)
    assert forgotten == [False] * 5
    await database.transact(lambda: documents.put(CALL, "leaf", "oak", "a", {"name": "A", "_own": 1}))
    assert [one["name"] for one in documents.all(CALL, "leaf", "oak")] == ["b", "A", "c"]
    assert documents.all(CALL, "tree") == [{"name": "oak"}]
    assert documents.all(Call(account="123456789012", region="us-east-1"), "leaf", "oak") == []
    found = documents.get(CALL, "leaf", "oak", "a")
    assert found is not None
    assert shown(found, Leaf) == {"name": "A"}

    def wither() -> None:
        documents.delete(CALL, "leaf", "oak", "a")
        documents.delete(CALL, "leaf", "oak", "never-there")

    await database.transact(wither)
    assert documents.get(CALL, "leaf", "oak", "a") is None
    assert len(forgotten) == 8
