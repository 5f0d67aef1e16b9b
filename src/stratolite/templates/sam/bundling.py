"""Functions that esbuild builds: ``Metadata`` with ``BuildMethod: esbuild``.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-using-build-typescript.html
"""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stratolite.core.errors import UserError
from stratolite.templates.supplied.esbuild import esbuild

if TYPE_CHECKING:
    from stratolite.templates.dependencies.runner import Runner
    from stratolite.templates.sam.local_files import Coded

SUFFIXES = (".ts", ".tsx", ".mts", ".js", ".mjs", ".cjs")
TARGET = "es2020"
_FLAGS = {"Minify": "minify", "Sourcemap": "sourcemap", "KeepNames": "keep-names", "SourcesContent": "sources-content"}
_TEXTS = {"Format": "format", "TreeShaking": "tree-shaking", "Platform": "platform"}
_LISTS = {"MainFields": "main-fields", "Conditions": "conditions"}
_PAIRS = {
    "Alias": "alias",
    "Banner": "banner",
    "Define": "define",
    "Footer": "footer",
    "Loader": "loader",
    "OutExtension": "out-extension",
}
_KNOWN = {*_FLAGS, *_TEXTS, *_LISTS, *_PAIRS, "EntryPoints", "External", "Target", "UseNpmCi"}


def bundle(found: "Coded", home: Path, runner: "Runner", cache: Path | None) -> Path:
    """The folder that holds a function's bundle. Raises UserError with what esbuild says."""
    given = found.metadata.get("BuildProperties") or {}
    unknown = sorted(set(given) - _KNOWN)
    if unknown:
        raise UserError(f"{found.name}: the build property {unknown[0]} is not known here", where=found.where)
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True, exist_ok=True)
    entries = [str(one) for one in given.get("EntryPoints") or [_entry(found)]]
    arguments = [str(_program(found, runner, cache)), *entries, "--bundle", f"--outdir={home.resolve()}"]
    arguments += [*_arguments(given), "--log-level=warning"]
    ran = runner.run(arguments, found.path, shown=f"esbuild {' '.join(entries)}")
    if ran.code:
        raise ran.failed(found.path)
    return home


def _entry(found: "Coded") -> str:
    module = found.handler.rpartition(".")[0]
    for suffix in SUFFIXES:
        if module and (found.path / f"{module}{suffix}").is_file():
            return f"{module}{suffix}"
    raise UserError(f"{found.name}: there is no source of the handler {found.handler}", where=found.where)


def _program(found: "Coded", runner: "Runner", cache: Path | None) -> Path:
    for folder in (found.path, *found.path.resolve().parents):
        own = folder / "node_modules" / "esbuild" / "bin" / "esbuild"
        if own.is_file():
            return own.resolve()
    if cache is None:
        raise UserError(
            f"{found.name}: esbuild builds it, and is not here", where=found.where, todo="npm install esbuild"
        )
    return esbuild(cache, runner) / "bin" / "esbuild"


def _arguments(given: Mapping[str, Any]) -> Iterator[str]:
    if "Platform" not in given:
        yield "--platform=node"
    if "Format" not in given:
        yield "--format=cjs"
    target = given.get("Target", TARGET)
    yield f"--target={','.join(target) if isinstance(target, list) else target}"
    for name, flag in _FLAGS.items():
        if name in given:
            yield f"--{flag}={'true' if given[name] in (True, 'true') else 'false'}"
    for name, flag in _TEXTS.items():
        if name in given:
            yield f"--{flag}={str(given[name]).lower()}"
    for name, flag in _LISTS.items():
        if name in given:
            yield f"--{flag}={','.join(given[name]) if isinstance(given[name], list) else given[name]}"
    for name, flag in _PAIRS.items():
        yield from (f"--{flag}:{text}" for text in _pairs(given.get(name)))
    yield from (f"--external:{one}" for one in given.get("External") or ())


def _pairs(given: Any) -> list[str]:
    """``name=value`` of a list of such texts, or of mappings."""
    pairs: list[str] = []
    for one in given if isinstance(given, list) else [given] if given else []:
        pairs += [f"{key}={value}" for key, value in one.items()] if isinstance(one, dict) else [str(one)]
    return pairs
