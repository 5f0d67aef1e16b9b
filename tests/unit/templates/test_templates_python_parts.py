"""What serverless-python-requirements does besides: a layer, zips, modules; and serverless-wsgi's handler."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import texts

from stratolite.core.clock import MovableClock
from stratolite.core.errors import UserError
from stratolite.templates.serverless import Compiled, Options, compile_service
from stratolite.templates.serverless.installations import Installations
from stratolite.templates.serverless.variables.resolver import resolve

PIP = """#!/bin/sh
# python -m pip install --no-input --disable-pip-version-check --target DIR -r FILE
echo "$@" >> "$(dirname "$0")/calls"
while read -r name; do
  [ -n "$name" ] && mkdir -p "$7/$name" "$7/helper" && echo "x = 1" > "$7/$name/__init__.py" && echo > "$7/helper/h.py"
done < "$9"
"""
HANDLER = "def handler(event, context): ...\n"


def compiled(folder: Path, service: dict[str, Any], **files: str) -> Compiled:
    """A service in Python 3.12, with a pip that writes what it is asked for."""
    folder.mkdir(exist_ok=True)
    python = folder.parent / "python"
    python.write_text(PIP)
    python.chmod(0o755)
    written = {"app.py": HANDLER, "requirements.txt": "one\n", **files}
    for name, text in written.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    custom = service.setdefault("custom", {})
    custom.setdefault("pythonRequirements", {}).setdefault("pythonBin", str(python))
    head = {"service": "shop", "provider": {"name": "aws", "runtime": "python3.12", "versionFunctions": False}}
    # JSON is YAML.
    (folder / "serverless.yml").write_text(json.dumps({**head, "plugins": PLUGINS, **service}))
    return compile_service(folder / "serverless.yml", Options(clock=MovableClock(0), env={"PATH": "/usr/bin:/bin"}))


PLUGINS = ["serverless-python-requirements"]
FUNCTIONS = {"f": {"handler": "app.handler"}}


def names(found: Compiled, artefact: str) -> list[str]:
    (one,) = [each for each in found.artefacts if each.name == artefact]
    return sorted(entry.name for entry in one.entries)


def test_a_layer_holds_the_packages(tmp_path: Path) -> None:
    functions = {"f": {"handler": "app.handler", "layers": [{"Ref": "PythonRequirementsLambdaLayer"}]}}
    custom = {"pythonRequirements": {"layer": True, "zip": True}}
    found = compiled(tmp_path / "s", {"functions": functions, "custom": custom})
    assert names(found, "pythonRequirements.zip") == ["python/helper/h.py", "python/one/__init__.py"]
    assert names(found, "shop.zip") == ["app.py", "requirements.txt"]
    assert found.warnings == ()
    layer = found.template["Resources"]["PythonRequirementsLambdaLayer"]["Properties"]
    assert layer["LayerName"] == "shop-dev-python-requirements"
    assert layer["CompatibleRuntimes"] == ["python3.12"]
    assert layer["Content"]["S3Key"].endswith("/pythonRequirements.zip")
    assert found.template["Resources"]["FLambdaFunction"]["Properties"]["Layers"] == functions["f"]["layers"]


def test_settings_of_the_layer_are_its_own(tmp_path: Path) -> None:
    given = {"name": "mine", "description": "d", "compatibleRuntimes": ["python3.11"]}
    found = compiled(tmp_path / "s", {"functions": FUNCTIONS, "custom": {"pythonRequirements": {"layer": given}}})
    layer = found.template["Resources"]["PythonRequirementsLambdaLayer"]["Properties"]
    assert (layer["LayerName"], layer["Description"]) == ("mine", "d")
    assert layer["CompatibleRuntimes"] == ["python3.11"]


def test_a_layer_of_nothing_is_told(tmp_path: Path) -> None:
    service = {"functions": FUNCTIONS, "custom": {"pythonRequirements": {"layer": True}}}
    found = compiled(tmp_path / "s", service, **{"requirements.txt": ""})
    assert any("layer pythonRequirements is empty" in each for each in texts(found.warnings))


def test_zipped_packages_are_beside_the_code_and_the_helper_does_nothing(tmp_path: Path) -> None:
    found = compiled(tmp_path / "s", {"functions": FUNCTIONS, "custom": {"pythonRequirements": {"zip": True}}})
    assert {"one/__init__.py", "unzip_requirements.py"} <= set(names(found, "shop.zip"))
    assert any("unzip_requirements has nothing to do" in each for each in texts(found.warnings))


def test_modules_are_packaged_each_for_itself(tmp_path: Path) -> None:
    functions = {
        "orders": {"handler": "main.handler", "module": "services/orders"},
        "users": {"handler": "main.handler", "module": "users", "vendor": "vendored"},
        "all": {"handler": "app.handler"},
    }
    files = {
        "services/orders/main.py": HANDLER,
        "services/orders/requirements.txt": "two\n",
        "users/main.py": HANDLER,
        "vendored/v.py": "",
    }
    service = {"functions": functions, "package": {"individually": True}}
    found = compiled(tmp_path / "s", service, **files)
    assert names(found, "orders.zip") == ["helper/h.py", "main.py", "requirements.txt", "two/__init__.py"]
    assert names(found, "users.zip") == ["main.py", "v.py"]
    assert {"app.py", "one/__init__.py", "users/main.py"} <= set(names(found, "all.zip"))
    assert found.warnings == ()
    assert {one.key: one.handler_path for one in found.functions}["orders"] == tmp_path / "s/services/orders/main.py"


def test_a_module_without_the_handler_is_told(tmp_path: Path) -> None:
    functions = {"f": {"handler": "app.handler", "module": "sub"}}
    service = {"functions": functions, "package": {"individually": True}}
    with pytest.raises(UserError, match="names a file that does not exist") as error:
        compiled(tmp_path / "s", service, **{"sub/other.py": ""})
    assert "s/sub/app.py" in error.value.todo


def test_settings_that_change_nothing_are_told_with_their_place(tmp_path: Path) -> None:
    settings = {"dockerizePip": True, "dockerSsh": True, "useStaticCache": False, "pythonBin": "/none/python3.7"}
    functions = {"f": {"handler": "app.handler", "module": "sub"}}
    service = {"functions": functions, "custom": {"pythonRequirements": {**settings, "unheardOf": 1}}}
    found = compiled(tmp_path / "s", service, **{"requirements.txt": ""})
    told = [each.partition("custom.pythonRequirements.")[2] or each for each in texts(found.warnings)]
    assert [each.split()[0].rstrip(":") for each in told[:3]] == ["dockerizePip", "pythonBin", "unheardOf"]
    assert texts(found.warnings)[3].endswith("functions.f.module has no effect without package.individually: true")
    assert all(each.startswith(f"{tmp_path / 's' / 'serverless.yml'}:") for each in texts(found.warnings))


def test_what_is_left_out_by_name_is_left_out_of_dependencies_as_well(tmp_path: Path) -> None:
    custom = {"pythonRequirements": {"noDeploy": ["helper"]}}
    found = compiled(tmp_path / "s", {"functions": FUNCTIONS, "custom": custom})
    assert names(found, "shop.zip") == ["app.py", "one/__init__.py", "requirements.txt"]


POETRY = """\
[tool.poetry.dependencies]
one = "*"
[tool.poetry.group.two.dependencies]
two = "*"
"""


@pytest.mark.parametrize(
    ("chosen", "asked"),
    [
        ({}, {"one"}),
        ({"poetryWithGroups": ["two"]}, {"one", "two"}),
        ({"poetryWithGroups": ["two"], "poetryWithoutGroups": ["main"]}, {"two"}),
        ({"poetryOnlyGroups": ["two"], "poetryWithGroups": ["main"]}, {"two"}),
    ],
)
def test_groups_of_poetry_are_those_that_it_would_export(
    tmp_path: Path, chosen: dict[str, Any], asked: set[str]
) -> None:
    service = {"functions": FUNCTIONS, "custom": {"pythonRequirements": chosen}}
    found = compiled(tmp_path / "s", service, **{"pyproject.toml": POETRY})
    assert {each.partition("/")[0] for each in names(found, "shop.zip")} & {"one", "two"} == asked
    assert found.warnings == ()


def test_a_lock_of_poetrys_that_is_asked_for_has_to_be_there(tmp_path: Path) -> None:
    service = {"functions": FUNCTIONS, "custom": {"pythonRequirements": {"requirePoetryLockFile": True}}}
    with pytest.raises(UserError, match=r"there is no poetry\.lock") as error:
        compiled(tmp_path / "s", service, **{"pyproject.toml": POETRY})
    assert "serverless.yml:1:" in error.value.where
    lock = '[[package]]\nname = "one"\nversion = "1"\n'
    found = compiled(tmp_path / "s", service, **{"pyproject.toml": POETRY, "poetry.lock": lock})
    assert "one==1/__init__.py" in names(found, "shop.zip")


def test_pip_gets_its_arguments_one_by_one(tmp_path: Path) -> None:
    custom = {"pythonRequirements": {"pipCmdExtraArgs": ["--extra-index-url https://x.test/", "--no-deps"]}}
    compiled(tmp_path / "s", {"functions": FUNCTIONS, "custom": custom})
    assert (tmp_path / "calls").read_text().rstrip().endswith("--extra-index-url https://x.test/ --no-deps")


WSGI = {"plugins": ["serverless-wsgi"], "functions": {"api": {"handler": "wsgi_handler.handler"}}}


def test_a_wsgi_application_gets_its_handler(tmp_path: Path) -> None:
    custom = {"wsgi": {"app": "api/app.app", "textMimeTypes": ["image/x"], "packRequirements": False}}
    found = compiled(tmp_path / "s", {**WSGI, "custom": custom}, **{"api/app.py": "app = 1\n"})
    assert {".serverless-wsgi", "serverless_wsgi.py", "wsgi_handler.py", "api/app.py"} <= set(names(found, "shop.zip"))
    (artefact,) = found.artefacts
    (settings,) = [each.path for each in artefact.entries if each.name == ".serverless-wsgi"]
    assert json.loads(Path(settings).read_text()) == {"app": "api/app.app", "text_mime_types": ["image/x"]}
    assert found.functions[0].handler_path == tmp_path / "s/api/app.py"


def test_the_old_handler_of_wsgi_applications_is_the_present_one(tmp_path: Path) -> None:
    old = {**WSGI, "functions": {"api": {"handler": "wsgi.handler"}}, "custom": {"wsgi": {"app": "app.app"}}}
    found = compiled(tmp_path / "s", old, **{"app.py": "app = 1\n"})
    assert found.template["Resources"]["ApiLambdaFunction"]["Properties"]["Handler"] == "wsgi_handler.handler"
    [warning] = texts(found.warnings)
    assert "the handler wsgi.handler is called wsgi_handler.handler by now" in warning


@pytest.mark.parametrize(("custom", "what"), [({}, "names none"), ({"wsgi": {"app": "gone.app"}}, "gone.py")])
def test_a_wsgi_application_that_is_not_there_is_told(tmp_path: Path, custom: dict[str, Any], what: str) -> None:
    with pytest.raises(UserError, match=what) as error:
        compiled(tmp_path / "s", {**WSGI, "custom": custom})
    assert error.value.where.startswith(f"{tmp_path / 's' / 'serverless.yml'}:")


@pytest.mark.parametrize("packs", [True, False])
def test_a_wsgi_applications_requirements_are_those_beside_it(tmp_path: Path, packs: bool) -> None:
    files = {"api/app.py": "app = 1\n", "api/requirements.txt": "two\n", "requirements.txt": ""}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    head = {"service": "shop", "provider": {"name": "aws", "runtime": "python3.12"}}
    custom = {"wsgi": {"app": "api/app.app", "packRequirements": packs}}
    (tmp_path / "serverless.yml").write_text(json.dumps({**head, **WSGI, "custom": custom}))
    # Nothing but what plugins install: so in a deployment to AWS.
    needed = Installations(resolve(tmp_path / "serverless.yml", Options()), Options(installs="plugins"))
    assert [each.lock for each in needed.missing()] == ([tmp_path / "api/requirements.txt"] if packs else [])
