"""Rows of results: a ratio, what it was measured beside, and whether the goal is met."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One measurement. ``goal`` says what ``value`` has to be, as people read it."""

    what: str
    value: str
    beside: str
    goal: str
    is_met: bool | None = None


def show(title: str, rows: list[Row]) -> None:
    """Print rows as a table."""
    table = [("", "measured", "beside", "goal", "")]
    table += [
        (row.what, row.value, row.beside, row.goal, {True: "met", False: "MISSED", None: ""}[row.is_met])
        for row in rows
    ]
    widths = [max(len(row[place]) for row in table) for place in range(5)]
    print(f"\n{title}")
    for row in table:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
