"""Handlers in TypeScript, built by whichever tool the project has: served, traced to their sources, live."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.apps.conftest import Starter, http

TOOLS = Path(__file__).parent / "typescript" / "node_modules"
SERVICE = """\
service: typed
frameworkVersion: "3"
provider: {{name: aws, runtime: nodejs20.x, region: us-east-1}}
{plugins}
functions:
  hello:
    handler: src/hello.handler
    events:
      - http: {{path: hello, method: get}}
"""
HANDLER = """\
import { shout } from './lib/shout';

interface Event {
  queryStringParameters: Record<string, string> | null;
}

export const handler = async (event: Event): Promise<{ statusCode: number; body: string }> => {
  const name: string = event.queryStringParameters?.name ?? 'world';
  if (name === 'bad') {
    throw new TypeError('a bad name');
  }
  return { statusCode: 200, body: shout(name) };
};
"""
THROWS_AT = next(place for place, line in enumerate(HANDLER.splitlines(), 1) if "throw" in line)
SHOUT = "export const shout = (text: string): string => `${text.toUpperCase()}!`;\n"
WEBPACK = """\
const slsw = require('serverless-webpack');
module.exports = async () => ({
  entry: slsw.lib.entries,
  mode: slsw.lib.webpack.isLocal ? 'development' : 'production',
  devtool: 'source-map',
  resolve: { extensions: ['.ts', '.js'] },
  module: { rules: [{ test: /\\.ts$/, loader: 'ts-loader' }] },
});
"""
PLUGIN = "module.exports = class {};\nmodule.exports.lib = { entries: {}, webpack: { isLocal: false } };\n"
CONFIG: dict[str, Any] = {
    "compilerOptions": {"target": "es2022", "module": "commonjs", "strict": True, "sourceMap": True},
    "include": ["src"],
}


def project(folder: Path, plugin: str, *tools: str) -> Path:
    """A project that has these tools, with the plugin's package as far as configurations ask for it."""
    if not TOOLS.is_dir():
        pytest.skip("npm ci --prefix tests/apps/typescript has not been run")
    plugins = f"plugins: [{plugin}]" if plugin else ""
    files = {
        "serverless.yml": SERVICE.format(plugins=plugins),
        "src/hello.ts": HANDLER,
        "src/lib/shout.ts": SHOUT,
        "tsconfig.json": json.dumps(CONFIG),
        "package.json": json.dumps({"name": "typed", "devDependencies": dict.fromkeys(tools, "*")}),
    }
    if "webpack" in tools:
        files["webpack.config.js"] = WEBPACK
        files["node_modules/serverless-webpack/index.js"] = PLUGIN
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / "node_modules" / ".bin").mkdir(parents=True, exist_ok=True)
    for tool in tools:
        (folder / "node_modules" / tool).symlink_to(TOOLS / tool)
        program = {"typescript": "tsc"}.get(tool, tool)
        if (TOOLS / ".bin" / program).exists():
            (folder / "node_modules" / ".bin" / program).symlink_to(TOOLS / ".bin" / program)
    return folder


@pytest.mark.parametrize(
    ("plugin", "tools"),
    [
        ("serverless-esbuild", ("esbuild",)),
        ("serverless-webpack", ("webpack", "ts-loader", "typescript")),
        ("serverless-plugin-typescript", ("typescript",)),
        ("", ("esbuild", "typescript")),
        ("", ("typescript",)),
    ],
)
def test_a_typed_handler_is_served_traced_and_live(
    tmp_path: Path, up: Starter, plugin: str, tools: tuple[str, ...]
) -> None:
    folder = project(tmp_path / "app", plugin, *tools)
    running = up(folder)
    url = running.url("/dev/hello?name=ada")
    assert http("GET", url).body == b"ADA!"

    event = {"queryStringParameters": {"name": "bad"}}
    answer = running.client("lambda").invoke(FunctionName="typed-dev-hello", Payload=json.dumps(event).encode())
    error: dict[str, Any] = json.loads(answer["Payload"].read())
    assert error["errorType"] == "TypeError"
    frame = next(line for line in error["trace"] if "hello.ts" in line)
    assert f"hello.ts:{THROWS_AT}:" in frame
    running.until(f"(src/hello.ts:{THROWS_AT}:")
    running.until("throw new TypeError('a bad name');")

    (folder / "src" / "lib" / "shout.ts").write_text(SHOUT.replace("!", "?"))
    running.until("src/lib/shout.ts: deployed in")
    assert http("GET", url).body == b"ADA?"


def test_a_build_that_fails_is_told_and_makes_nothing(tmp_path: Path, up: Starter) -> None:
    folder = project(tmp_path / "app", "serverless-plugin-typescript", "typescript")
    (folder / "src" / "hello.ts").write_text(HANDLER.replace("shout(name)", "shout(7)"))
    strict = {**CONFIG["compilerOptions"], "noEmitOnError": True}
    (folder / "tsconfig.json").write_text(json.dumps({**CONFIG, "compilerOptions": strict}))
    running = up(folder, ready=False)
    running.until("tsc did not build the handlers")
    running.until("src/hello.ts(")
    running.until("(ended)")
    assert running.stop() == 2


@pytest.mark.parametrize("plugin", ["'@hewmen/serverless-plugin-typescript'", ""])
def test_types_that_are_wrong_stop_nothing_that_is_only_run(tmp_path: Path, up: Starter, plugin: str) -> None:
    folder = project(tmp_path / "app", plugin, "typescript")
    (folder / "src" / "hello.ts").write_text(HANDLER.replace("shout(name)", "shout(name as never as number)"))
    newer = folder / "node_modules" / "@types" / "newer"
    newer.mkdir(parents=True)
    (newer / "index.d.ts").write_text("declare const later: what a newer compiler knows;\n")
    running = up(folder)
    assert http("GET", running.url("/dev/hello")).body == b"WORLD!"
    assert "types are wrong, and tsc compiled them all the same: src/hello.ts(" in running.output
    (folder / "src" / "hello.ts").write_text(HANDLER)
    running.until("does not understand the types of packages in")
    running.until("src/hello.ts: deployed in")


def test_a_webpack_configuration_that_throws_is_told(tmp_path: Path, up: Starter) -> None:
    folder = project(tmp_path / "app", "serverless-webpack", "webpack", "ts-loader", "typescript")
    (folder / "webpack.config.js").write_text("throw new Error('no such loader');\n")
    running = up(folder, ready=False)
    running.until("no such loader")
    running.until("(ended)")
    assert running.stop() == 2
