"""Limits, and what API Gateway checks beyond its model. Texts are AWS's own (recorded) unless a comment says otherwise.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, TypeVar

from stratolite.core.call import Call
from stratolite.core.errors import NotImplementedHere
from stratolite.services.apigateway import api
from stratolite.services.apigateway.aws import SERVICES, asked
from stratolite.storage.documents import Document

PAYLOAD_BYTES_MAX = 10 * 1024 * 1024
INTEGRATION_TIMEOUT_MS_MAX = 29_000
INTEGRATION_TIMEOUT_MS_MIN = 50
STREAM_TIMEOUT_MS_MAX = 900_000
API_KEY_VALUE_LENGTH_MIN = 20
API_KEY_VALUE_LENGTH_MAX = 128
API_KEY_NAME_LENGTH_MAX = 1024
DESCRIPTION_LENGTH_MAX = 1024
RESOURCES_MAX = 300
COMPRESSION_BYTES_MAX = 10_485_760
PAGE_DEFAULT = 25
PAGE_MAX = 500
STAGE_BURST_DEFAULT = 5000
STAGE_RATE_DEFAULT = 10_000.0

AUTHORIZED = ("CUSTOM", "COGNITO_USER_POOLS")
"""The authorization types that name an authorizer."""
HTTP = ("HTTP", "HTTP_PROXY")
"""The types of integrations with a URL."""
STREAM = "STREAM"
"""The transfer mode of answers that are passed on as they come."""
METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY")
_PATH_PART = re.compile(r"[a-zA-Z0-9._\-:@]+|\{[a-zA-Z0-9._\-:]+\+?\}")
_STAGE_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_HTTP_URI = re.compile(r"https?://[^\s/]+")
_FUNCTION = r"functions/(arn:[^/]+|\$\{stageVariables\.[^/]+)"
_LAMBDA_PATH = re.compile(rf"path/2015-03-31/{_FUNCTION}/invocations")
_STREAMING_PATH = re.compile(rf"path/2021-11-15/{_FUNCTION}/response-streaming-invocations")

T = TypeVar("T")


def found(document: T | None, text: str) -> T:
    """The document. Raises NotFoundException(``text``) when there is none."""
    if document is None:
        raise api.NotFoundException(text)
    return document


def no_such_api(call: Call, api_id: str) -> str:
    """AWS's text for an API that is not there."""
    return f"Invalid API identifier specified {call.account}:{api_id}"


NO_RESOURCE = "Invalid Resource identifier specified"
NO_METHOD = "Invalid Method identifier specified"
NO_INTEGRATION = "Invalid Integration identifier specified"
NO_RESPONSE = "Invalid Response status code specified"
NO_DEPLOYMENT = "Invalid Deployment identifier specified"
NO_STAGE = "Invalid stage identifier specified"
NO_VALIDATOR = "Invalid Request Validator identifier specified"
NO_AUTHORIZER = "Invalid Authorizer identifier specified"
NO_PLAN = "Invalid Usage Plan ID specified"
NO_KEY = "Invalid API Key identifier specified"


def refuse(request: Mapping[str, Any], reasons: Mapping[str, str]) -> None:
    """Raises NotImplementedHere naming the first parameter that is given and cannot act here."""
    for name, what in reasons.items():
        if request.get(name):
            unimplemented(name, what)


def unimplemented(name: str, what: str) -> NoReturn:
    """Raises NotImplementedHere, naming what cannot act."""
    raise NotImplementedHere(f"{name} is not implemented by this version of Stratolite: {what}.")


def description(text: str | None) -> None:
    """Raises BadRequestException for an empty description."""
    if text == "":
        raise api.BadRequestException("Description cannot be an empty string")


def compression_size(value: object) -> int:
    """A minimum compression size in bytes. Raises BadRequestException."""
    try:
        size = int(str(value))
    except ValueError:
        size = -1
    if not 0 <= size <= COMPRESSION_BYTES_MAX:
        raise api.BadRequestException("Invalid minimum compression size, must be between 0 and 10485760")
    return size


def endpoint_configuration(given: Mapping[str, Any] | None) -> Document:
    """The endpoint configuration with its defaults. Raises BadRequestException, NotImplementedHere."""
    configuration = dict(given or {})
    types = configuration.get("types")
    if types is None:
        types = ["EDGE"]
    if not types:
        raise api.BadRequestException("REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.")
    if len(types) > 1:
        raise api.BadRequestException("Cannot create an api with multiple Endpoint Types.")
    private = types[0] == "PRIVATE"
    address_type = configuration.get("ipAddressType") or ("dualstack" if private else "ipv4")
    if private and address_type == "ipv4":
        raise api.BadRequestException("Only dualstack ipAddressType is supported for Private APIs.")
    refuse(configuration, {"vpcEndpointIds": "there is no VPC"})
    return {"ipAddressType": address_type, "types": types}


def path_part(part: str, siblings: Sequence[Document], parent: Document) -> None:
    """Checks a new path part below a parent, among its siblings. Raises BadRequestException, ConflictException."""
    parent_part = parent.get("pathPart", "")
    if parent_part.endswith("+}"):
        raise api.BadRequestException(f"Cannot create a child of a resource with a greedy path variable: {parent_part}")
    if not _PATH_PART.fullmatch(part):
        raise api.BadRequestException(
            "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the"
            " beginning and the end."
        )
    for sibling in siblings:
        if sibling["pathPart"] == part:
            raise api.ConflictException(f"Another resource with the same parent already has this name: {part}")
        if part[0] == "{" and sibling["pathPart"][0] == "{":
            raise api.BadRequestException(
                f"A sibling ({sibling['pathPart']}) of this resource already has a variable path part"
                " -- only one is allowed"
            )


def method(name: str) -> None:
    """Raises BadRequestException for an HTTP method that API Gateway does not know."""
    if name not in METHODS:
        raise api.BadRequestException(
            "Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY"
        )


def authorization(kind: str) -> None:
    """Raises BadRequestException for a kind that API Gateway does not know."""
    if kind not in ("NONE", "AWS_IAM", *AUTHORIZED):
        raise api.BadRequestException(
            "Invalid authorization type specified. Valid options are CUSTOM, AWS_IAM, NONE, COGNITO_USER_POOLS"
        )


def request_parameters(parameters: Mapping[str, bool] | None) -> None:
    """Checks the names of a method's request parameters. Raises BadRequestException."""
    names: set[str] = set()
    for expression in parameters or {}:
        match = re.fullmatch(r"method\.request\.(path|querystring|header)\.(.+)", expression)
        if match is None:
            raise api.BadRequestException(
                f"Invalid mapping expression specified: Validation Result: warnings : [], errors :"
                f" [Invalid mapping expression specified: {expression}]"
            )
        if match.group(2) in names:
            raise api.BadRequestException("Parameter names must be unique across querystring, header and path")
        names.add(match.group(2))


def function_of(uri: str) -> str | None:
    """The function ARN that a Lambda URI names (it may hold stage variables), or None for another URI."""
    parts = uri.split(":", 5)
    if len(parts) != 6 or parts[2] != "apigateway" or parts[4] != "lambda":
        return None
    match = _LAMBDA_PATH.fullmatch(parts[5]) or _STREAMING_PATH.fullmatch(parts[5])
    return match.group(1) if match else None


def transfer(document: Document) -> None:
    """Checks how an integration's answer is passed on. Raises BadRequestException, NotImplementedHere.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html; texts are ours.
    """
    kind, streams = document["type"], document.get("responseTransferMode") == STREAM
    if streams and kind == "HTTP_PROXY":
        unimplemented("responseTransferMode STREAM of HTTP_PROXY", "the answers of functions alone are streamed")
    if streams and kind != "AWS_PROXY":
        raise api.BadRequestException("Response transfer mode STREAM is supported for AWS_PROXY and HTTP_PROXY only")
    if kind == "AWS_PROXY" and streams == (_LAMBDA_PATH.fullmatch(document["uri"].split(":", 5)[5]) is not None):
        action = "response-streaming-invocations" if streams else "invocations"
        raise api.BadRequestException(f"The URI of this response transfer mode has to end in /{action}")
    timeout(document["timeoutInMillis"], streams=streams)


def integration(kind: str, http_method: str, uri: str) -> None:
    """Checks an integration's target. Raises BadRequestException, then NotImplementedHere for what cannot act."""
    if kind != "MOCK" and not http_method:
        raise api.BadRequestException("Enumeration value for HttpMethod must be non-empty")
    if kind in HTTP and not _HTTP_URI.match(uri) and "${stageVariables." not in uri:
        raise api.BadRequestException("Invalid HTTP endpoint specified for URI")
    if kind in ("AWS", "AWS_PROXY"):
        _aws_integration(kind, uri)


def _aws_integration(kind: str, uri: str) -> None:
    parts = uri.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":
        raise api.BadRequestException("Invalid ARN specified in the request")
    if parts[2] != "apigateway" or not parts[5].startswith(("path/", "action/")):
        raise api.BadRequestException("AWS ARN for integration must contain path or action")
    if function_of(uri) is not None:
        return
    if kind == "AWS_PROXY":
        raise api.BadRequestException(
            "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations."
        )
    if asked(uri) is None:
        unimplemented(f"an AWS integration with {parts[4]}", f"Lambda can be called, and {', '.join(SERVICES)}")


def timeout(milliseconds: int | None, *, streams: bool = False) -> int:
    """An integration's time-out in milliseconds. Raises BadRequestException."""
    if milliseconds is None:
        return INTEGRATION_TIMEOUT_MS_MAX
    longest = STREAM_TIMEOUT_MS_MAX if streams else INTEGRATION_TIMEOUT_MS_MAX
    if not INTEGRATION_TIMEOUT_MS_MIN <= milliseconds <= longest:
        raise api.BadRequestException(f"Timeout should be between 50 ms and {longest} ms")
    return milliseconds


def stage_name(name: str) -> None:
    """Raises BadRequestException for a name that is no stage's."""
    if not _STAGE_NAME.fullmatch(name):
        raise api.BadRequestException("Stage name only allows a-zA-Z0-9_-")


def page(items: list[Document], request: Mapping[str, Any], default: int = PAGE_DEFAULT) -> Document:
    """One page of a list, as ``{"items": [...], "position": ...}``. Positions are opaque to clients.

    Raises BadRequestException for a position that we did not give.
    """
    limit = request.get("limit")
    size = default if limit is None or limit < 1 else min(limit, PAGE_MAX)
    position = request.get("position") or "0"
    if not position.isascii() or not position.isdigit() or len(position) > 9:
        raise api.BadRequestException("Invalid position specified")
    start = int(position)
    answer: Document = {"items": items[start : start + size]}
    if start + size < len(items):
        answer["position"] = str(start + size)
    return answer
