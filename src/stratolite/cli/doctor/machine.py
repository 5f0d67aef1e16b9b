"""What this machine has for an application: tools, isolation, servers for caches, ports.

Everything is looked at, nothing is started but programs that say their version (3 to 50 ms each).
"""

import asyncio
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from stratolite.cli import holder
from stratolite.cli.doctor.finding import Finding, State
from stratolite.cli.note import Note
from stratolite.server.config import Config
from stratolite.storage.database import is_too_long
from stratolite.storage.folder import DATABASE
from stratolite.storage.folder import holder as holder_of_folder

SAYS_S_MAX = 5
KERNEL_MIN = (5, 12)
ENGINES = {
    "AWS::ElastiCache::CacheCluster": "redis",
    "AWS::ElastiCache::ReplicationGroup": "redis",
    "AWS::ElastiCache::ServerlessCache": "redis",
}
# Whether this kernel lets an ordinary program have namespaces of its own: user and mount.
_PROBE = "import ctypes; raise SystemExit(ctypes.CDLL(None).unshare(0x10000000 | 0x00020000) != 0)"


def tools(folder: Path) -> list[Finding]:
    """The versions of the tools that a project of this kind is worked on with."""
    versions = {"git": _said("git", "--version", r"(\d+\.\d+[.\d]*)")}
    if (folder / "package.json").is_file():
        versions = {"node": _said("node", "--version", r"v(.+)"), "npm": _npm(), **versions}
    named = [f"{name} {version}" for name, version in versions.items() if version]
    return [Finding("tools", State.NOTE, ", ".join(named))] if named else []


def isolation(config: Config) -> Finding:
    """Whether functions get a view of the file system of their own."""
    if not config.isolation:
        return Finding("isolation", State.NOTE, "turned off: functions see this machine's files")
    refusal = _refusal()
    if refusal:
        what = f"{refusal}: functions see this machine's files, at AWS's paths only where these exist"
        return Finding("isolation", State.NOTE, what, todo="docs/sandbox.md says what that means.")
    return Finding("isolation", State.GOOD, "functions get namespaces of their own")


@lru_cache(1)
def _refusal() -> str:
    """Why the kernel gives no namespaces; empty where it does."""
    if sys.platform != "linux":
        return "only Linux has namespaces"
    release = tuple(map(int, re.findall(r"\d+", platform.release())[:2]))
    if release < KERNEL_MIN:
        return f"the kernel {platform.release()} is older than {'.'.join(map(str, KERNEL_MIN))}"
    words = [sys.executable, "-I", "-S", "-c", _PROBE]
    done = subprocess.run(words, capture_output=True, timeout=SAYS_S_MAX, check=False)
    return "" if done.returncode == 0 else "the kernel allows no user namespaces here"


def caches(resources: Mapping[str, Any]) -> list[Finding]:
    """What serves the caches of a template."""
    engines = {
        str(one.get("Properties", {}).get("Engine") or ENGINES[one["Type"]])
        for one in resources.values()
        if one.get("Type") in ENGINES
    }
    return [_server(engine) for engine in sorted(engines & {"redis", "valkey"})]


def _server(engine: str) -> Finding:
    from stratolite.services.elasticache.programs import find

    program = asyncio.run(find(engine))
    if program.is_fallback:
        what = f"no redis-server or valkey-server is installed: {program.title} serves {engine}, which knows less"
        return Finding("caches", State.NOTE, what, todo="Install redis or valkey, 7.0 or later.")
    return Finding("caches", State.GOOD, f"{engine}: {program.title} ({program.path})")


def data(config: Config) -> list[Finding]:
    """What keeps the data folder from being written; nothing where that is possible."""
    folder = config.data.absolute()
    todo = "Name another folder with --data."
    if is_too_long(folder / DATABASE):
        what = f"{folder}: SQLite opens no file with so long a path"
        return [Finding("data", State.STOPS, what, todo=todo)]
    place = next(each for each in (folder, *folder.parents) if each.exists())
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        return [Finding("data", State.STOPS, f"{config.data}: the data folder cannot be written", todo=todo)]
    return []


def ports(config: Config) -> list[Finding]:
    """Whether ``up`` can listen, or runs here already."""
    note = Note.read(config.data)
    if note is not None and holder_of_folder(config.data):
        what = f"it runs already: AWS APIs at {note.endpoint}, deployed APIs at {note.app_endpoint}"
        return [Finding("ports", State.NOTE, what)]
    found = []
    for name, option, port in (("AWS APIs", "--port", config.port), ("deployed APIs", "--app-port", config.app_port)):
        if port and not holder.is_free(config.host, port):
            error = holder.taken(config.host, port, {option: port})
            found.append(Finding("ports", State.STOPS, f"{error.what} ({name})", todo=error.todo))
        else:
            found.append(Finding("ports", State.GOOD, f"{port or 'any'} is free ({name})"))
    return found


def _said(program: str, option: str, pattern: str) -> str:
    """What a program says of its version; empty where there is none."""
    path = shutil.which(program)
    if path is None:
        return ""
    try:
        done = subprocess.run([path, option], capture_output=True, text=True, timeout=SAYS_S_MAX, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.search(pattern, done.stdout)
    return found[1].strip() if found else ""


def _npm() -> str:
    """The version of npm as its own package tells it: npm itself takes 0.2 s to say so."""
    path = shutil.which("npm")
    place = Path(path).resolve() if path else Path()
    for folder in place.parents:
        try:
            manifest = json.loads((folder / "package.json").read_text())
        except (OSError, ValueError):
            continue
        return str(manifest.get("version", "")) if manifest.get("name") == "npm" else ""
    return ""
