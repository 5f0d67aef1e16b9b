"""Methods and routes with AWS_IAM: who signed, and what those learn who did not.

Texts: https://repost.aws/knowledge-center/api-gateway-iam-sigv4-mismatch, and for the canonical string mhart/aws4#33.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.credentials import Credentials
from tests.conftest import ACCOUNT, REGION, RunningCloud
from tests.wire.authorizing import Answer, Doors, doors
from tests.wire.signing import session, signed

from stratolite.core.clock import MovableClock

KEYS = Credentials(ACCOUNT, "whatever")


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    yield from doors(RunningCloud(tmp_path_factory.mktemp("cloud") / "data", MovableClock()))


@pytest.fixture(scope="module")
def api_id(door: Doors) -> str:
    """An API whose GET is signed."""
    return signed_api(door)


def signed_api(door: Doors, **api: Any) -> str:
    made, _ = door.make({"identitySource": "method.request.header.Auth"}, **api)
    resources = door.client.get_resources(restApiId=made)["items"]
    resource = next(one["id"] for one in resources if one["path"] == "/users/{id}")
    for verb in ("GET", "POST"):
        method = door.client.update_method(
            restApiId=made,
            resourceId=resource,
            httpMethod=verb,
            patchOperations=[{"op": "replace", "path": "/authorizationType", "value": "AWS_IAM"}],
        )
        assert (method["authorizationType"], method.get("authorizerId")) == ("AWS_IAM", None)
    door.deploy(made)
    return made


def ask(door: Doors, api_id: str, credentials: Credentials, path: str = "/users/ada", **scope: str) -> Answer:
    url = f"{door.cloud.app_endpoint}/_aws/execute-api/{api_id}/dev{path}"
    return door.ask(api_id, path, **signed(credentials, "GET", url, **scope))


def refusal(answer: Answer) -> tuple[int, Any, str]:
    return answer.status, answer.json.get("message"), answer.headers["x-amzn-errortype"]


def test_a_sessions_signature_is_checked_and_the_function_learns_who(door: Doors, api_id: str) -> None:
    keys = session(door.cloud)
    answer = ask(door, api_id, keys, "/users/ada%20l?b=2&a=1%2F1")
    assert answer.status == 200, answer.body
    identity = answer.json["identity"]
    assert identity["userArn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/caller/ada"
    assert re.fullmatch(r"AROA\w+:ada", identity["caller"])
    assert identity["user"] == identity["caller"]
    assert (identity["accountId"], identity["accessKey"]) == (ACCOUNT, keys.access_key)
    assert "authorizer" not in answer.json


def test_a_key_whose_secret_nobody_knows_speaks_for_its_account(door: Doors, api_id: str) -> None:
    identity = ask(door, api_id, KEYS).json["identity"]
    assert (identity["userArn"], identity["user"]) == (f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT)


def test_unsigned_requests(door: Doors, api_id: str) -> None:
    missing = (403, "Missing Authentication Token", "MissingAuthenticationTokenException")
    assert refusal(door.ask(api_id)) == missing
    status, message, kind = refusal(door.ask(api_id, Authorization="Bearer abc"))
    assert (status, kind) == (403, "IncompleteSignatureException")
    assert message == "'abc' not a valid key=value pair (missing equal-sign) in Authorization header: 'Bearer abc'."
    status, message, kind = refusal(door.ask(api_id, Authorization="allow"))
    assert (status, kind) == (403, "IncompleteSignatureException")
    assert message.startswith("Authorization header requires 'Credential' parameter. Authorization header requires")
    assert message.endswith("Authorization=allow")
    status, message, kind = refusal(door.ask(api_id, Authorization="AWS4-HMAC-SHA256 Credential=a"))
    assert (status, kind) == (403, "IncompleteSignatureException")


def test_wrong_signatures(door: Doors, api_id: str) -> None:
    keys = session(door.cloud)
    wrong = Credentials(keys.access_key, "wrong", keys.token)
    status, message, kind = refusal(ask(door, api_id, wrong))
    assert (status, kind) == (403, "InvalidSignatureException")
    assert message.startswith(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access"
        " Key and signing method. Consult the service documentation for details.\n\nThe Canonical String for this"
        f" request should have been\n'GET\n/_aws/execute-api/{api_id}/dev/users/ada\n\nhost:"
    )
    assert message.endswith("'\n")
    url = f"{door.cloud.app_endpoint}/_aws/execute-api/{api_id}/dev/users/ada"
    headers = signed(keys, "GET", url)
    assert door.ask(api_id, **headers).status == 200
    assert refusal(door.ask(api_id, "/users/eve", **headers))[2] == "InvalidSignatureException"
    assert refusal(door.ask(api_id, method="POST", **headers))[2] == "InvalidSignatureException"
    invalid = (403, "The security token included in the request is invalid.", "UnrecognizedClientException")
    assert refusal(ask(door, api_id, Credentials(keys.access_key, keys.secret_key, "other"))) == invalid


def test_scopes(door: Doors, api_id: str) -> None:
    answer = ask(door, api_id, KEYS, service="lambda")
    said = "Credential should be scoped to correct service: 'execute-api'. "
    assert refusal(answer) == (403, said, "InvalidSignatureException")
    answer = ask(door, api_id, KEYS, region="eu-west-1")
    assert refusal(answer) == (403, "Credential should be scoped to a valid region.", "InvalidSignatureException")


def test_credentials_expire(door: Doors, api_id: str) -> None:
    keys = session(door.cloud)
    door.cloud.advance(901)
    expired = (403, "The security token included in the request is expired", "ExpiredTokenException")
    assert refusal(ask(door, api_id, keys)) == expired


def test_another_account_needs_a_policy_of_the_api(door: Doors, api_id: str) -> None:
    other = Credentials("111122223333", "whatever")
    answer = ask(door, api_id, other)
    masked = "*" * 8 + ACCOUNT[8:]
    assert (answer.status, answer.json) == (
        403,
        {
            "Message": "User: arn:aws:iam::111122223333:root is not authorized to perform: execute-api:Invoke on"
            f" resource: arn:aws:execute-api:{REGION}:{masked}:{api_id}/dev/GET/users/ada"
        },
    )
    policy = '{"Version": "2012-10-17", "Statement": []}'
    assert ask(door, signed_api(door, policy=policy), other).json["identity"]["accountId"] == "111122223333"
