"""What ``stratolite doctor`` says of this machine."""

import os
from pathlib import Path

import pytest

from stratolite.cli.doctor import machine
from stratolite.cli.doctor.finding import State
from stratolite.server.config import Config


def test_a_data_folder_that_can_be_made_is_no_finding(tmp_path: Path) -> None:
    assert machine.data(Config(data=tmp_path / "a" / "b")) == []


def test_a_data_folder_that_cannot_be_written_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    [found] = machine.data(Config(data=tmp_path / "file"))
    assert found.state is State.STOPS and "cannot be written" in found.what
    monkeypatch.setattr(os, "access", lambda *_: False)  # Those who may do anything run tests, too.
    [found] = machine.data(Config(data=tmp_path / "a"))
    assert found.state is State.STOPS and "--data" in found.todo


def test_a_data_folder_whose_path_is_too_long_stops(tmp_path: Path) -> None:
    [found] = machine.data(Config(data=tmp_path.joinpath(*["d" * 100] * 5)))
    assert found.state is State.STOPS and "so long a path" in found.what
