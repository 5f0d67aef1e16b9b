"""Tables that are uploaded as CSV, and what becomes of them, step by step.

    in/sales.csv -> rows -> rows/sales.csv.jsonl -> totals -> totals/sales.csv.json

Each object stands alone: one that cannot be read goes to the dead letters, with its reason, and the others are done.
"""

import csv
import json
import os
import re
from collections.abc import Iterator

from stratolite_patterns.pipeline import Output, Pipeline, Poison, Progress, StoredObject

COLUMNS_MAX = 100
NUMBER = re.compile(r"-?[0-9]{1,15}")

handle = Pipeline(
    Progress(os.environ.get("PROGRESS", "progress")),
    dead_letter=os.environ.get("DEAD_LETTERS", ""),
)


@handle.step("rows", prefix="in/", suffix=".csv", output="rows/")
def rows(source: StoredObject) -> Output:
    """A line of JSON for each row, read and written piece by piece, whatever the size of the file."""
    return Output(f"{source.path}.jsonl", _rows(source), "application/x-ndjson")


def _rows(source: StoredObject) -> Iterator[bytes]:
    try:
        lines = csv.DictReader((line.decode("utf-8-sig") + "\n" for line in source.lines()), strict=True)
        if not lines.fieldnames or len(lines.fieldnames) > COLUMNS_MAX:
            raise Poison(f"a first line with 1 to {COLUMNS_MAX} names is needed")
        for row in lines:
            if None in row or None in row.values():
                raise Poison(f"line {lines.line_num} has not as many cells as there are names")
            yield json.dumps(row).encode() + b"\n"
    except (csv.Error, UnicodeDecodeError) as error:
        raise Poison(f"no table that can be read: {error}") from error


@handle.step("totals", prefix="rows/", suffix=".jsonl", output="totals/")
def totals(source: StoredObject) -> Output:
    """How many rows there are, and the sum of each column of whole numbers."""
    count = 0
    sums: dict[str, int] = {}
    for count, line in enumerate(source.lines(), start=1):
        numbers = {name: int(text) for name, text in json.loads(line).items() if NUMBER.fullmatch(text)}
        sums = numbers if count == 1 else {name: sums[name] + numbers[name] for name in sums if name in numbers}
    result = json.dumps({"rows": count, "sums": sums})
    return Output(f"{source.path.removesuffix('.jsonl')}.json", result, "application/json")
