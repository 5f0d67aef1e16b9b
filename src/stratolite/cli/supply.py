"""What AWS's runtimes bring and this machine lacks: told, and fetched once before the first function runs."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from stratolite.cli.options import Choices
from stratolite.cli.steps import Steps
from stratolite.core.errors import UserError
from stratolite.core.listing import listed
from stratolite.core.warning import Kind, Warning

if TYPE_CHECKING:
    from stratolite.cli.application import Application
    from stratolite.templates.supplied.needs import Need

SHOWN_MAX = 3
LACKING = "Functions that import it fail with the runtime's own error."


def supply(application: "Application", cache: Path, choices: Choices, steps: Steps) -> tuple[Warning, ...]:
    """Have the SDKs that functions rely on; warnings. Raises UserError when the user leaves meanwhile."""
    # Most applications have no function of Node.js.
    if not any(runtime.startswith("nodejs") for runtime in application.runtimes):
        return ()
    from stratolite.engine import node_sdk
    from stratolite.templates.dependencies.runner import INTERRUPTED
    from stratolite.templates.supplied import filling, needs

    found = needs.find(application.template, {one.key: one.artefact for one in application.uploads})
    warnings = [*_not_brought(found)]
    for version, packages in filling.missing(cache, {need.package for need in found}).items():
        named = filling.NAMES[version]
        why = f"{_functions(need for need in found if need.package in packages)} import {named} from the runtime"
        if choices.installs != "all" or choices.runner is None:
            what = f"{why}, and it is not here (--no-install)"
            warnings.append(Warning(what, about="dependencies", todo=LACKING))
            continue
        steps.tell(f"{why}: npm fetches it once, about {filling.ABOUT_MB[version]} MB, into {node_sdk.place(cache)}")
        try:
            filled = filling.fill(cache, version, packages, choices.runner.through(steps.tell, steps.show))
        except UserError as error:
            if error.exit_code == INTERRUPTED:
                raise
            what = f"{why}, and it could not be fetched: {error.what}\n  {LACKING}"
            warnings.append(Warning(what, kind=Kind.ABSENT, about="dependencies"))
            continue
        steps.tell(f"{named} is there: {filled.size_bytes / 1e6:.0f} MB in {filled.folder}, {filled.took_s:.1f} s")
    return tuple(warnings)


def _not_brought(found: "Iterable[Need]") -> Iterable[Warning]:
    """Warnings of what runs here and fails on AWS."""
    strangers: dict[tuple[str, str], list[Need]] = {}
    for need in found:
        if need.is_its_own and not need.is_brought:
            strangers.setdefault((need.runtime, need.package), []).append(need)
    for (runtime, package), these in strangers.items():
        what = (
            f"{_functions(these)} ({runtime}) import {package}, which that runtime does not bring on AWS: they run "
            "here and fail there"
        )
        todo = "Add it to the dependencies in package.json."
        yield Warning(what, kind=Kind.REFUSED_BY_AWS, about="dependencies", todo=todo)


def _functions(these: "Iterable[Need]") -> str:
    return listed(sorted({need.function for need in these}), SHOWN_MAX)
