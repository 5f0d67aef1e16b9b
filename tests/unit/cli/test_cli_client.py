"""How commands find a cloud, and what they call a function."""

from pathlib import Path

import pytest

from stratolite.cli.client import connect
from stratolite.cli.names import resolve
from stratolite.cli.note import Note
from stratolite.cli.options import parse_params
from stratolite.core.errors import UserError

NAMES = ["shop-dev-list", "shop-dev-get", "other-dev-get"]


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "STRATOLITE_DATA", "STRATOLITE_PORT"):
        monkeypatch.delenv(name, raising=False)


def test_the_endpoint_given_wins(tmp_path: Path) -> None:
    client = connect("http://127.0.0.1:9/", "eu-west-1", tmp_path)
    assert (client.endpoint, client.region) == ("http://127.0.0.1:9", "eu-west-1")


def test_a_note_says_where_and_which_region(tmp_path: Path) -> None:
    (tmp_path / ".stratolite" / "run").mkdir(parents=True)
    Note("http://127.0.0.1:5", "http://127.0.0.1:6", "eu-north-1").write(tmp_path / ".stratolite")
    client = connect(None, None, tmp_path)
    assert (client.endpoint, client.region) == ("http://127.0.0.1:5", "eu-north-1")
    assert connect(None, "us-west-2", tmp_path).region == "us-west-2"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"endpoint": 1}'])
def test_a_damaged_note_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / ".stratolite" / "run").mkdir(parents=True)
    (tmp_path / ".stratolite" / "run" / "cloud.json").write_text(text)
    assert connect(None, None, tmp_path).endpoint == "http://127.0.0.1:4566"


def test_nothing_running_is_said() -> None:
    with pytest.raises(UserError, match="no cloud is running there") as caught:
        connect("http://127.0.0.1:1", None).call("sts", "GetCallerIdentity")
    assert caught.value.exit_code == 1


def test_the_end_of_a_name_is_enough() -> None:
    assert resolve("list", NAMES) == "shop-dev-list"
    assert resolve("shop-dev-get", NAMES) == "shop-dev-get"


@pytest.mark.parametrize(("wanted", "said"), [("get", "could be other-dev-get, shop-dev-get"), ("put", "no function")])
def test_other_names_are_told_what_there_is(wanted: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        resolve(wanted, NAMES)


def test_params_are_pairs() -> None:
    assert parse_params(("a=1", "b=x=y", "c=")) == {"a": "1", "b": "x=y", "c": ""}
    for wrong in ("a", "=1"):
        with pytest.raises(UserError, match="KEY=VALUE"):
            parse_params((wrong,))
