"""serverless-python-requirements: packages beside the code. pip is a stand-in that writes what it is asked for."""

from pathlib import Path

import pytest

from stratolite.core.errors import UserError
from stratolite.templates.serverless.model import Options
from stratolite.templates.serverless.package import Packaging, packaging
from stratolite.templates.serverless.variables.resolver import resolve

PIP = """#!/bin/sh
# python -m pip install --no-input --disable-pip-version-check --target DIR -r FILE
echo "$@" >> "$(dirname "$0")/calls"
grep -q broken "$9" && { echo "No matching distribution found for broken" >&2; exit 1; }
while read -r name; do
  [ -n "$name" ] || continue
  mkdir -p "$7/$name/__pycache__" "$7/$name-1.0.dist-info"
  echo "x = 1" > "$7/$name/__init__.py"
  echo > "$7/$name/__pycache__/a.pyc"
  echo > "$7/$name-1.0.dist-info/METADATA"
done < "$9"
"""
TEXT = """\
service: shop
plugins: [serverless-python-requirements]
provider: {{name: aws, runtime: python3.12}}
package: {{patterns: ['!**', app.py]}}
custom: {{pythonRequirements: {{pythonBin: {python}{more}}}}}
functions: {{f: {{handler: app.handler}}{functions}}}
"""


def packed(
    folder: Path, more: str = "", functions: str = "", requirements: str | None = "one\ntwo\n", name: str = ""
) -> Packaging:
    folder.mkdir(exist_ok=True)
    python = folder.parent / "python"
    python.write_text(PIP)
    python.chmod(0o755)
    (folder / "app.py").write_text("def handler(event, context): ...")
    (folder / "h.js").write_text("exports.x = 1")
    if requirements is not None:
        (folder / (name or "requirements.txt")).write_text(requirements)
    more = f", {more}" if more else ""
    (folder / "serverless.yml").write_text(TEXT.format(python=python, more=more, functions=functions))
    return packaging(resolve(folder / "serverless.yml", Options()), "k")


def names(found: Packaging, key: str = "f") -> list[str]:
    return sorted(entry.name for entry in found.functions[key].entries)


def calls(folder: Path) -> int:
    file = folder.parent / "calls"
    return len(file.read_text().splitlines()) if file.exists() else 0


def test_packages_are_put_beside_the_code(tmp_path: Path) -> None:
    folder = tmp_path / "service"
    found = packed(folder)
    assert names(found) == [
        "app.py",
        *sorted(
            f"{n}{part}"
            for n in ("one", "two")
            for part in ("-1.0.dist-info/METADATA", "/__init__.py", "/__pycache__/a.pyc")
        ),
    ]
    assert b"x = 1" in found.functions["f"].content()
    # What is installed stays, until the file says something else.
    packed(folder)
    assert calls(folder) == 1
    assert "three/__init__.py" in names(packed(folder, requirements="three\n"))
    assert calls(folder) == 2


def test_a_package_beside_the_service_is_installed_again_when_it_changes(tmp_path: Path) -> None:
    folder, package = tmp_path / "service", tmp_path / "mine"
    package.mkdir()
    (package / "mine.py").write_text("x = 1")
    packed(folder, requirements=f"{package}[extra]\n")
    packed(folder, requirements=f"{package}[extra]\n")
    assert calls(folder) == 1
    (package / "mine.py").write_text("x = 1000")
    packed(folder, requirements=f"{package}[extra]\n")
    assert calls(folder) == 2


def test_a_package_beside_the_service_is_known_by_its_content(tmp_path: Path) -> None:
    folder, package = tmp_path / "service", tmp_path / "mine"
    (package / "tests").mkdir(parents=True)
    (package / "mine.py").write_text("x = 1")
    packed(folder, requirements=f"{package}\n")
    (package / "mine.py").write_text("x = 1")  # At another time.
    (package / "tests" / "test_mine.py").write_text("")
    packed(folder, requirements=f"{package}\n")
    assert calls(folder) == 1


def test_two_that_install_at_once_have_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, rename = tmp_path / "service", Path.rename

    def late(target: Path, place: Path) -> Path:
        (place / "theirs").mkdir(parents=True)
        (place / "theirs" / "__init__.py").write_text("")
        return rename(target, place)

    monkeypatch.setattr(Path, "rename", late)
    assert names(packed(folder)) == ["app.py", "theirs/__init__.py"]
    assert not list((folder / ".serverless" / "requirements").glob("*.[0-9]*")), "what was not needed is gone"


def test_an_installation_is_told_of(tmp_path: Path) -> None:
    folder = tmp_path / "service"
    packed(folder, requirements=None)
    (folder / "requirements.txt").write_text("one\n")
    told: list[str] = []
    for _ in range(2):
        packaging(resolve(folder / "serverless.yml", Options()), "k", told.append)
    assert told[0] == "installing requirements.txt for python ..."
    assert told[1].startswith("pip install (requirements.txt) took ") and len(told) == 2


def test_what_is_left_out(tmp_path: Path) -> None:
    found = packed(tmp_path / "service", "noDeploy: [two], slim: true, slimPatterns: ['**/x*'], dockerizePip: true")
    assert names(found) == ["app.py", "one/__init__.py"]


def test_the_file_and_a_vendors_folder(tmp_path: Path) -> None:
    folder = tmp_path / "service"
    (folder / "vendored").mkdir(parents=True)
    (folder / "vendored" / "v.py").write_text("")
    found = packed(folder, "fileName: other.txt, slim: true, vendor: ./vendored", name="other.txt")
    assert names(found) == ["app.py", "one/__init__.py", "two/__init__.py", "v.py"]


def test_other_languages_get_none(tmp_path: Path) -> None:
    functions = ", g: {handler: h.x, runtime: nodejs20.x, package: {individually: true, patterns: ['!**', h.js]}}"
    found = packed(tmp_path / "service", functions=functions)
    assert names(found, "g") == ["app.py", "h.js"]


def test_no_file_is_nothing(tmp_path: Path) -> None:
    assert names(packed(tmp_path / "service", requirements=None)) == ["app.py"]
    assert calls(tmp_path / "service") == 0


def test_what_pip_says_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "service"
    with pytest.raises(UserError, match="No matching distribution found for broken") as error:
        packed(folder, requirements="broken\n")
    assert error.value.where == str(folder / "requirements.txt")
    left = [file.name for file in (folder / ".serverless" / "requirements").iterdir() if file.is_dir()]
    assert left == [], "nothing half installed stays"


def test_a_lock_goes_before_a_requirements_file(tmp_path: Path) -> None:
    folder = tmp_path / "service"
    folder.mkdir()
    (folder / "Pipfile").write_text("")
    (folder / "Pipfile.lock").write_text('{"default": {"three": {"version": "*"}}}')
    assert "three/__init__.py" in names(packed(folder)) and "one/__init__.py" not in names(packed(folder))
    assert "one/__init__.py" in names(packed(folder, "usePipenv: false"))
