"""YAML and JSON with positions. Values beside what js-yaml 4 and JavaScript make of the same text."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stratolite.core.errors import UserError
from stratolite.templates.document import (
    FILE_BYTES_MAX,
    List,
    Map,
    copied,
    decoded,
    mark_of,
    parse_json,
    read_document,
)
from stratolite.templates.yaml_reader import parse_yaml

# As Serverless Framework 3.40.0 prints the same plain scalars (`serverless print --format json`).
SCALARS: dict[str, Any] = {
    "1.50": 1.5,
    "123456789012345678": 123456789012345680,
    "0123": 123,
    "1_000": "1_000",
    "0o17": 15,
    "0xff": 255,
    "0b101": 5,
    "0b2": "0b2",
    "-.5": "-.5",
    ".5": 0.5,
    "1e3": 1000,
    "1.0": 1,
    "yes": "yes",
    "True": True,
    "TRUE": True,
    "~": None,
    "Null": None,
    "-0x10": -16,
    "1.": 1,
    "+1": 1,
    "1e400": "1e400",
    "12e": "12e",
    ".inf": None,
    ".NaN": None,
}


@pytest.mark.parametrize("text", SCALARS)
def test_plain_scalars_are_what_js_yaml_reads(text: str) -> None:
    value = parse_yaml(f"a: {text}", "f")["a"]
    assert (value, type(value)) == (SCALARS[text], type(SCALARS[text]))


def test_dates_are_texts_or_time_stamps() -> None:
    text = "a: 2012-10-17\nb: 2001-12-14 21:59:43.10 -5\nc: '2012-10-17'"
    assert parse_yaml(text, "f") == {"a": "2012-10-17", "b": "2001-12-14 21:59:43.10 -5", "c": "2012-10-17"}
    # As Serverless Framework 3.40.0 prints them.
    assert parse_yaml(text, "f", dates=True) == {
        "a": "2012-10-17T00:00:00.000Z",
        "b": "2001-12-15T02:59:43.100Z",
        "c": "2012-10-17",
    }


def test_keys_that_are_numbers_come_first() -> None:
    document = parse_yaml("200: a\nz: 1\n100: b\n50: c\n'007': d", "f")
    assert list(document) == ["50", "100", "200", "z", "007"]
    assert list(parse_json('{"b": 1, "10": 2, "2": 3}', "f")) == ["2", "10", "b"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("!Ref Topic", {"Ref": "Topic"}),
        ("!Condition C", {"Condition": "C"}),
        ("!GetAtt Table.Stream.Arn", {"Fn::GetAtt": ["Table", "Stream.Arn"]}),
        ("!GetAtt Table", {"Fn::GetAtt": ["Table", ""]}),
        ("!GetAtt [Table, Arn]", {"Fn::GetAtt": ["Table", "Arn"]}),
        ("!Sub 5", {"Fn::Sub": "5"}),
        ("!Sub ''", {"Fn::Sub": ""}),
        ("!Join ['-', [a, !Ref B]]", {"Fn::Join": ["-", ["a", {"Ref": "B"}]]}),
        ("!If [C, 1, true]", {"Fn::If": ["C", 1, True]}),
    ],
)
def test_short_forms_are_written_out(text: str, value: Any) -> None:
    assert parse_yaml(text, "f") == value


def test_an_unknown_tag_is_told_with_its_place() -> None:
    with pytest.raises(UserError) as error:
        parse_yaml("package:\n  patterns:\n    - !src/**", "serverless.yml")
    assert error.value.where == "serverless.yml:3:7"
    assert "!src/**" in error.value.what and "quotes" in error.value.todo


@pytest.mark.parametrize(
    ("text", "value"),
    [("a: |\n  x\n  y", "x\ny\n"), ("a: >\n x\n\n\n y", "x\n\ny\n"), ("a: |-\n  x", "x"), ("a: |+\n  x\n\n", "x\n\n")],
)
def test_the_last_line_of_a_block_ends_as_js_yaml_ends_it(text: str, value: str) -> None:
    assert parse_yaml(text, "f") == {"a": value}


def test_positions_are_those_of_keys_and_elements() -> None:
    document = parse_yaml("a:\n  b: 1\n  c:\n    - x\n    -   y\n", "f.yml")
    assert str(mark_of(document["a"], "b")) == "f.yml:2:3"
    assert str(mark_of(document["a"]["c"], 1)) == "f.yml:5:9"
    assert str(mark_of(document["a"], "nothing")) == str(document["a"].at)


def test_anchors_and_merge_keys() -> None:
    text = "base: &b {x: 1, y: 2}\nother: &o {z: 9, x: 8}\na:\n  <<: *b\n  y: 3\nc:\n  <<: [*b, *o]\nd: *b\n"
    document = parse_yaml(text, "f")
    assert document["a"] == {"x": 1, "y": 3} and list(document["a"]) == ["x", "y"]
    assert document["c"] == {"x": 1, "y": 2, "z": 9}
    assert document["d"] == document["base"] and document["d"] is not document["base"]


def test_copies_keep_positions_and_share_nothing() -> None:
    document = parse_yaml("a: [1, {b: 2}]", "f")
    twin = copied(document)
    assert twin == document and twin["a"] is not document["a"]
    assert mark_of(twin["a"], 1) == mark_of(document["a"], 1)
    assert isinstance(twin, Map) and isinstance(twin["a"], List)


WRONG = {
    "malformed": ("service: a\nprovider: {name: aws\n", "f:3:1", "malformed YAML"),
    "a tab": ("service: a\nprovider:\n\tname: aws\n", "f:3:1", "malformed YAML"),
    "a key twice": ("a: 1\nb: 2\na: 3\n", "f:3:1", "the key 'a' is written twice"),
    "an unknown alias": ("a: *b\n", "f:1:4", "undefined alias"),
    "two documents": ("a: 1\n---\nb: 2\n", "f:2:1", "single document"),
    "a control character": ("a: 1\nb: \x07\n", "f:2:4", "control characters"),
    "a key that is a list": ("? [a]\n: b\n", "f:1:3", "a key has to be a text"),
    "a tag that does not fit": ("a: !!int x\n", "f:1:4", "does not fit"),
    "an anchor in itself": ("a: &x [*x]\n", "f:1:4", "contains itself"),
    "a merge of no mapping": ("a:\n  <<: 5\n", "f:2:7", "only mappings"),
    "an open quote": ("a: 'x\n", "f:2:1", "malformed YAML"),
    "a plain at sign": ("a: @x\n", "f:1:4", "malformed YAML"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_with_its_place(name: str) -> None:
    text, where, what = WRONG[name]
    with pytest.raises(UserError) as error:
        parse_yaml(text, "f")
    assert error.value.where == where
    assert what in error.value.what


@pytest.mark.parametrize(
    ("text", "todo"),
    [
        ("a:\n  b: 1\n c: 2\n", "Indent this line as its neighbours are"),
        ("a: [1, 2\nb: 3\n", "Close the bracket"),
        ("a: b: c\n", "Put a text in quotes that has a colon"),
        ("a: @x\n", "Put a text in quotes that begins with @"),
        ("a: 'x\n", "Close the quotes"),
    ],
)
def test_what_helps_is_told(text: str, todo: str) -> None:
    with pytest.raises(UserError) as error:
        parse_yaml(text, "f")
    assert error.value.todo.startswith(todo)


def test_a_tab_is_told_as_one() -> None:
    with pytest.raises(UserError) as error:
        parse_yaml("a:\n\tb: 1\n", "f")
    assert "spaces" in error.value.todo and "tabs" in error.value.todo


def test_bombs_are_refused() -> None:
    levels = "".join(f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]\n" for i in range(1, 9))
    with pytest.raises(UserError, match="more than 200000 values"):
        parse_yaml("l0: &l0 [x]\n" + levels, "f")
    with pytest.raises(UserError, match=r"nested|nesting"):
        parse_yaml("[" * 50_000, "f")
    with pytest.raises(UserError, match="nested"):
        parse_yaml("- " * 500 + "x", "f")
    with pytest.raises(UserError, match="nested"):
        parse_json("[" * 100_000 + "]" * 100_000, "f")
    with pytest.raises(UserError, match="nested more than 100"):
        parse_json("[" * 200 + "]" * 200, "f")


def test_files(tmp_path: Path) -> None:
    file = tmp_path / "a.yml"
    with pytest.raises(UserError, match="No such file"):
        read_document(file)
    with pytest.raises(UserError, match="Is a directory"):
        read_document(tmp_path)
    file.write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(UserError) as error:
        read_document(file)
    assert error.value.where == f"{file}:2:4" and "UTF-8" in error.value.what
    file.write_bytes(b"\xef\xbb\xbfa: \xc3\xa9\n")
    assert read_document(file) == {"a": "\u00e9"}
    file.write_bytes(b"")
    assert read_document(file) is None
    with file.open("wb") as large:
        large.truncate(FILE_BYTES_MAX + 1)
    with pytest.raises(UserError, match="larger than"):
        read_document(file)


def test_json_is_read_by_the_suffix(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text('{"a": [1.50, {"b": null}]}')
    document = read_document(file)
    assert document == {"a": [1.5, {"b": None}]}
    assert str(mark_of(document, "a")) == f"{file}:1:1"
    file.write_text('{"a":\n 1,}')
    with pytest.raises(UserError) as error:
        read_document(file)
    assert error.value.where.startswith(f"{file}:2:") and "malformed JSON" in error.value.what
    file.write_text('{"a": NaN}')
    with pytest.raises(UserError, match="malformed JSON"):
        read_document(file)


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_a_mistake(body: bytes) -> None:
    for parse in (parse_yaml, parse_json):
        try:
            parse(decoded(body, "f"), "f")
        except UserError as error:
            assert error.where.startswith("f")


@settings(max_examples=200)
@given(st.text(alphabet="ab:-[]{}!&*'\"#|> \n\t%@`,?<0.5", max_size=60))
def test_any_text_of_yaml_signs_is_a_value_or_a_mistake(text: str) -> None:
    try:
        parse_yaml(text, "f", dates=True)
    except UserError as error:
        assert error.where.startswith("f")
