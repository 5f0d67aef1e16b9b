"""Which operation a request is.

In order: the target header (JSON), the path of smithy-rpc-v2-cbor, the ``Action`` field (query), the service that the
signature or the host names, the path templates of the REST services; what is left is S3's. Models are read when a
request first needs them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from stratolite.core.errors import (
    AwsError,
    IncompleteSignature,
    InvalidAction,
    NotImplementedHere,
    UnknownOperationException,
)
from stratolite.http.deployed import begin_at_connections
from stratolite.http.hosts import aws_host
from stratolite.http.message import Request, Response
from stratolite.protocol import s3_header
from stratolite.protocol.faults import fault
from stratolite.protocol.models import AMZ_CBOR, AMZ_CBOR_TYPE, OperationModel, ServiceModel, patches, service_model
from stratolite.protocol.sigv4 import credential_of
from stratolite.protocol.uri import bucket_of_host, routes

CONNECTIONS_MODEL = "apigatewaymanagementapi"
"""The service whose endpoint is a deployed API with its stage, so that the stage may stand before its paths."""
FORM_TYPE = "application/x-www-form-urlencoded"
FORM_BYTES_MAX = 4 * 1024 * 1024
"""What a form may have at most: it is read before its operation, and so its service's limit, is known."""

_CBOR_PATH = re.compile(r"/service/([A-Za-z0-9_]+)/operation/([A-Za-z0-9_]+)")
_LOCAL_HOST = re.compile(r"([a-z0-9-]+)\.(?:[a-z0-9-]+\.)?localhost(?:\.localstack\.cloud)?(?::\d+)?")
"""``dynamodb.localhost:4566``, ``lambda.us-east-1.localhost.localstack.cloud:4566`` and their like."""
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

    def __init__(self, error: AwsError, model: ServiceModel | None, protocol: str) -> None:
        super().__init__(str(error))
        self.error = error
        self.protocol = protocol
        self._model = model

    def response(self, request: Request, request_id: str) -> Response:
        """The answer."""
        return fault(self._model, self.protocol, self.error, request_id, request)


class MethodNotAllowed(AwsError):
    """S3 has no such method on this resource."""

    status = 405
    text = "The specified method is not allowed against this resource."


class NotAForm(AwsError):
    """What is posted to a bucket of S3 without a word in the query is a form; this is none."""

    code = "PreconditionFailed"
    status = 412
    text = "At least one of the pre-conditions you specified did not hold"


class MissingAction(AwsError):
    """A query request without ``Action``."""

    text = "Missing Action"


def is_form(request: Request) -> bool:
    """Whether the body has to be read before the request can be identified: a form may hold the action."""
    return request.method == "POST" and request.headers.get("content-type").startswith(FORM_TYPE)


class Router:
    """Routes requests to the served services: pairs of folder name and model name."""

    def __init__(self, services: Sequence[tuple[str, str]]) -> None:
        self._folders = {model: name for name, model in services}
        self._signing: dict[str, list[str]] = {}
        for model in self._folders:
            name = patches().get(model, {}).get("signing_name", model)
            # The model that bears the signing name itself is asked first.
            self._signing.setdefault(name, []).insert(0 if name == model else len(self._signing[name]), model)
        self._targets: dict[str, Target] = {}
        """Targets by the header that named them."""
        self._of_operations: dict[OperationModel, Target] = {}
        """Targets that a path named: like the others, at most one for each operation of the served services."""

    def identify(self, request: Request) -> Target:
        """The target of a request. Raises RouteError."""
        header = request.headers.get("x-amz-target")
        if header:
            target = self._targets.get(header) or self._by_target(request, header)
            if request.headers.get("content-type") == AMZ_CBOR_TYPE and target.model.patch.get("speaks_cbor"):
                return replace(target, protocol=AMZ_CBOR)
            return target
        if request.headers.get("smithy-protocol") == "rpc-v2-cbor":
            return self._by_cbor_path(request)
        # Most requests have no place for an action.
        action = self._action(request) if request.query or request.method == "POST" else ""
        if action:
            return self._by_action(request, action)
        named = self._named(request)
        if named:
            return self._in_services(request, named)
        return self._by_path(request)

    # Each way -----------------------------------------------------------------------------------------------

    def _by_target(self, request: Request, header: str) -> Target:
        prefix, _, operation = header.rpartition(".")
        named = self._named(request, protocol="json")
        for name in dict.fromkeys([*named, *self._folders]):
            model = service_model(name)
            if model.target_prefix == prefix and "json" in model.protocols:
                target = self._targets[header] = self._target(name, operation, "json")
                return target
        raise RouteError(UnknownOperationException(), service_model(named[0]) if named else None, "json")

    def _by_cbor_path(self, request: Request) -> Target:
        protocol = "smithy-rpc-v2-cbor"
        named = self._named(request, protocol=protocol)
        found = _CBOR_PATH.fullmatch(request.path)
        if found and request.method == "POST":
            for name in dict.fromkeys([*named, *self._folders]):
                model = service_model(name)
                if protocol in model.protocols and found[1] == (model.target_prefix or model.service_id):
                    return self._target(name, found[2], protocol)
        raise RouteError(UnknownOperationException(), service_model(named[0]) if named else None, protocol)

    def _by_action(self, request: Request, action: str) -> Target:
        named = self._named(request, protocol="query")
        spoken = [name for name in named or self._folders if "query" in service_model(name).protocols]
        for name in spoken:
            if action in service_model(name).operation_names:
                return Target(self._folders[name], service_model(name), action, "query")
        if named and not spoken:
            # The service speaks no query protocol, so that the field is one of its own.
            return self._in_services(request, named)
        model = service_model(spoken[0]) if len(spoken) == 1 else None
        raise RouteError(_invalid_action(model, action), model, "query")

    def _in_services(self, request: Request, names: Sequence[str]) -> Target:
        for name in names:
            model = service_model(name)
            if model.protocol.startswith("rest"):
                operation = routes(model).match(request)
                if operation is not None:
                    return self._of_operation(name, operation)
        if names[0] == CONNECTIONS_MODEL and begin_at_connections(request):
            return self._in_services(request, names)
        model = service_model(names[0])
        raise RouteError(_no_route(model, request), model, model.protocol)

    def _of_operation(self, name: str, operation: OperationModel) -> Target:
        target = self._of_operations.get(operation)
        if target is None:
            model = operation.service
            target = Target(self._folders[name], model, operation.name, model.protocol)
            self._of_operations[operation] = target
        return target

    def _by_path(self, request: Request) -> Target:
        """An unsigned request: a path that only one REST service has, else S3."""
        if not bucket_of_host(request.host):
            for name in self._rest_names():
                if routes(service_model(name)).starts(request.path):
                    return self._in_services(request, [name])
        if "s3" in self._folders:
            _check_mechanism(request)
            return self._in_services(request, ["s3"])
        raise RouteError(UnknownOperationException(), None, "rest-json")

    def _rest_names(self) -> Iterator[str]:
        for name in self._folders:
            if name != "s3" and service_model(name).protocol.startswith("rest"):
                yield name

    # What a request says of its service -----------------------------------------------------------------------

    def _named(self, request: Request, protocol: str = "") -> list[str]:
        """The models that the signature or else the host names; none for an unsigned request.

        Raises RouteError for a service that is not served here, in ``protocol`` when that is known.
        """
        try:
            credential = credential_of(request)
        except IncompleteSignature as error:
            raise RouteError(error, None, protocol or "rest-json") from error
        except AwsError as error:
            raise RouteError(error, None, protocol or "rest-xml") from error
        if credential is not None and credential.service:
            named = self._signing.get(credential.service)
            if named is None:
                text = f"The service {credential.service} is not part of this version of Stratolite."
                raise RouteError(NotImplementedHere(text), None, protocol or "rest-json")
            if credential.service == "s3" and (request.query or not credential.signature):
                _check_mechanism(request)
            return named
        named = self._named_by_host(request, protocol)
        if named and named[0] == "s3":
            _check_mechanism(request)
        return named

    def _named_by_host(self, request: Request, protocol: str) -> list[str]:
        host = aws_host(request.host)
        if host is not None:
            if host.service in self._signing:
                return self._signing[host.service]
            text = f"{request.host} is not part of this version of Stratolite."
            raise RouteError(NotImplementedHere(text), None, protocol or "rest-json")
        found = _LOCAL_HOST.fullmatch(request.host.lower())
        return self._signing.get(found[1], []) if found else []

    @staticmethod
    def _action(request: Request) -> str:
        """The ``Action`` field of a form or of the query string; empty when there is none."""
        if is_form(request):
            found = _ACTION.search(request.body)
            if found:
                return found[1].decode("latin-1")
        if "Action=" not in request.query:
            return ""
        from stratolite.protocol.parse.query import fields

        try:
            return fields(request.query).get("Action", "")
        except AwsError:
            # The operation's own parser refuses this query, in the form of its protocol.
            return ""

    def _target(self, name: str, operation: str, protocol: str) -> Target:
        model = service_model(name)
        if operation not in model.operation_names:
            raise RouteError(UnknownOperationException(), model, protocol)
        return Target(self._folders[name], model, operation, protocol)


def _check_mechanism(request: Request) -> None:
    """Raises RouteError for an Authorization header that S3 does not take."""
    try:
        s3_header.check_mechanism(request.headers.get("authorization"), request.query)
    except AwsError as error:
        raise RouteError(error, service_model("s3"), "rest-xml") from error


def _no_route(model: ServiceModel, request: Request) -> AwsError:
    if model.protocol == "rest-xml":
        has_key = len(request.path.split("/", 2)) > 2
        if request.method == "POST" and not has_key and not request.query:
            return NotAForm(Condition="Bucket POST must be of the enclosure-type multipart/form-data")
        return MethodNotAllowed(Method=request.method, ResourceType="OBJECT" if has_key else "BUCKET")
    if model.protocol == "query":
        return MissingAction()
    if model.protocol == "rest-json":
        return UnknownRoute(f"No operation has the method {request.method} and the path {request.path}.")
    return UnknownOperationException()


class UnknownRoute(AwsError):
    """A REST service has no such method and path."""

    code = "UnknownOperationException"
    status = 404


def _invalid_action(model: ServiceModel | None, action: str) -> AwsError:
    form = "The action {action} is not valid for this endpoint."
    version = ""
    if model is not None:
        form = model.patch.get("unknown_action", form)
        version = model.api_version
    return InvalidAction(form.format(action=action, version=version))
