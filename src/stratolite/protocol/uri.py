"""Paths of the REST protocols: templates, the operation that a path names, and the bucket that a host name holds.

A path is matched segment by segment in a tree of its service's templates, which takes a few microseconds whatever
the number of operations. Source: https://smithy.io/2.0/spec/http-bindings.html#uri
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from operator import attrgetter
from urllib.parse import parse_qsl, unquote

from stratolite.http.message import Request
from stratolite.protocol.models import OperationModel, ServiceModel

SEGMENTS_MAX = 64
"""A path is told apart by this many segments; a greedy label takes what is left."""

_BUCKET_HOST = re.compile(
    r"(?P<bucket>[a-z0-9][a-z0-9._-]*?)\.(?:s3[.-](?:[a-z0-9-]+\.)*(?:amazonaws\.com(?:\.cn)?|localhost|localstack\.cloud)"
    r"|localhost)"
)


class UriTemplate:
    """``/restapis/{id}?mode=import``: segments of a path, and what the query must hold."""

    def __init__(self, uri: str) -> None:
        path, _, query = uri.partition("?")
        self.segments = segments(path)
        if self.segments and not self.segments[-1]:
            self.segments.pop()
        self.query = dict(parse_qsl(query, keep_blank_values=True))
        """Fields that the query must have; an empty value means any."""
        self._places = [place for place, part in enumerate(self.segments) if part[:1] == "{"]
        self.labels = [self.segments[place][1:-1].rstrip("+") for place in self._places]
        self._greedy = next((i for i, part in enumerate(self.segments) if part.endswith("+}")), len(self.segments))
        self._after = len(self.segments) - self._greedy - 1
        """How many segments follow the greedy label; -1 when there is none."""
        self._cuts = self._greedy if self._after == 0 else -1
        """At how many slashes a path is taken apart: a greedy label at the end has all the others."""

    def texts(self, path: str) -> list[str]:
        """What the labels are in a path that the template matches. Raises UnicodeDecodeError."""
        parts = segments(path, self._cuts)
        if self._after > 0:
            # The greedy label takes all that the segments after it leave.
            end = len(parts) - self._after
            parts[self._greedy : end] = ["/".join(parts[self._greedy : end])]
        count = len(parts)
        found = [parts[place] for place in self._places if place < count]
        return [*map(decode_label, found)] if "%" in path else found


@dataclass(frozen=True, slots=True)
class Candidate:
    """An operation whose path matches, with what else it asks of a request."""

    operation: OperationModel
    query: Mapping[str, str]
    """Fixed query fields; an empty value means any."""
    required: frozenset[str]
    """Required query members and headers: what tells operations apart that share a path (S3's UploadPart)."""
    is_deprecated: bool

    def rank(self, fields: Mapping[str, str], names: Collection[str]) -> tuple[int, int, bool] | None:
        """How well query fields and names of headers fit; None when they do not. The highest is what was meant."""
        for name, value in self.query.items():
            if name not in fields or (value and fields[name] != value):
                return None
        missing = len(self.required.difference(fields, names)) if self.required else 0
        return len(self.query), -missing if missing else len(self.required), not self.is_deprecated


class Choice:
    """The operations of one method whose templates match the same paths. Which of them is meant is known beforehand for
    requests that have nothing of what some of them ask for, as most requests do."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self._candidates = candidates
        self._asked: frozenset[str] = frozenset().union(*(each.query.keys() | each.required for each in candidates))
        self._usual = self._best({}, ())
        self._is_clear = len(candidates) == 1 and not candidates[0].query
        """Whether nothing that a request has makes a difference."""

    def joined(self, other: "Choice | None") -> "Choice":
        """These operations, after those of another choice."""
        return self if other is None else Choice([*other._candidates, *self._candidates])

    def meant(self, request: Request) -> OperationModel | None:
        """The operation that a request names, or None."""
        names = request.headers.names
        if self._is_clear or (not request.query and names.isdisjoint(self._asked)):
            return self._usual
        fields = dict(parse_qsl(request.query, keep_blank_values=True, errors="replace")) if request.query else {}
        return self._best(fields, names)

    def _best(self, fields: Mapping[str, str], names: Collection[str]) -> OperationModel | None:
        meant, highest = None, None
        for one in self._candidates:
            rank = one.rank(fields, names)
            if rank is not None and (highest is None or rank > highest):
                meant, highest = one.operation, rank
        return meant


@dataclass(slots=True)
class _Node:
    literals: dict[str, "_Node"] = field(default_factory=dict)
    label: "_Node | None" = None
    here: dict[str, Choice] = field(default_factory=dict)
    """Operations whose template ends here, by method."""
    greedy: dict[str, dict[tuple[str, ...], Choice]] = field(default_factory=dict)
    """Operations whose greedy label begins here, by method and by the literal segments after it."""

    def add(self, path: Sequence[str], method: str, choice: Choice) -> None:
        """Put an operation where its template leads from here."""
        node = self
        for index, part in enumerate(path):
            if part.endswith("+}"):
                by_rest, rest = node.greedy.setdefault(method, {}), tuple(path[index + 1 :])
                by_rest[rest] = choice.joined(by_rest.get(rest))
                return
            if part[:1] == "{":
                node.label = node = node.label or _Node()
            else:
                node = node.literals.setdefault(part, _Node())
        node.here[method] = choice.joined(node.here.get(method))


_NO_GREEDY: Mapping[tuple[str, ...], Choice] = {}


class Routes:
    """The templates of one service."""

    def __init__(self, model: ServiceModel) -> None:
        self._path = path_of(model)
        self._root = _Node()
        self._plain = _Node()
        """The operations that ask for no query field: all that a request without a query can mean."""
        unrouted = model.patch.get("unrouted", ())
        for name in sorted(model.operation_names):
            if name not in unrouted:
                self._add(model.operation(name))

    def match(self, request: Request) -> OperationModel | None:
        """The operation that a request's method, path and query name, or None."""
        parts = segments(self._path(request))
        root = self._root if request.query else self._plain
        found = self._find(root, parts, 0, request.method)
        if found is None and parts and not parts[-1]:
            # Nearly every service takes a slash at the end.
            found = self._find(root, parts[:-1], 0, request.method)
        return None if found is None else found.meant(request)

    def starts(self, path: str) -> bool:
        """Whether some template begins with the literal first segment of a path."""
        parts = segments(path)
        return bool(parts) and parts[0] in self._root.literals

    def _add(self, operation: OperationModel) -> None:
        template = UriTemplate(operation.uri)
        members = operation.input.members if operation.input else {}
        needed = operation.input.required if operation.input else ()
        candidate = Candidate(
            operation,
            template.query,
            frozenset(members[n].wire_name.lower() if members[n].location == "header" else members[n].wire_name
                  for n in needed if n in members and members[n].location in ("querystring", "header")),
            bool(operation.raw.get("deprecated")),
        )  # fmt: skip
        for root in (self._root,) if template.query else (self._root, self._plain):
            root.add(template.segments, operation.method, Choice([candidate]))

    def _find(self, node: _Node, parts: Sequence[str], at: int, method: str) -> Choice | None:
        if at == len(parts):
            return node.here.get(method)
        if at > SEGMENTS_MAX:
            return None
        part = parts[at]
        if part in node.literals:
            found = self._find(node.literals[part], parts, at + 1, method)
            if found is not None:
                return found
        if node.label is not None and part:
            found = self._find(node.label, parts, at + 1, method)
            if found is not None:
                return found
        found = None
        for rest, choice in node.greedy.get(method, _NO_GREEDY).items():
            end = len(parts) - len(rest)
            if (part or end - at > 1) and end > at and (not rest or tuple(parts[end:]) == rest):
                found = choice.joined(found)
        return found


@cache
def routes(model: ServiceModel) -> Routes:
    """The templates of a REST service, compiled on first use."""
    return Routes(model)


def segments(path: str, cuts: int = -1) -> list[str]:
    """``/a/b`` as ``["a", "b"]``, cut at so many slashes or at all; the root has none."""
    return path[1:].split("/", cuts) if len(path) > 1 else []


def decode_label(text: str) -> str:
    """A path segment as text. Raises UnicodeDecodeError for bytes that are no UTF-8."""
    return unquote(text, errors="strict") if "%" in text else text


def path_of(model: ServiceModel) -> Callable[[Request], str]:
    """What gives the path that a service's templates match: as it came, but for S3."""
    return bucket_path if model.name == "s3" else attrgetter("path")


def bucket_path(request: Request) -> str:
    """The path of an S3 request in path style, wherever the bucket was named.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
    """
    bucket = bucket_of_host(request.host)
    return f"/{bucket}{request.path}" if bucket else request.path


@lru_cache(1024)
def bucket_of_host(host: str) -> str:
    """``photos`` of ``photos.s3.us-east-1.amazonaws.com:443`` or ``photos.localhost``; empty when there is none."""
    name, _, port = host.rpartition(":")
    found = _BUCKET_HOST.fullmatch((name if name and port.isdecimal() else host).lower())
    if found is None or found["bucket"] == "s3" or found["bucket"].startswith("s3."):
        return ""
    return found["bucket"]
