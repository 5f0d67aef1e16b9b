"""A bus and a projection as real functions: behind a REST API, an HTTP API and a queue, and after a table's stream."""

import contextlib
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from deployed import function, packaged

from stratolite_patterns.single_table import Table

REGION = "us-east-1"
WAIT_S = 120

APP = """
import os
from dataclasses import dataclass
from stratolite_patterns import single_table
from stratolite_patterns.cqrs import Bus, Projection
from stratolite_patterns.single_table import Table

table, read_model = Table(os.environ["TABLE"]), Table(os.environ["MODEL"])
bus = Bus(errors=single_table.STATUSES)

@table.entity("USER", pk="USER#{id}", sk="PROFILE", version="version")
@dataclass(frozen=True)
class User:
    id: str
    name: str
    version: int = 0

@read_model.entity("NAME", pk="NAMES", sk="{name}#{id}")
@dataclass(frozen=True)
class Name:
    id: str
    name: str

@dataclass(frozen=True)
class CreateUser:
    id: str
    name: str

@dataclass(frozen=True)
class GetUser:
    id: str

@bus.command(CreateUser, route="POST /users", status=201)
def create_user(command):
    return table.create(User(command.id, command.name))

@bus.query(GetUser, route="GET /users/{id}")
def get_user(query):
    return table.require(User, id=query.id)

names = Projection("names", source=table, target=read_model)
names.rows(User)(lambda user: Name(user.id, user.name))

bus_handler, names_handler = bus.handler, names.handler
"""


class Deployed:
    """The functions, their APIs, queue and tables."""

    def __init__(self, endpoint: str, client: Callable[[str], Any]) -> None:
        mark = uuid4().hex[:8]
        self.endpoint, self.client, self.lambda_ = endpoint, client, client("lambda")
        dynamodb = client("dynamodb")
        table, self.model = Table(f"table-{mark}"), Table(f"model-{mark}", client=dynamodb)
        view = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        made = dynamodb.create_table(**table.definition(), StreamSpecification=view)
        dynamodb.create_table(**self.model.definition())
        code, variables = packaged(APP), {"TABLE": table.name, "MODEL": self.model.name}
        self.bus = f"bus-{mark}"
        self.arn = function(self.lambda_, self.bus, "app.bus_handler", code, **variables)
        function(self.lambda_, f"names-{mark}", "app.names_handler", code, **variables)
        self.queue = client("sqs").create_queue(QueueName=f"queue-{mark}")["QueueUrl"]
        queue_arn = f"arn:aws:sqs:{REGION}:123456789012:queue-{mark}"
        partial = ["ReportBatchItemFailures"]
        self.lambda_.create_event_source_mapping(
            FunctionName=self.bus, EventSourceArn=queue_arn, FunctionResponseTypes=partial
        )
        self.lambda_.create_event_source_mapping(
            FunctionName=f"names-{mark}",
            EventSourceArn=made["TableDescription"]["LatestStreamArn"],
            StartingPosition="TRIM_HORIZON",
            FunctionResponseTypes=partial,
        )

    def rest_api(self) -> str:
        apis = self.client("apigateway")
        api = apis.create_rest_api(name="users")["id"]
        (root,) = apis.get_resources(restApiId=api)["items"]
        users = apis.create_resource(restApiId=api, parentId=root["id"], pathPart="users")["id"]
        user = apis.create_resource(restApiId=api, parentId=users, pathPart="{id}")["id"]
        uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{self.arn}/invocations"
        for resource, method in ((users, "POST"), (user, "GET")):
            named = {"restApiId": api, "resourceId": resource, "httpMethod": method}
            apis.put_method(**named, authorizationType="NONE")
            apis.put_integration(**named, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
        apis.create_deployment(restApiId=api, stageName="dev")
        return f"{self.endpoint}/_aws/execute-api/{api}/dev"

    def http_api(self) -> str:
        apis = self.client("apigatewayv2")
        api = apis.create_api(Name="users", ProtocolType="HTTP")["ApiId"]
        integration = apis.create_integration(
            ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=self.arn, PayloadFormatVersion="2.0"
        )["IntegrationId"]
        for key in ("POST /users", "GET /users/{id}"):
            apis.create_route(ApiId=api, RouteKey=key, Target=f"integrations/{integration}")
        apis.create_stage(ApiId=api, StageName="dev", AutoDeploy=True)
        self._allow("apigateway.amazonaws.com", f"arn:aws:execute-api:{REGION}:123456789012:{api}/*")
        return f"{self.endpoint}/_aws/execute-api/{api}/dev"

    def allow_apis(self) -> None:
        self._allow("apigateway.amazonaws.com", f"arn:aws:execute-api:{REGION}:123456789012:*")

    def _allow(self, principal: str, source: str) -> None:
        self.lambda_.add_permission(
            FunctionName=self.bus,
            StatementId=uuid4().hex,
            Action="lambda:InvokeFunction",
            Principal=principal,
            SourceArn=source,
        )

    def names(self, count: int) -> list[str]:
        """The read model, as soon as it has so many rows."""
        limit_s = time.monotonic() + WAIT_S
        while True:
            rows = self.model.client().scan(TableName=self.model.name)["Items"]
            if len(rows) >= count or time.monotonic() > limit_s:
                return sorted(row["name"]["S"] for row in rows)
            time.sleep(0.05)


def ask(url: str, body: Any = None) -> tuple[int, Any]:
    request = urllib.request.Request(url, None if body is None else json.dumps(body).encode())
    request.add_header("content-type", "application/json")
    with contextlib.closing(_open(request)) as answer:
        return answer.status, json.loads(answer.read())


def _open(request: urllib.request.Request) -> Any:
    try:
        return urllib.request.urlopen(request, timeout=WAIT_S)
    except urllib.error.HTTPError as error:
        return error


def test_one_bus_behind_everything(cloud_endpoint: str, client: Callable[[str], Any]) -> None:
    deployed = Deployed(cloud_endpoint, client)
    deployed.allow_apis()
    for number, base in enumerate((deployed.rest_api(), deployed.http_api())):
        user = {"id": f"a b%{number}", "name": f"Ada {number}"}
        assert ask(f"{base}/users", user) == (201, {**user, "version": 1})
        assert ask(f"{base}/users/a%20b%25{number}") == (200, {**user, "version": 1})
        assert ask(f"{base}/users", user) == (409, {"error": "AlreadyExists", "message": "User exists already"})
        status, wrong = ask(f"{base}/users", {"id": 1})
        assert (status, [error["pointer"] for error in wrong["errors"]]) == (400, ["/id", "/name"])
        assert ask(f"{base}/users/nobody") == (404, {"error": "NotFound", "message": "User does not exist"})
    message = {"command": "CreateUser", "data": {"id": "eve", "name": "Eve"}}
    client("sqs").send_message(QueueUrl=deployed.queue, MessageBody=json.dumps(message))
    assert deployed.names(3) == ["Ada 0", "Ada 1", "Eve"]
    answer = deployed.lambda_.invoke(FunctionName=deployed.bus, Payload=json.dumps({"query": "GetUser", "data": {}}))
    assert answer["FunctionError"] == "Unhandled"
    assert json.loads(answer["Payload"].read())["errorType"] == "InvalidMessage"
