"""Packages that fail with the latest versions of what they use, and the versions that are taken instead."""

from dataclasses import replace
from pathlib import Path

import pytest

from stratolite.templates.dependencies.companions import failing
from stratolite.templates.dependencies.python import Packages
from stratolite.templates.dependencies.requirements import of_file
from stratolite.templates.dependencies.runner import Runner

PIP = """#!/bin/sh
# Gives Flask 1.1.1 and the latest of what it asks for, unless a line says otherwise.
here="$(dirname "$0")"
case "$*" in *--dry-run*)
  while [ "$1" != "--report" ]; do shift; done
  echo '{"install": [{"metadata": {"name": "Jinja2", "version": "3.1.4"}}]}' > "$2"
  exit 0;;
esac
while [ "$1" != "--target" ]; do shift; done
grep -q "Jinja2==3.1" "$4" && grep -q "jinja2<" "$4" && exit 1
grep -qx "jinja2<3.1" "$4" && [ -e "$here/conflict" ] && exit 1
jinja=3.1.4
grep -qx "jinja2<3.1" "$4" && jinja=3.0.3
mkdir -p "$2/flask-1.1.1.dist-info" "$2/Jinja2-$jinja.dist-info" "$2/Werkzeug-2.0.3.dist-info"
"""


@pytest.mark.parametrize(
    ("versions", "lines", "earlier"),
    [
        ({"flask": "1.1.1", "jinja2": "3.1.4", "itsdangerous": "2.2.0"}, ["Flask"], ["itsdangerous<2.1", "jinja2<3.1"]),
        ({"flask": "2.2.2", "werkzeug": "3.0.1", "jinja2": "3.1.4"}, ["flask==2.2.2"], ["werkzeug<3"]),
        ({"flask": "1.1.1", "werkzeug": "3.0.1"}, ["flask==1.1.1"], ["werkzeug<2.1"]),
        ({"flask": "3.1", "werkzeug": "3.1.0"}, ["flask"], []),
        ({"flask": "1.1.1", "jinja2": "2.11.3", "markupsafe": "2.0.1"}, ["flask"], []),
        # What a file says of a version is its own affair, and hashes are of all packages or of none.
        ({"flask": "1.1.1", "jinja2": "3.1.4"}, ["flask==1.1.1", "Jinja2==3.1.4"], []),
        ({"flask": "1.1.1", "jinja2": "3.1.4"}, ["flask==1.1.1 --hash=sha256:00"], []),
        ({"flask": "unknown", "jinja2": "3.1"}, ["flask"], ["jinja2<3.1"]),
    ],
)
def test_what_fails_together(versions: dict[str, str], lines: list[str], earlier: list[str]) -> None:
    assert [pair.line for pair in failing(versions, lines)] == earlier


@pytest.fixture
def wanted(tmp_path: Path) -> Packages:
    program = tmp_path / "python3.99"
    program.write_text(PIP)
    program.chmod(0o755)
    file = tmp_path / "requirements.txt"
    file.write_text("Flask==1.1.1\n")
    found = of_file(file)
    return Packages(tmp_path, found, found.lines, str(program), may_loosen=True)


def test_an_earlier_version_is_taken_and_told_each_time(wanted: Packages) -> None:
    runner = Runner({"PATH": "/usr/bin:/bin"}, lambda _: None)
    [warning] = wanted.install(runner)
    assert str(warning).endswith(
        "flask 1.1.1 fails with jinja2 3.1.4, which nothing holds back: jinja2<3.1 is taken, under up alone"
    )
    assert (wanted.place / "Jinja2-3.0.3.dist-info").is_dir()
    assert wanted.install(runner) == (warning,)


def test_what_pip_would_choose_for_a_retired_python_is_let_go_of(wanted: Packages) -> None:
    runner = Runner({"PATH": "/usr/bin:/bin"}, lambda _: None)
    [warning] = replace(wanted, runtime="python3.8").install(runner)
    assert "jinja2<3.1 is taken" in warning.what


def test_where_none_installs_what_did_stays(wanted: Packages) -> None:
    (wanted.service / "conflict").touch()
    assert wanted.install(Runner({"PATH": "/usr/bin:/bin"}, lambda _: None)) == ()
    assert (wanted.place / "Jinja2-3.1.4.dist-info").is_dir()
