"""Tables: what needs no cloud, and then all of it as its users see it."""

import json

import pytest
from stratolite_patterns.pipeline import Poison

import smoke
import tables


class Stored:
    """An object of S3, as far as steps look at it."""

    def __init__(self, path, body):
        self.path = path
        self._body = body

    def lines(self):
        yield from self._body.splitlines()


def test_rows_become_lines_of_json():
    output = tables.rows(Stored("sales.csv", b'\xef\xbb\xbfarticle,quantity\nbook,2\n"pen, red",3\n'))
    assert output.key == "sales.csv.jsonl"
    assert [json.loads(line) for line in output.body] == [
        {"article": "book", "quantity": "2"},
        {"article": "pen, red", "quantity": "3"},
    ]


def test_a_cell_may_have_several_lines():
    output = tables.rows(Stored("jan/notes.csv", b'id,text\n1,"two\nlines"\n'))
    assert (output.key, list(output.body)) == ("jan/notes.csv.jsonl", [b'{"id": "1", "text": "two\\nlines"}\n'])


@pytest.mark.parametrize("body", [b"", b"\x00\xff\xfe", b"a,b\n1\n", b"a,b\n1,2,3\n", b'a,b\n"1,2\n'])
def test_what_is_no_table_is_given_up_with_its_reason(body):
    with pytest.raises(Poison):
        list(tables.rows(Stored("sales.csv", body)).body)


def test_totals_are_of_columns_that_have_numbers_alone():
    rows = [{"article": "book", "quantity": "2", "code": "7"}, {"article": "pen", "quantity": "-3", "code": "x"}]
    output = tables.totals(Stored("sales.csv.jsonl", "\n".join(map(json.dumps, rows)).encode()))
    assert (output.key, json.loads(output.body)) == ("sales.csv.json", {"rows": 2, "sums": {"quantity": -1}})


def test_as_users_see_it(cloud):
    smoke.check("dev")
