"""The packages of Python code, for one interpreter: installed once for each content, beside the service.

They lie in ``.serverless/requirements/<digest>`` of the service's folder, which no artefact holds as such and no
watcher looks at. uv installs where it is there, else the interpreter's own pip, else ours on its behalf. Packages with
native parts are built or chosen for the interpreter that the functions will run on, on this machine.
"""

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator, Set
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from stratolite.core.warning import Warning
from stratolite.templates.dependencies import companions, contemporaries, pins
from stratolite.templates.dependencies.installation import Installation
from stratolite.templates.dependencies.requirements import Requirements, is_local, name_of, normal
from stratolite.templates.dependencies.runner import Patience, Ran, Runner

HOME = Path(".serverless", "requirements")
LOOSENED_MAX = 12
"""How often another package is let go of its version until that is given up."""
BUILD_S_MAX = 90
"""How long a package may take to be built from its source where another version may be taken instead."""
KEPT_MAX = 2
"""How many earlier contents stay: going back to one costs nothing."""
TOLD = ".told.json"
"""How the file ends that says what was installed in the place of what is written."""
LOCAL_IGNORED = frozenset({"__pycache__", "build", "dist", "node_modules"})
TODO = "Correct it there."
TODO_OF_UP = "Correct it there, or start without it: 'stratolite up --no-install'."


@dataclass(frozen=True)
class Packages:
    """What is to be beside the code of functions.

    ``service`` is the folder of the service, ``lines`` those of ``requirements`` that are wanted, ``python`` the
    interpreter, ``arguments`` further ones of pip's. ``may_loosen``: whether another version may be taken where the
    one that is written does not install.
    """

    service: Path
    requirements: Requirements
    lines: tuple[str, ...]
    python: str
    arguments: tuple[str, ...] = ()
    may_loosen: bool = False
    runtime: str = ""
    """Of the functions: ``python3.7``, whatever runs them."""

    @cached_property
    def place(self) -> Path:
        """The folder that holds them once they are installed."""
        local = [state for line in self.lines for state in _local(line)]
        era = [self.runtime] if self._is_retired else []
        content = "\0".join([self.python, *self.arguments, *self.lines, *local, *era])
        return self.service / HOME / hashlib.sha256(content.encode()).hexdigest()[:32]

    def missing(self, runner: Runner | None = None) -> Installation | None:
        """What has to be installed; None when nothing has."""
        if self.place.is_dir() or not any(not line.startswith("-") for line in self.lines):
            return None
        written = self.requirements.file
        if written.suffix != ".txt":
            written = self.place.with_suffix(".txt").relative_to(self.service)
        tool, _ = self._commands(runner, self.place, written)[0]
        program = ("uv", "pip") if tool == "uv" else (self._interpreter, "-m", "pip")
        command = (*program, "install", "-r", written.name if written.is_absolute() else str(written))
        reason = f"the packages of {self.requirements.file.name} are not installed for {self._interpreter}"
        return Installation(tool, self.service, command, reason, self.requirements.file)

    def install(self, runner: Runner) -> tuple[Warning, ...]:
        """Install what is missing; gives what the user should know. Raises UserError with what the tool says."""
        if self.missing(runner) is not None:
            runner.tell(f"installing {self._file} for {self._interpreter} ...")
            self._install(runner)
        return tuple(self._remembered())

    @property
    def _is_retired(self) -> bool:
        """Whether versions are chosen that the Python of the runtime would get."""
        return self.may_loosen and contemporaries.is_retired(self.runtime, self.python)

    @property
    def _file(self) -> str:
        """Where they are written, as people of the service call it: ``layers/shared/requirements.txt``."""
        file = self.requirements.file.resolve()
        home = self.service.resolve()
        return file.relative_to(home).as_posix() if file.is_relative_to(home) else file.name

    @property
    def _interpreter(self) -> str:
        """``python3.12``."""
        return Path(self.python).name

    def _install(self, runner: Runner) -> None:
        target = self.place.with_name(f"{self.place.name}.{os.getpid()}")
        written = self.place.with_suffix(".txt")
        self.place.parent.mkdir(parents=True, exist_ok=True)
        try:
            lines, let_go = self._tried(runner, target, written)
            target.mkdir(exist_ok=True)
            told = self._agreed(runner, target, written, lines) if self.may_loosen else []
            written.write_text("\n".join(lines) + "\n")
            self._remember([*self._of_other_versions(let_go, target), *told])
            try:
                target.rename(self.place)
            except OSError:
                if not self.place.is_dir():  # Otherwise another process was faster.
                    raise
        finally:
            shutil.rmtree(target, ignore_errors=True)
            if not self.place.is_dir():
                _forget(self.place)

    def _tried(self, runner: Runner, target: Path, written: Path) -> tuple[list[str], list[str]]:
        """Install, and let go of versions until it works; the lines that did, and those let go of, as written."""
        lines, let_go, beside = list(self.lines), list[str](), list[str]()
        if self._is_retired:
            beside = contemporaries.contemporaries(lines, self.runtime, self.python, runner, self.place)
        for tries in range(LOOSENED_MAX + 1):
            written.write_text("\n".join([*lines, *beside]) + "\n")
            ran = self._ran(runner, target, written)
            if ran.code == 0:
                break
            found = pins.loosened(lines, ran.said) if self.may_loosen else None
            if tries == LOOSENED_MAX or (found is None and not beside):
                raise ran.failed(self.requirements.file, TODO_OF_UP if self.may_loosen else TODO)
            if found is None:
                # What nobody has written need not stand in the way.
                kept = [line for line in beside if name_of(line) not in pins.named(ran.said)]
                beside = kept if len(kept) < len(beside) else []
                continue
            lines, changed = found
            known = {name_of(each) for each in let_go}
            let_go += [each for each in changed if name_of(each) not in known]
            runner.tell(f"{', '.join(changed)} cannot be installed for {self._interpreter}: trying other versions ...")
        return [*lines, *beside], let_go

    def _agreed(self, runner: Runner, target: Path, written: Path, lines: list[str]) -> list[str]:
        """Install earlier versions of what others fail with; what is to be told of it. ``lines`` get them as well."""
        told: list[str] = []
        for _ in range(companions.ROUNDS_MAX):
            pairs = [*companions.failing(_versions(target), self.lines)]
            if not pairs:
                break
            told += self._of_failing(pairs, _versions(target))
            earlier = [pair.line for pair in pairs]
            named = {pair.companion for pair in pairs}
            others = [line for line in lines if line in self.lines or name_of(line) not in named]
            runner.tell(f"installing {', '.join(earlier)}, which what is asked for needs ...")
            shutil.rmtree(target, ignore_errors=True)
            written.write_text("\n".join([*others, *earlier]) + "\n")
            if self._ran(runner, target, written).code != 0:
                written.write_text("\n".join(lines) + "\n")
                self._ran(runner, target, written)
                return []
            lines[:] = [*others, *earlier]
        return told

    def _ran(self, runner: Runner, target: Path, written: Path) -> Ran:
        """What the last of the tools said, or the first that installed."""
        ran: Ran | None = None
        for tool, command in self._commands(runner, target.resolve(), written.resolve()):
            if ran is not None and tool == "pip" and ran.command[0] == self.python and not _lacks_pip(ran):
                break
            shown = f"{'uv pip' if tool == 'uv' else 'pip'} install ({self._file})"
            patience = Patience(pins.BUILDING, BUILD_S_MAX, pins.gave_up) if self.may_loosen else None
            latest = runner.run(command, self.service, shown=shown, patience=patience)
            if latest.code == 0:
                runner.tell(f"{shown} took {latest.took_s:.1f} s")
                return latest
            # Of uv and a pip that is not there, what uv says is of use.
            ran = ran if ran is not None and _lacks_pip(latest) else latest
            shutil.rmtree(target, ignore_errors=True)
        assert ran is not None
        return ran

    def _commands(self, runner: Runner | None, target: Path, written: Path) -> list[tuple[str, list[str]]]:
        """The commands that may install, in the order in which they are tried."""
        where = ["--target", str(target), "-r", str(written)]
        uv = runner.find("uv") if runner is not None else shutil.which("uv")
        pip = ["install", "--no-input", "--disable-pip-version-check", *where, *self.arguments]
        found = [("pip", [self.python, "-m", "pip", *pip])]
        if uv is not None and not self.arguments:
            found.insert(0, ("uv", ["uv", "pip", "install", "--python", self.python, *where]))
        return [*found, ("pip", [sys.executable, "-m", "pip", "--python", self.python, *pip])]

    def _of_failing(self, pairs: list[companions.Pair], versions: dict[str, str]) -> list[str]:
        """What is told of packages that fail with others, one line for each of them."""
        told = []
        for name in dict.fromkeys(pair.name for pair in pairs):
            own = [pair for pair in pairs if pair.name == name]
            failing = " and ".join(f"{pair.companion} {versions[pair.companion]}" for pair in own)
            told.append(
                f"{name} {versions[name]} fails with {failing}, which nothing holds back: "
                f"{' and '.join(pair.line for pair in own)} {'is' if len(own) == 1 else 'are'} taken, under up alone"
            )
        return told

    def _of_other_versions(self, let_go: list[str], target: Path) -> list[str]:
        """What is told of packages that did not install as they are written."""
        versions = _versions(target)
        return [
            f"{each} cannot be installed for {self._interpreter}: "
            f"{versions.get(name_of(each), 'another version')} is taken in its place, under up alone"
            for each in let_go
        ]

    def _remember(self, told: list[str]) -> None:
        """What was installed in the place of what is written, for the next time."""
        if told:
            self.place.with_suffix(TOLD).write_text(json.dumps(told))

    def _remembered(self) -> Iterator[Warning]:
        with suppress(OSError):
            for what in json.loads(self.place.with_suffix(TOLD).read_bytes()):
                yield Warning(what, str(self.requirements.file), about="dependencies")


def tidy(service: Path, used: Set[Path]) -> None:
    """Remove earlier contents but for KEPT_MAX, and what was interrupted. ``used``: places that are in use."""
    home = service / HOME
    if not used or not home.is_dir():
        return
    names = {place.name for place in used}
    others = [place for place in home.iterdir() if place.is_dir() and place.name not in names]
    broken = [place for place in others if place.suffix and not _is_alive(place.suffix[1:])]
    whole = sorted((place for place in others if not place.suffix), key=lambda place: place.stat().st_mtime_ns)
    for place in [*broken, *whole[: max(0, len(whole) - KEPT_MAX)]]:
        shutil.rmtree(place, ignore_errors=True)
        if not place.suffix:
            _forget(place)


def _forget(place: Path) -> None:
    """Remove what stands beside packages: the lines that they were installed by, and what was told of them."""
    for suffix in (".txt", TOLD):
        place.with_suffix(suffix).unlink(missing_ok=True)


def are_beside(folder: Path, lines: tuple[str, ...]) -> bool:
    """Whether the packages of lines lie in a folder already: vendored by hand (``pip install --target .``)."""
    names = {name_of(line) for line in lines if not line.startswith("-")}
    if not names or "" in names:
        return False
    return names <= _versions(folder).keys()


def _versions(folder: Path) -> dict[str, str]:
    """The packages that are installed in a folder, by their records.

    ``requests-2.31.0.dist-info``, and of those that setup.py installed ``MarkupSafe-1.1.1-py3.10.egg-info``.
    """
    records = [*folder.glob("*.dist-info"), *folder.glob("*.egg-info")]
    parts = [place.stem.split("-") for place in records]
    return {normal(name): version for name, version, *_ in (each for each in parts if len(each) > 1)}


def _lacks_pip(ran: Ran) -> bool:
    return "No module named pip" in ran.said


def _is_alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, OverflowError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def _local(line: str) -> Iterator[str]:
    """The files of a package that lies on this machine: what changes there is installed again."""
    if not is_local(line):
        return
    place = Path(line.partition("[")[0].partition(";")[0].strip())
    for parent, folders, names in os.walk(place):
        ignored = LOCAL_IGNORED | ({"tests"} if Path(parent) == place else set())
        folders[:] = sorted(name for name in folders if name not in ignored and not name.startswith("."))
        for name in sorted(names):
            file = Path(parent, name)
            yield f"{file.relative_to(place)} {hashlib.sha256(file.read_bytes()).hexdigest()}"
