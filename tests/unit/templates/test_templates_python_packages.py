"""Packages of Python: who installs them, what is tried next, what stays. The tools are stand-ins.

Each stand-in makes the packages of the file that it is given, and fails where a line of it stands in ``fails``.
"""

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.conftest import texts

from stratolite.core.errors import UserError
from stratolite.templates.dependencies import contemporaries, python
from stratolite.templates.dependencies.python import Packages, are_beside, tidy
from stratolite.templates.dependencies.requirements import of_file
from stratolite.templates.dependencies.runner import Runner

TOOL = """#!/bin/sh
here="$(dirname "$0")"
echo "$(basename "$0") $*" >> "$here/calls"
while [ "$1" != "--target" ]; do shift; done
while read -r line; do
  case "$line" in '#'*|'-'*|'') continue;; esac
  if grep -qxF "$line" "$here/fails" 2>/dev/null; then
    echo "ERROR: No matching distribution found for $line" >&2
    exit 1
  fi
  name="$(echo "$line" | sed 's/[<>=;[ ].*//')"
  mkdir -p "$2/$name" "$2/$name-9.1.dist-info"
  echo > "$2/$name/__init__.py"
done < "$4"
"""
NO_PIP = '#!/bin/sh\necho "$(basename "$0") $*" >> "$(dirname "$0")/calls"\necho "$0: No module named pip"\nexit 1\n'


class Machine:
    """A PATH, an interpreter and a service with requirements."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.app = folder / "app"
        self.told: list[str] = []
        self.bin.mkdir()
        self.app.mkdir()
        self.tool("python3.99")

    def tool(self, name: str, text: str = TOOL) -> Path:
        file = self.bin / name
        file.write_text(text)
        file.chmod(0o755)
        return file

    def fails(self, *lines: str) -> None:
        (self.bin / "fails").write_text("".join(f"{line}\n" for line in lines))

    @property
    def calls(self) -> list[str]:
        file = self.bin / "calls"
        return [line.partition(" --target")[0] for line in file.read_text().splitlines()] if file.exists() else []

    @property
    def runner(self) -> Runner:
        return Runner({"PATH": f"{self.bin}{os.pathsep}/usr/bin{os.pathsep}/bin"}, self.told.append)

    def packages(self, text: str, *arguments: str, may_loosen: bool = True) -> Packages:
        file = self.app / "requirements.txt"
        file.write_text(text)
        found = of_file(file)
        return Packages(self.app, found, found.lines, str(self.bin / "python3.99"), arguments, may_loosen)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_what_is_missing_is_told_and_nothing_is_done(machine: Machine) -> None:
    found = machine.packages("one==1\n").missing(machine.runner)
    assert found is not None and found.kind == "pip" and found.lock == machine.app / "requirements.txt"
    assert found.reason == "the packages of requirements.txt are not installed for python3.99"
    assert machine.calls == [] and not (machine.app / ".serverless").exists()
    assert machine.packages("-c x\n").missing() is None


def test_they_are_installed_once(machine: Machine) -> None:
    wanted = machine.packages("one==1\ntwo\n")
    assert wanted.install(machine.runner) == ()
    assert sorted(path.name for path in wanted.place.iterdir() if "-" not in path.name) == ["one", "two"]
    assert machine.calls == ["python3.99 -m pip install --no-input --disable-pip-version-check"]
    assert machine.told[0] == "installing requirements.txt for python3.99 ..."
    machine.packages("one==1\ntwo\n").install(machine.runner)
    assert len(machine.calls) == 1
    assert machine.packages("one==1\n").missing() is not None


def test_uv_goes_first_and_pip_where_it_fails(machine: Machine) -> None:
    machine.tool("uv")
    found = machine.packages("one\n").missing(machine.runner)
    assert found is not None and found.kind == "uv"
    machine.packages("one\n").install(machine.runner)
    assert machine.calls == [f"uv pip install --python {machine.bin}/python3.99"]
    machine.tool("uv", "#!/bin/sh\nexit 2\n")
    machine.packages("two\n").install(machine.runner)
    assert machine.calls[1].startswith("python3.99 -m pip")
    # Arguments are pip's.
    machine.tool("uv")
    machine.packages("three\n", "--no-cache-dir").install(machine.runner)
    assert machine.calls[2].startswith("python3.99 -m pip")


def test_our_pip_installs_for_an_interpreter_without_one(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.tool("python3.99", NO_PIP)
    monkeypatch.setattr(sys, "executable", str(machine.tool("ours")))
    wanted = machine.packages("one\n")
    wanted.install(machine.runner)
    assert [call.partition(" install")[0] for call in machine.calls] == [
        "python3.99 -m pip",
        f"ours -m pip --python {machine.bin}/python3.99",
    ]
    assert (wanted.place / "one").is_dir()


def test_where_there_is_no_pip_at_all_that_is_said(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.tool("python3.99", NO_PIP)
    monkeypatch.setattr(sys, "executable", str(machine.tool("ours", NO_PIP)))
    with pytest.raises(UserError, match="No module named pip"):
        machine.packages("one\n").install(machine.runner)


def test_a_version_that_does_not_install_is_let_go_of(machine: Machine) -> None:
    machine.fails("numpy==1.16.4", "numpy>=1.16.4,<2", "old==2")
    wanted = machine.packages("one==1\nnumpy==1.16.4\nold==2\n")
    warnings = wanted.install(machine.runner)
    said = "cannot be installed for python3.99: 9.1 is taken in its place, under up alone"
    file = machine.app / "requirements.txt"
    assert texts(warnings) == (f"{file}: numpy==1.16.4 {said}", f"{file}: old==2 {said}")
    assert len(machine.calls) == 4
    # It is told again where nothing has to be installed.
    assert wanted.install(machine.runner) == warnings and len(machine.calls) == 4


def test_a_deployment_takes_no_other_version(machine: Machine) -> None:
    machine.fails("numpy==1.16.4")
    with pytest.raises(UserError, match=r"No matching distribution found for numpy==1\.16\.4") as error:
        machine.packages("numpy==1.16.4\n", may_loosen=False).install(machine.runner)
    assert error.value.where == str(machine.app / "requirements.txt")
    assert "pip install (requirements.txt) failed with exit code 1" in error.value.what
    home = machine.app / ".serverless" / "requirements"
    assert list(home.iterdir()) == [], "nothing half installed stays"


def test_what_is_let_go_of_again_and_again_fails_at_last(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(python, "LOOSENED_MAX", 1)
    machine.fails("a==1", "b==1", "c==1")
    with pytest.raises(UserError, match="No matching distribution found for b==1"):
        machine.packages("a==1\nb==1\nc==1\n").install(machine.runner)
    assert len(machine.calls) == 2


def test_for_a_retired_runtime_pip_is_asked_what_it_would_get(machine: Machine) -> None:
    wanted = machine.packages("one==1\n")
    retired = replace(wanted, runtime="python3.6")
    retired.install(machine.runner)
    assert [" --dry-run " in call for call in machine.calls] == [True, False]
    assert retired.place != wanted.place
    # A deployment has what is written.
    assert replace(retired, may_loosen=False).place == wanted.place


def test_versions_that_nobody_has_written_stand_in_no_way(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contemporaries, "contemporaries", lambda *given: ["beside==1", "kept==1"])
    machine.fails("beside==1", "one==1")
    wanted = replace(machine.packages("one==1\n"), runtime="python3.6")
    (warning,) = wanted.install(machine.runner)
    assert "one==1 cannot be installed" in warning.what and not (wanted.place / "beside").exists()
    assert (wanted.place / "kept").exists()


def test_earlier_contents_go_but_for_a_few(machine: Machine) -> None:
    places = []
    for number in range(5):
        wanted = machine.packages(f"one=={number}\n")
        wanted.install(machine.runner)
        os.utime(wanted.place, ns=(number, number))
        places.append(wanted.place)
    (places[0].parent / "0000.99999999").mkdir()
    tidy(machine.app, {places[0]})
    assert [place.is_dir() for place in places] == [True, False, False, True, True]
    assert [place.with_suffix(".txt").is_file() for place in places] == [True, False, False, True, True]
    assert not (places[0].parent / "0000.99999999").exists(), "what a killed process left goes as well"
    tidy(machine.app, set())
    assert places[3].is_dir(), "whoever uses nothing has nothing to say"


def test_packages_that_lie_beside_the_code_already(tmp_path: Path) -> None:
    for name in ("requests-2.31.0.dist-info", "Zope.Interface-5.0-py3.10.egg-info", "odd.dist-info"):
        (tmp_path / name).mkdir()
    assert are_beside(tmp_path, ("requests==2.0", "zope_interface"))
    assert not are_beside(tmp_path, ("requests", "six"))
    assert not are_beside(tmp_path, ("requests", "git+https://example.com/x"))
    assert not are_beside(tmp_path, ())
