"""Which template a path fits: ``/users/{id}``. A match of a literal path is one dictionary look-up.

A literal part wins over ``{param}``, which wins over ``{proxy+}``, as API Gateway documents.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-request.html
"""

from collections.abc import Iterable
from typing import Generic, TypeVar

R = TypeVar("R")
Parameters = dict[str, str]


class Node(Generic[R]):
    """One path part. ``resource`` is what ends here; ``greedy`` is what takes all the rest."""

    __slots__ = ("greedy", "greedy_name", "literals", "parameter", "parameter_name", "resource")

    def __init__(self) -> None:
        self.literals: dict[str, Node[R]] = {}
        self.parameter: Node[R] | None = None
        self.parameter_name = ""
        self.greedy: R | None = None
        self.greedy_name = ""
        self.resource: R | None = None


class Matcher(Generic[R]):
    """Finds the resource of a path. Cost: at most one visit of each resource."""

    def __init__(self, resources: Iterable[tuple[str, R]]) -> None:
        self._root: Node[R] = Node()
        self._literal: dict[str, R] = {}
        for path, resource in resources:
            self._add(path, resource)

    def match(self, path: str) -> tuple[R, Parameters] | None:
        """The resource and its path parameters. ``path`` begins with ``/``; every slash counts."""
        literal = self._literal.get(path)
        if literal is not None:
            return literal, {}
        parts = path.split("/")[1:]
        return _walk(self._root, parts, 0)

    def _add(self, path: str, resource: R) -> None:
        if "{" not in path:
            self._literal[path] = resource
        node = self._root
        for part in path.split("/")[1:] if path != "/" else ():
            if part.endswith("+}"):
                node.greedy, node.greedy_name = resource, part[1:-2]
                return
            if part[0] == "{":
                node.parameter = node.parameter or Node()
                node.parameter_name = part[1:-1]
                node = node.parameter
            else:
                node = node.literals.setdefault(part, Node())
        node.resource = resource


def _walk(node: Node[R], parts: list[str], depth: int) -> tuple[R, Parameters] | None:
    if depth == len(parts):
        return None if node.resource is None else (node.resource, {})
    part = parts[depth]
    below = node.literals.get(part)
    if below is not None and (found := _walk(below, parts, depth + 1)):
        return found
    if node.parameter is not None and part and (found := _walk(node.parameter, parts, depth + 1)):
        found[1][node.parameter_name] = part
        return found
    if node.greedy is not None and (rest := "/".join(parts[depth:])):
        return node.greedy, {node.greedy_name: rest}
    return None
