"""What the pip of a retired runtime would have installed beside the pinned packages.

An application of Python 3.6 pins Flask and leaves the choice of what Flask needs to pip: there that gives versions of
its own years, since later ones say that they need a later Python; here it would give the latest, with which Flask does
not work. So pip is asked what it would choose for that Python, and these are wanted as well; under ``up`` alone.
Nothing is installed by that. It needs a pip that reports (22.2), and packages that have wheels.
"""

import json
import re
from pathlib import Path

from stratolite.templates.dependencies import pins
from stratolite.templates.dependencies.requirements import is_local, name_of, normal
from stratolite.templates.dependencies.runner import Runner

TRIES_MAX = 4
"""How many packages without a wheel for that Python are left out of the question."""
_VERSION = re.compile(r"python3\.(\d+)")


def is_retired(runtime: str, python: str) -> bool:
    """Whether a runtime is of an earlier Python 3 than the interpreter that runs its functions."""
    wanted, found = _VERSION.fullmatch(runtime), _VERSION.fullmatch(Path(python).name)
    return wanted is not None and found is not None and int(wanted[1]) < int(found[1])


def contemporaries(lines: list[str], runtime: str, python: str, runner: Runner, scratch: Path) -> list[str]:
    """Pins for what the lines lead to; none where pip does not tell. ``scratch``: a file name that may be used."""
    named, scratch = {name_of(line) for line in lines}, scratch.resolve()
    asked = [line for line in lines if not is_local(line) and "://" not in line.partition("--")[0]]
    report, written = scratch.with_suffix(".json"), scratch.with_suffix(".asked.txt")
    about = ["--python-version", runtime.removeprefix("python"), "--only-binary", ":all:"]
    command = [python, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--no-input", "--quiet", *about]
    files = ["--target", str(scratch.with_suffix(".none")), "--report", str(report), "-r", str(written)]
    try:
        for _ in range(TRIES_MAX):
            if not any(name_of(line) for line in asked):
                break
            written.write_text("\n".join(asked) + "\n")
            ran = runner.run([*command, *files], scratch.parent, shown=f"asking pip what {runtime} would get")
            if ran.code == 0:
                return _pins(report, named)
            blamed = pins.named(ran.said)
            kept = [line for line in asked if name_of(line) not in blamed]
            if len(kept) == len(asked):
                break
            asked = kept
    finally:
        for file in (report, written):
            file.unlink(missing_ok=True)
    return []


def _pins(report: Path, named: set[str]) -> list[str]:
    try:
        chosen = [each["metadata"] for each in json.loads(report.read_bytes())["install"]]
        return [f"{each['name']}=={each['version']}" for each in chosen if normal(each["name"]) not in named]
    except (OSError, ValueError, KeyError, TypeError):
        return []
