"""Settings that versions 1 and 2 of the Serverless Framework had in other places, moved to where version 3 has them.

Done in files for those versions, and wherever the file is only run (``Options.is_lenient``): version 3 itself warns of
such a setting and goes on without it, so that an API would have no keys and a request no check.
Source: https://www.serverless.com/framework/docs/guides/upgrading-v2 and ``...upgrading-v3``.
"""

from collections.abc import Iterator

from stratolite.core.warning import Warning
from stratolite.templates.document import List, Map, Mark, mark_of
from stratolite.templates.serverless.warned import warned

TO_API_GATEWAY = ("apiKeys", "usagePlan", "resourcePolicy")
"""Settings of ``provider`` that became settings of ``provider.apiGateway``."""
KEY, OLDER_KEY = "kmsKeyArn", "awsKmsKeyArn"
STATEMENTS = "iamRoleStatements"
OTHER_VERSIONS = frozenset(
    {"tenant", "licenseKey", "unresolvedVariablesNotificationMode", "build", "stages", "state", "resolvers", "ai"}
)
"""Settings that version 3 has not, and of which nothing need be told where a file is only run: they are of the other
tool's own, or they are read (``stages.<stage>.params``), or told with what they would do (``ai``)."""


def modernise(document: Map) -> list[Warning]:
    """Move the settings, in place; gives what to tell about each."""
    return [warned(f"{old} is read as {new}, as version 3 calls it", at) for old, new, at in _moves(document)]


def _moves(document: Map) -> Iterator[tuple[str, str, Mark]]:
    # Version 1 called the organisation so, which changes nothing in either.
    document.pop("tenant", None)
    provider = document.get("provider")
    if isinstance(provider, Map):
        yield from _api_gateway(provider)
        if _move(provider, OLDER_KEY, provider, KEY):
            yield f"provider.{OLDER_KEY}", f"provider.{KEY}", mark_of(provider, KEY)
        if isinstance(provider.get(STATEMENTS), Map):
            row = List(mark_of(provider, STATEMENTS))
            row.put(provider[STATEMENTS], row.at)
            provider.put(STATEMENTS, row, row.at)
    functions = document.get("functions")
    for name, function in functions.items() if isinstance(functions, Map) else ():
        if isinstance(function, Map):
            yield from _function(f"functions.{name}", function)


def _api_gateway(provider: Map) -> Iterator[tuple[str, str, Mark]]:
    for name in TO_API_GATEWAY:
        if provider.get(name) is None:
            continue
        target = provider.get("apiGateway")
        if not isinstance(target, Map):
            target = Map(mark_of(provider, name))
            provider.put("apiGateway", target, target.at)
        if _move(provider, name, target, name):
            yield f"provider.{name}", f"provider.apiGateway.{name}", mark_of(target, name)


def _function(path: str, function: Map) -> Iterator[tuple[str, str, Mark]]:
    if _move(function, OLDER_KEY, function, KEY):
        yield f"{path}.{OLDER_KEY}", KEY, mark_of(function, KEY)
    events = function.get("events")
    for index, event in enumerate(events if isinstance(events, List) else ()):
        http = event.get("http") if isinstance(event, Map) else None
        request = http.get("request") if isinstance(http, Map) else None
        if isinstance(request, Map) and _move(request, "schema", request, "schemas"):
            yield f"{path}.events.{index}.http.request.schema", "schemas", mark_of(request, "schemas")


def _move(source: Map, name: str, target: Map, new: str) -> bool:
    """Whether a setting was there, and its new place was free."""
    value = source.get(name)
    if value is None or target.get(new) is not None:
        return False
    mark = mark_of(source, name)
    del source[name]
    target.put(new, value, mark)
    return True
