"""Secrets are given away by ``reveal`` alone."""

import copy
import json
import logging
import pickle
from dataclasses import asdict, dataclass

import pytest

from stratolite_patterns.settings import Secret

VALUE = "hunter2"
SECRET = Secret(VALUE)


@dataclass(frozen=True)
class Settings:
    key: Secret[str]


def test_texts_do_not_show_it(caplog: pytest.LogCaptureFixture) -> None:
    settings = Settings(SECRET)
    with caplog.at_level(logging.INFO):
        logging.getLogger("app").info("%s %r %s", SECRET, settings, {"key": SECRET})
    shown = [
        str(SECRET),
        repr(SECRET),
        f"{SECRET}",
        f"{SECRET:>20}",
        "%s" % SECRET,  # noqa: UP031 - it is one of the ways
        repr(settings),
        str([SECRET]),
        str(asdict(settings)),
        caplog.text,
        json.dumps({"key": SECRET}, default=str),
        str(vars(settings)),
    ]
    assert all("***" in each and VALUE not in each for each in shown)
    assert not hasattr(SECRET, "__dict__")


def test_it_is_neither_json_nor_pickled() -> None:
    with pytest.raises(TypeError):
        json.dumps({"key": SECRET})
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps(SECRET, protocol)


def test_copies_are_it_and_equality_is_by_value() -> None:
    assert copy.copy(SECRET) is SECRET
    assert copy.deepcopy({"a": SECRET})["a"] is SECRET
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert SECRET != VALUE
    assert SECRET.reveal() == VALUE
    with pytest.raises(TypeError, match="unhashable"):
        hash(SECRET)


def test_a_secret_in_an_error_is_not_shown() -> None:
    with pytest.raises(AttributeError) as raised:
        SECRET.strip()  # type: ignore[attr-defined]
    assert VALUE not in str(raised.value)
