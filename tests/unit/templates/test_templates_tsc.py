"""Handlers that the TypeScript compiler compiles: the real one, where it is installed for the tests."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import texts

from stratolite.core.errors import UserError
from stratolite.templates.serverless.builds import tsc
from stratolite.templates.serverless.builds.workshop import Workshop
from stratolite.templates.serverless.model import Options
from stratolite.templates.serverless.package import Packaging, packaging
from stratolite.templates.serverless.variables.resolver import resolve

TOOLS = Path(__file__).parents[2] / "apps" / "typescript" / "node_modules"
LONG_AGO_S = 1_000_000_000
SERVICE: dict[str, Any] = {
    "service": "shop",
    "plugins": ["serverless-plugin-typescript"],
    "provider": {"name": "aws", "runtime": "nodejs20.x"},
    "package": {"patterns": ["!**", "notes.txt"]},
    "functions": {"f": {"handler": "src/f.handler"}},
}
OPTIONS = {"target": "es2022", "module": "commonjs", "strict": True, "moduleResolution": "node", "types": []}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    if not TOOLS.is_dir():
        pytest.skip("npm ci --prefix tests/apps/typescript has not been run")
    files = {
        "src/f.ts": "import { one } from './one';\nexport const handler = async (): Promise<number> => one;\n",
        "src/one.ts": "export const one = 1;\n",
        "src/other.ts": "export const other: string = 2;\n",
        "notes.txt": "",
        "tsconfig.json": json.dumps({"compilerOptions": OPTIONS, "include": ["src"]}),
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
        os.utime(tmp_path / name, (LONG_AGO_S, LONG_AGO_S))
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "typescript").symlink_to(TOOLS / "typescript")
    return tmp_path


def packed(folder: Path, workshop: Workshop, **more: Any) -> Packaging:
    # JSON is YAML.
    (folder / "serverless.yml").write_text(json.dumps({**SERVICE, **more}))
    return packaging(resolve(folder / "serverless.yml", Options()), "k", workshop=workshop)


def names(found: Packaging) -> list[str]:
    return sorted(entry.name for entry in found.functions["f"].entries)


def test_handlers_and_what_they_import_are_compiled(folder: Path) -> None:
    with Workshop() as workshop:
        found = packed(folder, workshop)
        assert names(found) == ["notes.txt", "src/f.js", "src/f.js.map", "src/one.js", "src/one.js.map"]
        assert found.warnings == ()
        before = found.functions["f"].digest()
    with Workshop() as workshop:
        packed(folder, workshop)
        assert workshop.processes == (), "nothing has changed since"
        (folder / "src/one.ts").write_text("export const one = 11;\n")
        again = packed(folder, workshop)
        assert b"one = 11" in (folder / ".serverless/typescript/src/one.js").read_bytes()
        assert again.functions["f"].digest() != before


def test_wrong_types_are_told_and_stop_nothing_unless_the_options_say_so(folder: Path) -> None:
    (folder / "src/one.ts").write_text("export const one: string = 1;\n")
    with Workshop() as workshop:
        found = packed(folder, workshop)
        assert "src/f.js" in names(found)
        assert "src/one.ts(1,14): error TS2322" in texts(found.warnings)[0]
        strict = {"compilerOptions": {**OPTIONS, "noEmitOnError": True}, "include": ["src"]}
        (folder / "tsconfig.json").write_text(json.dumps(strict))
        with pytest.raises(UserError, match=r"src/one\.ts\(1,14\): error TS2322"):
            packed(folder, workshop)


def test_what_is_no_typescript_is_told_with_its_place(folder: Path) -> None:
    (folder / "src/one.ts").write_text("export const one = ;\n")
    with Workshop() as workshop, pytest.raises(UserError, match=r"src/one\.ts\(1,20\): error TS1109"):
        packed(folder, workshop)


def test_the_plugin_may_name_another_configuration(folder: Path) -> None:
    (folder / "tsconfig.json").rename(folder / "tsconfig.build.json")
    custom = {"serverlessPluginTypescript": {"tsConfigFileLocation": "tsconfig.build.json"}}
    with Workshop() as workshop:
        packed(folder, workshop, custom=custom)
    assert b"async ()" in (folder / ".serverless/typescript/src/f.js").read_bytes(), "the target is that of the file"


def test_without_the_plugin_all_files_are_compiled_and_wrong_types_are_errors(folder: Path) -> None:
    with Workshop() as workshop, pytest.raises(UserError, match=r"src/other\.ts\(1,14\): error TS2322"):
        packed(folder, workshop, plugins=[])


def test_a_compiler_that_is_too_old_is_known_by_its_version(tmp_path: Path) -> None:
    for number, is_old in {"2.9.2": True, "3.5.3": True, "3.6.4": False, "5.9.0": False, "": False}.items():
        (tmp_path / "package.json").write_text(json.dumps({"version": number}))
        assert tsc.is_too_old(tmp_path) is is_old
