"""Schemas and their history: each owner's ``schema.sql`` is a list of numbered migrations.

A migration starts with a line ``-- migration N: what it does`` (N = 1, 2, 3 ...) and is never changed once
released. A database that holds a migration which this version does not know was written by a newer one and is refused.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from stratolite.core.errors import UserError
from stratolite.storage.database import Database

_HEADING = re.compile(r"^-- migration (\d+):[^\n]*$", re.MULTILINE)

_LEDGER = """
CREATE TABLE IF NOT EXISTS migration (
    owner TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (owner, number)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of an owner's schema."""

    number: int
    sql: str


def parse(text: str) -> tuple[Migration, ...]:
    """The migrations of a ``schema.sql``, in order. Raises ValueError unless they count 1, 2, 3 ..."""
    headings = list(_HEADING.finditer(text))
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    steps = tuple(
        Migration(int(heading.group(1)), text[heading.end() : end]) for heading, end in zip(headings, ends, strict=True)
    )
    if [step.number for step in steps] != list(range(1, len(steps) + 1)):
        raise ValueError("migrations must be numbered 1, 2, 3 ... in order")
    return steps


def migrate(database: Database, owner: str, text: str) -> None:
    """Bring one owner's tables up to date. Raises UserError when the database is newer than this version."""
    migrate_all(database, {owner: text})


def migrate_all(database: Database, schemas: Mapping[str, str]) -> None:
    """Bring the tables of owners up to date, all of them or none. Raises UserError as ``migrate`` does."""
    database.script(_LEDGER)
    done: dict[str, int] = dict(database.query("SELECT owner, max(number) FROM migration GROUP BY owner"))
    pending: list[str] = []
    for owner, text in schemas.items():
        steps, known = parse(text), done.get(owner, 0)
        if known > len(steps):
            raise UserError(
                f"the data folder was written by a newer version of Stratolite ({owner} schema {known}, "
                f"this version knows {len(steps)})",
                where=str(database.path.parent),
                todo="Upgrade Stratolite, or name another folder with --data.",
            )
        for step in steps[known:]:
            pending += (step.sql, f"INSERT INTO migration (owner, number) VALUES ('{owner}', {step.number});")
    if pending:
        database.script("\n".join(pending))
