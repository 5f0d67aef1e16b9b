"""serverless-dotenv-plugin: what ``.env`` files say, in the environment of every function.

Files are ``.env.<stage>.local``, ``.env.<stage>``, ``.env.local`` and ``.env``, of which the first that sets a variable
wins, and the process's own environment before them all. ``custom.dotenv`` chooses files and variables.
Follows https://www.serverless.com/plugins/serverless-dotenv-plugin
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stratolite.core.errors import UserError
from stratolite.templates.document import List, Map, decoded, map_at, mark_of, read_bytes
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless.variables.dotenv import expanded, parse
from stratolite.templates.serverless.variables.samples import ENVIRONMENT, WORDS, sample_of, words

NAME = "serverless-dotenv-plugin"
ENVIRONMENT_DEFAULT = "development"


def apply(
    document: Map, folder: Path, environment: Mapping[str, str], stage: str | None, *, is_lenient: bool = False
) -> list[Path]:
    """Add the variables to ``provider.environment``, in place; gives the files that were read. Raises UserError.

    ``stage`` is the command's, None where it names none. ``is_lenient``: a sample is read where there is no ``.env``.
    """
    settings = _settings(document)
    if truthy(settings.get("dotenvParser")):
        raise UserError(
            "custom.dotenv.dotenvParser is not run here",
            where=str(mark_of(settings, "dotenvParser")),
            todo="Write what it gives to a .env file.",
        )
    name = environment.get("NODE_ENV") or stage or ENVIRONMENT_DEFAULT
    files = _files(settings, folder, name)
    sample = sample_of(folder / ENVIRONMENT, name) if is_lenient and not files else None
    files += [sample] if sample is not None else []
    known = dict(environment)
    found: dict[str, str] = {}
    for file in files:
        values = parse(decoded(read_bytes(file), str(file)))
        if settings.get("variableExpansion") is False:
            found.update(values)
            continue
        known = expanded(values, known, str(file))
        found.update({key: known[key] for key in values})
    _check_required(settings, files, found, environment)
    provider = document["provider"]
    target = provider.get("environment")
    if not isinstance(target, Map):
        target = Map(mark_of(provider, "environment"))
        provider.put("environment", target, target.at)
    for key in _chosen(settings, list(found)):
        target.put(key, found[key], target.at)
    return files


def is_sample(files: list[Path]) -> bool:
    """Whether what was read is an example of what a repository does not hold."""
    return any(set(words(file.name)) & WORDS for file in files)


def _settings(document: Map) -> Map:
    return map_at(document, "custom", "dotenv")


def _files(settings: Map, folder: Path, name: str) -> list[Path]:
    path = settings.get("path")
    if truthy(path):
        named = [folder / str(each) for each in (path if isinstance(path, List) else [path])]
        return [file for file in named if file.is_file()]
    base = str(settings.get("basePath") or "")
    names = [f".env.{name}.local", f".env.{name}", *([] if name == "test" else [".env.local"]), ".env"]
    return [file for file in (folder / f"{base}{each}" for each in names) if file.is_file()]


def _check_required(settings: Map, files: list[Path], found: dict[str, str], environment: Mapping[str, str]) -> None:
    required: Any = settings.get("required")
    if not isinstance(required, Map):
        return
    if required.get("file") is True and not files:
        raise UserError("DOTENV: Could not find .env file.", where=str(mark_of(required, "file")), todo="Write one.")
    names = required.get("env")
    lacking = [str(each) for each in names if each not in found and each not in environment] if names else []
    if lacking:
        raise UserError(
            f"Missing the following required environment variables: {','.join(lacking)}",
            where=str(mark_of(required, "env")),
            todo="Set them, or write them to .env.",
        )


def _chosen(settings: Map, names: list[str]) -> list[str]:
    include, exclude = settings.get("include"), settings.get("exclude")
    if include is not None and include != "*":
        return [name for name in names if name in include]
    return [name for name in names if not exclude or name not in exclude]
