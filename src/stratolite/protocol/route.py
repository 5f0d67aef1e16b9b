"""Which operation a request is.

In order: the target header (JSON), the path of smithy-rpc-v2-cbor, the service that the signature names, the ``Action``
field (query), the host name, the path templates of the REST services; what is left is S3's.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from stratolite.core.errors import AwsError, InvalidAction, UnknownOperationException
from stratolite.http.message import Request, Response
from stratolite.protocol.errors import error_response
from stratolite.protocol.models import ServiceModel, service_model
from stratolite.protocol.parse.query import fields
from stratolite.protocol.sigv4 import credential_of
from stratolite.protocol.uri import match, virtual_bucket

SIGNING_NAMES = {"monitoring": "cloudwatch", "email": "ses", "states": "stepfunctions"}
"""Signing names that are not the name of the model's folder."""

_CBOR_PATH = re.compile(r"^/service/([A-Za-z0-9_]+)/operation/([A-Za-z0-9_]+)$")
_HOST = re.compile(r"^(?:[a-z0-9-]+\.)?([a-z0-9-]+)\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|localhost)(?::\d+)?$")
_ACTION = re.compile(rb"(?:^|&)Action=([^&]*)")


@dataclass(frozen=True, slots=True)
class Target:
    """What a request asks for. ``service`` is the name of the folder under ``services/``."""

    service: str
    model: ServiceModel
    operation: str
    protocol: str


class RouteError(Exception):
    """A request that names no operation that is served here; answers in the protocol that it seems to speak."""

    def __init__(self, error: AwsError, model: ServiceModel, protocol: str) -> None:
        super().__init__(str(error))
        self.error = error
        self._model = model
        self._protocol = protocol

    def response(self, request: Request, request_id: str) -> Response:
        """The answer."""
        response = error_response(self._model, self._protocol, self.error, request_id)
        if request.method == "HEAD":
            response.body = b""
        return response


class Router:
    """Routes requests to the served services: pairs of folder name and model name."""

    def __init__(self, services: Sequence[tuple[str, str]]) -> None:
        self._folders = {model: name for name, model in services}
        self._targets: dict[str, str] = {}

    def identify(self, request: Request) -> Target:
        """The target of a request. Raises RouteError."""
        target = request.headers.get("x-amz-target")
        if target:
            return self._by_target(request, target)
        if request.headers.get("smithy-protocol") == "rpc-v2-cbor" or request.path.startswith("/service/"):
            found = _CBOR_PATH.match(request.path)
            if found and request.method == "POST":
                return self._by_cbor_path(found.group(1), found.group(2))
        named = self._named(request)
        action = self._action(request)
        if action and (named is None or "query" in service_model(named).protocols):
            return self._by_action(named, action)
        if named is not None:
            return self._in_service(request, named)
        return self._by_path(request)

    # Each way ---------------------------------------------------------------------------------------------

    def _by_target(self, request: Request, target: str) -> Target:
        prefix, _, operation = target.rpartition(".")
        name = self._targets.get(prefix)
        if name is None:
            named = self._named(request)
            candidates = [named] if named else list(self._folders)
            for candidate in candidates:
                model = service_model(candidate)
                if model.target_prefix:
                    self._targets[model.target_prefix] = candidate
            name = self._targets.get(prefix)
        if name is None:
            fallback = self._named(request) or next(iter(self._folders))
            raise RouteError(UnknownOperationException(""), service_model(fallback), "json")
        return self._target(name, operation, "json")

    def _by_cbor_path(self, service: str, operation: str) -> Target:
        for name in self._folders:
            model = service_model(name)
            if service in (model.target_prefix, model.service_id.replace(" ", "")):
                return self._target(name, operation, "smithy-rpc-v2-cbor")
        raise RouteError(
            UnknownOperationException(f"Unknown service: {service}"),
            service_model(next(iter(self._folders))),
            "smithy-rpc-v2-cbor",
        )

    def _by_action(self, named: str | None, action: str) -> Target:
        if named is not None:
            return self._target(named, action, "query")
        for name in self._folders:
            model = service_model(name)
            if "query" in model.protocols and action in model.operation_names:
                return self._target(name, action, "query")
        raise RouteError(_invalid_action(action, ""), service_model("sts"), "query")

    def _in_service(self, request: Request, name: str) -> Target:
        model = service_model(name)
        if model.protocol.startswith("rest"):
            operation = match(model, request)
            if operation is not None:
                return Target(self._folders[name], model, operation.name, model.protocol)
            raise RouteError(self._no_route(model, request), model, model.protocol)
        error = UnknownOperationException("") if model.protocol != "query" else _invalid_action("", model.api_version)
        raise RouteError(error, model, model.protocol)

    def _by_path(self, request: Request) -> Target:
        """An unsigned request: a path that only one REST service has, else S3."""
        if not virtual_bucket(request.host):
            for name in self._folders:
                if name == "s3":
                    continue
                model = service_model(name)
                if model.protocol.startswith("rest") and request.path.startswith(_prefixes(model)):
                    return self._in_service(request, name)
        if "s3" in self._folders:
            return self._in_service(request, "s3")
        name = next(iter(self._folders))
        raise RouteError(UnknownOperationException(""), service_model(name), service_model(name).protocol)

    # What a request says of its service -----------------------------------------------------------------------

    def _named(self, request: Request) -> str | None:
        """The model that the signature or the host names, if it is served here."""
        try:
            credential = credential_of(request)
        except AwsError as error:
            name = "sts" if "sts" in self._folders else next(iter(self._folders))
            raise RouteError(error, service_model(name), service_model(name).protocol) from error
        if credential is not None:
            name = SIGNING_NAMES.get(credential.service, credential.service)
            if name in self._folders:
                return name
        found = _HOST.match(request.host)
        if found:
            name = SIGNING_NAMES.get(found.group(1), found.group(1))
            if name in self._folders:
                return name
        return None

    @staticmethod
    def _action(request: Request) -> str:
        if request.method == "POST" and request.headers.get("content-type").startswith(
            "application/x-www-form-urlencoded"
        ):
            found = _ACTION.search(request.body)
            if found:
                return found.group(1).decode("latin-1")
        if "Action=" in request.query:
            try:
                return fields(request.query).get("Action", "")
            except AwsError:
                return ""
        return ""

    def _target(self, name: str, operation: str, protocol: str) -> Target:
        model = service_model(name)
        if operation not in model.operation_names:
            error: AwsError = UnknownOperationException("")
            if protocol == "query":
                error = _invalid_action(operation, model.api_version)
            raise RouteError(error, model, protocol)
        return Target(self._folders[name], model, operation, protocol)

    @staticmethod
    def _no_route(model: ServiceModel, request: Request) -> AwsError:
        if model.protocol == "rest-xml":
            error = MethodNotAllowed()
            error.fields = {"Method": request.method, "ResourceType": "SERVICE"}
            return error
        return UnknownOperationException(f"Unable to find a route for {request.method} {request.path}")


class MethodNotAllowed(AwsError):
    """S3 has no such method on this resource."""

    status = 405
    text = "The specified method is not allowed against this resource."


def _prefixes(model: ServiceModel) -> tuple[str, ...]:
    """The first path segments of a REST service's operations."""
    segments = {model.operation(name).uri.split("?")[0].split("/")[1] for name in model.operation_names}
    return tuple(f"/{segment}" for segment in segments if segment and not segment.startswith("{"))


def _invalid_action(action: str, version: str) -> AwsError:
    if not action:
        return MissingAction()
    suffix = f" for version {version}" if version else ""
    return InvalidAction(f"Could not find operation {action}{suffix}")


class MissingAction(AwsError):
    """A query request without ``Action``."""

    text = "The request must contain the parameter Action"
