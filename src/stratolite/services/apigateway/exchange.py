"""One request to a deployed API, from its arrival to its response: what every part of the data plane looks at."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from stratolite.core.call import Call
from stratolite.core.clock import clf_time
from stratolite.core.ids import Ids
from stratolite.http.message import Request
from stratolite.protocol.signer import Signer
from stratolite.services.apigateway.locate import Place
from stratolite.services.apigateway.stage import Route

if TYPE_CHECKING:
    from stratolite.services.apigateway.outgoing import Sent

Pairs = dict[str, list[str]]


class Exchange:
    """A request with the stage that it reached. ``route`` is set once its path and method are matched."""

    # What most requests never set is the class's own: a request costs 0.6 µs less.
    is_trial = False
    """Whether nobody sent it: ``trial.py`` plays a method."""
    sent = b""
    received = b""
    """In a trial: what went to the function, and what came back."""
    outgoing: "Sent | None" = None
    """In a trial: what went to a URL, and what came back."""
    route: Route
    path_parameters: Mapping[str, str] = {}
    body = b""
    trace_shown = False
    """Whether the response carries the trace, as it does once an integration was called."""
    api_key = ""
    api_key_id = ""
    authorizer: dict[str, Any] | None = None
    """``requestContext.authorizer``: what the authorizer said of the caller."""
    caller: Mapping[str, str] | None = None
    """What ``identity`` says of whoever signed the request; None where nobody has to."""
    usage_key = ""
    """The API key that the authorizer named."""
    integration_s = -1.0
    """How long the integration took; negative until it has answered."""
    detailed: tuple[str, str] | None = None
    """Method and resource, when their requests are metrics of their own."""
    # Made when they are first asked for; cached_property would take a lock each time.
    _query: Pairs | None = None
    _headers: Pairs | None = None
    _context: dict[str, Any] | None = None

    def __init__(self, request: Request, place: Place, ids: Ids, now_ms: int) -> None:
        self.request = request
        self.place = place
        self.stage = place.stage
        self.path = place.path
        """The path below the stage, percent-encoded as it was sent; leading slashes are one."""
        self.stage_path = place.stage_path
        """The path with the stage in front, as it was sent."""
        self.request_id = ids.request
        self.extended_id = ids.extended
        self.trace_id = ids.shown
        """The header that the integration's request carries: ``Root=1-...``."""
        self.now_ms = now_ms
        self.overrides: dict[str, Any] = {}
        """What a request template set below ``$context``."""

    @property
    def query(self) -> Pairs:
        """The query parameters, decoded; a name's values in order."""
        if self._query is None:
            self._query = {}
            for part in self.request.query.split("&") if self.request.query else ():
                if part:
                    name, _, value = part.partition("=")
                    self._query.setdefault(unquote_plus(name), []).append(unquote_plus(value))
        return self._query

    @property
    def headers(self) -> Pairs:
        """The headers that a mapping or template sees, in the client's own case."""
        if self._headers is None:
            self._headers = {}
            for name, value in self.request.headers.as_sent:
                self._headers.setdefault(name, []).append(value)
        return self._headers

    @property
    def user_agent(self) -> str | None:
        return self.request.headers.get("user-agent") or None

    @property
    def context(self) -> dict[str, Any]:
        """``requestContext`` of a proxy event."""
        if self._context is None:
            self._context = self.make_context(
                self.extended_id, clf_time(self.now_ms // 1000), self.now_ms, self.request_id, self.identity
            )
            if self.authorizer is not None:
                self._context["authorizer"] = self.authorizer
        return self._context

    @property
    def variables(self) -> dict[str, Any]:
        """What templates and logs know as ``$context``; of a stage with a canary, whether that answers, too."""
        is_canary = self.stage.is_canary
        return self.context if is_canary is None else {**self.context, "isCanaryRequest": is_canary}

    def tell(self, authorizer: dict[str, Any], usage_key: str) -> None:
        """Keep what the authorizer said; it may have been asked by what the context was before."""
        self.authorizer, self.usage_key = authorizer, usage_key
        self._context = None

    def identify(self, signer: Signer) -> None:
        """Keep who signed the request."""
        self.caller = {
            "accountId": signer.account,
            "caller": signer.user_id,
            "accessKey": signer.access_key_id,
            "userArn": signer.principal,
            "user": signer.user_id,
        }
        self._context = None

    def method_arn(self, call: Call) -> str:
        """The ARN of what is asked for."""
        path = self.path.removeprefix("/")
        return call.arn("execute-api", f"{self.stage.api_id}/{self.stage.name}/{self.request.method}/{path}")

    @property
    def identity(self) -> dict[str, Any]:
        """``identity`` of the context."""
        identity: dict[str, Any] = {
            "cognitoIdentityPoolId": None,
            "accountId": None,
            "cognitoIdentityId": None,
            "caller": None,
            "sourceIp": self.request.client,
            "principalOrgId": None,
            "accessKey": None,
            "cognitoAuthenticationType": None,
            "cognitoAuthenticationProvider": None,
            "userArn": None,
            "userAgent": self.user_agent,
            "user": None,
        }
        if self.caller is not None:
            identity |= self.caller
        if self.api_key:
            identity["apiKey"] = self.api_key
            identity["apiKeyId"] = self.api_key_id
        return identity

    def make_context(self, extended_id: Any, time: Any, now_ms: Any, request_id: Any, identity: Any) -> dict[str, Any]:
        """The context with what the request has of its own given; the rest is its place's."""
        request, stage, route, domain = self.request, self.stage, self.route, self.place.domain
        operation = route.method.get("operationName")
        return {
            "resourceId": route.resource_id,
            **({"operationName": operation} if operation else {}),
            "resourcePath": route.resource_path,
            "httpMethod": request.method,
            "extendedRequestId": extended_id,
            "requestTime": time,
            "path": self.stage_path,
            "accountId": stage.account,
            "protocol": "HTTP/1.1",
            "stage": stage.name,
            "domainPrefix": stage.api_id if domain is None else domain.label,
            "requestTimeEpoch": now_ms,
            "requestId": request_id,
            "identity": identity,
            "domainName": request.host if domain is None else domain.domain,
            "deploymentId": stage.document["deploymentId"],
            "apiId": stage.api_id,
        }
