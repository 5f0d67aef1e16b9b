"""What a service needs installed, and when: after mistakes of its file, before builds. The tools are stand-ins."""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.conftest import texts
from tests.unit.templates.conftest import Compile

from stratolite.core.errors import UserError
from stratolite.templates.serverless import Compiled, Options, compile_service, installations
from stratolite.templates.serverless.variables.resolver import resolve

NPM = """#!/bin/sh
echo "$PWD: npm $*" >> "$(dirname "$0")/calls"
mkdir -p node_modules/ms
echo '{"main": "index.js"}' > node_modules/ms/package.json
echo 'module.exports = () => "from a package";' > node_modules/ms/index.js
"""
UV = """#!/bin/sh
# uv pip install --python PYTHON --target FOLDER -r FILE
echo "$PWD: uv pip install" >> "$(dirname "$0")/calls"
grep -v '^#' "$8" | sed 's/[<>=;[ ].*//' | while read -r name; do
  mkdir -p "$6/$name"
  cat "$8" > "$6/$name/__init__.py"
done
"""
ESBUILD = """#!/bin/sh
echo npm >> "$(dirname "$0")/calls"
mkdir -p node_modules/esbuild
cat > node_modules/esbuild/index.js <<'END'
exports.transformSync = (code) => ({ code: code.replace(/enum.*/, 'const Text = { Name: "typed" };') });
END
"""
MANIFEST = json.dumps({"dependencies": {"ms": "2"}})
NODE = "functions: {f: {handler: h.handler}}\n"
PYTHON = f"""\
    service: shop
    provider: {{name: aws, runtime: python3.{sys.version_info.minor}}}
    functions: {{f: {{handler: app.handler}}}}
    """
CODE = {"app.py": "def handler(event, context): ..."}


class Machine:
    """A PATH with npm and uv."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder.parent / f"{folder.name}-bin"
        self.bin.mkdir()
        for name, text in (("npm", NPM), ("uv", UV)):
            (self.bin / name).write_text(text)
            (self.bin / name).chmod(0o755)
        self.env = {"PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}"}

    @property
    def calls(self) -> list[str]:
        file = self.bin / "calls"
        return file.read_text().replace(str(self.folder), "app").splitlines() if file.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def names(compiled: Compiled) -> set[str]:
    return {entry.name for artefact in compiled.artefacts for entry in artefact.entries}


def test_packages_of_node_are_there_when_code_is_packaged(compile_text: Compile, machine: Machine) -> None:
    files = {"package.json": MANIFEST, "package-lock.json": "{}"}
    compiled = compile_text(NODE, files, env=machine.env, installs="all")
    assert machine.calls == ["app: npm ci"]
    assert "node_modules/ms/index.js" in names(compiled)
    assert {path.name for path in compiled.sources} >= {"package.json", "package-lock.json"}
    compile_text(NODE, files, env=machine.env, installs="all")
    assert len(machine.calls) == 1


def test_what_is_wrong_is_told_before_an_installation(compile_text: Compile, machine: Machine) -> None:
    text = "functions: {f: {handler: h.handler, events: [{none: 1}]}}\n"
    with pytest.raises(UserError):
        compile_text(text, {"package.json": MANIFEST}, env=machine.env, installs="all")
    assert machine.calls == []


@pytest.mark.parametrize("installs", ["plugins", "none"])
def test_others_say_what_is_missing(compile_text: Compile, machine: Machine, installs: str) -> None:
    compiled = compile_text(NODE, {"package.json": MANIFEST}, env=machine.env, installs=installs)
    (warning,) = texts(compiled.warnings)
    assert warning == (
        f"{machine.folder / 'package.json'}: ms is not installed: run npm install --no-package-lock in {machine.folder}"
    )
    assert machine.calls == []


def test_a_build_that_is_not_there_says_what_is_missing(compile_text: Compile, machine: Machine) -> None:
    files = {"package.json": json.dumps({"devDependencies": {"esbuild": "*"}}), "t.ts": "export const x = 1;"}
    with pytest.raises(UserError) as error:
        compile_text("functions: {f: {handler: t.x}}\n", files, env=machine.env)
    assert f"esbuild is not installed: run npm install --no-package-lock in {machine.folder}." in error.value.todo


def test_what_is_missing_is_told_without_doing_it(compile_text: Compile, machine: Machine) -> None:
    compile_text(NODE, {"package.json": MANIFEST}, env=machine.env)
    options = Options(env=machine.env)
    resolved = resolve(machine.folder / "serverless.yml", options)
    (found,) = installations.missing(resolved, options)
    assert (found.kind, found.folder, found.reason) == ("npm", machine.folder, "ms is not installed")
    assert machine.calls == []


@pytest.mark.parametrize("plugin", ["ms", "serverless-ms"])
def test_a_file_of_the_configuration_gets_what_it_requires(
    compile_text: Compile, machine: Machine, plugin: str
) -> None:
    (machine.bin / "npm").write_text(NPM.replace("node_modules/ms", f"node_modules/{plugin}"))
    files = {
        "package.json": json.dumps({"devDependencies": {plugin: "2", "serverless": "3"}}),
        "name.js": f"module.exports.name = require('{plugin}/index')();",
    }
    text = "functions: {f: {handler: h.handler, description: '${file(name.js):name}'}}\n"
    compiled = compile_text(text, files, env=machine.env, installs="all")
    assert compiled.template["Resources"]["FLambdaFunction"]["Properties"]["Description"] == "from a package"
    assert machine.calls == ["app: npm install --no-package-lock"]


def test_a_file_in_typescript_is_read_where_the_project_has_nothing_for_it(machine: Machine) -> None:
    """As version 4 reads it. The esbuild that is fetched for it, once, is a stand-in."""
    (machine.bin / "npm").write_text(ESBUILD)
    service = "{ service: Text.Name, provider: { name: 'aws', runtime: 'nodejs20.x' } }"
    (machine.folder / "serverless.ts").write_text(f"enum Text {{ Name = 'typed' }}\nmodule.exports = {service};")
    options = Options(env=machine.env, installs="plugins", cache=machine.bin / "cache")
    with pytest.raises(UserError, match=r"TypeScript|SyntaxError"):
        compile_service(machine.folder / "serverless.ts", options)
    for _ in range(2):
        compiled = compile_service(machine.folder / "serverless.ts", replace(options, installs="all"))
        assert compiled.service == "typed"
    assert machine.calls == ["npm"]


def test_a_file_that_requires_what_nobody_names_fails_as_before(compile_text: Compile, machine: Machine) -> None:
    files = {"package.json": json.dumps({"devDependencies": {"serverless": "3"}}), "n.js": "require('none');"}
    text = "functions: {f: {handler: h.handler, description: '${file(n.js)}'}}\n"
    with pytest.raises(UserError, match="Cannot find module 'none'"):
        compile_text(text, files, env=machine.env, installs="all")
    assert machine.calls == []


def test_folders_of_functions_and_layers_have_packages_of_their_own(compile_text: Compile, machine: Machine) -> None:
    text = """\
        package: {individually: true}
        functions:
          a: {handler: functions/a/index.handler}
          b: {handler: functions/b/index.handler}
          ready: {handler: ready/x.handler, package: {artifact: ready.zip}}
        layers: {shared: {path: layer}}
        """
    files = {
        f"{name}/package.json": MANIFEST for name in ("functions/a", "ready", "layer/nodejs", "functions/elsewhere")
    }
    files |= {f"functions/{name}/index.js": "exports.handler = async () => ({});" for name in "ab"}
    compile_text(text, {**files, "ready.zip": ""}, env=machine.env, installs="all")
    assert machine.calls == [
        "app/functions/a: npm install --no-package-lock",
        "app/layer/nodejs: npm install --no-package-lock",
    ]


def test_a_service_without_node_needs_no_packages_of_node(compile_text: Compile, machine: Machine) -> None:
    compiled = compile_text(PYTHON, {**CODE, "package.json": MANIFEST}, env=machine.env, installs="all")
    assert machine.calls == [] and compiled.warnings == ()


def test_python_gets_its_packages_without_a_plugin(compile_text: Compile, machine: Machine) -> None:
    files = {**CODE, "requirements.txt": "boto3==1.9\none==1.0\n"}
    compiled = compile_text(PYTHON, files, env=machine.env, installs="all")
    assert {"app.py", "one/__init__.py"} <= names(compiled)
    assert "boto3/__init__.py" not in names(compiled), "AWS brings its own"
    assert machine.calls == ["app: uv pip install"]
    (warning,) = texts(compiled.warnings)
    assert warning.startswith(
        f"{machine.folder / 'requirements.txt'}: its packages are put beside the code here; on AWS"
    )
    assert machine.folder / "requirements.txt" in compiled.sources
    # A deployment has what AWS would have.
    assert "one/__init__.py" not in names(compile_text(PYTHON, files, env=machine.env))


def test_layers_may_bring_on_aws_what_is_put_beside_the_code_here(compile_text: Compile, machine: Machine) -> None:
    text = PYTHON.replace("app.handler", "app.handler, layers: ['arn:aws:lambda:us-east-1:111111111111:layer:x:1']")
    compiled = compile_text(text, {**CODE, "requirements.txt": "one\n"}, env=machine.env, installs="all")
    assert "one/__init__.py" in names(compiled) and compiled.warnings == ()


LAYER = "layers: {shared: {path: layers/shared, compatibleRuntimes: [python3.11]}}\n    "


@pytest.mark.parametrize("place", ["layers/shared", "layers/shared/python"])
def test_layers_get_the_packages_that_a_script_would_put_there(
    compile_text: Compile, machine: Machine, place: str
) -> None:
    files = {**CODE, f"{place}/requirements.txt": "one\nboto3\n", "layers/shared/python/own.py": ""}
    text = PYTHON.replace("functions:", f"{LAYER}functions:")
    compiled = compile_text(text, files, env=machine.env, installs="all")
    assert {"python/one/__init__.py", "python/boto3/__init__.py", "python/own.py"} <= names(compiled)
    (warning,) = texts(compiled.warnings)
    assert "requirements.txt: its packages are put into the layer shared here" in warning
    assert "python/one/__init__.py" not in names(compile_text(text, files, env=machine.env, installs="plugins"))
    # What the script has put there is not installed again.
    made = {f"layers/shared/python/{name}-1.dist-info/METADATA": "" for name in ("one", "boto3")}
    assert "python/one/__init__.py" not in names(compile_text(text, {**files, **made}, env=machine.env, installs="all"))


@pytest.mark.parametrize("files", [{"requirements.txt": "boto3\nsix\n"}, {"requirements.txt": ""}, {}])
def test_what_aws_brings_is_not_installed(compile_text: Compile, machine: Machine, files: dict[str, str]) -> None:
    compile_text(PYTHON, {**CODE, **files}, env=machine.env, installs="all")
    assert machine.calls == []


def test_packages_of_a_functions_own_folder_go_first(compile_text: Compile, machine: Machine) -> None:
    text = PYTHON.replace("app.handler", "functions/f/app.handler")
    files = {
        "functions/f/app.py": CODE["app.py"],
        "functions/f/requirements.txt": "one==2\n",
        "requirements.txt": "one==1\ntwo==1\n",
    }
    compiled = compile_text(text, files, env=machine.env, installs="all")
    (entry,) = (each for each in compiled.artefacts[0].entries if each.name == "one/__init__.py")
    assert Path(entry.path).read_text() == "one==2\n"
    assert "two/__init__.py" in names(compiled)


def test_without_an_installation_packages_of_python_are_left_out(compile_text: Compile, machine: Machine) -> None:
    files = {**CODE, "requirements.txt": "one\n"}
    compiled = compile_text(PYTHON, files, env=machine.env, installs="none")
    assert "one/__init__.py" not in names(compiled) and machine.calls == []
    (warning,) = texts(compiled.warnings)
    assert "not installed for python3" in warning and "--no-install" in warning


def test_locks_of_others_are_read(compile_text: Compile, machine: Machine) -> None:
    lock = {"default": {"one": {"version": "==1.0"}}, "develop": {"two": {"version": "==1.0"}}}
    files = {**CODE, "Pipfile": "", "Pipfile.lock": json.dumps(lock)}
    compiled = compile_text(PYTHON, files, env=machine.env, installs="all")
    assert "one/__init__.py" in names(compiled) and "two/__init__.py" not in names(compiled)
