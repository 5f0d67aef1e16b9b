"""What the toolkit for handlers costs: its import, its dispatch, its reads beside bare boto3.

Each part is a module with ``run()``, as every benchmark is.
"""

from importlib import import_module

from bench.report import Row

PARTS = ("imports", "cqrs", "single_table", "events", "cache", "authorizer")


def run() -> list[Row]:
    """All rows."""
    return [row for part in PARTS for row in import_module(f"bench.patterns.{part}").run()]
