"""What was found in an application, as a few lines: ``up`` shows them first, ``doctor`` among what it tells."""

import re
from collections.abc import Mapping
from pathlib import Path

from stratolite.templates import front_end
from stratolite.templates.serverless.plugins.plugin import Kind
from stratolite.templates.serverless.survey import FoundPlugin, Survey

WHY_LENGTH_MAX = 88
EXPLAINED_MAX = 5
"""Of more plugins, only what becomes of them is said, and not how."""
_END = re.compile(r"[;.:] ")

KINDS = {
    Kind.NATIVE: "done here",
    Kind.NEEDLESS: "not needed",
    Kind.LEFT_OUT: "left out",
    Kind.REFUSED: "refused",
}
"""What becomes of plugins, in the fewest words."""
UNKNOWN = "not known here, skipped"


def kind_of(template: Path) -> str:
    """What a template is called that is no service of the Serverless Framework."""
    return "an AWS SAM template" if front_end(template) == "sam" else "a CloudFormation template"


def framework(survey: Survey, name: str) -> str:
    """``serverless.yml, Serverless Framework ^3.22``."""
    return f"{name}, Serverless Framework {survey.version or '3 (the file names no frameworkVersion)'}"


def counted(counts: Mapping[str, int]) -> str:
    """``12: 8 nodejs18.x, 4 python3.11``."""
    total = sum(counts.values())
    if len(counts) == 1:
        return f"{total} {next(iter(counts))}"
    return f"{total}: {', '.join(f'{count} {name}' for name, count in counts.items())}" if counts else "none"


def plugins(survey: Survey) -> list[str]:
    """What becomes of the plugins of a file: one by one where they are few, else by what becomes of them."""
    if len(survey.plugins) <= EXPLAINED_MAX:
        return [plugin(one) for one in survey.plugins]
    named: dict[str, list[str]] = {}
    for one in survey.plugins:
        named.setdefault(_becomes(one), []).append(one.name)
    ordered = sorted(named, key=[*KINDS.values(), UNKNOWN].index)
    return [f"{what}: {', '.join(named[what])}" for what in ordered]


def plugin(found: FoundPlugin) -> str:
    """What becomes of a plugin: ``serverless-esbuild: done here (handlers are bundled)``."""
    return f"{found.name}: {_becomes(found)}" + (f" ({_short(found.row.why)})" if found.row is not None else "")


def _becomes(found: FoundPlugin) -> str:
    return KINDS[found.row.kind] if found.row is not None else UNKNOWN


def _short(why: str) -> str:
    """The first words of a row of the table, as plain text."""
    first = _END.split(why.replace("`", ""), maxsplit=1)[0]
    if len(first) <= WHY_LENGTH_MAX:
        return first
    cut = first[:WHY_LENGTH_MAX].rpartition(" ")[0]
    clause = cut.rpartition(",")[0]
    return f"{(clause if len(clause) > WHY_LENGTH_MAX // 2 else cut).rstrip(',')} ..."
