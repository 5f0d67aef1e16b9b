"""Handlers that webpack bundles with a project's configuration. webpack is a stand-in that says what it was asked."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import texts

from stratolite.core.errors import UserError
from stratolite.templates.serverless.builds import webpack
from stratolite.templates.serverless.builds.workshop import Workshop
from stratolite.templates.serverless.model import Options
from stratolite.templates.serverless.package import Packaging, packaging
from stratolite.templates.serverless.variables.resolver import resolve

WEBPACK = """
const fs = require('node:fs');
const path = require('node:path');
let compilers = 0;
module.exports = (given) => {
  const number = (compilers += 1);
  const configs = [given].flat();
  return {
    run(done) {
      const leaves = (external) => ['aws-sdk/clients/s3', '@aws-sdk/kept', 'kept'].filter((request) =>
        external(...(external.length === 3 ? ['', request] : [{ request }]), (_, left) => left));
      const plain = (value) => (typeof value === 'function' ? leaves(value) : value);
      fs.writeFileSync('asked.json', JSON.stringify({ number, configs, flags: process.execArgv }, (_, v) => plain(v)));
      const error = { message: 'Unexpected token', file: 'src/f.js', loc: { start: { line: 3, column: 4 } } };
      const stats = configs.map((config) => {
        const assets = Object.entries(config.entry).map(([name, file]) => {
          fs.mkdirSync(path.dirname(path.join(config.output.path, name)), { recursive: true });
          fs.writeFileSync(path.join(config.output.path, `${name}.js`), fs.readFileSync(file));
          return { name: `${name}.js` };
        });
        const chunks = (name) => [{ name, files: [`${name}.js`] }];
        const externals = ['external commonjs "kept/deep"', 'external commonjs "fs"', 'external "aws-sdk"'];
        return { compilation: {
          errors: config.broken ? [error] : (config.says ?? []).map((text) => ({ message: text })),
          assets: Object.fromEntries(assets.map((asset) => [asset.name, asset])),
          entrypoints: new Map(Object.keys(config.entry).map((name) => [name, { chunks: chunks(name) }])),
          modules: externals.map((name) => ({ identifier: () => name })),
        } };
      });
      done(null, { stats });
    },
    close(done) { fs.writeFileSync('closed', String(number)); done(); },
  };
};
module.exports.version = require('./package.json').version;
"""
SERVICE: dict[str, Any] = {
    "service": "shop",
    "plugins": ["serverless-webpack"],
    "provider": {"name": "aws", "runtime": "nodejs20.x", "stage": "prod"},
    "functions": {"f": {"handler": "src/f.handler"}, "g": {"handler": "g.handler"}},
}
HEAD = "const slsw = require('serverless-webpack');\n"
BODY = "{ entry: slsw.lib.entries, mode: 'development' }"
CONFIG = f"{HEAD}module.exports = {BODY};"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    plugin = "module.exports = class {}; module.exports.lib = { entries: {}, webpack: { isLocal: false } };"
    files = {
        "src/f.js": "f",
        "g.ts": "g",
        "webpack.config.js": CONFIG,
        "node_modules/webpack/package.json": '{"version": "5.90.0", "main": "main.js"}',
        "node_modules/webpack/main.js": WEBPACK,
        "node_modules/serverless-webpack/package.json": "{}",
        "node_modules/serverless-webpack/index.js": plugin,
        "node_modules/kept/package.json": "{}",
        "node_modules/@aws-sdk/kept/index.js": "",
        "node_modules/more/package.json": "{}",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def packed(folder: Path, workshop: Workshop | None = None, **more: Any) -> Packaging:
    # JSON is YAML.
    (folder / "serverless.yml").write_text(json.dumps({**SERVICE, **more}))
    return packaging(resolve(folder / "serverless.yml", Options()), "k", workshop=workshop)


def names(found: Packaging, key: str = "f") -> list[str]:
    return sorted(entry.name for entry in found.functions[key].entries)


def asked(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "asked.json").read_text())
    return found


@pytest.mark.parametrize(
    "exported",
    [BODY, f"() => ({BODY})", f"Promise.resolve({BODY})", f"async () => [{BODY}]", f"{{ default: {BODY} }}"],
    ids=["object", "function", "promise", "several", "default"],
)
def test_configurations_of_every_form_see_the_plugin(folder: Path, exported: str) -> None:
    (folder / "webpack.config.js").write_text(f"{HEAD}module.exports = {exported};")
    found = packed(folder)
    assert names(found) == ["g.js", "src/f.js"]
    assert found.warnings == ()
    (one,) = asked(folder)["configs"]
    assert one["entry"] == {"src/f": "./src/f.js", "g": "./g.ts"}
    assert (one["mode"], one["target"], one["node"]) == ("development", "node", False)
    assert one["cache"]["type"] == "filesystem"
    assert one["externals"] == [["aws-sdk/clients/s3"]], "what the project itself does not have"


def test_a_configuration_in_typescript_is_read_by_the_projects_compiler(folder: Path) -> None:
    (folder / "node_modules/typescript").mkdir()
    (folder / "node_modules/typescript/index.js").write_text(
        "exports.transpileModule = (text) => ({ outputText: text.replace(': Configuration', '') });"
    )
    text = f"{HEAD}const config: Configuration = {BODY};\nmodule.exports = config;"
    (folder / "webpack.config.ts").write_text(text)
    assert names(packed(folder, custom={"webpack": {"webpackConfig": "webpack.config.ts"}})) == ["g.js", "src/f.js"]
    assert asked(folder)["configs"][0]["mode"] == "development"


def test_a_configuration_that_is_an_es_module_is_read(folder: Path) -> None:
    (folder / "webpack.config.mjs").write_text(f"import slsw from 'serverless-webpack';\nexport default {BODY};")
    assert names(packed(folder, custom={"webpack": "webpack.config.mjs"})) == ["g.js", "src/f.js"]


def test_wrong_types_stop_nothing_that_is_only_run(folder: Path) -> None:
    says = ["TS2322: no number", "node_modules/@types/node/a.d.ts TS1139: too new"]
    (folder / "webpack.config.js").write_text(CONFIG.replace("mode:", f"says: {json.dumps(says)}, mode:"))
    with pytest.raises(UserError, match="TS2322"):
        packed(folder)
    found = packaging(resolve(folder / "serverless.yml", Options()), "k", is_lenient=True)
    assert names(found) == ["g.js", "src/f.js"] and asked(folder)["configs"][0]["optimization"]["emitOnErrors"]
    [warning] = [each for each in texts(found.warnings) if "types are wrong" in each]
    assert warning.endswith("TS2322: no number and 1 more")
    (folder / "webpack.config.js").write_text(CONFIG.replace("mode:", "says: ['src/f.ts TS1005: syntax'], mode:"))
    with pytest.raises(UserError, match="TS1005"):
        packaging(resolve(folder / "serverless.yml", Options()), "k", is_lenient=True)


def test_the_plugin_need_not_be_installed(folder: Path) -> None:
    shutil.rmtree(folder / "node_modules" / "serverless-webpack")
    assert names(packed(folder)) == ["g.js", "src/f.js"]


def test_several_compilers_bundle_a_part_each(folder: Path) -> None:
    (folder / "webpack.config.js").write_text(
        "const { lib } = require('serverless-webpack');\n"
        "module.exports = Object.entries(lib.entries).map(([name, file]) => ({ entry: { [name]: file } }));\n"
    )
    assert names(packed(folder, package={"individually": True}), "g") == ["g.js"]
    assert len(asked(folder)["configs"]) == 2


def test_packages_that_bundles_ask_for_go_along(folder: Path) -> None:
    modules = {"forceInclude": ["more"]}
    found = packed(folder, custom={"webpack": {"includeModules": modules, "packager": "yarn"}})
    assert names(found) == ["g.js", "node_modules/kept/package.json", "node_modules/more/package.json", "src/f.js"]
    modules = {"forceExclude": ["kept"]}
    assert names(packed(folder, custom={"webpack": {"includeModules": modules}})) == ["g.js", "src/f.js"]


def test_files_are_left_out_by_patterns(folder: Path) -> None:
    assert names(packed(folder, custom={"webpack": {"excludeFiles": "**/f.js"}})) == ["g.js"]
    assert names(packed(folder, custom={"webpack": {"excludeRegex": "g\\.js$"}})) == ["src/f.js"]


def test_old_versions_get_the_digest_that_node_has_put_away(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed(folder)
    assert asked(folder)["flags"] == []
    (folder / "node_modules/webpack/package.json").write_text('{"version": "4.46.0", "main": "main.js"}')
    monkeypatch.setattr(webpack, "_node_major", lambda: 20)
    packed(folder)
    assert asked(folder)["flags"] == ["--openssl-legacy-provider"]
    assert "cache" not in asked(folder)["configs"][0]


def test_a_configuration_that_throws_is_told_with_its_place(folder: Path) -> None:
    (folder / "webpack.config.js").write_text("\nthrow new Error('no such loader');\n")
    with pytest.raises(UserError, match="no such loader") as error:
        packed(folder)
    assert f"{folder / 'webpack.config.js'}:2" in error.value.what
    assert "node:internal" not in error.value.what and "worker.cjs" not in error.value.what


def test_what_webpack_says_is_told_with_its_place(folder: Path) -> None:
    (folder / "webpack.config.js").write_text(CONFIG.replace("mode:", "broken: true, mode:"))
    with pytest.raises(UserError, match=r"src/f\.js:3:5: Unexpected token"):
        packed(folder)


def test_a_handler_that_no_bundle_is_of_is_told(folder: Path) -> None:
    (folder / "webpack.config.js").write_text("module.exports = { entry: { other: './src/f.js' } };")
    found = packed(folder)
    assert texts(found.warnings)[0].startswith("webpack made nothing for the handlers in src/f, g")


def test_that_earlier_bundles_are_not_taken_is_told(folder: Path) -> None:
    (warning,) = texts(packed(folder, custom={"webpack": {"noBuild": True}}).warnings)
    assert warning.startswith(f"{folder / 'serverless.yml'}:1:") and "custom.webpack.noBuild" in warning


def test_a_compiler_is_kept_until_its_configuration_changes(folder: Path) -> None:
    with Workshop() as workshop:
        packed(folder, workshop)
        (folder / "src/f.js").write_text("another")
        found = packed(folder, workshop)
        assert asked(folder)["number"] == 1 and len(workshop.processes) == 1
        assert b"another" in found.functions["f"].content()
        (folder / "webpack.config.js").write_text(CONFIG.replace("development", "production"))
        packed(folder, workshop)
        assert asked(folder)["configs"][0]["mode"] == "production"
        assert len(workshop.processes) == 1
    assert (folder / "closed").read_text() == "1", "what webpack has in memory is written"
