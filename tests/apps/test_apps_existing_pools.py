"""Triggers of user pools that exist already: the function that sets them, as its runtime on AWS runs it.

There are no user pools here, so that whoever answers is a server of the test. What is asked of UpdateUserPool is of
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPool.html
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from tests.apps.conftest import ROOT

CODE = (
    ROOT / "src" / "stratolite" / "templates" / "serverless" / "custom_resources" / "cognito-user-pool" / "handler.js"
)
OWN = "arn:aws:lambda:us-east-1:123456789012:function:shop-dev-a"
OTHER = "arn:aws:lambda:us-east-1:123456789012:function:other"
POOL = {
    "Id": "us-east-1_a",
    "Name": "My Pool",
    "Arn": "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_a",
    "CreationDate": 1.5,
    "EstimatedNumberOfUsers": 5,
    "SchemaAttributes": [{"Name": "email"}],
    "MfaConfiguration": "OPTIONAL",
    "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True, "UnusedAccountValidityDays": 9},
    "Policies": {"PasswordPolicy": {"MinimumLength": 12}},
    "LambdaConfig": {
        "PreSignUp": OWN,
        "PostConfirmation": OTHER,
        "CustomSMSSender": {"LambdaArn": OWN},
        "KMSKeyID": "k",
    },
}
pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="Node.js runs it")


class Account:
    """Whoever answers for AWS: what it was asked, as ``(what, request)``."""

    def __init__(self) -> None:
        account = self
        self.asked: list[tuple[str, Any]] = []
        self.refusals: dict[str, int] = {}

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                target = self.headers.get("x-amz-target") or f"{self.command} {self.path}"
                if target.startswith("AWS"):
                    assert "x-amz-target" in self.headers["authorization"].partition("SignedHeaders=")[2]
                name = target.removeprefix("AWSCognitoIdentityProviderService.")
                account.asked.append((name, json.loads(body) if body else None))
                answer = json.dumps(account.answer(name, account.asked[-1][1])).encode()
                self.send_response(account.refusals.get(name, 200))
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_PUT = do_POST = do_DELETE = _answer

            def log_message(self, *_: object) -> None:
                """Nothing: requests are kept."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, name: str, request: Any) -> dict[str, Any]:
        if name == "ListUserPools":
            is_last = "NextToken" in request
            pools = [{"Id": POOL["Id"], "Name": POOL["Name"]}] if is_last else [{"Id": "x", "Name": "Another"}]
            return {"UserPools": pools, **({} if is_last else {"NextToken": "2"})}
        return {"UserPool": POOL} if name == "DescribeUserPool" else {}

    def run(self, kind: str, configurations: list[dict[str, str]], *, pool: str = "My Pool") -> dict[str, Any]:
        """What CloudFormation hears."""
        self.asked.clear()
        properties = {"FunctionName": "shop-dev-a", "UserPoolName": pool, "UserPoolConfigs": configurations}
        event = {
            "RequestType": kind,
            "ResponseURL": f"{self.endpoint}/answer",
            **{name: name for name in ("StackId", "RequestId", "LogicalResourceId")},
            "ResourceProperties": properties,
        }
        context = {"invokedFunctionArn": OWN, "logStreamName": "stream"}
        call = f"require({json.dumps(str(CODE))}).handler({json.dumps(event)}, {json.dumps(context)})"
        keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_ENDPOINT_URL": self.endpoint}
        node = shutil.which("node")
        assert node is not None
        subprocess.run([node, "-e", call], env=keys, check=True, capture_output=True, timeout=180)
        name, answer = self.asked.pop()
        assert name == "PUT /answer"
        told: dict[str, Any] = answer
        return told

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.asked]


@pytest.fixture
def account() -> Iterator[Account]:
    made = Account()
    thread = Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def test_triggers_are_set_beside_those_of_others(account: Account) -> None:
    sender = {"Trigger": "CustomEmailSender", "LambdaVersion": "V1_0", "KMSKeyID": "key"}
    told = account.run("Create", [{"Trigger": "UserMigration"}, sender])
    assert told["Status"] == "SUCCESS"
    assert account.names == [
        "ListUserPools",
        "ListUserPools",
        "POST /2015-03-31/functions/shop-dev-a/policy",
        "DescribeUserPool",
        "UpdateUserPool",
    ]
    permission = dict(account.asked[2][1])
    assert permission["Principal"] == "cognito-idp.amazonaws.com" and permission["StatementId"] == "shop-dev-a-mypool"
    assert permission["SourceArn"] == POOL["Arn"]
    update = account.asked[-1][1]
    assert update == {
        "UserPoolId": "us-east-1_a",
        "MfaConfiguration": "OPTIONAL",
        "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True},
        "Policies": {"PasswordPolicy": {"MinimumLength": 12, "TemporaryPasswordValidityDays": 9}},
        "LambdaConfig": {
            "PostConfirmation": OTHER,
            "UserMigration": OWN,
            "CustomEmailSender": {"LambdaArn": OWN, "LambdaVersion": "V1_0"},
            "KMSKeyID": "key",
        },
    }


def test_what_is_there_already_is_no_mistake(account: Account) -> None:
    account.refusals["POST /2015-03-31/functions/shop-dev-a/policy"] = 409
    assert account.run("Update", [{"Trigger": "PreSignUp"}])["Status"] == "SUCCESS"
    assert account.asked[-1][1]["LambdaConfig"] == {"PostConfirmation": OTHER, "PreSignUp": OWN}


def test_triggers_go_with_the_resource(account: Account) -> None:
    permission = "DELETE /2015-03-31/functions/shop-dev-a/policy/shop-dev-a-mypool"
    account.refusals[permission] = 404
    assert account.run("Delete", [{"Trigger": "PreSignUp"}])["Status"] == "SUCCESS"
    assert permission in account.names
    assert account.asked[-1][1]["LambdaConfig"] == {"PostConfirmation": OTHER}


def test_a_pool_that_is_not_there_is_told_and_can_be_left(account: Account) -> None:
    told = account.run("Create", [{"Trigger": "PreSignUp"}], pool="Nobody's")
    assert told["Status"] == "FAILED" and told["Reason"].startswith("There is no user pool Nobody's.")
    assert account.run("Delete", [{"Trigger": "PreSignUp"}], pool="Nobody's")["Status"] == "SUCCESS"
    assert "UpdateUserPool" not in account.names
