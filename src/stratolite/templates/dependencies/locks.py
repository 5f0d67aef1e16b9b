"""The files of Pipenv, Poetry, uv and PDM as lines that pip reads.

A lock gives pinned lines for what production needs; without one, the constraints of the project's file are translated.
Of packages of which a lock holds several versions, each goes with the markers that choose it.
Follows https://pipenv.pypa.io, https://python-poetry.org/docs/dependency-specification and
https://docs.astral.sh/uv/concepts/projects/layout
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from stratolite.core.errors import UserError
from stratolite.templates.dependencies.requirements import Requirements, normal, read_toml

INDEX = "pypi"
"""The index that pip asks by itself."""
PROJECT = "pyproject.toml"
MAIN = "main"
"""The group of Poetry's that a project needs to run."""


def is_of_poetry(folder: Path) -> bool:
    """Whether a project is Poetry's, by the words of its build or of its settings."""
    file = folder / PROJECT
    if not file.is_file():
        return False
    project = read_toml(file)
    requires = _map(project.get("build-system")).get("requires")
    is_built = any(str(each).startswith("poetry") for each in requires) if isinstance(requires, list) else False
    return is_built or "dependencies" in _map(_map(project.get("tool")).get("poetry"))


def of_pipenv(folder: Path) -> Requirements:
    """The packages of a Pipfile, as its lock pins them where there is one."""
    file, lock = folder / "Pipfile", folder / "Pipfile.lock"
    if not lock.is_file():
        packages = _map(read_toml(file).get("packages"))
        return Requirements(file, tuple(_of_pipfile(name, one, folder) for name, one in packages.items()), (file,))
    try:
        value = json.loads(lock.read_bytes())
    except json.JSONDecodeError as error:
        where = f"{lock}:{error.lineno}:{error.colno}"
        todo = "Restore it, or delete it to install what the Pipfile names."
        raise UserError(f"the file is not JSON: {error.msg}", where=where, todo=todo) from error
    lines = [_of_pipfile(name, one, folder) for name, one in _map(value.get("default")).items()]
    sources = _map(value.get("_meta")).get("sources")
    others = [_map(one) for one in sources if _map(one).get("name") != INDEX] if isinstance(sources, list) else []
    extra = [f"--extra-index-url {one['url']}" for one in others if one.get("url")]
    return Requirements(lock, (*extra, *lines), (file, lock))


def of_poetry(folder: Path, groups: Collection[str] = (MAIN,)) -> Requirements:
    """The packages of groups of a project of Poetry's, as its lock pins them where there is one.

    Raises UserError for a group that the project does not have.
    """
    file, lock = folder / PROJECT, folder / "poetry.lock"
    project = read_toml(file)
    tables, own = _groups_of_poetry(project), _own(project) if MAIN in groups else []
    if unknown := sorted({*groups} - {*tables}):
        todo = f"It has {', '.join(tables)}."
        raise UserError(f"Poetry's project has no group {unknown[0]!r}", where=str(file), todo=todo)
    wanted = [(name, one) for group in dict.fromkeys(groups) for name, one in _wanted_of_poetry(tables[group])]
    if not lock.is_file():
        lines = [line for name, each in wanted for line in _of_constraint(name, each, folder)]
        return Requirements(file, (*own, *dict.fromkeys(lines)), (file,))
    roots: dict[str, str] = {}
    for name, marker in (*((normal(name), _marker(each)) for name, each in wanted), *map(_split, own)):
        roots[name] = _either((roots[name], marker)) if name in roots else marker
    packages = [_map(each) for each in _list(read_toml(lock).get("package"))]
    needs = {normal(str(one["name"])): _needs_of_poetry(one) for one in packages if "name" in one}
    reached = _reached(roots, needs)
    lines = [line for one in packages for line in _pinned(one, reached, packages, folder, _map(one.get("source")))]
    return Requirements(lock, tuple(lines), (file, lock))


def of_project(folder: Path) -> Requirements | None:
    """The packages of a ``pyproject.toml`` that is nobody's in particular, or uv's or PDM's; None where there is none.

    uv's lock may lie in a folder around it, that of its workspace.
    """
    file = folder / PROJECT
    if not file.is_file():
        return None
    project = read_toml(file)
    around = [folder.resolve(), *folder.resolve().parents][:4]
    uv = next((each / "uv.lock" for each in around if (each / "uv.lock").is_file()), None)
    name = normal(str(_map(project.get("project")).get("name") or ""))
    if uv is not None and (found := _of_uv(uv, name)) is not None:
        return Requirements(uv, found, (file, uv))
    pdm = folder / "pdm.lock"
    if pdm.is_file():
        packages = [_map(each) for each in _list(read_toml(pdm).get("package"))]
        kept = [one for one in packages if "default" in _list(one.get("groups", ["default"])) and "name" in one]
        lines = [line for one in kept for line in _pinned(one, {}, kept, folder, one, all_of_them=True)]
        return Requirements(pdm, tuple(lines), (file, pdm))
    own = tuple(_own(project))
    return Requirements(file, own, (file,)) if own else None


def _own(project: Mapping[str, Any]) -> list[str]:
    """``project.dependencies``, which are lines already."""
    return [str(each) for each in _list(_map(project.get("project")).get("dependencies"))]


def _of_pipfile(name: str, one: Any, folder: Path) -> str:
    """A package of a Pipfile or of its lock: a text, or a table."""
    if not isinstance(one, dict):
        return name if one in ("*", "", None) else f"{name}{one}"
    extras, marker = _extras(one), _markers_of_pipfile(one)
    if "git" in one:
        at = one.get("ref")
        return f"{name}{extras} @ git+{one['git']}{f'@{at}' if at else ''}{_fragment(one)}{marker}"
    if "path" in one:
        return f"{(folder / str(one['path'])).resolve()}{extras}{marker}"
    if "file" in one:
        return f"{name}{extras} @ {one['file']}{marker}"
    version = str(one.get("version") or "*")
    return f"{name}{extras}{'' if version == '*' else version}{marker}"


def _markers_of_pipfile(one: Mapping[str, Any]) -> str:
    """``markers``, and those that have a key of their own (``sys_platform = "== 'win32'"``)."""
    keys = ("sys_platform", "python_version", "os_name", "platform_machine", "platform_system", "implementation_name")
    found = [str(one["markers"])] if one.get("markers") else []
    found += [f"{key} {one[key]}" for key in keys if isinstance(one.get(key), str)]
    return f" ; {' and '.join(f'({each})' for each in found)}" if len(found) > 1 else f" ; {found[0]}" if found else ""


def _groups_of_poetry(project: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The dependencies of each group; those of before Poetry 1.2 that serve development are ``dev``."""
    settings = _map(_map(project.get("tool")).get("poetry"))
    tables = {MAIN: _map(settings.get("dependencies"))}
    if "dev-dependencies" in settings:
        tables["dev"] = _map(settings["dev-dependencies"])
    for name, group in _map(settings.get("group")).items():
        tables[name] = {**tables.get(name, {}), **_map(_map(group).get("dependencies"))}
    return tables


def _wanted_of_poetry(dependencies: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, one in dependencies.items():
        if name.lower() != "python" and not (isinstance(one, dict) and one.get("optional") is True):
            yield name, one


def _of_constraint(name: str, one: Any, folder: Path) -> Iterator[str]:
    """A dependency as ``pyproject.toml`` of Poetry has it; lists hold one for each marker."""
    for each in one if isinstance(one, list) else [one]:
        table = each if isinstance(each, dict) else {"version": each}
        extras, marker = _extras(table), _marker(table)
        after = f" ; {marker}" if marker else ""
        if "git" in table:
            at = table.get("rev") or table.get("tag") or table.get("branch")
            yield f"{name}{extras} @ git+{table['git']}{f'@{at}' if at else ''}{_fragment(table)}{after}"
        elif "path" in table:
            yield f"{(folder / str(table['path'])).resolve()}{extras}{after}"
        elif "url" in table:
            yield f"{name}{extras} @ {table['url']}{after}"
        else:
            yield f"{name}{extras}{specifier(str(table.get('version', '*')))}{after}"


def specifier(constraint: str) -> str:
    """A constraint of Poetry's as one of Python's: ``^1.2`` is ``>=1.2,<2``; of alternatives the last."""
    parts = [part.strip() for part in constraint.split("||")[-1].split(",")]
    return ",".join(filter(None, map(_specifier, parts)))


def _specifier(part: str) -> str:
    match = re.fullmatch(r"(\^|~(?!=)|=(?!=))?\s*(\d[\w.*+!-]*)", part)
    if match is None:
        return "" if part in ("*", "") else part.replace(" ", "")
    sign, version = match[1] or "", match[2]
    if sign in ("", "="):
        return f"=={version}"
    numbers = [int(each) for each in re.findall(r"\d+", re.split(r"[a-z+-]", version)[0])]
    if sign == "~":
        kept = min(1, len(numbers) - 1)
    else:
        kept = next((place for place, number in enumerate(numbers) if number), len(numbers) - 1)
    above = [*numbers[:kept], numbers[kept] + 1]
    return f">={version},<{'.'.join(map(str, above))}"


def _needs_of_poetry(package: Mapping[str, Any]) -> dict[str, str]:
    """What a package of a lock leads to, with markers; extras that nobody asked for are left out."""
    found = {}
    for name, one in _map(package.get("dependencies")).items():
        several = one if isinstance(one, list) else [one]
        if all(isinstance(each, dict) and each.get("optional") is True for each in several):
            continue
        found[normal(name)] = _either(map(_marker, several))
    return found


def _reached(roots: Mapping[str, str], needs: Mapping[str, Mapping[str, str]]) -> dict[str, set[str]]:
    """The packages that the roots lead to, each with the markers of the ways to it (none where one has none)."""
    found: dict[str, set[str]] = {}
    waiting = list(roots.items())
    while waiting:
        name, marker = waiting.pop()
        known = name in found
        ways = found.setdefault(name, set())
        if known and (marker in ways or "" in ways):
            continue
        ways.add(marker)
        # What a package leads to is wanted where it is, and where its own marker says so.
        waiting += [(each, other or marker) for each, other in needs.get(name, {}).items()]
    return found


def _pinned(
    one: Mapping[str, Any],
    reached: Mapping[str, set[str]],
    packages: list[Mapping[str, Any]],
    folder: Path,
    source: Mapping[str, Any],
    *,
    all_of_them: bool = False,
) -> Iterator[str]:
    """The line of a package of Poetry's or PDM's lock, if it is reached."""
    name = str(one.get("name"))
    ways = reached.get(normal(name), {""} if all_of_them else set())
    if not ways:
        return
    own = one.get("marker") or one.get("markers")
    marker = str(own) if isinstance(own, str) and own else _either(ways)
    after = f" ; {marker}" if marker else ""
    kind, url = source.get("type"), str(source.get("url") or source.get("git") or "")
    if kind == "git" or source.get("git"):
        at = source.get("resolved_reference") or source.get("revision") or source.get("reference")
        yield f"{name} @ git+{url}{f'@{at}' if at else ''}{_fragment(source)}{after}"
    elif kind in ("directory", "file") or source.get("path"):
        yield f"{(folder / str(source.get('path') or url)).resolve()}{after}"
    elif kind == "url":
        yield f"{name} @ {url}{after}"
    elif sum(normal(str(each.get("name"))) == normal(name) for each in packages) > 1 and not own:
        # Which of several versions is meant, only their askers say: pip asks those.
        yield f"{name}{after}"
    else:
        yield f"{name}=={one.get('version')}{after}"


def _of_uv(lock: Path, project: str) -> tuple[str, ...] | None:
    """The packages of one project in uv's lock; None where the lock does not know it."""
    packages = [_map(each) for each in _list(read_toml(lock).get("package"))]
    by_name: dict[str, list[Mapping[str, Any]]] = {}
    for one in packages:
        by_name.setdefault(normal(str(one.get("name"))), []).append(one)
    if project not in by_name:
        return None
    needs: dict[str, dict[str, str]] = {}
    extras: dict[str, set[str]] = {}
    for name, several in by_name.items():
        for one in several:
            for need in map(_map, _list(one.get("dependencies"))):
                target = normal(str(need.get("name")))
                needs.setdefault(name, {})[target] = str(need.get("marker") or "")
                extras.setdefault(target, set()).update(map(str, _list(need.get("extra"))))
    reached = _reached({project: ""}, needs)
    del reached[project]
    lines = []
    for name, ways in sorted(reached.items()):
        for one in by_name.get(name, []):
            if "virtual" in _map(one.get("source")):
                continue  # It has no code to install, but for what it leads to.
            split = [str(each) for each in _list(one.get("resolution-markers"))]
            marker = _either(split if split and len(by_name[name]) > 1 else ways)
            line = _of_uv_source(one, sorted(extras.get(name, ())), lock.parent)
            lines.append(f"{line} ; {marker}" if marker else line)
    return tuple(lines)


def _of_uv_source(one: Mapping[str, Any], extras: list[str], folder: Path) -> str:
    name, source = str(one.get("name")), _map(one.get("source"))
    written = f"[{','.join(extras)}]" if extras else ""
    for kind in ("directory", "editable", "path"):
        if kind in source:
            return f"{(folder / str(source[kind])).resolve()}{written}"
    if "git" in source:
        address, _, commit = str(source["git"]).partition("#")
        return f"{name}{written} @ git+{address.partition('?')[0]}{f'@{commit}' if commit else ''}"
    if "url" in source:
        return f"{name}{written} @ {source['url']}"
    return f"{name}{written}=={one.get('version')}"


def _split(line: str) -> tuple[str, str]:
    """The name and the marker of a line."""
    name, _, marker = line.partition(";")
    match = re.match(r"\s*([A-Za-z0-9._-]+)", name)
    return normal(match[1]) if match else "", marker.strip()


def _marker(one: Any) -> str:
    """What says where a dependency of Poetry's is wanted: ``markers``, and ``python`` as one."""
    if not isinstance(one, dict):
        return ""
    found = [str(one["markers"])] if one.get("markers") else []
    if isinstance(one.get("python"), str):
        found += [
            f"python_version {sign} '{version}'"
            for sign, version in re.findall(r"(>=|<=|==|!=|<|>)\s*([\d.]+)", specifier(one["python"]))
        ]
    return " and ".join(f"({each})" for each in found) if len(found) > 1 else "".join(found)


def _either(markers: Iterable[str]) -> str:
    """The marker of what is wanted where one of several says so; empty where one of them says so everywhere."""
    found = sorted(set(markers))
    if "" in found:
        return ""
    return found[0] if len(found) == 1 else " or ".join(f"({each})" for each in found)


def _extras(one: Mapping[str, Any]) -> str:
    extras = [str(each) for each in _list(one.get("extras"))]
    return f"[{','.join(extras)}]" if extras else ""


def _fragment(one: Mapping[str, Any]) -> str:
    return f"#subdirectory={one['subdirectory']}" if one.get("subdirectory") else ""


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
