"""Files of pip, Pipenv, Poetry, uv and PDM as lines that pip reads. Their shapes are those that the tools write."""

import json
from pathlib import Path
from textwrap import dedent

import pytest

from stratolite.core.errors import UserError
from stratolite.templates.dependencies.locks import of_poetry, specifier
from stratolite.templates.dependencies.requirements import is_local, name_of, of_file, of_folder


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(dedent(text))
    return folder


def lines(folder: Path, *, is_first: bool = False) -> tuple[str, ...]:
    found = of_folder(folder, is_first=is_first)
    assert found is not None
    return found.lines


def test_a_requirements_file_is_followed(tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        {
            "requirements.txt": """\
                # what runs
                -r deep/base.txt
                -c constraints.txt
                --find-links=./wheels
                requests==2.31.0 \\
                    --hash=sha256:00  # pinned
                -e ./mine
                -e git+https://example.com/x.git#egg=x
                ../beside[redis] ; python_version > '3'
                """,
            "deep/base.txt": "ms==1\n-r ../requirements.txt\n./local\n",
            "constraints.txt": "",
        },
    )
    found = of_file(folder / "requirements.txt")
    assert found.lines == (
        "ms==1",
        f"{folder}/deep/local",
        f"-c {folder}/constraints.txt",
        f"-f {folder}/wheels",
        "requests==2.31.0      --hash=sha256:00",
        f"{folder}/mine",
        "git+https://example.com/x.git#egg=x",
        f"{folder.parent}/beside[redis] ; python_version > '3'",
    )
    names = [source.name for source in found.sources]
    assert names == ["requirements.txt", "base.txt", "constraints.txt"]


def test_a_file_that_powershell_wrote_is_read(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_bytes("requests==2.31.0\r\nsix\r\n".encode("utf-16"))
    assert of_file(tmp_path / "requirements.txt").lines == ("requests==2.31.0", "six")


def test_a_file_that_includes_one_which_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("-r none.txt\n")
    with pytest.raises(UserError) as error:
        of_file(tmp_path / "requirements.txt")
    assert error.value.where == str(tmp_path / "none.txt")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("PyYAML>=5", "pyyaml"),
        ("zope.interface", "zope-interface"),
        ("./x", ""),
        ("git+https://x/y", ""),
        ("a @ b", "a"),
    ],
)
def test_names(line: str, name: str) -> None:
    assert name_of(line) == name
    assert is_local(line) == (line == "./x")


def test_pipenv(tmp_path: Path) -> None:
    pipfile = """\
        [packages]
        requests = "*"
        flask = ">=2"
        mine = {path = "./mine", editable = true}
        far = {git = "https://example.com/far.git", ref = "v1"}
        wide = {version = "==1.0", extras = ["a", "b"], sys_platform = "== 'linux'"}
        [dev-packages]
        pytest = "*"
        """
    folder = written(tmp_path, {"Pipfile": pipfile})
    assert lines(folder) == (
        "requests",
        "flask>=2",
        f"{folder}/mine",
        "far @ git+https://example.com/far.git@v1",
        "wide[a,b]==1.0 ; sys_platform == 'linux'",
    )
    lock = {
        "_meta": {
            "sources": [{"name": "pypi", "url": "https://x"}, {"name": "own", "url": "https://own.example/simple"}]
        },
        "default": {
            "requests": {"version": "==2.31.0", "markers": "python_version >= '3.7'", "hashes": ["sha256:0"]},
            "mine": {"path": "./mine", "editable": True},
        },
        "develop": {"pytest": {"version": "==7.0"}},
    }
    (folder / "Pipfile.lock").write_text(json.dumps(lock))
    assert lines(folder) == (
        "--extra-index-url https://own.example/simple",
        "requests==2.31.0 ; python_version >= '3.7'",
        f"{folder}/mine",
    )


def test_a_lock_that_is_broken_is_told_with_its_place(tmp_path: Path) -> None:
    folder = written(tmp_path, {"Pipfile": "", "Pipfile.lock": '{\n<<<<<<< HEAD\n"default": {}}'})
    with pytest.raises(UserError, match="not JSON") as error:
        of_folder(folder)
    assert error.value.where == f"{folder / 'Pipfile.lock'}:2:1"
    folder = written(tmp_path / "other", {"pyproject.toml": "[tool.poetry.dependencies]\nx = \n"})
    with pytest.raises(UserError, match="not TOML") as error:
        of_folder(folder)
    assert error.value.where == f"{folder / 'pyproject.toml'}:2:5"


POETRY = """\
    [tool.poetry]
    name = "shop"
    [tool.poetry.dependencies]
    python = "^3.9"
    requests = "^2.28"
    beside = {path = "../beside", develop = true}
    old = {version = "~1.2", markers = "python_version < '3.8'"}
    maybe = {version = "*", optional = true}
    [tool.poetry.group.dev.dependencies]
    pytest = "*"
    """


def test_poetry_without_a_lock(tmp_path: Path) -> None:
    folder = written(tmp_path / "app", {"pyproject.toml": POETRY})
    assert lines(folder) == (
        "requests>=2.28,<3",
        f"{tmp_path}/beside",
        "old>=1.2,<1.3 ; python_version < '3.8'",
    )


def test_groups_of_poetry_are_chosen_by_name(tmp_path: Path) -> None:
    more = """\
        [tool.poetry.dev-dependencies]
        black = "*"
        [tool.poetry.group.api.dependencies]
        flask = "^3.0"
        """
    folder = written(tmp_path, {"pyproject.toml": dedent(POETRY) + dedent(more)})
    assert of_poetry(folder, ["api", "dev"]).lines == ("flask>=3.0,<4", "black", "pytest")
    lock = "".join(f'[[package]]\nname = "{name}"\nversion = "1"\n' for name in ("flask", "pytest", "requests"))
    written(tmp_path, {"poetry.lock": lock})
    assert of_poetry(folder, ["main", "api"]).lines == ("flask==1", "requests==1")
    assert of_poetry(folder, ["dev"]).lines == ("pytest==1",)
    with pytest.raises(UserError, match="no group 'web'") as error:
        of_poetry(folder, ["main", "web"])
    assert error.value.todo == "It has main, dev, api."


def test_poetrys_lock_gives_what_production_leads_to(tmp_path: Path) -> None:
    lock = """\
        [[package]]
        name = "requests"
        version = "2.31.0"
        [package.dependencies]
        urllib3 = ">=1.21"
        colorama = {version = "*", markers = "sys_platform == 'win32'"}
        PySocks = {version = ">=1.5", optional = true}
        [[package]]
        name = "urllib3"
        version = "2.0.0"
        [[package]]
        name = "colorama"
        version = "0.4.6"
        [[package]]
        name = "pysocks"
        version = "1.7"
        [[package]]
        name = "old"
        version = "1.2.9"
        [[package]]
        name = "pytest"
        version = "7.0"
        [[package]]
        name = "beside"
        version = "0.1"
        [package.source]
        type = "directory"
        url = "../beside"
        """
    folder = written(tmp_path / "app", {"pyproject.toml": POETRY, "poetry.lock": lock})
    assert set(lines(folder)) == {
        "requests==2.31.0",
        "urllib3==2.0.0",
        "colorama==0.4.6 ; sys_platform == 'win32'",
        "old==1.2.9 ; python_version < '3.8'",
        f"{tmp_path}/beside",
    }


@pytest.mark.parametrize(
    ("constraint", "wanted"),
    [
        ("^1.2.3", ">=1.2.3,<2"),
        ("^0.2.3", ">=0.2.3,<0.3"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^1", ">=1,<2"),
        ("~1.2", ">=1.2,<1.3"),
        ("~1", ">=1,<2"),
        ("1.2.*", "==1.2.*"),
        ("1.2", "==1.2"),
        ("=1.2", "==1.2"),
        (">=1.2, <2", ">=1.2,<2"),
        ("~=1.2", "~=1.2"),
        ("*", ""),
        ("^1.0 || ^2.0", ">=2.0,<3"),
    ],
)
def test_constraints_of_poetry(constraint: str, wanted: str) -> None:
    """https://python-poetry.org/docs/dependency-specification has the table."""
    assert specifier(constraint) == wanted


UV = """\
    version = 1
    [[package]]
    name = "shop"
    source = { virtual = "." }
    dependencies = [
        { name = "httpx", extra = ["http2"] },
        { name = "numpy" },
        { name = "part" },
        { name = "win", marker = "sys_platform == 'win32'" },
    ]
    [package.dev-dependencies]
    dev = [{ name = "pytest" }]
    [[package]]
    name = "part"
    source = { editable = "packages/part" }
    [[package]]
    name = "httpx"
    version = "0.27.0"
    source = { registry = "https://x" }
    dependencies = [{ name = "anyio" }]
    [[package]]
    name = "anyio"
    version = "4.0.0"
    source = { registry = "https://x" }
    [[package]]
    name = "numpy"
    version = "1.24.4"
    source = { registry = "https://x" }
    resolution-markers = ["python_full_version < '3.9'"]
    [[package]]
    name = "numpy"
    version = "2.0.2"
    source = { registry = "https://x" }
    resolution-markers = ["python_full_version >= '3.9'"]
    [[package]]
    name = "win"
    version = "1.0"
    source = { git = "https://example.com/win?rev=main#abc" }
    [[package]]
    name = "pytest"
    version = "8"
    source = { registry = "https://x" }
    """


def test_uvs_lock_of_a_workspace(tmp_path: Path) -> None:
    project = '[project]\nname = "shop"\ndependencies = ["httpx[http2]", "numpy"]\n'
    folder = written(tmp_path, {"services/shop/pyproject.toml": project}) / "services" / "shop"
    assert lines(folder) == ("httpx[http2]", "numpy"), "what the project says, without a lock"
    written(tmp_path, {"uv.lock": UV})
    assert lines(folder) == (
        "anyio==4.0.0",
        "httpx[http2]==0.27.0",
        "numpy==1.24.4 ; python_full_version < '3.9'",
        "numpy==2.0.2 ; python_full_version >= '3.9'",
        f"{tmp_path}/packages/part",
        "win @ git+https://example.com/win@abc ; sys_platform == 'win32'",
    )


def test_pdms_lock(tmp_path: Path) -> None:
    lock = """\
        [[package]]
        name = "requests"
        version = "2.31.0"
        groups = ["default"]
        marker = "python_version >= '3.8'"
        [[package]]
        name = "pytest"
        version = "8"
        groups = ["test"]
        """
    project = '[project]\nname = "shop"\ndependencies = ["requests"]\n'
    folder = written(tmp_path, {"pyproject.toml": project, "pdm.lock": lock})
    assert lines(folder) == ("requests==2.31.0 ; python_version >= '3.8'",)


def test_the_order_is_the_plugins_unless_the_requirements_file_is_first(tmp_path: Path) -> None:
    folder = written(tmp_path, {"requirements.txt": "a\n", "Pipfile": "[packages]\nb = '*'\n"})
    assert lines(folder) == ("b",)
    assert lines(folder, is_first=True) == ("a",)
    written(folder, {"pyproject.toml": "[build-system]\nrequires = ['poetry-core']\n[project]\ndependencies = ['c']\n"})
    assert lines(folder) == ("c",)


def test_a_project_of_tools_alone_asks_for_nothing(tmp_path: Path) -> None:
    assert of_folder(written(tmp_path, {"pyproject.toml": "[tool.black]\n"})) is None
    assert of_folder(tmp_path / "none") is None
