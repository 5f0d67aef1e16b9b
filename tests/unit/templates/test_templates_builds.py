"""Handlers that are bundled. esbuild is a stand-in that says what it was asked."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import texts

from stratolite.core.errors import UserError
from stratolite.templates.serverless.builds.choice import builder_of
from stratolite.templates.serverless.builds.workshop import Workshop
from stratolite.templates.serverless.model import Options
from stratolite.templates.serverless.package import Packaging, packaging
from stratolite.templates.serverless.variables.resolver import resolve

ESBUILD = """
const fs = require('node:fs');
const path = require('node:path');
async function build(options) {
  const calls = fs.existsSync('asked.json') ? JSON.parse(fs.readFileSync('asked.json')) : [];
  fs.writeFileSync('asked.json', JSON.stringify([...calls, options]));
  if ('unheardOf' in options) throw new Error('Invalid option in build() call: "unheardOf"');
  const metafile = { inputs: {}, outputs: {} };
  for (const [name, source] of Object.entries(options.entryPoints)) {
    const text = fs.readFileSync(source, 'utf8');
    const location = { file: path.relative('.', source), line: 1, column: 0, lineText: text };
    if (text.includes('broken')) throw Object.assign(new Error(), { errors: [{ text: 'Expected ";"', location }] });
    const file = path.relative('.', path.join(options.outdir, name + '.js'));
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, 'bundled ' + text);
    const entryPoint = path.relative('.', source);
    const imports = ['lib.js', '../../outer.js'].filter((each) => text.includes(each)).map((each) => ({ path: each }));
    metafile.inputs[entryPoint] = { imports };
    metafile.outputs[file] = { entryPoint, imports: [{ path: 'imported', external: true }] };
    if (options.sourcemap) { fs.writeFileSync(file + '.map', 'map'); metafile.outputs[file + '.map'] = {}; }
  }
  for (const each of ['lib.js', '../../outer.js']) metafile.inputs[each] = { imports: [] };
  return { metafile, warnings: [] };
}
exports.context = async (options) => ({ rebuild: () => build(options), dispose: async () => {} });
exports.build = build;
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
        "node_modules/esbuild/package.json": '{"version": "1.0.0", "main": "main.js"}',
        "node_modules/esbuild/main.js": ESBUILD,
        "node_modules/imported/package.json": "{}",
        "node_modules/kept/package.json": '{"dependencies": {"deeper": "*"}}',
        "node_modules/deeper/package.json": "{}",
        "node_modules/other/package.json": "{}",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def written(folder: Path, more: str = "", plugin: str = "serverless-esbuild") -> Path:
    (folder / "serverless.yml").write_text(TEXT.format(more=more, plugin=plugin))
    return folder / "serverless.yml"


def packed(folder: Path, more: str = "", plugin: str = "serverless-esbuild") -> Packaging:
    return packaging(resolve(written(folder, more, plugin), Options()), "k")


def long_ago(folder: Path) -> None:
    """Date the sources back: what is written while a build runs is built again."""
    for file in [path for path in folder.rglob("*") if path.is_file()]:
        os.utime(file, (1_000_000_000, 1_000_000_000))


def names(found: Packaging, key: str = "f") -> list[str]:
    return sorted(entry.name for entry in found.functions[key].entries)


def asked(folder: Path) -> list[dict[str, Any]]:
    return list(json.loads((folder / "asked.json").read_text()))


def built(folder: Path) -> list[list[str]]:
    """The entries that each build was asked for."""
    return [sorted(one["entryPoints"]) for one in asked(folder)]


@pytest.mark.parametrize("plugin", ["serverless-esbuild", "serverless-webpack", "serverless-bundle"])
def test_handlers_are_bundled_and_nothing_else_is_packed(folder: Path, plugin: str) -> None:
    found = packed(folder, plugin=plugin)
    assert names(found) == ["g.js", "g.js.map", "src/f.js", "src/f.js.map"]
    assert found.functions["f"] is found.functions["g"]
    assert b"bundled export const handler" in found.functions["f"].content()
    assert found.handlers == {"f": folder / "src/f.ts", "g": folder / "g.js"}
    assert found.warnings == ()
    (options,) = asked(folder)
    assert options["entryPoints"] == {"src/f": str(folder / "src/f.ts"), "g": str(folder / "g.js")}
    assert (options["bundle"], options["platform"], options["target"]) == (True, "node", "node20")
    brought = {"@aws-sdk/*", "aws-sdk"}
    assert brought <= set(options["external"]), "the SDK that the runtime has, and the one that is not there"


def test_a_function_may_be_left_out_of_it(folder: Path) -> None:
    file = written(folder)
    file.write_text(file.read_text().replace("{handler: g.handler", "{handler: g.handler, skipEsbuild: true"))
    found = packaging(resolve(file, Options()), "k")
    (options,) = asked(folder)
    assert [*options["entryPoints"]] == ["src/f"]
    assert "g.js" in names(found) and found.warnings == ()


def test_what_a_handler_of_a_layer_calls_is_built(folder: Path) -> None:
    written(folder)
    text = (folder / "serverless.yml").read_text()
    changed = (
        "f: {handler: wrapper.handler, esbuildEntrypoint: src/f.handler, layers: ['arn:aws:lambda:a:1:layer:x:1']}"
    )
    (folder / "serverless.yml").write_text(text.replace("f: {handler: src/f.handler}", changed))
    found = packaging(resolve(folder / "serverless.yml", Options()), "k")
    assert {"g.js", "src/f.js"} <= set(names(found))
    assert found.handlers["f"] == folder / "src/f.ts"


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
    (options,) = asked(folder)
    expected = {"minify": True, "target": ["node20", "es2022"], "external": ["kept"], "define": {"a": "1"}}
    assert expected.items() <= options.items()
    assert not {"packager", "concurrency", "exclude"} & set(options), "settings of the plugin alone"


def test_settings_of_serverless_bundle_are_those_of_esbuild_where_it_is_not_installed(folder: Path) -> None:
    settings = (
        "{sourcemaps: false, forceExclude: [kept], externals: [other], aliases: [{'@lib': src/lib}], "
        "rawFileExtensions: [sql], packager: yarn, copyFiles: [{from: a, to: b}]}"
    )
    found = packed(folder, f"custom: {{bundle: {settings}}}", plugin="serverless-bundle")
    assert names(found) == ["g.js", "node_modules/other/package.json", "src/f.js"]
    (options,) = asked(folder)
    assert {"kept", "other", "knex", "sharp", "aws-sdk"} <= set(options["external"])
    assert options["alias"] == {"@lib": "./src/lib"}
    assert (options["loader"][".sql"], options["loader"][".js"]) == ("text", "jsx")
    assert texts(found.warnings)[0].endswith("custom.bundle.copyFiles is not done without serverless-bundle")


def test_esbuild_does_what_older_plugins_did(folder: Path) -> None:
    found = packed(folder, "custom: {optimize: {minify: true}}", plugin="serverless-plugin-optimize")
    assert {"g.js", "src/f.js", "node_modules/imported/package.json"} <= set(names(found))
    (options,) = asked(folder)
    assert (options["packages"], options["bundle"]) == ("external", True) and "minify" not in options


def test_an_esbuild_is_supplied_to_a_project_that_has_none(folder: Path) -> None:
    supplied = folder.parent / "supplied"
    shutil.move(folder / "node_modules/esbuild", supplied)
    resolved = resolve(written(folder), Options())
    plugins, stage = ["serverless-esbuild"], "dev"
    with Workshop() as workshop:
        assert builder_of(resolved.document, folder, plugins, stage, workshop) is None
        builder = builder_of(resolved.document, folder, plugins, stage, workshop, lambda: supplied)
        assert builder is not None
        assert sorted(entry.name for entry in builder.entries(["g.handler"])) == ["g.js", "g.js.map"]


VERSION_4 = "frameworkVersion: '4'\nbuild: {{esbuild: {settings}}}\nplugins: []"


def packed_by_version_4(folder: Path, settings: str) -> Packaging:
    text = TEXT.format(more="", plugin="").replace("plugins: []", VERSION_4.format(settings=settings))
    (folder / "serverless.yml").write_text(text)
    return packaging(resolve(folder / "serverless.yml", Options()), "k")


def test_version_4_has_an_esbuild_of_its_own(folder: Path) -> None:
    (folder / "package.json").write_text('{"type": "module"}')
    config = "export default async () => ({ banner: { js: '//' }, external: ['other'], minify: true });"
    (folder / "esbuild.config.js").write_text(config)
    settings = (
        "{configFile: ./esbuild.config.js, external: [kept], minify: false, exclude: [left], sourcemap: {type: inline}}"
    )
    found = packed_by_version_4(folder, settings)
    assert {"g.js", "src/f.js", "node_modules/kept/package.json"} <= set(names(found))
    (options,) = asked(folder)
    expected = {"banner": {"js": "//"}, "minify": False, "sourcemap": "inline", "format": "esm"}
    assert expected.items() <= options.items()
    assert options["outExtension"] == {".js": ".mjs"}, "no package.json beside a bundle says what it is"
    assert {"kept", "left", "@aws-sdk/*"} <= set(options["external"])
    assert not {"configFile", "config", "exclude"} & set(options)


def test_version_4_bundles_typescript_unless_it_is_told_not_to(folder: Path) -> None:
    bare = "frameworkVersion: '4'\nplugins: []"
    (folder / "serverless.yml").write_text(TEXT.format(more="", plugin="").replace("plugins: []", bare))
    packaging(resolve(folder / "serverless.yml", Options()), "k")
    assert built(folder) == [["src/f"]], "JavaScript is packaged as it is written"
    packed_by_version_4(folder, "true")
    assert built(folder)[1:] == [["g"]], "the other one is as it was"


def test_plugins_and_a_configuration_of_javascript_reach_esbuild(folder: Path) -> None:
    (folder / "p.js").write_text("module.exports = (sls) => [{ name: sls.service.service, setup() {} }]")
    packed(folder, "custom: {esbuild: {plugins: ./p.js}}")
    assert asked(folder)[0]["plugins"] == [{"name": "shop"}]
    (folder / "c.js").write_text("module.exports = (sls) => ({ bundle: true, external: ['other'], exclude: [] })")
    assert "node_modules/other/package.json" in names(packed(folder, "custom: {esbuild: {config: c.js}}"))
    assert asked(folder)[-1]["external"] == ["other"]


def test_packages_that_lie_above_the_service_go_along(folder: Path) -> None:
    (folder / "services/a/src").mkdir(parents=True)
    for name in ("src/f.ts", "g.js"):
        shutil.move(folder / name, folder / "services/a" / name)
    found = packed(folder / "services/a", "custom: {esbuild: {external: [kept]}}")
    kept = {"node_modules/kept/package.json", "node_modules/deeper/package.json"}
    assert kept <= set(names(found))


def test_files_outside_of_the_service_are_watched(folder: Path) -> None:
    (folder / "services/a/src").mkdir(parents=True)
    (folder / "services/a/src/f.ts").write_text("import '../../outer.js'")
    shutil.move(folder / "g.js", folder / "services/a/g.js")
    (folder / "outer.js").write_text("")
    for _ in range(2):  # Also where nothing is built again.
        assert packed(folder / "services/a").sources == (folder / "outer.js",)


def test_packages_that_a_plugin_leaves_out_go_along(folder: Path) -> None:
    (folder / "p.js").write_text("module.exports = [{ name: 'externals', setup() {} }]")
    assert "node_modules/imported/package.json" in names(packed(folder, "custom: {esbuild: {plugins: ./p.js}}"))


def test_what_has_changed_is_built_again_and_nothing_else(folder: Path) -> None:
    (folder / "g.js").write_text("lib.js")
    (folder / "lib.js").write_text("1")
    long_ago(folder)
    packed(folder)
    assert built(folder) == [["g", "src/f"]]
    packed(folder)
    assert len(built(folder)) == 1, "nothing has changed"
    (folder / "lib.js").write_text("22")
    packed(folder)
    assert built(folder)[1:] == [["g"]]
    long_ago(folder)
    packed(folder)
    (folder / "src" / "f.tsx").write_text("export const handler = 2")
    packed(folder)
    assert built(folder)[-1] == ["src/f"], "a file that is new may be what an import means now"
    (folder / ".serverless" / "bundles" / "g.js").unlink()
    packed(folder)
    assert "g" in built(folder)[-1]


def test_other_settings_build_everything_again(folder: Path) -> None:
    long_ago(folder)
    packed(folder)
    packed(folder, "custom: {esbuild: {minify: true}}")
    assert built(folder) == [["g", "src/f"]] * 2


def test_a_kept_process_builds_again_and_ends_with_its_workshop(folder: Path) -> None:
    with Workshop() as workshop:
        resolved = resolve(written(folder), Options())
        packaging(resolved, "k", workshop=workshop)
        (folder / "g.js").write_text("another")
        found = packaging(resolved, "k", workshop=workshop)
        assert b"bundled another" in found.functions["g"].content()
        (process,) = workshop.processes
        assert Path(f"/proc/{process}").exists()
    assert not Path(f"/proc/{process}").exists()
    assert workshop.processes == ()


def test_a_configuration_that_changes_is_loaded_again(folder: Path) -> None:
    (folder / "p.js").write_text("module.exports = [{ name: 'one', setup() {} }]")
    with Workshop() as workshop:
        resolved = resolve(written(folder, "custom: {esbuild: {plugins: ./p.js}}"), Options())
        packaging(resolved, "k", workshop=workshop)
        (folder / "p.js").write_text("module.exports = [{ name: 'another', setup() {} }]")
        packaging(resolved, "k", workshop=workshop)
    assert [one["plugins"][0]["name"] for one in asked(folder)] == ["one", "another"]


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


def test_handlers_of_extensions_of_their_own_are_named_without_them(folder: Path) -> None:
    (folder / "src/f.ts").rename(folder / "src/f.custom.ts")
    settings = "{resolveExtensions: [.custom.ts, .ts, .js], stripEntryResolveExtensions: true}"
    found = packed(folder, f"custom: {{esbuild: {settings}}}")
    assert "src/f.js" in names(found)
    assert asked(folder)[0]["entryPoints"]["src/f"].endswith("/src/f.custom.ts")
    assert asked(folder)[0]["resolveExtensions"] == [".custom.ts", ".ts", ".js"]


def test_that_earlier_bundles_are_not_taken_is_told(folder: Path) -> None:
    (warning,) = texts(packed(folder, "custom: {esbuild: {skipBuild: true}}").warnings)
    assert warning.startswith(f"{folder / 'serverless.yml'}:4:")
    assert "custom.esbuild.skipBuild" in warning and built(folder) == [["g", "src/f"]]


def test_a_setting_that_esbuild_does_not_know_is_refused_by_name(folder: Path) -> None:
    with pytest.raises(UserError, match="unheardOf"):
        packed(folder, "custom: {esbuild: {unheardOf: 1}}")


def test_what_esbuild_says_is_told_with_its_place(folder: Path) -> None:
    (folder / "g.js").write_text("broken")
    with pytest.raises(UserError, match=r'g\.js:1:1: Expected ";"'):
        packed(folder)


def test_without_esbuild_handlers_are_packed_as_they_are(folder: Path) -> None:
    shutil.rmtree(folder / "node_modules/esbuild")
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
    assert built(folder) == [["src/f"]]


def test_typed_handlers_beside_es_modules_are_built_as_such(folder: Path) -> None:
    """``package.json`` goes along, and says of every ``.js`` that it is one; packages may be CommonJS all the same."""
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "g.js").write_text("export const handler = 1")
    text = TEXT.format(more="", plugin="x").replace("plugins: [x]\n", "")
    (folder / "serverless.yml").write_text(text)
    packaging(resolve(folder / "serverless.yml", Options()), "k")
    (options,) = asked(folder)
    assert (options["format"], options["outExtension"]) == ("esm", {".js": ".mjs"})
    assert "var require = $createRequire" in options["banner"]["js"]
    (folder / "serverless.yml").write_text(TEXT.format(more="", plugin="serverless-esbuild"))
    packaging(resolve(folder / "serverless.yml", Options()), "k")
    assert "format" not in asked(folder)[-1], "the plugin packs no package.json"


def test_a_setting_of_webpack_that_is_not_done_is_refused_by_name(folder: Path) -> None:
    (folder / "webpack.config.js").write_text("module.exports = {}")
    (folder / "node_modules/webpack").mkdir()
    with pytest.raises(UserError, match=r"custom\.webpack\.unheardOf") as error:
        packed(folder, "custom: {webpack: {unheardOf: 1}}", plugin="serverless-webpack")
    assert error.value.where.startswith(f"{folder / 'serverless.yml'}:4:")
