"""Functions with URLs, and how those are reached here."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import urllib3
from tests.archives import zipped
from tests.conftest import ACCOUNT, RunningCloud


class Url:
    """A function's URL, as it is reached here."""

    def __init__(self, cloud: RunningCloud, made: Any) -> None:
        found = re.fullmatch(r"https://(([a-z0-9]+)\.lambda-url\..+)/", made["FunctionUrl"])
        assert found
        self.host, self.id = found[1], found[2]
        self._cloud = cloud
        self._http = urllib3.PoolManager(retries=False)

    def ask(self, method: str = "GET", path: str = "/", *, app: bool = False, **more: Any) -> urllib3.BaseHTTPResponse:
        """By the host."""
        endpoint = self._cloud.app_endpoint if app else self._cloud.endpoint
        headers = {"Host": self.host, **more.pop("headers", {})}
        return self._http.request(method, f"{endpoint}{path}", headers=headers, **more)

    def by_path(self, method: str = "GET", path: str = "/", **more: Any) -> urllib3.BaseHTTPResponse:
        return self._http.request(method, f"{self._cloud.endpoint}/_aws/lambda-url/{self.id}{path}", **more)


Make = Callable[..., Url]


@pytest.fixture(scope="module")
def make(cloud: RunningCloud) -> Make:
    """Makes a function with a URL that everyone may use. Modules import the fixture."""
    client = cloud.client("lambda")
    count = iter(range(1000))

    def make(source: str, *, is_open: bool = True, runtime: str = "python3.12", **more: Any) -> Url:
        name = more.pop("name", f"u{next(count)}")
        client.create_function(
            FunctionName=name,
            Runtime=runtime,
            Handler="index.handler",
            Role=f"arn:aws:iam::{ACCOUNT}:role/r",
            Code={"ZipFile": zipped(source, "index.py" if runtime.startswith("python") else "index.mjs")},
            Timeout=more.pop("timeout", 30),
        )
        if is_open:
            client.add_permission(
                FunctionName=name,
                StatementId="urlPermission",
                Action="lambda:InvokeFunctionUrl",
                Principal="*",
                FunctionUrlAuthType="NONE",
            )
        made = client.create_function_url_config(**{"FunctionName": name, "AuthType": "NONE", **more})
        return Url(cloud, made)

    return make
