"""Warnings: how people read them, and what an error becomes that stops nothing."""

from stratolite.core.errors import UserError
from stratolite.core.warning import Kind, Warning, without


def test_it_is_one_text_for_people() -> None:
    assert str(Warning("it is old")) == "it is old"
    assert str(Warning("it is old", "a.yml:3:1", todo="Renew it.")) == "a.yml:3:1: it is old. Renew it."


def test_it_says_its_parts() -> None:
    warning = Warning("no layer", "a.yml:3:1", Kind.LEFT_OUT, "functions", "Make it.")
    parts = {"about": "functions", "kind": "left out", "what": "no layer", "where": "a.yml:3:1", "todo": "Make it."}
    assert warning.as_json() == parts
    error = warning.error
    assert (error.what, error.where, error.todo) == ("no layer", "a.yml:3:1", "Make it.")


def test_what_would_be_an_error_says_what_becomes_of_it() -> None:
    error = UserError("there is no h.js", where="a.yml:3:1", todo="Write it.")
    warning = without(error, "it fails when it is called", Kind.LEFT_OUT, "functions")
    assert str(warning) == "a.yml:3:1: there is no h.js: it fails when it is called. Write it."


def test_what_is_lacking() -> None:
    assert [kind for kind in Kind if kind.is_lack] == [Kind.ABSENT, Kind.LEFT_OUT]
