"""Handlers that are bundled. esbuild is a stand-in that says what it was asked."""

import json
import sys
from pathlib import Path

import pytest

from stratolite.core.errors import UserError
from stratolite.templates.serverless.model import Options
from stratolite.templates.serverless.package import Packaging, packaging
from stratolite.templates.serverless.variables.resolver import resolve

ESBUILD = f"""#!{sys.executable}
import json, pathlib, sys
flags = [each for each in sys.argv[1:] if each.startswith("--")]
out = next(each.partition("=")[2] for each in flags if each.startswith("--outdir="))
pathlib.Path("asked.json").write_text(json.dumps(sys.argv[1:]))
for source in [each for each in sys.argv[1:] if not each.startswith("--")]:
    text = pathlib.Path(source).read_text()
    if "broken" in text:
        sys.exit("ERROR: Could not resolve broken")
    target = (pathlib.Path(out) / source).with_suffix(".js")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("bundled " + text)
    if "--sourcemap" in flags:
        target.with_suffix(".js.map").write_text("map")
"""
TEXT = """\
service: shop
plugins: [{plugin}]
provider: {{name: aws, runtime: nodejs20.x}}
{more}
functions:
  f: {{handler: src/f.handler}}
  g: {{handler: g.handler}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "src/f.ts": "export const handler = 1",
        "g.js": "exports.handler = 1",
        "data.json": "{}",
        "node_modules/.bin/esbuild": ESBUILD,
        "node_modules/kept/package.json": '{"dependencies": {"deeper": "*"}}',
        "node_modules/deeper/package.json": "{}",
        "node_modules/other/package.json": "{}",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "node_modules/.bin/esbuild").chmod(0o755)
    return tmp_path


def packed(folder: Path, more: str = "", plugin: str = "serverless-esbuild") -> Packaging:
    (folder / "serverless.yml").write_text(TEXT.format(more=more, plugin=plugin))
    return packaging(resolve(folder / "serverless.yml", Options()), "k")


def names(found: Packaging, key: str = "f") -> list[str]:
    return sorted(entry.name for entry in found.functions[key].entries)


def asked(folder: Path) -> list[str]:
    return list(json.loads((folder / "asked.json").read_text()))


@pytest.mark.parametrize("plugin", ["serverless-esbuild", "serverless-webpack"])
def test_handlers_are_bundled_and_nothing_else_is_packed(folder: Path, plugin: str) -> None:
    found = packed(folder, plugin=plugin)
    assert names(found) == ["g.js", "g.js.map", "src/f.js", "src/f.js.map"]
    assert found.functions["f"] is found.functions["g"]
    assert b"bundled export const handler" in found.functions["f"].content()
    assert found.handlers == {"f": folder / "src/f.ts", "g": folder / "g.js"}
    assert found.warnings == ()
    arguments = asked(folder)
    assert {"src/f.ts", "g.js", "--bundle", "--platform=node", "--external:@aws-sdk/*"} <= set(arguments)


def test_settings_reach_esbuild(folder: Path) -> None:
    settings = (
        "{minify: true, sourcemap: true, keepNames: false, target: [node20, es2022], format: cjs, exclude: [], "
        "external: [kept], define: {a: '1'}, inject: [x.js], packager: npm, concurrency: 4}"
    )
    found = packed(folder, f"custom: {{esbuild: {settings}}}")
    assert names(found) == [
        "g.js",
        "g.js.map",
        "node_modules/deeper/package.json",
        "node_modules/kept/package.json",
        "src/f.js",
        "src/f.js.map",
    ]
    expected = ["--minify", "--sourcemap", "--target=node20,es2022", "--format=cjs", "--external:kept"]
    arguments = asked(folder)
    assert {*expected, "--define:a=1", "--inject:x.js"} <= set(arguments)
    assert not any("keep-names" in each or "aws-sdk" in each for each in arguments)


def test_files_that_are_asked_for_stand_beside_the_bundles(folder: Path) -> None:
    assert names(packed(folder, "package: {patterns: [data.json, '!*.md']}")) == [
        "data.json",
        "g.js",
        "g.js.map",
        "src/f.js",
        "src/f.js.map",
    ]
    found = packed(folder, "package: {individually: true}\ncustom: {esbuild: {sourcemap: false}}")
    assert (names(found, "f"), names(found, "g")) == (["src/f.js"], ["g.js"])


def test_a_setting_that_is_not_done_is_refused_by_name(folder: Path) -> None:
    with pytest.raises(UserError, match=r"custom\.esbuild\.plugins") as error:
        packed(folder, "custom: {esbuild: {plugins: p.js}}")
    assert error.value.where.startswith(f"{folder / 'serverless.yml'}:4:")


def test_what_esbuild_says_is_told(folder: Path) -> None:
    (folder / "g.js").write_text("broken")
    with pytest.raises(UserError, match="Could not resolve broken"):
        packed(folder)


def test_without_esbuild_handlers_are_packed_as_they_are(folder: Path) -> None:
    (folder / "node_modules/.bin/esbuild").unlink()
    with pytest.raises(UserError, match="does not exist") as error:
        packed(folder)
    assert "TypeScript" in error.value.todo and "npm install" in error.value.todo
    (folder / "src/f.js").write_text("exports.handler = 1")
    assert {"src/f.js", "src/f.ts", "g.js", "data.json"} <= set(names(packed(folder)))


def test_typed_handlers_are_built_without_a_plugin_and_others_are_packed_as_they_are(folder: Path) -> None:
    text = TEXT.format(more="", plugin="x").replace("plugins: [x]\n", "")
    (folder / "serverless.yml").write_text(text)
    found = packaging(resolve(folder / "serverless.yml", Options()), "k")
    assert {"g.js", "src/f.js", "src/f.js.map", "data.json"} <= set(names(found))
    assert [each for each in asked(folder) if not each.startswith("--")] == ["src/f.ts"]


def test_a_setting_of_webpack_that_is_not_done_is_refused_by_name(folder: Path) -> None:
    (folder / "webpack.config.js").write_text("module.exports = {}")
    (folder / "node_modules/webpack").mkdir()
    with pytest.raises(UserError, match=r"custom\.webpack\.unheardOf") as error:
        packed(folder, "custom: {webpack: {unheardOf: 1}}", plugin="serverless-webpack")
    assert error.value.where.startswith(f"{folder / 'serverless.yml'}:4:")
