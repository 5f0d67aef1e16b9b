"""What a zygote does before it forks, and what becomes of a fork."""

import os
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import Loader

from stratolite.engine import zygote


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK of this very process shares its data, for the time of a test."""
    monkeypatch.setattr(Loader, "__init__", Loader.__init__)
    zygote.share_sdk_data()


def test_loaders_begin_with_what_all_of_them_read(shared: None, monkeypatch: pytest.MonkeyPatch) -> None:
    loader = Loader()
    monkeypatch.setattr(Path, "iterdir", None)
    monkeypatch.setattr("os.listdir", None)  # Whoever looks at folders again fails.
    assert "dynamodb" in loader.list_available_services("service-2")
    partitions, where = loader.load_data_with_path("partitions")
    assert partitions["partitions"]
    assert loader.is_builtin_path(where)
    assert loader.load_data("endpoints")


def test_a_loader_of_other_folders_begins_empty(shared: None, tmp_path: Path) -> None:
    """AWS_DATA_PATH: what is there may be newer or otherwise."""
    assert Loader([str(tmp_path)])._cache == {}


def test_what_one_client_changes_is_its_own(shared: None) -> None:
    Loader()._cache.clear()
    assert Loader()._cache


def test_an_sdk_that_is_built_otherwise_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: Any) -> None:
        raise AttributeError

    begin = Loader.__init__
    monkeypatch.setattr(Loader, "load_data_with_path", broken)
    zygote.share_sdk_data()
    assert Loader.__init__ is begin


@pytest.mark.parametrize("error", [PermissionError, AttributeError])
def test_a_machine_without_that_policy_is_as_good(error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def refuse(*arguments: object) -> None:
        asked.append(arguments)
        raise error

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    zygote.be_patient()
    assert asked
