"""Versions that the Python of a retired runtime would get. pip is a stand-in that reports."""

import json
import os
from pathlib import Path

import pytest

from stratolite.templates.dependencies.contemporaries import contemporaries, is_retired
from stratolite.templates.dependencies.runner import Runner

PIP = """#!/bin/sh
here="$(dirname "$0")"
echo "$*" >> "$here/calls"
while [ "$1" != "--report" ]; do shift; done
if grep -q sdist "$4"; then
  echo "ERROR: No matching distribution found for sdist==1" >&2
  exit 1
fi
[ -f "$here/report" ] || exit 2
cp "$here/report" "$2"
"""


def python(folder: Path, *chosen: tuple[str, str]) -> str:
    file = folder / "python3.10"
    file.write_text(PIP)
    file.chmod(0o755)
    if chosen:
        install = [{"metadata": {"name": name, "version": version}} for name, version in chosen]
        (folder / "report").write_text(json.dumps({"install": install}))
    return str(file)


def asked(lines: list[str], folder: Path, program: str) -> list[str]:
    return contemporaries(lines, "python3.6", program, Runner({"PATH": os.environ["PATH"]}), folder / "scratch")


def test_what_pinned_packages_need_is_pinned_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = python(tmp_path, ("Flask", "1.0.2"), ("itsdangerous", "2.0.1"))
    assert asked(["Flask==1.0.2", "./mine", "git+https://example.com/x"], tmp_path, program) == ["itsdangerous==2.0.1"]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deep").mkdir()
    assert asked(["Flask==1.0.2"], Path("deep"), program) == ["itsdangerous==2.0.1"]
    (tmp_path / "deep").rmdir()
    call, _ = (tmp_path / "calls").read_text().splitlines()
    assert "--dry-run" in call and "--python-version 3.6 --only-binary :all:" in call
    assert sorted(path.name for path in tmp_path.iterdir()) == ["calls", "python3.10", "report"]


def test_a_package_without_a_wheel_is_left_out_of_the_question(tmp_path: Path) -> None:
    program = python(tmp_path, ("six", "1.16"))
    assert asked(["Flask==1.0.2", "sdist==1"], tmp_path, program) == ["six==1.16"]
    assert len((tmp_path / "calls").read_text().splitlines()) == 2


def test_where_pip_does_not_say_nothing_is_pinned(tmp_path: Path) -> None:
    assert asked(["Flask==1.0.2"], tmp_path, python(tmp_path)) == []
    assert asked(["./mine"], tmp_path, python(tmp_path, ("six", "1.16"))) == []
    (tmp_path / "report").write_text("{}")
    assert asked(["Flask==1.0.2"], tmp_path, python(tmp_path)) == []


@pytest.mark.parametrize(
    ("runtime", "program", "wanted"),
    [
        ("python3.6", "/usr/bin/python3.10", True),
        ("python3.10", "/usr/bin/python3.10", False),
        ("python3.12", "/usr/bin/python3.10", False),
        ("python2.7", "/usr/bin/python3.10", False),
        ("python3.6", "/usr/bin/python", False),
        ("", "/usr/bin/python3.10", False),
    ],
)
def test_runtimes_of_an_earlier_python(runtime: str, program: str, wanted: bool) -> None:
    assert is_retired(runtime, program) is wanted
