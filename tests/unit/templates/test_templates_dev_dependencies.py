"""Packages of development, as ``npm ls`` 10 tells them and Serverless Framework 3.40.0 leaves them out."""

import json
from pathlib import Path
from typing import Any

import pytest

from stratolite.templates.serverless.dev_dependencies import patterns
from stratolite.templates.serverless.model import Options
from stratolite.templates.serverless.package import packaging
from stratolite.templates.serverless.variables.resolver import resolve


def installed(folder: Path, **manifest: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text(json.dumps(manifest))
    (folder / "index.js").write_text("")


def every(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, "*")


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """``a`` needs ``shared``; ``tool`` needs ``shared`` too, and ``deep`` of its own; nothing names ``stray``."""
    modules = tmp_path / "node_modules"
    installed(tmp_path, dependencies=every("a", "both"), devDependencies=every("tool", "@s/lint", "both"))
    installed(modules / "a", dependencies=every("shared"))
    installed(modules / "shared")
    installed(modules / "both")
    installed(modules / "tool", dependencies=every("shared", "deep", "gone"), bin={"t": "x", "t2": "x"})
    installed(modules / "tool" / "node_modules" / "shared", peerDependencies=every("peer"))
    installed(modules / "deep", bin="x")
    installed(modules / "peer")
    installed(modules / "@s" / "lint", bin="x")
    installed(modules / "stray", dependencies=every("kept"))
    installed(modules / "kept")
    return tmp_path


def test_what_only_development_needs(service: Path) -> None:
    assert sorted(patterns(service)) == [
        "node_modules/.bin/deep",
        "node_modules/.bin/t",
        "node_modules/.bin/t2",
        "node_modules/@s/.bin/lint",
        "node_modules/@s/lint/**",
        "node_modules/both/**",
        "node_modules/deep/**",
        "node_modules/peer/**",
        "node_modules/tool/**",
        "node_modules/tool/node_modules/shared/**",
    ]


def test_a_package_of_its_own_below(service: Path) -> None:
    installed(service / "sub", devDependencies=every("z"))
    installed(service / "sub" / "node_modules" / "z")
    assert "sub/node_modules/z/**" in patterns(service)


@pytest.mark.parametrize(("setting", "kept"), [("true", False), ("false", True)])
def test_they_are_left_out_last(service: Path, setting: str, kept: bool) -> None:
    (service / "h.js").write_text("exports.x = 1")
    (service / "serverless.yml").write_text(
        "service: shop\nprovider: {name: aws, runtime: nodejs20.x}\nfunctions: {f: {handler: h.x}}\n"
        f"package: {{excludeDevDependencies: {setting}, patterns: ['node_modules/tool/**']}}\n"
    )
    found = packaging(resolve(service / "serverless.yml", Options()), "k").functions["f"]
    names = {entry.name for entry in found.entries}
    assert ("node_modules/tool/index.js" in names) is kept
    assert "node_modules/a/index.js" in names and "node_modules/kept/index.js" in names


def test_no_development_and_no_modules_are_nothing(tmp_path: Path) -> None:
    assert patterns(tmp_path) == []
    installed(tmp_path, dependencies=every("a"))
    assert patterns(tmp_path) == []
    installed(tmp_path, devDependencies=every("a"))
    assert patterns(tmp_path) == []
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "package.json").write_text("{")
    assert patterns(tmp_path) == []
