"""Schemas and their history: each owner's ``schema.sql`` is a list of numbered migrations.

A migration starts with a line ``-- migration N: what it does`` (N = 1, 2, 3 ...) and is never changed once
released. A database that holds a migration which this version does not know was written by a newer one and is refused.
"""

import re
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
    """Bring an owner's tables up to date. Raises UserError when the database is newer than this version."""
    steps = parse(text)
    database.script(_LEDGER)
    row = database.one("SELECT max(number) FROM migration WHERE owner = ?", (owner,))
    done = (row[0] or 0) if row else 0
    if done > len(steps):
        raise UserError(
            f"the data folder was written by a newer version of Stratolite ({owner} schema {done}, "
            f"this version knows {len(steps)})",
            where=str(database.path.parent),
            todo="Upgrade Stratolite, or name another folder with --data.",
        )
    for step in steps[done:]:
        database.script(f"{step.sql}\nINSERT INTO migration (owner, number) VALUES ('{owner}', {step.number});")
