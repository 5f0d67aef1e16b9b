"""The service's own file as a program: what it exports, promises or returns, with what it reads."""

import os
import shutil
from pathlib import Path

import pytest

from stratolite.core.errors import UserError
from stratolite.templates.serverless.model import Options
from stratolite.templates.serverless.variables.resolver import Resolved, look_up, resolve

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")

SERVICE = "{ service: 'shop', provider: { name: 'aws', stage: '${opt:stage, \"qa\"}' }, custom: { s: '${sls:stage}' } }"
ESBUILD = """\
// Takes types away as far as this test has some.
exports.transformSync = (code) => ({
  code: code
    .replace(/import type .*\\n/g, '')
    .replace(/import (\\w+) from ('[^']+');/g, 'const $1 = require($2).default;')
    .replace(/: [A-Z]\\w+/g, '')
    .replace(/export default/g, 'exports.__esModule = true; exports.default ='),
});
"""
TYPED = """\
import type { AWS } from '@serverless/typescript';
import functions from '@parts/functions';

const service: AWS = { service: 'shop', provider: { name: 'aws' }, functions };
export default service;
"""


def read(folder: Path, name: str, files: dict[str, str]) -> Resolved:
    """A main file beside others, resolved."""
    for each, content in files.items():
        (folder / each).parent.mkdir(parents=True, exist_ok=True)
        (folder / each).write_text(content)
    return resolve(folder / name, Options(env={"PATH": os.environ["PATH"]}))


FORMS = {
    "serverless.js": f"module.exports = {SERVICE};",
    "serverless.cjs": f"module.exports = Promise.resolve({SERVICE});",
    "serverless.mjs": f"export default {SERVICE};",
    "serverless.function.js": f"module.exports = () => ({SERVICE});",
    "serverless.async.js": f"module.exports = async () => ({SERVICE});",
}


@pytest.mark.parametrize("name", FORMS)
def test_whatever_a_program_gives(tmp_path: Path, name: str) -> None:
    found = read(tmp_path, name, {name: FORMS[name]})
    assert (found.document["service"], found.stage, found.document["custom"]["s"]) == ("shop", "qa", "qa")


def test_a_program_that_is_an_es_module(tmp_path: Path) -> None:
    files = {"package.json": '{"type": "module"}', "serverless.js": f"export default {SERVICE};"}
    assert read(tmp_path, "serverless.js", files).stage == "qa"


def test_what_a_program_requires_is_watched(tmp_path: Path) -> None:
    files = {
        "serverless.js": "module.exports = { service: require('./parts/name'), provider: { name: 'aws' } };",
        "parts/name.js": "module.exports = require('shop-name');",
        "node_modules/shop-name/index.js": "module.exports = 'shop';",
    }
    found = read(tmp_path, "serverless.js", files)
    assert found.document["service"] == "shop"
    assert found.sources == (tmp_path / "serverless.js", tmp_path / "parts" / "name.js")


def test_typescript_is_read_by_what_the_project_has(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    files = {
        "serverless.ts": TYPED,
        "tsconfig.json": '{\n  // as people write it\n  "extends": "./tsconfig.paths",\n}',
        "tsconfig.paths.json": '{"compilerOptions": {"baseUrl": ".", "paths": {"@parts/*": ["none/*", "src/*"]}}}',
        "src/functions/index.ts": "import hello from './hello.js';\nexport default { hello };\n",
        "src/functions/hello.ts": "export default { handler: `${__dirname.split('shop/')[1]}/h.main` };\n",
        "node_modules/esbuild/index.js": ESBUILD,
    }
    found = read(folder, "serverless.ts", files)
    assert found.document["functions"]["hello"]["handler"] == "src/functions/h.main"
    assert [each.name for each in found.sources] == ["serverless.ts", "index.ts", "hello.ts"]


def test_typescript_without_anything_that_reads_it(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="Cannot find module 'typescript'"):
        read(tmp_path, "serverless.ts", {"serverless.ts": TYPED})


def test_mistakes_are_told_with_the_file_alone(tmp_path: Path) -> None:
    file = tmp_path / "serverless.js"
    wrong = {
        "module.exports = { service: 'a', provider: { name: 'aws' }, custom: { a: '${env:NO}' } };": "Value not found",
        "module.exports = { service: 'a', provider: { name: 'google' } };": "google",
        "module.exports = [1];": "not a list",
        "module.exports = undefined;": "empty",
        "throw new TypeError('broken');": "broken",
        "module.exports = ({ resolveVariable }) => resolveVariable('env:A');": "cannot ask for variables",
    }
    for text, what in wrong.items():
        with pytest.raises(UserError, match=what) as error:
            read(tmp_path, "serverless.js", {"serverless.js": text})
        assert str(error.value).startswith(f"{file}: ")


def test_one_setting_is_looked_up(tmp_path: Path) -> None:
    (tmp_path / "serverless.js").write_text("module.exports = { provider: { profile: 'acme' } };")
    options = Options(env={"PATH": os.environ["PATH"]})
    assert look_up(tmp_path / "serverless.js", options, ["provider", "profile"]) == "acme"


def test_functions_of_version_1_get_what_they_read(tmp_path: Path) -> None:
    files = {
        "serverless.yml": 'service: shop\nprovider: {name: aws, stage: "${opt:stage, self:custom.stage}"}\n'
        "custom: {stage: qa, a: '${file(a.js):of}'}\n",
        "a.js": "module.exports.of = (serverless) => { serverless.cli.log('hears');"
        " const { service, processedInput, config } = serverless;"
        " return [service.service, service.provider.stage, service.custom.stage, processedInput.options.stage || '',"
        " config.servicePath === process.cwd(), serverless.getProvider('aws').getStage()].join(); };",
    }
    found = read(tmp_path, "serverless.yml", files)
    assert found.document["custom"]["a"] == "shop,qa,qa,,true,qa"
