"""Deployed APIs with a real authorizer and a real function behind it, for the tests of authorizers."""

import http.client
import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.archives import zipped
from tests.conftest import ACCOUNT, REGION, RunningCloud

# The token says what the function answers. Each answer counts itself, which shows whether it was kept.
AUTHORIZER = """
import json
asked = 0

def handler(event, context):
    global asked
    asked += 1
    headers = {name.lower(): value for name, value in event.get("headers", {}).items()}
    token = event.get("authorizationToken") or headers.get("token", "allow")
    if token in ("Unauthorized", "broken"):
        raise Exception(token)
    if token == "no-policy":
        return {"principalId": "ada"}
    if token == "nested":
        return answer(event, "Allow", "*", {"nested": {"a": 1}})
    effect, _, resource = token.removeprefix("Bearer ").partition(" ")
    effects = {"allow": "Allow", "deny": "Deny"}
    shown = {"asked": asked, "event": json.dumps(event), "admin": True, "label": "é"}
    return answer(event, effects.get(effect, "Allow"), resource or event["methodArn"], shown)

def answer(event, effect, resource, shown):
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource.split(",")}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    key = {name.lower(): value for name, value in event.get("headers", {}).items()}.get("key")
    return {"principalId": "ada", "policyDocument": policy, "context": shown, "usageIdentifierKey": key}
"""
BEHIND = """
import json

def handler(event, context):
    return {"statusCode": 200, "body": json.dumps(event["requestContext"])}
"""


class Answer:
    """What HTTP answered."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def authorizer(self) -> dict[str, Any]:
        """``requestContext.authorizer`` as the function behind the API saw it."""
        assert self.status == 200, self.body
        found: dict[str, Any] = self.json["authorizer"]
        return found

    @property
    def event(self) -> dict[str, Any]:
        """The event that the authorizer had."""
        found: dict[str, Any] = json.loads(self.authorizer["event"])
        return found


def uri(function: str) -> str:
    """The URI by which API Gateway invokes a function."""
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}"
    return f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations"


class Doors:
    """A running cloud, and APIs in it whose methods are authorized."""

    def __init__(self, cloud: RunningCloud) -> None:
        self.cloud = cloud
        self.client = cloud.client("apigateway")
        functions = cloud.client("lambda")
        for name, code in (("authorizer", AUTHORIZER), ("behind", BEHIND)):
            functions.create_function(
                FunctionName=name,
                Runtime="python3.11",
                Handler="index.handler",
                Role=f"arn:aws:iam::{ACCOUNT}:role/r",
                Code={"ZipFile": zipped(code)},
                Timeout=20,
            )

    def make(
        self, settings: Mapping[str, Any], *, method: Mapping[str, Any] | None = None, **api: Any
    ) -> tuple[str, str]:
        """An API with GET /users/{id} and POST /users/{id} behind an authorizer; its id and the authorizer's."""
        made = self.client.create_rest_api(name="doors", **api)
        given = {"name": "door", "type": "TOKEN", "authorizerUri": uri("authorizer"), **settings}
        authorizer = self.client.create_authorizer(restApiId=made["id"], **given)["id"]
        parent = made["rootResourceId"]
        for part in ("users", "{id}"):
            parent = self.client.create_resource(restApiId=made["id"], parentId=parent, pathPart=part)["id"]
        for verb in ("GET", "POST"):
            where = {"restApiId": made["id"], "resourceId": parent, "httpMethod": verb}
            self.client.put_method(**where, authorizationType="CUSTOM", authorizerId=authorizer, **(method or {}))
            self.client.put_integration(**where, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri("behind"))
        self.deploy(made["id"])
        return made["id"], authorizer

    def deploy(self, api_id: str, stage: str = "dev") -> str:
        """Deploy an API; the deployment's id."""
        return str(self.client.create_deployment(restApiId=api_id, stageName=stage)["id"])

    def ask(
        self, api_id: str, path: str = "/users/ada", method: str = "GET", *, stage: str = "dev", **headers: str
    ) -> Answer:
        """One request."""
        connection = http.client.HTTPConnection(self.cloud.app_endpoint.removeprefix("http://"), timeout=180)
        try:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, f"/_aws/execute-api/{api_id}/{stage}{path}", headers=sent)
            return Answer(connection.getresponse())
        finally:
            connection.close()


def doors(cloud: RunningCloud) -> Iterator[Doors]:
    """For fixtures: a cloud that is started here and stopped at the end."""
    cloud.start()
    yield Doors(cloud)
    cloud.stop()
