"""Clones in which nothing is installed: a monorepo, Python without a plugin, and what can go wrong on the way."""

import os
import shutil
import signal
import sys
import zipfile
from pathlib import Path

import pytest
from tests.apps.conftest import Starter, http

FOUND = Path(__file__).parent / "found"
RUNTIME = f"python3.{sys.version_info.minor}"
WHEEL = "scoring-1.0-py3-none-any.whl"
RECORDS = {
    "scoring/__init__.py": "def points(name):\n    return len(name)\n",
    "scoring-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: scoring\nVersion: 1.0\n",
    "scoring-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: us\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "scoring-1.0.dist-info/RECORD": "".join(
        f"{name},,\n"
        for name in ("scoring/__init__.py", *(f"scoring-1.0.dist-info/{n}" for n in ("METADATA", "RECORD")))
    ),
}
POETRY = """\
[tool.poetry]
name = "scores"
[tool.poetry.dependencies]
python = "^3.9"
scoring = { path = "wheels/scoring-1.0-py3-none-any.whl" }
[build-system]
requires = ["poetry-core"]
"""
POETRY_LOCK = f"""\
[[package]]
name = "scoring"
version = "1.0"
[package.source]
type = "file"
url = "wheels/{WHEEL}"
"""


def clone(name: str, folder: Path) -> Path:
    """What ``git clone`` gives."""
    left_out = shutil.ignore_patterns("node_modules", ".stratolite", ".serverless")
    return Path(shutil.copytree(FOUND / name, folder / name, ignore=left_out))


def scores(folder: Path) -> Path:
    """The application in Python, with the wheel that it asks for."""
    app = clone("scores-python", folder)
    file = app / "serverless.yml"
    file.write_text(file.read_text().replace("python3.11", RUNTIME))
    (app / "wheels").mkdir()
    with zipfile.ZipFile(app / "wheels" / WHEEL, "w") as wheel:
        for name, text in RECORDS.items():
            wheel.writestr(name, text)
    return app


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """An npm that does as a test wants."""
    folder.mkdir()
    (folder / "npm").write_text(f"#!/bin/sh\n{script}")
    (folder / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_a_service_of_a_monorepo_is_installed_at_its_root(tmp_path: Path, up: Starter) -> None:
    root = clone("market-monorepo", tmp_path)
    running = up(root / "services" / "api")
    running.until(f"@market/prices is not installed: running npm ci in {root}")
    assert http("GET", running.url("/prices/pear")).json() == {"fruit": "pear", "cents": 55}
    assert (root / "node_modules" / "@market" / "prices").exists()
    assert not (root / "services" / "api" / "node_modules").exists()


@pytest.mark.parametrize("tool", ["pip", "pipenv", "poetry"])
def test_python_gets_its_packages_by_whatever_names_them(tmp_path: Path, up: Starter, tool: str) -> None:
    app = scores(tmp_path)
    if tool != "pip":
        (app / "requirements.txt").unlink()
    if tool == "pipenv":
        (app / "Pipfile").write_text(f'[packages]\nscoring = {{path = "wheels/{WHEEL}"}}\n')
        (app / "Pipfile.lock").write_text(f'{{"default": {{"scoring": {{"path": "wheels/{WHEEL}"}}}}}}')
    if tool == "poetry":
        (app / "pyproject.toml").write_text(POETRY)
        (app / "poetry.lock").write_text(POETRY_LOCK)
    running = up(app)
    assert http("GET", running.url("/dev/score/ada")).json() == {"name": "ada", "points": 3}
    running.until("its packages are put beside the code here; on AWS they would lack")
    if tool == "pip":
        assert running.stop() == 0
        again = up(app)
        assert "installing" not in again.output


def test_a_package_that_is_added_is_installed_while_it_runs(tmp_path: Path, up: Starter) -> None:
    app = clone("greeter", tmp_path)
    running = up(app)
    assert http("GET", running.url("/dev/greetings/hi")).json() == {"text": "namaste"}
    (app / "vendor" / "later").mkdir()
    (app / "vendor" / "later" / "package.json").write_text('{"name": "later", "version": "1.0.0"}')
    (app / "package-lock.json").unlink()
    text = (app / "package.json").read_text()
    (app / "package.json").write_text(
        text.replace('"dependencies": {', '"dependencies": {"later": "file:vendor/later",')
    )
    running.until("later is not installed: running npm install --no-package-lock")
    running.until("deployed in")
    assert (app / "node_modules" / "later").exists()


def test_without_an_installation_it_is_told_what_is_missing(tmp_path: Path, up: Starter) -> None:
    app = clone("greeter", tmp_path)
    running = up(app, "--no-install", "--no-watch")
    running.until(f"greetings is not installed: run npm ci in {app}")
    assert not (app / "node_modules").exists()


def test_an_installation_that_fails_is_told_with_its_last_lines(
    tmp_path: Path, up: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path / "bin", monkeypatch, "mkdir -p node_modules/half\necho npm error code ENOTFOUND >&2\nexit 7\n")
    app = clone("greeter", tmp_path)
    running = up(app, ready=False)
    running.until("npm ci failed with exit code 7:")
    running.until("npm error code ENOTFOUND")
    running.until("(ended)")
    assert running.stop() == 2
    assert not (app / "node_modules").exists()


def test_a_lock_that_is_broken_is_told_with_its_place(tmp_path: Path, up: Starter) -> None:
    app = clone("greeter", tmp_path)
    (app / "package-lock.json").write_text("{\n<<<<<<< HEAD\n")
    running = up(app, ready=False)
    running.until("package-lock.json:2:1: the file is not JSON")
    running.until("(ended)")
    assert running.stop() == 2


def test_who_leaves_during_an_installation_leaves_nothing_running(
    tmp_path: Path, up: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("gate", "begun"):
        os.mkfifo(tmp_path / name)
    wait = f"cat {tmp_path}/gate"
    stand_in(
        tmp_path / "bin", monkeypatch, f"mkdir -p node_modules/half\n{wait} &\necho $! > {tmp_path}/begun\n{wait}\n"
    )
    app = clone("greeter", tmp_path)
    running = up(app, ready=False)
    running.until("running npm ci")
    child = int((tmp_path / "begun").read_text())
    running.process.send_signal(signal.SIGINT)
    running.until("npm ci was interrupted")
    running.until("(ended)")
    assert running.stop() == 130
    assert running.descendants() == [] and not Path(f"/proc/{child}/exe").exists()
    assert not (app / "node_modules").exists()
