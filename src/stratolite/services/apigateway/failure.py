"""Refusals of API Gateway itself: their types, their defaults, and how an API's gateway responses change them.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
Gateway responses substitute variables only; they run no VTL, as AWS documents.
"""

import json
import re
from collections.abc import Callable, Mapping

from stratolite.core.errors import AwsError
from stratolite.protocol.signer import Unsigned
from stratolite.services.apigateway import api
from stratolite.storage.documents import Document

TEMPLATE_DEFAULT = '{"message":$context.error.messageString}'
# So AWS answers a denied request, although GetGatewayResponse shows the other template.
TEMPLATE_DENIED = '{"Message":$context.error.messageString}'
STATUS: dict[str, str] = {
    "ACCESS_DENIED": "403",
    "API_CONFIGURATION_ERROR": "500",
    "AUTHORIZER_CONFIGURATION_ERROR": "500",
    "AUTHORIZER_FAILURE": "500",
    "BAD_REQUEST_BODY": "400",
    "BAD_REQUEST_PARAMETERS": "400",
    "DEFAULT_4XX": "",
    "DEFAULT_5XX": "",
    "EXPIRED_TOKEN": "403",
    "INTEGRATION_FAILURE": "504",
    "INTEGRATION_TIMEOUT": "504",
    "INVALID_API_KEY": "403",
    "INVALID_SIGNATURE": "403",
    "MISSING_AUTHENTICATION_TOKEN": "403",
    "QUOTA_EXCEEDED": "429",
    "REQUEST_TOO_LARGE": "413",
    "RESOURCE_NOT_FOUND": "404",
    "THROTTLED": "429",
    "UNAUTHORIZED": "401",
    "UNSUPPORTED_MEDIA_TYPE": "415",
    "WAF_FILTERED": "403",
}
_VARIABLE = re.compile(
    r"\$(?:\{(?P<braced>(?:context|stageVariables)\.[\w.-]*\w)\}|(?P<bare>(?:context|stageVariables)\.[\w.-]*\w))"
)
_SOURCE = re.compile(r"'[^']*'|(?:method\.request\.(?:header|querystring|path)|context|stageVariables)\..+")


class Failure(Exception):
    """API Gateway answers by itself. ``status`` differs from the type's own for a function's malformed answer (502).

    ``message`` is None where AWS's answer has null; ``reason`` is for logs alone; ``invalid`` says what a body lacks.
    """

    def __init__(
        self, kind: str, message: str | None, error_type: str, status: int = 0, *, reason: str = "", invalid: str = ""
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.error_type = error_type
        self.reason = reason
        self.invalid = invalid
        self.status = status or int(STATUS[kind])


def no_such_route() -> Failure:
    """No resource or method of the API matches."""
    return Failure(
        "MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token", "MissingAuthenticationTokenException"
    )


def forbidden() -> Failure:
    """No such stage, or a key is needed and none that fits was sent."""
    return Failure("INVALID_API_KEY", "Forbidden", "ForbiddenException")


def may_not_refresh() -> Failure:
    """Whoever wants an answer refreshed that is kept may not have that."""
    return Failure("ACCESS_DENIED", "Forbidden", "ForbiddenException")


def malformed() -> Failure:
    """The function failed, or its answer is no proxy response."""
    return Failure("DEFAULT_5XX", "Internal server error", "InternalServerErrorException", 502)


def misconfigured() -> Failure:
    """The API cannot do what was asked: no mapping, no permission, no function."""
    return Failure("API_CONFIGURATION_ERROR", "Internal server error", "InternalServerErrorException")


def timed_out() -> Failure:
    """The integration took longer than its time-out."""
    return Failure("INTEGRATION_TIMEOUT", "Endpoint request timed out", "InternalServerErrorException")


def not_answered(error: AwsError | TimeoutError) -> Failure:
    """What the client of a function hears that gave no answer.

    AWS tells it nothing of a function that is missing, throttled or not permitted.
    """
    return timed_out() if isinstance(error, TimeoutError) else misconfigured()


def unreachable() -> Failure:
    """The endpoint of the integration cannot be reached, or what it sends is no HTTP."""
    return Failure("INTEGRATION_FAILURE", "Network error communicating with endpoint", "InternalServerErrorException")


def too_large() -> Failure:
    """The request body is over 10 MB."""
    return Failure("REQUEST_TOO_LARGE", "Request Too Long", "RequestTooLongException")


def throttled() -> Failure:
    """Over the rate of the stage or the plan."""
    return Failure("THROTTLED", "Too Many Requests", "TooManyRequestsException")


def quota_exceeded() -> Failure:
    """Over the quota of the plan."""
    return Failure("QUOTA_EXCEEDED", "Limit Exceeded", "LimitExceededException")


def unsupported_media_type() -> Failure:
    """No request template for the body's type, and the body may not pass without one."""
    return Failure("UNSUPPORTED_MEDIA_TYPE", "Unsupported Media Type", "UnsupportedMediaTypeException")


def bad_body(reasons: str) -> Failure:
    """The body is not of its model."""
    return Failure("BAD_REQUEST_BODY", "Invalid request body", "BadRequestException", invalid=reasons)


def bad_json() -> Failure:
    """Something of the body is mapped, which begins as JSON and is none."""
    return Failure("DEFAULT_4XX", "Invalid JSON in request body", "BadRequestException", 400)


def missing_parameters(names: list[str]) -> Failure:
    """Required parameters were not sent."""
    text = f"Missing required request parameters: [{', '.join(names)}]"
    return Failure("BAD_REQUEST_PARAMETERS", text, "BadRequestException")


def unauthorized(reason: str = "") -> Failure:
    """What identifies the caller was not sent, or the authorizer does not know it."""
    return Failure("UNAUTHORIZED", "Unauthorized", "UnauthorizedException", reason=reason)


def expired_token() -> Failure:
    """The token of a user pool was good once. Clients see 401 and this text; ``EXPIRED_TOKEN`` is of signatures."""
    return Failure("UNAUTHORIZED", "The incoming token has expired", "UnauthorizedException")


def access_denied(*, explicitly: bool) -> Failure:
    """The authorizer's policy denies the request, or does not speak of it."""
    text = "User is not authorized to access this resource"
    return Failure("ACCESS_DENIED", text + explicitly * " with an explicit deny", "AccessDeniedException")


def unsigned(error: Unsigned) -> Failure:
    """The signature is missing, wrong, or nobody's."""
    return Failure(error.kind, error.message, error.error_type, 403)


def not_granted(principal: str, arn: str) -> Failure:
    """The caller is of another account, and no policy of the API speaks of it."""
    account = arn.split(":")[4]
    masked = arn.replace(account, "*" * 8 + account[8:], 1)
    text = f"User: {principal} is not authorized to perform: execute-api:Invoke on resource: {masked}"
    return Failure("ACCESS_DENIED", text, "AccessDeniedException")


def authorizer_failed(reason: str) -> Failure:
    """The authorizer does not answer."""
    return Failure("AUTHORIZER_FAILURE", None, "AuthorizerFailureException", reason=reason)


def authorizer_misconfigured(reason: str) -> Failure:
    """The authorizer cannot be asked, fails, or answers with what is no policy."""
    return Failure("AUTHORIZER_CONFIGURATION_ERROR", None, "AuthorizerConfigurationException", reason=reason)


def uri_too_long() -> Failure:
    """The ARN of the method with the request's path is longer than an authorizer can be asked about."""
    return Failure("DEFAULT_4XX", "Request URI too long", "RequestURITooLongException", 414)


def effective(kind: str, own: Mapping[str, Document]) -> Document:
    """How refusals of a type look to an API with these responses of its own: what a type has not, its class has.

    Recorded: ``test_gateway_response_put``.
    """
    if kind in own:
        return own[kind]
    document = default(kind)
    inherited = own.get(f"DEFAULT_{STATUS[kind][:1]}XX", {})
    for field in ("responseParameters", "responseTemplates", "statusCode"):
        if field in inherited:
            document[field] = inherited[field]
    return document


def default(kind: str) -> Document:
    """AWS's own gateway response of a type."""
    document: Document = {
        "responseType": kind,
        "responseParameters": {},
        "responseTemplates": {"application/json": TEMPLATE_DEFAULT},
        "defaultResponse": True,
    }
    if STATUS[kind]:
        document["statusCode"] = STATUS[kind]
    return document


def check_parameter(expression: str, source: str) -> None:
    """Raises BadRequestException unless a header of the response is set from something that exists."""
    if not expression.startswith("gatewayresponse.header.") or not _SOURCE.fullmatch(source or ""):
        raise api.BadRequestException(f"Invalid mapping expression specified: {expression}={source}")


def chosen(failure: Failure, own: Mapping[str, Document]) -> Document | None:
    """The API's own response for a failure: of its type, else the default of its class, else none."""
    return own.get(failure.kind) or own.get("DEFAULT_5XX" if failure.status >= 500 else "DEFAULT_4XX")


def render(template: str, variable: Callable[[str], object]) -> str:
    """A template with ``$context.*`` and ``$stageVariables.*`` replaced; what has no value becomes empty."""

    def replace(match: re.Match[str]) -> str:
        value = variable(match["braced"] or match["bare"])
        return "" if value is None else str(value)

    return _VARIABLE.sub(replace, template)


def error_variables(failure: Failure) -> dict[str, str]:
    """What ``$context.error`` holds. Reasons stand in templates between quotes, so theirs are escaped."""
    return {
        "error.message": failure.message or "",
        "error.messageString": json.dumps(failure.message),
        "error.responseType": failure.kind,
        "error.validationErrorString": json.dumps(failure.invalid, ensure_ascii=False)[1:-1],
    }
