"""How one request flows: identify, authenticate, authorize, parse, validate, operate, commit, serialize.

The last step here is one of the two places that catch every exception: a fault of ours becomes the protocol's own
internal error, and its traceback goes to the log, never to the client.
"""

import logging
from collections.abc import Callable
from functools import lru_cache

from msgspec import structs

from stratolite.core.arn import Arn, partition_of
from stratolite.core.call import REGION_DEFAULT, Call
from stratolite.core.errors import AwsError, InternalFailure, NotImplementedHere
from stratolite.core.trace import trace_header
from stratolite.http.hosts import aws_host
from stratolite.http.message import Request, Response
from stratolite.protocol import presigned
from stratolite.protocol.body import read_whole
from stratolite.protocol.codec import codec
from stratolite.protocol.route import FORM_BYTES_MAX, RouteError, Router, Target, is_form
from stratolite.protocol.sigv4 import credential_of
from stratolite.protocol.uri import bucket_of_host
from stratolite.protocol.validate import validate
from stratolite.server.caller import caller_of
from stratolite.server.hints import Hints
from stratolite.server.home import Home
from stratolite.server.pages import ForeignPage, Pages, is_browsers, is_preflight
from stratolite.server.registry import Registry

log = logging.getLogger("stratolite.server")


class Pipeline:
    """Answers AWS API requests: each in the account and region that it names, or all of them at one ``home``."""

    def __init__(
        self,
        registry: Registry,
        router: Router,
        endpoint: str,
        hints: Hints,
        pages: Pages,
        home: Home | None = None,
    ) -> None:
        self._registry = registry
        self._hints = hints
        self._pages = pages
        self._router = router
        self._endpoint = endpoint
        self._home = home
        self._entropy = registry.world.entropy
        self._clock = registry.world.clock
        self._ports = registry.world.ports
        self._database = registry.world.database

    async def __call__(self, request: Request) -> Response:
        request_id = self._entropy.uuid()
        try:
            if is_form(request):
                await read_whole(request, FORM_BYTES_MAX, unpacks=True)
            target = self._router.identify(request)
        except RouteError as error:
            return self._unrouted(request, error, request_id)
        except AwsError as error:
            return self._unrouted(request, RouteError(error, None, "query"), request_id)
        except Exception:
            log.exception("%s %s failed (request %s)", request.method, request.path, request_id)
            return self._unrouted(request, RouteError(InternalFailure(), None, "rest-json"), request_id)
        if is_browsers(request):
            return await self._answer_browser(request, target, request_id)
        return await self.answer(request, target, request_id)

    def _unrouted(self, request: Request, error: RouteError, request_id: str) -> Response:
        """What a request hears that names no operation that is served here."""
        if isinstance(error.error, NotImplementedHere):
            self._hints.refused(request.host, error.error)
        response = error.response(request, request_id)
        self._pages.share(request, response)
        return response

    def preflight(self, request: Request) -> Response | None:
        """What a browser hears that asks for a page that is welcome; None where a service has rules of its own."""
        if not is_preflight(request) or not self._pages.welcomes(request.headers.get("origin")):
            return None
        method = request.headers.get("access-control-request-method")
        names = request.headers.get("access-control-request-headers").lower()
        if "x-amz-target" not in names and not _is_no_bucket(request, method):
            try:
                target = self._router.identify(structs.replace(request, method=method))
            except RouteError:
                return None
            if self._rules_of(target) is not None:
                return None
        return self._pages.preflight(request)

    async def _answer_browser(self, request: Request, target: Target, request_id: str) -> Response:
        """Answer what a page of another origin may have had sent, by the service's own rules for that or else ours."""
        share = self._rules_of(target)
        if share is None:
            share = self._pages.share
            try:
                self._pages.check(request, is_read=target.protocol != "query" and request.method != "POST")
            except ForeignPage as error:
                log.warning("%s %s was refused: %s", target.service, target.operation, error.message)
                return codec(target.model, target.operation, target.protocol).error(error, request_id, request)
        response = await self.answer(request, target, request_id)
        if "origin" in request.headers:
            share(request, response)
        return response

    def _rules_of(self, target: Target) -> Callable[[Request, Response], None] | None:
        """A service's own way to let pages of other origins read its answers."""
        return getattr(self._registry.get(target.service).state, "share", None)

    async def answer(self, request: Request, target: Target, request_id: str) -> Response:
        """Answer a request whose operation and protocol are known."""
        encoding = codec(target.model, target.operation, target.protocol)
        try:
            loaded = self._registry.get(target.service)
            operation, state = loaded.operation(target.operation), loaded.state
            call = self._call(request, target.protocol, request_id)
            authorize(call, target)
            if not encoding.streams:
                bytes_max = loaded.service.payload_bytes_max
                await read_whole(request, bytes_max, unpacks=encoding.unpacks, operation=target.operation)
            parameters = encoding.parse(request)
            if self._home is not None:
                parameters = self._home.brought(loaded.service.named, parameters)
            try:
                validate(operation.model, parameters)
                if operation.waits:
                    result = await operation.function(call, state, parameters)
                else:
                    result = await self._database.transact(lambda: operation.function(call, state, parameters))
            except AwsError as error:
                encoding.check_opaque(request)
                named = loaded.service.named
                if named is not None and error.code in named.codes:
                    self._hints.missed(call, named, target.operation, parameters)
                raise
            return encoding.serialize(result, request_id, request)
        except AwsError as error:
            if isinstance(error, NotImplementedHere):
                self._hints.refused(request.host, error)
            return encoding.error(error, request_id, request)
        except OSError as error:
            # The disk's fault, or a socket's: there is nothing to find in a traceback.
            log.error("%s %s failed (request %s): %s", target.service, target.operation, request_id, error)
            return encoding.error(InternalFailure(), request_id, request)
        except Exception:
            log.exception("%s %s failed (request %s)", target.service, target.operation, request_id)
            return encoding.error(InternalFailure(), request_id, request)

    def _call(self, request: Request, protocol: str, request_id: str) -> Call:
        """Authenticate, as far as ``caller.py`` says. Raises an AwsError for credentials that have expired."""
        credential = credential_of(request)
        key_id = named_region = ""
        now_ms = self._clock.now_ms()
        if credential is not None:
            key_id, named_region = credential.access_key_id, credential.region
            if credential.presigned and credential.service == "s3":
                presigned.accept(request, credential, now_ms)
        caller = caller_of(key_id, protocol, self._ports, now_ms)
        host = request.host
        account, region = caller.account, named_region or _region_of(host)
        if self._home is not None:
            account, region = self._home.account, self._home.region
        return Call(
            account=account,
            region=region,
            request_id=request_id,
            now_ms=now_ms,
            trace_id=trace_header(request.headers.get("x-amzn-trace-id"), now_ms, self._entropy),
            endpoint=_address(request.scheme, host) or self._endpoint,
            access_key_id=key_id,
            principal=caller.principal or _root(account, region),
            names_region=named_region != "",
        )


def _is_no_bucket(request: Request, method: str) -> bool:
    """Whether a preflight announces what S3 has not: a POST without a query that is for no bucket, as an action is."""
    path = request.path.rstrip("/")
    return method == "POST" and not request.query and path.count("/") != 1 and not bucket_of_host(request.host)


@lru_cache(1024)
def _address(scheme: str, host: str) -> str:
    """By which address the caller reached us; empty where that is AWS's own, which leads there from anywhere else."""
    return f"{scheme}://{host}" if host and aws_host(host) is None else ""


def _region_of(host: str) -> str:
    """The region that a host names, for requests that are not signed."""
    named = aws_host(host)
    return (named.region if named is not None else "") or REGION_DEFAULT


@lru_cache(1024)
def _root(account: str, region: str) -> str:
    return str(Arn("iam", "", account, "root", partition_of(region)))


def authorize(call: Call, target: Target) -> None:
    """The place of policy enforcement: policies are kept and returned, and every call is allowed.

    ``stratolite up`` says so once; a caller of another account is told apart by its namespace already.
    """
