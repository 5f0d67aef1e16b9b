"""The shape of a configuration: unknown and wrongly typed settings, with their positions.

``*.shape`` files say what the Serverless Framework 3.40.0 accepts, ``notation`` reads them, ``shape`` checks values and
has them coerced by ``coercion``, ``relevance`` chooses which ``problem`` is told.
"""

from typing import Any

from stratolite.core.errors import UserError
from stratolite.core.listing import nearest
from stratolite.core.warning import About, Kind, Warning
from stratolite.templates.document import List, Map, Mark, mark_of
from stratolite.templates.serverless.schema.coercion import Cell
from stratolite.templates.serverless.schema.notation import shape
from stratolite.templates.serverless.schema.problem import Place, Problem
from stratolite.templates.serverless.schema.relevance import relevant
from stratolite.templates.serverless.warned import warned

_STATEMENTS_OF_FUNCTIONS = "functions.*.iamRoleStatements"
"""The one setting of plugins whose shape changes values: their statements are taken as the provider's are."""


def check(document: Map, further: frozenset[str] = frozenset()) -> tuple[Warning, ...]:
    """Coerces values to the types that the schema names, in place; gives warnings about those that do not fit.

    ``further``: settings that plugins define, as paths (``functions.*.warmup``). Raises UserError instead of warning
    where the document sets ``configValidationMode: error``. ``variables.resolver.resolve`` calls this alone.
    """
    mode = document.get("configValidationMode") or "warn"
    found_problems = shape("Service").check(Cell([document], 0), Place())
    if _STATEMENTS_OF_FUNCTIONS in further:
        found_problems += _statements_of_functions(document)
    problems = relevant(found_problems)
    problems = [each for each in problems if not _is_a_plugins(each, further)]
    if not problems or mode == "off":
        return ()
    found = [
        warned(_told(each), _where(document, each), Kind.MISTAKE, about=_about(_keys(each.path)), todo=_meant(each))
        for each in problems
    ]
    if mode != "error":
        return tuple(found)
    if len(found) == 1:
        raise UserError(
            f"Configuration error {found[0].what}",
            where=found[0].where,
            todo=f"{found[0].todo} Correct the setting, or warn alone with 'configValidationMode: warn'.".lstrip(),
        )
    listed = "".join(f"\n  - {each}" for each in found)
    raise UserError(f"Configuration error:{listed}", todo="Warn alone with 'configValidationMode: warn'.")


def _statements_of_functions(document: Map) -> list[Problem]:
    functions = document.get("functions")
    problems: list[Problem] = []
    for name, function in functions.items() if isinstance(functions, Map) else ():
        if isinstance(function, Map) and isinstance(function.get("iamRoleStatements"), List):
            place = Place().inside("functions", "properties").inside(name, "patternProperties")
            cell = Cell(function, "iamRoleStatements")
            problems += shape("Statements").check(cell, place.inside("iamRoleStatements", "properties"))
    return problems


def _about(keys: list[str]) -> About:
    """What a place in a file concerns."""
    match keys:
        case ["functions", _, "events", *_]:
            return "events"
        case ["functions" | "layers", *_]:
            return "functions"
    return "settings"


def _is_a_plugins(problem: Problem, further: frozenset[str]) -> bool:
    if not further or problem.keyword != "additionalProperties":
        return False
    keys = [*_keys(problem.path), problem.key]
    return any(_leads_to(path.split("."), keys) for path in further)


def _leads_to(pattern: list[str], keys: list[str]) -> bool:
    return len(pattern) == len(keys) and all(wanted in ("*", key) for wanted, key in zip(pattern, keys, strict=True))


def _keys(path: str) -> list[str]:
    return [key.replace("~1", "/").replace("~0", "~") for key in path.split("/")[1:]]


def _told(problem: Problem) -> str:
    place = problem.path[1:].replace("/", ".")
    return f"at '{place}': {problem.message}" if place else f"at root: {problem.message}"


def _meant(problem: Problem) -> str:
    """What may be meant by a word that is not known, as a sentence; empty where nothing is like it."""
    close = nearest(problem.wrote, problem.known)
    return f"Perhaps '{close}' is meant." if close else ""


def _where(document: Map, problem: Problem) -> Mark:
    """Where the value, or the member that the problem is about, is written."""
    keys = _keys(problem.path)
    value: Any = document
    mark = document.at
    for key in keys:
        place = int(key) if isinstance(value, list) else key
        try:
            value, mark = value[place], mark_of(value, place)
        except (KeyError, IndexError, TypeError, ValueError):
            # A list of one that was taken for its element has no such place.
            return mark
    if problem.key and isinstance(value, Map) and problem.key in value:
        return mark_of(value, problem.key)
    return mark
