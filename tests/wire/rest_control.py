"""The control plane of REST APIs, and an API for each test of it. Modules import both fixtures."""

from typing import Any

import pytest
from tests.conftest import RunningCloud

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:MyLambda"
PATH = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions"


@pytest.fixture(scope="module")
def client(cloud: RunningCloud) -> Any:
    return cloud.client("apigateway")


@pytest.fixture
def rest(client: Any) -> tuple[str, str]:
    """A fresh API: its id and its root resource's."""
    made = client.create_rest_api(name="an-api", description="this is my api")
    return made["id"], made["rootResourceId"]


def patch(op: str, path: str, value: str | None = None) -> list[dict[str, str]]:
    """``patchOperations`` of one operation."""
    operation = {"op": op, "path": path}
    return [operation if value is None else {**operation, "value": value}]
