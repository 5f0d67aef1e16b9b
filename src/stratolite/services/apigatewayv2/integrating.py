"""What an integration may be: a function, a URL, or a service. Texts are AWS's, from where ``rules.py`` has its own.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations.html and
http-api-parameter-mapping.html
"""

import re
from typing import Any
from urllib.parse import urlsplit

from stratolite.services.apigatewayv2 import api, aws, rules
from stratolite.storage.documents import Document

SUBTYPES = (
    "EventBridge-PutEvents",
    "SQS-SendMessage",
    "SQS-ReceiveMessage",
    "SQS-DeleteMessage",
    "SQS-PurgeQueue",
    "AppConfig-GetConfiguration",
    "Kinesis-PutRecord",
    "StepFunctions-StartExecution",
    "StepFunctions-StartSyncExecution",
    "StepFunctions-StopExecution",
)
_REQUEST_PARAMETER = re.compile(r"(append|overwrite|remove):(header|querystring)\.\S+|overwrite:path")
_RESPONSE_PARAMETER = re.compile(r"(append|overwrite|remove):header\.\S+|overwrite:statuscode")
_RESERVED = re.compile(
    r"(access-control|apigw|x-amz|x-amzn)-.*|authorization|connection|content-(encoding|length|location)|forwarded"
    r"|keep-alive|origin|proxy-(authenticate|authorization)|te|trailers|transfer-encoding|upgrade"
    r"|x-forwarded-(for|host|proto)|via",
    re.IGNORECASE,
)
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html, "Reserved headers"."""
_REFUSED = {
    name: f"{name} is not currently supported for HTTP APIs."
    for name in (
        "ContentHandlingStrategy",
        "PassthroughBehavior",
        "RequestTemplates",
        "TemplateSelectionExpression",
    )
}


def complete(document: Document) -> None:
    """Check an integration, and set what was not said.

    Raises BadRequestException, and NotImplementedHere for what cannot act.
    """
    kind = document["IntegrationType"]
    if kind not in ("AWS_PROXY", "HTTP_PROXY"):
        raise api.BadRequestException(
            "Currently, an API with a protocol type of HTTP may only be associated with proxy integrations (AWS_PROXY,"
            " HTTP_PROXY)"
        )
    rules.refuse(document, _REFUSED)
    _check_connection(document)
    if kind == "HTTP_PROXY":
        _check_url(document)
    elif document.get("IntegrationSubtype"):
        _check_subtype(document)
    else:
        _check_function(document)
    _check_parameters(document)
    document.setdefault("ConnectionType", "INTERNET")
    document.setdefault("TimeoutInMillis", rules.INTEGRATION_TIMEOUT_MS_MAX)
    if not rules.INTEGRATION_TIMEOUT_MS_MIN <= document["TimeoutInMillis"] <= rules.INTEGRATION_TIMEOUT_MS_MAX:
        raise api.BadRequestException("Timeout should be between 50 ms and 30000 ms")


def _check_connection(document: Document) -> None:
    if document.get("ConnectionType") == "VPC_LINK":
        if not document.get("ConnectionId"):
            raise api.BadRequestException("ConnectionId must be set to vpcLinkId for ConnectionType VPC_LINK")
        rules.unimplemented("ConnectionType VPC_LINK", "there is no VPC")
    if document.get("TlsConfig"):
        rules.unimplemented("TlsConfig", "it belongs to private integrations, and there is no VPC")


def _check_url(document: Document) -> None:
    if not document.get("IntegrationMethod"):
        raise api.BadRequestException("HttpMethod parameter method must be specified for integrationType HTTPPROXY")
    if document["IntegrationMethod"] not in rules.METHODS:
        raise api.BadRequestException(
            "Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY"
        )
    version = _version(document)
    if version != "1.0":
        raise api.BadRequestException(
            f"PayloadFormatVersion {version} is not supported for integration of type HTTP_PROXY"
        )
    uri = document.get("IntegrationUri", "")
    url = urlsplit(uri)
    if (url.scheme not in ("http", "https") or not url.netloc) and "${stageVariables." not in uri:
        raise api.BadRequestException("Invalid HTTP endpoint specified for URI")


def _check_function(document: Document) -> None:
    _version(document)
    if rules.function_of(document.get("IntegrationUri", "")) is None:
        raise api.BadRequestException("Invalid function ARN or invalid uri")
    document.setdefault("IntegrationMethod", "POST")


def _check_subtype(document: Document) -> None:
    subtype = document["IntegrationSubtype"]
    if subtype not in SUBTYPES or _version(document) != "1.0":
        raise api.BadRequestException(f"Operation: {subtype} is not supported.")
    if not document.get("CredentialsArn"):
        raise api.BadRequestException(
            f"Role ARN must be specified for AWS integration configuration with Subtype: {subtype}"
        )
    aws.check(document)


def _version(document: Document) -> str:
    version: str = document.get("PayloadFormatVersion", "")
    if not version:
        raise api.BadRequestException("PayloadFormatVersion is a required parameter for integration")
    if version not in ("1.0", "2.0"):
        raise api.BadRequestException(f"Unsupported PayloadFormatVersion: {version}")
    return version


def _check_parameters(document: Document) -> None:
    for name in () if document.get("IntegrationSubtype") else document.get("RequestParameters") or ():
        if not _REQUEST_PARAMETER.fullmatch(name):
            raise api.BadRequestException("Invalid Request Actioned Parameter")
        _check_header(name)
    for status, parameters in (document.get("ResponseParameters") or {}).items():
        if not status.isdigit() or not 200 <= int(status) <= 599:
            raise api.BadRequestException(f"Status Code {status} is not valid")
        if any(not _RESPONSE_PARAMETER.fullmatch(name) for name in parameters):
            raise api.BadRequestException("Invalid Response Actioned Parameter")
        for name in parameters:
            _check_header(name)


def _check_header(parameter: str) -> None:
    """Raises BadRequestException for a header that is API Gateway's own."""
    _, is_header, name = parameter.partition(":header.")
    if is_header and _RESERVED.fullmatch(name):
        raise api.BadRequestException(f"Operations on header {name.lower()} are restricted")


def merge(document: Document, request: Any) -> None:
    """How UpdateIntegration changes parameters: each by its name; an empty one is taken away.

    What removes something has no value that would be of use, and is made with an empty one, too: AWS CDK writes it so.
    """
    if request.get("RequestParameters") is not None:
        before = document.get("RequestParameters", {})
        merged = {**before, **request["RequestParameters"]}
        document["RequestParameters"] = {
            name: value
            for name, value in merged.items()
            if value or (name.startswith("remove:") and name not in before)
        }
    if request.get("ResponseParameters") is not None:
        by_status = {**document.get("ResponseParameters", {}), **request["ResponseParameters"]}
        document["ResponseParameters"] = {status: each for status, each in by_status.items() if each}
    for name in ("RequestParameters", "ResponseParameters"):
        if not document.get(name):
            document.pop(name, None)
