"""The SDKs for JavaScript that AWS's runtimes bring, supplied from a cache: who finds which, and in which order."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests.apps.engine.conftest import Bench

from stratolite.core.clock import RealClock
from stratolite.core.entropy import SystemEntropy
from stratolite.engine.pool import Engine

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed"),
]

V2, V3 = "aws-sdk", "@aws-sdk/client-s3"


def package(folder: Path, name: str, version: str) -> None:
    """A package that says where it comes from, and requires another one beside it."""
    place = folder / "node_modules" / name
    place.mkdir(parents=True)
    (place / "package.json").write_text(f'{{"name": "{name}", "version": "{version}", "main": "index.js"}}')
    (place / "index.js").write_text(f"exports.from = '{version}'; exports.file = __filename; require('beside');\n")
    beside = folder / "node_modules" / "beside"
    beside.mkdir(exist_ok=True)
    (beside / "index.js").write_text("")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    package(folder / "node-sdk" / "v2", V2, "the cache")
    package(folder / "node-sdk" / "v3-0123", V3, "the cache")
    return folder


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=[True, False], ids=["isolated", "plain"])
async def bench(
    tmp_path_factory: pytest.TempPathFactory, cache: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Bench]:
    made = Bench(tmp_path_factory.mktemp("bench"))
    hidden = () if request.param else None
    made.engine = Engine(
        RealClock(), SystemEntropy(), made.folder / "work", made.lines.append, hidden=hidden, cache=cache
    )
    yield made
    await made.engine.close()


def required(name: str) -> dict[str, str]:
    return {"main.js": f"const it = require('{name}'); exports.handler = async () => [it.from, it.file];"}


def imported(name: str) -> dict[str, str]:
    return {"main.mjs": f"import * as it from '{name}'; export const handler = async () => [it.from, it.file];"}


@pytest.mark.parametrize("write", [required, imported], ids=["required", "imported"])
@pytest.mark.parametrize("name", [V2, V3], ids=["v2", "v3"])
@pytest.mark.parametrize("runtime", ["nodejs8.10", "nodejs16.x", "nodejs20.x"])
async def test_both_are_found_by_modules_of_either_kind(bench: Bench, runtime: str, name: str, write: Any) -> None:
    spec = bench.function("", runtime=runtime, handler="main.handler", files=write(name))
    version, file = await bench.answer(spec)
    assert version == "the cache"
    is_own = (name == V2) == (runtime != "nodejs20.x")
    if bench.is_isolated and write is required and is_own:
        assert file in (f"/var/{place}node_modules/{name}/index.js" for place in ("runtime/", ""))


async def test_they_stand_where_aws_has_them(bench: Bench) -> None:
    if bench.is_isolated:
        files = required("/var/runtime/node_modules/aws-sdk")
        spec = bench.function("", runtime="nodejs12.x", handler="main.handler", files=files)
        assert (await bench.answer(spec))[0] == "the cache"


@pytest.mark.parametrize("write", [required, imported], ids=["required", "imported"])
@pytest.mark.parametrize("name", [V2, V3], ids=["v2", "v3"])
async def test_the_applications_own_copy_comes_first(bench: Bench, name: str, write: Any) -> None:
    spec = bench.function("", runtime="nodejs20.x", handler="main.handler", files=write(name))
    package(spec.code.path, name, "the application")
    assert (await bench.answer(spec))[0] == "the application"


@pytest.mark.parametrize("write", [required, imported], ids=["required", "imported"])
@pytest.mark.parametrize("name", [V2, V3], ids=["v2", "v3"])
async def test_a_layers_copy_comes_before_the_runtimes(bench: Bench, tmp_path: Path, name: str, write: Any) -> None:
    package(tmp_path / "nodejs", name, "the layer")
    spec = bench.function("", runtime="nodejs20.x", handler="main.handler", files=write(name), layers=(tmp_path,))
    assert (await bench.answer(spec))[0] == "the layer"
    other = V3 if name == V2 else V2
    spec = bench.function("", runtime="nodejs20.x", handler="main.handler", files=write(other), layers=(tmp_path,))
    assert (await bench.answer(spec))[0] == "the cache"


async def test_what_no_runtime_brings_is_not_found(bench: Bench) -> None:
    spec = bench.function("", runtime="nodejs20.x", handler="main.handler", files=required("aws-xray-sdk"))
    error, _ = await bench.failure(spec)
    assert error["errorType"] == "Runtime.ImportModuleError"
    spec = bench.function("", runtime="nodejs20.x", handler="main.handler", files=imported("aws-xray-sdk"))
    error, _ = await bench.failure(spec)
    assert "aws-xray-sdk" in error["errorMessage"]
