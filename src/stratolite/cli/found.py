"""What was found in an application, as a few lines: ``up`` shows them first, ``doctor`` among what it tells."""

import re
from collections.abc import Mapping

from stratolite.templates.serverless.plugins.plugin import Kind
from stratolite.templates.serverless.survey import FoundPlugin, Survey

WHY_LENGTH_MAX = 88
_END = re.compile(r"[;.:] |$")

KINDS = {
    Kind.NATIVE: "done here",
    Kind.NEEDLESS: "not needed",
    Kind.LEFT_OUT: "left out",
    Kind.REFUSED: "refused",
}
"""What becomes of plugins, in the fewest words."""


def framework(survey: Survey, name: str) -> str:
    """``serverless.yml, Serverless Framework ^3.22``."""
    return f"{name}, Serverless Framework {survey.version or '3 (the file names no frameworkVersion)'}"


def counted(counts: Mapping[str, int]) -> str:
    """``12: 8 nodejs18.x, 4 python3.11``."""
    total = sum(counts.values())
    if len(counts) == 1:
        return f"{total} {next(iter(counts))}"
    return f"{total}: {', '.join(f'{count} {name}' for name, count in counts.items())}" if counts else "none"


def plugin(found: FoundPlugin) -> str:
    """What becomes of a plugin: ``serverless-esbuild: handlers are bundled``."""
    if found.row is None:
        return f"{found.name}: not known here, skipped"
    return f"{found.name}: {KINDS[found.row.kind]} ({_short(found.row.why)})"


def _short(why: str) -> str:
    """The first words of a row of the table, as plain text."""
    first = why.replace("`", "")[: _END.search(why.replace("`", "")).start()]  # type: ignore[union-attr]
    if len(first) <= WHY_LENGTH_MAX:
        return first
    return first[:WHY_LENGTH_MAX].rpartition(" ")[0].rstrip(",") + " ..."
