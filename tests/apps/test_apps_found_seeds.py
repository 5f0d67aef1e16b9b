"""A library's API whose tables begin with books, as serverless-dynamodb-local's users write it."""

import shutil
from pathlib import Path

from tests.apps.conftest import Starter, http

FOLDER = Path(__file__).parent / "found" / "library-api"
NUMBERS = {
    "isbn": "0-19-852663-6",
    "title": "Numbers",
    "year": 1998,
    "price": 12.5,
    "tags": ["maths", "old"],
    "lent": False,
}


def test_seeds_are_put_into_tables_and_again_when_they_change(up: Starter, tmp_path: Path) -> None:
    folder = tmp_path / "library-api"
    shutil.copytree(FOLDER, folder)
    app = up(folder)
    assert "2 items put into the table library-api-books-dev" in app.output
    assert "2 items put into the table library-api-loans-dev" in app.output
    first, second = http("GET", app.url("/dev/books")).json()
    assert first == NUMBERS and second["authors"] == {"first": "Cormen", "second": None}
    loans = [(loan["reader"], loan.get("days")) for loan in http("GET", app.url("/dev/loans")).json()]
    assert loans == [("ada", None), ("grace", [1, 5])]

    # What the application itself deletes does not come back by a restart, as long as the seeds are the same.
    assert http("DELETE", app.url(f"/dev/books/{first['isbn']}")).status == 200
    app.stop()
    app = up(folder)
    assert "items put into" not in app.output
    assert [book["isbn"] for book in http("GET", app.url("/dev/books")).json()] == [second["isbn"]]

    # An edit of a seed file is taken up.
    seeds = folder / "seeds" / "loan.json"
    place = len(app.lines)
    seeds.write_text(seeds.read_text().replace("ada", "mary"))
    app.until("2 items put into the table library-api-loans-dev", after=place)
    readers = [loan["reader"] for loan in http("GET", app.url("/dev/loans")).json()]
    assert readers == ["ada", "grace", "mary"]


def test_what_is_wrong_with_seeds_is_told_and_the_rest_runs(up: Starter, tmp_path: Path) -> None:
    folder = tmp_path / "library-api"
    shutil.copytree(FOLDER, folder)
    (folder / "seeds" / "loan.json").unlink()
    (folder / "seeds" / "loans.raw.json").write_text("[{")
    file = folder / "serverless.yml"
    file.write_text(file.read_text().replace("table: ${self:custom.booksTable}", "table: gone"))
    app = up(folder, "--no-watch")
    shown = app.output
    assert "the seeds ./seeds/loan.json cannot be read: No such file or directory" in shown
    assert "the seeds ./seeds/loans.raw.json are no JSON" in shown
    assert "the seeds of gone are not put there" in shown
    assert http("GET", app.url("/dev/books")).json() == []


def test_another_stage_is_left_alone(up: Starter) -> None:
    app = up(FOLDER, "--no-watch", "--stage", "prod")
    assert http("GET", app.url("/prod/books")).json() == []
