"""The framework and plugins that nobody runs here: npm is not made to install them. npm is a stand-in.

That npm keeps what lies in ``node_modules`` where there is no lock, and takes it for what peers ask for, was seen with
npm 7, 9, 10 and 11.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from stratolite.core.warning import Warning
from stratolite.templates.dependencies import spared
from stratolite.templates.dependencies.node import Project
from stratolite.templates.dependencies.runner import Runner
from stratolite.templates.serverless.plugins import table

MANIFEST = {"dependencies": {"ms": "2"}, "devDependencies": {"serverless": "^3.38.0", "serverless-offline": "12"}}
SEEN = "serverless 3.38.0\nserverless-offline 12.0.0\n"
TOOL = """#!/bin/sh
here="$(dirname "$0")"
for name in serverless serverless-offline @scope/plugin; do
  sed -n 's/.*"version": "\\([^"]*\\)".*/\\1/p' node_modules/$name/package.json 2>&- | sed "s|^|$name |" >> "$here/seen"
done
echo . >> "$here/calls"
mkdir -p node_modules/ms
echo '{}' > node_modules/ms/package.json
if [ -f "$here/says.$(wc -l < "$here/calls" | tr -d ' ')" ]; then echo "npm error code ERESOLVE" >&2; exit 1; fi
"""


class Machine:
    """A project without a lock, and an npm that says which packages of the framework lay there when it ran."""

    def __init__(self, folder: Path) -> None:
        self.bin, self.app = folder / "bin", folder / "app"
        self.told: list[str] = []
        for each in (self.bin, self.app):
            each.mkdir()
        (self.bin / "npm").write_text(TOOL)
        (self.bin / "npm").chmod(0o755)

    def install(self, manifest: Any = MANIFEST, unused: frozenset[str] = table.unused()) -> tuple[Warning, ...]:
        (self.app / "package.json").write_text(json.dumps(manifest))
        path = f"{self.bin}{os.pathsep}/usr/bin{os.pathsep}/bin"
        return Project(self.app, unused=unused).install(Runner({"PATH": path}, self.told.append))

    @property
    def seen(self) -> str:
        return (self.bin / "seen").read_text()

    @property
    def installed(self) -> list[str]:
        return sorted(path.name for path in (self.app / "node_modules").iterdir() if not path.name.startswith("."))


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setattr(Project, "_path", lambda self, runner: runner.environment["PATH"])
    return Machine(tmp_path)


def test_what_nobody_runs_stands_there_while_npm_installs_and_is_told(machine: Machine) -> None:
    assert machine.install() == ()
    assert machine.seen == SEEN
    assert machine.installed == ["ms"]
    told = "left out, since nobody runs it here: serverless and serverless-offline; 'npm install' brings it"
    assert machine.told[1] == told


def test_the_framework_that_only_plugins_ask_for_is_spared_as_well(machine: Machine) -> None:
    machine.install(
        {"dependencies": {"ms": "2"}, "devDependencies": {"@scope/plugin": "~1.2"}}, frozenset({"@scope/plugin"})
    )
    assert machine.seen == "@scope/plugin 1.2.0\n", "it has no plugin's name"
    (machine.bin / "seen").unlink()
    (machine.app / "node_modules" / "ms" / "package.json").unlink()
    machine.install({"dependencies": {"ms": "2", "serverless-webpack": "5"}})
    assert machine.seen == "serverless 3.40.0\n", "what brings a build along is installed, and asks for the framework"
    assert machine.installed == ["ms"]


@pytest.mark.parametrize("code", ["const s = require('serverless')", 'import type {} from "serverless/aws"'])
def test_what_code_imports_is_installed(machine: Machine, code: str) -> None:
    (machine.app / "serverless.ts").write_text(code)
    machine.install()
    assert machine.seen == "serverless-offline 12.0.0\n"


@pytest.mark.parametrize("script", ["sls plugin list", "patch-package"])
def test_what_a_script_of_the_installation_may_call_is_installed(machine: Machine, script: str) -> None:
    machine.install({**MANIFEST, "scripts": {"postinstall": script, "start": "serverless offline"}})
    assert machine.seen == ""


def test_where_there_is_a_lock_it_decides(machine: Machine) -> None:
    (machine.app / "package-lock.json").write_text("{}")
    machine.install()
    assert machine.seen == ""


def test_peers_that_contradict_what_stands_there_are_installed_after_all(machine: Machine) -> None:
    (machine.bin / "says.1").touch()
    assert machine.install() == ()
    assert machine.seen == SEEN, "once"
    assert len((machine.bin / "calls").read_text()) == 4
    assert machine.installed == ["ms"]


def test_a_real_one_that_is_there_stays_and_one_that_was_left_behind_goes(machine: Machine) -> None:
    for name, content in (("serverless", {"version": "3.1.0"}), ("serverless-offline", {"description": "x"})):
        (machine.app / "node_modules" / name).mkdir(parents=True)
        (machine.app / "node_modules" / name / "package.json").write_text(json.dumps(content))
    machine.install()
    assert machine.installed == ["ms", "serverless", "serverless-offline"]
    left = machine.app / "node_modules" / "serverless" / "package.json"
    left.write_text(json.dumps({"description": spared.DESCRIPTION}))
    machine.install()
    assert machine.installed == ["ms", "serverless-offline"]


@pytest.mark.parametrize(
    ("wanted", "version"),
    [
        ("^3.38.0", "3.38.0"),
        ("~1.2", "1.2.0"),
        ("3", "3.0.0"),
        ("3.x", "3.0.0"),
        (">=2.1 <4", "2.1.0"),
        ("1 || 2 || ^3.1", "3.1.0"),
        ("1.2.3-beta.1", "1.2.3-beta.1"),
        ("latest", ""),
        ("<4", ""),
        ("*", ""),
        ("git+https://example.com/x.git", ""),
        ("file:../x", ""),
    ],
)
def test_a_version_that_fits(wanted: str, version: str) -> None:
    assert spared.fitting(wanted) == version
