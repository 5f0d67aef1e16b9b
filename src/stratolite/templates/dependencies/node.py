"""The projects of Node: what their ``package.json`` names, compared with ``node_modules``, and installed.

Looking costs one stat for each package that is named, and no call of npm. An installation of the user's own is trusted
where the packages are there; ours is made again when the lock has changed since.
"""

import os
import shutil
from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from stratolite.core.errors import UserError
from stratolite.core.warning import Warning
from stratolite.templates.dependencies import managers, manifests, record, spared
from stratolite.templates.dependencies.failures import Failure, Reason, failure
from stratolite.templates.dependencies.installation import Installation, listed
from stratolite.templates.dependencies.places import above, installed, root_of
from stratolite.templates.dependencies.runner import Ran, Runner

ATTEMPTS_MAX = 5
TODO = "Run it there by hand to see more. 'stratolite up --no-install' starts without it."


@dataclass(frozen=True)
class Project:
    """A folder with a ``package.json``.

    ``plugins`` are those that the service names, ``builds`` says whether its handlers are built here, ``runtime`` is
    the one that its packages are for (``nodejs20.x``), ``required`` is a package that something else asks for: those of
    development are wanted then all the same. ``unused`` are plugins, whether the service names them or not, that are
    not run here.
    """

    folder: Path
    plugins: frozenset[str] = frozenset()
    builds: bool = False
    runtime: str = ""
    required: str = ""
    unused: frozenset[str] = frozenset()

    @cached_property
    def manifest(self) -> Mapping[str, Any]:
        """Raises UserError for a file that is broken."""
        return manifests.read(self.folder) or {}

    @cached_property
    def _root(self) -> tuple[Path, Path | None]:
        return root_of(self.folder, self.manifest)

    @property
    def root(self) -> Path:
        """Where its packages are installed."""
        return self._root[0]

    @property
    def lock(self) -> Path | None:
        """The file that says in which versions."""
        return self._root[1]

    @property
    def sources(self) -> tuple[Path, ...]:
        """The files that decide what is installed."""
        found = (self.folder / manifests.NAME, self.root / manifests.NAME, *([self.lock] if self.lock else []))
        return tuple(dict.fromkeys(found))

    @cached_property
    def needed(self) -> manifests.Needed:
        found = [manifests.needed(self.manifest, self.plugins, builds=self.builds or bool(self.required))]
        if self.required in manifests.names(self.manifest, "devDependencies"):
            found.append(manifests.Needed((), (self.required,)))
        if self.builds and self._is_in_workspace:
            # What builds stands at the root of a workspace as often as in its parts.
            found.append(manifests.needed(self._root_manifest, self.plugins, builds=True))
        return manifests.Needed(
            tuple(name for each in found for name in each.production),
            tuple(name for each in found for name in each.development),
        )

    def lacking(self) -> list[str]:
        """The packages that are needed and not there."""
        places = [self.folder, *above(self.folder), self.root]
        optional = {*manifests.names(self.manifest, "optionalDependencies")}
        return [name for name in self.needed.names if name not in optional and installed(name, places) is None]

    def missing(self, runner: Runner | None = None) -> Installation | None:
        """What has to be installed; None when nothing has. Raises UserError for a ``package.json`` that is broken."""
        if not self.needed.names:
            return None
        lacking, made = self.lacking(), record.read(self.root)
        is_ours = made is not None and made.digest == self._digest and (made.development or not self._development)
        if lacking and is_ours:
            return None  # They were installed, and are not what people call packages: asking again gives no more.
        if lacking:
            reason = f"{listed(lacking)} {'is' if len(lacking) == 1 else 'are'} not installed"
        elif made is not None and made.state == record.state(self.root) and made.digest != self._digest:
            reason = f"{(self.lock or self.folder / manifests.NAME).name} has changed since its packages were installed"
        else:
            return None
        attempt = self._first(runner)
        return Installation(attempt.kind, self.root, attempt.command, reason, self.lock)

    def install(self, runner: Runner) -> tuple[Warning, ...]:
        """Install what is missing; gives what the user should know. Raises UserError with what the tool says."""
        with runner.alone(self.root):
            spared.clear(self.root, self._candidates)  # Of an installation that was killed.
            wanted = self.missing(runner)
            if wanted is None:
                return ()
            self._check_lock()
            if runner.find("npm") is None and runner.find(wanted.command[0]) is None:
                raise UserError(
                    f"{wanted.reason}, and there is no {wanted.command[0]} to install with",
                    where=str(self.root),
                    todo="Install Node.js, which brings npm. 'stratolite up --no-install' starts without it.",
                )
            runner.tell(f"{wanted.reason}: running {wanted.shown} in {self.root} ...")
            return self._installed(runner)

    def _installed(self, runner: Runner) -> tuple[Warning, ...]:
        modules, lock = self.root / "node_modules", self.lock
        was_there, kept = modules.exists(), lock.read_bytes() if lock is not None else b""
        is_done = False
        try:
            warnings = self._tried(runner)
            is_done = True
        finally:
            if not is_done and not was_there:
                # What is half there would pass for an installation of the user's own.
                shutil.rmtree(modules, ignore_errors=True)
            if lock is not None and lock.read_bytes() != kept:
                lock.write_bytes(kept)
        record.write(self.root, record.Record(self._digest, record.state(self.root), self._development))
        lacking = self.lacking()
        if lacking:
            what = f"{listed(lacking)}: not there after the installation"
            warnings.append(Warning(what, str(self.folder / manifests.NAME), about="dependencies"))
        return tuple(warnings)

    def _tried(self, runner: Runner) -> list[Warning]:
        """Run one command after the other until one installs; what the user should know of it."""
        attempt: managers.Attempt | None = self._first(runner)
        warnings: list[Warning] = []
        first: Ran | None = None
        failed = Failure(Reason.OTHER)
        for _ in range(ATTEMPTS_MAX):
            assert attempt is not None
            warnings += [self._told(attempt.note)] if attempt.note else []
            if first is not None:
                runner.tell(f"{attempt.note}: running {' '.join(attempt.command)} ...")
            ran = self._ran(runner, attempt)
            why = failure(attempt.command, ran.said)
            if ran.code and managers.failed_script(attempt, why, self.root):
                warnings.append(self._told(f"its own script failed after the packages were installed: {_last(ran)}"))
            elif ran.code:
                first, failed = first or ran, why
                attempt = managers.again(attempt, why, self.lock, self.manifest)
                if attempt is None:
                    break
                continue
            if managers.SCRIPTS in attempt.command and attempt.kind == "npm" and first is not None:
                self._rebuild(runner, attempt, failed)
            runner.tell(f"{' '.join(attempt.command)} took {ran.took_s:.1f} s")
            return warnings
        assert first is not None
        raise first.failed(self.root, TODO)

    def _told(self, what: str) -> Warning:
        return Warning(what, str(self.root), about="dependencies")

    def _ran(self, runner: Runner, attempt: managers.Attempt) -> Ran:
        """Run a command; where npm chooses the versions, without what nobody runs here."""
        environment = {**attempt.environment, "PATH": self._path(runner)}
        if attempt.is_free and not self._is_in_workspace:
            left_out = spared.spared(self.folder, self.manifest, self._candidates)
            if left_out:
                runner.tell(f"left out, since nobody runs it here: {listed([*left_out])}; 'npm install' brings it")
                with spared.stood_in(self.root, left_out):
                    ran = runner.run(attempt.command, self.root, environment)
                if ran.code == 0 or failure(attempt.command, ran.said).reason is not Reason.PEERS:
                    return ran
        return runner.run(attempt.command, self.root, environment)

    def _rebuild(self, runner: Runner, attempt: managers.Attempt, why: Failure) -> None:
        """Run the scripts of packages after all, without those of the one that failed: others have native parts."""
        try:
            lock = manifests.read_json(self.root / "node_modules" / ".package-lock.json", "") or {}
        except UserError:
            return
        scripted = (path for path, one in lock.get("packages", {}).items() if one.get("hasInstallScript"))
        names = {path.rpartition("node_modules/")[2] for path in scripted if not why.package.endswith(path)}
        if names:
            runner.run(("npm", "rebuild", *sorted(names)), self.root, attempt.environment)

    def _first(self, runner: Runner | None) -> managers.Attempt:
        find = runner.find if runner is not None else shutil.which
        kind = managers.kind_of(self.lock, self._root_manifest)
        return managers.first(kind, self.lock, self._root_manifest, find, development=self._development)

    @cached_property
    def _root_manifest(self) -> Mapping[str, Any]:
        return manifests.read(self.root) or {}

    @cached_property
    def _candidates(self) -> dict[str, str]:
        """Packages that need not be installed, unless code imports them."""
        unused = {name for name in self.plugins | self.unused if not manifests.is_build(name)}
        return spared.candidates(self.manifest, unused, self.needed.names)

    @property
    def _is_in_workspace(self) -> bool:
        return self.root.resolve() != self.folder.resolve()

    @property
    def _development(self) -> bool:
        """Whether packages of development are installed: where something is built, or others use the same folder."""
        some = manifests.names(self.manifest, "devDependencies")
        return not some or bool(self.needed.development) or self._is_in_workspace or bool(self.required)

    @cached_property
    def _digest(self) -> str:
        return record.digest(self.lock, self.manifest)

    def _check_lock(self) -> None:
        """Raises UserError for a lock of npm's that is no JSON, which npm tells badly or passes over."""
        if self.lock is not None and self.lock.suffix == ".json":
            todo = "A merge may have left its marks in it: restore it, or delete it to install by package.json alone."
            manifests.read_json(self.lock, todo)

    def _path(self, runner: Runner) -> str:
        """The PATH, with the Node first that functions will run on: native parts are for that one alone."""
        # The engine is not needed to look at files.
        from stratolite.engine.interpreters import Interpreters
        from stratolite.engine.model import UnsupportedRuntime

        path = runner.environment.get("PATH", "")
        try:
            program = Interpreters(path=path).resolve(self.runtime or "nodejs20.x").program
        except UnsupportedRuntime:
            return path
        first = shutil.which("node", path=path)
        if first is not None and os.path.realpath(first) == os.path.realpath(program):
            return path
        return f"{program.parent}{os.pathsep}{path}"


def projects(
    folder: Path,
    sources: Set[Path],
    plugins: Set[str],
    *,
    builds: bool,
    runtime: str = "",
    required: str = "",
    unused: Set[str] = frozenset(),
) -> list[Project]:
    """The projects that files of a service (``sources``) belong to: its own, those of their folders, or one above."""
    service = folder.resolve()
    found: dict[Path, None] = {}
    for place in sorted({source.resolve().parent for source in sources} | {service}):
        found |= dict.fromkeys(_around(place, service))
    named, others = frozenset(plugins), frozenset(unused)
    return [Project(each, named, builds and each == service, runtime, required, others) for each in found]


def _around(place: Path, service: Path) -> list[Path]:
    """The folders with a ``package.json`` in which Node looks for packages of code that stands in ``place``."""
    inside = [place, *place.parents] if place == service or service in place.parents else [place]
    if place == service or service in place.parents:
        inside = inside[: inside.index(service) + 1]
    own = [each for each in inside if (each / manifests.NAME).is_file()]
    if own:
        return own
    return next(([each] for each in above(inside[-1]) if (each / manifests.NAME).is_file()), [])


def _last(ran: Ran) -> str:
    """The line that says most about a script that failed."""
    said = [line for line in ran.lines if not line.startswith(("npm ", ">"))]
    return said[-1] if said else f"exit code {ran.code}"
