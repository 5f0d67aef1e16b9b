"""Samples of what comes by HTTP: requests to APIs and to function URLs, and what authorizers are asked."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from stratolite.cli.samples.model import ADDRESS, REQUEST_ID, Place, Sample, Values

TRACE_ID = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700"
AGENT = "stratolite"


def _query(values: Values) -> dict[str, str]:
    return dict(parse_qsl(values["query"], keep_blank_values=True))


def _headers(host: str) -> dict[str, str]:
    return {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "Host": host,
        "User-Agent": AGENT,
        "X-Amzn-Trace-Id": TRACE_ID,
        "X-Forwarded-For": ADDRESS,
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    }


def _http(place: Place, values: Values) -> dict[str, Any]:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html"""
    host = f"abcdef1234.execute-api.{place.region}.amazonaws.com"
    headers, query, stage = _headers(host), _query(values), values["stage"]
    identity = dict.fromkeys(
        ("cognitoIdentityPoolId", "accountId", "cognitoIdentityId", "caller", "accessKey", "user", "userArn")
    )
    return {
        "resource": values["path"],
        "path": values["path"],
        "httpMethod": values["method"],
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": query or None,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} or None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "accountId": place.account,
            "apiId": "abcdef1234",
            "domainName": host,
            "domainPrefix": "abcdef1234",
            "extendedRequestId": "JKJaXmPLvHcESHA=",
            "httpMethod": values["method"],
            "identity": {**identity, "sourceIp": ADDRESS, "userAgent": AGENT},
            "path": f"/{stage}{values['path']}",
            "protocol": "HTTP/1.1",
            "requestId": REQUEST_ID,
            "requestTime": place.common_log,
            "requestTimeEpoch": place.now_ms,
            "resourceId": "123456",
            "resourcePath": values["path"],
            "stage": stage,
        },
        "body": values["body"] or None,
        "isBase64Encoded": False,
    }


def _format_2(place: Place, values: Values, host: str, context: dict[str, Any]) -> dict[str, Any]:
    headers = {name.lower(): value for name, value in _headers(host).items()}
    event = {
        "version": "2.0",
        "routeKey": context["routeKey"],
        "rawPath": values["path"],
        "rawQueryString": values["query"],
        "headers": headers,
        "queryStringParameters": _query(values),
        "requestContext": {
            "accountId": place.account,
            "domainName": host,
            "domainPrefix": host.partition(".")[0],
            "http": {
                "method": values["method"],
                "path": values["path"],
                "protocol": "HTTP/1.1",
                "sourceIp": ADDRESS,
                "userAgent": AGENT,
            },
            "requestId": REQUEST_ID,
            "time": place.common_log,
            "timeEpoch": place.now_ms,
            **context,
        },
        "body": values["body"],
        "isBase64Encoded": False,
    }
    return {name: value for name, value in event.items() if value not in ({}, "") or name == "rawQueryString"}


def _http_api(place: Place, values: Values) -> dict[str, Any]:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html"""
    host = f"abcdef1234.execute-api.{place.region}.amazonaws.com"
    route = f"{values['method']} {values['path']}"
    return _format_2(place, values, host, {"apiId": "abcdef1234", "routeKey": route, "stage": "$default"})


def _url(place: Place, values: Values) -> dict[str, Any]:
    """https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads"""
    name = "abcdefghijklmnopqrstuvwxyz012345"
    host = f"{name}.lambda-url.{place.region}.on.aws"
    return _format_2(place, values, host, {"apiId": name, "routeKey": "$default", "stage": "$default"})


def _token_authorizer(place: Place, values: Values) -> dict[str, Any]:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html"""
    method = f"abcdef1234/{values['stage']}/{values['method']}{values['path']}"
    return {"type": "TOKEN", "methodArn": place.arn("execute-api", method), "authorizationToken": values["token"]}


def _request_authorizer(place: Place, values: Values) -> dict[str, Any]:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html"""
    method = f"abcdef1234/{values['stage']}/{values['method']}{values['path']}"
    event = _http(place, {**values, "body": ""})
    del event["body"], event["isBase64Encoded"]
    event["headers"]["Authorization"] = values["token"]
    event["multiValueHeaders"]["Authorization"] = [values["token"]]
    return {"type": "REQUEST", "methodArn": place.arn("execute-api", method), **event}


_REQUEST = {"method": "GET", "path": "/hello", "query": "", "body": ""}
_AUTHORIZED = {"token": "Bearer token", "method": "GET", "path": "/hello", "query": "", "stage": "dev"}

REQUESTS: Mapping[str, Sample] = {
    "http": Sample(_http, {**_REQUEST, "stage": "dev"}),
    "http-api": Sample(_http_api, _REQUEST),
    "url": Sample(_url, _REQUEST),
    "token-authorizer": Sample(_token_authorizer, {name: _AUTHORIZED[name] for name in _AUTHORIZED if name != "query"}),
    "request-authorizer": Sample(_request_authorizer, _AUTHORIZED),
}
