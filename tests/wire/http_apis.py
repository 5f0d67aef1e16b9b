"""Deployed HTTP APIs with a real function behind their routes, for the tests of their data plane."""

import http.client
import json
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import ACCOUNT, REGION, RunningCloud
from tests.wire.functions import create_index

# The body of the request says what the function does.
FUNCTION = """
import json, os, time

def handler(event, context):
    if os.environ.get("KIND") == "authorizer":
        return authorize(event, context.aws_request_id)
    wanted = event.get("body") or ""
    if event.get("isBase64Encoded") or not wanted.startswith("{"):
        return {"statusCode": 200, "body": json.dumps(event)}
    wanted = json.loads(wanted)
    if "sleep" in wanted:
        time.sleep(wanted["sleep"])
    if "raise" in wanted:
        raise Exception(wanted["raise"])
    return wanted["answer"] if "answer" in wanted else {"statusCode": 200, "body": json.dumps(event)}

def authorize(event, asked):
    headers = {name.lower(): value for name, value in event["headers"].items()}
    token = headers.get("token", "allow")
    if token in ("Unauthorized", "broken"):
        raise Exception(token)
    context = {"asked": asked, "event": json.dumps(event), "admin": True, "list": [1]}
    if token == "nothing":
        return {}
    if os.environ.get("SIMPLE"):
        return {"isAuthorized": token == "allow", "context": context}
    arn = event.get("routeArn") or event["methodArn"]
    statement = {"Effect": "Allow" if token != "deny" else "Deny", "Action": "execute-api:Invoke", "Resource": arn}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return {"principalId": "ada", "policyDocument": policy, "context": context}
"""


def error_of(call: Any, **request: Any) -> tuple[str, str]:
    """The code and the text with which a call is refused."""
    with pytest.raises(ClientError) as raised:
        call(**request)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def function_arn(name: str) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"


def authorizer_uri(name: str) -> str:
    """The URI by which API Gateway invokes an authorizer."""
    return f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function_arn(name)}/invocations"


class Answer:
    """What HTTP answered. Names of headers are in lower case, of one that is repeated the last value is here."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.fields = [(name.lower(), value) for name, value in response.getheaders()]
        self.headers = dict(self.fields)
        self.body = response.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class HttpApis:
    """A running cloud, and HTTP APIs in it."""

    def __init__(self, cloud: RunningCloud) -> None:
        self.cloud = cloud
        self.client = cloud.client("apigatewayv2")
        self.make_function("echo")

    def make_function(self, name: str, **environment: str) -> None:
        create_index(self.cloud, name, FUNCTION, **environment)

    def make(
        self,
        routes: Iterable[str] = ("$default",),
        *,
        stage: Mapping[str, Any] | None = None,
        integration: Mapping[str, Any] | None = None,
        route: Mapping[str, Any] | None = None,
        **api: Any,
    ) -> str:
        """An API whose routes all have the same integration, with a stage (``$default``) that deploys itself."""
        api_id: str = self.client.create_api(Name="tests", ProtocolType="HTTP", **api)["ApiId"]
        given = {
            "IntegrationType": "AWS_PROXY",
            "IntegrationUri": function_arn("echo"),
            "PayloadFormatVersion": "2.0",
            **(integration or {}),
        }
        integration_id = self.client.create_integration(ApiId=api_id, **given)["IntegrationId"]
        for key in routes:
            self.client.create_route(
                ApiId=api_id, RouteKey=key, Target=f"integrations/{integration_id}", **(route or {})
            )
        self.client.create_stage(**{"ApiId": api_id, "StageName": "$default", "AutoDeploy": True, **(stage or {})})
        return api_id

    def ask(
        self,
        api_id: str,
        path: str = "/",
        method: str = "GET",
        body: bytes | str | Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    ) -> Answer:
        """One request to an API by its id; without one, on the port of deployed APIs alone."""
        prefix = f"/_aws/execute-api/{api_id}" if api_id else ""
        fields = list(headers.items()) if isinstance(headers, Mapping) else list(headers)
        if isinstance(body, Mapping):
            body = json.dumps(body)
            fields.append(("content-type", "application/json"))
        data = body.encode() if isinstance(body, str) else body
        connection = http.client.HTTPConnection(self.cloud.app_endpoint.removeprefix("http://"), timeout=180)
        try:
            connection.putrequest(method, prefix + path, skip_accept_encoding=True)
            for name, value in fields:
                connection.putheader(name, value)
            if data is not None:
                connection.putheader("Content-Length", str(len(data)))
            connection.endheaders(data)
            return Answer(connection.getresponse())
        finally:
            connection.close()
