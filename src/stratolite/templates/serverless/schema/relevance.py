"""Which problems are told: of a value that fits none of its choices, those of the choice that it was meant to be.

A choice fails with the problems of all its shapes. What a person can use is found as the Serverless Framework finds it:
an event is of the type that it names, a value of the one shape whose type it has, or of the one that fits the farthest;
where several remain, only that none fits is said.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from stratolite.templates.serverless.schema.problem import Problem

_EVENT = re.compile(r"/functions/[^/]+/events/\d+$")
_CHOICE = re.compile(r"/(?:anyOf|oneOf)(?:/\d+/|$)")
_CHOICES = ("anyOf", "oneOf")


def relevant(problems: Iterable[Problem]) -> list[Problem]:
    """The problems that are told, in order, each once."""
    kept = list(dict.fromkeys(problems))
    kept = _of_the_event_that_was_meant(kept)
    kept = _of_the_shape_that_was_meant(kept)
    seen: dict[tuple[str, str], Problem] = {}
    for problem in kept:
        seen.setdefault((problem.path, problem.message), problem)
    return list(seen.values())


def _of_the_event_that_was_meant(problems: list[Problem]) -> list[Problem]:
    kept = problems
    for path in dict.fromkeys(problem.path for problem in problems if _EVENT.match(problem.path)):
        own = [problem for problem in kept if problem.path == path]
        none = next((problem for problem in own if problem.keyword in _CHOICES), None)
        if none is None:
            continue
        by_type: dict[str, list[Problem]] = {}
        for problem in own:
            if problem.trail != none.trail:
                end = problem.trail.find("/", len(none.trail) + 1)
                by_type.setdefault(problem.trail[: end + 1], []).append(problem)
        meant = next((trail for trail, row in by_type.items() if all(p.keyword != "required" for p in row)), None)
        if meant is not None:
            dropped = [
                p for p in kept if p.path.startswith(path) and not (p.path == path and p.trail.startswith(meant))
            ]
        elif any(p.path.startswith(path) and p.path != path for p in kept):
            dropped = own
        else:
            dropped = [problem for problem in own if problem is not none]
            kept = [_of_no_event(p, dropped) if p is none else p for p in kept]
        gone = {id(problem) for problem in dropped}
        kept = [problem for problem in kept if id(problem) not in gone]
    return kept


def _of_no_event(problem: Problem, dropped: list[Problem]) -> Problem:
    """An event of no known kind. ``dropped``: why it is none of these."""
    strange = [each for each in dropped if each.keyword == "additionalProperties"]
    known = dict.fromkeys(name for each in strange for name in each.known)
    wrote = strange[0].wrote if strange else ""
    return replace(problem, message="unsupported function event", wrote=wrote, known=known)


def _of_the_shape_that_was_meant(problems: list[Problem]) -> list[Problem]:
    rows: dict[str, list[Problem]] = {}
    for problem in problems:
        for trail in _choices(problem.trail):
            rows.setdefault(trail, []).append(problem)
    kept = dict.fromkeys(problems)
    told: dict[Problem, Problem] = {}
    for trail, row in rows.items():
        if len(row) > 1:
            for group in _grouped(row):
                _decide(trail, group, kept, told)
    return [told.get(problem, problem) for problem in kept]


def _choices(trail: str) -> list[str]:
    """The trails of the choices that a problem is in, outermost first."""
    found = []
    start = 0
    match = _CHOICE.search(trail)
    while match is not None:
        start += match.start() + len("anyOf/")
        found.append(trail[:start])
        match = _CHOICE.search(trail[start:])
    return found


def _grouped(row: list[Problem]) -> list[list[Problem]]:
    """The problems of each value and what is in it."""
    groups: dict[str, list[Problem]] = {}
    ordered = sorted(row, key=lambda problem: problem.path)
    current = ordered[0].path
    for problem in ordered:
        if problem.path != current and not problem.path.startswith(f"{current}/"):
            current = problem.path
        groups.setdefault(current, []).append(problem)
    return list(groups.values())


def _decide(trail: str, group: list[Problem], kept: dict[Problem, None], told: dict[Problem, Problem]) -> None:
    """Drop what is of no use of one value's problems with one choice."""
    shapes: dict[str, list[Problem]] = {}
    none: Problem | None = None
    for problem in group:
        if len(problem.trail) < len(trail) + 1:
            none = none or problem
            continue
        shapes.setdefault(problem.trail[len(trail) + 1 :].partition("/")[0], []).append(problem)
    if none is None or not shapes:
        return
    variants = list(shapes.values())
    if len(variants) > 1:
        wrong = [row for row in variants if len(row) == 1 and _of_another_type(row[0], trail)]
        variants = _dropping(variants, wrong, kept)
    if len(variants) > 1:
        depth = max(problem.path.count("/") for row in variants for problem in row)
        shallow = [row for row in variants if max(problem.path.count("/") for problem in row) < depth]
        variants = _dropping(variants, shallow, kept)
    if len(variants) == 1:
        kept.pop(none, None)
    if len(variants) < 2:
        return
    # The last shape all of whose problems are of one kind gives its name.
    kinds = [row[0].kind for row in variants if len({problem.kind for problem in row}) == 1]
    _dropping(variants, variants, kept)
    if kinds and kinds[-1]:
        what = "unsupported value" if kinds[-1] == "const" else f"unsupported {kinds[-1]} format"
        told[none] = replace(none, message=what)


def _of_another_type(problem: Problem, trail: str) -> bool:
    return problem.keyword == "type" and re.fullmatch(r"/\d+/type", problem.trail[len(trail) :]) is not None


def _dropping(
    variants: list[list[Problem]], dropped: list[list[Problem]], kept: dict[Problem, None]
) -> list[list[Problem]]:
    for row in dropped:
        for problem in row:
            kept.pop(problem, None)
    return [row for row in variants if row not in dropped]
