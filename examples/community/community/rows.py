"""Tables that have arrived (CSV): a row each in the table, read line by line, whatever the size of the file."""

import csv
import os

from stratolite_patterns.pipeline import Pipeline, Poison, StoredObject
from stratolite_patterns.single_table import AlreadyExists

from community import happened, uploads
from community.entities import Row, table
from community.observed import observed

ROWS_MAX = 100_000
COLUMNS_MAX = 100

pipeline = Pipeline(uploads.progress(), dead_letter=os.environ["TABLES_FAILED"])


@pipeline.step("rows", prefix="in/tables/")
def rows(stored: StoredObject) -> None:
    """Each row under its number: a second attempt finds those of the first one, and goes on."""
    upload = uploads.arrived(stored.ref)
    try:
        lines = csv.DictReader((line.decode("utf-8-sig") + "\n" for line in stored.lines()), strict=True)
        number = 0
        for number, line in enumerate(lines, start=1):
            if number > ROWS_MAX or len(line) > COLUMNS_MAX or None in line:
                raise Poison(
                    f"line {lines.line_num}: more than {ROWS_MAX} rows, {COLUMNS_MAX} columns, or a cell too many"
                )
            keep(Row(upload.id, number, {name: value or "" for name, value in line.items()}))
    except (csv.Error, UnicodeDecodeError) as error:
        raise Poison(f"no table that can be read: {error}") from error
    happened.publisher().publish(happened.upload_finished(upload, {"rows": number}))


def keep(row: Row) -> None:
    """It may be there from an attempt before."""
    try:
        table.create(row)
    except AlreadyExists:
        return


handler = observed(pipeline)
