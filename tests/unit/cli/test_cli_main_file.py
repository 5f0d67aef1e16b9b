"""Which file describes an application."""

from pathlib import Path

import pytest

from stratolite.cli.main_file import NAMES, find
from stratolite.core.errors import UserError
from stratolite.templates import front_end


def test_the_first_form_is_taken(tmp_path: Path) -> None:
    for name in reversed(NAMES):
        (tmp_path / name).write_text("")
        assert find(tmp_path) == tmp_path / name
        assert find(tmp_path / name) == tmp_path / name


def test_programs_are_services(tmp_path: Path) -> None:
    for name in ("serverless.ts", "serverless.prod.yml", "service.js"):
        assert front_end(tmp_path / name) == "serverless"


def test_composed_services_are_named(tmp_path: Path) -> None:
    file = tmp_path / "serverless-compose.yml"
    file.write_text("services:\n  api: {path: services/api}\n  web:\n    path: web\n    dependsOn: api\n")
    with pytest.raises(UserError, match="run one by one") as error:
        find(tmp_path)
    assert f"stratolite up {tmp_path / 'services' / 'api'}" in error.value.todo
    assert f"stratolite up {tmp_path / 'web'}" in error.value.todo


def test_composed_services_that_only_a_program_knows_are_looked_for(tmp_path: Path) -> None:
    (tmp_path / "serverless-compose.ts").write_text("")
    for folder in ("services/api", "node_modules/x"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "serverless.yml").write_text("")
    with pytest.raises(UserError) as error:
        find(tmp_path)
    assert error.value.todo.endswith(f"\n    stratolite up {tmp_path / 'services' / 'api'}")


def test_nothing_is_there(tmp_path: Path) -> None:
    for path, what in ((tmp_path, "no application"), (tmp_path / "none", "no such file")):
        with pytest.raises(UserError, match=what):
            find(path)
