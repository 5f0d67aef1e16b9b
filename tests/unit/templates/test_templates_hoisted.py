"""Packages above the folder of a service: found as Node finds them, and where they stand in the zip."""

import json
from pathlib import Path
from typing import Any

from stratolite.templates.serverless import hoisted
from stratolite.templates.serverless.model import Options
from stratolite.templates.serverless.package import Packaging, packaging
from stratolite.templates.serverless.variables.resolver import resolve

FILE = "service: s\nprovider: {name: aws, runtime: nodejs20.x}\nfunctions: {f: {handler: h.x}}\n"


def package(folder: Path, name: str, version: str = "1.0.0", **manifest: Any) -> Path:
    """A package below a folder's node_modules."""
    place = folder / "node_modules" / name
    manifested(place, name=name, version=version, **manifest)
    (place / "index.js").write_text(f"exports.is = '{name} {version}'")
    return place


def manifested(folder: Path, **manifest: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text(json.dumps(manifest))


def service(folder: Path, *dependencies: str) -> Path:
    manifested(folder, name="service", dependencies=dict.fromkeys(dependencies, "*"))
    (folder / "h.js").write_text("exports.x = async () => 1")
    (folder / "serverless.yml").write_text(FILE)
    return folder


def packed(folder: Path, *, is_lenient: bool = True) -> Packaging:
    return packaging(resolve(folder / "serverless.yml", Options()), "k", is_lenient=is_lenient)


def names(found: hoisted.Hoisted) -> list[str]:
    return [entry.name for entry in found.entries if entry.name.endswith("index.js")]


def test_what_is_needed_is_found_and_nothing_else(tmp_path: Path) -> None:
    folder = service(tmp_path / "packages" / "api", "a", "@o/b", "gone")
    package(tmp_path, "a", dependencies={"c": "*"})
    package(tmp_path, "@o/b", peerDependencies={"a": "*"})
    package(tmp_path, "c")
    package(tmp_path, "other")
    found = hoisted.find(folder)
    assert names(found) == [f"node_modules/{name}/index.js" for name in ("@o/b", "a", "c")]
    assert found.names == ("@o/b", "a", "c") and found.linked == ()
    [warning] = found.warnings(folder / "serverless.yml")
    assert warning.where == str(folder / "serverless.yml") and "@o/b, a, c" in warning.what


def test_the_nearest_one_is_meant_and_its_name_is_kept(tmp_path: Path) -> None:
    """A second version stands below who asks for it."""
    folder = service(tmp_path / "api", "a", "own")
    package(folder, "c", "3.0.0")
    package(folder, "own", dependencies={"c": "*", "b": "*"})
    above = package(tmp_path, "a", dependencies={"c": "*"})
    package(above, "b", "2.0.0")
    package(tmp_path, "b")
    package(tmp_path, "c", "1.0.0")
    manifested(above, name="a", dependencies={"c": "*", "b": "*"})
    found = hoisted.find(folder)
    assert sorted(names(found)) == [
        "node_modules/a/index.js",
        "node_modules/a/node_modules/b/index.js",
        "node_modules/a/node_modules/c/index.js",
        "node_modules/b/index.js",
    ]


def test_links_of_a_workspace_are_followed_and_watched(tmp_path: Path) -> None:
    folder = service(tmp_path / "services" / "api", "@o/shared")
    shared = tmp_path / "packages" / "shared"
    manifested(shared, name="@o/shared", dependencies={"a": "*", "inner": "*"}, devDependencies={"jest": "*"})
    (shared / "index.js").write_text("1")
    package(shared, "inner")
    package(shared, "jest")
    package(tmp_path, "a", dependencies={"@o/shared": "*"})
    (tmp_path / "node_modules" / "@o").mkdir()
    (tmp_path / "node_modules" / "@o" / "shared").symlink_to("../../packages/shared")
    found = hoisted.find(folder)
    assert names(found) == [
        "node_modules/@o/shared/index.js",
        "node_modules/a/index.js",
        "node_modules/inner/index.js",
    ]
    assert found.linked == (shared,)
    assert packed(folder).sources == (shared,)


def test_the_search_ends_at_the_repository(tmp_path: Path) -> None:
    folder = service(tmp_path / "repository" / "api", "a")
    (tmp_path / "repository" / ".git").mkdir()
    package(tmp_path, "a")
    assert hoisted.find(folder) == hoisted.Hoisted((), (), ())


def test_it_is_for_up_alone_and_patterns_decide(tmp_path: Path) -> None:
    folder = service(tmp_path / "api", "a", "b")
    package(tmp_path, "a")
    package(tmp_path, "b")
    assert "node_modules/a/index.js" in {entry.name for entry in packed(folder).functions["f"].entries}
    strict = packed(folder, is_lenient=False)
    assert {entry.name for entry in strict.functions["f"].entries} == {"h.js", "package.json"} and not strict.warnings
    (folder / "serverless.yml").write_text(FILE + "package: {patterns: ['!node_modules/a/**']}\n")
    kept = {entry.name for entry in packed(folder).functions["f"].entries}
    assert "node_modules/b/index.js" in kept and "node_modules/a/index.js" not in kept


def test_without_a_manifest_there_is_nothing_to_follow(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert hoisted.find(tmp_path).names == ()
