"""The table of function URLs. A URL outlives the alias that it leads to, not its function (``store.py`` deletes it)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from stratolite.services.lambda_.domain import FunctionName
from stratolite.storage.database import Database, Row

_COLUMNS = "url_id, account, region, function, qualifier, auth_type, invoke_mode, cors, created_ms, modified_ms"
_OF_FUNCTION = "account = ? AND region = ? AND function = ?"


@dataclass(frozen=True, slots=True)
class FunctionUrl:
    """An address that calls a function, or one of its aliases."""

    url_id: str
    name: FunctionName
    auth_type: str
    """``NONE`` or ``AWS_IAM``."""
    invoke_mode: str
    """``BUFFERED``, ``RESPONSE_STREAM``, or empty until it is chosen, which is buffered."""
    cors: Mapping[str, Any]
    """As the API has it; empty for none."""
    created_ms: int
    modified_ms: int

    @property
    def domain(self) -> str:
        """The host on AWS."""
        return f"{self.url_id}.lambda-url.{self.name.region}.on.aws"

    @property
    def is_streamed(self) -> bool:
        return self.invoke_mode == "RESPONSE_STREAM"


class UrlStore:
    """Rows of function URLs. Writes belong inside a transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, url: FunctionUrl) -> None:
        """Write a URL, new or known."""
        cors = msgspec.json.encode(url.cors).decode()
        self._database.write(
            f"INSERT OR REPLACE INTO lambda_url ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                url.url_id,
                *_key(url.name),
                url.name.qualifier,
                url.auth_type,
                url.invoke_mode,
                cors,
                url.created_ms,
                url.modified_ms,
            ),
        )

    def of_id(self, url_id: str) -> FunctionUrl | None:
        row = self._database.one(f"SELECT {_COLUMNS} FROM lambda_url WHERE url_id = ?", (url_id,))
        return _url(row) if row else None

    def of_function(self, name: FunctionName) -> FunctionUrl | None:
        """The URL of a function, or of the alias that is its qualifier."""
        row = self._database.one(
            f"SELECT {_COLUMNS} FROM lambda_url WHERE {_OF_FUNCTION} AND qualifier = ?", (*_key(name), name.qualifier)
        )
        return _url(row) if row else None

    def urls(self, name: FunctionName) -> list[FunctionUrl]:
        """A function's own URL, then those of its aliases in order."""
        rows = self._database.query(
            f"SELECT {_COLUMNS} FROM lambda_url WHERE {_OF_FUNCTION} ORDER BY qualifier", _key(name)
        )
        return [_url(row) for row in rows]

    def delete(self, url: FunctionUrl) -> None:
        self._database.write("DELETE FROM lambda_url WHERE url_id = ?", (url.url_id,))


def _key(name: FunctionName) -> tuple[str, str, str]:
    return name.account, name.region, name.name


def _url(row: Row) -> FunctionUrl:
    url_id, account, region, function, qualifier, auth_type, invoke_mode, cors, created_ms, modified_ms = row
    name = FunctionName(account, region, function, qualifier)
    return FunctionUrl(url_id, name, auth_type, invoke_mode, msgspec.json.decode(cors), created_ms, modified_ms)
