"""What functions of Node.js rely on of what their runtime brings, and how it is fetched."""

import io
import json
import os
import sys
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest

from stratolite.core.errors import UserError
from stratolite.engine import node_sdk
from stratolite.templates.artefacts import Artefact, Entry
from stratolite.templates.dependencies.runner import Runner
from stratolite.templates.supplied import esbuild, filling
from stratolite.templates.supplied.needs import Need, find, imported

IMPORTS = {
    "require('aws-sdk')": "aws-sdk",
    'require( "aws-sdk/clients/s3" )': "aws-sdk",
    "import AWS from 'aws-sdk'": "aws-sdk",
    'import{S3Client as e}from"@aws-sdk/client-s3";': "@aws-sdk/client-s3",
    "import '@smithy/util-stream'": "@smithy/util-stream",
    "await import(`@aws-sdk/lib-storage`)": "@aws-sdk/lib-storage",
    'eval("module.exports = require(\\"aws-sdk\\");")': "aws-sdk",
    "require.resolve('aws-sdk')": "aws-sdk",
    "// require('aws-sdk')": None,
    "  * const AWS = require('aws-sdk');": None,
    "require('aws-sdk-mock')": None,
    "require('./aws-sdk')": None,
    "const name = 'aws-sdk'": None,
    # SDKs advise their users of what they can do without.
    'throw Error(`call [require("@aws-sdk/signature-v4-crt");] first`)': None,
    """throw Error("or [import '@aws-sdk/signature-v4a';].")""": None,
    "const [s3] = [require('@aws-sdk/client-s3')];": "@aws-sdk/client-s3",
}


@pytest.mark.parametrize("source", IMPORTS)
def test_imports_are_found_in_sources_and_bundles(source: str) -> None:
    wanted = IMPORTS[source]
    body = f"var a = 1;\n{source}\nmore();\n".encode()
    assert imported(body) == (frozenset([wanted]) if wanted else frozenset())


def test_several_in_one_line_are_all_found() -> None:
    source = b"import{a}from'@aws-sdk/client-s3';import{b}from'@smithy/x';var c=require('aws-sdk')"
    assert imported(source) == {"@aws-sdk/client-s3", "@smithy/x", "aws-sdk"}


def artefact(folder: Path, files: dict[str, str], key: str = "k") -> Artefact:
    for name, text in files.items():
        (folder / key / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / key / name).write_text(text)
    return Artefact(f"{key}.zip", key, tuple(Entry(name, str(folder / key / name)) for name in files))


def function(handler: str = "app.handler", runtime: str = "nodejs20.x", **properties: Any) -> dict[str, Any]:
    named = {"FunctionName": handler, "Handler": handler, "Runtime": runtime, "Code": {"S3Key": "k"}, **properties}
    return {"Type": "AWS::Lambda::Function", "Properties": named}


def packages(template: dict[str, Any], *artefacts: Artefact) -> set[str]:
    return {need.package for need in find({"Resources": template}, {one.key: one for one in artefacts})}


def test_what_an_artefact_brings_is_not_needed(tmp_path: Path) -> None:
    files = {"src/app.js": "require('aws-sdk')", "src/node_modules/aws-sdk/package.json": "{}", "b.js": ""}
    assert packages({"F": function()}, artefact(tmp_path, files)) == set()
    # Only what stands above a file can be found from there.
    files = {"app.js": "require('aws-sdk')", "src/node_modules/aws-sdk/package.json": "{}"}
    assert packages({"F": function()}, artefact(tmp_path, files)) == {"aws-sdk"}


def test_what_packages_import_is_their_own_affair(tmp_path: Path) -> None:
    files = {"app.js": "require('x')", "node_modules/x/index.js": "require('aws-sdk')"}
    assert packages({"F": function()}, artefact(tmp_path, files)) == set()


MANIFEST = """{"name": "x", "peerDependencies": {"aws-sdk": "2", "@aws-sdk/client-s3": "*", "react": "*"},
 "peerDependenciesMeta": {"@aws-sdk/client-s3": {"optional": true}}}"""


def test_what_packages_expect_beside_them_is_needed(tmp_path: Path) -> None:
    for place in ("node_modules/x/package.json", "node_modules/@y/z/package.json", "src/node_modules/x/package.json"):
        files = {"app.js": "require('x')", place: MANIFEST, "node_modules/broken/package.json": '{"peerDependencies"'}
        assert packages({"F": function()}, artefact(tmp_path, files)) == {"aws-sdk"}
        brought = artefact(tmp_path, {**files, "node_modules/aws-sdk/package.json": "{}"})
        assert packages({"F": function()}, brought) == set()
    other = {"app.js": "", "node_modules/x/test/package.json": MANIFEST}
    assert packages({"F": function()}, artefact(tmp_path, other)) == set()


def test_what_a_layer_brings_is_not_needed(tmp_path: Path) -> None:
    code = artefact(tmp_path, {"app.js": "require('@aws-sdk/client-s3'); require('@aws-sdk/client-ses')"})
    layer = artefact(tmp_path, {"nodejs/node_modules/@aws-sdk/client-s3/package.json": "{}"}, "l")
    template = {
        "F": function(Layers=[{"Ref": "L"}, "arn:aws:lambda:us-east-1:1:layer:x:1"]),
        "L": {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": {"S3Key": "l"}}},
    }
    assert packages(template, code, layer) == {"@aws-sdk/client-ses"}


def test_zips_and_inline_code_are_read(tmp_path: Path) -> None:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("app.js", "require('aws-sdk')")
    assert packages({"F": function()}, Artefact("k.zip", "k", body=body.getvalue())) == {"aws-sdk"}
    assert packages({"F": function()}, Artefact("k.zip", "k", body=b"no zip")) == set()
    assert packages({"F": function(Code={"ZipFile": "require('aws-sdk')"}, Handler="index.handler")}) == {"aws-sdk"}
    assert packages({"F": function(Code={"ZipFile": "require('aws-sdk')"}, Runtime="python3.12")}) == set()


def test_of_functions_that_share_an_artefact_each_has_its_own_needs(tmp_path: Path) -> None:
    files = {
        "old.js": "require('./lib/tables')",
        "lib/tables/index.js": "const AWS = require('aws-sdk')",
        "src/new.mjs": "import '../lib/clients.js'",
        "lib/clients.js": "require('@aws-sdk/client-s3')",
    }
    template = {"A": function("old.handler", "nodejs16.x"), "B": function("src/new.handler")}
    found = find({"Resources": template}, {"k": artefact(tmp_path, files)})
    assert found == (
        Need("old.handler", "nodejs16.x", "@aws-sdk/client-s3", is_its_own=False),
        Need("old.handler", "nodejs16.x", "aws-sdk", is_its_own=True),
        Need("src/new.handler", "nodejs20.x", "@aws-sdk/client-s3", is_its_own=True),
        Need("src/new.handler", "nodejs20.x", "aws-sdk", is_its_own=False),
    )
    assert [need.is_brought for need in found] == [False, True, True, False]


def test_an_edit_is_read_again(tmp_path: Path) -> None:
    code = artefact(tmp_path, {"app.js": "1"})
    assert packages({"F": function()}, code) == set()
    (tmp_path / "k" / "app.js").write_text("require('aws-sdk')")
    assert packages({"F": function()}, code) == {"aws-sdk"}


# Fetching -----------------------------------------------------------------------------------------------------------

NPM = """\
#!{python}
import json, pathlib, sys
wanted = json.loads(pathlib.Path("package.json").read_text())["dependencies"]
with open({calls!r}, "a") as calls:
    calls.write(json.dumps([sys.argv[1:], wanted]) + "\\n")
if "@aws-sdk/client-nonsense" in wanted:
    sys.exit("npm error 404 Not Found - @aws-sdk/client-nonsense")
for name in wanted:
    pathlib.Path("node_modules", name).mkdir(parents=True)
"""


class Npm:
    """An npm that makes empty packages and keeps what it was asked."""

    def __init__(self, folder: Path) -> None:
        self._calls = folder / "calls"
        program = folder / "bin" / "npm"
        program.parent.mkdir()
        program.write_text(NPM.format(python=sys.executable, calls=str(self._calls)))
        program.chmod(0o755)
        self.runner = Runner({"PATH": str(program.parent)})

    @property
    def calls(self) -> list[Any]:
        return [json.loads(line) for line in self._calls.read_text().splitlines()]


@pytest.fixture
def npm(tmp_path: Path) -> Npm:
    return Npm(tmp_path)


def test_version_2_is_fetched_alone(tmp_path: Path, npm: Npm) -> None:
    assert filling.missing(tmp_path, {"aws-sdk"}) == {"v2": frozenset({"aws-sdk"})}
    filled = filling.fill(tmp_path, "v2", frozenset({"aws-sdk"}), npm.runner)
    assert filled.folder == tmp_path / "node-sdk" / "v2"
    assert filling.missing(tmp_path, {"aws-sdk"}) == {}
    ((arguments, wanted),) = npm.calls
    assert wanted == {"aws-sdk": "2"} and "--install-strategy=nested" in arguments and "--ignore-scripts" in arguments
    assert node_sdk.supplied(tmp_path, "nodejs8.10") == (filled.folder / "node_modules",)
    assert node_sdk.supplied(None, "nodejs8.10") == ()


def test_version_3_grows_by_what_is_named(tmp_path: Path, npm: Npm) -> None:
    first = filling.fill(tmp_path, "v3", frozenset({"@aws-sdk/client-polly"}), npm.runner)
    assert filling.missing(tmp_path, {"@aws-sdk/client-polly", "@aws-sdk/client-s3", "@aws-sdk/lib-dynamodb"}) == {}
    os.utime(first.folder, (1, 1))
    named = {"@aws-sdk/client-rekognition", "@smithy/x"}
    assert filling.missing(tmp_path, named) == {"v3": frozenset(named)}
    second = filling.fill(tmp_path, "v3", frozenset(named), npm.runner)
    wanted = npm.calls[1][1]
    assert wanted["@aws-sdk/client-polly"] == "3" and wanted["@smithy/x"] == "*"
    assert node_sdk.found(tmp_path, "v3") == second.folder / "node_modules"
    # Who runs on the earlier one goes on with it; those before that go.
    os.utime(second.folder, (2, 2))
    filling.fill(tmp_path, "v3", frozenset({"@aws-sdk/client-x"}), npm.runner)
    assert not first.folder.exists() and second.folder.exists()


def test_what_fails_leaves_nothing(tmp_path: Path, npm: Npm) -> None:
    with pytest.raises(UserError, match="404 Not Found - @aws-sdk/client-nonsense"):
        filling.fill(tmp_path, "v3", frozenset({"@aws-sdk/client-nonsense"}), npm.runner)
    assert [one.name for one in (tmp_path / "node-sdk").iterdir()] == [".lock"]
    with pytest.raises(UserError, match="there is no npm"):
        filling.fill(tmp_path, "v2", frozenset({"aws-sdk"}), Runner({"PATH": ""}))


def test_of_several_at_once_one_fetches(tmp_path: Path, npm: Npm) -> None:
    def fetch() -> None:
        filling.fill(tmp_path, "v2", frozenset({"aws-sdk"}), npm.runner)

    threads = [threading.Thread(target=fetch) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(npm.calls) == 1


def test_an_esbuild_is_fetched_once(tmp_path: Path, npm: Npm) -> None:
    found = {esbuild.esbuild(tmp_path, npm.runner) for _ in range(2)}
    assert found == {tmp_path.resolve() / "build-tools" / f"esbuild-{esbuild.VERSION}" / "node_modules" / "esbuild"}
    ((arguments, wanted),) = npm.calls
    # Its own script chooses the binary of this machine.
    assert wanted == {"esbuild": esbuild.VERSION} and "--ignore-scripts" not in arguments
    with pytest.raises(UserError, match=r"there is no npm to fetch esbuild@0\.25 with"):
        esbuild.esbuild(tmp_path / "other", Runner({"PATH": ""}))
