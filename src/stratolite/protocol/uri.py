"""Path templates of the REST protocols: ``/restapis/{id}/resources?embed``, greedy labels ``{Key+}``.

S3's bucket may stand in the host name instead of the path; requests are read as if it stood in the path.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from urllib.parse import parse_qsl

from stratolite.http.message import Request
from stratolite.protocol.models import OperationModel, ServiceModel
from stratolite.protocol.parse.rest import decode_label

_LABEL = re.compile(r"\{([^}+]+)(\+?)\}")
_VIRTUAL_HOST = re.compile(
    r"^(?P<bucket>[a-z0-9][a-z0-9.\-_]*?)\.(?:s3[.-](?:[a-z0-9-]+\.)*amazonaws\.com(?:\.cn)?"
    r"|s3\.(?:[a-z0-9-]+\.)?localhost|s3\.[a-z0-9.-]*localstack\.cloud|localhost)(?::\d+)?$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Template:
    """One operation's method, path and fixed query."""

    operation: OperationModel

    @property
    def method(self) -> str:
        return self.operation.method

    @cached_property
    def path(self) -> str:
        return self.operation.uri.partition("?")[0]

    @cached_property
    def query(self) -> Mapping[str, str]:
        """Query fields that the request must have; an empty value means any."""
        return dict(parse_qsl(self.operation.uri.partition("?")[2], keep_blank_values=True))

    @cached_property
    def labels(self) -> tuple[str, ...]:
        return tuple(found.group(1) for found in _LABEL.finditer(self.path))

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        parts, at = [], 0
        for found in _LABEL.finditer(self.path):
            parts += [re.escape(self.path[at : found.start()]), "(.+)" if found.group(2) else "([^/]+)"]
            at = found.end()
        parts.append(re.escape(self.path[at:]))
        return re.compile("".join(parts).rstrip("/") + "/?" if not self.path.endswith("+}") else "".join(parts))

    @cached_property
    def rank(self) -> tuple[int, int, int]:
        """The more a template fixes, the earlier it is tried."""
        literal = len(_LABEL.sub("", self.path))
        headers = len(self.headers) if self.is_shared else 0
        return (-len(self.query) - len(self.required) - headers, -literal, len(self.labels))

    @property
    def is_shared(self) -> bool:
        """Whether other operations have the same path, so that headers decide."""
        return self.operation.service.name == "s3"

    @cached_property
    def headers(self) -> tuple[str, ...]:
        """Required headers: what tells CopyObject from PutObject."""
        shape = self.operation.input
        if shape is None:
            return ()
        return tuple(
            member.wire_name.lower()
            for name, member in shape.members.items()
            if member.location == "header" and name in shape.required
        )

    @cached_property
    def required(self) -> tuple[str, ...]:
        """Required query members: operations that share a path differ in them (S3's UploadPart, ListParts)."""
        shape = self.operation.input
        if shape is None:
            return ()
        return tuple(
            member.wire_name
            for name, member in shape.members.items()
            if member.location == "querystring" and name in shape.required
        )


@cache
def templates(model: ServiceModel) -> Mapping[str, tuple[Template, ...]]:
    """A REST service's templates by method, the most specific first."""
    by_method: dict[str, list[Template]] = {}
    for name in sorted(model.operation_names):
        template = Template(model.operation(name))
        by_method.setdefault(template.method, []).append(template)
    return {method: tuple(sorted(found, key=lambda t: t.rank)) for method, found in by_method.items()}


def match(model: ServiceModel, request: Request) -> OperationModel | None:
    """The operation that a request's method, path and query name, or None."""
    path = path_of(model, request)
    fields = dict(parse_qsl(request.query, keep_blank_values=True, errors="replace")) if request.query else {}
    for template in templates(model).get(request.method, ()):
        if (
            all(key in fields and value in ("", fields[key]) for key, value in template.query.items())
            and all(name in fields for name in template.required)
            and (not template.is_shared or all(name in request.headers for name in template.headers))
            and template.pattern.fullmatch(path)
        ):
            return template.operation
    return None


def labels_of(operation: OperationModel, request: Request) -> dict[str, str]:
    """The labels of a request's path, decoded."""
    template = _template(operation)
    found = template.pattern.fullmatch(path_of(operation.service, request))
    if found is None:
        return {}
    return {name: decode_label(text) for name, text in zip(template.labels, found.groups(), strict=True)}


@cache
def _template(operation: OperationModel) -> Template:
    return Template(operation)


def path_of(model: ServiceModel, request: Request) -> str:
    """The path, with S3's bucket in it even where the client put it into the host name."""
    if model.name != "s3":
        return request.path
    bucket = virtual_bucket(request.host)
    if not bucket:
        return request.path
    return f"/{bucket}" if request.path == "/" else f"/{bucket}{request.path}"


def virtual_bucket(host: str) -> str:
    """The bucket that a host name begins with; empty when it names none."""
    found = _VIRTUAL_HOST.match(host)
    if not found or found["bucket"] in ("s3", "127.0.0") or found["bucket"].startswith("s3."):
        return ""
    return found["bucket"]
