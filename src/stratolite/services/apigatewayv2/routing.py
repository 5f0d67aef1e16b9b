"""Which route of an API a request takes. Compiled once a deployment.

A full match for a route and method wins over one with a greedy path variable, which wins over ``$default``. Among
those, the request's own method wins over ``ANY``; then, part by part, a literal over ``{param}``, so that of two greedy
routes the one with the longer path wins.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
Paths are matched decoded: HTTP APIs decode them before anything else looks at them. A trailing slash counts.
"""

from collections.abc import Iterable
from typing import Generic, TypeVar

from stratolite.core.paths import Matcher, Parameters
from stratolite.services.apigatewayv2.domain import DEFAULT_ROUTE

R = TypeVar("R")
ANY = "ANY"


class Routing(Generic[R]):
    """Finds the route of a method and a path."""

    def __init__(self, routes: Iterable[tuple[str, R]]) -> None:
        full: dict[str, list[tuple[str, R]]] = {}
        greedy: dict[str, list[tuple[str, R]]] = {}
        self._default: R | None = None
        for key, route in routes:
            if key == DEFAULT_ROUTE:
                self._default = route
                continue
            method, _, path = key.partition(" ")
            bare = path if path == "/" else path.removesuffix("/")
            (greedy if path.endswith("+}") else full).setdefault(method, []).append((bare, route))
        self._full = {method: Matcher(given) for method, given in full.items()}
        self._greedy = {method: Matcher(given) for method, given in greedy.items()}

    def find(self, method: str, path: str) -> tuple[R, Parameters] | None:
        """The route and its path parameters, or None. ``path`` begins with ``/`` and is decoded."""
        for matchers in (self._full, self._greedy):
            for wanted in (method, ANY):
                matcher = matchers.get(wanted)
                if matcher is not None and (found := matcher.match(path)) is not None:
                    return found
        return None if self._default is None else (self._default, {})

    def knows(self, path: str) -> bool:
        """Whether some method has a route for a path."""
        return self._default is not None or any(
            matcher.match(path) is not None for matchers in (self._full, self._greedy) for matcher in matchers.values()
        )
