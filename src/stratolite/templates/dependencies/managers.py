"""npm, yarn, pnpm and bun: which one a folder uses, its commands, and what to try when one fails.

The lock decides, and ``packageManager`` where several are there. npm comes with Node; the others are run from the PATH,
or by ``npx`` in the version that wrote the lock. No command writes a lock, and what one changes all the same is put
back by ``node``. Nothing is run here.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from stratolite.templates.dependencies.failures import Failure, Reason

LOCKS = {
    "package-lock.json": "npm",
    "npm-shrinkwrap.json": "npm",
    "yarn.lock": "yarn",
    "pnpm-lock.yaml": "pnpm",
    "bun.lock": "bun",
    "bun.lockb": "bun",
}
"""The files that say which versions are installed, and whose they are; of several the first."""
LOCK_HEAD_BYTES = 4_096

PRODUCTION = {"npm": "--omit=dev", "yarn": "--production", "pnpm": "--prod", "bun": "--production"}
"""How each is told to leave out packages of development."""
ENVIRONMENT: Mapping[str, Mapping[str, str]] = {
    # An engine that is not the one asked for is told by npm, and not refused.
    "npm": {
        "npm_config_audit": "false",
        "npm_config_fund": "false",
        "npm_config_update_notifier": "false",
        "npm_config_engine_strict": "false",
    },
    # Functions are plain folders of files: they find packages in node_modules alone.
    "yarn": {
        "YARN_NODE_LINKER": "node-modules",
        "YARN_INSTALL_STATE_PATH": "./node_modules/.yarn-install-state.gz",
        "YARN_ENABLE_TELEMETRY": "0",
        "YARN_ENABLE_PROGRESS_BARS": "0",
    },
    "pnpm": {"CI": "true", "npm_config_node_linker": "hoisted"},
    "bun": {},
}
SCRIPTS = "--ignore-scripts"
LEGACY = "--legacy-peer-deps"
WITHOUT_LOCK = ("npm", "install", "--no-package-lock")

_PEERS = "peer dependencies contradict each other: they are let be, as npm 6 did"
_APART = "package.json and its lock do not agree"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A command that may install, what goes into its environment, and why it is this one, where that has to be told."""

    kind: str
    command: tuple[str, ...]
    note: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_free(self) -> bool:
        """Whether npm installs versions of its own choice, beside what is there already."""
        return self.command[: len(WITHOUT_LOCK)] == WITHOUT_LOCK


def lock_of(folder: Path, manifest: Mapping[str, Any]) -> Path | None:
    """The lock of a folder; of several the one of ``packageManager``, or the first of LOCKS."""
    found = [folder / name for name in LOCKS if (folder / name).is_file()]
    chosen = _written(manifest)[0]
    return next((lock for lock in found if LOCKS[lock.name] == chosen), found[0] if found else None)


def kind_of(lock: Path | None, manifest: Mapping[str, Any]) -> str:
    """The package manager of a folder with this lock."""
    return LOCKS[lock.name] if lock is not None else _written(manifest)[0] or "npm"


def first(
    kind: str, lock: Path | None, manifest: Mapping[str, Any], find: Callable[[str], str | None], *, development: bool
) -> Attempt:
    """What is tried first. ``find`` finds a program; ``development``: whether its packages are wanted as well."""
    note = ""
    if kind == "bun" and find("bun") is None:
        kind, lock = "npm", None
        note = "bun is not installed: npm installs what package.json names, in versions of its own choice"
    less = () if development else (PRODUCTION[kind],)
    environment = {**ENVIRONMENT["npm"], **ENVIRONMENT[kind]}
    if kind == "yarn":
        return _yarn(lock, manifest, find, less, environment)
    if kind == "pnpm":
        program = ("pnpm",) if find("pnpm") else ("npx", "--yes", _pnpm_version(lock, manifest))
        frozen = ("--frozen-lockfile",) if lock is not None else ("--no-lockfile",)
        return Attempt(kind, (*program, "install", *frozen, *less), environment=environment)
    if kind == "bun":
        return Attempt(kind, ("bun", "install", "--frozen-lockfile", *less), environment=environment)
    command = ("npm", "ci") if lock is not None else WITHOUT_LOCK
    return Attempt("npm", (*command, *less), note, environment)


def again(attempt: Attempt, why: Failure, lock: Path | None, manifest: Mapping[str, Any]) -> Attempt | None:
    """What to try after an attempt failed; None where another one would fail as well."""
    command = attempt.command
    match why.reason:
        case Reason.UNAVAILABLE:
            what = f"{command[2]} cannot be had: npm installs what package.json names, in versions of its own choice"
            return Attempt("npm", WITHOUT_LOCK, what, ENVIRONMENT["npm"])
        case Reason.VERSION if command[0] == "pnpm":
            return replace(attempt, command=("npx", "--yes", _pnpm_version(lock, manifest), *command[1:]), note=_APART)
        case Reason.PEERS if LEGACY not in command:
            return replace(attempt, command=(*command, LEGACY), note=_PEERS)
        case Reason.APART:
            looser = _looser(command)
            return replace(attempt, command=looser, note=_APART) if looser is not None else None
        case Reason.SCRIPT if SCRIPTS not in command and "--immutable" not in command:
            what = (
                f"the script that {why.name} has for its installation failed: it is left out, and {why.name} may lack"
            )
            return replace(attempt, command=(*command, SCRIPTS), note=f"{what} what it makes")
    return None


def failed_script(attempt: Attempt, why: Failure, root: Path) -> bool:
    """Whether all that failed is a script of the project's own (``prepare``): its packages are installed then."""
    return attempt.command[0] == "npm" and bool(why.package) and Path(why.package).resolve() == root.resolve()


def _looser(command: tuple[str, ...]) -> tuple[str, ...] | None:
    """A command that takes a lock which does not fit; None where there is none."""
    if "--frozen-lockfile" in command:
        return tuple("--no-frozen-lockfile" if word == "--frozen-lockfile" else word for word in command)
    if "--immutable" in command:
        return tuple(word for word in command if word != "--immutable")
    if command[:2] != ("npm", "ci"):
        return None
    if LEGACY not in command:
        # A lock that was written so lacks what the others have in it.
        return (*command, LEGACY)
    return ("npm", "install", "--no-save", *(word for word in command[2:] if word != LEGACY))


def _yarn(
    lock: Path | None,
    manifest: Mapping[str, Any],
    find: Callable[[str], str | None],
    less: tuple[str, ...],
    environment: Mapping[str, str],
) -> Attempt:
    program: tuple[str, ...]
    head = _head(lock)
    name, version = _written(manifest)
    modern = re.search(r"^__metadata:\s*\n\s+version: (\d+)", head, re.MULTILINE)
    if modern is None and (head or name != "yarn" or version.startswith("1.")):
        program = ("yarn",) if find("yarn") else ("npx", "--yes", "yarn@1")
        # Without a lock of its own none is written; an engine that is not the one asked for is let be.
        flags = ("--pure-lockfile", "--non-interactive", "--ignore-engines")
        return Attempt("yarn", (*program, "install", *flags, *less), environment=environment)
    folder = lock.parent if lock is not None else Path()
    own = re.search(r"^yarnPath:\s*[\"']?([^\"'\s]+)", _head(folder / ".yarnrc.yml"), re.MULTILINE)
    if own is not None and (folder / own[1]).is_file():
        program = ("node", own[1])
    else:
        fitting = version if name == "yarn" else "4" if modern is None or int(modern[1]) > 6 else "3"
        program = ("npx", "--yes", f"@yarnpkg/cli-dist@{fitting}")
    if not (folder / ".yarn" / "cache").is_dir():
        environment = {**environment, "YARN_ENABLE_GLOBAL_CACHE": "true"}
    return Attempt("yarn", (*program, "install", "--immutable"), environment=environment)


def _pnpm_version(lock: Path | None, manifest: Mapping[str, Any]) -> str:
    """The package of pnpm that reads a lock."""
    name, version = _written(manifest)
    if name == "pnpm" and version:
        return f"pnpm@{version}"
    match = re.search(r"^lockfileVersion: ['\"]?(\d+)", _head(lock), re.MULTILINE)
    return f"pnpm@{ {'5': '7', '6': '8'}.get(match[1] if match else '', '9') }".replace(" ", "")


def _written(manifest: Mapping[str, Any]) -> tuple[str, str]:
    """``packageManager``, ``yarn@3.2.1+sha224...``, as name and version; empty where there is none."""
    match = re.match(r"(npm|yarn|pnpm|bun)@(\d[\w.-]*)", str(manifest.get("packageManager") or ""))
    return (match[1], match[2]) if match else ("", "")


def _head(file: Path | None) -> str:
    """The first lines of a file; empty where it is not there."""
    if file is None:
        return ""
    try:
        with file.open("rb") as opened:
            return opened.read(LOCK_HEAD_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
