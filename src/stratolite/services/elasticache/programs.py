"""Which Redis there is on this machine: redis-server or valkey-server on the PATH, else the fallback."""

import asyncio
import re
import shutil
from dataclasses import dataclass
from functools import lru_cache

VERSION_MIN = (7, 0)
"""Older servers cannot be clustered on a port of our choice, or lack commands that AWS's oldest offered version has."""
VERSION_S_MAX = 5
_VERSION = re.compile(r"v=(\d+)\.(\d+)\.(\d+)")
PROGRAMS = {"redis": ("redis-server", "valkey-server"), "valkey": ("valkey-server", "redis-server")}
"""By engine, the better one first."""


@dataclass(frozen=True, slots=True)
class Program:
    """A server that can be started. ``path`` is empty for the fallback."""

    path: str
    name: str
    version: str = ""
    has_tls: bool = True

    @property
    def is_fallback(self) -> bool:
        return not self.path

    @property
    def title(self) -> str:
        """``redis-server 7.0.15``."""
        return f"{self.name} {self.version}".strip()


async def find(engine: str) -> Program:
    """What serves caches of an engine here."""
    for name in PROGRAMS[engine]:
        path = shutil.which(name)
        found = await _looked_at(path, name) if path else None
        if found is not None:
            return found
    return fallback()


@lru_cache(1)
def fallback() -> Program:
    """The server that needs nothing installed."""
    from importlib.metadata import version

    return Program("", "fakeredis", version("fakeredis"))


_known: dict[str, Program | None] = {}


async def _looked_at(path: str, name: str) -> Program | None:
    """A server by its program; None for one that is too old or does not say what it is."""
    if path not in _known:
        _known[path] = await _look(path, name)
    return _known[path]


async def _look(path: str, name: str) -> Program | None:
    try:
        asked = await asyncio.create_subprocess_exec(
            path, "--version", stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await asyncio.wait_for(asked.communicate(), VERSION_S_MAX)
        # A server that was built without TLS takes no such option.
        tried = await asyncio.create_subprocess_exec(
            path,
            *("--port", "0", "--save", "", "--tls-replication", "no", "--maxclients", "none"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        refusal, _ = await asyncio.wait_for(tried.communicate(), VERSION_S_MAX)
    except (OSError, TimeoutError):
        return None
    version = _VERSION.search(said.decode(errors="replace"))
    if version is None or (int(version[1]), int(version[2])) < VERSION_MIN:
        return None
    return Program(path, name, ".".join(version.groups()), has_tls=b"tls-replication" not in refusal)
