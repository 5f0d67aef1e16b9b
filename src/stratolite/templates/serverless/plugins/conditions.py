"""What decides which parts a service has: serverless-plugin-ifelse, serverless-plugin-conditional-functions and
serverless-disable-functions.

The first two evaluate texts as JavaScript, ``"'${self:provider.stage}' == 'prod'"``: Node does it here as well, once
for all conditions of a plugin. What cannot be evaluated changes nothing, as there, and is told.
Sources: https://github.com/anantab/serverless-plugin-ifelse (1.0.7) and
https://github.com/segalberts/serverless-plugin-conditional-functions (1.0.8), the third by its own code (1.0.0).
"""

import json
import subprocess
from collections.abc import Iterator, Sequence
from typing import Any

from stratolite.core.errors import UserError
from stratolite.core.warning import Kind
from stratolite.templates.document import List, Map, Mark, mark_of
from stratolite.templates.javascript import text_of, truthy
from stratolite.templates.serverless.node_program import node_program
from stratolite.templates.serverless.plugins.configuration import Configuration

IF_ELSE = "serverless-plugin-ifelse"
CONDITIONAL_FUNCTIONS = "serverless-plugin-conditional-functions"
EVALUATION_S_MAX = 30

_PROGRAM = r"""
const judged = JSON.parse(process.argv[1]).map((text) => {
  try { return { holds: Boolean((0, eval)(text)) }; } catch (error) { return { failed: String(error) }; }
});
console.log('\n' + JSON.stringify(judged));
"""


def choose(configuration: Configuration) -> None:
    """serverless-plugin-ifelse: set and take out what ``custom.serverlessIfElse`` says."""
    wanted = configuration.custom("serverlessIfElse")
    rows = [row for row in wanted.values() if isinstance(row, Map)] if isinstance(wanted, Map) else wanted
    rows = [row for row in rows if isinstance(row, Map)] if isinstance(rows, list) else []
    conditions: list[tuple[str, Mark]] = []
    for row in rows:
        if truthy(row.get("If")):
            conditions.append((text_of(row["If"]), mark_of(row, "If")))
        for text, mark in _excluded(row).values():
            conditions.append((text, mark))
    holds = _evaluated(configuration, IF_ELSE, conditions)
    for row in rows:
        if truthy(row.get("If")) and (held := next(holds)) is not None:
            _set(configuration, row.get("Set" if held else "ElseSet"))
            _take_out(configuration, row.get("Exclude" if held else "ElseExclude"))
        for path in _excluded(row):
            if next(holds):
                _change(configuration.document, path, None)
    for _, function in configuration.functions:
        # ``functions.f.events.0.http`` leaves an event that is none.
        events = function.get("events")
        for index, event in enumerate(events if isinstance(events, List) else ()):
            if isinstance(event, Map) and not event:
                _change(function, f"events.{index}", None)
    for key in list(configuration.document):
        _closed(configuration.document[key])


def enable(configuration: Configuration) -> None:
    """serverless-plugin-conditional-functions: take out the functions whose ``enabled`` does not hold."""
    wanted = [(key, each) for key, each in configuration.functions if each.get("enabled") not in (None, "")]
    conditions = [(text_of(each["enabled"]), mark_of(each, "enabled")) for _, each in wanted]
    holds = _evaluated(configuration, CONDITIONAL_FUNCTIONS, conditions)
    for key, _ in wanted:
        if next(holds) is False:
            del configuration.document["functions"][key]


def leave_out_disabled(configuration: Configuration) -> None:
    """serverless-disable-functions: take out the functions whose ``enabled`` is there and false."""
    for key, function in configuration.functions:
        if "enabled" in function and not truthy(function["enabled"]):
            del configuration.document["functions"][key]


def _excluded(row: Map) -> dict[str, tuple[str, Mark]]:
    wanted = row.get("ExcludeIf")
    if not isinstance(wanted, Map):
        return {}
    return {path: (text_of(text), mark_of(wanted, path)) for path, text in wanted.items()}


def _evaluated(
    configuration: Configuration, plugin: str, conditions: Sequence[tuple[str, Mark]]
) -> Iterator[bool | None]:
    """Whether each condition holds, in order; None for those that cannot be told. Raises UserError without Node."""
    if not conditions:
        return iter(())
    where = str(conditions[0][1])
    node = node_program(configuration.environment, f"conditions of {plugin} are JavaScript", where)
    texts = json.dumps([text for text, _ in conditions])
    try:
        done = subprocess.run(
            [node, "-e", _PROGRAM, "--", texts],
            cwd=configuration.folder,
            env=dict(configuration.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=EVALUATION_S_MAX,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UserError(f"conditions of {plugin} took longer than {EVALUATION_S_MAX} s", where=where) from error
    try:
        # The answer is the last line: what a condition prints is of no interest.
        judged = json.loads(done.stdout.splitlines()[-1])
    except (ValueError, IndexError) as error:
        raise UserError(f"conditions of {plugin} could not be evaluated", where=where) from error
    for one, (text, mark) in zip(judged, conditions, strict=True):
        if "failed" in one:
            configuration.warn(f"the condition {text!r} changes nothing: {one['failed']}", mark, Kind.NO_EFFECT)
    return iter([one.get("holds") for one in judged])


def _set(configuration: Configuration, items: Any) -> None:
    for path, value in list(items.items()) if isinstance(items, Map) else ():
        _change(configuration.document, path, (value, mark_of(items, path)))


def _take_out(configuration: Configuration, paths: Any) -> None:
    for path in paths if isinstance(paths, list) else [paths] if isinstance(paths, str) else []:
        _change(configuration.document, str(path), None)


_HOLE = object()
"""What is left of an element that was taken out, until all are: the paths of others count it."""


def _change(document: Map, path: str, new: tuple[Any, Mark] | None) -> None:
    """Set what a path leads to, or take it out. What leads nowhere changes nothing, and nor does a single key."""
    *above, last = path.split(".")
    place: Any = document if above else None
    for key in above:
        place = _member(place, key)
    if isinstance(place, Map):
        if new is None:
            place.pop(last, None)
        else:
            place.put(last, *new)
    elif isinstance(place, List) and last.isdigit() and int(last) < len(place):
        place[int(last)] = _HOLE if new is None else new[0]


def _member(value: Any, key: str) -> Any:
    if isinstance(value, Map):
        return value.get(key)
    return value[int(key)] if isinstance(value, List) and key.isdigit() and int(key) < len(value) else None


def _closed(value: Any) -> None:
    """Close the holes of lists."""
    if isinstance(value, List):
        kept = [(each, mark) for each, mark in zip(value, value.marks, strict=False) if each is not _HOLE]
        if len(kept) < len(value):
            value[:] = [each for each, _ in kept]
            value.marks[:] = [mark for _, mark in kept]
    for child in value.values() if isinstance(value, Map) else value if isinstance(value, List) else ():
        _closed(child)
