"""Packages of Node: what is missing, the command that installs it, and what is tried next. npm is a stand-in.

The stand-in makes the folders that a test names in ``gives``, and fails as ``says`` tells: what npm 11 says, shortened.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from stratolite.core.errors import UserError
from stratolite.core.warning import Warning
from stratolite.templates.dependencies import managers
from stratolite.templates.dependencies.failures import failure
from stratolite.templates.dependencies.node import Project, projects
from stratolite.templates.dependencies.runner import Runner

TOOL = """#!/bin/sh
here="$(dirname "$0")"
echo "$(basename "$0") $*" >> "$here/calls"
if [ -f "$here/says.$(wc -l < "$here/calls" | tr -d ' ')" ]; then
  cat "$here/says.$(wc -l < "$here/calls" | tr -d ' ')" >&2
  mkdir -p node_modules/half
  exit 1
fi
for name in $(cat "$here/gives"); do
  mkdir -p "node_modules/$name"
  echo '{}' > "node_modules/$name/package.json"
done
cat > node_modules/.package-lock.json << END
{"packages": {
  "node_modules/dep": {"hasInstallScript": true}, "node_modules/@a/native": {"hasInstallScript": true},
  "node_modules/plain": {}
}}
END
"""
PEERS = "npm error code ERESOLVE\nnpm error ERESOLVE unable to resolve dependency tree\n"
APART = "npm error code EUSAGE\nnpm error `npm ci` can only install packages when ... are in sync.\n"
SCRIPT = "sh: 1: husky: not found\nnpm error code 127\nnpm error path {path}\nnpm error command failed\n"


class Machine:
    """A PATH with stand-ins, a folder with a project, and what was told."""

    def __init__(self, folder: Path, tools: tuple[str, ...]) -> None:
        self.bin = folder / "bin"
        self.app = folder / "app"
        self.told: list[str] = []
        self.bin.mkdir()
        self.app.mkdir()
        for tool in tools:
            (self.bin / tool).write_text(TOOL)
            (self.bin / tool).chmod(0o755)
        self.gives("ms")

    def gives(self, *names: str) -> None:
        (self.bin / "gives").write_text(" ".join(names))

    def says(self, call: int, text: str) -> None:
        (self.bin / f"says.{call}").write_text(text.format(path=self.app))

    def manifest(self, folder: Path | None = None, **content: Any) -> None:
        ((folder or self.app) / "package.json").write_text(json.dumps(content or {"dependencies": {"ms": "*"}}))

    @property
    def calls(self) -> list[str]:
        file = self.bin / "calls"
        return file.read_text().splitlines() if file.exists() else []

    def install(self, **settings: Any) -> tuple[Warning, ...]:
        path = f"{self.bin}{os.pathsep}/usr/bin{os.pathsep}/bin"
        return Project(self.app, **settings).install(Runner({"PATH": path}, self.told.append))


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    found = Machine(tmp_path, ("npm", "npx"))
    # The Node of this machine is not asked for: there is one on the PATH, and an npm beside it.
    monkeypatch.setattr(Project, "_path", lambda self, runner: runner.environment["PATH"])
    found.manifest()
    return found


def test_what_is_missing_is_told_and_nothing_is_done(machine: Machine) -> None:
    (machine.app / "package-lock.json").write_text("{}")
    found = Project(machine.app).missing()
    assert found is not None
    assert (found.kind, found.folder, found.shown) == ("npm", machine.app, "npm ci")
    assert found.reason == "ms is not installed"
    assert found.lock == machine.app / "package-lock.json"
    assert machine.calls == []


def test_it_is_installed_once(machine: Machine) -> None:
    assert machine.install() == ()
    assert machine.calls == ["npm install --no-package-lock"]
    assert machine.told[0] == f"ms is not installed: running npm install --no-package-lock in {machine.app} ..."
    assert machine.told[1].startswith("npm install --no-package-lock took ")
    machine.install()
    assert len(machine.calls) == 1
    assert sorted(path.name for path in machine.app.iterdir()) == ["node_modules", "package.json"]


def test_a_lock_that_changes_after_our_installation_is_installed_again(machine: Machine) -> None:
    lock = machine.app / "package-lock.json"
    lock.write_text("{}")
    machine.install()
    lock.write_text('{"other": 1}')
    machine.install()
    assert machine.calls == ["npm ci", "npm ci"]
    assert "package-lock.json has changed since its packages were installed" in machine.told[2]
    # What the user has installed by hand since is trusted.
    lock.write_text('{"other": 2}')
    os.utime(machine.app / "node_modules" / ".package-lock.json", ns=(1, 1))
    machine.install()
    assert len(machine.calls) == 2


def test_an_installation_of_the_users_own_is_trusted(machine: Machine) -> None:
    (machine.app / "node_modules" / "ms").mkdir(parents=True)
    (machine.app / "node_modules" / "ms" / "package.json").write_text("{}")
    assert Project(machine.app).missing() is None


def test_what_is_not_there_afterwards_is_told_and_not_asked_for_again(machine: Machine) -> None:
    machine.gives("other")
    (warning,) = machine.install()
    assert str(warning) == f"{machine.app / 'package.json'}: ms: not there after the installation"
    machine.install()
    assert len(machine.calls) == 1


@pytest.mark.parametrize(
    ("manifest", "plugins", "builds", "command"),
    [
        # Nothing but the framework and its plugins: nothing is needed.
        ({"devDependencies": {"serverless": "3", "serverless-offline": "12", "jest": "29"}}, (), False, None),
        ({"dependencies": {"serverless-offline": "12"}}, ("serverless-offline",), False, None),
        ({"dependencies": {}}, (), True, None),
        # Packages of development are left out where nothing is built, and needed where something is.
        ({"dependencies": {"ms": "2"}, "devDependencies": {"jest": "29"}}, (), False, "npm ci --omit=dev"),
        ({"devDependencies": {"ms": "2", "serverless": "3"}}, ("serverless-esbuild",), True, "npm ci"),
        # A package whose name begins as plugins' do, and a plugin that brings a build with it.
        ({"dependencies": {"serverless-http": "2"}}, ("serverless-offline",), False, "npm ci"),
        ({"devDependencies": {"serverless-bundle": "5"}}, ("serverless-bundle",), True, "npm ci"),
        ({"optionalDependencies": {"fsevents": "2"}}, (), True, None),
    ],
)
def test_what_is_needed(
    machine: Machine, manifest: dict[str, Any], plugins: tuple[str, ...], builds: bool, command: str | None
) -> None:
    (machine.app / "package-lock.json").write_text("{}")
    machine.manifest(**manifest)
    found = Project(machine.app, frozenset(plugins), builds).missing()
    assert (found and found.shown) == command


def test_development_is_installed_once_something_is_built(machine: Machine) -> None:
    (machine.app / "package-lock.json").write_text("{}")
    machine.manifest(dependencies={"ms": "2"}, devDependencies={"esbuild": "*"})
    machine.install()
    machine.gives("ms", "esbuild")
    machine.install(builds=True)
    machine.install(builds=True)
    machine.install()
    assert machine.calls == ["npm ci --omit=dev", "npm ci"]


@pytest.mark.parametrize(
    ("said", "lock", "calls"),
    [
        ([PEERS], False, ["npm install --no-package-lock", "npm install --no-package-lock --legacy-peer-deps"]),
        ([PEERS], True, ["npm ci", "npm ci --legacy-peer-deps"]),
        ([APART, APART], True, ["npm ci", "npm ci --legacy-peer-deps", "npm install --no-save"]),
        (
            [APART, APART, PEERS],
            True,
            [
                "npm ci",
                "npm ci --legacy-peer-deps",
                "npm install --no-save",
                "npm install --no-save --legacy-peer-deps",
            ],
        ),
        (
            [SCRIPT.replace("{path}", "{path}/node_modules/dep")],
            True,
            ["npm ci", "npm ci --ignore-scripts", "npm rebuild @a/native"],
        ),
    ],
)
def test_another_command_is_tried_where_that_may_help(
    machine: Machine, said: list[str], lock: bool, calls: list[str]
) -> None:
    if lock:
        (machine.app / "package-lock.json").write_text("{}")
    for place, text in enumerate(said, 1):
        machine.says(place, text)
    warnings = machine.install()
    assert machine.calls == calls
    assert [warning.where for warning in warnings] == [str(machine.app)] * len(said)


def test_a_script_of_the_projects_own_may_fail(machine: Machine) -> None:
    machine.gives("half")
    machine.manifest(dependencies={"half": "*"})
    (machine.app / "node_modules" / "half").mkdir(parents=True)
    machine.says(1, SCRIPT)
    warnings = machine.install()
    assert machine.calls == ["npm install --no-package-lock"]
    assert "its own script failed after the packages were installed: sh: 1: husky: not found" in warnings[0].what


def test_a_failure_is_told_with_its_last_lines_and_leaves_nothing(machine: Machine) -> None:
    lines = "".join(f"line {number}\n" for number in range(30))
    machine.says(1, f"{lines}npm error code E404\nnpm error A complete log of this run can be found in: x\n")
    with pytest.raises(UserError) as error:
        machine.install()
    assert error.value.where == str(machine.app)
    assert "npm install --no-package-lock failed with exit code 1:" in error.value.what
    assert "npm error code E404" in error.value.what and "complete log" not in error.value.what
    assert "line 16\n" in error.value.what and "line 15\n" not in error.value.what
    assert "--no-install" in error.value.todo
    assert not (machine.app / "node_modules").exists(), "half of it would pass for an installation"


def test_broken_files_are_told_with_their_place(machine: Machine) -> None:
    (machine.app / "package-lock.json").write_text('{\n<<<<<<< HEAD\n  "a": 1\n}')
    with pytest.raises(UserError, match="not JSON") as error:
        machine.install()
    assert error.value.where == f"{machine.app / 'package-lock.json'}:2:1"
    assert "merge" in error.value.todo and machine.calls == []
    (machine.app / "package.json").write_text('{"dependencies": {"ms": }}')
    with pytest.raises(UserError, match="not JSON") as error:
        Project(machine.app).missing()
    assert error.value.where == f"{machine.app / 'package.json'}:1:25"


def test_without_npm_there_is_something_to_do(tmp_path: Path) -> None:
    machine = Machine(tmp_path, ())
    machine.manifest()
    with pytest.raises(UserError, match="ms is not installed, and there is no npm to install with") as error:
        Project(machine.app).install(Runner({"PATH": str(machine.bin)}))
    assert "Install Node.js" in error.value.todo


@pytest.mark.parametrize(
    ("lock", "text", "tools", "command"),
    [
        ("npm-shrinkwrap.json", "{}", "", "npm ci"),
        (
            "yarn.lock",
            "# yarn lockfile v1\n",
            "yarn",
            "yarn install --pure-lockfile --non-interactive --ignore-engines",
        ),
        (
            "yarn.lock",
            "# yarn lockfile v1\n",
            "",
            "npx --yes yarn@1 install --pure-lockfile --non-interactive --ignore-engines",
        ),
        ("yarn.lock", "__metadata:\n  version: 6\n", "yarn", "npx --yes @yarnpkg/cli-dist@3 install --immutable"),
        ("yarn.lock", "__metadata:\n  version: 8\n", "yarn", "npx --yes @yarnpkg/cli-dist@4 install --immutable"),
        ("pnpm-lock.yaml", "lockfileVersion: '9.0'\n", "pnpm", "pnpm install --frozen-lockfile"),
        ("pnpm-lock.yaml", "lockfileVersion: 5.4\n", "", "npx --yes pnpm@7 install --frozen-lockfile"),
        ("bun.lock", "{}", "bun", "bun install --frozen-lockfile"),
        ("bun.lockb", "", "", "npm install --no-package-lock"),
    ],
)
def test_the_lock_says_who_installs(lock: str, text: str, tools: str, command: str, tmp_path: Path) -> None:
    file = tmp_path / lock
    file.write_text(text)
    kind = managers.kind_of(file, {})
    found = managers.first(kind, file, {}, lambda name: name if name == tools else None, development=True)
    assert " ".join(found.command) == command
    assert bool(found.note) == (lock == "bun.lockb")


def test_package_manager_decides_between_two_locks(tmp_path: Path) -> None:
    for name in ("package-lock.json", "yarn.lock"):
        (tmp_path / name).write_text("__metadata:\n  version: 8\n")
    assert managers.lock_of(tmp_path, {}) == tmp_path / "package-lock.json"
    manifest = {"packageManager": "yarn@4.1.0+sha224.00"}
    lock = managers.lock_of(tmp_path, manifest)
    assert lock == tmp_path / "yarn.lock"
    found = managers.first("yarn", lock, manifest, lambda name: None, development=True)
    assert found.command[:3] == ("npx", "--yes", "@yarnpkg/cli-dist@4.1.0")


def test_the_release_of_yarn_in_the_repository_is_run(tmp_path: Path) -> None:
    (tmp_path / ".yarn" / "releases").mkdir(parents=True)
    (tmp_path / ".yarn" / "releases" / "yarn-3.2.1.cjs").write_text("")
    (tmp_path / ".yarnrc.yml").write_text("yarnPath: .yarn/releases/yarn-3.2.1.cjs\n")
    (tmp_path / "yarn.lock").write_text("__metadata:\n  version: 6\n")
    found = managers.first("yarn", tmp_path / "yarn.lock", {}, lambda name: None, development=True)
    assert found.command == ("node", ".yarn/releases/yarn-3.2.1.cjs", "install", "--immutable")


def test_what_npx_cannot_get_npm_installs(tmp_path: Path) -> None:
    attempt = managers.Attempt("pnpm", ("npx", "--yes", "pnpm@9", "install"))
    found = managers.again(attempt, failure(attempt.command, "npm error 404 Not Found - GET pnpm"), None, {})
    assert found is not None and found.command == managers.WITHOUT_LOCK and "pnpm@9 cannot be had" in found.note


def test_a_lock_that_is_changed_is_put_back(machine: Machine) -> None:
    lock = machine.app / "package-lock.json"
    lock.write_text("{}")
    (machine.bin / "npm").write_text(f"{TOOL}echo changed > package-lock.json\n")
    machine.install()
    assert lock.read_text() == "{}"


def test_a_workspace_is_installed_where_its_lock_lies(machine: Machine, tmp_path: Path) -> None:
    root = machine.app
    machine.manifest(root, workspaces=["services/*", "!services/old"], devDependencies={"esbuild": "*"})
    (root / "package-lock.json").write_text("{}")
    for name in ("services/shop", "services/old", "services/deep/part"):
        (root / name).mkdir(parents=True)
        machine.manifest(root / name)
    shop = Project(root / "services" / "shop")
    assert shop.missing() is not None and shop.root == root.resolve() and shop.lock == root / "package-lock.json"
    assert Project(root / "services" / "old").root == root / "services" / "old"
    assert Project(root / "services" / "deep" / "part").root == root / "services" / "deep" / "part"
    (root / "node_modules" / "ms").mkdir(parents=True)
    (root / "node_modules" / "ms" / "package.json").write_text("{}")
    assert Project(root / "services" / "shop").missing() is None, "hoisted packages are found"
    building = Project(root / "services" / "shop", builds=True).missing()
    assert building is not None and building.reason == "esbuild is not installed"


def test_a_workspace_of_pnpm(machine: Machine) -> None:
    root = machine.app
    machine.manifest(root, name="root")
    (root / "pnpm-workspace.yaml").write_text("packages:\n  - 'packages/**'\n")
    (root / "pnpm-lock.yaml").write_text("lockfileVersion: '9.0'\n")
    (root / "packages" / "a" / "b").mkdir(parents=True)
    machine.manifest(root / "packages" / "a" / "b")
    found = Project(root / "packages" / "a" / "b").missing()
    assert found is not None and found.kind == "pnpm" and found.folder == root.resolve()


def test_the_projects_of_files(machine: Machine) -> None:
    root = machine.app
    for name in ("service/functions/a", "service/functions/b", "shared"):
        (root / name).mkdir(parents=True)
    machine.manifest(root / "service")
    machine.manifest(root / "service" / "functions" / "a")
    service = root / "service"
    files = {service / "functions" / "a" / "index.js", service / "functions" / "b" / "index.js"}
    found = [project.folder for project in projects(service, files, set(), builds=False)]
    assert found == [service, service / "functions" / "a"]
    # Above the service, only what is in one repository with it.
    (service / "package.json").unlink()
    assert [project.folder for project in projects(service, set(), set(), builds=False)] == []
    (root / ".git").mkdir()
    assert [project.folder for project in projects(service, set(), set(), builds=False)] == [root.resolve()]
