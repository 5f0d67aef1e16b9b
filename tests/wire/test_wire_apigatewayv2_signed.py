"""Routes of HTTP APIs with AWS_IAM. Whoever is not let in learns nothing but 403.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control-iam.html
"""

import re

import pytest
from botocore.credentials import Credentials
from tests.conftest import ACCOUNT, RunningCloud
from tests.wire.http_apis import Answer, HttpApis
from tests.wire.signing import session, signed


@pytest.fixture(scope="module")
def apis(cloud: RunningCloud) -> HttpApis:
    return HttpApis(cloud)


def signed_api(apis: HttpApis, version: str = "2.0") -> str:
    api_id = apis.make(["POST /things"], integration={"PayloadFormatVersion": version})
    route = apis.client.get_routes(ApiId=api_id)["Items"][0]
    made = apis.client.update_route(ApiId=api_id, RouteId=route["RouteId"], AuthorizationType="AWS_IAM")
    assert made["AuthorizationType"] == "AWS_IAM"
    return api_id


def ask(apis: HttpApis, api_id: str, credentials: Credentials, body: str, sent: str = "") -> Answer:
    url = f"{apis.cloud.app_endpoint}/_aws/execute-api/{api_id}/things"
    headers = signed(credentials, "POST", url, body)
    return apis.ask(api_id, "/things", "POST", sent or body, list(headers.items()))


def test_the_function_learns_who_signed(apis: HttpApis) -> None:
    api_id, keys = signed_api(apis), session(apis.cloud)
    signer = ask(apis, api_id, keys, "hello").json["requestContext"]["authorizer"]["iam"]
    assert re.fullmatch(r"AROA\w+:ada", signer.pop("callerId"))
    assert signer.pop("userId").endswith(":ada")
    assert signer == {
        "accessKey": keys.access_key,
        "accountId": ACCOUNT,
        "cognitoIdentity": None,
        "principalOrgId": None,
        "userArn": f"arn:aws:sts::{ACCOUNT}:assumed-role/caller/ada",
    }


def test_format_one_has_it_in_the_identity(apis: HttpApis) -> None:
    api_id, keys = signed_api(apis, "1.0"), session(apis.cloud)
    identity = ask(apis, api_id, keys, "hello").json["requestContext"]["identity"]
    assert (identity["accountId"], identity["accessKey"]) == (ACCOUNT, keys.access_key)
    assert identity["userArn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/caller/ada"
    assert identity["caller"] == identity["user"]


def test_others_are_forbidden(apis: HttpApis) -> None:
    api_id, keys = signed_api(apis), session(apis.cloud)
    assert ask(apis, api_id, keys, "hello").status == 200
    others = [
        apis.ask(api_id, "/things", "POST", "hello"),
        apis.ask(api_id, "/things", "POST", "hello", [("Authorization", "Bearer abc")]),
        ask(apis, api_id, Credentials(keys.access_key, "wrong", keys.token), "hello"),
        # The body is signed, too.
        ask(apis, api_id, keys, "hello", "other"),
        ask(apis, api_id, Credentials("111122223333", "whatever"), "hello"),
    ]
    assert [(answer.status, answer.json) for answer in others] == [(403, {"message": "Forbidden"})] * 5
