"""REST APIs of an account of their own, for tests beside recorded answers. Modules import both fixtures."""

import http.client
import itertools
from typing import Any

import pytest
from tests.conftest import ACCOUNT, RunningCloud

API = "apigateway/test_apigateway_api.json"
BASIC = "apigateway/test_apigateway_basic.json"
COMMON = "apigateway/test_apigateway_common.json"
EXTENDED = "apigateway/test_apigateway_extended.json"
INTEGRATIONS = "apigateway/test_apigateway_integrations.json"
MOCK: dict[str, Any] = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode":200}'}}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
_ACCOUNTS = itertools.count(400_000_000_000)


@pytest.fixture
def client(cloud: RunningCloud) -> Any:
    """A client for an account in which nothing is yet."""
    return cloud.client("apigateway", account=str(next(_ACCOUNTS)))


@pytest.fixture
def rest(client: Any) -> tuple[str, str]:
    """A fresh API: its id and its root resource's."""
    made = client.create_rest_api(name="an-api", description="this is my api")
    return made["id"], made["rootResourceId"]


def method(client: Any, api_id: str, resource: str, verb: str = "GET", **integration: Any) -> dict[str, str]:
    """A method with a MOCK integration; what names it."""
    where = {"restApiId": api_id, "resourceId": resource, "httpMethod": verb}
    client.put_method(**where, authorizationType="NONE")
    client.put_integration(**where, **{**MOCK, **integration})
    return where


def answering(client: Any, where: dict[str, str], template: str) -> None:
    """Let a method answer 200 with a template."""
    client.put_method_response(**where, statusCode="200")
    templates = {"application/json": template}
    client.put_integration_response(**where, statusCode="200", selectionPattern="", responseTemplates=templates)


def ask(cloud: RunningCloud, verb: str, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """The status, the headers and the body that a deployed API answers."""
    connection = http.client.HTTPConnection(cloud.app_endpoint.removeprefix("http://"), timeout=180)
    try:
        connection.request(verb, path, headers=headers)
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    finally:
        connection.close()
