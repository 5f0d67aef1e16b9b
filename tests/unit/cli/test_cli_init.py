"""``stratolite init``: which files it writes, what is changed in them, and what it refuses."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from stratolite import __version__
from stratolite.cli import init, starters
from stratolite.core.errors import UserError

ROOT = Path(__file__).parents[3]
COMMON = {".gitignore", "requirements.txt", "requirements-dev.txt", "ruff.toml", "serverless.yml"}


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(init.command, [str(each) for each in arguments])


def written(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text(errors="replace")
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("template", starters.TEMPLATES)
def test_a_project_stands_alone(template: str, tmp_path: Path) -> None:
    folder = tmp_path / "my-shop"
    result = run("--template", template, folder)
    assert result.exit_code == 0, result.output
    found = written(folder)
    assert set(found) >= COMMON
    assert re.findall("^service: .*", found["serverless.yml"], re.MULTILINE) == ["service: my-shop"]
    requirements = found["requirements.txt"] + found["requirements-dev.txt"]
    assert ".." not in requirements
    assert f">={__version__}" in found["requirements.txt"]
    assert f"stratolite>={__version__}" in requirements.splitlines()
    assert not [path for path in found if set(path.split("/")) & {"node_modules", ".serverless", "__pycache__"}]
    assert not [path for path in found if path.startswith(".github")]
    assert not [path for path, text in found.items() if "examples/community" in text]
    assert "stratolite up" in result.output
    assert f"cd {folder}" in result.output


def test_extras_of_requirements_are_kept(tmp_path: Path) -> None:
    run("-t", "community", tmp_path / "shop")
    lines = (tmp_path / "shop" / "requirements.txt").read_text().splitlines()
    assert f"stratolite-patterns[authorizer,redis]>={__version__}" in lines


def test_both_distributions_are_released_together() -> None:
    """So that the version of the one that is installed tells that of the other."""
    patterns = tomllib.loads((ROOT / "patterns" / "pyproject.toml").read_text())
    assert patterns["project"]["version"] == __version__


@pytest.mark.parametrize("template", starters.TEMPLATES)
def test_a_workflow_comes_when_it_is_asked_for(template: str, tmp_path: Path) -> None:
    result = run("-t", template, "--ci", "github", tmp_path / "shop")
    found = written(tmp_path / "shop")
    assert {".github/workflows/deploy.yml", "scripts/release.py", "scripts/smoke.py", "scripts/deployed.py"} <= set(
        found
    )
    assert "examples/" not in found[".github/workflows/deploy.yml"]
    assert ".github/workflows/deploy.yml" in result.output


def test_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "smoke.py").write_text("mine")
    (tmp_path / "ruff.toml").symlink_to(tmp_path / "nowhere")
    result = run("-t", "api", "--name", "shop", tmp_path)
    assert isinstance(result.exception, UserError)
    assert result.exception.exit_code == 2
    assert "there already: ruff.toml, scripts/smoke.py; nothing was written" in str(result.exception)
    assert written(tmp_path) == {"scripts/smoke.py": "mine"}


def test_other_files_may_be_there(tmp_path: Path) -> None:
    (tmp_path / "LICENSE").write_text("mine")
    assert run("-t", "events", "--name", "shop", tmp_path).exit_code == 0
    assert written(tmp_path)["LICENSE"] == "mine"


def test_a_file_where_a_folder_has_to_be_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "tests").write_text("mine")
    result = run("-t", "api", "--name", "shop", tmp_path)
    assert isinstance(result.exception, UserError)
    assert "cannot be written" in str(result.exception)
    assert written(tmp_path) == {"tests": "mine"}
    assert "cannot be written" in str(run("-t", "api", "--name", "shop", tmp_path / "tests").exception)


def test_the_toolkit_is_named_by_its_place_where_pip_does_not_have_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "  pip install -r requirements.txt -r " in run("-t", "api", tmp_path / "shop").output
    monkeypatch.setattr(init, "find_spec", lambda _: None)
    shown = run("-t", "events", tmp_path / "store").output
    assert f"  pip install {ROOT / 'patterns'} -r requirements.txt -r " in shown


@pytest.mark.parametrize(
    "name", ["My App", "a", "1shop", "shop-", "a--b", "shöp", "a" * 31, "-shop", "shop\n", "../up"]
)
def test_names_that_aws_would_refuse(name: str, tmp_path: Path) -> None:
    result = run("-t", "api", "--name", name, tmp_path / "shop")
    assert isinstance(result.exception, UserError)
    assert "cannot name a service" in str(result.exception)
    assert not (tmp_path / "shop").exists()


@pytest.mark.parametrize("name", ["ab", "shop-2", "a" * 30])
def test_names_that_are_good(name: str, tmp_path: Path) -> None:
    assert run("-t", "api", "--name", name, tmp_path / "x y").exit_code == 0


def test_nobody_is_asked_where_nobody_is(tmp_path: Path) -> None:
    result = run(tmp_path / "shop")
    assert isinstance(result.exception, UserError)
    assert "--template api|events|pipeline|community" in str(result.exception)
    assert not (tmp_path / "shop").exists()


def test_somebody_at_a_terminal_chooses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal:
        @staticmethod
        def isatty() -> bool:
            return True

    class System:
        stdin = stdout = Terminal

    monkeypatch.setattr(init, "sys", System)
    result = CliRunner().invoke(init.command, [str(tmp_path / "shop")], input="nothing\npipeline\n")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "shop" / "tables.py").is_file()
    assert all(text in result.output for text in starters.TEMPLATES.values())


def test_json_lists_the_files(tmp_path: Path) -> None:
    result = run("-t", "api", "--json", tmp_path / "shop")
    told = json.loads(result.output)
    assert told["template"] == "api"
    assert told["folder"] == str((tmp_path / "shop").resolve())
    assert sorted(told["files"]) == sorted(written(tmp_path / "shop"))
